"""Writing down what became of a message, where its claim still stands."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from psycopg import generators
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from lerend.mail.delivery.claiming import SOON, TABLE
from lerend.mail.models import Message, State

# Also for a message that was taken or given back when it had left already: what happened, happened. The second column
# tells whether the next message is still ours to send.
_SENT = f"""
    WITH sent AS (
        UPDATE {TABLE} m SET
            state = 'sent', error = '', attempts = attempts + 1, sent_at = $3::timestamptz, payload = NULL,
            claim = NULL, claimed_at = NULL
        WHERE m.id = $1::uuid AND (m.claim = $2::uuid OR m.state IN ('obsolete', 'queued'))
        RETURNING m.id
    )
    SELECT EXISTS (SELECT FROM sent), EXISTS (SELECT FROM {TABLE} WHERE id = $4::uuid AND claim = $2::uuid)
""".encode()  # noqa: S608
_RECORD = f"""
    UPDATE {TABLE} m SET
        state = %(state)s, error = %(error)s, attempts = %(attempts)s, send_after = %(send_after)s,
        payload = CASE WHEN %(state)s = 'queued' THEN payload END, claim = NULL, claimed_at = NULL
    FROM {SOON} WHERE m.id = %(id)s AND m.claim = %(claim)s
"""  # noqa: S608


@dataclass(frozen=True)
class _Sent:
    message: Message
    sent_at: datetime
    following: Message | None

    @property
    def values(self) -> list[bytes | None]:
        """What goes into ``_SENT``, in its order."""
        values = (self.message.pk, self.message.claim, self.sent_at, self.following and self.following.pk)
        return [str(value).encode() if value else None for value in values]


def record(
    message: Message,
    state: State,
    *,
    error: str = "",
    attempts: int | None = None,
    send_after: datetime | None = None,
) -> bool:
    """Write down that ``message`` is now in ``state``; return False when somebody else finished it meanwhile."""
    values = {
        "id": message.pk,
        "claim": message.claim,
        "state": state.value,
        "error": error,
        "attempts": message.attempts if attempts is None else attempts,
        "send_after": send_after or message.send_after,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, values)
        return bool(cursor.rowcount)


class Writing:
    """Writing that a message was sent, while we go on; whoever needs the connection next waits for it first.

    Waiting for each row while nothing else is done costs a worker about a tenth of its speed.
    """

    def __init__(self, then: Callable[[Message | None, bool, bool], None]) -> None:
        """``then(following, stood, stands)`` is told whether the row was changed, and whether the next one is ours."""
        self._then = then
        self._started: _Sent | None = None
        self._unknown: _Sent | None = None

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Between these, writing may be started; afterwards none is left."""
        with connection.execute_wrapper(self._before_a_query):
            try:
                yield
            finally:
                self.finish()

    def start(self, message: Message, sent_at: datetime, following: Message | None) -> None:
        """Have the database write that ``message`` was sent, and look at the one that is ``following``."""
        self.finish()
        self._unknown = _Sent(message, sent_at, following)
        self._start(self._unknown)

    def _start(self, sent: _Sent) -> None:
        connection.ensure_connection()
        with connection.wrap_database_errors:
            connection.connection.pgconn.send_query_params(_SENT, sent.values)
        self._started, self._unknown = sent, None

    def finish(self) -> None:
        """Wait for what was started, if anything. Raises DatabaseError when it failed."""
        if self._started is None:
            return
        sent, self._started = self._started, None
        with connection.wrap_database_errors:
            try:
                results = connection.connection.wait(generators.execute(connection.connection.pgconn))
            except SoftTimeLimitExceeded:
                self._started = sent  # it is still on its way
                raise
            except psycopg.OperationalError:
                self._unknown = sent
                raise
            for result in results:
                if result.status != ExecStatus.TUPLES_OK:
                    self._unknown = sent
                    raise error_from_result(result)
                self._then(sent.following, *(result.get_value(0, column) == b"t" for column in (0, 1)))

    def again(self) -> None:
        """Write what may not have been written, because the database went away meanwhile."""
        if self._unknown is not None:
            self._start(self._unknown)
            self.finish()

    def _before_a_query(self, execute: Callable[..., Any], *query: Any) -> Any:
        self.finish()
        return execute(*query)
