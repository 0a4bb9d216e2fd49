"""What several kinds of mail about a talk say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from content.words import filled, problems
from lerend.mail.calendar import HOUSE, Event, calendar
from lerend.mail.kinds import Method
from lerend.moments import span
from organisations.models import User
from sessions_app.models import Part, Participant, Session


def when(session: Session) -> str:
    """Return the talk's moment in Dutch, Amsterdam time."""
    return span(*session.span)


def asks(participant: Participant, session: Session) -> str:
    """Return the sentence that says who asks for what, as the participant reads it."""
    planner = session.planned_by
    name = planner.name if planner else "Je collega"
    if planner is not None and planner.id == participant.user_id:
        return "Je plande dit gesprek. Hieronder staat alles bij elkaar."
    if participant.part == Part.INTERVIEWER:
        return f"{name} nodigt je uit voor een gesprek. Jij stelt de vragen."
    if participant.part == Part.INTERVIEWEE:
        return f"{name} nodigt je uit voor een gesprek. Aan jou worden de vragen gesteld."
    return f"{name} nodigt je uit."


def called_off(*, past: bool) -> str:
    """Return how a subject begins about what does not take place, or did not, where all of it is ``past``."""
    return "Niet doorgegaan" if past else "Gaat niet door"


def duration(session: Session) -> str:
    """Return how long the talk takes: "2 uur en 30 minuten"."""
    starts_at, ends_at = session.span
    hours, minutes = divmod(round((ends_at - starts_at).total_seconds() / 60), 60)
    told = [f"{hours} uur" if hours else "", f"{minutes} {'minuut' if minutes == 1 else 'minuten'}" if minutes else ""]
    return " en ".join(filter(None, told))


def own_words(participant: Participant, session: Session, moment: str = "") -> str:
    """Return the organisation's own words, filled in for ``participant``; "" where it has none.

    ``moment`` is what they say about when, that of the talk unless given.

    Words that cannot be filled in, which no form lets through, are left out: an invitation must arrive.
    """
    if not session.invitation or problems(session.invitation):
        return ""
    values = {
        "naam": participant.user.get_short_name(),
        "gesprek": session.title,
        "wanneer": moment or when(session),
        "waar": session.place or "online",
        "duur": duration(session),
        "planner": session.planned_by.name if session.planned_by else "je collega",
        "organisatie": session.organisation.name,
    }
    return filled(session.invitation, values)


def entry(events: Iterable[Event], session: Session, person: User, method: Method) -> bytes:
    """Return ``events`` as the calendar part of a mail to ``person``, from who looks after ``session``."""
    organiser = session.planned_by.name if session.planned_by else HOUSE
    marked = [replace(event, attendee=(person.email, person.name), organiser=organiser) for event in events]
    return calendar(marked, method=method)
