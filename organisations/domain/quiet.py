"""Quiet hours and weekends: when mail that can wait goes instead."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from lerend.moments import AMSTERDAM, in_amsterdam
from organisations.models import Organisation

_SATURDAY = 5


def before(organisation: Organisation, moment: datetime) -> datetime:
    """Return ``moment``, or, where it is quiet then, the moment before at which such mail goes (UTC).

    That is when the quiet hours begin, and for a weekend the same hour on Friday: who is reminded early can still act.
    """
    day, at = _wall_clock(moment)
    start = day, at
    if quiet := _quiet_hours(organisation, at):
        begin, _ = quiet
        if at < begin:
            day -= timedelta(days=1)  # in the small hours: the evening before
        at = begin
    if organisation.quiet_weekends and day.weekday() >= _SATURDAY:
        day -= timedelta(days=day.weekday() - _SATURDAY + 1)
    return moment if (day, at) == start else datetime.combine(day, at, AMSTERDAM).astimezone(UTC)


def after(organisation: Organisation, moment: datetime) -> datetime:
    """Return ``moment``, or, where it is quiet then, the first moment after at which such mail goes (UTC).

    That is when the quiet hours end, and for a weekend that hour on Monday.
    """
    day, at = _wall_clock(moment)
    start = day, at
    if quiet := _quiet_hours(organisation, at):
        _, end = quiet
        if at > end:
            day += timedelta(days=1)  # in the evening: the next morning
        at = end
    if organisation.quiet_weekends and day.weekday() >= _SATURDAY:
        day += timedelta(days=7 - day.weekday())
    return moment if (day, at) == start else datetime.combine(day, at, AMSTERDAM).astimezone(UTC)


def _wall_clock(moment: datetime) -> tuple[date, time]:
    local = in_amsterdam(moment)
    return local.date(), local.time().replace(fold=0)


def _quiet_hours(organisation: Organisation, at: time) -> tuple[time, time] | None:
    """Return the quiet hours when ``at`` lies within them. Their two ends do not: mail goes then."""
    start, end = organisation.quiet_from, organisation.quiet_until
    if start is None or end is None:
        return None
    within = start < at < end if start < end else at > start or at < end
    return (start, end) if within else None
