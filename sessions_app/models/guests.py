"""What people from outside say about the vak: a link with an end date, and the sheets that guests sent in."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core import signing
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from content.models import Edition, Kind, RuleOfThumb, Theme
from lerend.crypto import EncryptedTextField
from organisations.models import (
    NJI_GROUP,
    SMALLEST_GROUP,
    Membership,
    Organisation,
    Role,
    Team,
    TeamMembership,
    User,
    in_group,
)
from sessions_app.models.pilot import PilotAward

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

GUEST_SHEETS_KEPT = timedelta(days=365)  # after the end of the link
MOST_SHEETS = 200  # a link
LONGEST_LINK = 90  # days

_SALT = "sessions_app.guest_sheet"


def hashed(token: str) -> str:
    """Return what is stored of the token of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


class GuestAbout(models.TextChoices):
    """What guests are asked about; the words are those of the kind of talk that goes with it."""

    WOLKJES = Kind.WOLKJES.value, "De wolkjes"
    VUISTREGELS = Kind.VUISTREGELS.value, "De vuistregels"


class GuestKind(models.TextChoices):
    """From where a guest looks at the vak."""

    PARTNER = "partner", "Ik werk bij een partner van het wijkteam"
    GEMEENTE = "gemeente", "Ik werk bij de gemeente"
    OMSTANDER = "omstander", "Ik ken het wijkteam van dichtbij"
    INWONER = "inwoner", "Ik woon hier"
    ANDERS = "anders", "Anders"


class GuestLinkQuerySet(models.QuerySet["GuestLink"]):
    """The ways in to links."""

    def by_token(self, token: str) -> GuestLink:
        """Return the link that ``token`` opens, ended or not; raises GuestLink.DoesNotExist for any other."""
        found = self.select_related("organisation", "team", "edition")
        return found.get(token_hash=hashed(token))

    def running(self) -> GuestLinkQuerySet:
        """Links that guests can still answer."""
        return self.filter(ends_at__gt=timezone.now(), revoked_at=None)

    def over(self) -> GuestLinkQuerySet:
        """Links that guests can answer no more, so that what they said can be read."""
        return self.filter(Q(ends_at__lte=timezone.now()) | Q(revoked_at__isnull=False))

    def visible_to(self, user: User) -> GuestLinkQuerySet:
        """Links whose answers ``user`` may read: of a team its people, of an organisation its members.

        A planner as such reads nothing.
        """
        in_team = TeamMembership.objects.filter(team=OuterRef("team"), membership__user=user)
        somewhere = TeamMembership.objects.in_open_teams().filter(membership=OuterRef("pk"))
        member = Membership.objects.filter(organisation=OuterRef("organisation"), user=user).filter(
            ~Q(role=Role.PLANNER) | Exists(somewhere)
        )
        return self.filter(Q(Exists(in_team)) | Q(Exists(member), team=None))

    def manageable_by(self, user: User) -> GuestLinkQuerySet:
        """Links that ``user`` may renew and end: who may plan a talk about the same thing there."""
        runs = Membership.objects.filter(
            organisation=OuterRef("organisation"), user=user, role__in=[Role.BESTUURDER, Role.PLANNER]
        )
        ways = Q(Exists(runs)) | Q(team__in=Team.objects.led_by(user))
        if in_group(user, NJI_GROUP):
            ways |= Q(Exists(PilotAward.objects.filter(signup__team=OuterRef("team"))))
        return self.filter(ways)

    def hideable_by(self, user: User) -> GuestLinkQuerySet:
        """Links of which ``user`` may hide texts: a reader who is the contact, or leads the team that was answered."""
        contact = Q(organisation__in=Organisation.objects.contacted_through(user))
        return self.visible_to(user).filter(contact | Q(team__in=Team.objects.led_by(user)))

    def due(self) -> GuestLinkQuerySet:
        """Links that ended so long ago that they go, with all that guests wrote."""
        before = timezone.now() - GUEST_SHEETS_KEPT
        return self.filter(Q(ends_at__lte=before) | Q(revoked_at__lte=before))


class GuestLink(models.Model):
    """A question to people from outside, of a team or of a whole organisation, until a day.

    The token is shown once, to who made it; only its hash is here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    about = models.CharField(max_length=12, choices=GuestAbout.choices)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    smallest_group = models.PositiveSmallIntegerField()  # guests read this on their page: it does not change after
    introduction = EncryptedTextField()
    created_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    form_key = models.UUIDField(default=uuid.uuid4, unique=True)

    sheets: RelatedManager[GuestSheet]

    objects = GuestLinkQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "vraag aan gasten", "vragen aan gasten"
        constraints = (
            models.CheckConstraint(condition=Q(about__in=GuestAbout.values), name="guest_link_about_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("created_at")), name="guest_link_ends_later"),
            models.CheckConstraint(
                condition=Q(smallest_group__gte=SMALLEST_GROUP), name="guest_link_smallest_group_at_least_five"
            ),
        )
        indexes = (
            models.Index(
                F("organisation"), F("team"), F("created_at").desc(), F("id").desc(), name="guest_link_newest"
            ),
            models.Index(fields=("ends_at",), name="guest_link_by_end"),
        )

    def __str__(self) -> str:
        return f"vraag aan gasten {self.id}"

    @property
    def ended(self) -> bool:
        """Whether guests can answer no more."""
        return self.revoked_at is not None or self.ends_at <= timezone.now()

    @property
    def last_moment(self) -> datetime:
        """Return the moment before which guests answer: it lies on the last day."""
        return self.ends_at - timedelta(minutes=1)

    @property
    def who(self) -> str:
        """Return the name of who asks. Needs ``organisation`` and ``team``."""
        return f"{self.team.name} van {self.organisation.name}" if self.team else self.organisation.name


class GuestSheetQuerySet(models.QuerySet["GuestSheet"]):
    """The ways in to sheets."""

    def by_token(self, token: str) -> GuestSheet:
        """Return the sheet that ``token`` gives back to its guest; raises GuestSheet.DoesNotExist for any other."""
        try:
            found = uuid.UUID(signing.Signer(salt=_SALT).unsign(token))
        except (signing.BadSignature, ValueError):
            raise GuestSheet.DoesNotExist from None
        return self.select_related("link__organisation", "link__team").get(id=found)


class GuestSheet(models.Model):
    """What one guest sent in at once: no name, no address, no moment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    link = models.ForeignKey(GuestLink, on_delete=models.CASCADE, related_name="sheets")
    kind = models.CharField(max_length=12, choices=GuestKind.choices, blank=True)
    # Whether the guest lets their words be read where fewer than k guests answered, with from where they look.
    alone = models.BooleanField(default=False)
    form_key = models.UUIDField(unique=True)

    answers: RelatedManager[GuestAnswer]

    objects = GuestSheetQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "antwoord van een gast", "antwoorden van gasten"
        constraints = (models.CheckConstraint(condition=Q(kind__in=["", *GuestKind.values]), name="guest_kind_known"),)

    def __str__(self) -> str:
        return f"antwoord van een gast {self.id}"

    @property
    def token(self) -> str:
        """Return the signed token with which its guest takes it back; it stands nowhere else."""
        return signing.Signer(salt=_SALT).sign(self.id.hex)


class GuestSays(models.TextChoices):
    """Whether a guest recognises a wolkje or a vuistregel."""

    YES = "ja", "Ja"
    SOMETIMES = "soms", "Soms"
    OTHER = "anders", "Ik zie het anders"
    NO = "nee", "Nee"
    UNKNOWN = "weet_niet", "Weet ik niet"


class GuestAnswer(models.Model):
    """What a guest said about one wolkje or vuistregel, or (without either) about the vak as a whole."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sheet = models.ForeignKey(GuestSheet, on_delete=models.CASCADE, related_name="answers")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, null=True, related_name="+")
    rule = models.ForeignKey(RuleOfThumb, on_delete=models.PROTECT, null=True, related_name="+")
    says = models.CharField(max_length=10, choices=GuestSays.choices, blank=True)
    live = models.BooleanField(default=False)
    text = EncryptedTextField(null=True)
    hidden_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = "woorden van een gast", "woorden van gasten"
        constraints = (
            models.CheckConstraint(condition=Q(theme=None) | Q(rule=None), name="guest_answer_one_anchor"),
            models.CheckConstraint(condition=Q(says__in=["", *GuestSays.values]), name="guest_answer_says_known"),
            models.UniqueConstraint(
                fields=("sheet", "theme", "rule"), nulls_distinct=False, name="guest_answer_once_a_sheet"
            ),
        )

    def __str__(self) -> str:
        return f"woorden van een gast {self.id}"
