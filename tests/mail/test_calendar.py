"""The calendar part, read back by a parser and in a mail."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar, Timezone

from lerend.mail import calendar, outbox
from lerend.mail.kinds import Rendered

STAMP = datetime(2026, 9, 1, 7, 0, 30, tzinfo=UTC)


def make(method="REQUEST", **changes):
    """A file with one event, with these values changed."""
    values = {
        "uid": "3f2a@lerend.test",
        "sequence": 0,
        "title": "Collegiaal interview",
        "description": "Over je vak",
        "starts_at": datetime(2026, 12, 3, 12, tzinfo=UTC),
        "ends_at": datetime(2026, 12, 3, 13, 30, tzinfo=UTC),
        "location": "Wijkcentrum",
        "url": "https://lerend.test/gesprekken/1/",
        "attendee": ("lina@voorbeeld.test", "Lina de Wit"),
        "organiser": "Noor Bakker",
        "stamp": STAMP,
        "cancelled": method == "CANCEL",
    }
    return calendar.calendar([calendar.Event(**{**values, **changes})], method=method)


def read(**changes):
    """Return the one event, parsed."""
    [event] = Calendar.from_ical(make(**changes)).events
    return event


def test_who_said_yes_is_not_asked_again():
    said = [read(coming=coming)["attendee"].params["PARTSTAT"] for coming in (False, True)]
    assert said == ["NEEDS-ACTION", "ACCEPTED"]


def test_the_whole_file():
    lines = make().decode().split("\r\n")
    assert lines == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//localhost//Lerend Versterken//NL",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Amsterdam",
        "BEGIN:DAYLIGHT",
        "DTSTART:19960331T020000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "TZNAME:CEST",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19961027T030000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "TZNAME:CET",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "END:STANDARD",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        "SUMMARY:Collegiaal interview",
        "DTSTART;TZID=Europe/Amsterdam:20261203T130000",
        "DTEND;TZID=Europe/Amsterdam:20261203T143000",
        "DTSTAMP:20260901T070030Z",
        "UID:3f2a@lerend.test",
        "SEQUENCE:0",
        'ATTENDEE;CN="Lina de Wit";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=',
        " FALSE:mailto:lina@voorbeeld.test",
        "CLASS:PRIVATE",
        "DESCRIPTION:Over je vak",
        "LOCATION:Wijkcentrum",
        'ORGANIZER;CN="Noor Bakker":mailto:post@lerend.test',
        "STATUS:CONFIRMED",
        "URL:https://lerend.test/gesprekken/1/",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_cancelling_says_so():
    whole = Calendar.from_ical(make(method="CANCEL", sequence=4))
    [event] = whole.events
    assert (whole["METHOD"], event["STATUS"], event["SEQUENCE"], event["UID"]) == (
        "CANCEL",
        "CANCELLED",
        4,
        "3f2a@lerend.test",
    )


@pytest.mark.parametrize(
    ("moment", "local"),
    [
        # The clock goes forward on 28 March 2027 at 01:00 UTC and back on 31 October 2027 at 01:00 UTC.
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "2027-03-28T01:30:00+01:00"),
        (datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "2027-03-28T03:30:00+02:00"),
        (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "2027-10-31T02:30:00+02:00"),
        (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "2027-10-31T01:30:00+00:00"),
        (datetime(2027, 10, 31, 2, 30, tzinfo=UTC), "2027-10-31T03:30:00+01:00"),
        (datetime(2031, 7, 1, 7, 0, tzinfo=UTC), "2031-07-01T09:00:00+02:00"),
    ],
)
def test_moments_around_the_change_of_the_clock(moment, local):
    event = read(starts_at=moment, ends_at=datetime(2032, 1, 1, tzinfo=UTC))
    assert (event.start.isoformat(), event.start.astimezone(UTC)) == (local, moment)


def test_the_zone_that_is_sent_along_is_right_in_each_half_of_each_year():
    [zone] = [part for part in Calendar.from_ical(make()).walk() if isinstance(part, Timezone)]
    rules = zone.to_tz(lookup_tzid=False)

    def hours(year, month, day):
        offset = datetime(year, month, day, 12, tzinfo=rules).utcoffset()
        return offset / timedelta(hours=1) if offset is not None else None

    halves = [(year, month, 15) for year in (2026, 2031, 2036) for month in (1, 7)]
    assert [hours(*date) for date in halves] == [1, 2, 1, 2, 1, 2]
    changes = [(2027, 3, 27), (2027, 3, 28), (2027, 10, 30), (2027, 10, 31)]
    assert [hours(*date) for date in changes] == [1, 2, 2, 1]


HOSTILE = 'a, b; c\\d "e"\r\nATTENDEE:mailto:tess@elders.test\nBEGIN:VEVENT\x00\u2028é 🎈'


def test_hostile_text_stays_text():
    event = read(
        title=HOSTILE,
        description=HOSTILE,
        location=HOSTILE,
        url="https://lerend.test/a?b=1,2;3\r\nX-EVIL:1",
        attendee=("lina@voorbeeld.test", HOSTILE),
        organiser=HOSTILE,
        uid="1@lerend.test\r\nX-EVIL:1",
    )
    one_line = 'a, b; c\\d "e" ATTENDEE:mailto:tess@elders.test BEGIN:VEVENT é 🎈'
    assert event["SUMMARY"] == event["LOCATION"] == one_line
    assert event["DESCRIPTION"] == 'a, b; c\\d "e"\nATTENDEE:mailto:tess@elders.test\nBEGIN:VEVENT  é 🎈'
    assert event["URL"] == "https://lerend.test/a?b=1,2;3%20X-EVIL:1"
    assert event["ATTENDEE"] == "mailto:lina@voorbeeld.test"
    assert event["ATTENDEE"].params["CN"] == event["ORGANIZER"].params["CN"] == one_line.replace('"', "'")
    assert "X-EVIL" not in event


def test_lines_are_short_and_emoji_whole():
    content = make(description="🎈" * 300, title="é" * 200)
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    for line in content.split(b"\r\n"):
        line.decode()
    assert Calendar.from_ical(content).events[0]["DESCRIPTION"] == "🎈" * 300


@pytest.mark.django_db
def test_in_a_mail_it_is_the_last_alternative(sink, person, queue_note, note, monkeypatch):
    content = make(title=HOSTILE)
    rendered = Rendered("Gesprek", "Tekst\n", "<p>Tekst</p>\n", calendar=content, calendar_method="REQUEST")
    monkeypatch.setattr(note, "render", lambda message, thing: rendered)
    queue_note(person("Lina"))
    outbox.deliver()
    [mail] = sink.messages
    parts = list(mail.walk())
    assert [part["Content-Type"] for part in parts[1:]] == [
        'text/plain; charset="utf-8"',
        'text/html; charset="utf-8"',
        'text/calendar; method="REQUEST"; charset="utf-8"',
    ]
    assert mail.get_content_type() == "multipart/alternative"
    assert parts[3].get_payload(decode=True).replace(b"\r\n", b"\n") == content.replace(b"\r\n", b"\n")
    assert Calendar.from_ical(parts[3].get_payload(decode=True)).events[0]["ATTENDEE"] == "mailto:lina@voorbeeld.test"
    assert b"\n" not in sink.raw[0].replace(b"\r\n", b"")
