"""Calendars read back by two parsers that have nothing to do with what writes them, and held to RFC 5545 by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import vobject
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

UNTIL = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Seen:
    """One time at which somebody who uses the calendar sees something; moments in UTC."""

    starts_at: datetime
    ends_at: datetime
    title: str
    status: str
    sequence: int
    uid: str
    place: str
    text: str


def seen_by_both(content: bytes) -> list[Seen]:
    """Return what is to be seen, soonest first; both parsers must agree, and the file must keep to the rules."""
    check_rules(content)
    first, second = by_ical(content), by_vobject(content)
    assert first == second
    return first


def by_ical(content: bytes) -> list[Seen]:
    """Return what the package ical sees."""
    calendar = IcsCalendarStream.calendar_from_ics(content.decode())
    return sorted(_of_ical(event) for event in calendar.timeline_tz(ZoneInfo("Europe/Amsterdam")))


def _of_ical(event: Event) -> Seen:
    return Seen(
        starts_at=_utc(event.start),
        ends_at=_utc(event.end),
        title=event.summary or "",
        status=event.status or "",
        sequence=event.sequence or 0,
        uid=event.uid or "",
        place=event.location or "",
        text=event.description or "",
    )


def by_vobject(content: bytes) -> list[Seen]:
    """Return what vobject sees. It reads rules; which talk stands instead of which time is put together here."""
    calendar = vobject.readOne(content.decode())
    events = list(getattr(calendar, "vevent_list", []))
    instead = {(one.uid.value, _utc(one.recurrence_id.value)): one for one in events if hasattr(one, "recurrence_id")}
    found = []
    for one in events:
        if hasattr(one, "recurrence_id"):
            found.append(_of_vobject(one, _utc(one.dtstart.value)))
            continue
        rules = one.getrruleset() if hasattr(one, "rrule") else None
        zone = one.dtstart.value.tzinfo
        moments = (
            [_utc(each.replace(tzinfo=each.tzinfo or zone)) for each in rules] if rules else [_utc(one.dtstart.value)]
        )
        found += [_of_vobject(one, each) for each in moments if (one.uid.value, each) not in instead]
    return sorted(found)


def _of_vobject(one, starts_at: datetime) -> Seen:
    def text(name: str) -> str:
        return str(getattr(one, name).value) if hasattr(one, name) else ""

    return Seen(
        starts_at=starts_at,
        ends_at=starts_at + (_utc(one.dtend.value) - _utc(one.dtstart.value)),
        title=text("summary"),
        status=text("status"),
        sequence=int(text("sequence")),
        uid=text("uid"),
        place=text("location"),
        text=text("description"),
    )


def _utc(moment: datetime | date) -> datetime:
    assert isinstance(moment, datetime)
    assert moment.tzinfo is not None
    return moment.astimezone(UTC)


# RFC 5545, 3.6.1, and RFC 5546, 3.2: what each event in a file with a METHOD has exactly once.
ONCE = ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS", "ORGANIZER", "CLASS")
AT_MOST_ONCE = ("DESCRIPTION", "LOCATION", "URL", "CREATED", "LAST-MODIFIED", "RECURRENCE-ID", "RRULE", "TRANSP")


def check_rules(content: bytes) -> None:
    """Hold a file to what RFC 5545 asks of its lines and of each part."""
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no sign is cut in two
    lines = content.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]
    assert all(sign >= " " for line in lines for sign in line)
    open_parts: list[tuple[str, list[str]]] = []
    for line in lines:
        name = line.split(":")[0].split(";")[0]
        if name == "BEGIN":
            open_parts.append((line.removeprefix("BEGIN:"), []))
        elif name == "END":
            part, names = open_parts.pop()
            assert line == f"END:{part}"
            _check_part(part, names)
        else:
            open_parts[-1][1].append(name)
    assert not open_parts


def _check_part(part: str, names: list[str]) -> None:
    counts = {name: names.count(name) for name in names}
    once = {"VCALENDAR": ("PRODID", "VERSION", "METHOD", "CALSCALE"), "VEVENT": ONCE, "VTIMEZONE": ("TZID",)}.get(
        part, ()
    )
    assert {name: counts.get(name, 0) for name in once} == dict.fromkeys(once, 1)
    assert not [name for name in AT_MOST_ONCE if counts.get(name, 0) > 1]


def span(day: str, start: str, end: str) -> tuple[datetime, datetime]:
    """Return two moments by the clock in Amsterdam, in UTC."""
    zone = ZoneInfo("Europe/Amsterdam")
    first, last = (datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=zone).astimezone(UTC) for at in (start, end))
    return first, last if last > first else last + timedelta(days=1)
