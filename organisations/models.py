"""People, organisations, teams, and the roles that hold there."""

from __future__ import annotations

import unicodedata
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

NJI_GROUP, ASSOCIATIE_GROUP, REDACTIE_GROUP = "NJi-programma", "Associatie", "redactie"
SMALLEST_GROUP = 5


def sort_key(name: str) -> str:
    """Return ``name`` without accents and capitals, the way Dutch lists are ordered."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))[:200]


class Role(models.TextChoices):
    """What somebody does, where it holds: the first two on an organisation, the others on a team."""

    BESTUURDER = "bestuurder", "Bestuurder"
    PLANNER = "planner", "Planner"
    LEIDINGGEVENDE = "leidinggevende", "Leidinggevende"
    PROFESSIONAL = "professional", "Professional"


class UserManager(BaseUserManager["User"]):
    """Makes people; the mail address is what they sign in with."""

    def create_user(self, email: str, name: str, password: str | None = None, **fields: Any) -> User:
        """Return a new person; without a password they sign in by a code by mail."""
        user = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, name: str, password: str | None = None, **fields: Any) -> User:
        """Return a new person who may do all in the admin (and still reads no contribution)."""
        return self.create_user(email, name, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a person by mail address, capitals aside."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account, in any number of organisations."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("mailadres", unique=True)
    name = models.CharField("naam", max_length=120, help_text="Zo zien collega's je.")
    name_sorted = models.CharField(max_length=200, editable=False, db_index=True)
    is_active = models.BooleanField("actief", default=True)
    is_staff = models.BooleanField("mag in het beheer", default=False)
    date_joined = models.DateTimeField("sinds", default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name, verbose_name_plural = "persoon", "personen"
        ordering = ("name_sorted", "id")
        constraints = (models.UniqueConstraint(Lower("email"), name="user_email_once"),)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the address in small letters and the sort column in step with the name."""
        self.email = self.email.lower()
        self.name_sorted = sort_key(self.name)
        if (fields := kwargs.get("update_fields")) and "name" in fields:
            kwargs["update_fields"] = {*fields, "name_sorted"}
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        """Return the display name."""
        return self.name

    def get_short_name(self) -> str:
        """Return the first word of the display name, to say hello with."""
        return self.name.split()[0] if self.name.split() else self.name

    @property
    def initials(self) -> str:
        """Return the first letters of the first and last word, for the round badge."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """The ways in to organisations."""

    def visible_to(self, user: User) -> OrganisationQuerySet:
        """Organisations that ``user`` is a member of."""
        return self.filter(Exists(Membership.objects.filter(organisation=OuterRef("pk"), user=user)))

    def with_role(self, user: User, *roles: str) -> OrganisationQuerySet:
        """Organisations on which ``user`` holds one of ``roles`` (bestuurder, planner)."""
        return self.filter(Exists(Membership.objects.filter(organisation=OuterRef("pk"), user=user, role__in=roles)))

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
    name = models.CharField("naam", max_length=120, unique=True)
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
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "organisatie", "organisaties"
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=Q(smallest_group__gte=SMALLEST_GROUP), name="organisation_smallest_group_at_least_five"
            ),
        )

    def __str__(self) -> str:
        return self.name


class TeamQuerySet(models.QuerySet["Team"]):
    """The ways in to teams."""

    def visible_to(self, user: User) -> TeamQuerySet:
        """Teams of the organisations that ``user`` is a member of."""
        return self.filter(Exists(Membership.objects.filter(organisation=OuterRef("organisation"), user=user)))

    def led_by(self, user: User) -> TeamQuerySet:
        """Teams that ``user`` leads: their "own teams"."""
        return self.filter(
            Exists(TeamMembership.objects.filter(team=OuterRef("pk"), membership__user=user, role=Role.LEIDINGGEVENDE))
        )

    def with_professional(self, user: User) -> TeamQuerySet:
        """Teams in which ``user`` works as a professional."""
        return self.filter(
            Exists(TeamMembership.objects.filter(team=OuterRef("pk"), membership__user=user, role=Role.PROFESSIONAL))
        )

    def plannable_by(self, user: User) -> TeamQuerySet:
        """Teams for which ``user`` may plan a talk with the whole team: led ones, and all as bestuurder or planner."""
        runs = Membership.objects.filter(
            organisation=OuterRef("organisation"), user=user, role__in=[Role.BESTUURDER, Role.PLANNER]
        )
        leads = TeamMembership.objects.filter(team=OuterRef("pk"), membership__user=user, role=Role.LEIDINGGEVENDE)
        return self.filter(Exists(runs) | Exists(leads))

    def manageable_by(self, user: User) -> TeamQuerySet:
        """Teams that ``user`` runs, as their leidinggevende or as bestuurder: such a person signs a team up."""
        runs = Membership.objects.filter(organisation=OuterRef("organisation"), user=user, role=Role.BESTUURDER)
        leads = TeamMembership.objects.filter(team=OuterRef("pk"), membership__user=user, role=Role.LEIDINGGEVENDE)
        return self.filter(Exists(runs) | Exists(leads))


class Team(models.Model):
    """A wijkteam, part of one organisation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="teams", verbose_name="organisatie"
    )
    name = models.CharField("naam", max_length=120)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "team", "teams"
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("organisation", "name"), name="team_name_once"),)

    def __str__(self) -> str:
        return self.name


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
        choices=[(Role.BESTUURDER.value, Role.BESTUURDER.label), (Role.PLANNER.value, Role.PLANNER.label)],
        help_text="Leeg voor wie alleen in een team een rol heeft.",
    )
    since = models.DateTimeField("sinds", default=timezone.now, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = "lidmaatschap", "lidmaatschappen"
        constraints = (
            models.UniqueConstraint(fields=("user", "organisation"), name="membership_once"),
            models.CheckConstraint(
                condition=Q(role__in=["", Role.BESTUURDER, Role.PLANNER]), name="membership_role_on_organisation"
            ),
        )
        indexes = (models.Index(fields=("organisation", "role"), name="membership_by_role"),)

    def __str__(self) -> str:
        return f"{self.user} bij {self.organisation}"


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
        choices=[
            (Role.LEIDINGGEVENDE.value, Role.LEIDINGGEVENDE.label),
            (Role.PROFESSIONAL.value, Role.PROFESSIONAL.label),
        ],
    )
    since = models.DateTimeField("sinds", default=timezone.now, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = "rol in een team", "rollen in teams"
        constraints = (
            models.UniqueConstraint(fields=("membership", "team"), name="team_membership_one_role"),
            models.CheckConstraint(
                condition=Q(role__in=[Role.LEIDINGGEVENDE, Role.PROFESSIONAL]), name="team_membership_role_on_team"
            ),
        )
        indexes = (models.Index(fields=("team", "role"), name="team_membership_by_role"),)

    def __str__(self) -> str:
        return f"{self.membership.user}, {self.team}"

    def clean(self) -> None:
        """Refuse a team of another organisation than the membership's."""
        from django.core.exceptions import ValidationError

        if self.team_id and self.membership_id and self.team.organisation_id != self.membership.organisation_id:
            raise ValidationError({"team": "Dit team hoort bij een andere organisatie."})
