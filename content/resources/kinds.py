"""A sheet for each sort of content: what its rows are called, what they belong to, and what may be there once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tablib
from django.db.models import QuerySet

from content import models
from content.models.base import Content
from content.resources.sheets import ContentResource


class EditionSheet(ContentResource):
    """The edition itself: one line. Its name stays, so that a sheet of one edition can be read into another."""

    title = "Uitgave"
    keys = ((),)
    by_lineage = False
    fixed = ("name",)

    class Meta:
        model = models.Edition

    def of_edition(self) -> QuerySet[models.Edition]:
        """Return the rows of the edition."""
        return models.Edition.objects.filter(pk=self.edition.pk)

    def once(self, row: models.Edition) -> dict[str, tuple[Any, ...]]:
        """Return what no other row may have."""
        return {}

    def aside(self, place: int) -> dict[str, Any]:
        """Return values that no row has."""
        return {}


class MeansSheet(ContentResource):
    """The five means; the sort tells which it is."""

    title = "Middelen"
    keys = (("kind",), ("number",))
    by_lineage = False

    class Meta:
        model = models.Means

    def names(self, row: models.Means) -> tuple[str, ...]:
        """Return what other sheets may call ``row``."""
        return (row.get_kind_display(), row.kind, row.name)

    def once(self, row: models.Means) -> dict[str, tuple[Any, ...]]:
        """Return what no other row may have."""
        return {"kind": (row.edition_id, row.kind), **super().once(row)}


class UseSheet(ContentResource):
    """The ways to use a means."""

    title = "Gebruik"
    owner = "means"
    references = ("means",)
    keys = (("means", "number"),)

    class Meta:
        model = models.Use


class CardSheet(ContentResource):
    """The cards."""

    title = "Vragenkaarten"

    class Meta:
        model = models.QuestionCard


class ThemeSheet(ContentResource):
    """The wolkjes, and their parts by the address of the wolkje."""

    title = "Wolkjes"
    keys = (("slug",), ("parent", "number"))
    references = ("parent",)

    class Meta:
        model = models.Theme

    def of_edition(self) -> QuerySet[models.Theme]:
        """Return the rows of the edition."""
        found = models.Theme.objects.filter(edition=self.edition).select_related("parent")
        return found.order_by("parent__number", "number")

    def load(self, *, lock: bool = False) -> None:
        """Read the rows; the parent of a part is the very row that the file may change."""
        super().load(lock=lock)
        own = {row.pk: row for row in self.rows}
        for row in self.rows:
            row.parent = own.get(row.parent_id)  # type: ignore[attr-defined]

    def in_order(self, table: tablib.Dataset) -> tablib.Dataset:
        """Return the wolkjes before their parts."""
        column = self.fields["parent"].column_name
        if column not in table.headers:
            return table
        at = table.headers.index(column)
        rows: list[tuple[Any, ...]] = list(table)
        return tablib.Dataset(*sorted(rows, key=lambda row: bool(row[at])), headers=table.headers, title=table.title)

    def names(self, row: models.Theme) -> tuple[str, ...]:
        """Return what other sheets may call ``row``."""
        return () if row.parent_id else (row.slug, row.title)

    def once(self, row: models.Theme) -> dict[str, tuple[Any, ...]]:
        """Return what no other row may have."""
        found = {"slug": (row.edition_id, row.slug), "number": (row.edition_id, row.parent_id or "", row.number)}
        return {**found, **({"runs_through_all": (row.edition_id,)} if row.runs_through_all else {})}

    def aside(self, place: int) -> dict[str, Any]:
        """Return values that no row has."""
        return {**super().aside(place), "slug": f"opzij-{place}", "runs_through_all": False}


class RuleSheet(ContentResource):
    """The vuistregels."""

    title = "Vuistregels"

    class Meta:
        model = models.RuleOfThumb


class AssignmentSheet(ContentResource):
    """The parts of the opdracht."""

    title = "Opdracht"

    class Meta:
        model = models.Assignment


class OneSheet(ContentResource):
    """What an edition has one of."""

    keys = ((),)

    def once(self, row: Any) -> dict[str, tuple[Any, ...]]:
        """Return what no other row may have."""
        return {"title": (row.edition_id,)}

    def aside(self, place: int) -> dict[str, Any]:
        """Return values that no row has."""
        return {}


class SongSheet(OneSheet):
    """The song."""

    title = "Lied"

    class Meta:
        model = models.Song


class ProgrammeSheet(OneSheet):
    """The programme of a dagdeel."""

    title = "Programma"

    class Meta:
        model = models.Programme


class ProgrammeStepSheet(ContentResource):
    """The steps of the programme."""

    title = "Programmastappen"
    owner = "programme"

    class Meta:
        model = models.ProgrammeStep

    def of_edition(self) -> QuerySet[models.ProgrammeStep]:
        """Return the rows of the edition."""
        return models.ProgrammeStep.objects.filter(programme__edition=self.edition)

    def init_instance(self, row: Mapping[str, Any] | None = None) -> Content:
        """Return a new step of the programme."""
        new = super().init_instance(row)
        if programmes := self.others[models.Programme].rows:
            new.programme = programmes[0]  # type: ignore[attr-defined]
        return new

    def validate_instance(
        self, instance: Content, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Refuse a step where there is no programme."""
        if not self.others[models.Programme].rows:
            self._line.problems["rij"] = ["Deze uitgave heeft nog geen programma. Zet dat op het tabblad Programma."]
        super().validate_instance(instance, import_validation_errors, validate_unique)


class TemplateSheet(ContentResource):
    """The templates of the redactie; an organisation's own are theirs."""

    title = "Sjablonen"
    keys = (("slug",), ("number",))

    class Meta:
        model = models.ConversationTemplate

    def of_edition(self) -> QuerySet[models.ConversationTemplate]:
        """Return the rows of the edition."""
        return models.ConversationTemplate.objects.of_redactie().filter(edition=self.edition)

    def once(self, row: models.ConversationTemplate) -> dict[str, tuple[Any, ...]]:
        """Return what no other row may have."""
        return {"slug": (row.edition_id, row.slug), **super().once(row)}

    def aside(self, place: int) -> dict[str, Any]:
        """Return values that no row has."""
        return {**super().aside(place), "slug": f"opzij-{place}"}


class OfTemplateSheet(ContentResource):
    """What belongs to a template of the redactie."""

    owner = "template"
    references = ("template",)

    def of_edition(self) -> QuerySet[Any]:
        """Return the rows of the edition."""
        return super().of_edition().filter(template__organisation=None)


class TemplateStepSheet(OfTemplateSheet):
    """The steps of the templates."""

    title = "Sjabloonstappen"
    keys = (("template", "number"),)

    class Meta:
        model = models.TemplateStep


class ReminderSheet(OfTemplateSheet):
    """The reminders of the templates."""

    title = "Herinneringen"
    keys = (("template", "days", "at", "audience"), ("template", "minutes_before"))

    class Meta:
        model = models.TemplateReminder

    def once(self, row: models.TemplateReminder) -> dict[str, tuple[Any, ...]]:
        """Return what no other row may have."""
        if row.minutes_before is not None:
            return {"minutes_before": (row.template_id, row.minutes_before)}
        return {"days": (row.template_id, row.days, row.at, row.audience)}

    def aside(self, place: int) -> dict[str, Any]:
        """Return values that no row has, whole: a row may go from days to minutes or back."""
        return {"days": 0, "at": f"23:59:59.{place:06}", "minutes_before": None, "audience": models.Audience.INVITED}


# In the order in which they are read and written: what others belong to comes first.
SHEETS: tuple[type[ContentResource], ...] = (
    EditionSheet,
    MeansSheet,
    UseSheet,
    CardSheet,
    ThemeSheet,
    RuleSheet,
    AssignmentSheet,
    SongSheet,
    ProgrammeSheet,
    ProgrammeStepSheet,
    TemplateSheet,
    TemplateStepSheet,
    ReminderSheet,
)
