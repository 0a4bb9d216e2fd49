"""Deleting many rows a few at a time, so that nobody waits long for them."""

from typing import Any

from django.db.models import QuerySet

BATCH = 1_000


def delete_in_batches(rows: QuerySet[Any], size: int = BATCH) -> int:
    """Delete ``rows``, ``size`` in a transaction; return how many there were, without what went along with them."""
    deleted = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:size]):
        rows.model._default_manager.filter(pk__in=ids).delete()
        deleted += len(ids)
    return deleted
