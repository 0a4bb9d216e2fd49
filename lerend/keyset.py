"""Pages of a long list that cost the same wherever one stands in it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

PAGE_SIZE = 25
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page: its rows, and the cursor that the next page starts after ("" on the last)."""

    rows: list[M]
    next: str


def _encode(moment: datetime, row_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{row_id}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, UUID] | None:
    try:
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, row_id = plain.partition("|")
        found = datetime.fromisoformat(moment), UUID(row_id)
    except (ValueError, binascii.Error):
        return None
    return found if found[0].tzinfo else None


def page(
    queryset: QuerySet[M], field: str, cursor: str, *, newest_first: bool = False, size: int = PAGE_SIZE
) -> Page[M]:
    """Return the page of ``queryset`` after ``cursor``, ordered by the moment ``field`` and then by id.

    A cursor that was not made here counts as none. The condition is ``a >= x AND (a > x OR id > y)``: its first part
    lets the index find the place, which the plain OR does not.
    """
    after = _decode(cursor) if cursor else None
    if after:
        moment, row_id = after
        past = "lt" if newest_first else "gt"
        queryset = queryset.filter(
            Q(**{f"{field}__{past}e": moment}),
            Q(**{f"{field}__{past}": moment}) | Q(**{f"id__{past}": row_id}),
        )
    sign = "-" if newest_first else ""
    rows: list[Any] = list(queryset.order_by(f"{sign}{field}", f"{sign}id")[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], _encode(getattr(last, field), last.id) if last else "")
