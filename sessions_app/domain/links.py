"""The signed tokens in mail with which somebody answers without signing in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core import signing

LASTS = timedelta(days=800)  # longer than a talk can be planned ahead; the end of what it is about ends it sooner


def token_for(purpose: str, *ids: UUID) -> str:
    """Return the token that stands for ``ids``, good for this ``purpose`` alone."""
    return signing.TimestampSigner(salt=f"sessions_app.{purpose}").sign(".".join(pk.hex for pk in ids))


def ids_in(purpose: str, token: str) -> tuple[UUID, ...] | None:
    """Return the ids that ``token`` was made for; None when it is not ours, for something else, or too old."""
    try:
        value = signing.TimestampSigner(salt=f"sessions_app.{purpose}").unsign(token, max_age=LASTS)
    except signing.BadSignature:
        return None
    return tuple(map(UUID, value.split(".")))
