"""Making a mail of a message, as things stand at that moment."""

import hashlib
import logging
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email

from lerend.mail import digest
from lerend.mail.choice import READING, MailChoice, next_digest, unsubscribe_link
from lerend.mail.delivery import provider
from lerend.mail.delivery.errors import PermanentError, TemporaryError, short
from lerend.mail.kinds import MailKind, Rendered, loaded, registry
from lerend.mail.models import Message, State

logger = logging.getLogger(__name__)

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))  # before each further attempt


def message_id(key: str) -> str:
    """Return the Message-ID that belongs to a message's key, the same at each attempt."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{settings.SITE_HOST}>"


def build(message: Message, rendered: Rendered, *, optional: bool = False) -> EmailMultiAlternatives:
    """Return the mail for what a kind rendered; of an optional kind it can be turned off with one click (RFC 8058)."""
    headers = {name: _one_line(value) for name, value in rendered.headers.items()}
    if optional and message.recipient_id:
        headers["List-Unsubscribe"] = f"<{unsubscribe_link(message.recipient_id)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        subject=_one_line(rendered.subject),
        body=rendered.text,
        to=[message.to],
        headers={**headers, "Message-ID": message_id(message.key), "Auto-Submitted": "auto-generated"},
    )
    if rendered.html:
        mail.attach_alternative(rendered.html, "text/html")
    if rendered.calendar is not None:
        provider.attach_calendar(mail, rendered.calendar.decode(), rendered.calendar_method)
    provider.label(mail, message.id)
    return mail


def load(batch: Sequence[Message]) -> dict[UUID, Any]:
    """Return what the messages are about, by message id; an exception in its place where loading failed."""
    things: dict[UUID, Any] = {}
    for name in {message.kind for message in batch}:
        messages = [message for message in batch if message.kind == name]
        if kind := registry.get(name):
            things.update(loaded(kind, messages))
    return things


def make(message: Message, things: Mapping[UUID, Any], now: datetime) -> EmailMultiAlternatives | State | datetime:
    """Return the mail as things stand at ``now``; OBSOLETE or MISSED when it is not to be sent any more; or until when
    it waits, because its receiver has such mail once a day.

    Raises PermanentError for a message that can never be sent, TemporaryError for one whose making failed.
    """
    kind = registry.get(message.kind)
    if kind is None:
        raise PermanentError("unknown kind")
    if message.attempts > len(PAUSES):
        raise PermanentError("its workers keep dying")
    if message.expires_at and message.expires_at <= now:
        return State.MISSED
    # Nobody is told whether somebody wanted no mail: that is theirs.
    person = message.recipient
    if person and not (person.is_active and (kind.necessary or person.mail_choice != MailChoice.NONE)):
        return State.OBSOLETE
    try:
        validate_email(message.to)
    except ValidationError:
        raise PermanentError("invalid address", address_fails=True) from None
    message.sending_at = now
    try:
        return _made(kind, message, things, now)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        # Where it went wrong, not what it said: that may quote the mail.
        last = traceback.extract_tb(error.__traceback__)[-1]
        logger.warning("Mail: %s could not be made: %s at %s:%s", message, short(error), last.filename, last.lineno)
        raise TemporaryError(short(error)) from None


def _made(
    kind: MailKind[Any], message: Message, things: Mapping[UUID, Any], now: datetime
) -> EmailMultiAlternatives | State | datetime:
    """Return what ``make`` does, for a message that may be sent. Raises whatever the kind raises."""
    if message.pk not in things:
        return State.OBSOLETE
    thing = things[message.pk]
    if isinstance(thing, Exception):
        raise thing
    if not kind.matters(message, thing, now):
        return State.MISSED if kind.missed(message, thing, now) else State.OBSOLETE
    if not kind.necessary and digest.waits_for_it(message):
        until, following = kind.useful_until(message, thing), next_digest(now)
        if until is None or until >= following + READING:
            return following
    return build(message, kind.render(message, thing), optional=not kind.necessary)


def _one_line(text: str) -> str:
    return " ".join(text.split())
