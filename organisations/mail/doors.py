"""Mail about coming in: the invitation, and what is told to who opens doors or asked to come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from lerend.mail.kinds import MailKind, Rendered, register
from lerend.mail.models import Message
from lerend.mail.rendering import link, render_body
from lerend.moments import day
from organisations.domain.audit import acting_name
from organisations.domain.invitations import token_of
from organisations.models import INVITATION_LASTS, Invitation, JoinRequest, Membership
from organisations.queries import MEMBER_INVITATION


class _AboutInvitation(MailKind[Invitation]):
    def load(self, messages: Sequence[Message]) -> Mapping[UUID, Invitation]:
        """Fetch the living invitations of a batch in one query."""
        found = (
            Invitation.objects.living()
            .select_related("organisation", "team", "invited_by", "replaces__user")
            .annotate(
                from_inside=Exists(
                    Membership.objects.filter(organisation=OuterRef("organisation"), user=OuterRef("invited_by"))
                )
            )
            .in_bulk([message.about for message in messages])
        )
        return {message.id: found[message.about] for message in messages if message.about in found}


def _inviter(invitation: Invitation) -> str:
    if invitation.invited_by is None:
        return invitation.organisation.name
    if getattr(invitation, "from_inside", False):  # known of the whole batch already
        return invitation.invited_by.name
    return acting_name(invitation.invited_by, invitation.organisation)


@register
class MemberInvitation(_AboutInvitation):
    """Lets somebody in. It is the same whether or not its address has an account."""

    name = MEMBER_INVITATION
    label = "Uitnodiging voor een organisatie"

    def matters(self, message: Message, thing: Invitation, now: datetime) -> bool:
        """While it is the last one sent and its time has not run out."""
        return thing.sequence == message.sequence and thing.expires_at > now

    def render(self, message: Message, thing: Invitation) -> Rendered:
        """Say who invites for what, and until when the link works."""
        organisation = thing.organisation
        text, html = render_body(
            "member_invitation",
            {
                "name": thing.name,
                "inviter": _inviter(thing),
                "organisation": organisation.name,
                "role": thing.part,
                "days": INVITATION_LASTS.days,
                "until": day(thing.expires_at),
                "page": link("invitation", token_of(thing)),
            },
        )
        return Rendered(subject=f"Uitnodiging van {organisation.name}", text=text, html=html)


@register
class BestuurderInvited(_AboutInvitation):
    """Tells the bestuurders of an organisation that from outside somebody was invited to be one."""

    name = "bestuurder_invited"
    label = "Uitnodiging als bestuurder"

    def render(self, message: Message, thing: Invitation) -> Rendered:
        """Say who invited, and whether somebody's place is taken."""
        text, html = render_body(
            "bestuurder_invited",
            {
                "organisation": thing.organisation.name,
                "by": _inviter(thing),
                "name": thing.name,
                "replaces": thing.replaces.user.name if thing.replaces else "",
                "page": link("audit_trail", thing.organisation_id),
            },
        )
        return Rendered(subject=f"Nieuwe bestuurder uitgenodigd bij {thing.organisation.name}", text=text, html=html)


class _AboutRequest(MailKind[JoinRequest]):
    def load(self, messages: Sequence[Message]) -> Mapping[UUID, JoinRequest]:
        """Fetch the requests of a batch in one query."""
        found = JoinRequest.objects.in_bulk([message.about for message in messages])
        return {message.id: found[message.about] for message in messages if message.about in found}


@register
class JoinAsked(_AboutRequest):
    """Tells who opens doors that organisations ask to join; once a day."""

    name = "join_asked"
    label = "Aanvraag van een organisatie"

    def matters(self, message: Message, thing: JoinRequest, now: datetime) -> bool:
        """While there is a request to decide on."""
        return JoinRequest.objects.open().exists()

    def render(self, message: Message, thing: JoinRequest) -> Rendered:
        """Say that there is something to decide."""
        text, html = render_body("join_asked", {"page": link("join_list")})
        return Rendered(subject="Een organisatie wil meedoen", text=text, html=html)


@register
class JoinDeclined(_AboutRequest):
    """Tells the contact of an organisation that it was not let in."""

    name = "join_declined"
    label = "Aanvraag afgewezen"

    def render(self, message: Message, thing: JoinRequest) -> Rendered:
        """Say so, and where to ask."""
        text, html = render_body("join_declined", {"name": thing.contact_name, "organisation": thing.name})
        return Rendered(subject=f"Over de aanvraag van {thing.name}", text=text, html=html)
