"""Who may plan which talk with whom: the permission table of planning, written once.

Source for the kinds of talk: "Mogelijkheden voor gebruik" with the questions, the picture of the vak, the rules of
thumb and the programme. Roles are the platform's own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from content.models import Kind
from organisations.models import (
    ASSOCIATIE_GROUP,
    NJI_GROUP,
    Membership,
    Organisation,
    Role,
    Team,
    TeamMembership,
    User,
    in_group,
)
from sessions_app.models import Part, Participant, PilotAward
from sessions_app.models.session import INTIMATE

GONE = "Dit sjabloon is weggelegd, of er niet meer. Kies een ander."
ONE_ON_ONE = frozenset({Kind.INTERVIEW, Kind.INWERK, Kind.BESTUURDER, Kind.LEIDINGGEVENDE, Kind.KAARTEN})
WITH_TEAM = frozenset({Kind.TEAMDAGDEEL, Kind.VUISTREGELS, Kind.WOLKJES})
ASKING_A_LEADER = frozenset({Kind.BESTUURDER, Kind.LEIDINGGEVENDE, Kind.KAARTEN})


@dataclass(frozen=True)
class Standing:
    """What one person may plan in one organisation."""

    user: User
    organisation: Organisation

    @cached_property
    def role(self) -> str | None:
        """The role on the organisation ("" for none); None for somebody who is no member."""
        found = Membership.objects.filter(user=self.user, organisation=self.organisation)
        return found.values_list("role", flat=True).first()

    @cached_property
    def _team_roles(self) -> list[tuple[UUID, str]]:
        return list(
            TeamMembership.objects.in_open_teams()
            .filter(membership__user=self.user, team__organisation=self.organisation)
            .values_list("team_id", "role")
        )

    @property
    def leads(self) -> list[UUID]:
        """The own teams: those the person leads."""
        return [team for team, role in self._team_roles if role == Role.LEIDINGGEVENDE]

    @property
    def works_in(self) -> list[UUID]:
        """The teams in which the person is a professional."""
        return [team for team, role in self._team_roles if role == Role.PROFESSIONAL]

    @property
    def runs(self) -> bool:
        """Whether the person plans for the whole organisation: as bestuurder or planner."""
        return self.role in {Role.BESTUURDER, Role.PLANNER}

    @cached_property
    def supports(self) -> list[UUID]:
        """The teams here that the NJi-programma supports, for who is in it."""
        if not in_group(self.user, NJI_GROUP):
            return []
        awards = PilotAward.objects.filter(signup__team__organisation=self.organisation)
        return list(awards.values_list("signup__team_id", flat=True))

    @property
    def audits(self) -> bool:
        """Whether the person brings teams of several organisations together, for the Associatie."""
        return in_group(self.user, ASSOCIATIE_GROUP)

    @property
    def kinds(self) -> set[str]:
        """The kinds of talk that the person may plan here."""
        kinds: set[str] = set()
        if self.role is not None:
            kinds |= {Kind.INTERVIEW, Kind.INWERK, *ASKING_A_LEADER}
        if self.runs or self.leads or self.supports:
            kinds |= WITH_TEAM
        if self.runs or self.supports:
            kinds.add(Kind.ORGANISATIEDAGDEEL)
        if self.runs or len(self.leads) > 1 or self.audits:
            kinds.add(Kind.AUDIT)
        return kinds

    def may_stay_out(self, kind: str) -> bool:
        """Whether the person may plan this kind without taking part themselves."""
        if kind in ONE_ON_ONE:
            return self.runs
        return True

    def people(self, kind: str) -> QuerySet[Membership]:
        """The members whom the person may invite to this kind of talk, themselves left out."""
        members = Membership.objects.filter(organisation=self.organisation).exclude(user=self.user)
        in_teams = TeamMembership.objects.filter(membership=OuterRef("pk"))
        own_team = Q(Exists(in_teams.filter(team__in=self.leads)))
        own_leader = Q(Exists(in_teams.filter(team__in=self.works_in, role=Role.LEIDINGGEVENDE)))
        bestuurder = Q(role=Role.BESTUURDER)
        if self.role is None or kind not in self.kinds or kind == Kind.AUDIT:
            return members.none()
        if self.runs or kind in {Kind.INTERVIEW, Kind.INWERK}:
            return members
        if kind == Kind.BESTUURDER:
            return members.filter(bestuurder)
        if kind == Kind.LEIDINGGEVENDE:
            return members.filter(own_team | own_leader)
        if kind == Kind.KAARTEN:
            return members.filter(own_team | own_leader | bestuurder)
        return members.filter(own_team | bestuurder)

    def teams(self, kind: str) -> QuerySet[Team]:
        """The teams that the person may invite as a whole to this kind of talk."""
        teams = Team.objects.open().select_related("organisation")
        here = teams.filter(organisation=self.organisation)
        if kind not in self.kinds or kind in ONE_ON_ONE:
            return teams.none()
        if kind == Kind.AUDIT:
            if self.audits:
                return teams.all()
            both = Organisation.objects.with_role(self.user, Role.BESTUURDER, Role.PLANNER)
            return teams.filter(organisation__in=both) if self.runs else here.filter(id__in=self.leads)
        if self.runs:
            return here
        if kind == Kind.ORGANISATIEDAGDEEL:
            return here if self.supports else here.none()
        return here.filter(id__in=[*self.leads, *self.supports])

    def largest(self, kind: str) -> int | None:
        """How many people such a talk has at most, the planner counted when they take part; None for no limit."""
        return INTIMATE if kind in ONE_ON_ONE else None


def organisations_to_plan_in(user: User) -> QuerySet[Organisation]:
    """Organisations in which ``user`` may plan at least one kind of talk."""
    member = Membership.objects.filter(organisation=OuterRef("pk"), user=user)
    ways = Q(Exists(member))
    if in_group(user, NJI_GROUP):
        ways |= Q(Exists(PilotAward.objects.filter(signup__team__organisation=OuterRef("pk"))))
    if in_group(user, ASSOCIATIE_GROUP):
        ways |= Q(Exists(Team.objects.open().filter(organisation=OuterRef("pk"))))
    return Organisation.objects.filter(ways)


def leaders_in(organisations: Collection[UUID | None], users: Collection[UUID]) -> set[UUID]:
    """Return which of ``users`` are a bestuurder or a leidinggevende in one of ``organisations``."""
    places = Membership.objects.filter(user__in=users, organisation__in=organisations)
    leading = TeamMembership.objects.in_open_teams().filter(membership=OuterRef("pk"), role=Role.LEIDINGGEVENDE)
    return set(places.filter(Q(role=Role.BESTUURDER) | Exists(leading)).values_list("user_id", flat=True))


def bestuurders_in(organisation: Organisation, users: Collection[UUID]) -> set[UUID]:
    """Return which of ``users`` are a bestuurder of ``organisation``."""
    found = Membership.objects.filter(organisation=organisation, user__in=users, role=Role.BESTUURDER)
    return set(found.values_list("user_id", flat=True))


@dataclass(frozen=True)
class Lack:
    """Why a talk cannot be held with these people, and what to choose."""

    why: str
    choose: str


def lack_of(
    kind: str, participants: Collection[Participant], *, leaders: Collection[UUID], bestuurders: Collection[UUID]
) -> Lack | None:
    """Return whom a talk of this kind lacks to be held with ``participants``, if anybody.

    ``leaders`` and ``bestuurders`` are who of them lead where they take part; the first is looked at only for a kind of
    talk ``ASKING_A_LEADER``, the second for one with a bestuurder.
    """
    people = [person for person in participants if person.part != Part.GUIDE]
    users = {person.user_id for person in participants}
    if len(people) < 2:
        return Lack("Een gesprek voer je met iemand.", "Kies ten minste één persoon of team.")
    if kind == Kind.AUDIT and len({person.team_id for person in people if person.team_id}) < 2:
        return Lack("In een audit ontmoeten teams elkaar.", "Kies ten minste twee teams.")
    if kind in ASKING_A_LEADER and not users & set(leaders):
        return Lack("Bij dit gesprek hoort een leidinggevende of bestuurder.", "Kies er een.")
    if kind == Kind.BESTUURDER and not users & set(bestuurders):
        return Lack("Bij dit gesprek hoort een bestuurder.", "Kies er een.")
    return None
