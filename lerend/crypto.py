"""Text that is stored closed, and one-way marks for text without a name.

Keys come from the settings ``ENCRYPTION_KEYS`` (the first writes, all read: put a new key in front to
rotate) and ``MARK_KEY``. Neither is ever in the database.
"""

import hashlib
import hmac
import time
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models

DAY = 24 * 3600


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> bytes:
    """Return ``text`` closed with the first key.

    The time that a Fernet token shows is rounded to the day: it must not tell which of two texts came first.
    """
    today = int(time.time()) // DAY * DAY
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt_at_time(text.encode(), today)


def decrypt(token: bytes, keys: Sequence[str] | None = None) -> str:
    """Return the text in ``token``; raises cryptography's InvalidToken when none of ``keys`` (the settings') fits."""
    return _fernet(tuple(keys or settings.ENCRYPTION_KEYS)).decrypt(token).decode()


def rotate(token: bytes) -> bytes:
    """Return ``token`` closed anew with the first key, its time stamp kept."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).rotate(token)


def mark(person: UUID, organisation: UUID) -> str:
    """Return the one-way mark (64 hex digits) under which ``person`` writes unnamed in ``organisation``."""
    message = f"{person.hex}:{organisation.hex}".encode()
    return hmac.new(settings.MARK_KEY.encode(), message, hashlib.sha256).hexdigest()


class EncryptedTextField(models.BinaryField):
    """A text in Python, closed bytes in the database. It cannot be searched or ordered by."""

    description = "Versleutelde tekst"
    _pyi_private_set_type: str  # for the type checker alone
    _pyi_private_get_type: str  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> Any:
        """Close the text on its way to the database."""
        if value is None or isinstance(value, bytes | memoryview):
            return value
        return encrypt(str(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        """Open the bytes on their way from the database."""
        return None if value is None else decrypt(bytes(value))

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse every lookup but ``isnull``: equal texts have different bytes."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: it has no {lookup_name} lookup.")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        """Refuse to be serialised: a dump must not open what is closed."""
        raise FieldError(f"{self.name} is encrypted and is left out of dumps.")
