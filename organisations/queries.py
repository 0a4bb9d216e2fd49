"""Reads about who may give what to whom, and about people, invitations and teams as pages show them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from lerend import keyset
from lerend.mail import queries as mail
from lerend.mail.models import State
from organisations.models import (
    Invitation,
    Membership,
    Organisation,
    Role,
    Team,
    TeamMembership,
    User,
    one_line,
    sort_key,
)

MEMBER_INVITATION = "member_invitation"  # the kind of mail that carries an invitation
PEOPLE_A_PAGE = 50


@dataclass(frozen=True)
class Reach:
    """What one person may do with the people of one organisation: the permission table of managing, written once.

    A bestuurder manages everybody; a leidinggevende those of the own teams, and gives no role above their own.
    """

    user: User
    organisation: Organisation

    @cached_property
    def runs(self) -> bool:
        """Whether the person is a bestuurder here."""
        return Organisation.objects.run_by(self.user).filter(id=self.organisation.id).exists()

    @cached_property
    def teams(self) -> dict[UUID, Team]:
        """The open teams whose people they choose, by id, in the order of names."""
        found = Team.objects.manageable_by(self.user).filter(organisation=self.organisation)
        return {team.id: team for team in found.order_by("name")}

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles on the organisation that they may give and take; "" is none."""
        return ("", Role.PLANNER, Role.BESTUURDER) if self.runs else ("",)

    @property
    def manages(self) -> bool:
        """Whether there is anybody they manage."""
        return self.runs or bool(self.teams)


def people_page(reach: Reach, *, search: str, team: UUID | None, cursor: str) -> keyset.Page[Membership]:
    """Return a page of the members that ``reach`` manages, by name, with their places in open teams.

    ``search`` is a piece of a name, accents and capitals aside; ``team`` narrows to one team, whether or not it exists.
    """
    places = TeamMembership.objects.in_open_teams().select_related("team").order_by("team__name")
    people = (
        Membership.objects.manageable_by(reach.user)
        .filter(organisation=reach.organisation)
        .select_related("user")
        .prefetch_related(Prefetch("team_memberships", places))
    )
    if words := sort_key(search):
        people = people.filter(user__name_sorted__contains=words)
    if team:
        people = people.filter(Exists(TeamMembership.objects.filter(membership=OuterRef("pk"), team=team)))
    return keyset.page(people, "user__name_sorted", cursor, size=PEOPLE_A_PAGE, parse=str)


def members_to_export(reach: Reach) -> QuerySet[Membership]:
    """Return the members that ``reach`` manages, by name, with ``invited_at``: the address that was typed, or ""."""
    typed = Invitation.objects.filter(organisation=OuterRef("organisation"), accepted_by=OuterRef("user"))
    places = TeamMembership.objects.in_open_teams().select_related("team").order_by("team__name")
    return (
        Membership.objects.manageable_by(reach.user)
        .filter(organisation=reach.organisation)
        .select_related("user")
        .prefetch_related(Prefetch("team_memberships", places))
        .annotate(invited_at=Coalesce(Subquery(typed.order_by("-accepted_at").values("email")[:1]), Value("")))
        .order_by("user__name_sorted", "id")
    )


@dataclass(frozen=True)
class Progress:
    """How far the mails of one import are, and how many accepted."""

    total: int
    sent: int
    failed: int
    accepted: int

    @property
    def done(self) -> bool:
        """Whether no mail is on its way any more."""
        return self.sent + self.failed >= self.total


def progress_of(reach: Reach, batch: UUID) -> Progress | None:
    """Return how far the import ``batch`` is, or None when there is no such import for ``reach`` to see."""
    found = Invitation.objects.manageable_by(reach.user).filter(organisation=reach.organisation, batch=batch)
    rows = found.aggregate(total=Count("id"), accepted=Count("id", filter=Q(accepted_at__isnull=False)))
    if not rows["total"]:
        return None
    states = mail.count_states(found.values("id"), kind=MEMBER_INVITATION)
    failed = states.get(State.FAILED, 0)
    waiting = states.get(State.QUEUED, 0) + states.get(State.SENDING, 0)
    return Progress(rows["total"], rows["total"] - failed - waiting, failed, rows["accepted"])


def places_of(membership: Membership) -> list[TeamMembership]:
    """Return the places of a member in open teams, by name."""
    places = TeamMembership.objects.in_open_teams().filter(membership=membership)
    return list(places.select_related("team").order_by("team__name"))


def teams_with_sizes(organisation: Organisation, *, closed: bool = False) -> list[Team]:
    """Return the open (or the closed) teams by name, each with ``size``: how many people are in it."""
    return list(
        organisation.teams.filter(closed_at__isnull=not closed)
        .annotate(size=Count("team_memberships"))
        .order_by("name")
    )


def bestuurders_of(organisation: Organisation) -> list[Membership]:
    """Return the memberships of the bestuurders, by name."""
    found = Membership.objects.filter(organisation=organisation, role=Role.BESTUURDER).select_related("user")
    return list(found.order_by("user__name_sorted", "id"))


@dataclass(frozen=True)
class InvitationRow:
    """An invitation as its list shows it: with what the inviter typed, and what became of the mail."""

    invitation: Invitation
    status: str
    status_class: str
    open: bool


def invitation_rows(invitations: Collection[Invitation]) -> list[InvitationRow]:
    """Return ``invitations`` ready to show, with one query for their mail."""
    living = [item.id for item in invitations if not item.accepted_at and not item.withdrawn_at]
    states = mail.latest_states(living, kind=MEMBER_INVITATION)
    return [
        InvitationRow(item, *_status(item, states.get(item.id, "")), open=item.id in living) for item in invitations
    ]


def _status(invitation: Invitation, mail: str) -> tuple[str, str]:
    if invitation.accepted_at:
        return "Aangenomen", "good"
    if invitation.withdrawn_at:
        return "Ingetrokken", ""
    if mail == State.FAILED:
        return "Mail niet aangekomen", "warn"
    if invitation.expired:
        return "Verlopen", "warn"
    if mail in {State.QUEUED, State.SENDING}:
        return "Mail onderweg", ""
    return "Verstuurd", ""


def known_addresses(organisation: Organisation) -> dict[str, Invitation]:
    """Return, by address in small letters, the invitations here that live or were accepted by who is a member now.

    It looks at what inviters typed alone, never at the addresses of accounts.
    """
    member = Membership.objects.filter(organisation=OuterRef("organisation"), user=OuterRef("accepted_by"))
    found = Invitation.objects.filter(organisation=organisation, withdrawn_at=None).filter(
        Q(accepted_at=None) | Q(Exists(member))
    )
    return {invitation.email.lower(): invitation for invitation in found.select_related("team")}


def join_organisations(user: User, search: str) -> QuerySet[Organisation]:
    """Return the organisations that who opens doors may look up, by a piece of their name or gemeente."""
    found = Organisation.objects.supervised_by(user).annotate(
        bestuurder_count=Count("memberships", filter=Q(memberships__role=Role.BESTUURDER))
    )
    words = one_line(search)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(municipality__icontains=words))
    return found.order_by("name")
