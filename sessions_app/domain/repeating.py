"""From one draft to a series of talks: the rule, the copies, and a few more at the end."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import prefetch_related_objects

from lerend.moments import in_amsterdam
from organisations.domain.errors import Refused
from sessions_app.models import Participant, Series, Session, SessionReminder, SessionStep
from sessions_app.queries.recurrence import Repeat, at_wall_clock, occurrence_starts

# What each talk of a series has of its own; all else is copied.
_OWN_OF_TALK = frozenset(
    {
        "id",
        "form_key",
        "starts_at",
        "ends_at",
        "occurrence",
        "sequence",
        "changed_at",
        "created_at",
        "called_off_because",
        "nudged_at",
        "present_count",
        "closed_at",
    }
)
_OWN_OF_PLACE = frozenset({"answer", "answered_at", "word", "proposes", "purpose_confirmed_at", "present"})


def set_repeat(session: Session, repeat: Repeat | None) -> None:
    """Let ``session``, a locked draft with its moment, begin a series that returns by ``repeat``; None ends that.

    Raises Refused when one of the moments does not exist, or exists twice, because the clock changes.
    """
    series = session.series
    if repeat is None:
        if series:
            _stand_alone(session)
        return
    if session.starts_at is None:
        raise ValueError("A draft without a moment.")
    at = in_amsterdam(session.starts_at).time()
    for moment in repeat.starts(session.starts_at):
        certain(datetime.combine(in_amsterdam(moment).date(), at))
    rule = {
        "starts_at": session.starts_at,
        "interval": repeat.interval,
        "nth": repeat.nth,
        "count": repeat.count,
    }
    if series is None:
        session.series = Series.objects.create(organisation=session.organisation, planned_by=session.planned_by, **rule)
        session.occurrence = 0
        session.save(update_fields=["series", "occurrence"])
        return
    for name, value in rule.items():
        setattr(series, name, value)
    series.save(update_fields=list(rule))


def certain(naive: datetime) -> datetime:
    """Return the moment at which the clock in Amsterdam shows ``naive``; raises Refused where it never does.

    A time that it shows twice is refused as well.
    """
    found = at_wall_clock(naive)
    if found is None:
        raise Refused(
            f"In de nacht van {naive.day}-{naive.month}-{naive.year} gaat de klok voor- of achteruit. "
            "Kies een tijd voor 2.00 uur of vanaf 3.00 uur."
        )
    return found


def lay_out(session: Session, dates: Collection[datetime] | None) -> list[Session]:
    """Return all talks of the series that ``session``, which was planned just now, begins; the others are made.

    ``dates`` are the moments out of the rule that stay, all unless given; with one left it is no series. Raises
    Refused when they are not moments of it, or none stays.
    """
    series, starts = session.series, moments_of(session)
    if series is None:
        return [session]
    kept = [number for number, moment in enumerate(starts) if dates is None or moment in dates]
    if dates is not None and len(kept) != len(set(dates)):
        raise Refused("De datums zijn intussen anders. Kijk ze opnieuw na.")
    if not kept:
        raise Refused("Laat ten minste één datum staan.")
    first, last = kept[0], kept[-1]
    length = session.span[1] - session.span[0]
    session.starts_at, session.ends_at = starts[first], starts[first] + length
    session.save(update_fields=["starts_at", "ends_at"])
    if len(kept) == 1:
        _stand_alone(session)
        return [session]
    # What is left out at either end is no hole in the series: it begins later, or is over sooner.
    series.starts_at, series.count = starts[first], last - first + 1
    series.save(update_fields=["starts_at", "count"])
    return [session, *make_copies(session, [(number - first, starts[number]) for number in kept[1:]])]


def moments_of(session: Session) -> list[datetime]:
    """Return the moments of the series that the draft ``session`` begins, or its own alone."""
    return occurrence_starts(session.series) if session.series else [session.span[0]]


def copy_of(session: Session, occurrence: int, starts_at: datetime) -> Session:
    """Return one more talk like ``session``, at another moment of its series; unsaved."""
    return Session(
        **_values(session, _OWN_OF_TALK),
        occurrence=occurrence,
        starts_at=starts_at,
        ends_at=starts_at + (session.span[1] - session.span[0]),
    )


def make_copies(session: Session, moments: Iterable[tuple[int, datetime]]) -> list[Session]:
    """Make a talk like ``session``, with its people, steps and reminders, for each number and moment; return those."""
    copies = [copy_of(session, number, moment) for number, moment in moments]
    prefetch_related_objects([session], "participants", "steps", "reminders")
    Session.objects.bulk_create(copies)
    Participant.objects.bulk_create(
        Participant(session=copy, **_values(place, {"id", "session", *_OWN_OF_PLACE}))
        for copy in copies
        for place in session.participants.all()
    )
    _make_steps(session, copies)
    SessionReminder.objects.bulk_create(
        SessionReminder(session=copy, **_values(rule, {"id", "session"}))
        for copy in copies
        for rule in session.reminders.all()
    )
    return copies


def copy_steps(session: Session, others: Collection[Session]) -> None:
    """Give ``others`` the steps that ``session`` has, instead of their own."""
    SessionStep.objects.filter(session__in=others).delete()
    _make_steps(session, others)


def _make_steps(session: Session, others: Iterable[Session]) -> None:
    steps = list(session.steps.all())
    SessionStep.objects.bulk_create(
        SessionStep(session=other, **_values(step, {"id", "session"})) for other in others for step in steps
    )


def _values(row: models.Model, without: Collection[str]) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in without
    }  # fmt: skip


def _stand_alone(session: Session) -> None:
    series = session.series
    session.series, session.occurrence = None, None
    session.save(update_fields=["series", "occurrence"])
    if series:
        series.delete()
