"""The moments of a series, by the clock in Amsterdam: ten o'clock stays ten o'clock when the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from lerend.moments import AMSTERDAM, in_amsterdam
from sessions_app.models import Series

_WEEK = 7


def occurrence_starts(series: Series) -> list[datetime]:
    """Return the ``series.count`` moments of the rule, in UTC, each at its occurrence's number.

    The first is ``series.starts_at``; of a monthly series it is the ``nth`` such weekday of the month that
    ``starts_at`` is in, which is the same where the series was made well. An hour that exists twice means the first,
    and one that does not exist the hour after, as calendars take it (RFC 5545, 3.3.5).
    """
    first = in_amsterdam(series.starts_at)
    if series.nth is None:
        days = [first.date() + timedelta(weeks=number * series.interval) for number in range(series.count)]
    else:
        month = first.year * 12 + first.month - 1
        days = [
            _nth_weekday(month + number * series.interval, first.weekday(), series.nth)
            for number in range(series.count)
        ]
    at = first.time().replace(fold=0)
    return [datetime.combine(day, at, AMSTERDAM).astimezone(UTC) for day in days]


def nth_of(moment: datetime) -> int:
    """Return the ``Series.nth`` of ``moment``: which one of its weekday in its month; a fifth is the last."""
    number = (in_amsterdam(moment).day - 1) // _WEEK + 1
    return number if number <= 4 else -1


def _nth_weekday(month: int, weekday: int, nth: int) -> date:
    """Return that weekday of ``month``, which counts months from the year 0."""
    if nth < 0:
        last = _first_of(month + 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % _WEEK)
    first = _first_of(month)
    return first + timedelta(days=(weekday - first.weekday()) % _WEEK + (nth - 1) * _WEEK)


def _first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)
