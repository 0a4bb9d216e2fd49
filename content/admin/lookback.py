"""The history of a text and of what stands under it, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from content.comparison import changed_since
from content.models import CHILDREN
from content.models.base import Content

MOST_PARTS = 100


@dataclass
class PartLine:
    """One change of a part of a text."""

    record: Any
    kind: str
    what: str
    stands: bool  # the part is now as this line says


def tell_differences(lines: list[Any]) -> None:
    """Give each line of the history of one text, newest first, what it changed in the one before."""
    if lines:
        for line, before in zip(lines, [*lines[1:], lines[-1].prev_record], strict=True):
            _tell(line, before)


def lines_of_parts(owner: Content) -> list[PartLine]:
    """Return the newest changes of the steps, ways of use or reminders of ``owner``, newest first."""
    found: list[tuple[PartLine, Any]] = []
    for model, key in CHILDREN.get(type(owner), {}).items():
        by_part: dict[Any, list[Any]] = {}
        records = model.history.filter(**{f"{key}_id": owner.pk}).select_related("history_user")
        for record in records.order_by("-history_id"):
            by_part.setdefault(record.id, []).append(record)
        alive = set(model._default_manager.filter(pk__in=by_part).values_list("pk", flat=True))
        for pk, lines in by_part.items():
            for place, (line, before) in enumerate(zip(lines, [*lines[1:], None], strict=True)):
                what = f"{str(model._meta.verbose_name).capitalize()}: {line.instance}"
                found.append((PartLine(line, str(model._meta.model_name), what, place == 0 and pk in alive), before))
    found.sort(key=lambda pair: (pair[0].record.history_date, pair[0].record.history_id), reverse=True)
    for line, before in found[:MOST_PARTS]:
        _tell(line.record, before)
    return [line for line, _ in found[:MOST_PARTS]]


def _tell(line: Any, before: Any) -> None:
    line.differences = changed_since(before.instance, line.instance) if before and line.history_type == "~" else []
