"""Changing what was planned: moving, cancelling, answering."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils import timezone

from organisations.domain.errors import Refused
from organisations.models import User
from sessions_app.domain import telling
from sessions_app.domain.planning import check_moment, lock, move
from sessions_app.models import Answer, Participant, Session, State

TOKEN_DAYS = 800  # longer than a talk can be planned ahead; the end of the talk ends it sooner


@transaction.atomic
def reschedule(session_id: UUID, *, starts_at: datetime, place: str, link: str, by: User) -> Session:
    """Move a planned talk, or give it another place; everyone concerned gets one mail that moves the calendar entry.

    Its length stays. A new moment asks everyone anew, also who had declined; another place is told to who had not.
    Raises Refused for a talk that is not planned any more or a moment that cannot be.
    """
    session = lock(session_id, by, manage=True)
    if session.state != State.PLANNED or session.starts_at is None or session.ends_at is None:
        raise Refused("Alleen een gepland gesprek kun je verzetten.")
    if session.started:
        raise Refused("Dit gesprek is al begonnen. Verzetten kan niet meer.")
    ends_at = starts_at + (session.ends_at - session.starts_at)
    place, link = place.strip(), link.strip()
    moved = starts_at != session.starts_at
    if not moved and (place, link) == (session.place, session.link):
        return session
    if moved:
        check_moment(starts_at, ends_at)
    before = telling.as_it_was(session)
    session.starts_at, session.ends_at, session.place, session.link = starts_at, ends_at, place, link
    session.save(update_fields=["starts_at", "ends_at", "place", "link"])
    if moved:
        session.participants.exclude(user=by).update(answer=Answer.OPEN, answered_at=None, word=None, proposes=None)
    telling.tell(before)
    session.refresh_from_db(fields=["sequence", "changed_at"])
    return session


@transaction.atomic
def cancel(session_id: UUID, *, by: User) -> Session:
    """Cancel a planned talk. Only who was reached by an invitation gets a cancellation; done twice it is done once.

    Raises Refused for a talk that was held.
    """
    session = lock(session_id, by, manage=True)
    if session.state != State.CANCELLED:
        call_off(session)
    return session


def call_off(session: Session) -> None:
    """Cancel ``session``, which the caller locked and may change, and tell everyone who was reached."""
    before = telling.as_it_was(session)
    move(session, State.CANCELLED)
    session.save(update_fields=["state"])
    telling.tell(before)
    session.refresh_from_db(fields=["sequence", "changed_at"])


def answer_token(participant: Participant) -> str:
    """Return the signed token with which ``participant`` answers without signing in."""
    return signing.TimestampSigner(salt="sessions_app.answer").sign(participant.id.hex)


def by_token(token: str) -> Participant:
    """Return the place at the table that ``token`` stands for, its talk with it.

    Raises Participant.DoesNotExist when the token is not ours, the talk is over, or its owner may not see it any more.
    """
    try:
        signer = signing.TimestampSigner(salt="sessions_app.answer")
        found = UUID(signer.unsign(token, max_age=TOKEN_DAYS * 24 * 3600))
    except (signing.BadSignature, ValueError):
        raise Participant.DoesNotExist from None
    participant = Participant.objects.select_related("session__planned_by", "user").get(id=found)
    holds = participant.user.is_active and not participant.session.over
    if not holds or not Participant.objects.taking_part(participant.user).filter(id=found).exists():
        raise Participant.DoesNotExist
    return participant


@transaction.atomic
def answer(participant_id: UUID, said: str, *, sequence: int | None = None) -> Participant:
    """Keep the yes or no of a participant; a later answer replaces it. No reason is asked.

    Reminders look at the answer when they are sent, so that changing one's mind costs none.
    ``said`` is Answer.YES or Answer.NO, ``sequence`` that of the talk as it was on screen. Once the talk is over only
    who was there after all may still say so, until it is closed. Raises Refused when it moved since, is over, closed
    or cancelled.
    """
    session_id = Participant.objects.values_list("session_id", flat=True).get(id=participant_id)
    session = Session.objects.select_for_update().get(id=session_id)
    if session.state != State.PLANNED:
        raise Refused("Dit gesprek gaat niet door, of is al afgesloten. Antwoorden hoeft niet meer.")
    if sequence not in {None, session.sequence}:
        raise Refused("Het gesprek is intussen gewijzigd. Kijk opnieuw wanneer het is, en antwoord dan.")
    if session.over and said != Answer.YES:
        raise Refused("Dit gesprek is al geweest. Antwoorden hoeft niet meer.")
    participant = Participant.objects.get(id=participant_id)
    if participant.answer != said:
        participant.answer, participant.answered_at = Answer(said), timezone.now()
        participant.save(update_fields=["answer", "answered_at"])
    return participant
