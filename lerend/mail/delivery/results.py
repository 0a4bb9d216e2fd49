"""Writing down what became of a message, where its claim still stands."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from psycopg import generators
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from lerend.mail.delivery.claiming import SOON, TABLE
from lerend.mail.models import Message, State

SENT = f"""
    UPDATE {TABLE} m SET
        state = 'sent', error = '', attempts = attempts + 1, sent_at = %s, payload = NULL,
        claim = NULL, claimed_at = NULL
    FROM {SOON} WHERE m.id = %s AND m.claim = %s
"""  # noqa: S608
_RECORD = f"""
    UPDATE {TABLE} m SET
        state = %(state)s, error = %(error)s, attempts = %(attempts)s, send_after = %(send_after)s,
        payload = CASE WHEN %(state)s = 'queued' THEN payload END, claim = NULL, claimed_at = NULL
    FROM {SOON} WHERE m.id = %(id)s AND m.claim = %(claim)s
"""  # noqa: S608


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
        "error": error[:100],
        "attempts": message.attempts if attempts is None else attempts,
        "send_after": send_after or message.send_after,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, values)
        return bool(cursor.rowcount)


class Writing:
    """A statement that the database works on while we go on; whoever needs the connection next waits for it first.

    Waiting for each row while nothing else is done costs a worker about a tenth of its speed.
    """

    def __init__(self) -> None:
        self._started: Callable[[bool], None] | None = None

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Between these, statements may be started; afterwards none is left."""
        with connection.execute_wrapper(self._before_a_query):
            try:
                yield
            finally:
                self.finish()

    def start(self, statement: str, values: Sequence[Any], then: Callable[[bool], None]) -> None:
        """Have the database carry out ``statement``; ``then`` is told, at ``finish``, whether it changed a row."""
        self.finish()
        connection.ensure_connection()
        with connection.wrap_database_errors:
            with connection.connection.cursor() as cursor:
                query = cursor.mogrify(statement, values)
            connection.connection.pgconn.send_query_params(query.encode(), None)
        self._started = then

    def finish(self) -> None:
        """Wait for what was started, if anything. Raises DatabaseError when it failed."""
        if self._started is None:
            return
        then, self._started = self._started, None
        with connection.wrap_database_errors:
            try:
                results = connection.connection.wait(generators.execute(connection.connection.pgconn))
            except SoftTimeLimitExceeded:
                self._started = then  # it is still on its way
                raise
            for result in results:
                if result.status != ExecStatus.COMMAND_OK:
                    raise error_from_result(result)
                then(bool(result.command_tuples))

    def _before_a_query(self, execute: Callable[..., Any], *query: Any) -> Any:
        self.finish()
        return execute(*query)
