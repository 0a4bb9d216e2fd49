"""An edition ("Versie 1"): the whole that all content belongs to."""

from __future__ import annotations

from typing import Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from content.models.base import ONE_A_LINE, Content, lines
from content.models.prose import ProseField
from organisations.models import User

M = TypeVar("M", bound=models.Model)


class EditionState(models.TextChoices):
    """Where an edition stands; ``content.domain.publish_edition`` moves it."""

    DRAFT = "draft", "concept"
    PUBLISHED = "published", "gepubliceerd"
    ARCHIVED = "archived", "gearchiveerd"


class EditionQuerySet(models.QuerySet["Edition"]):
    """The way in to editions."""

    def published(self) -> Self:
        """Only the edition that everybody sees; there is at most one."""
        return self.filter(state=EditionState.PUBLISHED)


class Edition(Content):
    """One version of the whole: what it is called, where it came from, and whether it is on show."""

    name = models.CharField("naam", max_length=60, unique=True, help_text="Bijvoorbeeld: Versie 1.")
    phase = models.CharField("fase", max_length=60, blank=True, help_text="Bijvoorbeeld: fase 1.")
    dated = models.CharField("van wanneer", max_length=60, blank=True, help_text="Bijvoorbeeld: februari 2024.")
    state = models.CharField(
        "stand", max_length=10, choices=EditionState.choices, default=EditionState.DRAFT, editable=False
    )
    published_at = models.DateTimeField("gepubliceerd op", null=True, blank=True, editable=False)
    # When it comes on show by itself, who wanted that, and why it did not happen.
    planned_for = models.DateTimeField("gepland voor", null=True, blank=True, editable=False, db_index=True)
    planned_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="gepland door",
    )
    note = models.TextField("melding", blank=True, editable=False)
    own_wording = models.BooleanField(
        "woorden van dit platform",
        default=True,
        help_text=(
            "Aan: elke pagina zegt dat de woorden van dit platform zijn. Zet dit uit als de officiële tekst erin staat."
        ),
    )

    title = models.CharField("titel", max_length=200)
    subtitle = models.CharField("ondertitel", max_length=200, blank=True)
    intro = ProseField("waar het over gaat", blank=True)
    basis_title = models.CharField("basis", max_length=200, blank=True, help_text="Waar deze uitgave op rust.")
    basis_url = models.URLField("adres van de basis", blank=True)
    period = models.CharField("periode", max_length=80, blank=True)
    activities = models.TextField("activiteiten", blank=True, help_text=ONE_A_LINE)
    organisations = models.TextField("deelnemende organisaties", blank=True, help_text=ONE_A_LINE)
    authors = models.TextField("auteurs", blank=True, help_text=ONE_A_LINE)
    signed = models.CharField(
        "gedateerd", max_length=80, blank=True, help_text="De datum die onder het document staat."
    )
    outlook = models.TextField("vooruitblik", blank=True, help_text=f"Waar het nawoord naar vooruitkijkt. {ONE_A_LINE}")
    afterword = ProseField("nawoord", blank=True)
    sharing_day = models.CharField(
        "dag waarop teams delen",
        max_length=120,
        default="Dag van de Wijkteams",
        help_text="Waar teams met een begeleid dagdeel hun ervaring delen. Zet er het jaar bij als dat vaststaat.",
    )

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "uitgave", "uitgaven"
        ordering = ("-published_at", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("state",), condition=Q(state=EditionState.PUBLISHED), name="edition_one_published"
            ),
            models.CheckConstraint(
                condition=Q(state=EditionState.DRAFT, published_at=None)
                | Q(state__in=[EditionState.PUBLISHED, EditionState.ARCHIVED], published_at__isnull=False),
                name="edition_published_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(planned_for=None) | ~Q(state=EditionState.PUBLISHED),
                name="edition_published_is_not_planned",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a name that only its capitals tell from another."""
        if taken := Edition.objects.filter(name__iexact=self.name).exclude(pk=self.pk).first():
            raise ValidationError({"name": taken.name_taken})

    @property
    def name_taken(self) -> str:
        """Return the sentence for who wants to give this name again."""
        return f"Er is al een uitgave met de naam {self.name}. Kies een andere naam."

    @property
    def label(self) -> str:
        """Return name, phase and date as one line."""
        return " · ".join(part for part in (self.name, self.phase, self.dated) if part)

    @property
    def activity_list(self) -> list[str]:
        """Return how the edition came about, step by step."""
        return lines(self.activities)

    @property
    def organisation_list(self) -> list[str]:
        """Return the organisations that took part."""
        return lines(self.organisations)

    @property
    def author_list(self) -> list[str]:
        """Return who wrote it."""
        return lines(self.authors)

    @property
    def outlook_list(self) -> list[str]:
        """Return what the afterword looks ahead to."""
        return lines(self.outlook)


class OfEditionQuerySet(models.QuerySet[M]):
    """The way in to what belongs to an edition."""

    def published(self) -> Self:
        """Only what belongs to the edition that everybody sees."""
        return self.filter(edition__state=EditionState.PUBLISHED)


def edition_key(related_name: str) -> models.ForeignKey[Edition, Edition]:
    """Return the column for the edition that content belongs to; an edition with content cannot be deleted."""
    return models.ForeignKey(Edition, on_delete=models.PROTECT, related_name=related_name, verbose_name="uitgave")
