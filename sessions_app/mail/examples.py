"""An invitation as it would look: the real mail, about a talk that does not exist."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.utils import timezone
from django_prose_editor.fields import create_sanitizer

from content.models import ConversationTemplate
from lerend.mail.kinds import Rendered
from lerend.moments import AMSTERDAM, in_amsterdam
from organisations.models import Membership, User
from sessions_app.mail.sessions import invitation
from sessions_app.models import Participant, Session
from sessions_app.queries.templates import TemplateWords

EXAMPLE_PLACE = "Wijkcentrum De Brug, kamer 2"
# Without the inline style that mail programs need and this site's CSP refuses, and with no link to click.
_look = create_sanitizer({"Bold": True, "HardBreak": True})


def example_invitation(own: ConversationTemplate, words: TemplateWords, *, planner: User) -> tuple[User, Rendered]:
    """Return a colleague of ``planner`` and the invitation they would get for a talk from ``own`` with ``words``.

    Somebody without colleagues here gets it themselves. Nothing is kept.
    """
    colleagues = Membership.objects.filter(organisation=own.organisation).exclude(user=planner)
    first = colleagues.select_related("user").order_by("user__name_sorted", "id").first()
    receiver = first.user if first else planner
    starts_at = _next_week()
    session = Session(
        organisation=own.organisation,
        template=own,
        kind=own.kind,
        title=words.title,
        purpose=own.purpose,
        preparation=words.preparation,
        invitation=words.invitation,
        planned_by=planner,
        place=EXAMPLE_PLACE,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=sum(step.minutes for step in words.steps)),
    )
    person = Participant(session=session, user=receiver, organisation=own.organisation)
    return receiver, invitation(person, preview=True)


def as_seen(rendered: Rendered) -> str:
    """Return the HTML of a mail for within a page: its words and shape, without style and links."""
    body = rendered.html.partition("<body")[2].partition(">")[2].partition("</body>")[0]
    return str(_look(body))


def _next_week() -> datetime:
    """Return Tuesday of next week, ten o'clock in Amsterdam."""
    today = in_amsterdam(timezone.now()).date()
    tuesday = today + timedelta(days=8 - today.weekday())
    return datetime.combine(tuesday, time(10), AMSTERDAM).astimezone(UTC)
