"""Closing anew, with the first of ENCRYPTION_KEYS, what older keys closed; beside a site that goes on.

An app that keeps closed values elsewhere than in an ``EncryptedTextField`` tells so with ``register``.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Cast

from lerend.crypto import EncryptedTextField, decrypt, rotate

BATCH = 200
PASSES = 5
_PAUSE = 0.2

Renew = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Place:
    """Where closed values lie: in field ``field`` of ``model``.

    ``through`` gets what the field holds and a function; it returns the same with each token in it put through that.
    """

    model: type[models.Model]
    field: str
    through: Callable[[Any, Renew], Any]


@dataclass
class Counts:
    """What was done in a place. ``unreadable`` values fit none of the keys, ``busy`` rows somebody else was writing."""

    renewed: int = 0
    unreadable: int = 0
    busy: int = 0


_registered: list[Place] = []


def register(place: Place) -> None:
    """Have the values of ``place`` renewed too; for an app's ``ready()``."""
    _registered.append(place)


def places() -> list[Place]:
    """Return where closed values lie: every EncryptedTextField there is, and what apps registered."""
    fields = [
        Place(model, field.name, lambda value, renew: renew(value))
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField) and not model._meta.proxy
    ]
    return [*fields, *_registered]


def renew(place: Place) -> Counts:
    """Close anew what in ``place`` needs another key than the first, in small transactions; may be cut off at any time.

    A row that somebody is writing is passed over and tried again later: nobody ever waits for more than one batch.
    """
    counts = Counts()
    for number in range(PASSES):
        time.sleep(_PAUSE if number else 0)
        counts.unreadable = counts.busy = 0
        last = None
        while rows := _rows(place, last):
            last = rows[-1]
            _renew_batch(place, rows, counts)
        if not counts.busy:
            break
    return counts


def needing_older_keys(place: Place) -> int:
    """Return how many rows of ``place`` do not open with the first key alone."""
    left, last = 0, None
    while rows := _rows(place, last):
        last = rows[-1]
        values = _values(place).filter(pk__in=rows)
        left += sum(not _fits_first(place, value) for value in values.values_list("stored", flat=True))
    return left


def _values(place: Place) -> models.QuerySet[Any]:
    """Return the rows of ``place`` with a value, with what the database holds as ``stored``."""
    field = place.model._meta.get_field(place.field)
    stored = Cast(place.field, models.BinaryField()) if isinstance(field, EncryptedTextField) else models.F(place.field)
    rows: models.QuerySet[Any] = place.model._base_manager.filter(**{f"{place.field}__isnull": False})
    annotated: models.QuerySet[Any] = rows.annotate(stored=stored)
    return annotated


def _rows(place: Place, after: Any) -> list[Any]:
    rows = _values(place).order_by("pk")
    return list((rows if after is None else rows.filter(pk__gt=after)).values_list("pk", flat=True)[:BATCH])


def _renew_batch(place: Place, rows: list[Any], counts: Counts) -> None:
    with transaction.atomic():
        free = _values(place).filter(pk__in=rows).select_for_update(skip_locked=True, no_key=True, of=("self",))
        seen = list(free.values_list("pk", "stored"))
        for pk, value in seen:
            if _fits_first(place, value):
                continue
            try:
                renewed = place.through(value, lambda token: rotate(bytes(token)))
            except InvalidToken:
                counts.unreadable += 1
                continue
            place.model._base_manager.filter(pk=pk).update(**{place.field: renewed})
            counts.renewed += 1
        there = _values(place).filter(pk__in=rows).count()
        counts.busy += max(0, there - len(seen))


def _fits_first(place: Place, value: Any) -> bool:
    def check(token: bytes) -> bytes:
        decrypt(bytes(token), settings.ENCRYPTION_KEYS[:1])
        return token

    try:
        place.through(value, check)
    except InvalidToken:
        return False
    return True


def unfinished() -> Iterator[tuple[Place, int]]:
    """Give the places in which something still needs an older key, and how many rows do."""
    for place in places():
        if left := needing_older_keys(place):
            yield place, left
