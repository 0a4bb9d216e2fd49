"""The moments of a series, by the clock in Amsterdam: ten o'clock stays ten o'clock when the clock changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from lerend.moments import AMSTERDAM, in_amsterdam, weekday
from sessions_app.models import Series
from sessions_app.models.gathering import LONGEST_SERIES

_WEEK = 7
_WHICH = {1: "eerste", 2: "tweede", 3: "derde", 4: "vierde", -1: "laatste"}


@dataclass(frozen=True)
class Repeat:
    """How a talk is to return: ``count`` times in all, every ``interval`` weeks, or with ``nth`` months; see Series."""

    interval: int
    count: int
    nth: int | None = None

    def starts(self, first: datetime) -> list[datetime]:
        """Return the moments, from ``first`` on."""
        return occurrence_starts(
            Series(starts_at=first, interval=self.interval, nth=self.nth, count=self.count),
        )


def times_until(first: datetime, interval: int, nth: int | None, last: date) -> int:
    """Return how many moments such a series has from ``first`` up to and with the day ``last``; at most one more than
    a series may have."""
    starts = Repeat(interval, LONGEST_SERIES + 1, nth).starts(first)
    return sum(in_amsterdam(moment).date() <= last for moment in starts)


def rule_words(series: Series) -> str:
    """Return how a series returns: "elke dinsdag", "om de 6 weken op dinsdag", "elke eerste dinsdag"."""
    day = weekday(series.starts_at)
    if series.nth is None:
        return f"elke {day}" if series.interval == 1 else f"om de {series.interval} weken op {day}"
    day = f"{_WHICH[series.nth]} {day}"
    return f"elke {day}" if series.interval == 1 else f"om de {series.interval} maanden op de {day}"


def exists_once(moment: datetime) -> bool:
    """Whether the clock in Amsterdam shows the time of ``moment`` exactly once that day."""
    local = in_amsterdam(moment)
    return local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()


def at_wall_clock(naive: datetime) -> datetime | None:
    """Return the moment at which the clock in Amsterdam shows ``naive``, in UTC; None where it does not, or twice."""
    first, second = (naive.replace(tzinfo=AMSTERDAM, fold=fold) for fold in (0, 1))
    return first.astimezone(UTC) if first.utcoffset() == second.utcoffset() else None


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
