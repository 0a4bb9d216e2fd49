"""Changing the talks of a series: this one, this one and all later, or all that are still to come.

Each talk that a change is about changes as if by itself, but people hear of all of it in one mail. What has begun
never changes. ``which`` is one of ``queries.series.Which``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from lerend.moments import day, in_amsterdam
from organisations.domain.errors import Refused
from organisations.models import User
from sessions_app.domain import changes, company, links, repeating, telling
from sessions_app.domain.changes import check_still_to_come
from sessions_app.domain.planning import StepChange, check_may_plan, check_moment, keep_people, lock, move
from sessions_app.models import Answer, Participant, Series, Session, State
from sessions_app.models.gathering import LONGEST_SERIES
from sessions_app.queries import keeping
from sessions_app.queries.planning import Standing
from sessions_app.queries.recurrence import nth_of, occurrence_starts
from sessions_app.queries.series import Which, changeable, concerned, places_of


def hold(session_id: UUID, which: str, sequence: int | None, by: User) -> tuple[Session, list[Session]]:
    """Return the talk and all that a change from its page is about, itself with them; all are locked, soonest first.

    ``sequence`` is that of the talk as it was on screen. Raises Session.DoesNotExist when ``by`` may not change the
    talk, Refused when it is in no series, has begun, is not planned any more or changed since.
    """
    session = lock(session_id, by, manage=True)
    if session.series is None:
        raise Refused("Dit gesprek hoort niet (meer) bij een reeks.")
    check_still_to_come(session, sequence)
    ids = list(concerned(session, which, by).values_list("id", flat=True))
    # The row of the series is held, so that nobody else can be holding some of these and waiting for others.
    list(Session.objects.select_for_update().filter(id__in=ids).order_by("id").values_list("id"))
    talks = list(concerned(session, which, by).select_related("organisation", "template"))
    for talk in talks:
        talk.series = session.series
    return session, talks


@transaction.atomic
def reschedule(
    session_id: UUID,
    which: str,
    *,
    starts_at: datetime,
    place: str,
    link: str,
    sequence: int | None = None,
    by: User,
) -> bool:
    """Move talks of a series, or give them another place; return whether anything is different.

    ``starts_at`` is the new moment of the talk itself. The others move by as many days, and by as much on the clock:
    from Tuesday 10.00 to Wednesday 14.00 is a day and four hours later for each, also for those that had been moved
    before. Another place holds for all of them; one that is left as it is leaves the others theirs. Raises Refused for
    a moment that cannot be.
    """
    if which == Which.ONE:
        return changes.reschedule(session_id, starts_at=starts_at, place=place, link=link, sequence=sequence, by=by)
    session, talks = hold(session_id, which, sequence, by)
    place, link = place.strip(), link.strip()
    elsewhere = (place, link) != (session.place, session.link)
    shift = _clock(starts_at) - _clock(session.span[0])
    if not shift and not elsewhere:
        return False
    before = telling.as_it_was(session)
    for talk in talks:
        if shift:
            _shift(talk, shift)
        if elsewhere:
            talk.place, talk.link = place, link
    Session.objects.bulk_update(talks, ["starts_at", "ends_at", "place", "link"])
    if shift:
        changes.ask_anew(talks, by)
        _follow(session, shift)
    return telling.tell(before)


def _clock(moment: datetime) -> datetime:
    return in_amsterdam(moment).replace(tzinfo=None)


def _shift(talk: Session, shift: timedelta) -> None:
    """Move ``talk``, unsaved, by so much on the clock; it keeps its length."""
    starts_at, ends_at = talk.span
    start = repeating.certain(_clock(starts_at) + shift)
    try:
        check_moment(start, start + (ends_at - starts_at))
    except Refused as refused:
        raise Refused(f"{day(starts_at).capitalize()} wordt dan {day(start)}. {refused.message}") from None
    talk.starts_at, talk.ends_at = start, start + (ends_at - starts_at)


def _follow(session: Session, shift: timedelta) -> None:
    """Let the rule of the series of ``session`` move along, where more of its talks are then as the rule says."""
    series = session.series
    if series is None:
        return
    living = Session.objects.filter(series=series).exclude(state__in=[State.DRAFT, State.CANCELLED])
    talks = dict(living.values_list("occurrence", "starts_at"))
    first = repeating.certain(_clock(series.starts_at) + shift)
    other = Series(starts_at=first, interval=series.interval, count=series.count, nth=series.nth)
    if series.nth is not None:
        other.nth = nth_of(first) if series.nth > 0 else series.nth
        if occurrence_starts(other)[0] != first:
            return

    def fitting(rule: Series) -> int:
        return sum(talks.get(number) == moment for number, moment in enumerate(occurrence_starts(rule)))

    if fitting(other) > fitting(series):
        series.starts_at, series.nth = other.starts_at, other.nth
        series.save(update_fields=["starts_at", "nth"])


@transaction.atomic
def change_steps(
    session_id: UUID, which: str, *, steps: Sequence[StepChange], sequence: int | None = None, by: User
) -> bool:
    """Give talks of a series these steps, those of the talk itself; what others had of their own goes.

    Returns whether anything is different. Raises Refused as ``changes.change_steps`` does.
    """
    if which == Which.ONE:
        return changes.change_steps(session_id, steps=steps, sequence=sequence, by=by)
    session, talks = hold(session_id, which, sequence, by)
    before = telling.as_it_was(session)
    changes.apply_steps(session, steps)
    others = [talk for talk in talks if talk.id != session.id]
    repeating.copy_steps(session, others)
    for talk in others:
        talk.ends_at = talk.span[0] + (session.span[1] - session.span[0])
    Session.objects.bulk_update(others, ["ends_at"])
    return telling.tell(before)


@transaction.atomic
def change_people(
    session_id: UUID,
    which: str,
    *,
    out: Collection[UUID] = (),
    people: Collection[UUID] = (),
    teams: Collection[UUID] = (),
    join: bool = False,
    sequence: int | None = None,
    by: User,
) -> bool:
    """Take people out of talks of a series, and let others in; values, answer and what it raises as those of
    ``company.change_people``.

    Who is not in one of the talks, or in it already, is passed over there.
    """
    if which == Which.ONE:
        return company.change_people(
            session_id, out=out, people=people, teams=teams, join=join, sequence=sequence, by=by
        )
    keep_people(session_id, people=people, teams=teams)
    session, talks = hold(session_id, which, sequence, by)
    before = telling.as_it_was(session)
    for talk in talks:
        company.apply_people(talk, out=out, people=people, teams=teams, join=join, by=by)
    return telling.tell(before)


@transaction.atomic
def hand_over(session_id: UUID, which: str, *, to: UUID, sequence: int | None = None, by: User) -> None:
    """Let somebody else look after talks of a series from now on, and after what comes of the series.

    Raises Refused when one of them cannot go to that person; see ``changes.hand_over``.
    """
    if which == Which.ONE:
        changes.hand_over(session_id, to=to, sequence=sequence, by=by)
        return
    keep_people(session_id)
    session, talks = hold(session_id, which, sequence, by)
    before = telling.as_it_was(session)
    heir = User.objects.filter(id=to).first()
    for talk in talks:
        if heir is None or not keeping.heirs(talk, by).filter(id=to).exists():
            raise Refused(f"Het gesprek van {day(talk.span[0])} kan niet naar deze persoon. Draag het apart over.")
        changes.apply_hand_over(talk, heir)
    ids = [talk.id for talk in talks]
    if heir is None or Session.objects.manageable_by(heir).filter(id__in=ids).count() != len(ids):
        raise Refused("Deze persoon kan niet voor al deze gesprekken zorgen. Kies iemand anders.")
    series = talks[0].series
    if series is not None:
        series.planned_by, series.form_key = heir, uuid4()
        series.save(update_fields=["planned_by", "form_key"])
    telling.tell(before)
    talks[0].refresh_from_db(fields=["sequence"])
    changes.tell_heir(talks, heir, by)


@transaction.atomic
def cancel(session_id: UUID, which: str, *, because: str = "", by: User) -> bool:
    """Cancel talks of a series, and tell why if ``because`` does; done twice it is done once. Returns True."""
    if which == Which.ONE or lock(session_id, by, manage=True).state == State.CANCELLED:
        changes.cancel(session_id, because=because, by=by)
        return True
    session, talks = hold(session_id, which, None, by)
    before = telling.as_it_was(session)
    for talk in talks:
        move(talk, State.CANCELLED)
        talk.called_off_because = because.strip() or None
    Session.objects.bulk_update(talks, ["state", "called_off_because"])
    telling.tell(before)
    return True


@transaction.atomic
def extend(session_id: UUID, times: int, *, count: int, by: User) -> list[Session]:
    """Add ``times`` talks at the end of the series of a talk, like its last; return them.

    They fall by the rule. ``count`` is how long the series was on screen: where it is longer by now, as after a double
    click, nothing is done. Raises Refused when the series would be too long, or reach too far.
    """
    session = lock(session_id, by, manage=True)
    series = session.series
    if series is None:
        raise Refused("Dit gesprek hoort niet (meer) bij een reeks.")
    if series.count != count:
        return []
    last = changeable(series.id, by).last()
    if last is None:
        raise Refused("De reeks is voorbij. Plan een nieuwe.")
    check_may_plan(Standing(by, session.organisation), session.kind)
    if series.count + times > LONGEST_SERIES:
        raise Refused(f"Een reeks heeft ten hoogste {LONGEST_SERIES} gesprekken. Plan een nieuwe.")
    before = telling.as_it_was(session)
    number = series.count
    series.count += times
    moments = list(enumerate(occurrence_starts(series)))[number:]
    at = in_amsterdam(series.starts_at).time()
    for _, moment in moments:
        repeating.certain(datetime.combine(in_amsterdam(moment).date(), at))
        check_moment(moment, moment + (last.span[1] - last.span[0]))
    series.save(update_fields=["count"])
    made = repeating.make_copies(last, moments)
    Participant.objects.filter(session__in=made, user=by).update(answer=Answer.YES, answered_at=timezone.now())
    telling.tell(before)
    return made


def answer_token(series: Series, user: User) -> str:
    """Return the signed token with which ``user`` answers for the talks of ``series`` without signing in."""
    return links.token_for("answer_series", series.id, user.id)


def by_token(token: str) -> tuple[Series, User, list[Participant]]:
    """Return the series and the person that ``token`` stands for, and their places in talks that are not over.

    Raises Series.DoesNotExist when the token is not ours, or its owner has no place left.
    """
    ids = links.ids_in("answer_series", token)
    if ids is None:
        raise Series.DoesNotExist
    series_id, user_id = ids
    user = User.objects.filter(id=user_id, is_active=True).first()
    places = places_of(series_id, user) if user else []
    if user is None or not places:
        raise Series.DoesNotExist
    return Series.objects.get(id=series_id), user, places


@transaction.atomic
def answer(series_id: UUID, said: Mapping[UUID, str], *, sequence: int, by: User) -> int:
    """Keep a yes or no of ``by`` for talks of a series; return how many were new.

    ``said`` has Answer.YES or Answer.NO by the id of the talk; ``sequence`` is that of the series as it was on screen.
    Raises Refused when it changed since, or one of the talks is not theirs to answer for any more.
    """
    series = Series.objects.select_for_update().get(id=series_id)
    if series.sequence != sequence:
        raise Refused("De reeks is intussen gewijzigd. Kijk opnieuw wanneer de gesprekken zijn, en antwoord dan.")
    list(Session.objects.select_for_update().filter(id__in=said, series=series).order_by("id").values_list("id"))
    places = {place.session_id: place for place in places_of(series_id, by)}
    if not said.keys() <= places.keys():
        raise Refused("Een van deze gesprekken is geweest, of gaat niet door. Kijk opnieuw.")
    changed = []
    for session_id, answered in said.items():
        place = places[session_id]
        if place.answer != answered:
            place.answer, place.answered_at = Answer(answered), timezone.now()
            place.word, place.proposes = None, None  # they went with the former answer
            changed.append(place)
    Participant.objects.bulk_update(changed, ["answer", "answered_at", "word", "proposes"])
    return len(changed)
