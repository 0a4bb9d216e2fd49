"""Moments in words, also on the nights the clock changes."""

from datetime import UTC, datetime, timedelta
from timeit import repeat

import pytest
from django.template import Context, Template
from django.utils import dateformat

from lerend import moments


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (at(2026, 12, 1, 9), "dinsdag 1 december 2026, 10.00 uur"),
        (at(2026, 7, 1, 7, 5), "woensdag 1 juli 2026, 09.05 uur"),
        (at(2026, 12, 31, 23, 30), "vrijdag 1 januari 2027, 00.30 uur"),
        (at(2026, 3, 29, 0, 59), "zondag 29 maart 2026, 01.59 uur"),
        (at(2026, 3, 29, 1, 0), "zondag 29 maart 2026, 03.00 uur"),
        (at(2026, 10, 25, 0, 30), "zondag 25 oktober 2026, 02.30 uur"),
        (at(2026, 10, 25, 1, 30), "zondag 25 oktober 2026, 02.30 uur"),
        (at(2026, 10, 25, 2, 0), "zondag 25 oktober 2026, 03.00 uur"),
    ],
)
def test_moment(value: datetime, text: str) -> None:
    assert moments.moment(value) == text


@pytest.mark.parametrize(
    ("starts", "ends", "text"),
    [
        (at(2026, 12, 3, 12), at(2026, 12, 3, 15, 30), "donderdag 3 december 2026, 13.00 tot 16.30 uur"),
        (
            at(2026, 12, 3, 22),
            at(2026, 12, 4, 0),
            "donderdag 3 december 2026, 23.00 uur tot vrijdag 4 december 2026, 01.00 uur",
        ),
        (at(2026, 12, 3, 20), at(2026, 12, 3, 22, 59), "donderdag 3 december 2026, 21.00 tot 23.59 uur"),
        (at(2026, 3, 29, 0), at(2026, 3, 29, 2), "zondag 29 maart 2026, 01.00 tot 04.00 uur"),
        (at(2026, 10, 24, 23), at(2026, 10, 25, 3), "zondag 25 oktober 2026, 01.00 tot 04.00 uur"),
    ],
)
def test_span(starts: datetime, ends: datetime, text: str) -> None:
    assert moments.span(starts, ends) == text


@pytest.mark.parametrize(
    ("value", "now", "text"),
    [
        (at(2027, 3, 9, 9), at(2027, 3, 9, 9, 30), "nu"),
        (at(2027, 3, 9, 9), at(2027, 3, 9, 8, 59), "over een minuut"),
        (at(2027, 3, 9, 9), at(2027, 3, 9, 8, 15), "over 45 minuten"),
        (at(2027, 3, 9, 9), at(2027, 3, 9, 8, 2), "over een uur"),
        (at(2027, 3, 9, 9), at(2027, 3, 9, 7, 50), "vandaag om 10.00 uur"),
        (at(2027, 3, 8, 23, 30), at(2027, 3, 8, 20), "morgen om 00.30 uur"),
        (at(2027, 3, 9, 9), at(2027, 3, 8, 23, 30), "vandaag om 10.00 uur"),
        (at(2027, 3, 9, 9), at(2027, 3, 8, 8), "morgen om 10.00 uur"),
        (at(2027, 3, 9, 9), at(2027, 3, 7, 8), "overmorgen om 10.00 uur"),
        (at(2027, 3, 9, 9), at(2027, 3, 2, 8), "over 7 dagen, op dinsdag 9 maart 2027 om 10.00 uur"),
        # Days are those of the calendar, hours pass: over the nights the clock changes too.
        (at(2027, 3, 28, 1), at(2027, 3, 28, 0), "over een uur"),
        (at(2027, 3, 29, 7), at(2027, 3, 28, 7), "morgen om 09.00 uur"),
        (at(2027, 10, 31, 1, 30), at(2027, 10, 31, 0, 30), "over een uur"),
        (at(2027, 10, 31, 22, 30), at(2027, 10, 30, 22, 30), "vandaag om 23.30 uur"),
    ],
)
def test_from_now(value: datetime, now: datetime, text: str) -> None:
    assert moments.from_now(value, now) == text
    assert moments.how_far(value, now) == text.split(",")[0].split(" om ")[0]


def test_every_name_is_the_one_django_knows() -> None:
    days = [at(2026, month, day, 12) for month in range(1, 13) for day in (1, 9, 17)]
    assert [moments.day(day) for day in days] == [dateformat.format(day, "l j F Y") for day in days]


def test_in_a_template() -> None:
    template = Template("{{ a|day }}/{{ a|moment }}/{{ a|span:b }}/{{ a|hours:b }}/{{ a|short_day }}")
    a = at(2026, 12, 1, 9)
    assert template.render(Context({"a": a, "b": a + timedelta(hours=1)})) == (
        "dinsdag 1 december 2026/dinsdag 1 december 2026, 10.00 uur/"
        "dinsdag 1 december 2026, 10.00 tot 11.00 uur/10.00 tot 11.00 uur/di <strong>1</strong> dec"
    )


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        moments.moment(datetime(2026, 12, 1, 9))  # noqa: DTZ001


def test_it_is_at_least_five_times_as_fast_as_the_date_filter() -> None:
    value = at(2026, 12, 1, 9)
    ours = min(repeat(lambda: moments.moment(value), number=2000, repeat=5))
    filters = min(repeat(lambda: dateformat.format(value, "l j F Y, H.i"), number=2000, repeat=5))
    assert ours * 5 < filters
