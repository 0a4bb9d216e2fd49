"""Templates of conversations: what a session that people plan starts from."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Lower

from content.models.base import (
    ONE_A_LINE,
    WHITE_LINE,
    Content,
    Numbered,
    counts_from_one,
    lines,
    minutes_field,
    minutes_within_a_day,
)
from content.models.edition import EditionState, OfEditionQuerySet, edition_key
from content.models.reminders import ReminderFields, reminder_constraints
from organisations.models import Organisation, User


class Kind(models.TextChoices):
    """What sort of conversation it is; who may plan it depends on this."""

    BESTUURDER = "bestuurder", "gesprek met bestuurder"
    LEIDINGGEVENDE = "leidinggevende", "gesprek met leidinggevende"
    INTERVIEW = "interview", "collegiaal interview"
    INWERK = "inwerk", "inwerkinterview"
    TEAMDAGDEEL = "teamdagdeel", "teamdagdeel"
    ORGANISATIEDAGDEEL = "organisatiedagdeel", "organisatiedagdeel"
    AUDIT = "audit", "audit"
    VUISTREGELS = "vuistregels", "vuistregels verkennen"
    WOLKJES = "wolkjes", "wolkjes verkennen"
    KAARTEN = "kaarten", "kaarten bij een bestaand gesprek"


class StepMeans(models.TextChoices):
    """What lies on the table during a step."""

    NONE = "none", "geen"
    VRAGEN = "vragen", "de vragen"
    WOLKJES = "wolkjes", "de wolkjes"
    VUISTREGELS = "vuistregels", "de vuistregels"
    LIED = "lied", "het lied"
    ZIN = "zin", "de zin: Het is mijn vak om …"


class ConversationTemplateQuerySet(OfEditionQuerySet["ConversationTemplate"]):
    """The ways in to templates."""

    def of_redactie(self) -> Self:
        """Only the templates that the redactie keeps, not an organisation's own versions."""
        return self.filter(organisation=None)

    def published(self) -> Self:
        """Only the redactie's templates of the edition that everybody sees."""
        return super().published().of_redactie()

    def own_of(self, organisation: Organisation) -> Self:
        """The own versions of ``organisation``, those that were put away too; all its members may read them."""
        return self.filter(organisation=organisation)

    def manageable_by(self, user: User) -> Self:
        """Own versions that ``user`` may change: of the organisations where they plan with whole teams."""
        return self.filter(organisation__in=Organisation.objects.plannable_by(user))

    def usable_by(self, user: User, organisation: Organisation) -> Self:
        """What ``user`` starts a talk in ``organisation`` from: the redactie's, and for a member its own versions.

        Own versions come first. Which kinds of talk one may plan is another question.
        """
        own = Q(put_away_at=None, organisation__in=Organisation.objects.visible_to(user).filter(id=organisation.id))
        redactie = Q(organisation=None, edition__state=EditionState.PUBLISHED)
        return self.filter(redactie | own).order_by("organisation_id", "number", "title")

    def with_minutes(self) -> Self:
        """Each template with ``total_minutes``, the sum of its steps (0 without steps)."""
        steps = TemplateStep.objects.filter(template=OuterRef("pk")).order_by().values("template")
        # A subquery: an aggregate over a join would drop the order of the templates.
        return self.annotate(total_minutes=Coalesce(Subquery(steps.values(total=Sum("minutes"))), 0))


class ConversationTemplate(Numbered):
    """A conversation ready to plan: what it is for, how to prepare, its steps and reminders."""

    edition = edition_key("templates")
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="eigen versie van",
    )
    # The redactie's template that an organisation's own version was made from.
    based_on = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="gemaakt van",
    )
    slug = models.SlugField("korte naam", max_length=60, help_text="Alleen kleine letters, cijfers en streepjes.")
    kind = models.CharField(
        "soort", max_length=20, choices=Kind.choices, help_text="Bepaalt wie dit gesprek kan plannen."
    )
    title = models.CharField("titel", max_length=120)
    summary = models.CharField("in één zin", max_length=200)
    purpose = models.TextField("doel", help_text="Zeg er altijd bij dat het nooit om beoordelen gaat.")
    preparation = models.TextField("voorbereiding", help_text=f"Wat je vooraf doet. {ONE_A_LINE}")
    uses_cards = models.BooleanField("met de vragenkaarten", default=False)
    invitation = models.TextField("woorden van de uitnodiging", blank=True, editable=False)
    # Only an organisation's own version has these: who made it with which form, and how often it was changed.
    made_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name="van"
    )
    form_key = models.UUIDField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    put_away_at = models.DateTimeField("weggelegd op", null=True, blank=True, editable=False)

    objects = ConversationTemplateQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "gesprekssjabloon", "gesprekssjablonen"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(
                fields=("edition", "slug"), condition=Q(organisation=None), name="template_slug_once"
            ),
            models.UniqueConstraint(
                fields=("edition", "number"), condition=Q(organisation=None), name="template_number_once"
            ),
            models.CheckConstraint(
                condition=Q(organisation=None, based_on=None) | Q(organisation__isnull=False, based_on__isnull=False),
                name="template_own_version_is_based_on_another",
            ),
            models.UniqueConstraint(
                "organisation", Lower("title"), condition=Q(organisation__isnull=False), name="template_own_title_once"
            ),
            models.UniqueConstraint(fields=("organisation", "form_key"), name="template_form_key_once"),
            models.CheckConstraint(
                condition=Q(put_away_at=None) | Q(organisation__isnull=False), name="template_only_own_is_put_away"
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="template_kind_known"),
            counts_from_one("template_number_from_one"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def preparation_list(self) -> list[str]:
        """Return what to do beforehand."""
        return lines(self.preparation)


class TemplateStep(Numbered):
    """One step of a template; a planned session takes a copy of it."""

    template = models.ForeignKey(
        ConversationTemplate, on_delete=models.CASCADE, related_name="steps", verbose_name="sjabloon"
    )
    title = models.CharField("titel", max_length=200)
    text = models.TextField("uitleg", blank=True, help_text=WHITE_LINE)
    minutes = minutes_field()
    means = models.CharField("met", max_length=12, choices=StepMeans.choices, default=StepMeans.NONE)

    class Meta:
        verbose_name, verbose_name_plural = "stap", "stappen"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("template", "number"), name="template_step_number_once"),
            models.CheckConstraint(condition=Q(means__in=StepMeans.values), name="template_step_means_known"),
            counts_from_one("template_step_number_from_one"),
            minutes_within_a_day("template_step_minutes"),
        )

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class TemplateReminder(ReminderFields, Content):
    """A moment before or after the conversation at which people are reminded."""

    template = models.ForeignKey(
        ConversationTemplate, on_delete=models.CASCADE, related_name="reminders", verbose_name="sjabloon"
    )

    class Meta:
        verbose_name, verbose_name_plural = "herinnering", "herinneringen"
        ordering = ("days", "at", "minutes_before")
        constraints = (*reminder_constraints("template_reminder", "template"),)

    def __str__(self) -> str:
        return str(self.moment)
