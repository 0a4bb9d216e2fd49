"""One delivery: claiming, making, sending and recording in turn."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone

from lerend.mail import addresses, digest
from lerend.mail.choice import next_digest
from lerend.mail.delivery import provider
from lerend.mail.delivery.claiming import BATCH, claim_due, claim_run_out, expire, release, stands
from lerend.mail.delivery.errors import PermanentError, TemporaryError, UnreachableError, short
from lerend.mail.delivery.line import Line
from lerend.mail.delivery.making import PAUSES, load, make
from lerend.mail.delivery.results import Writing, record
from lerend.mail.models import Message, State

logger = logging.getLogger(__name__)

UNREACHABLE_PAUSE = timedelta(minutes=1)
DATABASE_PAUSE = 0.5  # seconds between two tries
# Seconds that a batch goes by what was loaded for it; with a slow server the rest is loaded anew.
FRESH = 10.0


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


class _Run:
    """One delivery, from the first claim until nothing is due, the server is gone or the time is up."""

    def __init__(self, now: datetime | None, limit: int | None) -> None:
        self._given_now = now
        self._left = limit
        self._deadline = monotonic() + settings.CELERY_TASK_SOFT_TIME_LIMIT / 2
        self._line = Line()
        self._writing = Writing(self._sent)
        self._counts = Counts()
        # A run ends where the next daily mail is due: it is put together before anything of that day is claimed.
        self._until = next_digest(self._now())
        self._ours: Message | None = None  # the one of which we know that nobody took it back
        self._leaving: Message | None = None  # the one that the mail server may have got
        self._run_out_first = False
        self._failing: set[str] | None = None  # marks of addresses, to see which of them takes mail again

    def work(self) -> Counts:
        """Do it all."""
        try:
            with self._writing.allowed():
                self._counts.missed += expire(self._now())
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

    def _bundle(self) -> None:
        try:
            self._counts.bundled += digest.bundle(self._now())
        except DatabaseError as error:  # daily mail never stands in the way of the rest; the next run tries again
            logger.error("Mail: the daily mails could not be put together (%s)", short(error))

    def _claim(self) -> list[Message]:
        """Take what is due and what run-out claims left in turn: neither waits until there is no more of the other."""
        limit = BATCH if self._left is None else self._left
        if limit <= 0:
            return []
        self._run_out_first, run_out_first = not self._run_out_first, self._run_out_first
        try:
            batch = (run_out_first and claim_run_out()) or claim_due(self._now(), limit)
            batch = batch or ([] if run_out_first else claim_run_out())
        except (OperationalError, InterfaceError) as error:
            self._outlast_it(error)
            return []
        if self._left is not None:
            self._left -= len(batch)
        return batch

    def _deliver(self, batch: list[Message]) -> None:
        waiting = deque(batch)
        pause = timedelta()
        fresh_until = monotonic() + FRESH
        try:
            things = load(batch)
            if self._failing is None:
                # A provider takes all mail at once, and tells afterwards what was delivered.
                self._failing = set() if provider.on() else addresses.all_marks()
            self._ours = waiting[0]
            while waiting and monotonic() < fresh_until and not self._time_is_up():
                self._one(waiting[0], things, waiting[1] if len(waiting) > 1 else None)
                waiting.popleft()
            self._writing.finish()
        except UnreachableError:
            pause = UNREACHABLE_PAUSE
            raise
        except (OperationalError, InterfaceError) as error:
            if waiting and self._leaving is waiting[0]:
                waiting.popleft()
            self._outlast_it(error)
        except BaseException:
            # What went wrong may have happened after the first one left; its claim runs out by itself.
            if waiting:
                waiting.popleft()
            raise
        finally:
            self._outlast(lambda: self._release(waiting, pause))

    def _one(self, message: Message, things: Mapping[UUID, Any], following: Message | None) -> None:
        now = self._now()
        try:
            mail = make(message, things, now)
            # What became of the one before is known before the next one leaves: a crash doubles one mail at most.
            self._writing.finish()
            if self._ours is not message and not stands(message):
                self._counts.lost += 1
                return
            self._leaving = message
            if isinstance(mail, EmailMultiAlternatives):
                self._line.send(mail)
        except PermanentError as error:
            self._fail(message, str(error), address_fails=error.address_fails)
        except TemporaryError as error:
            self._retry(message, str(error))
        else:
            if isinstance(mail, EmailMultiAlternatives):
                self._writing.start(message, now, following)
                if self._failing:
                    self._took(message.to, now)
            elif isinstance(mail, datetime):
                self._counts.held += self._record(message, State.QUEUED, send_after=mail)
            elif mail == State.MISSED:
                self._counts.missed += self._record(message, State.MISSED)
            else:
                self._counts.obsolete += self._record(message, State.OBSOLETE)

    def _sent(self, following: Message | None, stood: bool, stands: bool) -> None:
        self._counts.sent += stood
        self._counts.lost += not stood
        self._ours = following if stands else None

    def _took(self, address: str, now: datetime) -> None:
        mark = addresses.mark(address)
        if self._failing and mark in self._failing:
            self._failing.discard(mark)
            addresses.works(address, now)

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

    def _fail(self, message: Message, error: str, *, address_fails: bool = False) -> None:
        if self._record(message, State.FAILED, error=error, attempts=message.attempts + 1):
            self._counts.failed += 1
            logger.warning("Mail: message %s of kind %s failed: %s", message.pk, message.kind, error)
            if address_fails and message.to:
                addresses.fails(message.to, self._now())
                if self._failing is not None and not provider.on():
                    self._failing.add(addresses.mark(message.to))

    def _record(self, message: Message, state: State, **values: Any) -> bool:
        stood = record(message, state, **values)
        self._counts.lost += not stood
        return stood

    def _release(self, messages: deque[Message], pause: timedelta) -> None:
        if messages:
            self._counts.released += release(messages, self._now() + pause if pause else None)

    def _outlast_it(self, error: Exception) -> None:
        logger.warning("Mail: the database went away (%s)", short(error))
        self._outlast(self._writing.again)

    def _outlast(self, write: Callable[[], None]) -> None:
        """Call ``write``, and again while the database is away: else what is claimed waits until the claims run out."""
        while True:
            try:
                return write()
            except (OperationalError, InterfaceError):
                if self._time_is_up():
                    raise
                connection.close()
                sleep(DATABASE_PAUSE)
