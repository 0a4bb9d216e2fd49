"""Holding a talk: the purpose confirmed, the cards open, and closing it with who was there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from organisations.domain.errors import Refused
from organisations.models import User
from sessions_app.domain import reminders
from sessions_app.domain.planning import leaders_among, lock, move
from sessions_app.models import Answer, Audience, Contribution, Part, Participant, Session, State
from sessions_app.models.session import INTIMATE

OPEN_BEFORE = timedelta(hours=1)  # people come early
SETTLED_AFTER = timedelta(days=60)


class ClosedAlready(Refused):
    """Somebody else closed the talk, with another list of who was there."""


@transaction.atomic
def confirm_purpose(session_id: UUID, *, by: User) -> None:
    """Keep that ``by`` confirms what the talk is for: inspiration and development, never appraisal."""
    session = lock(session_id, by)
    if session.state != State.PLANNED:
        raise Refused("Dit gesprek is al afgesloten of geannuleerd.")
    session.participants.filter(user=by, purpose_confirmed_at=None).update(purpose_confirmed_at=timezone.now())


def awaiting_purpose(session: Session, user: User, participants: Collection[Participant]) -> list[Participant]:
    """Return who must still confirm the purpose before the cards open for ``user``; empty when they are open.

    Where a leader takes part in a talk of two or three, each who did not decline confirms first. In a larger talk
    with a leader each confirms for themselves.
    """
    if session.state != State.PLANNED:
        return []
    # Who became a leader since it was planned counts as one, as when it is closed.
    if not session.with_leader and not leaders_among({person.user_id: person for person in participants}):
        return []
    asked = [person for person in participants if person.answer != Answer.NO and not person.purpose_confirmed_at]
    if session.participant_count <= INTIMATE:
        return asked
    return [person for person in asked if person.user_id == user.id]


@transaction.atomic
def close_session(session_id: UUID, *, present: Collection[UUID], by: User) -> Session:
    """Close a talk with who was present (participant ids); they alone read what is shared among "us".

    Closed already with the same people: returns it unchanged. Raises ClosedAlready when somebody closed it with
    others, Refused when it has not begun, when ``by`` does not take part in it or was not there, or when fewer than
    two were.
    """
    session = lock(session_id, by)
    participants = list(session.participants.select_for_update(of=("self",)).select_related("user"))
    if session.state == State.HELD:
        if {person.id for person in participants if person.present} == set(present):
            return session
        raise ClosedAlready("Iemand sloot dit gesprek net af, met een andere lijst van wie erbij waren. Klopt die?")
    own = next((person for person in participants if person.user_id == by.id), None)
    if own is None:
        raise Refused("Alleen wie erbij was sluit het gesprek af.")
    if own.answer == Answer.NO:
        raise Refused("Je zei dat je niet kwam. Was je er toch bij? Zeg dat dan eerst.")
    if session.state == State.PLANNED and not session.started:
        raise Refused("Dit gesprek is nog niet begonnen.")
    move(session, State.HELD)
    there = [person for person in participants if person.id in present]
    if own not in there:
        raise Refused("Was je er zelf niet bij? Laat dan iemand die er wel was het gesprek afsluiten.")
    unexpected = next((person for person in there if person.answer == Answer.NO), None)
    if unexpected:
        raise Refused(
            f"{unexpected.user.name} zei niet te komen. Was dat toch zo? Laat diegene dat dan eerst zelf zeggen."
        )
    if len(there) < 2:
        raise Refused("Kies wie erbij waren: ten minste twee mensen.")
    own.answer = Answer.YES
    leaders = leaders_among({person.user_id: person for person in participants})
    for person in participants:
        person.present = person in there
        person.leads |= person.user_id in leaders  # who became one since counts as one
    Participant.objects.bulk_update(participants, ["present", "leads", "answer"])
    # Leaders and guides do not count towards the smallest group (k), nor does who never said to come: else whoever
    # closes could tick people who were not there, to share without anyone's yes.
    session.present_count = sum(
        not person.leads and person.part != Part.GUIDE and person.answer == Answer.YES for person in there
    )
    session.with_leader |= any(person.leads for person in participants)
    session.small_with_leader |= len(there) <= INTIMATE and any(person.leads for person in there)
    session.closed_at = timezone.now()
    session.save(update_fields=["state", "present_count", "with_leader", "small_with_leader", "closed_at"])
    reminders.queue_after(session, there)
    return session


@transaction.atomic
def reopen_session(session_id: UUID, *, by: User) -> Session:
    """Undo closing, to mend who was present, as long as nobody recorded anything for others since.

    Raises Refused afterwards: who was there then decides who reads.
    """
    session = lock(session_id, by)
    if session.state == State.PLANNED:
        return session
    if not session.participants.filter(user=by).exclude(answer=Answer.NO).exists():
        raise Refused("Alleen wie erbij was kan dit herstellen.")
    if recorded_for_others(session):
        raise Refused("Er is al iets vastgelegd. Wie erbij was, staat nu vast, omdat het bepaalt wie het leest.")
    move(session, State.PLANNED)
    session.participants.update(present=None)
    session.present_count, session.closed_at = None, None
    session.save(update_fields=["state", "present_count", "closed_at"])
    return session


def recorded_for_others(session: Session) -> bool:
    """Return whether since closing somebody wrote for more eyes than their own; notes to oneself show to nobody."""
    written = Contribution.objects.filter(session=session, written_at__gte=session.closed_at or session.created_at)
    return written.exclude(audience=Audience.PRIVATE).exists()


@transaction.atomic
def settle_due(now: datetime | None = None) -> int:
    """Settle talks that were closed 60 days ago: nothing new is recorded there any more. Returns how many."""
    due = Session.objects.filter(state=State.HELD, closed_at__lte=(now or timezone.now()) - SETTLED_AFTER)
    settled = 0
    for session in due.select_for_update(skip_locked=True)[:500]:
        move(session, State.SETTLED)
        session.save(update_fields=["state"])
        settled += 1
    return settled
