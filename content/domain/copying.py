"""An edition as the start of the next one."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from content.domain.rights import may_edit
from content.models import (
    CHILDREN,
    OF_EDITION,
    ConversationTemplate,
    Edition,
    EditionState,
    Theme,
)
from content.models.base import Content
from organisations.domain.errors import Refused
from organisations.models import User


@transaction.atomic
def copy_edition(edition_id: UUID, name: str, *, by: User) -> Edition:
    """Make a draft called ``name`` with all that the redactie wrote in an edition, and return it.

    Each text keeps its lineage. What organisations made of the templates stays where it is. The number of queries
    does not depend on how much there is. Raises PermissionDenied where ``by`` may not edit, Edition.DoesNotExist for
    an unknown id, Refused for a name that is empty or taken.
    """
    may_edit(by)
    source = Edition.objects.select_for_update().get(pk=edition_id)
    name = " ".join(name.split())
    if not name:
        raise Refused("Geef het concept een naam, zoals Versie 2.")
    if taken := Edition.objects.filter(name__iexact=name).first():
        raise Refused(taken.name_taken)
    new = Edition(pk=uuid4(), **_values(source, "name", "state", "published_at", "planned_for", "planned_by", "note"))
    new.name, new.state = name, EditionState.DRAFT
    reason = f"Gekopieerd van {source.name}"
    _create([new], by, reason)
    for model in OF_EDITION:
        rows = model._default_manager.filter(edition=source).order_by("pk")
        if model is ConversationTemplate:
            rows = rows.filter(organisation=None)
        copies = {row.pk: model(pk=uuid4(), edition=new, **_values(row, "edition")) for row in rows}
        if model is Theme:  # a part hangs under the copy of its wolkje, which must stand first
            for copy in copies.values():
                copy.parent = copies[copy.parent_id] if copy.parent_id else None
            _create([copy for copy in copies.values() if copy.parent is None], by, reason)
            _create([copy for copy in copies.values() if copy.parent is not None], by, reason)
        else:
            _create(list(copies.values()), by, reason)
        for child, parent in CHILDREN.get(model, {}).items():
            parts = child._default_manager.filter(**{f"{parent}__in": list(copies)}).order_by("pk")
            _create(
                [
                    child(pk=uuid4(), **{parent: copies[getattr(part, f"{parent}_id")]}, **_values(part, parent))
                    for part in parts
                ],
                by,
                reason,
            )
    return new


def _values(row: Content, *without: str) -> dict[str, object]:
    """Return what a copy of ``row`` takes over."""
    fields = (field for field in row._meta.concrete_fields if not field.primary_key and field.name not in without)
    return {field.attname: getattr(row, field.attname) for field in fields}


def _create(rows: Sequence[Content], by: User, reason: str) -> None:
    if rows:
        bulk_create_with_history(rows, type(rows[0]), default_user=by, default_change_reason=reason)
