"""What stays behind: who changed what, and what somebody who left may still decide."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from organisations.models.people import User
from organisations.models.places import Organisation

DEPARTURE_LASTS = timedelta(days=30)
AUDIT_KEPT = timedelta(days=730)


class Action(models.TextChoices):
    """What was changed in who can see what."""

    ORGANISATION_MADE = "organisation_made", "liet de organisatie toe"
    ORGANISATION_CHANGED = "organisation_changed", "wijzigde de gegevens van de organisatie"
    SMALLEST_GROUP_CHANGED = "smallest_group_changed", "wijzigde de kleinste groep"
    CONTACT_CHANGED = "contact_changed", "koos de contactpersoon voor meldingen"
    INVITED = "invited", "nodigde uit"
    IMPORTED = "imported", "nodigde uit met een bestand"
    INVITED_AGAIN = "invited_again", "stuurde de uitnodiging opnieuw"
    INVITATION_WITHDRAWN = "invitation_withdrawn", "trok de uitnodiging in"
    JOINED = "joined", "nam de uitnodiging aan"
    ROLE_CHANGED = "role_changed", "wijzigde de rol in de organisatie"
    TEAM_ENTERED = "team_entered", "plaatste in een team"
    TEAM_LEFT = "team_left", "haalde uit een team"
    TEAM_ROLE_CHANGED = "team_role_changed", "wijzigde de rol in een team"
    LEFT = "left", "vertrok"
    REMOVED = "removed", "haalde uit de organisatie"
    REPLACED = "replaced", "verving een bestuurder"
    TEAM_MADE = "team_made", "maakte een team"
    TEAM_RENAMED = "team_renamed", "gaf een team een andere naam"
    TEAM_CLOSED = "team_closed", "sloot een team"
    TEAM_MERGED = "team_merged", "voegde een team samen met een ander"
    EXPORTED = "exported", "haalde de ledenlijst op"
    TEXT_HIDDEN = "text_hidden", "verborg een tekst na een melding"
    TEXT_SHOWN = "text_shown", "toonde een verborgen tekst weer"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """The ways in to the trail."""

    def visible_to(self, user: User) -> AuditEntryQuerySet:
        """The trail of the organisations of which ``user`` is a bestuurder."""
        return self.filter(organisation__in=Organisation.objects.run_by(user))


class AuditEntry(models.Model):
    """One change in who can see what: who did it, to whom, and when. Never what anybody wrote.

    Names are kept as they were then, as the organisation knew them. It is written once, by
    ``organisations.domain.audit.note``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    action = models.CharField(max_length=30, choices=Action.choices)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=120)
    about = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    about_name = models.CharField(max_length=120, blank=True)
    team_name = models.CharField(max_length=120, blank=True)
    detail = models.CharField(max_length=200, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "wijziging", "wijzigingen"
        constraints = (models.CheckConstraint(condition=Q(action__in=Action.values), name="audit_entry_action_known"),)
        indexes = (models.Index("organisation", F("at").desc(), F("id").desc(), name="audit_entry_newest"),)

    def __str__(self) -> str:
        return f"{self.action} {self.id}"


class DepartureQuerySet(models.QuerySet["Departure"]):
    """The ways in to departures."""

    def own(self, user: User) -> DepartureQuerySet:
        """Departures of ``user``; nobody else sees them."""
        return self.filter(user=user)

    def open_to(self, user: User) -> DepartureQuerySet:
        """Departures of ``user`` about which they can still decide."""
        return self.filter(user=user, settled_at=None, until__gt=timezone.now())

    def due(self) -> DepartureQuerySet:
        """Departures whose 30 days are over and whose rest is still to be settled."""
        return self.filter(settled_at=None, until__lte=timezone.now())


class Departure(models.Model):
    """That somebody left an organisation, and until when they decide what becomes of what they wrote there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    objects = DepartureQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "vertrek", "vertrekken"
        constraints = (
            models.UniqueConstraint(
                fields=("user", "organisation"), condition=Q(settled_at=None), name="departure_one_open"
            ),
            models.CheckConstraint(condition=Q(until__gt=F("left_at")), name="departure_ends_later"),
        )
        indexes = (models.Index(fields=("until",), name="departure_due", condition=Q(settled_at=None)),)

    def __str__(self) -> str:
        return f"vertrek {self.id}"
