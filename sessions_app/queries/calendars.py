"""How a talk or a series of talks stands in a calendar: for mail, for a file, and for what a calendar fetches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from lerend.mail.calendar import Event, Rule
from lerend.mail.rendering import link
from lerend.moments import in_amsterdam
from sessions_app.models import Series, Session, State
from sessions_app.queries.recurrence import occurrence_starts

NO_REPLY = "Een antwoord vanuit je agenda komt niet bij ons aan. Antwoorden kan op de pagina van het gesprek."


def uid(gathering: Session | Series) -> str:
    """Return the name under which calendars know a talk that stands alone, or a series."""
    return f"{gathering.id}@{settings.SITE_HOST}"


def talk_event(session: Session, *, stamp: datetime | None = None) -> Event:
    """Return the entry of one talk, without attendee; cancelled when the talk is.

    ``stamp`` is the moment of writing; without it, that of the last change, so that the same talk gives the same text.
    """
    starts_at, ends_at = session.span
    page = link("session", session.id)
    return Event(
        uid=uid(session),
        sequence=session.sequence,
        title=session.title,
        description=f"{session.purpose}\n\n{page}\n\n{NO_REPLY}",
        starts_at=starts_at,
        ends_at=ends_at,
        location=session.place or session.link,
        url=session.link or page,
        cancelled=session.state == State.CANCELLED,
        stamp=stamp or session.changed_at,
        created=session.created_at,
        changed=session.changed_at,
    )


def bare(event: Event) -> Event:
    """Return ``event`` for somebody who is in it no more: cancelled, and no more than what and when."""
    return replace(event, cancelled=True, description="", location="", url="")


@dataclass(frozen=True)
class _Shape:
    """What talks of a series have in common, or in which they differ."""

    title: str
    purpose: str
    place: str
    link: str
    length: timedelta

    @classmethod
    def of(cls, talk: Session) -> _Shape:
        starts_at, ends_at = talk.span
        return cls(talk.title, talk.purpose, talk.place, talk.link, ends_at - starts_at)


def series_events(
    series: Series, talks: Sequence[Session], *, mine: Collection[UUID] | None = None, stamp: datetime | None = None
) -> list[Event]:
    """Return the one entry that a series has in somebody's calendar, as it stands: all of it, each time.

    ``talks`` are of this series, in any order and at least one (else ValueError); ``mine`` are the ids of those that
    the person takes part in, all of them unless given. First comes the rule, from the first to the last of theirs and
    as most of them are, without the times between at which they have no talk; then each talk that differs. Of other
    talks of the series it says nothing, for those may be of two others. With no talk left it is the rule alone,
    cancelled and bare.
    """
    if not talks:
        raise ValueError("A series without talks has nothing to tell.")
    theirs = [talk for talk in talks if mine is None or talk.id in mine]
    known = {talk.occurrence or 0: talk for talk in sorted(theirs or talks, key=lambda talk: talk.occurrence or 0)}
    first, last = min(known), max(known)
    living = {number: talk for number, talk in known.items() if theirs and talk.state != State.CANCELLED}
    like = Counter(map(_Shape.of, (living or known).values())).most_common(1)[0][0]
    model = next(talk for talk in (living or known).values() if _Shape.of(talk) == like)
    # A talk outside the rule has no place in it: better no file at all than one that leaves a talk out.
    starts = occurrence_starts(series)
    changed = max(talk.changed_at for talk in known.values())
    rule = Rule(interval=series.interval, count=last - first + 1, nth=series.nth)
    master = replace(
        talk_event(model, stamp=stamp or changed),
        uid=uid(series),
        sequence=series.sequence,
        starts_at=starts[first],
        ends_at=starts[first] + like.length,
        cancelled=False,
        created=series.created_at,
        changed=changed,
        rule=rule,
    )
    if not living:
        return [bare(master)]
    if first == last:  # to them it is no series
        return [replace(master, starts_at=model.span[0], ends_at=model.span[1], rule=None)]
    without = tuple(starts[number] for number in range(first, last + 1) if number not in living)
    events = [replace(master, rule=replace(rule, without=without))]
    for number, talk in living.items():
        moment = starts[number]
        if talk.span != (moment, moment + like.length) or _Shape.of(talk) != like or _over_the_change(talk):
            own = talk_event(talk, stamp=stamp or changed)
            events.append(replace(own, uid=uid(series), sequence=series.sequence, instead_of=moment))
    return events


def _over_the_change(talk: Session) -> bool:
    """Whether the clock changes during the talk: calendars do not agree on how long a rule makes it then."""
    starts_at, ends_at = (in_amsterdam(moment) for moment in talk.span)
    return starts_at.utcoffset() != ends_at.utcoffset()
