"""Changing the talks of a series: this one, this one and all later, or all that are still to come.

Each talk that a change is about changes as if by itself, but people hear of all of it in one mail. What has begun
never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils import timezone

from lerend.moments import day, in_amsterdam
from organisations.domain.errors import Refused
from organisations.models import User
from sessions_app.domain import repeating, telling
from sessions_app.domain.changes import TOKEN_DAYS
from sessions_app.domain.planning import check_moment, lock, move
from sessions_app.models import Answer, Participant, Series, Session, State
from sessions_app.models.gathering import LONGEST_SERIES
from sessions_app.queries.recurrence import nth_of, occurrence_starts
from sessions_app.queries.series import changeable, concerned, places_of

_SALT = "sessions_app.answer_series"


def hold(session_id: UUID, which: str, by: User) -> tuple[Session, list[Session]]:
    """Return the talk and all that a change from its page is about, itself with them; all are locked, soonest first.

    Raises Session.DoesNotExist when ``by`` may not change the talk, Refused when it is in no series, or has begun or
    is not planned any more.
    """
    session = lock(session_id, by, manage=True)
    if session.series is None:
        raise Refused("Dit gesprek hoort niet (meer) bij een reeks.")
    if session.state != State.PLANNED or session.started:
        raise Refused("Dit gesprek is al begonnen, of gaat niet door. Begin bij een gesprek dat nog komt.")
    ids = list(concerned(session, which, by).values_list("id", flat=True))
    # The row of the series is held, so that nobody else can be holding some of these and waiting for others.
    list(Session.objects.select_for_update().filter(id__in=ids).order_by("id").values_list("id"))
    talks = list(concerned(session, which, by).select_related("organisation", "template"))
    for talk in talks:
        talk.series = session.series
    return session, talks


@transaction.atomic
def reschedule(session_id: UUID, which: str, *, starts_at: datetime, place: str, link: str, by: User) -> int:
    """Move talks of a series, or give them another place; return how many changed.

    ``starts_at`` is the new moment of the talk itself. The others move by as many days, and by as much on the clock:
    from Tuesday 10.00 to Wednesday 14.00 is a day and four hours later for each, also for those that had been moved
    before. Another place holds for all of them; one that is left as it is leaves the others theirs. Raises Refused for
    a moment that cannot be.
    """
    session, talks = hold(session_id, which, by)
    before = telling.as_it_was(session)
    place, link = place.strip(), link.strip()
    elsewhere = (place, link) != (session.place, session.link)
    shift = _clock(starts_at) - _clock(session.span[0])
    changed, moved = [], []
    for talk in talks:
        if shift:
            _shift(talk, shift)
            moved.append(talk)
        if elsewhere:
            talk.place, talk.link = place, link
        if shift or elsewhere:
            changed.append(talk)
    Session.objects.bulk_update(changed, ["starts_at", "ends_at", "place", "link"])
    if moved:
        Participant.objects.filter(session__in=moved).exclude(user=by).update(
            answer=Answer.OPEN, answered_at=None, word=None, proposes=None
        )
        _follow(session, shift)
    telling.tell(before)
    return len(changed)


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
def cancel(session_id: UUID, which: str, *, by: User) -> int:
    """Cancel talks of a series; return how many. Done twice it is done once."""
    if lock(session_id, by, manage=True).state == State.CANCELLED:
        return 0
    session, talks = hold(session_id, which, by)
    before = telling.as_it_was(session)
    for talk in talks:
        move(talk, State.CANCELLED)
    Session.objects.bulk_update(talks, ["state"])
    telling.tell(before)
    return len(talks)


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
    return signing.TimestampSigner(salt=_SALT).sign(f"{series.id.hex}{user.id.hex}")


def by_token(token: str) -> tuple[Series, User, list[Participant]]:
    """Return the series and the person that ``token`` stands for, and their places in talks that are not over.

    Raises Series.DoesNotExist when the token is not ours, or its owner has no place left.
    """
    try:
        value = signing.TimestampSigner(salt=_SALT).unsign(token, max_age=TOKEN_DAYS * 24 * 3600)
        series_id, user_id = UUID(value[:32]), UUID(value[32:])
    except (signing.BadSignature, ValueError):
        raise Series.DoesNotExist from None
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
            changed.append(place)
    Participant.objects.bulk_update(changed, ["answer", "answered_at"])
    return len(changed)
