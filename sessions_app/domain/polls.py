"""A date poll about a draft: proposing moments, answering, and closing on the moment at which the talk is planned."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lerend.mail import outbox
from lerend.moments import AMSTERDAM, day, midnight_after, moment
from organisations.domain.errors import Refused
from organisations.models import User
from sessions_app.domain import links, planning
from sessions_app.domain.planning import StepChange, check_moment
from sessions_app.domain.poll_people import ask, people_of, queue_reminders, withdraw
from sessions_app.domain.reminders import check_may_remind
from sessions_app.models import Answer, DateOption, DatePoll, DateVote, PollState, Says, Session, State
from sessions_app.models.polls import MOST_OPTIONS
from sessions_app.queries import polls as reads

logger = logging.getLogger(__name__)

LONGEST_DAYS = 60
KEPT_AFTER = timedelta(days=30)
ABANDONED_AFTER = timedelta(days=90)
OVER = "Deze datumprikker is voorbij. Er is al een moment gekozen."


class LastDayRefused(Refused):
    """It is the last day to answer that cannot be."""


@dataclass(frozen=True)
class Proposal:
    """What a planner asks: these moments (aware), answered by the end of ``last_day``, with names shown or not."""

    moments: Sequence[datetime]
    last_day: date
    shows_names: bool


@transaction.atomic
def start_poll(
    session_id: UUID, proposal: Proposal, steps: Sequence[StepChange], *, form_key: UUID, by: User
) -> DatePoll:
    """Ask the people of a draft when they can; each but ``by`` gets one mail. The same form sent twice asks once.

    Raises Refused when the talk is planned, nobody is chosen, a poll runs already, or a moment or the last day cannot
    be.
    """
    session = planning.lock(session_id, by, manage=True)
    made = DatePoll.objects.filter(session=session, form_key=form_key).first()
    if made:
        return made
    if session.state != State.DRAFT:
        raise Refused("Dit gesprek is al gepland. Verzet het vanaf de pagina van het gesprek.")
    lack = planning.lacking(session, session.participants.all())
    if lack:
        raise Refused(f"{lack.why} {lack.choose}")
    if DatePoll.objects.filter(session=session, state=PollState.OPEN).exists():
        raise Refused("Over dit gesprek loopt al een datumprikker. Je vindt die bij je gesprekken.")
    length = planning.lay_steps(session, steps)
    moments = sorted(set(proposal.moments))
    if len(moments) < 2:
        raise Refused("Stel ten minste twee verschillende momenten voor. Weet je het moment al? Plan dan meteen.")
    _check_moments(moments, length)
    poll = DatePoll.objects.create(
        session=session,
        title=session.title,
        minutes=length // timedelta(minutes=1),
        shows_names=proposal.shows_names,
        closes_at=_closing(proposal.last_day, moments),
        form_key=form_key,
    )
    DateOption.objects.bulk_create(DateOption(poll=poll, starts_at=starts_at) for starts_at in moments)
    people = people_of(poll)
    ask(poll, [person for person in people if person != by])
    queue_reminders(poll, people)
    return poll


def _check_moments(moments: Sequence[datetime], length: timedelta) -> None:
    if len(moments) > MOST_OPTIONS:
        raise Refused(f"Stel hooguit {MOST_OPTIONS} momenten voor. Minder momenten antwoordt makkelijker.")
    for starts_at in moments:
        try:
            check_moment(starts_at, starts_at + length)
        except Refused as refused:
            raise Refused(f"{moment(starts_at)}: {refused.message}") from None


def _closing(last_day: date, moments: Collection[datetime]) -> datetime:
    """Return the end of ``last_day``; raises LastDayRefused when nothing is left to choose by then."""
    today = timezone.now().astimezone(AMSTERDAM).date()
    if not 0 <= (last_day - today).days <= LONGEST_DAYS:
        raise LastDayRefused(
            f"Kies als laatste dag om te antwoorden vandaag of later, en hooguit {LONGEST_DAYS} dagen vooruit."
        )
    closes_at = midnight_after(last_day)
    if closes_at > max(moments):
        raise LastDayRefused(
            "De laatste dag om te antwoorden ligt na alle momenten. Kies een eerdere dag, dan blijft er iets te kiezen."
        )
    return closes_at


def _lock(poll_id: UUID, by: User) -> tuple[Session, DatePoll]:
    """Return the talk and its poll, both locked; raises DoesNotExist when ``by`` may not manage it."""
    found = DatePoll.objects.manageable_by(by).select_related("session").get(id=poll_id)
    session = planning.lock(found.talk.id, by, manage=True)
    return session, DatePoll.objects.select_for_update().get(id=poll_id)


def _lock_open(poll_id: UUID, by: User) -> tuple[Session, DatePoll]:
    session, poll = _lock(poll_id, by)
    if poll.state != PollState.OPEN:
        raise Refused(OVER if poll.state == PollState.CLOSED else "Deze datumprikker is ingetrokken.")
    return session, poll


@transaction.atomic
def vote(poll_id: UUID, says: Mapping[UUID, str], *, by: User) -> int:
    """Keep what ``by`` says (a ``Says``) about moments, by their ids; a later answer replaces it.

    Moments that are gone or passed meanwhile are left out; returns how many. Raises DatePoll.DoesNotExist for who is
    not asked, Refused when one cannot answer any more.
    """
    DatePoll.objects.select_for_update().filter(id=poll_id).values_list("id").first()
    poll = DatePoll.objects.asked(by).select_related("chosen").get(id=poll_id)
    now = timezone.now()
    if poll.chosen:
        raise Refused(f"Er is al een moment gekozen: {moment(poll.chosen.starts_at)}. Antwoorden kan niet meer.")
    if poll.closes_at <= now:
        raise Refused(f"Antwoorden kon tot en met {day(poll.last_day)}. Laat het weten aan wie de datum prikt.")
    standing = set(poll.options.filter(starts_at__gt=now, id__in=list(says)).values_list("id", flat=True))
    DateVote.objects.bulk_create(
        [DateVote(option_id=option, user=by, says=Says(says[option])) for option in says if option in standing],
        update_conflicts=True,
        unique_fields=["option", "user"],
        update_fields=["says"],
    )
    return len(says) - len(standing)


@transaction.atomic
def change_poll(
    poll_id: UUID, *, keep: Collection[UUID], add: Collection[datetime], last_day: date, by: User
) -> DatePoll:
    """Leave in a running poll the moments ``keep``, put in ``add``, and let people answer until ``last_day``.

    Who had answered is asked about new moments by one mail; the others see them anyway. Raises Refused for what cannot
    be.
    """
    _, poll = _lock_open(poll_id, by)
    now = timezone.now()
    standing = {option.starts_at: option.id for option in poll.options.all()}
    kept = [starts_at for starts_at, option_id in standing.items() if option_id in set(keep)]
    added = sorted(set(add) - set(kept))
    # A moment that passed meanwhile may stay in the list; it can only not be chosen.
    coming = [starts_at for starts_at in (*kept, *added) if starts_at > now or starts_at in added]
    if not coming:
        raise Refused("Laat ten minste één moment staan dat nog komt, of stel een nieuw moment voor.")
    _check_moments(coming, poll.length)
    if len(kept) + len(added) > MOST_OPTIONS:
        raise Refused(f"Dat zijn meer dan {MOST_OPTIONS} momenten. Haal er een paar weg.")
    people = people_of(poll)
    done = reads.answered(poll, people, now)
    closes_at = _closing(last_day, coming)
    poll.options.exclude(starts_at__in=kept).exclude(starts_at__in=added).delete()
    DateOption.objects.bulk_create(
        DateOption(poll=poll, starts_at=starts_at) for starts_at in added if starts_at not in standing
    )
    new = [starts_at for starts_at in added if starts_at not in standing]
    if closes_at != poll.closes_at:
        poll.closes_at, poll.chased_at = closes_at, None
        poll.save(update_fields=["closes_at", "chased_at"])
        outbox.drop(poll.id, kinds={"poll_due"})
    # Who had not answered sees new moments anyway.
    ask(poll, [person for person in people if new and person.id in done and person != by], kind="poll_changed")
    outbox.drop(poll.id, kinds={"poll_reminder"})
    queue_reminders(poll, people)
    return poll


@transaction.atomic
def remind(poll_id: UUID, *, by: User) -> int:
    """Remind, now, those who did not answer; returns how many. At most once in 24 hours: else raises Refused."""
    _, poll = _lock_open(poll_id, by)
    now = timezone.now()
    if poll.closes_at <= now:
        raise Refused("Antwoorden kan niet meer. Geef eerst een latere laatste dag.")
    check_may_remind(poll.reminded_at)
    people = people_of(poll)
    done = reads.answered(poll, people, now)
    waiting = [person for person in people if person.id not in done and person != by]
    if not waiting:
        raise Refused("Niemand anders hoeft nog te antwoorden. Herinneren hoeft niet.")
    poll.reminded_at = now
    poll.save(update_fields=["reminded_at"])
    ask(poll, waiting, kind="poll_reminder")
    return len(waiting)


@transaction.atomic
def close_poll(poll_id: UUID, option_id: UUID, *, by: User) -> Session:
    """Plan the talk at a proposed moment; the invitation is the one mail that everybody gets.

    Who said yes to it is coming; the others are asked as for every talk. Closed on this moment already, as after a
    double click: returns the talk and does nothing. Raises Refused when the moment passed or is gone, another one was
    chosen, or the talk cannot be planned with these people.
    """
    session, poll = _lock(poll_id, by)
    if poll.state == PollState.CLOSED and poll.chosen_id == option_id:
        return session
    if poll.state != PollState.OPEN:
        raise Refused(OVER if poll.state == PollState.CLOSED else "Deze datumprikker is ingetrokken.")
    option = poll.options.filter(id=option_id).first()
    if option is None:
        raise Refused("Dit moment is er niet meer bij. Kies een ander.")
    if option.starts_at <= timezone.now():
        raise Refused("Dit moment is al voorbij. Kies een ander, of stel nieuwe momenten voor.")
    said = dict(DateVote.objects.filter(option=option).values_list("user_id", "says"))
    poll.state, poll.chosen, poll.over_at = PollState.CLOSED, option, timezone.now()
    poll.save(update_fields=["state", "chosen", "over_at"])
    outbox.drop(poll.id)
    steps = [StepChange(step.id, step.title, step.minutes) for step in session.steps.all()]
    planning.set_moment(session.id, starts_at=option.starts_at, steps=steps, by=by)
    session = planning.plan_session(session.id, by=by)
    coming = [user for user, word in said.items() if word == Says.YES]
    session.participants.filter(user__in=coming).update(answer=Answer.YES, answered_at=timezone.now())
    if said.get(by.id, Says.YES) != Says.YES:
        # Who plans says yes by planning, but not to a moment about which they just said otherwise.
        session.participants.filter(user=by).update(answer=Answer.OPEN, answered_at=None)
    return session


@transaction.atomic
def withdraw_poll(poll_id: UUID, *, by: User) -> DatePoll:
    """Stop asking, and tell those who were asked; the draft stays. Done twice it is done once.

    Raises Refused when a moment was chosen.
    """
    _, poll = _lock(poll_id, by)
    if poll.state == PollState.CLOSED:
        raise Refused(OVER)
    if poll.state == PollState.OPEN:
        withdraw(poll)
    return poll


def answer_token(poll_id: UUID, user_id: UUID) -> str:
    """Return the signed token with which ``user_id`` answers ``poll_id`` without signing in."""
    return links.token_for("poll", poll_id, user_id)


def by_token(token: str) -> tuple[DatePoll, User]:
    """Return the poll and the person whom ``token`` stands for.

    Raises DatePoll.DoesNotExist when the token is not ours, the poll is over or withdrawn, or the person is not asked
    any more.
    """
    ids = links.ids_in("poll", token)
    if ids is None:
        raise DatePoll.DoesNotExist
    poll_id, user_id = ids
    user = User.objects.filter(id=user_id, is_active=True).first()
    if user is None:
        raise DatePoll.DoesNotExist
    return DatePoll.objects.asked(user).select_related("session__planned_by", "chosen").get(id=poll_id), user


def chase_due() -> int:
    """Ask the planners of polls whose last day is over to choose a moment, once; returns how many."""
    now, asked = timezone.now(), 0
    due = DatePoll.objects.filter(state=PollState.OPEN, closes_at__lte=now, chased_at=None)
    for poll_id in list(due.order_by("closes_at").values_list("id", flat=True)):
        with transaction.atomic():
            poll = due.select_for_update(of=("self",)).select_related("session__planned_by").filter(id=poll_id).first()
            if poll is None:
                continue
            poll.chased_at = now
            poll.save(update_fields=["chased_at"])
            planner = poll.session.planned_by if poll.session else None
            if planner:
                outbox.queue("poll_due", about=poll.id, recipient=planner, sequence=poll.sequence)
                asked += 1
    return asked


def forget_due() -> int:
    """Delete polls that nobody needs any more, with all that was said in them; returns how many.

    Closed ones once their moment has come or the talk is off, withdrawn ones after a month, and ones about which their
    planner did nothing three months after the last day.
    """
    now = timezone.now()
    chosen = Q(state=PollState.CLOSED) & (
        Q(session=None) | ~Q(session__state=State.PLANNED) | Q(session__starts_at__lte=now)
    )
    withdrawn = Q(state=PollState.WITHDRAWN, over_at__lt=now - KEPT_AFTER)
    abandoned = Q(state=PollState.OPEN, closes_at__lt=now - ABANDONED_AFTER)
    gone = list(DatePoll.objects.filter(chosen | withdrawn | abandoned).values_list("id", flat=True)[:1_000])
    DatePoll.objects.filter(id__in=gone).delete()
    if gone:
        logger.info("Date polls: %d old ones deleted", len(gone))
    return len(gone)
