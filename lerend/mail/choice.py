"""Which mail somebody wants, when the daily one goes, and the link with which one turns mail off.

Only mail of an optional kind is chosen (``MailKind.necessary``); what is necessary goes to everybody, at once.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from django.core import signing
from django.db.models import TextChoices

from lerend.mail.rendering import link
from lerend.moments import AMSTERDAM, in_amsterdam

DIGEST_AT = time(7, 30)
# What comes that soon after the daily mail goes by itself: not everybody reads mail at half past seven.
READING = timedelta(hours=1)
_SALT = "lerend.mail.unsubscribe"


class MailChoice(TextChoices):
    """How somebody gets mail that is not necessary."""

    EACH = "each", "Elke mail apart"
    DAILY = "daily", "Eén mail per dag"
    NONE = "none", "Alleen wat nodig is"


def last_digest(now: datetime) -> datetime:
    """Return the latest moment up to ``now`` at which the daily mail goes: 07:30 in Amsterdam."""
    today = in_amsterdam(now).date()
    moment = datetime.combine(today, DIGEST_AT, AMSTERDAM)
    return moment if moment <= now else datetime.combine(today - timedelta(days=1), DIGEST_AT, AMSTERDAM)


def next_digest(now: datetime) -> datetime:
    """Return the first moment after ``now`` at which the daily mail goes."""
    return datetime.combine(in_amsterdam(last_digest(now)).date() + timedelta(days=1), DIGEST_AT, AMSTERDAM)


def unsubscribe_link(person: UUID) -> str:
    """Return the address at which the person with this id turns optional mail off without signing in.

    It goes on working as long as the account does: mail may be a year old, and all that it can do is to choose less
    mail, which its owner sees and undoes at their account.
    """
    return link("unsubscribe", signing.Signer(salt=_SALT).sign(person.hex))


def unsubscriber(token: str) -> UUID | None:
    """Return the id of the person to whom ``token`` was given; None when it is not one of ours."""
    try:
        return UUID(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
