"""Mail about a talk: the one live word about its place in a calendar, and to who looks after it from now on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.utils import timezone

from lerend.mail import queries as mail
from lerend.mail.kinds import MailKind, Rendered, register
from lerend.mail.models import Message
from lerend.mail.rendering import link, render_body
from lerend.moments import span
from organisations.models import User
from sessions_app.domain.changes import answer_token
from sessions_app.mail.news import told_news
from sessions_app.mail.series import render_series
from sessions_app.mail.words import asks, called_off, entry, own_words, when
from sessions_app.models import Answer, Participant, Series, Session, State
from sessions_app.queries.calendars import bare, talk_event
from sessions_app.queries.keeping import HANDED_OVER
from sessions_app.queries.telling import (
    CALENDAR_KINDS,
    CANCELLED,
    CHANGED,
    INVITATION,
    UNINVITED,
    Heard,
    heard,
    span_of,
)


def words_about(participant: Participant, token: str) -> dict[str, Any]:
    """Return what the mails about one talk show of it, with the links of ``participant``."""
    session = participant.session
    return {
        "participant": participant,
        "person": participant.user,
        "session": session,
        "when": when(session),
        "page": link("session", session.id),
        "answer_yes": link("answer_by_token", token) + "?antwoord=ja",
        "answer_no": link("answer_by_token", token) + "?antwoord=nee",
    }


@dataclass(frozen=True)
class News:
    """How a gathering stands to the receiver, and the names of those who joined or left it since."""

    heard: Heard
    names: Mapping[str, str]


class CalendarMail(MailKind[News]):
    """The one live word to somebody about a talk. What it says is worked out when it is sent: an invitation to who was
    told nothing, what is new to who was, and the end of it to who is in it no more.
    """

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, News]:
        """Fetch how the talks of a batch stand to the receivers, in a few queries for all."""
        mine = [message for message in messages if message.recipient]
        pairs = [(message.about, cast(User, message.recipient)) for message in mine]
        told = mail.told(
            {about for about, _ in pairs},
            kinds=CALENDAR_KINDS,
            recipients={person.id for _, person in pairs},
            apart_from=[message.id for message in messages],
        )
        found = heard(pairs, told)
        names = _names(found.values())
        return {
            message.id: News(found[message.about, person.id], names)
            for message, (_, person) in zip(mine, pairs, strict=True)
            if (message.about, person.id) in found
        }

    def matters(self, message: Message, thing: News, now: datetime) -> bool:
        """Whether this is the last word about the talk, with something new, about a moment that has not passed."""
        heard = thing.heard
        if heard.sequence != message.sequence or not heard.kind:
            return False
        if heard.kind == CANCELLED or any(session.span[0] > now for session in heard.concerned):
            return True
        # Of a series, what was still to come can be gone while what was remains, and what was can be called off.
        in_series = isinstance(heard.gathering, Series)
        return in_series and any(span_of(one.was)[0] > now or "cancelled" in one.fields for one in heard.news)

    def missed(self, message: Message, thing: News, now: datetime) -> bool:
        """Whether it is the last word, with something new, about a moment that has passed."""
        return thing.heard.sequence == message.sequence and bool(thing.heard.kind)

    def render(self, message: Message, thing: News) -> Rendered:
        """Make the mail as things stand at this moment."""
        heard = thing.heard
        if isinstance(heard.gathering, Series):
            return render_series(heard, thing.names)
        if heard.kind == INVITATION:
            return invitation(heard.places[0])
        if heard.kind == CHANGED:
            return _changed(heard.places[0], told_news(heard.news, thing.names))
        return _ended(heard)


@register
class Invitation(CalendarMail):
    """Asks somebody to take part."""

    name = INVITATION
    label = "Uitnodiging voor een gesprek"


@register
class Changed(CalendarMail):
    """Tells what is different about a talk."""

    name = CHANGED
    label = "Wijziging van een gesprek"


@register
class Cancelled(CalendarMail):
    """Tells that a talk does not take place, and takes it out of the calendar."""

    name = CANCELLED
    label = "Gesprek gaat niet door"


@register
class Uninvited(CalendarMail):
    """Takes a talk out of the calendar of somebody who is in it no more."""

    name = UNINVITED
    label = "Doet niet meer mee"


def _names(stands: Iterable[Heard]) -> dict[str, str]:
    """Return the names, by id, of everyone whom the news is about."""
    ids = {
        pk
        for one in stands
        for news in one.news
        for pk in {*({*news.was["people"]} ^ {*news.now["people"]}), *news.now["leaders"], news.now["planner"]}
        if pk and news.fields & {"people", "planner"}
    }
    return {str(pk): name for pk, name in User.objects.filter(id__in=ids).values_list("id", "name")} if ids else {}


def invitation(participant: Participant, *, preview: bool = False) -> Rendered:
    """Make the invitation of ``participant``. A preview has no working answer link: that is for the receiver alone."""
    session = participant.session
    context = {
        **words_about(participant, "VOORBEELD" if preview else answer_token(participant)),
        "asks": asks(participant, session),
        "words": own_words(participant, session),
    }
    text, html = render_body("invitation", context)
    return Rendered(
        subject=f"Uitnodiging: {session.title}, {when(session)}",
        text=text,
        html=html,
        calendar=_wanted(participant),
    )


def _changed(participant: Participant, news: list[str]) -> Rendered:
    session = participant.session
    text, html = render_body("changed", {**words_about(participant, answer_token(participant)), "news": news})
    return Rendered(
        subject=f"Gewijzigd: {session.title}, {when(session)}",
        text=text,
        html=html,
        calendar=_wanted(participant),
    )


def _ended(heard: Heard) -> Rendered:
    """Make the mail for who is in it no more, with no more of the talk than they were told before."""
    session, off = heard.concerned[0], heard.kind == CANCELLED
    template = "cancelled" if off else "uninvited"
    event = replace(bare(talk_event(session, stamp=timezone.now())), sequence=heard.sequence)
    if heard.was:
        was = heard.was[str(session.id)]
        starts_at, ends_at = span_of(was)
        event = replace(event, title=was["title"], starts_at=starts_at, ends_at=ends_at)
    moment, past = span(event.starts_at, event.ends_at), event.ends_at <= timezone.now()
    begin = called_off(past=past) if off else "Je doet niet meer mee"
    text, html = render_body(
        template,
        {
            "person": heard.person,
            "session": session,
            "title": event.title,
            "when": moment,
            "past": past,
            "because": (session.called_off_because or "") if off else "",
        },
    )
    return Rendered(
        subject=f"{begin}: {event.title}, {moment}",
        text=text,
        html=html,
        calendar=entry([event], session, heard.person, "CANCEL"),
        calendar_method="CANCEL",
    )


def _wanted(participant: Participant) -> bytes:
    """The talk as it stands, for who is in it: a yes on the site is one in the calendar, so that it asks nothing."""
    event = talk_event(participant.session, stamp=timezone.now())
    coming = participant.answer == Answer.YES
    return entry([replace(event, coming=coming)], participant.session, participant.user, "REQUEST")


@dataclass(frozen=True)
class Handed:
    """A talk, and the name of who handed it over."""

    session: Session
    by: str


@register
class HandedOver(MailKind[Handed]):
    """Tells somebody who does not take part that they look after a talk from now on."""

    name = HANDED_OVER
    label = "Gesprek overgedragen"

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Handed]:
        """Fetch the talks that are still the receivers' to look after, and who handed them over, in two queries."""
        talks = Session.objects.select_related("organisation").in_bulk([message.about for message in messages])
        givers = User.objects.in_bulk([message.about_part for message in messages if message.about_part])
        found = {}
        for message in messages:
            talk, by = talks.get(message.about), givers.get(cast(UUID, message.about_part))
            if talk and talk.planned_by_id == message.recipient_id:
                found[message.id] = Handed(talk, by.name if by else "Een collega")
        return found

    def matters(self, message: Message, thing: Handed, now: datetime) -> bool:
        """Only while there is something to look after."""
        return thing.session.state == State.PLANNED and thing.session.span[0] > now

    def render(self, message: Message, thing: Handed) -> Rendered:
        """Say which talk, what that asks, and that it can go back."""
        session = thing.session
        text, html = render_body(
            self.name,
            {
                "person": message.recipient,
                "session": session,
                "when": when(session),
                "by": thing.by,
                "page": link("session", session.id),
            },
        )
        return Rendered(subject=f"Jij zorgt nu voor: {session.title}, {when(session)}", text=text, html=html)
