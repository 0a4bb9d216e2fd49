"""The calendar of a series, read by two parsers: the rule, what differs from it, and both changes of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from lerend.mail.calendar import calendar
from sessions_app.models import Series, Session, State
from sessions_app.queries.calendars import series_events
from sessions_app.queries.recurrence import nth_of, occurrence_starts
from tests.calendars import seen_by_both

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)


def local(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=AMSTERDAM, fold=fold).astimezone(UTC)


def series_of(starts_at: datetime, **fields) -> Series:
    return Series(**{"starts_at": starts_at, "count": 4, "sequence": 3, **fields})


def talks_of(series: Series) -> list[Session]:
    return [
        Session(
            series=series,
            occurrence=number,
            title="Casus, vak & kracht; “samen”",
            purpose='Wat raakt "ons", en wat niet?\nZonder oordeel 🎈',
            place="De Brug, kamer 2",
            state=State.PLANNED,
            starts_at=moment,
            ends_at=moment + timedelta(hours=1, minutes=30),
            changed_at=NOW,
        )
        for number, moment in enumerate(occurrence_starts(series))
    ]


def seen(series: Series, talks: list[Session], method="REQUEST", **options):
    return seen_by_both(calendar(series_events(series, talks, stamp=NOW, **options), method=method))


def by_the_clock(moments: list[datetime]) -> list[str]:
    return [f"{moment.astimezone(AMSTERDAM):%Y-%m-%d %H:%M %Z}" for moment in moments]


@pytest.mark.parametrize(
    ("starts_at", "fields", "expected"),
    [
        (
            local(2027, 3, 16, 10),
            {},
            ["2027-03-16 10:00 CET", "2027-03-23 10:00 CET", "2027-03-30 10:00 CEST", "2027-04-06 10:00 CEST"],
        ),
        (
            local(2027, 10, 19, 10),
            {"interval": 2},
            ["2027-10-19 10:00 CEST", "2027-11-02 10:00 CET", "2027-11-16 10:00 CET", "2027-11-30 10:00 CET"],
        ),
        (
            local(2027, 2, 2, 9, 30),
            {"nth": 1},
            ["2027-02-02 09:30 CET", "2027-03-02 09:30 CET", "2027-04-06 09:30 CEST", "2027-05-04 09:30 CEST"],
        ),
        (
            local(2027, 9, 30, 9),
            {"nth": -1, "interval": 2},
            ["2027-09-30 09:00 CEST", "2027-11-25 09:00 CET", "2028-01-27 09:00 CET", "2028-03-30 09:00 CEST"],
        ),
        # Half past two exists twice on 31 October: it is the first.
        (
            local(2027, 10, 24, 2, 30),
            {"count": 3},
            ["2027-10-24 02:30 CEST", "2027-10-31 02:30 CEST", "2027-11-07 02:30 CET"],
        ),
    ],
)
def test_a_series_keeps_to_the_clock_here_and_in_both_parsers(starts_at, fields, expected):
    series = series_of(starts_at, **fields)
    assert by_the_clock(occurrence_starts(series)) == expected
    found = seen(series, talks_of(series))
    assert by_the_clock([one.starts_at for one in found]) == expected
    assert {one.ends_at - one.starts_at for one in found} == {timedelta(hours=1, minutes=30)}


def test_an_hour_that_does_not_exist_is_the_hour_after():
    # What calendars make of it differs, and nobody talks at half past two at night: see RFC 5545, 3.3.5.
    moments = occurrence_starts(series_of(local(2027, 3, 21, 2, 30), count=3))
    assert by_the_clock(moments) == ["2027-03-21 02:30 CET", "2027-03-28 03:30 CEST", "2027-04-04 02:30 CEST"]


def test_a_start_in_the_second_of_two_hours_differs_from_its_rule():
    series = series_of(local(2027, 10, 31, 2, 30), count=2)
    talks = talks_of(series)
    second = local(2027, 10, 31, 2, 30, fold=1)
    for talk, moment in zip(talks, [second, local(2027, 11, 7, 2, 30)], strict=True):
        talk.starts_at, talk.ends_at = moment, moment + timedelta(minutes=20)
    assert [(one.starts_at, one.ends_at) for one in seen(series, talks)] == [talk.span for talk in talks]


def test_which_weekday_of_its_month():
    days = (1, 7, 8, 22, 28, 29, 31)
    assert [nth_of(local(2027, 3, day, 0, 30)) for day in days] == [1, 1, 2, 4, 4, -1, -1]


def test_one_moved_one_cancelled_one_elsewhere_and_one_that_is_not_mine():
    series = series_of(local(2027, 3, 9, 10), count=6)
    talks = talks_of(series)
    talks[1].starts_at, talks[1].ends_at = local(2027, 3, 18, 15), local(2027, 3, 18, 16)
    talks[2].state = State.CANCELLED
    talks[4].place = "Buiten"
    found = seen(series, talks, mine={talk.id for talk in talks[:5]})
    assert [(by_the_clock([one.starts_at])[0], one.ends_at - one.starts_at, one.place) for one in found] == [
        ("2027-03-09 10:00 CET", timedelta(minutes=90), "De Brug, kamer 2"),
        ("2027-03-18 15:00 CET", timedelta(minutes=60), "De Brug, kamer 2"),
        ("2027-03-30 10:00 CEST", timedelta(minutes=90), "De Brug, kamer 2"),
        ("2027-04-06 10:00 CEST", timedelta(minutes=90), "Buiten"),
    ]
    assert {(one.uid, one.sequence, one.status, one.title) for one in found} == {
        (f"{series.id}@localhost", 3, "CONFIRMED", "Casus, vak & kracht; “samen”")
    }
    assert found[0].text.startswith('Wat raakt "ons", en wat niet?\nZonder oordeel 🎈\n\nhttp')


def test_the_whole_event_with_its_exceptions():
    series = series_of(local(2027, 3, 9, 10), interval=2, nth=2, count=3)
    talks = talks_of(series)
    talks[2].place = "Buiten"
    content = calendar(series_events(series, talks, mine={talks[0].id, talks[2].id}, stamp=NOW), method="REQUEST")
    named = ("DTSTART", "DTEND", "RRULE", "EXDATE", "RECURRENCE-ID", "LOCATION", "LAST-MODIFIED")
    lines = content.split(b"BEGIN:VEVENT", 1)[1].decode().split("\r\n")
    assert [line for line in lines if line.startswith(named)] == [
        "DTSTART;TZID=Europe/Amsterdam:20270309T100000",
        "DTEND;TZID=Europe/Amsterdam:20270309T113000",
        "RRULE:FREQ=MONTHLY;COUNT=3;INTERVAL=2;BYDAY=2TU",
        "EXDATE;TZID=Europe/Amsterdam:20270511T100000",
        "LAST-MODIFIED:20270104T080000Z",
        "LOCATION:De Brug\\, kamer 2",
        "DTSTART;TZID=Europe/Amsterdam:20270713T100000",
        "DTEND;TZID=Europe/Amsterdam:20270713T113000",
        "RECURRENCE-ID;TZID=Europe/Amsterdam:20270713T100000",
        "LAST-MODIFIED:20270104T080000Z",
        "LOCATION:Buiten",
    ]


def test_what_most_of_them_are_is_the_rule():
    series = series_of(local(2027, 3, 9, 10))
    talks = talks_of(series)
    for talk in talks[1:]:
        talk.title = "Nieuwe naam"
    first, *others = series_events(series, talks, stamp=NOW)
    assert (first.title, [(one.title, one.instead_of) for one in others]) == (
        "Nieuwe naam",
        [(talks[0].title, talks[0].starts_at)],
    )


def test_of_the_talks_of_others_the_entry_says_nothing():
    series = series_of(local(2027, 3, 9, 10), count=6, interval=2)
    talks = talks_of(series)
    talks[0].changed_at = talks[5].changed_at = NOW + timedelta(days=3)
    talks[3].starts_at, talks[3].ends_at = local(2027, 4, 21, 15), local(2027, 4, 21, 16)

    def times(mine: list[Session]) -> list[str]:
        events = series_events(series, talks, mine={talk.id for talk in mine})
        seen_by_both(calendar(events, method="REQUEST"))
        lines = calendar(events, method="REQUEST").decode().partition("BEGIN:VEVENT")[2].split("\r\n")
        return [line for line in lines if line.startswith(("DTSTART", "RRULE", "EXDATE", "LAST-M", "RECURRENCE-ID"))]

    assert times(talks[1:3]) == [
        "DTSTART;TZID=Europe/Amsterdam:20270323T100000",
        "RRULE:FREQ=WEEKLY;COUNT=2;INTERVAL=2",
        "LAST-MODIFIED:20270104T080000Z",
    ]
    assert times([talks[3]]) == ["DTSTART;TZID=Europe/Amsterdam:20270421T150000", "LAST-MODIFIED:20270104T080000Z"]


@pytest.mark.parametrize("gone", ["cancelled", "not mine"])
def test_with_no_talk_left_it_is_taken_out_whole(gone):
    series = series_of(local(2027, 3, 9, 10))
    talks = talks_of(series)
    if gone == "cancelled":
        for talk in talks:
            talk.state = State.CANCELLED
    found = seen(series, talks, method="CANCEL", mine=set() if gone == "not mine" else None)
    assert [(one.status, one.text, one.place, one.starts_at) for one in found] == [
        ("CANCELLED", "", "", talk.starts_at) for talk in talks
    ]


def test_a_talk_over_the_change_of_the_clock_keeps_its_length():
    series = series_of(local(2027, 3, 21, 1), count=3)
    talks = talks_of(series)
    for talk in talks:
        talk.ends_at = talk.starts_at + timedelta(hours=3)
    found = seen(series, talks)
    assert [(one.starts_at, one.ends_at) for one in found] == [talk.span for talk in talks]


def test_a_talk_outside_the_rule_makes_no_file():
    series = series_of(local(2027, 3, 9, 10))
    talks = talks_of(series)
    talks[3].occurrence = 4
    with pytest.raises(IndexError):
        series_events(series, talks)
    with pytest.raises(ValueError, match="without talks"):
        series_events(series, [])
