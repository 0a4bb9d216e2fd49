"""Mail about the pilot: to a team's side about its sign-up, and to the NJi-programma about the list.

Mail to a team names nobody of the NJi-programma, and mail to the NJi-programma names teams, not people. A contact
without an account gets the same words, without the link to the page that asks one to sign in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from lerend.mail.kinds import MailKind, Rendered, register
from lerend.mail.models import Message
from lerend.mail.rendering import render_body
from sessions_app.models import PilotPlace, PilotSignup
from sessions_app.queries import pilot as reads


def _address(name: str, *args: Any) -> str:
    return settings.SITE_URL + reverse(name, args=args)


class TeamMail(MailKind[PilotSignup]):
    """What mail to a team's side shares: dropped for who no longer runs the team."""

    subject: ClassVar[str]

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, PilotSignup]:
        """Fetch the sign-ups of a batch, and who still runs their teams, in two queries."""
        concerned = reads.still_concerned(messages)
        signups = reads.signups_by_id(message.about for message in messages)
        return {
            message.id: signups[message.about]
            for message in messages
            if message.id in concerned and message.about in signups
        }

    def matters(self, message: Message, thing: PilotSignup, now: datetime) -> bool:
        """Only while the team is on the list."""
        return thing.living

    def render(self, message: Message, thing: PilotSignup) -> Rendered:
        """Say how things stand for the team at this moment."""
        text, html = render_body(
            self.name,
            {
                "signup": thing,
                "team": thing.team.name,
                "round": thing.round,
                "place": thing.place,
                "number": thing.waiting_number,
                "pilot": _address("pilot"),
                "page": _address("pilot_signup_detail", thing.id) if message.recipient_id else "",
            },
        )
        return Rendered(subject=self.subject.format(team=thing.team.name, round=thing.round.name), text=text, html=html)


@register
class SignedUp(TeamMail):
    """Confirms a sign-up."""

    name = "pilot_signed_up"
    label = "Aangemeld voor de pilot"
    subject = "Aangemeld voor de pilot: {team}"


@register
class Awarded(TeamMail):
    """Tells a team that it has a place."""

    name = "pilot_awarded"
    label = "Plek in de pilot"
    subject = "Jullie hebben een plek in de pilot: {team}"

    def matters(self, message: Message, thing: PilotSignup, now: datetime) -> bool:
        """Only while the team has that place."""
        return thing.place is not None and message.sequence == thing.sequence


@register
class Waiting(TeamMail):
    """Tells a team that all places are gone, and where it stands on the waiting list."""

    name = "pilot_waiting"
    label = "Op de wachtlijst van de pilot"
    subject = "Jullie staan op de wachtlijst van de pilot: {team}"

    def matters(self, message: Message, thing: PilotSignup, now: datetime) -> bool:
        """Only while the team waits."""
        return thing.living and thing.place is None


@register
class TakenBack(TeamMail):
    """Tells a team that its place was given by mistake."""

    name = "pilot_taken_back"
    label = "Plek in de pilot ingetrokken"
    subject = "Jullie plek in de pilot gaat niet door: {team}"

    def matters(self, message: Message, thing: PilotSignup, now: datetime) -> bool:
        """Only while nothing changed since."""
        return thing.living and thing.place is None and message.sequence == thing.sequence


@register
class Withdrawn(TeamMail):
    """Confirms that a team is off the list."""

    name = "pilot_withdrawn"
    label = "Afgemeld voor de pilot"
    subject = "Aanmelding ingetrokken: {team}"

    def matters(self, message: Message, thing: PilotSignup, now: datetime) -> bool:
        """Always: who withdrew stays withdrawn."""
        return not thing.living


@dataclass(frozen=True)
class Change:
    """A change in the list, and the place that came free by it, if that is still free."""

    signup: PilotSignup
    freed: PilotPlace | None


@register
class ListChange(MailKind[Change]):
    """Tells the NJi-programma that a team withdrew or lost its place, and whether there is a place to give."""

    name = "pilot_change"
    label = "Wijziging in de pilot"

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Change]:
        """Fetch the sign-ups, the places that are still free, and who is still in the programme, in three queries."""
        people = reads.still_programme(message.recipient_id for message in messages if message.recipient_id)
        signups = reads.signups_by_id(message.about for message in messages)
        places = reads.free_places(message.about_part for message in messages if message.about_part)
        return {
            message.id: Change(signups[message.about], places.get(message.about_part) if message.about_part else None)
            for message in messages
            if message.recipient_id in people and message.about in signups
        }

    def matters(self, message: Message, thing: Change, now: datetime) -> bool:
        """Only while nothing changed since."""
        return message.sequence == thing.signup.sequence

    def render(self, message: Message, thing: Change) -> Rendered:
        """Say what happened and what can be done."""
        signup = thing.signup
        text, html = render_body(
            self.name,
            {
                "signup": signup,
                "team": signup.team.name,
                "organisation": signup.team.organisation.name,
                "round": signup.round,
                "freed": thing.freed,
                "page": _address("pilot_list", signup.round_id),
            },
        )
        what = "Er is een plek vrij" if thing.freed else "Een team trok zich terug"
        return Rendered(subject=f"{what}: {signup.round.name}", text=text, html=html)
