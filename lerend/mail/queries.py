"""What became of mail: who was told, what waits, and what states it is in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from lerend.mail.models import Message, State

_MAYBE_REACHED = Q(state__in=[State.SENT, State.SENDING]) | (Q(attempts__gt=0) & ~Q(state=State.FAILED))


def told(
    abouts: Collection[UUID],
    *,
    kinds: Collection[str],
    recipients: Collection[UUID] | None = None,
    apart_from: Collection[UUID] = (),
) -> dict[tuple[UUID, UUID], int | None]:
    """Return the highest ``sequence`` of ``kinds`` about ``abouts`` that was sent to a person, by about and recipient.

    It is None where mail may have reached them of which that is not known: it is on its way, or its connection broke.
    Who got none is left out. ``apart_from`` are ids of messages that do not count.
    """
    found = Message.objects.filter(_MAYBE_REACHED, about__in=abouts, kind__in=kinds, recipient__isnull=False)
    if recipients is not None:
        found = found.filter(recipient__in=recipients)
    rows = found.exclude(id__in=apart_from).order_by().values_list("about", "recipient")
    sent = rows.annotate(highest=Max("sequence", filter=Q(state=State.SENT)))
    return {(about, recipient): highest for about, recipient, highest in sent if recipient}


def reached(about: UUID, *, kinds: Collection[str]) -> set[UUID]:
    """Return the ids of the people to whom one of ``kinds`` was sent, or may have been: those that ``told`` has."""
    return {person for _, person in told([about], kinds=kinds)}


def waiting(about: UUID, *, kinds: Collection[str]) -> dict[UUID, datetime]:
    """Return when queued messages of ``kinds`` about ``about`` go, the earliest first, by the id of who gets them."""
    queued = Message.objects.filter(about=about, kind__in=kinds, state=State.QUEUED, recipient__isnull=False)
    rows = queued.order_by("-send_after").values_list("recipient_id", "send_after")
    return {pk: send_after for pk, send_after in rows if pk is not None}


def in_hand(about: UUID, *, kinds: Collection[str]) -> set[UUID]:
    """Return the ids of the people to whom a worker is sending one of ``kinds`` about ``about`` at this moment."""
    found = Message.objects.filter(about=about, kind__in=kinds, state=State.SENDING, recipient__isnull=False)
    return {pk for pk in found.values_list("recipient_id", flat=True) if pk is not None}


@dataclass(frozen=True)
class Letter:
    """What became of one message to somebody with an account; ``sent_at`` is None unless it was sent."""

    recipient_id: UUID
    kind: str
    state: str
    sent_at: datetime | None


def letters(abouts: Collection[UUID], *, kinds: Collection[str]) -> list[Letter]:
    """Return the messages of ``kinds`` about one of ``abouts`` to people with an account, oldest first. One query."""
    messages = Message.objects.filter(about__in=abouts, kind__in=kinds, recipient__isnull=False)
    rows = messages.order_by("created_at", "sequence", "id").values_list("recipient_id", "kind", "state", "sent_at")
    return [Letter(*row) for row in rows]


def queued_about(abouts: Collection[UUID], *, kind: str) -> set[UUID]:
    """Return about which of ``abouts`` a message of ``kind`` waits to be sent."""
    return set(Message.objects.filter(about__in=abouts, kind=kind, state=State.QUEUED).values_list("about", flat=True))


def bundled(abouts: Collection[UUID], *, kind: str) -> set[tuple[UUID, UUID, datetime]]:
    """Return who had which messages of ``kind`` in their daily mail: (about, person, when it was to go)."""
    messages = Message.objects.filter(about__in=abouts, kind=kind, state=State.BUNDLED)
    rows = messages.values_list("about", "recipient_id", "send_after")
    return {(about, person, at) for about, person, at in rows if person is not None}


def latest_states(abouts: Collection[UUID], *, kind: str) -> dict[UUID, str]:
    """Return for each of ``abouts`` the state of the last message of ``kind`` about it; without one it is left out."""
    messages = Message.objects.filter(about__in=abouts, kind=kind).order_by("about", "sequence")
    return dict(messages.values_list("about", "state"))


def count_states(abouts: QuerySet[Any], *, kind: str) -> dict[str, int]:
    """Return how many messages of ``kind`` about the ids that ``abouts`` selects are in each state."""
    messages = Message.objects.filter(about__in=abouts, kind=kind).order_by()
    return dict(messages.values_list("state").annotate(Count("id")))
