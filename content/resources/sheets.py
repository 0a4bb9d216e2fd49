"""What every sheet of content does, on import-export: its columns, and which row of an edition a line is about.

Reading a sheet writes nothing. It leaves the rows of the edition as the file wants them, and what differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

import tablib
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import CheckConstraint, Model, Q, QuerySet
from django.utils.text import slugify
from import_export import resources
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader

from content import models
from content.forms.importing import LONGEST_CELL
from content.models.base import Content
from content.resources.cells import Cell, cell_for, normal
from lerend.spreadsheets import NUMBER, as_typed

LINEAGE = "kenmerk"
HIGHEST = 32_767  # of a number; rows that change places wait up there


@dataclass(frozen=True)
class Change:
    """A cell that the file changes."""

    column: str
    old: str
    new: str


@dataclass
class Line:
    """What becomes of one line of a file."""

    number: int
    instance: Content
    new: bool
    name: str = ""
    changes: list[Change] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)


class ContentResource(resources.ModelResource):
    """One sort of content of one edition. The columns are its editable fields, by their Dutch names, and ``kenmerk``.

    A line is about the row with its ``kenmerk`` (the lineage), or else with the same key. A column that is not in the
    file stays as it is, an empty cell makes empty.
    """

    title: ClassVar[str]
    owner: ClassVar[str] = "edition"  # what a row belongs to
    keys: ClassVar[tuple[tuple[str, ...], ...]] = (("number",),)  # the first that is filled in decides
    references: ClassVar[tuple[str, ...]] = ()  # the columns that name a row of another sheet
    by_lineage: ClassVar[bool] = True
    fixed: ClassVar[tuple[str, ...]] = ()  # written, and never read

    class Meta:
        skip_diff = True
        instance_loader_class = BaseInstanceLoader
        import_id_fields = ()

    def __init__(self, edition: models.Edition, others: Mapping[type[Model], ContentResource]) -> None:
        super().__init__()
        self.edition, self.others = edition, others
        self.model: type[Content] = self._meta.model
        self.fields = {}
        for column in self.model._meta.concrete_fields:
            if (
                column.is_relation
                and column.name in {self.owner, "parent"}
                and column.name not in {"edition", "programme"}
            ):
                self.fields[column.name] = Field(column.name, str(column.verbose_name), self._reference(column.name))
        for column in self.model._meta.concrete_fields:
            if column.editable and not column.is_relation:
                self.fields[column.name] = Field(column.name, str(column.verbose_name), cell_for(column))
        self.fields["lineage"] = Field("lineage", LINEAGE, Cell(str, str))
        self.rows: list[Content] = []  # as the file wants them, and those that are not in it
        self.lines: list[Line] = []
        self.before: dict[UUID, dict[str, Any]] = {}
        self._lineages: dict[str, Content] = {}
        self._elsewhere: set[str] = set()
        self.stays: list[str] = []  # sentences about what the file says otherwise, and is not changed here
        self._line: Line

    # What there is

    def of_edition(self) -> QuerySet[Any]:
        """Return the rows of the edition."""
        rows: QuerySet[Any] = self.model._default_manager.all()
        if self.owner == "edition":
            return rows.filter(edition=self.edition)
        rows = rows.filter(**{f"{self.owner}__edition": self.edition}).select_related(self.owner)
        return rows.order_by(f"{self.owner}__number", *map(str, self.model._meta.ordering or ()))

    def load(self, *, lock: bool = False) -> None:
        """Read the rows of the edition, and lock them where they will be written."""
        found = self.of_edition()
        self.rows = list(found.select_for_update(of=("self",)) if lock else found)
        self.before = {row.pk: self.cells(row) for row in self.rows}

    def cells(self, row: Content) -> dict[str, Any]:
        """Return ``row`` as a sheet holds it."""
        return {field.column_name: field.export(row) for field in self.fields.values()}

    def table(self) -> tablib.Dataset:
        """Return the rows of the edition as a sheet."""
        table: tablib.Dataset = self.export(self.of_edition())
        table.title = self.title
        return table

    # How rows name what they belong to

    def names(self, row: Any) -> tuple[str, ...]:
        """Return what other sheets may call ``row``; they write the first."""
        return (row.slug,)

    def named(self, text: str) -> Content | None:
        """Return the row that another sheet calls ``text``."""
        wanted = text.casefold()
        return next((row for row in self.rows if wanted in (name.casefold() for name in self.names(row))), None)

    def _reference(self, name: str) -> Cell:
        target = self.model._meta.get_field(name).related_model

        def resource() -> ContentResource:
            return self.others[target]  # type: ignore[index]

        def read(text: str) -> Content | None:
            found = resource().named(text) if text else None
            if text and found is None:
                raise ValueError(f"“{text[:60]}” staat niet bij {resource().title}.")
            return found

        return Cell(lambda row: resource().names(row)[0], read)

    # Reading a line

    def wrong_headers(self, headers: list[str]) -> str:
        """Return a sentence about ``headers`` that cannot be read, or ""."""
        known = {field.column_name: name for name, field in self.fields.items()}
        headers = [header for header in headers if header != NUMBER]
        if double := [header for header, count in Counter(headers).items() if count > 1]:
            return f"Deze kop staat er twee keer: {double[0] or '(leeg)'}."
        if unknown := [header or "(leeg)" for header in headers if header not in known]:
            return f"Deze koppen kennen we niet: {', '.join(unknown)}. Gebruik deze: {', '.join(known)}."
        there = {known[header] for header in headers}
        if self.by_lineage and "lineage" in there:
            return ""
        if not any(set(key) - {"parent"} <= there for key in self.keys):
            missing = [field.column_name for name, field in self.fields.items() if name in self.keys[0]]
            return f"Deze koppen missen: {', '.join(missing)}. Zonder weten we niet om welke rij het gaat."
        return ""

    def in_order(self, table: tablib.Dataset) -> tablib.Dataset:
        """Return ``table`` with what others in it belong to first."""
        return table

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """Look up once what the lines are about."""
        at = dataset.headers.index(LINEAGE) if LINEAGE in dataset.headers else None
        marks = Counter(_mark(row[at]) for row in dataset) if at is not None else Counter()
        # Whoever copies a line in Excel copies its mark: then the key decides.
        once = {mark for mark, count in marks.items() if mark and count == 1}
        if self.by_lineage:
            self._lineages = {str(row.lineage): row for row in self.rows if str(row.lineage) in once}
        if unknown := once - {str(row.lineage) for row in self.rows}:
            found = self.model._default_manager.filter(lineage__in=unknown).values_list("lineage", flat=True)
            self._elsewhere = set(map(str, found))

    def get_instance(self, instance_loader: Any, row: Mapping[str, Any]) -> Content | None:
        """Return the row that a line is about, if there is one."""
        if found := self._lineages.get(_mark(row.get(LINEAGE, ""))):
            return found
        taken = {found.pk for found in self._lineages.values()}
        for key in self.keys:
            wanted = tuple(self._value(name, row) for name in key)
            if all(value is not None or name == "parent" for name, value in zip(key, wanted, strict=True)):
                there = (had for had in self.rows if had.pk in self.before and had.pk not in taken)
                return next((had for had in there if tuple(self._had(had, name) for name in key) == wanted), None)
        return None

    def _value(self, name: str, row: Mapping[str, Any]) -> Any:
        field = self.fields[name]
        try:
            value = field.widget.clean(self._typed(row.get(field.column_name, "")))
        except ValueError:
            return None
        return self.fields[name].widget.render(value) if value not in (None, "") else None

    def _had(self, row: Content, name: str) -> Any:
        return self.before[row.pk][self.fields[name].column_name] or None

    def _typed(self, cell: Any) -> str:
        return normal(as_typed(str(cell)))

    def init_instance(self, row: Mapping[str, Any] | None = None) -> Content:
        """Return a new row of the edition; it keeps the lineage that it has in another edition."""
        new = self.model()
        if self.owner == "edition":
            new.edition = self.edition  # type: ignore[attr-defined]
        mark = _mark((row or {}).get(LINEAGE, ""))
        if mark in self._elsewhere:
            new.lineage = UUID(mark)
        return new

    def after_init_instance(self, instance: Content, new: bool, row: Mapping[str, Any], **kwargs: Any) -> None:
        """Begin to note what becomes of a line."""
        self._line = Line(row[NUMBER], instance, new)
        self.lines.append(self._line)
        if new:
            self.rows.append(instance)

    def import_field(
        self, field: Field, instance: Content, row: Mapping[str, Any], is_m2m: bool = False, **kwargs: Any
    ) -> None:
        """Take over a cell where it says something else than what is there; raises ValueError with a sentence."""
        if field.column_name not in row or field.attribute in {"lineage", *self.fixed}:
            if field.attribute in self.fixed and self._typed(row.get(field.column_name, "")) not in {"", str(instance)}:
                self.stays.append(f"De {field.column_name} blijft “{instance}”. Die verander je bij de uitgave zelf.")
            return
        cell = str(row[field.column_name])
        if len(cell) > LONGEST_CELL:
            raise ValueError(f"Deze tekst is te lang: hooguit {LONGEST_CELL} tekens.")
        typed = self._typed(cell)
        old = "" if self._line.new else self.before[instance.pk][field.column_name]
        named = field.attribute in self.references  # the same name may be another row's by now
        if typed == normal(old) and not (named and typed):
            return
        had = None if self._line.new else getattr(instance, field.attribute)
        value = field.widget.clean(typed)
        new = field.widget.render(value)
        if not self._line.new and (had == value if named else new == old):
            return
        setattr(instance, field.attribute, value)
        if had != value:
            self._line.changes.append(Change(field.column_name, str(old), str(new)))

    def skip_row(
        self, instance: Content, original: Any, row: Mapping[str, Any], import_validation_errors: Any = None
    ) -> bool:
        """Pass over a line that changes nothing."""
        line = self._line
        twice = next((had for had in self.lines if had.instance is instance and had is not line), None)
        if twice:
            line.problems["rij"] = [f"Deze rij gaat over hetzelfde als rij {twice.number}."]
        line.name = _name(self, instance, row)
        return not (line.new or line.changes or line.problems or import_validation_errors)

    def validate_instance(
        self, instance: Content, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Check a row as its page in the admin would; raises ValidationError, and notes the sentences by column.

        What may be there once is checked when all lines were read: two rows may change places.
        """
        errors: dict[str, Any] = dict(import_validation_errors or {})
        if "slug" in self.fields and not getattr(instance, "slug", "x"):
            instance.slug = slugify(str(getattr(instance, "title", "")))[:60]  # type: ignore[attr-defined]
        if self.owner in self.references and getattr(instance, f"{self.owner}_id") is None:
            errors.setdefault(self.owner, ["Vul in waar deze rij bij hoort."])
        relations = {column.name for column in self.model._meta.concrete_fields if column.is_relation}
        try:
            instance.full_clean({*errors, *relations}, validate_unique=False, validate_constraints=False)
            for constraint in self.model._meta.constraints:
                # What holds of one field its validators say already, without a query.
                if isinstance(constraint, CheckConstraint) and not errors and len(self._checked(constraint)) > 1:
                    constraint.validate(self.model, instance)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        for name, wrong in errors.items():
            self._line.problems.setdefault(self._column(name), []).extend(ValidationError(wrong).messages)
        if self._line.problems:
            raise ValidationError(self._line.problems)

    def _checked(self, constraint: CheckConstraint) -> set[str]:
        """Return which columns of the sheet a constraint is about."""
        return {name.split("__")[0] for name in _names(constraint.condition)} & set(self.fields)

    def _column(self, name: str) -> str:
        return "rij" if name == NON_FIELD_ERRORS or name not in self.fields else self.fields[name].column_name

    def save_instance(self, instance: Content, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Write nothing yet: that is done when every line of every sheet is right."""

    def after_import(self, dataset: tablib.Dataset, result: Any, **kwargs: Any) -> None:
        """Do nothing: ids are no numbers in a row."""

    # What may be there once

    def once(self, row: Any) -> dict[str, tuple[Any, ...]]:
        """Return what no other row may have, by the field to name when one does."""
        return {"number": (getattr(row, f"{self.owner}_id"), row.number)}

    def aside(self, place: int) -> dict[str, Any]:
        """Return values that no row has, for a row that waits until another has left its place."""
        return {"number": HIGHEST - place}

    def check_once(self) -> None:
        """Note in which lines something stands that another row has."""
        lines = {line.instance.pk: line for line in self.lines}
        seen: dict[tuple[str, tuple[Any, ...]], Content] = {}
        in_file: list[Content] = []
        others: list[Content] = []
        for row in self.rows:
            (in_file if row.pk in lines else others).append(row)
        for row in (*others, *in_file):
            for name, value in self.once(row).items():
                if None in value[1:] or row is seen.setdefault((name, value), row):
                    continue
                other = seen[name, value]
                where = (
                    f"rij {lines[other.pk].number}"
                    if other.pk in lines
                    else f"“{other}”, die niet in het bestand staat"
                )
                shown = self.cells(row)[self._column(name)]
                why = f"“{shown}” is al van {where}."
                lines[row.pk].problems.setdefault(self._column(name), []).append(why)


def _names(condition: Any) -> Iterator[str]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _names(child)
        else:
            yield child[0]


def _mark(cell: Any) -> str:
    try:
        return str(UUID(str(cell)))
    except ValueError:
        return ""


def _name(resource: ContentResource, instance: Content, row: Mapping[str, Any]) -> str:
    """Return what to call a line: as the row is called, or by what stands in it."""
    shown = [str(value) for column, value in row.items() if column not in {LINEAGE, NUMBER} and value != ""]
    try:
        called = str(instance)
    except (TypeError, AttributeError):
        called = ""
    of = resource.fields.get(resource.owner)
    owner = str(row.get(of.column_name, "")) if of else ""
    return " · ".join(filter(None, (owner, called or " ".join(shown[:2]))))[:120]
