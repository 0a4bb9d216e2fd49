"""Mail about somebody who left an organisation: to that person, and to who looks after the talks it touches."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from lerend.mail.kinds import MailKind, Rendered, register
from lerend.mail.models import Message
from lerend.mail.rendering import link, render_body
from lerend.moments import moment
from organisations.models import Departure, User
from sessions_app.domain.planning import lacking
from sessions_app.mail.words import when
from sessions_app.models import Session, State
from sessions_app.queries import departures as reads


@dataclass(frozen=True)
class Told:
    """A talk as its new or former keeper is told about it."""

    session: Session
    when: str
    left: bool
    handed: bool
    lack: str
    page: str


@dataclass(frozen=True)
class Left:
    """Who left which talks."""

    who: User
    talks: list[Told]


@register
class ParticipantLeft(MailKind[Left]):
    """Tells who looks after talks that somebody is in them no more, and where another has to be chosen."""

    name = "participant_left"
    label = "Deelnemer vertrokken"
    by_hand = False  # what it says is gone once it failed

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Left]:
        """Fetch who and which talks, as far as the receiver still looks after them and they have yet to begin."""
        payloads = dict(
            Message.objects.filter(id__in=[message.id for message in messages], payload__isnull=False).values_list(
                "id", "payload"
            )
        )
        said = {pk: json.loads(payload) for pk, payload in payloads.items() if payload}
        people = User.objects.in_bulk([UUID(one["who"]) for one in said.values()])
        wanted = [UUID(talk["talk"]) for one in said.values() for talk in one["talks"]]
        talks = (
            Session.objects.filter(id__in=wanted, state=State.PLANNED, starts_at__gt=timezone.now())
            .select_related("organisation")
            .prefetch_related("participants")
            .in_bulk()
        )
        found = {}
        for message in messages:
            one = said.get(message.id)
            who = people.get(UUID(one["who"])) if one else None
            if one is None or who is None:
                continue
            told = [
                _told(session, talk)
                for talk in one["talks"]
                if (session := talks.get(UUID(talk["talk"]))) and session.planned_by_id == message.recipient_id
            ]
            if told:
                found[message.id] = Left(who, sorted(told, key=lambda talk: talk.session.span))
        return found

    def render(self, message: Message, thing: Left) -> Rendered:
        """Say who, which talks, and what to do. Not why: that is between that person and their organisation."""
        text, html = render_body(
            "participant_left",
            {
                "person": message.recipient,
                "who": thing.who.name,
                "talks": thing.talks,
                "left": any(talk.left for talk in thing.talks),
            },
        )
        first = thing.talks[0].session.title if len(thing.talks) == 1 else f"{len(thing.talks)} gesprekken"
        if any(talk.left for talk in thing.talks):
            return Rendered(subject=f"{thing.who.name} doet niet meer mee: {first}", text=text, html=html)
        return Rendered(subject=f"Jij zorgt nu voor: {first}", text=text, html=html)


def _told(session: Session, talk: Mapping[str, bool]) -> Told:
    lack = lacking(session, session.participants.all())
    return Told(
        session,
        when=when(session),
        left=talk["left"],
        handed=talk["handed"],
        lack=lack.why if lack else "",
        page=link("session", session.id),
    )


class DepartureMail(MailKind[Departure]):
    """What mails to who left share: dropped for who came back."""

    subject = ""

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Departure]:
        """Fetch the departures of a batch, without those who came back, in two queries."""
        found = Departure.objects.select_related("user", "organisation").in_bulk([m.about for m in messages])
        back = reads.came_back(found.values())
        return {m.id: found[m.about] for m in messages if m.about in found and m.about not in back}

    def matters(self, message: Message, thing: Departure, now: datetime) -> bool:
        """Only while there is something to decide."""
        return thing.settled_at is None and thing.until > now

    def missed(self, message: Message, thing: Departure, now: datetime) -> bool:
        """When the days to decide in are over."""
        return thing.until <= now

    def render(self, message: Message, thing: Departure) -> Rendered:
        """Say until when what can be decided, and where."""
        text, html = render_body(
            self.name,
            {
                "person": thing.user,
                "organisation": thing.organisation.name,
                "until": moment(thing.until),
                "page": link("departure", thing.id),
            },
        )
        return Rendered(subject=self.subject.format(organisation=thing.organisation.name), text=text, html=html)


@register
class Departed(DepartureMail):
    """Tells somebody that they left, and that they have 30 days."""

    name = "departed"
    label = "Vertrek uit een organisatie"
    subject = "Je hoort niet meer bij {organisation}"


@register
class DepartureReminder(DepartureMail):
    """Reminds, a week before the end, who has not decided about everything."""

    name = "departure_reminder"
    label = "Herinnering bij vertrek"
    subject = "Nog een week om te kiezen: wat je schreef bij {organisation}"

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Departure]:
        """Leave out those who decided about everything, in one query more."""
        found = super().load(messages)
        waiting = reads.undecided(list(found.values()))
        return {message: departure for message, departure in found.items() if departure.id in waiting}
