"""Mail about a talk: invitation, change, cancellation, and the two reminders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst

from content.words import filled, problems
from lerend.mail.calendar import entry
from lerend.mail.choice import unsubscribe_link
from lerend.mail.kinds import MailKind, Method, Rendered, Short, register
from lerend.mail.models import Message
from lerend.mail.models import State as MailState
from lerend.mail.rendering import link, render_body
from lerend.moments import from_now, span
from sessions_app.domain.changes import answer_token
from sessions_app.models import Answer, Part, Participant, Session, State

_WENT_OR_WILL = (MailState.QUEUED, MailState.SENDING, MailState.SENT, MailState.BUNDLED)


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


def duration(session: Session) -> str:
    """Return how long the talk takes: "2 uur en 30 minuten"."""
    starts_at, ends_at = session.span
    hours, minutes = divmod(round((ends_at - starts_at).total_seconds() / 60), 60)
    told = [f"{hours} uur" if hours else "", f"{minutes} {'minuut' if minutes == 1 else 'minuten'}" if minutes else ""]
    return " en ".join(filter(None, told))


def own_words(participant: Participant, session: Session) -> str:
    """Return the organisation's own words, filled in for ``participant``; "" where it has none.

    Words that cannot be filled in, which no form lets through, are left out: an invitation must arrive.
    """
    if not session.invitation or problems(session.invitation):
        return ""
    values = {
        "naam": participant.user.get_short_name(),
        "gesprek": session.title,
        "wanneer": when(session),
        "waar": session.place or "online",
        "duur": duration(session),
        "planner": session.planned_by.name if session.planned_by else "je collega",
        "organisatie": session.organisation.name,
    }
    return filled(session.invitation, values)


class SessionMail(MailKind[Participant]):
    """What mails about a talk share: they are about one participant, and dropped once the talk moved on."""

    template = ""
    method: Method = "REQUEST"
    with_calendar = True

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Participant]:
        """Fetch the participants of a batch, each with talk, planner and person, in one query."""
        wanted = {message.about_part: message.id for message in messages if message.about_part}
        people = self.concerned().filter(id__in=wanted).select_related("session__planned_by", "user")
        found = {person.id: person for person in people}
        return {message.id: found[message.about_part] for message in messages if message.about_part in found}

    def concerned(self) -> QuerySet[Participant]:
        """The participants that such mail may go to: who left the organisation gets none."""
        return Participant.objects.still_taking_part()

    def matters(self, message: Message, thing: Participant, now: datetime) -> bool:
        """Whether this still is the talk's latest word, about a moment that has not passed."""
        session = thing.session
        return (
            session.state == State.PLANNED
            and session.sequence == message.sequence
            and session.starts_at is not None
            and session.starts_at > now
        )

    def missed(self, message: Message, thing: Participant, now: datetime) -> bool:
        """Whether this was the talk's latest word, and the talk began before it could be sent."""
        session = thing.session
        stands = session.state in {State.PLANNED, State.HELD, State.SETTLED} and session.sequence == message.sequence
        return stands and session.starts_at is not None and session.starts_at <= now

    def subject(self, participant: Participant, session: Session) -> str:
        """Return the subject line."""
        raise NotImplementedError

    def words(self, participant: Participant, session: Session) -> str:
        """Return what the organisation itself says in this mail: nothing, but in an invitation."""
        return ""

    def render(self, message: Message, thing: Participant) -> Rendered:
        """Make the mail as it is at this moment."""
        return self.rendered(thing, message.moment)

    def rendered(self, participant: Participant, now: datetime | None = None, *, preview: bool = False) -> Rendered:
        """Make the mail for ``participant``, as of ``now`` (the present when left out).

        A preview has no working answer link: that is for the receiver alone.
        """
        session = participant.session
        token = "VOORBEELD" if preview else answer_token(participant)
        page = link("session", session.id)
        text, html = render_body(
            self.template,
            {
                "participant": participant,
                "person": participant.user,
                "session": session,
                "asks": asks(participant, session),
                "words": self.words(participant, session),
                "when": when(session),
                "soon": from_now(session.span[0], now or timezone.now()),
                "page": page,
                "unsubscribe": "" if self.necessary or preview else unsubscribe_link(participant.user_id),
                "answer_yes": link("answer_by_token", token) + "?antwoord=ja",
                "answer_no": link("answer_by_token", token) + "?antwoord=nee",
            },
        )
        calendar = None
        if self.with_calendar:
            starts_at, ends_at = session.span
            calendar = entry(
                uid=f"{session.id}@{settings.SITE_HOST}",
                sequence=session.sequence,
                method=self.method,
                title=session.title,
                description=f"{session.purpose}\n\n{page}",
                starts_at=starts_at,
                ends_at=ends_at,
                location=session.place or session.link,
                url=session.link or page,
                attendee_address=participant.user.email,
                attendee_name=participant.user.name,
                organiser_name=session.planned_by.name if session.planned_by else "Lerend Versterken",
                stamp=timezone.now(),
            )
        return Rendered(
            subject=self.subject(participant, session),
            text=text,
            html=html,
            calendar=calendar,
            calendar_method=self.method,
        )


@register
class Invitation(SessionMail):
    """Asks somebody to take part."""

    name = "invitation"
    template = "invitation"

    def concerned(self) -> QuerySet[Participant]:
        """With the organisation, which its own words may name."""
        return super().concerned().select_related("session__organisation")

    def words(self, participant: Participant, session: Session) -> str:
        """The organisation's own words."""
        return own_words(participant, session)

    def subject(self, participant: Participant, session: Session) -> str:
        """Name the talk and its moment."""
        return f"Uitnodiging: {session.title}, {when(session)}"


@register
class Changed(SessionMail):
    """Tells that a talk has another moment or place."""

    name = "changed"
    template = "changed"

    def subject(self, participant: Participant, session: Session) -> str:
        """Name the talk and its new moment."""
        return f"Gewijzigd: {session.title}, {when(session)}"


@register
class Cancelled(SessionMail):
    """Tells that a talk does not take place, and takes it out of the calendar."""

    name = "cancelled"
    template = "cancelled"
    method: Method = "CANCEL"

    def concerned(self) -> QuerySet[Participant]:
        """Whoever was invited: it has to leave the calendar of who left as well."""
        return Participant.objects.all()

    def matters(self, message: Message, thing: Participant, now: datetime) -> bool:
        """Always, while the talk stays cancelled."""
        return thing.session.state == State.CANCELLED

    def subject(self, participant: Participant, session: Session) -> str:
        """Name the talk and the moment it would have been."""
        return f"Gaat niet door: {session.title}, {when(session)}"


@register
class Reminder(SessionMail):
    """Reminds, before the talk, who did not decline. It is worded by when it is sent, also by a late worker."""

    name = "reminder"
    necessary = False
    template = "reminder"
    with_calendar = False

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Participant]:
        """Note besides, in one query more, when the next reminder of the same talk to the same person goes."""
        others = Message.objects.filter(
            about__in={message.about for message in messages},
            kind=self.name,
            state__in=_WENT_OR_WILL,
        )
        later: dict[tuple[UUID, UUID | None, int], list[datetime]] = {}
        for about, part, sequence, at in others.values_list("about", "about_part", "sequence", "send_after"):
            later.setdefault((about, part, sequence), []).append(at)
        for message in messages:
            moments = later.get((message.about, message.about_part, message.sequence), [])
            message.followed_at = min((at for at in moments if at > message.send_after), default=None)
        return super().load(messages)

    def matters(self, message: Message, thing: Participant, now: datetime) -> bool:
        """Not once the talk has begun, moved or been cancelled, not for who declined, and not when the next one is due
        as well: two at once remind no better than one."""
        return (
            super().matters(message, thing, now)
            and thing.answer != Answer.NO
            and not (message.followed_at and message.followed_at <= now)
        )

    def missed(self, message: Message, thing: Participant, now: datetime) -> bool:
        """Whether the talk began, or the next one was due, before it could be sent to somebody who did not decline."""
        late = super().missed(message, thing, now) or (super().matters(message, thing, now))
        return late and thing.answer != Answer.NO

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
class RecordReminder(SessionMail):
    """Asks who was there, after the talk, to record what they want to keep."""

    name = "record_reminder"
    necessary = False
    template = "record_reminder"
    with_calendar = False

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
