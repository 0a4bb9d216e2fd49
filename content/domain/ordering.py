"""The order of texts: cards, wolkjes, steps and all else that is numbered."""

from __future__ import annotations

from typing import Any, Literal, cast
from uuid import UUID

from django.db import models, transaction
from django.db.models import F

from content.domain.rights import may_edit
from content.models import ConversationTemplate, Edition, Theme
from content.models.base import Content, Numbered
from organisations.models import User

ASIDE = 16_000  # numbers that nothing has: while rows change places, no two may have the same one


def siblings(row: Numbered) -> models.QuerySet[Any]:
    """Return the rows that ``row`` stands in order with, itself included where it is saved."""
    rows: models.QuerySet[Any] = cast(Any, type(row))._default_manager.all()
    for parent in ("means", "programme", "template"):
        if hasattr(row, f"{parent}_id"):
            return rows.filter(**{parent: getattr(row, f"{parent}_id")}).order_by("number")
    rows = rows.filter(edition=cast(Any, row).edition_id)
    if isinstance(row, Theme):
        rows = rows.filter(parent=row.parent_id)
    elif isinstance(row, ConversationTemplate):
        rows = rows.filter(organisation=row.organisation_id)
    return rows.order_by("number")


@transaction.atomic
def move(row: Numbered, to: Literal["up", "down"] | UUID, *, by: User) -> int:
    """Put ``row`` one place up or down, or in the place of the sibling with the id ``to``; return its number.

    What another editor does to the order meanwhile stays: the place counts from where the rows stand now.
    Raises PermissionDenied where ``by`` may not edit, ValueError for an id that is no sibling.
    """
    may_edit(by)
    lock_edition(row)
    order = [sibling.pk for sibling in siblings(row)]
    now = order.index(row.pk)
    wanted = order.index(to) if isinstance(to, UUID) else now + (-1 if to == "up" else 1)
    order.insert(min(max(wanted, 0), len(order) - 1), order.pop(now))
    renumber(row, order, by)
    return order.index(row.pk) + 1


@transaction.atomic
def place(row: Numbered, *, by: User) -> None:
    """Save ``row`` at the place that its number says, the others around it; without a number it comes last."""
    lock_edition(row)
    order = [sibling.pk for sibling in siblings(row) if sibling.pk != row.pk]
    wanted = row.number - 1 if row.number else len(order)
    order.insert(min(max(wanted, 0), len(order)), row.pk)
    renumber(row, order, by, without=row.pk)
    row.number = order.index(row.pk) + 1
    row._history_user = by  # type: ignore[attr-defined]
    row.save()


def renumber(row: Numbered, order: list[UUID], by: User, *, without: UUID | None = None) -> None:
    """Give the siblings of ``row`` the numbers of their place in ``order``; ``without`` is only put aside.

    Each changed number is kept in history. The caller holds the lock of the edition.
    """
    places = {pk: number for number, pk in enumerate(order, 1)}
    rows = list(siblings(row))
    changed = [sibling for sibling in rows if sibling.pk != without and sibling.number != places[sibling.pk]]
    aside = [sibling.pk for sibling in changed] + [sibling.pk for sibling in rows if sibling.pk == without]
    siblings(row).filter(pk__in=aside).order_by().update(number=F("number") + ASIDE)
    for sibling in changed:  # one by one: the search hears of each
        sibling.number = places[sibling.pk]
        sibling._history_user, sibling._change_reason = by, "Volgorde gewijzigd"
        sibling.save(update_fields=["number"])


def lock_edition(row: Content) -> None:
    """Hold the edition of ``row`` until the end of this transaction: one order is changed at a time."""
    parents = (getattr(row, name) for name in ("means", "programme", "template") if hasattr(row, f"{name}_id"))
    owner: Any = next(parents, row)
    Edition.objects.select_for_update().get(pk=owner.edition_id)
