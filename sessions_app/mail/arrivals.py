"""The notice that mail to somebody in a talk does not arrive, to who plans it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from lerend.mail import addresses
from lerend.mail.kinds import MailKind, Rendered, register
from lerend.mail.models import Message
from lerend.mail.rendering import link, render_body
from organisations.models import User
from sessions_app.domain.arrivals import ADDRESS_FAILS
from sessions_app.mail.words import when
from sessions_app.models import Participant, Session


@dataclass(frozen=True)
class Unreachable:
    """A coming talk, and the names of who in it cannot be reached by mail."""

    session: Session
    names: list[str]


@register
class AddressFails(MailKind[Unreachable]):
    """Tells who plans a talk whose addresses take no mail, and what to do."""

    name = ADDRESS_FAILS
    label = "Een adres neemt geen mail aan"

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Unreachable]:
        """Find the talks that are still to come and that the receiver still may change, and who cannot be reached now.

        Three queries, and two more a planner: what somebody may change is asked as everywhere.
        """
        planners = {message.recipient_id: message.recipient for message in messages if message.recipient}
        talks: dict[tuple[UUID, UUID], Session] = {}
        for planner in planners.values():
            if not isinstance(planner, User):
                continue
            wanted = [m.about_part for m in messages if m.recipient_id == planner.id and m.about_part]
            for talk in Session.objects.manageable_by(planner).upcoming().filter(id__in=wanted):
                if talk.starts_at is not None and talk.starts_at > timezone.now():
                    talks[planner.id, talk.id] = talk
        places = Participant.objects.still_taking_part().filter(session__in={talk.id for talk in talks.values()})
        people = list(places.select_related("user").order_by("user__name_sorted", "id"))
        failing = addresses.failing(person.user.email for person in people)
        found = {}
        for message in messages:
            talk_of = talks.get((message.recipient_id, message.about_part)) if message.about_part else None  # type: ignore[arg-type]
            if talk_of is None:
                continue
            names = [
                person.user.name
                for person in people
                if person.session_id == talk_of.id
                and person.user_id != message.recipient_id
                and person.user.email.lower() in failing
            ]
            if names:
                found[message.id] = Unreachable(talk_of, names)
        return found

    def render(self, message: Message, thing: Unreachable) -> Rendered:
        """Say who, for which talk, and what to do."""
        names = " en ".join(filter(None, [", ".join(thing.names[:-1]), thing.names[-1]]))
        context = {
            "person": message.recipient,
            "session": thing.session,
            "when": when(thing.session),
            "names": names,
            "many": len(thing.names) > 1,
            "page": link("session_mail", thing.session.id),
        }
        text, html = render_body("address_fails", context)
        return Rendered(subject=f"Mail aan {names} komt niet aan: {thing.session.title}", text=text, html=html)
