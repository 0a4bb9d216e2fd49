"""The five means of an edition: questions, wolkjes, vuistregels, the song, the programme of a dagdeel."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject

from content.models.base import (
    ONE_A_LINE,
    Content,
    Numbered,
    counts_from_one,
    lines,
    minutes_field,
    minutes_within_a_day,
)
from content.models.edition import OfEditionQuerySet, edition_key
from content.models.prose import ProseField

COLOURS = 7
LONGEST_ON_A_CARD = 1_200


class MeansKind(models.TextChoices):
    """The five means; an edition has each at most once."""

    VRAGEN = "vragen", "de vragen"
    WOLKJES = "wolkjes", "de wolkjes"
    VUISTREGELS = "vuistregels", "de vuistregels"
    LIED = "lied", "het lied"
    DAGDEEL = "dagdeel", "het dagdeel"


class MeansQuerySet(OfEditionQuerySet["Means"]):
    """The way in to the means."""

    def with_uses(self) -> Self:
        """Each means with ``use_list``: its uses in order, as dictionaries, in the same query."""
        uses = Use.objects.filter(means=OuterRef("pk")).order_by("number")
        return self.annotate(
            use_list=ArraySubquery(uses.values(row=JSONObject(number="number", title="title", text="text")))
        )


class Means(Numbered):
    """One of the five means: how it is introduced, and what support there is."""

    edition = edition_key("means")
    kind = models.CharField("soort", max_length=12, choices=MeansKind.choices)
    name = models.CharField("korte naam", max_length=60, help_text="Bijvoorbeeld: De vragen.")
    summary = models.CharField("in één zin", max_length=200, help_text="Staat op het overzicht van de vijf middelen.")
    title = models.CharField("titel", max_length=200, help_text="Zoals het hoofdstuk heet.")
    subtitle = models.CharField("ondertitel", max_length=200, blank=True)
    lead = ProseField("inleiding", blank=True)
    support = ProseField("ondersteuning", blank=True, help_text="Wie kan helpen, en hoe.")

    objects = MeansQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "middel", "middelen"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("edition", "kind"), name="means_kind_once"),
            models.UniqueConstraint(fields=("edition", "number"), name="means_number_once"),
            models.CheckConstraint(condition=Q(kind__in=MeansKind.values), name="means_kind_known"),
            counts_from_one("means_number_from_one"),
        )

    def __str__(self) -> str:
        return self.name


class Use(Numbered):
    """A way to use one of the means."""

    means = models.ForeignKey(Means, on_delete=models.CASCADE, related_name="uses", verbose_name="middel")
    title = models.CharField("titel", max_length=120)
    text = ProseField("uitleg")

    class Meta:
        verbose_name, verbose_name_plural = "gebruik", "manieren van gebruik"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("means", "number"), name="use_number_once"),
            counts_from_one("use_number_from_one"),
        )

    def __str__(self) -> str:
        return self.title


class QuestionCard(Numbered):
    """A card with a question, under the heading of its group."""

    edition = edition_key("cards")
    heading = models.CharField(
        "kop van de groep", max_length=200, blank=True, help_text="Kaarten na elkaar met dezelfde kop staan bij elkaar."
    )
    title = models.CharField("titel", max_length=200)
    text = ProseField("vraag", longest=LONGEST_ON_A_CARD)
    follow_up = models.TextField("doorvragen", blank=True, help_text=f"Vragen om verder te komen. {ONE_A_LINE}")
    only_if_needed = models.BooleanField("alleen als dat nodig is", default=False)

    objects = OfEditionQuerySet["QuestionCard"].as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "vragenkaart", "vragenkaarten"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("edition", "number"), name="card_number_once"),
            counts_from_one("card_number_from_one"),
        )

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def follow_up_list(self) -> list[str]:
        """Return the questions to ask on with."""
        return lines(self.follow_up)

    @property
    def group(self) -> str:
        """Return what tells groups apart: the heading's letters.

        Two cards of one group may set their quotation marks differently.
        """
        return "".join(filter(str.isalpha, self.heading.casefold()))


class Theme(Numbered):
    """A wolkje (without a parent), or a part of one."""

    edition = edition_key("themes")
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name="onderdeel van",
        limit_choices_to={"parent": None},
        help_text="Leeg voor een wolkje zelf.",
    )
    slug = models.SlugField("adres", max_length=60, help_text="Het laatste stuk van het webadres.")
    title = models.CharField("titel", max_length=120)
    summary = models.CharField("in één zin", max_length=200, blank=True)
    text = ProseField("tekst")
    points = models.TextField("punten", blank=True, help_text=ONE_A_LINE)
    open_questions = models.TextField(
        "open vragen", blank=True, help_text=f"Wat nog niet is uitgemaakt, als vraag. {ONE_A_LINE}"
    )
    runs_through_all = models.BooleanField(
        "loopt door alle wolkjes heen", default=False, help_text="Staat op het overzicht als de rode lijn."
    )

    objects = OfEditionQuerySet["Theme"].as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "wolkje", "wolkjes"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("edition", "slug"), name="theme_slug_once"),
            models.UniqueConstraint(fields=("edition", "number"), condition=Q(parent=None), name="theme_number_once"),
            models.UniqueConstraint(
                fields=("parent", "number"), condition=Q(parent__isnull=False), name="theme_part_number_once"
            ),
            models.UniqueConstraint(
                fields=("edition",), condition=Q(runs_through_all=True), name="theme_one_runs_through_all"
            ),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("id")), name="theme_not_its_own_parent"),
            counts_from_one("theme_number_from_one"),
        )

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse a parent that is a part itself or stands in another edition."""
        if self.parent and (self.parent.parent_id or self.parent.edition_id != self.edition_id):
            raise ValidationError({"parent": "Kies een wolkje van dezelfde uitgave, geen onderdeel van een wolkje."})

    @property
    def colour(self) -> int:
        """Return which of the seven soft colours a wolkje has."""
        return (self.number - 1) % COLOURS + 1

    @property
    def point_list(self) -> list[str]:
        """Return what is said about the theme, point by point."""
        return lines(self.points)

    @property
    def question_list(self) -> list[str]:
        """Return the questions that are still open."""
        return lines(self.open_questions)


class RuleOfThumb(Numbered):
    """One of the vuistregels."""

    edition = edition_key("rules")
    title = models.CharField("titel", max_length=120)
    text = ProseField("uitleg", blank=True, help_text="Een vraag of zin die de regel opent.")
    prompts = models.TextField(
        "vragen bij de opdracht",
        blank=True,
        help_text=f"Een vraag bij elk onderdeel van de opdracht, in de volgorde van die onderdelen. {ONE_A_LINE}",
    )

    objects = OfEditionQuerySet["RuleOfThumb"].as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "vuistregel", "vuistregels"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("edition", "number"), name="rule_number_once"),
            counts_from_one("rule_number_from_one"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def prompt_list(self) -> list[str]:
        """Return a question for each part of the opdracht, in order."""
        return lines(self.prompts)


class Assignment(Numbered):
    """One part of the opdracht of a wijkteam."""

    edition = edition_key("assignments")
    title = models.CharField("titel", max_length=120)
    text = ProseField("uitleg", blank=True)

    objects = OfEditionQuerySet["Assignment"].as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "onderdeel van de opdracht", "onderdelen van de opdracht"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("edition", "number"), name="assignment_number_once"),
            counts_from_one("assignment_number_from_one"),
        )

    def __str__(self) -> str:
        return self.title


class Song(Content):
    """The song, its makers, and the one condition for using it."""

    edition = edition_key("songs")
    title = models.CharField("titel", max_length=120)
    words_by = models.CharField("tekst van", max_length=120)
    music_by = models.CharField("muziek van", max_length=120)
    about = ProseField("over het lied", blank=True)
    condition = models.TextField("de voorwaarde", help_text="Staat bovenaan, vóór de links.")
    complete_url = models.URLField(
        "link naar het hele lied", help_text="Alleen te zien na de belofte. Zet deze link nergens anders neer."
    )
    fill_in_url = models.URLField(
        "link om in te vullen", help_text="Alleen te zien na de belofte. Zet deze link nergens anders neer."
    )
    lyrics = models.TextField("liedtekst", blank=True, help_text="Alleen te zien na de belofte.")

    objects = OfEditionQuerySet["Song"].as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "lied", "liederen"
        constraints = (models.UniqueConstraint(fields=("edition",), name="song_once"),)

    def __str__(self) -> str:
        return self.title


class Programme(Content):
    """The programme of a dagdeel, for a team or an organisation."""

    edition = edition_key("programmes")
    title = models.CharField("titel", max_length=200)
    text = ProseField("uitleg", blank=True)

    objects = OfEditionQuerySet["Programme"].as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "programma", "programma's"
        constraints = (models.UniqueConstraint(fields=("edition",), name="programme_once"),)

    def __str__(self) -> str:
        return self.title


class ProgrammeStep(Numbered):
    """One step of the programme."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="steps", verbose_name="programma")
    title = models.CharField("titel", max_length=200)
    text = ProseField("uitleg", blank=True)
    minutes = minutes_field()

    class Meta:
        verbose_name, verbose_name_plural = "stap", "stappen"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("programme", "number"), name="programme_step_number_once"),
            counts_from_one("programme_step_number_from_one"),
            minutes_within_a_day("programme_step_minutes"),
        )

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"
