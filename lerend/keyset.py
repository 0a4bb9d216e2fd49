"""Pages of a long list that cost the same wherever one stands in it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Model, Q, QuerySet

PAGE_SIZE = 25
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page: its rows, and the cursor that the next page starts after ("" on the last)."""

    rows: list[M]
    next: str

    def more(self, name: str = "vanaf", **kept: str) -> str:
        """Return the query of the next page's address, ``kept`` before its cursor ``name``; "" on the last page."""
        return urlencode({**kept, name: self.next}) if self.next else ""


def _encode(value: Any, row_id: UUID) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return base64.urlsafe_b64encode(f"{text}|{row_id}".encode()).decode().rstrip("=")


def _decode(cursor: str, parse: Callable[[str], Any]) -> tuple[Any, UUID] | None:
    try:
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        text, _, row_id = plain.rpartition("|")
        return (parse(text), UUID(row_id)) if "\x00" not in text else None
    except (ValueError, binascii.Error):
        return None


def moment(text: str) -> datetime:
    """Return the moment in ``text``, in UTC; raises ValueError when it is none, or one that cannot be written in UTC.

    PostgreSQL knows fewer offsets than Python.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError("A moment outside the calendar.") from None


def page(
    queryset: QuerySet[M],
    field: str,
    cursor: str,
    *,
    newest_first: bool = False,
    size: int = PAGE_SIZE,
    parse: Callable[[str], Any] = moment,
) -> Page[M]:
    """Return the page of ``queryset`` after ``cursor``, ordered by ``field`` and then by id.

    ``field`` may lie behind a foreign key that was selected; ``parse`` reads its value, a moment unless given. A cursor
    that was not made here counts as none. The condition is ``a >= x AND (a > x OR id > y)``: its first part lets the
    index find the place, which the plain OR does not.
    """
    after = _decode(cursor, parse) if cursor else None
    if after:
        value, row_id = after
        past = "lt" if newest_first else "gt"
        queryset = queryset.filter(
            Q(**{f"{field}__{past}e": value}),
            Q(**{f"{field}__{past}": value}) | Q(**{f"id__{past}": row_id}),
        )
    sign = "-" if newest_first else ""
    rows: list[Any] = list(queryset.order_by(f"{sign}{field}", f"{sign}id")[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], _encode(attrgetter(field.replace("__", "."))(last), last.id) if last else "")
