"""Mail about a talk: the one live word about its place in a calendar, and the two reminders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.utils import timezone
from django.utils.text import capfirst

from lerend.mail import outbox
from lerend.mail.calendar import HOUSE, Event, calendar
from lerend.mail.choice import unsubscribe_link
from lerend.mail.kinds import MailKind, Method, Rendered, Short, register
from lerend.mail.models import Message
from lerend.mail.models import State as MailState
from lerend.mail.rendering import link, render_body
from lerend.moments import from_now, span
from organisations.models import User
from sessions_app.domain.changes import answer_token
from sessions_app.mail.news import told_news
from sessions_app.mail.series import render_series
from sessions_app.mail.words import asks, own_words, when
from sessions_app.models import Answer, Participant, Series, Session, State
from sessions_app.queries.calendars import bare, talk_event
from sessions_app.queries.keeping import HANDED_OVER, NUDGE
from sessions_app.queries.telling import (
    CALENDAR_KINDS,
    CANCELLED,
    CHANGED,
    INVITATION,
    UNINVITED,
    Heard,
    heard,
)

_WENT_OR_WILL = (MailState.QUEUED, MailState.SENDING, MailState.SENT, MailState.BUNDLED)


class SessionMail(MailKind[Participant]):
    """What the reminders of a talk share: they are about one participant, and nobody has to have them."""

    necessary = False
    template = ""

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Participant]:
        """Fetch the participants of a batch, each with talk, planner and person, in one query."""
        wanted = {message.about_part: message.id for message in messages if message.about_part}
        people = Participant.objects.still_taking_part().filter(id__in=wanted)
        found = {person.id: person for person in people.select_related("session__planned_by", "user")}
        return {message.id: found[message.about_part] for message in messages if message.about_part in found}

    def subject(self, participant: Participant, session: Session) -> str:
        """Return the subject line."""
        raise NotImplementedError

    def render(self, message: Message, thing: Participant) -> Rendered:
        """Make the mail as it is at this moment."""
        session = thing.session
        context = {
            **words_about(thing, answer_token(thing)),
            "soon": from_now(session.span[0], message.moment),
            "unsubscribe": unsubscribe_link(thing.user_id),
        }
        text, html = render_body(self.template, context)
        return Rendered(subject=self.subject(thing, session), text=text, html=html)


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
        told = outbox.told(
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
        # Of a series, what was still to come can be gone while what was remains.
        in_series = isinstance(heard.gathering, Series)
        return in_series and any(datetime.fromisoformat(one.was["starts_at"]) > now for one in heard.news)

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
        calendar=_entry(talk_event(session, stamp=timezone.now()), session, participant.user, "REQUEST"),
    )


def _changed(participant: Participant, news: list[str]) -> Rendered:
    session = participant.session
    text, html = render_body("changed", {**words_about(participant, answer_token(participant)), "news": news})
    return Rendered(
        subject=f"Gewijzigd: {session.title}, {when(session)}",
        text=text,
        html=html,
        calendar=_entry(talk_event(session, stamp=timezone.now()), session, participant.user, "REQUEST"),
    )


def _ended(heard: Heard) -> Rendered:
    """Make the mail for who is in it no more, with no more of the talk than they were told before."""
    session, off = heard.concerned[0], heard.kind == CANCELLED
    template, begin = ("cancelled", "Gaat niet door") if off else ("uninvited", "Je doet niet meer mee")
    event = replace(bare(talk_event(session, stamp=timezone.now())), sequence=heard.sequence)
    if heard.was and not off:
        was = heard.was[str(session.id)]
        starts_at, ends_at = datetime.fromisoformat(was["starts_at"]), datetime.fromisoformat(was["ends_at"])
        event = replace(event, title=was["title"], starts_at=starts_at, ends_at=ends_at)
    moment = span(event.starts_at, event.ends_at)
    text, html = render_body(
        template,
        {
            "person": heard.person,
            "session": session,
            "title": event.title,
            "when": moment,
            "because": (session.called_off_because or "") if off else "",
        },
    )
    return Rendered(
        subject=f"{begin}: {event.title}, {moment}",
        text=text,
        html=html,
        calendar=_entry(event, session, heard.person, "CANCEL"),
        calendar_method="CANCEL",
    )


def _entry(event: Event, session: Session, person: User, method: Method) -> bytes:
    organiser = session.planned_by.name if session.planned_by else HOUSE
    return calendar([replace(event, attendee=(person.email, person.name), organiser=organiser)], method=method)


@register
class Reminder(SessionMail):
    """Reminds, before the talk, who did not decline. It is worded by when it is sent, also by a late worker."""

    name = "reminder"
    label = "Herinnering aan een gesprek"
    template = "reminder"

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Participant]:
        """Note besides, in one query more, when the next reminder of the same talk to the same person goes."""
        others = Message.objects.filter(
            about__in={message.about for message in messages},
            kind=self.name,
            state__in=_WENT_OR_WILL,
        )
        later: dict[tuple[UUID, UUID | None], list[datetime]] = {}
        for about, part, at in others.values_list("about", "about_part", "send_after"):
            later.setdefault((about, part), []).append(at)
        for message in messages:
            moments = later.get((message.about, message.about_part), [])
            message.followed_at = min((at for at in moments if at > message.send_after), default=None)
        return super().load(messages)

    def matters(self, message: Message, thing: Participant, now: datetime) -> bool:
        """Not once the talk has begun or been cancelled, and not for who declined; nor when the next one is due too.

        Two at once remind no better than one.
        """
        session = thing.session
        comes = session.state == State.PLANNED and session.span[0] > now and thing.answer != Answer.NO
        return comes and not (message.followed_at and message.followed_at <= now)

    def missed(self, message: Message, thing: Participant, now: datetime) -> bool:
        """Whether the talk began, or the next one was due, before it could be sent to somebody who did not decline."""
        session = thing.session
        held = session.state in {State.HELD, State.SETTLED}
        late = held or (session.state == State.PLANNED and session.span[0] <= now) or bool(message.followed_at)
        return late and session.state != State.CANCELLED and thing.answer != Answer.NO

    def useful_until(self, message: Message, thing: Participant) -> datetime | None:
        """Until the talk begins."""
        return thing.session.starts_at

    def subject(self, participant: Participant, session: Session) -> str:
        """Name the talk and its moment."""
        return f"Herinnering: {session.title}, {when(session)}"

    def in_short(self, message: Message, thing: Participant) -> Short:
        """Say when which talk is, and whether an answer is open."""
        session = thing.session
        starts_at, _ = session.span
        what = f"{capfirst(from_now(starts_at, message.moment))}: {session.title}, {when(session)}"
        if session.place:
            what += f", {session.place}"
        if thing.answer == Answer.YES:
            return Short(f"{what}.", link("session", session.id), "Alles over dit gesprek")
        return Short(
            f"{what}. We weten nog niet of je komt.", link("answer_by_token", answer_token(thing)), "Zeg of je komt"
        )


@register
class Nudge(SessionMail):
    """Reminds, because who plans the talk asks for it, those who have not answered."""

    name = NUDGE
    template = "nudge"

    def matters(self, message: Message, thing: Participant, now: datetime) -> bool:
        """Only as long as there is no answer, and one is of use."""
        session = thing.session
        return session.state == State.PLANNED and session.span[0] > now and thing.answer == Answer.OPEN

    def useful_until(self, message: Message, thing: Participant) -> datetime | None:
        """Until the talk begins."""
        return thing.session.starts_at

    def in_short(self, message: Message, thing: Participant) -> Short:
        """Ask it in a line, with the link that answers."""
        session = thing.session
        return Short(
            f"Kom je? {session.title}, {when(session)}.",
            link("answer_by_token", answer_token(thing)),
            "Zeg of je komt",
        )

    def subject(self, participant: Participant, session: Session) -> str:
        """Ask, and name the talk and its moment."""
        return f"Kom je? {session.title}, {when(session)}"


@dataclass(frozen=True)
class Handed:
    """A talk, and the name of who handed it over."""

    session: Session
    by: str


@register
class HandedOver(MailKind[Handed]):
    """Tells somebody who does not take part that they look after a talk from now on."""

    name = HANDED_OVER

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


@register
class RecordReminder(SessionMail):
    """Asks who was there, after the talk, to record what they want to keep."""

    name = "record_reminder"
    label = "Vraag om vast te leggen"
    template = "record_reminder"

    def matters(self, message: Message, thing: Participant, now: datetime) -> bool:
        """Only for who was present at a talk that was closed, while there is still something to record."""
        return thing.session.state == State.HELD and thing.present is True

    def missed(self, message: Message, thing: Participant, now: datetime) -> bool:
        """When nothing can be recorded any more."""
        return thing.session.state == State.SETTLED and thing.present is True

    def subject(self, participant: Participant, session: Session) -> str:
        """Name the talk."""
        return f"Wat wil jij bewaren van: {session.title}?"

    def in_short(self, message: Message, thing: Participant) -> Short:
        """Ask the same in a line."""
        session = thing.session
        return Short(
            f"Je was bij {session.title}, {when(session)}. Wat wil jij bewaren?",
            link("session", session.id),
            "Leg het vast",
        )
