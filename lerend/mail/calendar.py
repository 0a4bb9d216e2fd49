"""iCalendar (RFC 5545): one way to write what is sent with a mail, what is downloaded, and what a calendar fetches."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import cache
from typing import Literal

import icalendar
from django.conf import settings
from icalendar import (
    Calendar,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vCalAddress,
    vDuration,
    vRecur,
    vText,
    vUri,
)

from lerend.mail.kinds import Method
from lerend.moments import in_amsterdam

HOUSE = "Lerend Versterken"
CONTENT_TYPE = "text/calendar; charset=utf-8"
# Raise this when the same events are written otherwise, so that what fetched them before fetches them again.
FORMAT = 1
_ZONE = "Europe/Amsterdam"
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# A control character in a value or parameter could start a line of its own.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How an event returns, by the clock in Amsterdam: every ``interval`` weeks, or with ``nth`` every ``interval``
    months on that weekday of the month (-1 is the last), ``count`` times in all.

    ``without`` are moments of the rule at which nothing takes place.
    """

    interval: int
    count: int
    nth: int | None = None
    without: tuple[datetime, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something in a calendar. All moments are aware.

    ``uid`` stays the same for one event and ``sequence`` grows; ``stamp`` is the moment of writing or, in what is
    published, of the last change. The ``organiser`` is a name: the address is the one that we mail from. The
    ``attendee`` is an address and a name, who is ``coming`` once they said so. With ``instead_of``, a moment of the
    ``rule`` of the event with the same ``uid``, it is that one time, as it came to be.
    """

    uid: str
    sequence: int
    title: str
    starts_at: datetime
    ends_at: datetime
    stamp: datetime
    description: str = ""
    location: str = ""
    url: str = ""
    cancelled: bool = False
    organiser: str = HOUSE
    attendee: tuple[str, str] | None = None
    coming: bool = False
    created: datetime | None = None
    changed: datetime | None = None
    rule: Rule | None = None
    instead_of: datetime | None = None


def calendar(
    events: Iterable[Event],
    *,
    method: Method | Literal["PUBLISH"],
    name: str = "",
    refresh: timedelta | None = None,
) -> bytes:
    """Return the file with ``events``: to put or keep them in a calendar (REQUEST), to take them out (CANCEL), or to
    be read (PUBLISH). A calendar that is fetched has a ``name``, and is fetched again after ``refresh``.

    The text is UTF-8 with CRLF line ends.
    """
    file = Calendar()
    file.add("prodid", f"-//{settings.SITE_HOST}//{HOUSE}//NL")
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", method)
    if name:
        file.add("name", _line(name))
        file.add("x-wr-calname", _line(name))
        file.add("x-wr-timezone", _ZONE)
    if refresh:
        file.add("refresh-interval", vDuration(refresh), parameters={"VALUE": "DURATION"})
        file.add("x-published-ttl", vDuration(refresh))
    for event in events:
        file.add_component(_component(event))
    content: bytes = file.to_ical()
    # The zone goes in as it was written once: it is half of the lines.
    head, begin, rest = content.partition(b"\r\nBEGIN:VEVENT\r\n")
    return b"".join((head, b"\r\n", _zone(), begin[2:], rest)) if begin else content


def _component(event: Event) -> icalendar.Event:
    part = icalendar.Event()
    part.add("uid", vText(_line(event.uid)))
    part.add("sequence", event.sequence)
    part.add("dtstamp", event.stamp.astimezone(UTC))
    if event.created:
        part.add("created", event.created.astimezone(UTC))
    if event.changed:
        part.add("last-modified", event.changed.astimezone(UTC))
    if event.rule:
        # By the clock, also in the hour that exists twice: in UTC the rule itself would shift with the season.
        _add_rule(part, event.rule, in_amsterdam(event.starts_at))
        part.add("dtend", in_amsterdam(event.ends_at))
    else:
        part.add("dtstart", _local(event.starts_at))
        part.add("dtend", _local(event.ends_at))
    if event.instead_of:
        part.add("recurrence-id", in_amsterdam(event.instead_of))
    part.add("summary", _line(event.title))
    if event.description:
        part.add("description", _text(event.description))
    if event.location:
        part.add("location", _line(event.location))
    if event.url:
        part.add("url", vUri(_line(event.url).replace(" ", "%20")))
    part.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    # Whoever may look into the receiver's diary sees that they are busy, not with whom or about what.
    part.add("class", "PRIVATE")
    organiser = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organiser.params["CN"] = _name(event.organiser)
    part.add("organizer", organiser)
    if event.attendee:
        address, name = event.attendee
        attendee = vCalAddress(f"mailto:{_line(address)}")
        said = "ACCEPTED" if event.coming else "NEEDS-ACTION"
        attendee.params.update({"CN": _name(name), "ROLE": "REQ-PARTICIPANT", "PARTSTAT": said, "RSVP": "FALSE"})
        part.add("attendee", attendee)
    return part


def _add_rule(part: icalendar.Event, rule: Rule, first: datetime) -> None:
    part.add("dtstart", first)
    day = _DAYS[first.weekday()]
    if rule.nth is None:
        recur = vRecur(freq="weekly", interval=rule.interval, count=rule.count)
    else:
        recur = vRecur(freq="monthly", interval=rule.interval, count=rule.count, byday=f"{rule.nth}{day}")
    part.add("rrule", recur)
    for moment in rule.without:
        part.add("exdate", in_amsterdam(moment))


def _local(moment: datetime) -> datetime:
    """Return the moment in Amsterdam time; in UTC where a local time would mean the hour before the clock went back."""
    local = in_amsterdam(moment)
    return moment.astimezone(UTC) if local.fold else local


def _text(value: str) -> str:
    return _CONTROL.sub(" ", value.replace("\r\n", "\n").replace("\r", "\n"))


def _line(value: str) -> str:
    return " ".join(_text(value).split())


def _name(value: str) -> str:
    return _line(value.replace('"', "'"))


@cache
def _zone() -> bytes:
    """Return the zone by the two rules that have held since 1996, so that every later year is right."""
    winter, summer = timedelta(hours=1), timedelta(hours=2)
    zone = Timezone()
    zone.add("tzid", _ZONE)
    for part, name, start, before, after, month in (
        (TimezoneDaylight(), "CEST", datetime(1996, 3, 31, 2), winter, summer, 3),  # noqa: DTZ001
        (TimezoneStandard(), "CET", datetime(1996, 10, 27, 3), summer, winter, 10),  # noqa: DTZ001
    ):
        part.add("tzname", name)
        part.add("dtstart", start)
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("rrule", vRecur(freq="yearly", bymonth=month, byday="-1su"))
        zone.add_component(part)
    written: bytes = zone.to_ical()
    return written
