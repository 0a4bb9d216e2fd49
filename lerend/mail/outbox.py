"""The way in to the outbox: putting mail down, taking it back, sending it again, and cleaning up."""

import hashlib
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from lerend.batches import delete_in_batches
from lerend.celery import app
from lerend.mail import addresses
from lerend.mail.delivery import Counts, deliver
from lerend.mail.models import CLOSED_STATES, OPEN_STATES, DigestDay, Message, State

__all__ = [
    "Counts",
    "Draft",
    "deliver",
    "drop",
    "queue",
    "queue_many",
    "send_again",
    "send_at_once",
    "send_last_again",
    "take_back",
    "tidy",
    "withdraw",
]

logger = logging.getLogger(__name__)

COMPLAINED = "complained"  # how the error begins of a mail that its receiver called unwanted
INSERT_BATCH = 1_000
_DELIVER = "lerend.mail.tasks.deliver"
# A broker that is gone, or that answers nothing, may cost a request this many seconds and no retries.
_BROKER_SECONDS = 0.3
_IMPATIENT = {
    "socket_connect_timeout": _BROKER_SECONDS,
    "socket_timeout": _BROKER_SECONDS,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message to put down. It needs a ``recipient``, an ``address``, or both (then the address is where it goes).

    ``about`` and ``about_part`` are the ids from which its kind finds what to say. ``key`` names the message: the same
    key twice is one message. ``send_after`` is now unless given; after ``expires_at`` it is not sent any more.
    ``keep_until`` keeps a sent message beyond the usual days, for instance until the talk it invited to is over.
    """

    kind: str
    about: UUID
    recipient: AbstractBaseUser | None = None
    address: str = ""
    about_part: UUID | None = None
    sequence: int = 0
    key: str | None = None
    send_after: datetime | None = None
    expires_at: datetime | None = None
    keep_until: datetime | None = None
    payload: str | None = None

    def message(self, now: datetime) -> Message:
        """Return the row, not saved."""
        return Message(
            kind=self.kind,
            key=self.key or self._key(),
            recipient_id=self.recipient.pk if self.recipient else None,
            address=self.address,
            about=self.about,
            about_part=self.about_part,
            sequence=self.sequence,
            send_after=self.send_after or now,
            expires_at=self.expires_at,
            keep_until=self.keep_until,
            payload=self.payload,
            created_at=now,
        )

    def _key(self) -> str:
        about = f"{self.about}/{self.about_part}" if self.about_part else f"{self.about}"
        # The database may quote a key in an error, so an address is in it only as a mark.
        mark = hashlib.sha256(self.address.lower().encode()).hexdigest()[:32] if self.address else ""
        receiver = "/".join(part for part in (str(self.recipient.pk) if self.recipient else "", mark) if part)
        return f"{self.kind}:{about}:{receiver}:{self.sequence}"


def queue(
    kind: str,
    *,
    about: UUID,
    recipient: AbstractBaseUser | None = None,
    address: str = "",
    about_part: UUID | None = None,
    sequence: int = 0,
    key: str | None = None,
    send_after: datetime | None = None,
    expires_at: datetime | None = None,
    keep_until: datetime | None = None,
    payload: str | None = None,
) -> None:
    """Put one message down; ``Draft`` tells what each value means.

    Must run in a transaction, else raises TransactionManagementError: the message stands or falls with its reason.
    """
    queue_many(
        [
            Draft(
                kind=kind,
                about=about,
                recipient=recipient,
                address=address,
                about_part=about_part,
                sequence=sequence,
                key=key,
                send_after=send_after,
                expires_at=expires_at,
                keep_until=keep_until,
                payload=payload,
            )
        ]
    )


def queue_many(rows: Iterable[Draft]) -> None:
    """Put messages down, a thousand an INSERT; keys that are there already are passed over. Needs a transaction.

    When the transaction commits, delivery of what is due starts; a broker that is gone only delays it.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Mail is queued in the transaction that gives reason to it.")
    now = timezone.now()
    messages = [row.message(now) for row in rows]
    if not messages:
        return
    Message.objects.bulk_create(messages, ignore_conflicts=True, batch_size=INSERT_BATCH)
    if any(message.send_after <= now for message in messages):
        _wake_on_commit()


def drop(
    about: UUID | Collection[UUID],
    *,
    kinds: Collection[str] | None = None,
    recipients: Collection[UUID] | None = None,
) -> None:
    """Take back what did not leave yet about ``about``, one id or several: all of it, or only those ``kinds`` and
    ``recipients``.

    A worker that has some of it in hand asks before each mail. The one it is just sending may still arrive, so what was
    in hand counts as an attempt of which the outcome is not known.
    """
    abouts = [about] if isinstance(about, UUID) else about
    if not abouts:
        return
    messages = Message.objects.filter(about__in=abouts, state__in=OPEN_STATES)
    if kinds is not None:
        messages = messages.filter(kind__in=kinds)
    if recipients is not None:
        messages = messages.filter(recipient_id__in=recipients)
    messages.update(
        state=State.OBSOLETE,
        payload=None,
        claim=None,
        claimed_at=None,
        attempts=F("attempts") + Case(When(state=State.SENDING, then=1), default=0),
    )


def take_back(about: UUID, *, kinds: Collection[str]) -> dict[UUID, datetime]:
    """Make queued messages of ``kinds`` about ``about`` obsolete, for newer ones to take their place.

    Returns for each person to whom one was about to go when it would have gone, the earliest first. Needs a
    transaction. What a worker has in hand at this moment is left to it.
    """
    queued = Message.objects.filter(about=about, kind__in=kinds, state=State.QUEUED, recipient__isnull=False)
    rows = list(
        queued.select_for_update(skip_locked=True).order_by("-send_after").values("id", "recipient", "send_after")
    )
    Message.objects.filter(id__in=[row["id"] for row in rows]).update(state=State.OBSOLETE, payload=None)
    return {row["recipient"]: row["send_after"] for row in rows}


def send_at_once(about: UUID, *, kinds: Collection[str]) -> int:
    """Let queued messages of ``kinds`` about ``about`` go at once; return how many. Needs a transaction."""
    now = timezone.now()
    late = Message.objects.filter(about=about, kind__in=kinds, state=State.QUEUED, send_after__gt=now)
    many = late.update(send_after=now)
    if many:
        _wake_on_commit()
    return many


def send_last_again(about: UUID, *, kinds: Collection[str], recipient: UUID, sequence: int) -> bool:
    """Queue the last message of ``kinds`` about ``about`` to ``recipient`` once more, if it failed; return whether.

    ``sequence`` is that of what it is about as it stands now. What was dropped or taken back is passed over. Needs a
    transaction.
    """
    mails = Message.objects.filter(about=about, kind__in=kinds, recipient_id=recipient)
    last = (
        mails.filter(state__in=[*OPEN_STATES, State.SENT, State.FAILED]).order_by("created_at", "sequence", "id").last()
    )
    if last is None or not send_again(Message.objects.filter(id=last.id)):
        return False
    Message.objects.filter(id=last.id).update(sequence=sequence)
    return True


def send_again(messages: QuerySet[Message]) -> int:
    """Queue those of ``messages`` that failed once more, as new; return how many. Needs a transaction.

    Who complained about a mail, which counts as failed, does not get it again.
    """
    again = messages.filter(state=State.FAILED).exclude(error__startswith=COMPLAINED)
    count = again.update(state=State.QUEUED, attempts=0, error="", send_after=timezone.now())
    if count:
        _wake_on_commit()
    return count


def withdraw(messages: QuerySet[Message]) -> int:
    """Cancel those of ``messages`` that still wait; return how many. Needs a transaction.

    What a worker has in hand goes out. What somebody is just changing is left to them: two who wait for each other's
    rows would end badly.
    """
    waiting = messages.filter(state=State.QUEUED).select_for_update(skip_locked=True)
    return Message.objects.filter(id__in=waiting.values("id")).update(state=State.CANCELLED, payload=None)


def tidy(now: datetime | None = None) -> int:
    """Delete messages that were done with more than MAIL_KEPT_DAYS ago; return how many. In small transactions."""
    now = now or timezone.now()
    limit = now - timedelta(days=settings.MAIL_KEPT_DAYS)
    old = Message.objects.filter(
        Q(sent_at__isnull=True) | Q(sent_at__lt=limit),
        Q(keep_until__isnull=True) | Q(keep_until__lt=now),
        # What was dropped before its moment is not kept until that, which can be two years ahead.
        Q(send_after__lt=limit) | Q(send_after__gt=now, created_at__lt=limit),
        state__in=CLOSED_STATES,
    )
    deleted = delete_in_batches(old)
    DigestDay.objects.filter(day__lt=limit.date()).delete()
    addresses.forget(limit)
    if deleted:
        logger.info("Mail: %d old messages deleted", deleted)
    return deleted


def _wake_on_commit() -> None:
    if not any(entry[1] is _wake for entry in connection.run_on_commit):
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    """Ask the worker to deliver; when the broker is gone the next beat does."""
    try:
        with app.connection_for_write(transport_options=_IMPATIENT, connect_timeout=_BROKER_SECONDS) as broker:
            app.send_task(_DELIVER, connection=broker, retry=False, ignore_result=True)
    except Exception as error:  # whatever is wrong with the broker, the row is there
        logger.warning("Mail waits for the next beat: the broker cannot be reached (%s)", type(error).__name__)
