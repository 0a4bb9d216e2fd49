"""Days of the demo: working days from today."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

from lerend.moments import AMSTERDAM


def at(days: int, hour: int, minute: int = 0) -> datetime:
    """Return that hour in Amsterdam, ``days`` working days from today, past ones negative."""
    day = timezone.now().astimezone(AMSTERDAM).date()
    step = timedelta(days=1 if days >= 0 else -1)
    for _ in range(abs(days)):
        day += step
        while day.weekday() >= 5:
            day += step
    return datetime.combine(day, time(hour, minute), AMSTERDAM)
