"""What differs between two editions, or two versions of one text: side by side, with the words marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.safestring import SafeString

from content.differences import marked, merged
from content.models import CHILDREN, OF_EDITION, ConversationTemplate, Edition, Theme
from content.models.base import Content, Numbered
from content.models.prose import ProseField, plain
from lerend.moments import moment

NOT_TEXT = {"id", "lineage", "edition", "number", "state", "published_at", "planned_for", "planned_by", "note"}
NOT_TEXT |= {"organisation", "based_on", "invitation"}
UNSAID = {"id", "lineage"}


@dataclass
class Difference:
    """One field that changed: what it is called, and its words before and after with the difference marked."""

    label: str
    before: SafeString
    after: SafeString


@dataclass
class Change:
    """One text that changed, is new, was removed or moved."""

    kind: str
    title: str
    row: Content
    differences: list[Difference] = field(default_factory=list)


@dataclass
class Section:
    """What changed in one sort of content."""

    title: str
    changes: list[Change]


def text_of(row: models.Model, name: str) -> str:
    """Return what field ``name`` of ``row`` says, in words: rich text without its marks, yes or no, a choice."""
    column = row._meta.get_field(name)
    value = getattr(row, name)
    if isinstance(column, models.BooleanField):
        return "ja" if value else "nee"
    if isinstance(column, models.TextField) and isinstance(value, str) and "<" in value:
        return plain(value)
    if getattr(column, "choices", None):
        return str(dict(column.flatchoices).get(value, value))  # type: ignore[union-attr]
    return "" if value is None else str(value)


def differences(old: Content | None, new: Content | None) -> list[Difference]:
    """Return which fields of a text differ; all that say something where one of the two is None."""
    return [Difference(label, *marked(before, after)) for label, before, after in _changed(old, new)]


def changed_since(old: Content, new: Content) -> list[tuple[str, SafeString]]:
    """Return what differs between two versions of one text, its place included: its name, and the words marked."""
    found = [(label, merged(before, after)) for label, before, after in _changed(old, new)]
    for column in new._meta.concrete_fields:
        if column.name in UNSAID or not (column.name in NOT_TEXT or column.is_relation):
            continue
        before, after = getattr(old, column.attname), getattr(new, column.attname)
        if before != after:
            found.append((str(column.verbose_name).capitalize(), merged(_said(old, column), _said(new, column))))
    return found


def compare(old: Edition, new: Edition) -> list[Section]:
    """Return what ``new`` changes in ``old``, sort by sort, matched by lineage; the queries do not grow with it."""
    sections = []
    if own := differences(old, new):
        sections.append(Section("Uitgave", [Change("gewijzigd", new.name, new, own)]))
    for model in OF_EDITION:
        before, after = _rows(model, edition=old), _rows(model, edition=new)
        changes = list(_changes(before, after))
        for child, key in CHILDREN.get(model, {}).items():
            parts = [_rows(child, **{f"{key}__edition": edition}) for edition in (old, new)]
            if key == "template":
                parts = [[row for row in rows if row.template.organisation_id is None] for rows in parts]
            changes += _changes(*parts)
        if changes:
            sections.append(Section(str(model._meta.verbose_name_plural).capitalize(), changes))
    return sections


def summary(sections: list[Section]) -> list[str]:
    """Return a line for each section: how many texts changed, are new, were removed or moved."""
    lines = []
    for section in sections:
        kinds = [change.kind for change in section.changes]
        counts = [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)]
        lines.append(f"{section.title}: {', '.join(counts)}")
    return lines


def _text_fields(model: type[Content]) -> Iterator[models.Field[Any, Any]]:
    for column in model._meta.concrete_fields:
        if column.name not in NOT_TEXT and not column.is_relation:
            yield column


def _changed(old: Content | None, new: Content | None) -> Iterator[tuple[str, str, str]]:
    for column in _text_fields(type(new or old)):  # type: ignore[arg-type]
        before = text_of(old, column.name) if old else ""
        after = text_of(new, column.name) if new else ""
        label = str(column.verbose_name).capitalize()
        if before != after:
            yield label, before, after
        elif isinstance(column, ProseField) and old and new and getattr(old, column.name) != getattr(new, column.name):
            yield f"{label} (opmaak)", getattr(old, column.name), getattr(new, column.name)


def _said(row: Content, column: models.Field[Any, Any]) -> str:
    value = getattr(row, column.attname)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment(value)
    if column.is_relation:
        found = column.related_model._base_manager.filter(pk=value).first()  # type: ignore[union-attr]
        return str(found or "wat er niet meer is")
    return text_of(row, column.name)


def _rows(model: type[Any], **of: Any) -> list[Any]:
    rows = model._default_manager.filter(**of)
    if model is ConversationTemplate:
        rows = rows.filter(organisation=None)
    elif model is Theme:
        rows = rows.select_related("parent").order_by("parent__number", "number")
    for keys in CHILDREN.values():
        if key := keys.get(model):
            by = [f"{key}__number"] if key != "programme" else []
            rows = rows.select_related(key).order_by(*by, *(model._meta.ordering or ()))
    return list(rows)


def _changes(before: list[Any], after: list[Any]) -> Iterator[Change]:
    old, new = ({row.lineage: row for row in rows} for rows in (before, after))
    moved = _moved(before, after)
    for lineage, row in new.items():
        was = old.get(lineage)
        if was is None:
            yield Change("nieuw", _title(row), row, differences(None, row))
            continue
        found = differences(was, row)
        if lineage in moved:
            found.append(Difference("Plaats", *marked(_place(was), _place(row))))
        if found:
            yield Change("verplaatst" if found[0].label == "Plaats" else "gewijzigd", _title(row), row, found)
    for lineage, row in old.items():
        if lineage not in new:
            yield Change("weggehaald", _title(row), row, differences(row, None))


def _moved(before: list[Any], after: list[Any]) -> set[UUID]:
    """Return the lineages that stand elsewhere among those that both have, or under another wolkje or template."""
    both = {row.lineage for row in before} & {row.lineage for row in after}
    if not before or not isinstance(before[0], Numbered):
        return set()
    old, new = ([row.lineage for row in rows if row.lineage in both] for rows in (before, after))
    stayed = {
        lineage
        for start, _, size in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        for lineage in old[start : start + size]
    }
    owners = [{row.lineage: getattr(_owner(row), "lineage", None) for row in rows} for rows in (before, after)]
    return {lineage for lineage in both if lineage not in stayed or owners[0][lineage] != owners[1][lineage]}


def _owner(row: Any) -> Content | None:
    if isinstance(row, Theme):
        return row.parent
    key = next((keys[type(row)] for keys in CHILDREN.values() if type(row) in keys), None)
    return getattr(row, key) if key else None


def _place(row: Any) -> str:
    owner = _owner(row)
    return f"{row.number} bij {owner}" if owner else str(row.number)


def _title(row: Any) -> str:
    owner = _owner(row)
    return f"{owner}: {row}" if owner else str(row)
