"""Why a text cannot be deleted, in words that tell nothing about what people wrote, or who."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import PROTECT, ManyToOneRel

from content.models import Edition, EditionState
from content.models.base import Content

SENTENCES = {
    "sessions_app.Session": "Er zijn gesprekken mee gepland.",
    "sessions_app.Season": "Er worden gesprekken mee gepland.",
    "content.ConversationTemplate": "Een organisatie maakte er een eigen versie van.",
    "content.Theme": "Er horen onderdelen bij. Verwijder of verplaats die eerst.",
}
# Of all else: whoever reads this may know nothing of what people recorded: not what, not how much, not by whom.
RECORDED = "Het is gebruikt om iets bij vast te leggen."


def reasons_to_stay(rows: Iterable[Content]) -> list[str]:
    """Return why each of ``rows`` cannot be deleted, as sentences; empty where all can."""
    return [f"{row}: {' '.join(why)}" for row in rows if (why := _reasons(row))]


def _reasons(row: Content) -> list[str]:
    found = []
    edition = getattr(row, "edition", None)
    if isinstance(edition, Edition) and edition.state != EditionState.DRAFT:
        where = "staat nu op de site" if edition.state == EditionState.PUBLISHED else "stond op de site"
        found.append(f"{edition} {where}. Haal het weg in een concept van de volgende uitgave.")
    for relation in row._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ManyToOneRel) or relation.on_delete is not PROTECT:
            continue
        model = relation.related_model
        if model._base_manager.filter(**{relation.field.name: row.pk}).exists():
            found.append(SENTENCES.get(model._meta.label, RECORDED))
    return list(dict.fromkeys(found))
