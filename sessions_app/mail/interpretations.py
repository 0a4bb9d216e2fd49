"""Mail about ladingen: only that one was reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from lerend.mail.kinds import MailKind, Rendered, register
from lerend.mail.models import Message
from lerend.mail.rendering import link, render_body
from sessions_app.models import Interpretation, InterpretationReply


@register
class LadingReported(MailKind[Interpretation | InterpretationReply]):
    """Tells the contact of an organisation that a reader points at a lading or an answer; no word of it."""

    name = "lading_reported"
    label = "Melding van een lading"

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Interpretation | InterpretationReply]:
        """Fetch what a batch is about in two queries, the texts left closed."""
        about = [message.about for message in messages]
        found: dict[UUID, Interpretation | InterpretationReply] = {}
        found.update(Interpretation.objects.filter(id__in=about).defer("text", "released_text").in_bulk())
        found.update(InterpretationReply.objects.filter(id__in=about).defer("text").in_bulk())
        return {message.id: found[message.about] for message in messages if message.about in found}

    def matters(self, message: Message, thing: Interpretation | InterpretationReply, now: datetime) -> bool:
        """Until somebody looked at it."""
        return thing.reported_at is not None

    def render(self, message: Message, thing: Interpretation | InterpretationReply) -> Rendered:
        """Say that there is one, and where it can be hidden."""
        text, html = render_body(self.name, {"page": link("interpretation_judge", thing.id)})
        return Rendered(subject="Er is een melding over een tekst bij de vuistregels", text=text, html=html)
