"""Moments in words: stored in UTC, spoken in Dutch and in Amsterdam time.

Lists show many of them, so the names stand in tables here: Django's ``date`` filter costs some thirty times as much.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_NEAR_DAYS = ("vandaag", "morgen", "overmorgen")
SHORT_DAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
_MONTHS = (
    "",
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
_SHORT_MONTHS = ("", "jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")


def in_amsterdam(value: datetime) -> datetime:
    """Return the aware ``value`` in Amsterdam time; raises ValueError for a naive one."""
    if value.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    return value.astimezone(AMSTERDAM)


def midnight_after(last: date) -> datetime:
    """Return the moment at which the day ``last`` is over in Amsterdam."""
    return datetime.combine(last + timedelta(days=1), time(0), AMSTERDAM)


def day(value: datetime) -> str:
    """Return "dinsdag 1 december 2026"."""
    local = in_amsterdam(value)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month]} {local.year}"


def weekday(value: datetime) -> str:
    """Return "dinsdag"."""
    return _DAYS[in_amsterdam(value).weekday()]


def moment(value: datetime) -> str:
    """Return "dinsdag 1 december 2026, 10.00 uur"."""
    local = in_amsterdam(value)
    return (
        f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month]} {local.year}, "
        f"{local.hour:02}.{local.minute:02} uur"
    )


def span(starts_at: datetime, ends_at: datetime) -> str:
    """Return "donderdag 3 december 2026, 13.00 tot 16.30 uur"; past midnight the second day is named as well."""
    start, end = in_amsterdam(starts_at), in_amsterdam(ends_at)
    if start.date() != end.date():
        return f"{moment(start)} tot {moment(end)}"
    return f"{day(start)}, {start.hour:02}.{start.minute:02} tot {end.hour:02}.{end.minute:02} uur"


def hours(starts_at: datetime, ends_at: datetime) -> str:
    """Return "13.00 tot 16.30 uur", for where the day is told already."""
    start, end = in_amsterdam(starts_at), in_amsterdam(ends_at)
    return f"{start.hour:02}.{start.minute:02} tot {end.hour:02}.{end.minute:02} uur"


def from_now(value: datetime, now: datetime) -> str:
    """Return how far off ``value`` is, in words: "over een uur", "vandaag om 14.00 uur", "morgen om 10.00 uur",
    "over 5 dagen, op dinsdag 9 maart 2027 om 10.00 uur".

    Minutes and hours are elapsed time, days are those of the calendar in Amsterdam. What has passed is "nu".
    """
    local = in_amsterdam(value)
    far = how_far(value, now)
    at = f"om {local.hour:02}.{local.minute:02} uur"
    if far in _NEAR_DAYS:
        return f"{far} {at}"
    return f"{far}, op {day(value)} {at}" if far.endswith("dagen") else far


def how_far(value: datetime, now: datetime) -> str:
    """Return how far off ``value`` is, for beside its date and time: "over een uur", "morgen", "over 5 dagen".

    As in ``from_now``, whose first words it is.
    """
    minutes = round((value - now).total_seconds() / 60)
    if minutes < 1:
        return "nu"
    if minutes < 55:
        return "over een minuut" if minutes == 1 else f"over {minutes} minuten"
    if minutes <= 65:
        return "over een uur"
    days = (in_amsterdam(value).date() - in_amsterdam(now).date()).days
    return _NEAR_DAYS[days] if days < len(_NEAR_DAYS) else f"over {days} dagen"


def short_day(value: datetime) -> SafeString:
    """Return the inside of a ``.date`` block: "di <strong>1</strong> dec"."""
    local = in_amsterdam(value)
    return SafeString(f"{SHORT_DAYS[local.weekday()]} <strong>{local.day}</strong> {_SHORT_MONTHS[local.month]}")
