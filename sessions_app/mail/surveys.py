"""Mail about rounds over the wolkjes. None of it knows who answered: nobody looks at the marks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from lerend.mail.choice import unsubscribe_link
from lerend.mail.kinds import MailKind, Rendered, Short, register
from lerend.mail.models import Message
from lerend.mail.rendering import link, render_body
from lerend.moments import day
from sessions_app.models import ThemeRemark, ThemeSurvey
from sessions_app.queries import surveys as reads


class SurveyMail(MailKind[ThemeSurvey]):
    """What mails to who takes part share: dropped for who does not any more."""

    subject: ClassVar[str]

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, ThemeSurvey]:
        """Fetch the rounds of a batch, and who still takes part, in three queries."""
        surveys = ThemeSurvey.objects.select_related("organisation", "team").in_bulk([m.about for m in messages])
        wanted = [(surveys[m.about], m.recipient_id) for m in messages if m.recipient_id and m.about in surveys]
        there = reads.takes_part([(survey, user) for survey, user in wanted if user])
        return {m.id: surveys[m.about] for m in messages if (m.about, m.recipient_id) in there}

    def matters(self, message: Message, thing: ThemeSurvey, now: datetime) -> bool:
        """While one can answer."""
        return thing.closed_at is None and thing.closes_at > now

    def missed(self, message: Message, thing: ThemeSurvey, now: datetime) -> bool:
        """When answering has ended by itself."""
        return thing.closes_at <= now

    def useful_until(self, message: Message, thing: ThemeSurvey) -> datetime | None:
        """Until one can answer no more."""
        return thing.closes_at

    def render(self, message: Message, thing: ThemeSurvey) -> Rendered:
        """Say what it is about, until when, and where."""
        values: dict[str, Any] = {
            "unsubscribe": unsubscribe_link(message.recipient_id)
            if message.recipient_id and not self.necessary
            else "",
            "person": message.recipient,
            "survey": thing,
            "until": day(thing.last_day),
            "page": link("survey", thing.id),
        }
        if message.recipient_id and not self.necessary:
            values["unsubscribe"] = unsubscribe_link(message.recipient_id)
        text, html = render_body(self.name, values)
        return Rendered(subject=self.subject.format(where=thing.where), text=text, html=html)


@register
class SurveyInvitation(SurveyMail):
    """Asks everybody who takes part."""

    name = "survey_invitation"
    label = "Ronde over de wolkjes"
    subject = "De wolkjes naast ons werk: {where}"


@register
class SurveyReminder(SurveyMail):
    """Reminds everybody alike, those who answered too."""

    name = "survey_reminder"
    necessary = False
    label = "Herinnering aan een ronde"
    subject = "Nog twee dagen: de wolkjes naast ons werk, {where}"

    def in_short(self, message: Message, thing: ThemeSurvey) -> Short:
        """Say until when one can answer."""
        what = f"De wolkjes naast ons werk, {thing.where}: antwoorden kan tot en met {day(thing.last_day)}."
        return Short(what, link("survey", thing.id), "Geef je antwoord")


@register
class SurveyClosed(SurveyMail):
    """Tells everybody who took part that there is a picture, or that there will not be one."""

    name = "survey_closed"
    necessary = False
    label = "Ronde gesloten"
    subject = "De ronde over de wolkjes is klaar: {where}"

    def matters(self, message: Message, thing: ThemeSurvey, now: datetime) -> bool:
        """Once it is closed."""
        return thing.closed_at is not None

    def missed(self, message: Message, thing: ThemeSurvey, now: datetime) -> bool:
        """Never: it keeps."""
        return False

    def useful_until(self, message: Message, thing: ThemeSurvey) -> datetime | None:
        """It keeps."""
        return None

    def in_short(self, message: Message, thing: ThemeSurvey) -> Short:
        """Say that there is something to look at."""
        what = f"De ronde over de wolkjes is klaar: {thing.where}."
        return Short(what, link("survey", thing.id), "Bekijk wat eruit kwam")


@register
class RemarkReported(MailKind[ThemeRemark]):
    """Tells the contact of an organisation that a reader points at a remark; no word of it."""

    name = "remark_reported"
    label = "Melding van een opmerking"

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, ThemeRemark]:
        """Fetch the remarks of a batch in one query, their texts left closed."""
        found = ThemeRemark.objects.filter(id__in=[m.about for m in messages]).defer("text").in_bulk()
        return {m.id: found[m.about] for m in messages if m.about in found}

    def matters(self, message: Message, thing: ThemeRemark, now: datetime) -> bool:
        """While it is there to be read."""
        return thing.hidden_at is None

    def render(self, message: Message, thing: ThemeRemark) -> Rendered:
        """Say that there is one, and where it can be hidden."""
        text, html = render_body("remark_reported", {"page": link("survey_remark_hide", thing.id)})
        return Rendered(subject="Er is een melding over een opmerking", text=text, html=html)
