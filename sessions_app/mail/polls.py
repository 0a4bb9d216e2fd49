"""Mail about date polls. What it says comes from the poll at the moment of sending; the link is the receiver's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone

from lerend.mail.choice import unsubscribe_link
from lerend.mail.kinds import MailKind, Rendered, Short, register
from lerend.mail.models import Message
from lerend.mail.rendering import link, render_body
from lerend.moments import day, span
from sessions_app.domain.polls import answer_token
from sessions_app.models import DatePoll, PollState
from sessions_app.queries import polls as reads


@dataclass(frozen=True)
class Asked:
    """A running poll, who is asked in it, and whether the receiver lacks an answer."""

    poll: DatePoll
    people: set[UUID]
    lacks_answer: bool


class PollMail(MailKind[Asked]):
    """What mails about a running poll share: dropped once a moment was chosen or the poll was withdrawn."""

    subject: ClassVar[str]

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Asked]:
        """Fetch the polls of a batch, who is asked in them, and who lacks an answer, in four queries."""
        found = DatePoll.objects.filter(state=PollState.OPEN).select_related("session__planned_by")
        polls = found.prefetch_related("options").in_bulk([message.about for message in messages])
        people = reads.people_in(polls.values())
        pairs = [(polls[m.about], m.recipient_id) for m in messages if m.about in polls and m.recipient_id]
        lacking = reads.lacking_answer(pairs, timezone.now())
        return {
            m.id: Asked(polls[m.about], people[m.about], (m.about, m.recipient_id) in lacking)
            for m in messages
            if m.about in polls and self.receives(m, polls[m.about], people[m.about])
        }

    def receives(self, message: Message, poll: DatePoll, people: set[UUID]) -> bool:
        """Whether it may go to this receiver: who is asked, and still belongs there."""
        return message.recipient_id in people

    def matters(self, message: Message, thing: Asked, now: datetime) -> bool:
        """While one can answer."""
        return thing.poll.closes_at > now

    def render(self, message: Message, thing: Asked) -> Rendered:
        """Say what it is about, the moments, until when, who sees the answers, and where to answer."""
        poll = thing.poll
        planner = poll.session.planned_by if poll.session else None
        values: dict[str, Any] = {
            "person": message.recipient,
            "title": poll.title,
            "purpose": poll.session.purpose if poll.session else "",
            "place": poll.session.place if poll.session else "",
            "planner": planner.name if planner else "Je collega",
            "moments": [span(*moment) for moment in reads.coming(poll, timezone.now())],
            "until": day(poll.last_day),
            "readers": reads.who_reads(poll, thing.people, planner),
            "page": self.page(message, poll),
            "unsubscribe": unsubscribe_link(message.recipient_id)
            if message.recipient_id and not self.necessary
            else "",
        }
        text, html = render_body(self.name, values)
        return Rendered(subject=self.subject.format(title=poll.title), text=text, html=html)

    def page(self, message: Message, poll: DatePoll) -> str:
        """Return the receiver's own link, with which they answer without signing in."""
        return link("poll_by_token", answer_token(poll.id, message.recipient_id)) if message.recipient_id else ""


@register
class PollOpened(PollMail):
    """Asks when somebody can."""

    name = "poll_opened"
    label = "Vraag om een datum te prikken"
    subject = "Wanneer kun jij? {title}"


class Missing(PollMail):
    """What is only for who said nothing about one moment or more."""

    def matters(self, message: Message, thing: Asked, now: datetime) -> bool:
        """While one can answer and did not."""
        return super().matters(message, thing, now) and thing.lacks_answer


@register
class PollChanged(Missing):
    """Tells who had answered that there are more moments."""

    name = "poll_changed"
    label = "Nieuwe momenten om uit te kiezen"
    subject = "Er zijn momenten bij gekomen: {title}"


@register
class PollReminder(Missing):
    """Reminds who did not answer."""

    name = "poll_reminder"
    label = "Herinnering om een datum te prikken"
    necessary = False
    subject = "Nog even: wanneer kun jij? {title}"

    def useful_until(self, message: Message, thing: Asked) -> datetime | None:
        """Until the last day is over."""
        return thing.poll.closes_at

    def missed(self, message: Message, thing: Asked, now: datetime) -> bool:
        """Whether it came too late for who did not answer."""
        return thing.lacks_answer and thing.poll.closes_at <= now

    def in_short(self, message: Message, thing: Asked) -> Short:
        """Say until when one can answer."""
        poll = thing.poll
        what = f"Wanneer kun jij? {poll.title}: antwoorden kan tot en met {day(poll.last_day)}."
        return Short(what, self.page(message, poll), "Zeg wanneer je kunt")


@register
class PollDue(PollMail):
    """Asks the planner, when the last day is over, to choose a moment."""

    name = "poll_due"
    label = "Datumprikker is afgelopen"
    subject = "Kies nu een moment: {title}"

    def receives(self, message: Message, poll: DatePoll, people: set[UUID]) -> bool:
        """Only who plans the talk."""
        return poll.session is not None and message.recipient_id == poll.session.planned_by_id

    def matters(self, message: Message, thing: Asked, now: datetime) -> bool:
        """Until they do, or give more time."""
        return thing.poll.closes_at <= now

    def page(self, message: Message, poll: DatePoll) -> str:
        """Return the page itself, for who signs in."""
        return link("poll", poll.id)


@register
class PollWithdrawn(MailKind[DatePoll]):
    """Tells those asked that they need not answer any more."""

    name = "poll_withdrawn"
    label = "Datumprikker gaat niet door"

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, DatePoll]:
        """Fetch the polls of a batch in one query."""
        polls = DatePoll.objects.filter(state=PollState.WITHDRAWN).in_bulk([message.about for message in messages])
        return {message.id: polls[message.about] for message in messages if message.about in polls}

    def render(self, message: Message, thing: DatePoll) -> Rendered:
        """Name the talk."""
        text, html = render_body(self.name, {"person": message.recipient, "title": thing.title})
        return Rendered(subject=f"Datum prikken hoeft niet meer: {thing.title}", text=text, html=html)
