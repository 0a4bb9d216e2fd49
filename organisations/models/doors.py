"""How organisations and people come in: a request to join, and invitations by mail."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from organisations.models.people import ON_ORGANISATION, ON_TEAM, Role, User
from organisations.models.places import Membership, Organisation, Team, opens_doors

INVITATION_LASTS = timedelta(days=14)
DOORS_KEPT = timedelta(days=90)  # requests that were declined, and invitations that came to nothing


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    """The ways in to requests."""

    def manageable_by(self, user: User) -> JoinRequestQuerySet:
        """Requests that ``user`` may approve or decline: all, for the NJi-programma and the Associatie."""
        return self.all() if opens_doors(user) else self.none()

    def open(self) -> JoinRequestQuerySet:
        """Requests that nobody decided on."""
        return self.filter(state=JoinRequest.State.OPEN)


class JoinRequest(models.Model):
    """An organisation that asks to take part, as its contact wrote it down on the public form."""

    class State(models.TextChoices):
        OPEN = "open", "Nieuw"
        APPROVED = "approved", "Toegelaten"
        DECLINED = "declined", "Afgewezen"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("naam van de organisatie", max_length=120)
    municipality = models.CharField("gemeente", max_length=120)
    contact_name = models.CharField("je naam", max_length=120)
    contact_email = models.EmailField("je mailadres")
    remark = models.TextField("wil je iets toelichten?", max_length=2_000, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    form_key = models.UUIDField(unique=True, default=uuid.uuid4)
    created_at = models.DateTimeField(default=timezone.now)

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "aanvraag", "aanvragen"
        constraints = (
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="join_request_decided_once",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", organisation__isnull=False) | ~Q(state="approved"),
                name="join_request_approved_has_organisation",
            ),
        )
        indexes = (models.Index("state", F("created_at").desc(), F("id").desc(), name="join_request_newest"),)

    def __str__(self) -> str:
        return self.name


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """The ways in to invitations."""

    def living(self) -> InvitationQuerySet:
        """Invitations that were not accepted or withdrawn; their time may have run out."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def manageable_by(self, user: User) -> InvitationQuerySet:
        """Invitations that ``user`` may see, send again and withdraw: of all as bestuurder, else of the own teams."""
        runs = Membership.objects.filter(organisation=OuterRef("organisation"), user=user, role=Role.BESTUURDER)
        return self.filter(Q(Exists(runs)) | Q(team__in=Team.objects.led_by(user)))


class Invitation(models.Model):
    """A mail that lets one person in, with the name and address that the inviter typed.

    Nothing here tells whether that address has an account. The token of the mail is signed, not stored: it holds the
    id and ``sequence``, so that sending again ends the older link.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("naam", max_length=120)
    email = models.EmailField("mailadres")
    role = models.CharField(
        "rol in de organisatie",
        max_length=20,
        blank=True,
        choices=[(role.value, role.label) for role in ON_ORGANISATION],
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    team_role = models.CharField(
        "rol in het team",
        max_length=20,
        blank=True,
        choices=[(role.value, role.label) for role in ON_TEAM],
    )
    # The bestuurder who is gone, and whose place the invited person takes.
    replaces = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    batch = models.UUIDField(null=True)
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "uitnodiging", "uitnodigingen"
        constraints = (
            models.UniqueConstraint(
                "organisation",
                Lower("email"),
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="invitation_one_living_an_address",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(withdrawn_at=None), name="invitation_accepted_or_withdrawn"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["", *ON_ORGANISATION]), name="invitation_role_on_organisation"
            ),
            models.CheckConstraint(
                condition=Q(team=None, team_role="") | Q(team__isnull=False, team_role__in=[*ON_TEAM]),
                name="invitation_role_on_team",
            ),
        )
        indexes = (
            models.Index("organisation", F("created_at").desc(), F("id").desc(), name="invitation_newest"),
            models.Index(fields=("batch",), name="invitation_by_batch", condition=Q(batch__isnull=False)),
        )

    def __str__(self) -> str:
        return f"uitnodiging {self.id}"

    @property
    def expires_at(self) -> datetime:
        """When its link stops working."""
        return self.sent_at + INVITATION_LASTS

    @property
    def expired(self) -> bool:
        """Whether its time ran out before anybody accepted."""
        return self.expires_at <= timezone.now()

    @property
    def part(self) -> str:
        """What the invited person will be, such as "professional in Team Noord"; "" for just a member."""
        parts = [Role(self.role).in_words] if self.role else []
        if self.team:
            parts.append(f"{Role(self.team_role).in_words} in {self.team.name}")
        return " en ".join(parts)
