"""Reminders of a talk: that it comes, that an answer is waited for, and what one wants to keep of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.text import capfirst

from lerend.mail.choice import unsubscribe_link
from lerend.mail.kinds import MailKind, Rendered, Short, register
from lerend.mail.models import Message
from lerend.mail.models import State as MailState
from lerend.mail.rendering import link, render_body
from lerend.moments import from_now, how_far
from sessions_app.domain.changes import answer_token
from sessions_app.mail.sessions import words_about
from sessions_app.mail.words import when
from sessions_app.models import Answer, Participant, Session, State
from sessions_app.queries.keeping import NUDGE

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
        what = f"{capfirst(how_far(starts_at, message.moment))}, {when(session)}: {session.title}"
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
    label = "Vraag om nog te antwoorden"
    template = "nudge"

    def matters(self, message: Message, thing: Participant, now: datetime) -> bool:
        """Only as long as there is no answer and no proposal, and one is of use."""
        session = thing.session
        silent = thing.answer == Answer.OPEN and not thing.proposes
        return silent and session.state == State.PLANNED and session.span[0] > now

    def missed(self, message: Message, thing: Participant, now: datetime) -> bool:
        """Whether the talk began before it could be sent to somebody who did not answer."""
        session = thing.session
        return session.state != State.CANCELLED and session.span[0] <= now and thing.answer == Answer.OPEN

    def useful_until(self, message: Message, thing: Participant) -> datetime | None:
        """Until the talk begins."""
        return thing.session.starts_at

    def subject(self, participant: Participant, session: Session) -> str:
        """Ask, and name the talk and its moment."""
        return f"Kom je? {session.title}, {when(session)}"

    def in_short(self, message: Message, thing: Participant) -> Short:
        """Ask the same in a line."""
        session = thing.session
        what = f"{session.title}, {when(session)}: we weten nog niet of je komt."
        return Short(what, link("answer_by_token", answer_token(thing)), "Zeg of je komt")


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
