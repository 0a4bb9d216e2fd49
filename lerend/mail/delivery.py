"""Carrying the outbox out: claim a few messages, send each over one kept connection, write each result by itself.

Several workers may do this at once, and any of them may die at any line: a claim that is not finished runs out and is
taken up again. A message may then be sent twice, under one Message-ID; it is never lost.
"""

import hashlib
import logging
import smtplib
import traceback
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.db import DatabaseError, connection
from django.utils import timezone
from psycopg import generators
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from lerend.mail import digest
from lerend.mail.choice import READING, MailChoice, next_digest, unsubscribe_link
from lerend.mail.kinds import MailKind, Rendered, loaded, registry
from lerend.mail.models import Message, State

logger = logging.getLogger(__name__)

BATCH = 20
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
UNREACHABLE_PAUSE = timedelta(minutes=1)
BREAKS_IN_A_ROW = 3

# Nothing here waits for the disk: a database that crashes may forget the last half second of claims and results, and
# those mails go out once more, as after any crash.
_SOON = "(SELECT set_config('synchronous_commit', 'off', true)) soon"
_TABLE = Message._meta.db_table
_CLAIM_DUE = f"""
    WITH due AS MATERIALIZED (
        SELECT id FROM {_TABLE} WHERE state = 'queued' AND send_after <= %(now)s
        ORDER BY send_after, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE {_TABLE} m SET state = 'sending', claim = %(claim)s, claimed_at = %(claimed_at)s
    FROM due, {_SOON} WHERE m.id = due.id RETURNING m.id
"""  # noqa: S608
# One at a time and counted as an attempt, so that a message that kills its worker fails in the end, and alone.
_CLAIM_RUN_OUT = f"""
    WITH run_out AS MATERIALIZED (
        SELECT id FROM {_TABLE} WHERE state = 'sending' AND claimed_at < %(run_out)s
        ORDER BY claimed_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE {_TABLE} m SET claim = %(claim)s, claimed_at = %(claimed_at)s, attempts = attempts + 1
    FROM run_out, {_SOON} WHERE m.id = run_out.id RETURNING m.id
"""  # noqa: S608

_SENT = f"""
    UPDATE {_TABLE} m SET
        state = 'sent', error = '', attempts = attempts + 1, sent_at = %s, payload = NULL,
        claim = NULL, claimed_at = NULL
    FROM {_SOON} WHERE m.id = %s AND m.claim = %s
"""  # noqa: S608
_RECORD = f"""
    UPDATE {_TABLE} m SET
        state = %(state)s, error = %(error)s, attempts = %(attempts)s, send_after = %(send_after)s,
        payload = CASE WHEN %(state)s = 'queued' THEN payload END, claim = NULL, claimed_at = NULL
    FROM {_SOON} WHERE m.id = %(id)s AND m.claim = %(claim)s
"""  # noqa: S608


@dataclass
class Counts:
    """What one delivery did.

    ``missed`` came too late to be sent, ``bundled`` went into a daily mail and ``held`` waits for the next one;
    ``released`` went back untouched, ``lost`` was finished by somebody else meanwhile.
    """

    sent: int = 0
    retried: int = 0
    failed: int = 0
    obsolete: int = 0
    missed: int = 0
    bundled: int = 0
    held: int = 0
    released: int = 0
    lost: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{n} {field.name}" for field in fields(self) if (n := getattr(self, field.name))) or "nothing"


def deliver(now: datetime | None = None, limit: int | None = None) -> Counts:
    """Send every message that is due at ``now`` (the present when left out), at most ``limit``; return what was done.

    Stops early when the mail server cannot be reached or when the time is up; the rest waits for the next run.
    """
    counts = _Run(now, limit).work()
    if counts != Counts():
        logger.info("Mail: %s", counts)
    return counts


def message_id(key: str) -> str:
    """Return the Message-ID that belongs to a message's key, the same at each attempt."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{settings.SITE_HOST}>"


def build(message: Message, rendered: Rendered, *, optional: bool = False) -> EmailMultiAlternatives:
    """Return the mail for what a kind rendered; of an optional kind it can be turned off with one click (RFC 8058)."""
    headers = {name: _one_line(value) for name, value in rendered.headers.items()}
    if optional and message.recipient_id:
        headers["List-Unsubscribe"] = f"<{unsubscribe_link(message.recipient_id)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        subject=_one_line(rendered.subject),
        body=rendered.text,
        to=[message.to],
        headers={**headers, "Message-ID": message_id(message.key), "Auto-Submitted": "auto-generated"},
    )
    if rendered.html:
        mail.attach_alternative(rendered.html, "text/html")
    if rendered.calendar is not None:
        mail.attach_alternative(rendered.calendar.decode(), f"text/calendar; method={rendered.calendar_method}")
    return mail


def lease() -> timedelta:
    """Return how long a claim holds: longer than a batch, or a worker, can take."""
    return timedelta(seconds=max(BATCH * settings.EMAIL_TIMEOUT, settings.CELERY_TASK_TIME_LIMIT) + 60)


class UnreachableError(Exception):
    """The mail server takes no mail now; no message is to blame."""


class PermanentError(Exception):
    """This message cannot be sent, now or later."""


class TemporaryError(Exception):
    """This message could not be sent now."""


class Line:
    """One connection to the mail server, kept for a whole run and made again when it breaks."""

    def __init__(self) -> None:
        self._backend = get_connection()
        self._used = False
        self._breaks = 0

    def send(self, mail: EmailMultiAlternatives) -> None:
        """Send one mail; raises UnreachableError, PermanentError or TemporaryError, in words that quote nothing of it.

        A connection that breaks after earlier mail is made again at once: servers end long ones.
        """
        if self._breaks >= BREAKS_IN_A_ROW:
            raise UnreachableError("connections keep breaking")
        used = self._used
        try:
            self._transmit(mail)
        except OSError as error:
            if not (used and _broken(error)):
                raise self._verdict(error) from None
            self.close()
            try:
                self._transmit(mail)
            except OSError as again:
                raise self._verdict(again) from None
        self._used, self._breaks = True, 0

    def close(self) -> None:
        """Hang up, whatever state the connection is in."""
        self._used = False
        try:
            self._backend.close()
        except OSError as error:
            logger.debug("Mail: hanging up gave %s", type(error).__name__)

    def _transmit(self, mail: EmailMultiAlternatives) -> None:
        try:
            self._backend.open()
        except OSError as error:
            raise UnreachableError(_short(error)) from None
        try:
            self._backend.send_messages([mail])
        except (OSError, SoftTimeLimitExceeded):
            raise
        except Exception as error:  # an address or a header that cannot be written; a transaction may stand half open
            self.close()
            raise PermanentError(_short(error)) from None

    def _verdict(self, error: OSError) -> Exception:
        if _broken(error):
            self._breaks += 1
            self.close()
        else:
            self._breaks = 0
            self._used = True
        code = _code(error)
        # Refused before a receiver was named is about the server's dealings with us, unless the mail is too big.
        if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPHeloError) and code != 552:
            return UnreachableError(_short(error))
        return (PermanentError if code >= 500 else TemporaryError)(_short(error))


class _Writing:
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


class _Run:
    """One delivery, from the first claim until nothing is due, the server is gone or the time is up."""

    def __init__(self, now: datetime | None, limit: int | None) -> None:
        self._given_now = now
        self._left = limit
        self._deadline = monotonic() + settings.CELERY_TASK_SOFT_TIME_LIMIT / 2
        self._line = Line()
        self._writing = _Writing()
        self._counts = Counts()
        # A run ends where the next daily mail is due: it is put together before anything of that day is claimed.
        self._until = next_digest(self._now())

    def work(self) -> Counts:
        """Do it all."""
        try:
            with self._writing.allowed():
                self._expire()
                self._bundle()
                while not self._time_is_up() and (batch := self._claim()):
                    self._deliver(batch)
        except UnreachableError as reason:
            logger.warning("Mail: the server cannot be reached now (%s)", reason)
        finally:
            self._line.close()
        return self._counts

    def _now(self) -> datetime:
        return self._given_now or timezone.now()

    def _time_is_up(self) -> bool:
        return monotonic() > self._deadline or self._now() >= self._until

    def _expire(self) -> None:
        # Also what waits for another attempt: a closed text is not kept longer than it is of use.
        self._counts.missed += Message.objects.filter(state=State.QUEUED, expires_at__lte=self._now()).update(
            state=State.MISSED, payload=None
        )

    def _bundle(self) -> None:
        try:
            self._counts.bundled += digest.bundle(self._now())
        except DatabaseError as error:  # daily mail never stands in the way of the rest; the next run tries again
            logger.error("Mail: the daily mails could not be put together (%s)", _short(error))

    def _claim(self) -> list[Message]:
        size = BATCH if self._left is None else min(BATCH, self._left)
        if size <= 0:
            return []
        present = timezone.now()
        values = {
            "claim": uuid.uuid4(),
            "claimed_at": present,
            "run_out": present - lease(),
            "now": self._now(),
            "limit": size,
        }
        claimed = self._ids(_CLAIM_DUE, values) or self._ids(_CLAIM_RUN_OUT, values)
        if self._left is not None:
            self._left -= len(claimed)
        # The payload is left out: one that cannot be opened would keep its whole batch from being read.
        batch = Message.objects.filter(pk__in=claimed).select_related("recipient").defer("payload")
        return list(batch.order_by("send_after", "id")) if claimed else []

    def _ids(self, statement: str, values: dict[str, Any]) -> list[UUID]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [row[0] for row in cursor.fetchall()]

    def _deliver(self, batch: list[Message]) -> None:
        waiting = deque(batch)
        pause = timedelta()
        try:
            things = self._load(batch)
            while waiting and not self._time_is_up():
                self._one(waiting[0], things)
                waiting.popleft()
        except UnreachableError:
            pause = UNREACHABLE_PAUSE
            raise
        except BaseException:
            # What went wrong may have happened after the first one left; its claim runs out by itself.
            if waiting:
                waiting.popleft()
            raise
        finally:
            self._release(waiting, pause)

    def _load(self, batch: Sequence[Message]) -> dict[UUID, Any]:
        """Return what the messages are about, by message id; an exception in its place where loading failed."""
        things: dict[UUID, Any] = {}
        for name in {message.kind for message in batch}:
            messages = [message for message in batch if message.kind == name]
            if kind := registry.get(name):
                things.update(loaded(kind, messages))
        return things

    def _one(self, message: Message, things: Mapping[UUID, Any]) -> None:
        now = self._now()
        try:
            mail = _mail(message, things, now)
            # What became of the one before is known before the next one leaves: a crash doubles one mail at most.
            self._writing.finish()
            if isinstance(mail, EmailMultiAlternatives):
                self._line.send(mail)
        except PermanentError as error:
            self._fail(message, str(error))
        except TemporaryError as error:
            self._retry(message, str(error))
        else:
            if isinstance(mail, EmailMultiAlternatives):
                self._writing.start(_SENT, [now, message.pk, message.claim], self._sent)
            elif isinstance(mail, datetime):
                self._counts.held += self._record(message, State.QUEUED, send_after=mail)
            elif mail == State.MISSED:
                self._counts.missed += self._record(message, State.MISSED)
            else:
                self._counts.obsolete += self._record(message, State.OBSOLETE)

    def _sent(self, stood: bool) -> None:
        self._counts.sent += stood
        self._counts.lost += not stood

    def _retry(self, message: Message, error: str) -> None:
        if message.attempts >= len(PAUSES):
            self._fail(message, error)
        elif self._record(
            message,
            State.QUEUED,
            error=error,
            attempts=message.attempts + 1,
            send_after=self._now() + PAUSES[message.attempts],
        ):
            self._counts.retried += 1

    def _fail(self, message: Message, error: str) -> None:
        if self._record(message, State.FAILED, error=error, attempts=message.attempts + 1):
            self._counts.failed += 1
            logger.warning("Mail: message %s of kind %s failed: %s", message.pk, message.kind, error)

    def _record(
        self,
        message: Message,
        state: State,
        *,
        error: str = "",
        attempts: int | None = None,
        send_after: datetime | None = None,
    ) -> bool:
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
            stood = bool(cursor.rowcount)
        self._counts.lost += not stood
        return stood

    def _release(self, messages: deque[Message], pause: timedelta) -> None:
        if not messages:
            return
        values: dict[str, Any] = {"state": State.QUEUED, "claim": None, "claimed_at": None}
        if pause:
            values["send_after"] = self._now() + pause
        held = Message.objects.filter(pk__in=[message.pk for message in messages], claim=messages[0].claim)
        self._counts.released += held.update(**values)


def _mail(message: Message, things: Mapping[UUID, Any], now: datetime) -> EmailMultiAlternatives | State | datetime:
    """Return the mail as things stand at ``now``; OBSOLETE or MISSED when it is not to be sent any more, or until when
    it waits because its receiver has such mail once a day.

    Raises PermanentError for a message that can never be sent, TemporaryError for one whose making failed.
    """
    kind = registry.get(message.kind)
    if kind is None:
        raise PermanentError("unknown kind")
    if message.attempts > len(PAUSES):
        raise PermanentError("its workers keep dying")
    if message.expires_at and message.expires_at <= now:
        return State.MISSED
    # Nobody is told whether somebody wanted no mail: that is theirs.
    if message.recipient and not (message.recipient.is_active and (kind.necessary or _wanted(message))):
        return State.OBSOLETE
    try:
        validate_email(message.to)
    except ValidationError:
        raise PermanentError("invalid address") from None
    message.sending_at = now
    try:
        return _made(kind, message, things, now)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        # Where it went wrong, not what it said: that may quote the mail.
        last = traceback.extract_tb(error.__traceback__)[-1]
        logger.warning("Mail: %s could not be made: %s at %s:%s", message, _short(error), last.filename, last.lineno)
        raise TemporaryError(_short(error)) from None


def _made(
    kind: MailKind[Any], message: Message, things: Mapping[UUID, Any], now: datetime
) -> EmailMultiAlternatives | State | datetime:
    """Return what ``_mail`` does, for a message that may be sent. Raises whatever the kind raises."""
    if message.pk not in things:
        return State.OBSOLETE
    thing = things[message.pk]
    if isinstance(thing, Exception):
        raise thing
    if not kind.matters(message, thing, now):
        return State.MISSED if kind.missed(message, thing, now) else State.OBSOLETE
    if not kind.necessary and digest.waits_for_it(message):
        until, following = kind.useful_until(message, thing), next_digest(now)
        if until is None or until >= following + READING:
            return following
    return build(message, kind.render(message, thing), optional=not kind.necessary)


def _wanted(message: Message) -> bool:
    return message.recipient is None or message.recipient.mail_choice != MailChoice.NONE


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _code(error: Exception) -> int:
    """Return the SMTP code of an error, 0 when it has none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def _broken(error: Exception) -> bool:
    """Return whether the connection is of no more use: it fell away, or the server is ending it (421)."""
    answered = isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused)
    return not answered or _code(error) == 421


def _short(error: Exception) -> str:
    """Return code and class of an error; its own words may quote an address."""
    return " ".join(filter(None, (str(_code(error) or ""), type(error).__name__)))
