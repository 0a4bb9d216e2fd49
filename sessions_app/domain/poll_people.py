"""Whom a running date poll asks, as the people of its draft come and go; what planning and leaving need of polls."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from lerend.mail import outbox
from lerend.mail import queries as mail
from organisations.domain.errors import Refused
from organisations.models import User
from sessions_app.domain.reminders import wall_clock
from sessions_app.models import DatePoll, DateVote, Participant, PollState, Session

REMIND_AT, REMIND_DAYS = time(9), (-2, -1, 0)
A_DAY = timedelta(days=1)
# What tells somebody that there is a poll: only who got one of these hears that it was withdrawn.
ASKING = frozenset({"poll_opened", "poll_changed", "poll_reminder"})
COUNTED = (
    "In deze datumprikker staan geen namen, en er is al geantwoord. Komt er iemand bij of gaat er iemand weg, dan is "
    "aan de aantallen te zien wat die antwoordt. Kies eerst een moment, of trek de datumprikker in en begin een nieuwe."
)
RUNS = "Er loopt een datumprikker over dit gesprek. Kies daar een moment, of trek die eerst in."


def refuse_while_running(session: Session) -> None:
    """Raise Refused when a poll about ``session`` runs: its moment comes out of that."""
    if DatePoll.objects.filter(session=session, state=PollState.OPEN).exists():
        raise Refused(RUNS)


def running_locked(session: Session) -> DatePoll | None:
    """Return the poll that runs about ``session``, its row locked until the end of the transaction."""
    return DatePoll.objects.select_for_update().filter(session=session, state=PollState.OPEN).first()


def ask(poll: DatePoll, people: Iterable[User], *, kind: str = "poll_opened") -> None:
    """Write to ``people`` that they are asked; each call is one mail to each of them. The caller locked ``poll``."""
    poll.sequence += 1
    poll.save(update_fields=["sequence"])
    outbox.queue_many(
        outbox.Draft(kind=kind, about=poll.id, recipient=person, sequence=poll.sequence) for person in people
    )


def reminder_moment(poll: DatePoll, now: datetime) -> datetime | None:
    """Return when who did not answer is reminded: nine o'clock, two days before the last day, or else as many days
    before it as leaves a day after ``now``; None when there is no such moment."""
    moments = (wall_clock(poll.last_day, days, REMIND_AT) for days in REMIND_DAYS)
    return next((moment for moment in moments if moment > now + A_DAY), None)


def queue_reminders(poll: DatePoll, people: Iterable[User]) -> None:
    """Queue the one reminder of each of ``people``; who answered by then does not get it."""
    moment = reminder_moment(poll, timezone.now())
    if moment is None:
        return
    outbox.queue_many(
        outbox.Draft(kind="poll_reminder", about=poll.id, recipient=person, send_after=moment, sequence=poll.sequence)
        for person in people
    )


def people_of(poll: DatePoll) -> list[User]:
    """Return who is asked in ``poll``, by name."""
    places = Participant.objects.still_taking_part().filter(session=poll.session_id, user__is_active=True)
    return [place.user for place in places.select_related("user").order_by("user__name_sorted", "id")]


def follow(session: Session, before: Collection[UUID]) -> None:
    """Let the poll about ``session`` follow a change of its people, who were ``before``.

    Who stays keeps what they said, who is added is asked, and who was removed is forgotten. The caller locked
    ``session``. Raises Refused where no names show and somebody answered: the numbers before and after would tell what
    one person said.
    """
    poll = running_locked(session)
    if poll is None:
        return
    stays = set(session.participants.values_list("user_id", flat=True))
    if not poll.shows_names and stays != set(before) and DateVote.objects.filter(option__poll=poll).exists():
        raise Refused(COUNTED)
    people = people_of(poll)
    _forget(poll, set(before) - {person.id for person in people})
    added = [person for person in people if person.id not in before]
    if added:
        # Who planned it came here by themselves.
        ask(poll, [person for person in added if person.id != session.planned_by_id])
        queue_reminders(poll, added)


def leave(session: Session, user_id: UUID) -> None:
    """Forget what somebody said who is not among the people of ``session``, a draft, any more."""
    poll = running_locked(session)
    if poll:
        _forget(poll, {user_id})


def _forget(poll: DatePoll, users: Collection[UUID]) -> None:
    if users:
        DateVote.objects.filter(option__poll=poll, user__in=users).delete()
        outbox.drop(poll.id, recipients=users)


def withdraw_with(session: Session) -> None:
    """Withdraw the poll about ``session``, which is thrown away, if one runs."""
    poll = running_locked(session)
    if poll:
        withdraw(poll)


def withdraw(poll: DatePoll) -> None:
    """Withdraw a running ``poll``, which the caller locked: what was said is erased, and who knows of it is told."""
    people = [person for person in people_of(poll) if person.id != poll.talk.planned_by_id]
    poll.state, poll.over_at = PollState.WITHDRAWN, timezone.now()
    poll.save(update_fields=["state", "over_at"])
    poll.options.all().delete()
    outbox.drop(poll.id)
    reached = mail.reached(poll.id, kinds=ASKING)
    outbox.queue_many(
        outbox.Draft(kind="poll_withdrawn", about=poll.id, recipient=person)
        for person in people
        if person.id in reached
    )
