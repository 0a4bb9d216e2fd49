"""Mail about what was recorded. No mail carries a word of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from lerend.mail.kinds import MailKind, Rendered, register
from lerend.mail.models import Message
from lerend.mail.rendering import link, render_body
from lerend.moments import day
from sessions_app.models import Consent, Contribution, Participant, Report


@register
class ConsentAsked(MailKind[Consent]):
    """Asks one who was there whether a text may be shared beyond the talk."""

    name = "consent_asked"
    label = "Vraag om in te stemmen"

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Consent]:
        """Fetch the questions of a batch in one query."""
        found = {
            (consent.contribution_id, consent.participant_id): consent
            for consent in Consent.objects.filter(
                participant__in=Participant.objects.still_taking_part(),
                contribution__in=[message.about for message in messages],
                participant_id__in=[message.about_part for message in messages if message.about_part],
            ).select_related("contribution__session", "contribution__author", "participant__user")
        }
        pairs = {message.id: (message.about, message.about_part) for message in messages}
        return {message: found[pair] for message, pair in pairs.items() if pair in found}

    def matters(self, message: Message, thing: Consent, now: datetime) -> bool:
        """While it is not answered and can still be."""
        until = thing.contribution.consent_until
        return thing.agreed is None and thing.contribution.hidden_at is None and until is not None and until > now

    def missed(self, message: Message, thing: Consent, now: datetime) -> bool:
        """When it was not answered, and cannot be any more."""
        until = thing.contribution.consent_until
        return thing.agreed is None and thing.contribution.hidden_at is None and until is not None and until <= now

    def render(self, message: Message, thing: Consent) -> Rendered:
        """Say who asks, about which talk, until when, and that no answer is a no that nobody sees."""
        contribution = thing.contribution
        text, html = render_body(
            "consent_asked",
            {
                "person": thing.participant.user,
                "writer": contribution.author.name if contribution.author else "Iemand die erbij was",
                "unnamed": contribution.author is None,
                "session": contribution.session,
                "audience": contribution.get_audience_display(),
                "until": day(contribution.consent_until) if contribution.consent_until else "",
                "page": link("consent", contribution.id),
            },
        )
        return Rendered(subject="Vraag: mag dit verder gedeeld worden?", text=text, html=html)


@register
class Reported(MailKind[Report]):
    """Tells the contact of an organisation that a text was reported."""

    name = "reported"
    label = "Melding van een tekst"

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Report]:
        """Fetch the reports of a batch in one query."""
        found = Report.objects.in_bulk([message.about for message in messages])
        return {message.id: found[message.about] for message in messages if message.about in found}

    def matters(self, message: Message, thing: Report, now: datetime) -> bool:
        """While nobody has handled it."""
        return thing.handled_at is None

    def render(self, message: Message, thing: Report) -> Rendered:
        """Say that there is a report, and nothing of the text."""
        text, html = render_body("reported", {"page": link("report_list")})
        return Rendered(subject="Er is een melding over een tekst", text=text, html=html)


@register
class Hidden(MailKind[Contribution]):
    """Tells a named writer that their text was hidden."""

    name = "hidden"
    label = "Tekst verborgen"

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Contribution]:
        """Fetch the texts' talks of a batch in one query, the texts themselves left closed."""
        found = (
            Contribution.objects.filter(id__in=[message.about for message in messages]).defer("text", "who").in_bulk()
        )
        return {message.id: found[message.about] for message in messages if message.about in found}

    def matters(self, message: Message, thing: Contribution, now: datetime) -> bool:
        """While it is hidden."""
        return thing.hidden_at is not None

    def render(self, message: Message, thing: Contribution) -> Rendered:
        """Say that a text is hidden and where its writer finds it."""
        text, html = render_body("hidden", {"page": link("contribution", thing.id)})
        return Rendered(subject="Een tekst van jou is verborgen", text=text, html=html)
