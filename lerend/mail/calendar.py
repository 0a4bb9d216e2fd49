"""The calendar part of an invitation: an iCalendar file for one receiver."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import cache

from django.conf import settings
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vRecur, vText, vUri

from lerend.mail.kinds import Method
from lerend.moments import in_amsterdam

_ZONE = "Europe/Amsterdam"
# A control character in a value or parameter could start a line of its own.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


def entry(
    *,
    uid: str,
    sequence: int,
    method: Method,
    title: str,
    description: str,
    starts_at: datetime,
    ends_at: datetime,
    location: str,
    url: str,
    attendee_address: str,
    attendee_name: str,
    organiser_name: str,
    stamp: datetime,
) -> bytes:
    """Return the file that puts a talk in a calendar or moves it (REQUEST), or takes it out (CANCEL).

    The receiver is the only attendee named. ``uid`` stays the same for one talk and ``sequence`` grows;
    ``stamp`` is the moment of writing.
    The text is UTF-8 with CRLF line ends.
    """
    event = Event()
    event.add("uid", vText(_line(uid)))
    event.add("sequence", sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", _local(starts_at))
    event.add("dtend", _local(ends_at))
    event.add("summary", _line(title))
    if description:
        event.add("description", _text(description))
    if location:
        event.add("location", _line(location))
    if url:
        event.add("url", vUri(_line(url).replace(" ", "%20")))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    # Whoever may look into the receiver's diary sees that they are busy, not with whom or about what.
    event.add("class", "PRIVATE")
    organiser = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organiser.params["CN"] = _name(organiser_name)
    event.add("organizer", organiser)
    attendee = vCalAddress(f"mailto:{_line(attendee_address)}")
    attendee.params.update(
        {"CN": _name(attendee_name), "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    )
    event.add("attendee", attendee)

    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_HOST}//Lerend Versterken//NL")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(_zone())
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


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
def _zone() -> Timezone:
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
    return zone
