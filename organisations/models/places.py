"""Organisations, their teams, and who belongs where."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from organisations.models.people import ASSOCIATIE_GROUP, NJI_GROUP, ON_ORGANISATION, ON_TEAM, Role, User, in_group

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

SMALLEST_GROUP = 5


def opens_doors(user: User) -> bool:
    """Return whether ``user`` lets organisations in: the NJi-programma and the Associatie do."""
    return in_group(user, NJI_GROUP) or in_group(user, ASSOCIATIE_GROUP)


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """The ways in to organisations."""

    def visible_to(self, user: User) -> OrganisationQuerySet:
        """Organisations that ``user`` is a member of."""
        return self.filter(Exists(Membership.objects.filter(organisation=OuterRef("pk"), user=user)))

    def with_role(self, user: User, *roles: str) -> OrganisationQuerySet:
        """Organisations on which ``user`` holds one of ``roles`` (bestuurder, planner)."""
        return self.filter(Exists(Membership.objects.filter(organisation=OuterRef("pk"), user=user, role__in=roles)))

    def manageable_by(self, user: User) -> OrganisationQuerySet:
        """Organisations whose people ``user`` manages, all of them as bestuurder, or those of the teams they lead."""
        leads = TeamMembership.objects.in_open_teams().filter(
            membership__organisation=OuterRef("pk"), membership__user=user, role=Role.LEIDINGGEVENDE
        )
        runs = Membership.objects.filter(organisation=OuterRef("pk"), user=user, role=Role.BESTUURDER)
        return self.filter(Exists(runs) | Exists(leads))

    def plannable_by(self, user: User) -> OrganisationQuerySet:
        """Organisations where ``user`` plans with whole teams: as bestuurder, planner, or leidinggevende of a team."""
        leads = TeamMembership.objects.in_open_teams().filter(
            membership__organisation=OuterRef("pk"), membership__user=user, role=Role.LEIDINGGEVENDE
        )
        runs = Membership.objects.filter(organisation=OuterRef("pk"), user=user, role__in=ON_ORGANISATION)
        return self.filter(Exists(runs) | Exists(leads))

    def run_by(self, user: User) -> OrganisationQuerySet:
        """Organisations of which ``user`` is a bestuurder."""
        return self.with_role(user, Role.BESTUURDER)

    def supervised_by(self, user: User) -> OrganisationQuerySet:
        """All organisations, for the NJi-programma and the Associatie: they let them in, and replace a bestuurder."""
        return self.all() if opens_doors(user) else self.none()

    def contacted_through(self, user: User) -> OrganisationQuerySet:
        """Organisations where reports about texts come to ``user``: the contact, without one the bestuurders."""
        here = Membership.objects.filter(organisation=OuterRef("pk"))
        no_contact = ~Exists(here.filter(user=OuterRef("contact")))  # none chosen, or one who has left
        return self.visible_to(user).filter(
            Q(contact=user) | Q(no_contact, Exists(here.filter(user=user, role=Role.BESTUURDER)))
        )


class Organisation(models.Model):
    """An organisation of wijkteams."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("naam", max_length=120)
    municipality = models.CharField("gemeente", max_length=120, blank=True)
    smallest_group = models.PositiveSmallIntegerField(
        "kleinste groep",
        default=SMALLEST_GROUP,
        validators=[MinValueValidator(SMALLEST_GROUP)],
        help_text="Waren er minder mensen, dan deelt niemand iets verder zonder ieders ja. Nooit lager dan 5.",
    )
    contact = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="contactpersoon",
        help_text="Krijgt de meldingen over teksten. Leeg: de bestuurders.",
    )
    # Reminders and other mail that can wait keep away from these hours (Amsterdam wall clock) and days.
    quiet_from = models.TimeField("stil vanaf", null=True, blank=True)
    quiet_until = models.TimeField("stil tot", null=True, blank=True)
    quiet_weekends = models.BooleanField("stil in het weekend", default=False)
    # Whether new talks take the organisation's own reminder moments, also when it has none, instead of those of the
    # redactie's templates.
    own_reminders = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    teams: RelatedManager[Team]
    memberships: RelatedManager[Membership]

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "organisatie", "organisaties"
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=Q(smallest_group__gte=SMALLEST_GROUP), name="organisation_smallest_group_at_least_five"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until")),
                name="organisation_quiet_hours_have_two_ends",
                violation_error_message="Vul bij stille uren beide tijden in, en niet twee keer dezelfde.",
            ),
            models.UniqueConstraint(
                Lower("name"),
                name="organisation_name_once",
                violation_error_message="Er is al een organisatie met deze naam.",
            ),
        )

    def __str__(self) -> str:
        return self.name


class TeamQuerySet(models.QuerySet["Team"]):
    """The ways in to teams."""

    def visible_to(self, user: User) -> TeamQuerySet:
        """Teams of the organisations that ``user`` is a member of."""
        return self.filter(Exists(Membership.objects.filter(organisation=OuterRef("organisation"), user=user)))

    def open(self) -> TeamQuerySet:
        """Teams that were not closed."""
        return self.filter(closed_at=None)

    def led_by(self, user: User) -> TeamQuerySet:
        """Teams that ``user`` leads: their "own teams"."""
        return self.open().filter(Exists(_places_in_team(user, Role.LEIDINGGEVENDE)))

    def with_professional(self, user: User) -> TeamQuerySet:
        """Teams in which ``user`` works as a professional."""
        return self.open().filter(Exists(_places_in_team(user, Role.PROFESSIONAL)))

    def plannable_by(self, user: User) -> TeamQuerySet:
        """Teams for which ``user`` may plan a talk with the whole team: led ones, and all as bestuurder or planner."""
        return self._led_or_with_role(user, *ON_ORGANISATION)

    def manageable_by(self, user: User) -> TeamQuerySet:
        """Teams that ``user`` runs, as their leidinggevende or as bestuurder: they sign it up and choose its people."""
        return self._led_or_with_role(user, Role.BESTUURDER)

    def run_by(self, user: User) -> TeamQuerySet:
        """Teams, closed ones too, of which ``user`` is the bestuurder: they name, close and merge them."""
        return self.filter(organisation__in=Organisation.objects.run_by(user))

    def _led_or_with_role(self, user: User, *roles: str) -> TeamQuerySet:
        runs = Membership.objects.filter(organisation=OuterRef("organisation"), user=user, role__in=roles)
        return self.open().filter(Exists(runs) | Exists(_places_in_team(user, Role.LEIDINGGEVENDE)))


def _places_in_team(user: User, role: str) -> models.QuerySet[TeamMembership]:
    return TeamMembership.objects.filter(team=OuterRef("pk"), membership__user=user, role=role)


class Team(models.Model):
    """A wijkteam, part of one organisation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="teams", verbose_name="organisatie"
    )
    name = models.CharField("naam", max_length=120)
    # A closed team keeps its people, so that what they shared with each other stays readable to them, and only them.
    closed_at = models.DateTimeField("gesloten op", null=True, editable=False)
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, editable=False, related_name="+")

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "team", "teams"
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "name"), condition=Q(closed_at=None), name="open_team_name_once"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(closed_at__isnull=False), name="team_merged_is_closed"
            ),
        )

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    """The ways in to who belongs where."""

    def manageable_by(self, user: User) -> MembershipQuerySet:
        """Members whom ``user`` manages: all as bestuurder, those of the own teams as leidinggevende."""
        runs = Membership.objects.filter(organisation=OuterRef("organisation"), user=user, role=Role.BESTUURDER)
        led = TeamMembership.objects.filter(membership=OuterRef("pk"), team__in=Team.objects.led_by(user))
        return self.filter(Exists(runs) | Exists(led))


class Membership(models.Model):
    """That a person belongs to an organisation, and the role they hold on the whole of it, if any."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name="persoon")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships", verbose_name="organisatie"
    )
    role = models.CharField(
        "rol in de organisatie",
        max_length=20,
        blank=True,
        choices=[(role.value, role.label) for role in ON_ORGANISATION],
        help_text="Leeg voor wie alleen in een team een rol heeft.",
    )
    since = models.DateTimeField("sinds", default=timezone.now, editable=False)

    team_memberships: RelatedManager[TeamMembership]

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "lidmaatschap", "lidmaatschappen"
        constraints = (
            models.UniqueConstraint(fields=("user", "organisation"), name="membership_once"),
            models.CheckConstraint(
                condition=Q(role__in=["", *ON_ORGANISATION]), name="membership_role_on_organisation"
            ),
        )
        indexes = (models.Index(fields=("organisation", "role"), name="membership_by_role"),)

    def __str__(self) -> str:
        return f"{self.user} bij {self.organisation}"


class TeamMembershipQuerySet(models.QuerySet["TeamMembership"]):
    """The ways in to places in teams."""

    def in_open_teams(self) -> TeamMembershipQuerySet:
        """Places in teams that were not closed: from the others come no rights but to read what was shared there."""
        return self.filter(team__closed_at=None)


class TeamMembership(models.Model):
    """The one role a member has in a team."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="team_memberships", verbose_name="lidmaatschap"
    )
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="team_memberships")
    role = models.CharField(
        "rol in het team",
        max_length=20,
        choices=[(role.value, role.label) for role in ON_TEAM],
    )
    since = models.DateTimeField("sinds", default=timezone.now, editable=False)

    objects = TeamMembershipQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "rol in een team", "rollen in teams"
        constraints = (
            models.UniqueConstraint(fields=("membership", "team"), name="team_membership_one_role"),
            models.CheckConstraint(condition=Q(role__in=[*ON_TEAM]), name="team_membership_role_on_team"),
        )
        indexes = (models.Index(fields=("team", "role"), name="team_membership_by_role"),)

    def __str__(self) -> str:
        return f"{self.membership.user}, {self.team}"

    def clean(self) -> None:
        """Refuse a team of another organisation than the membership's."""
        if self.team_id and self.membership_id and self.team.organisation_id != self.membership.organisation_id:
            raise ValidationError({"team": "Dit team hoort bij een andere organisatie."})
