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

from lerend.mail.delivery import provider
from lerend.mail.delivery.errors import PermanentError, TemporaryError, short
from lerend.mail.kinds import MailKind, Rendered, registry
from lerend.mail.models import Message

logger = logging.getLogger(__name__)

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))  # before each further attempt


def message_id(key: str) -> str:
    """Return the Message-ID that belongs to a message's key, the same at each attempt."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{settings.SITE_HOST}>"


def build(message: Message, rendered: Rendered) -> EmailMultiAlternatives:
    """Return the mail for what a kind rendered."""
    headers = {name: _one_line(value) for name, value in rendered.headers.items()}
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
            things.update(_loaded(kind, messages))
    return things


def make(message: Message, things: Mapping[UUID, Any], now: datetime) -> EmailMultiAlternatives | None:
    """Return the mail as things stand at ``now``, None when it matters no more.

    Raises PermanentError for a message that can never be sent, TemporaryError for one whose making failed.
    """
    kind = registry.get(message.kind)
    if kind is None:
        raise PermanentError("unknown kind")
    if message.attempts > len(PAUSES):
        raise PermanentError("its workers keep dying")
    if (message.expires_at and message.expires_at <= now) or (message.recipient and not message.recipient.is_active):
        return None
    try:
        validate_email(message.to)
    except ValidationError:
        raise PermanentError("invalid address", address_fails=True) from None
    try:
        if message.pk not in things:
            return None
        thing = things[message.pk]
        if isinstance(thing, Exception):
            raise thing
        return build(message, kind.render(message, thing)) if kind.matters(message, thing, now) else None
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        # Where it went wrong, not what it said: that may quote the mail.
        last = traceback.extract_tb(error.__traceback__)[-1]
        logger.warning("Mail: %s could not be made: %s at %s:%s", message, short(error), last.filename, last.lineno)
        raise TemporaryError(short(error)) from None


def _loaded(kind: MailKind[Any], messages: Sequence[Message]) -> dict[UUID, Any]:
    try:
        return dict(kind.load(messages))
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        if len(messages) == 1:
            return {messages[0].pk: error}
    # One of them is not well: each by itself, so that it stands in nobody's way.
    return {pk: thing for message in messages for pk, thing in _loaded(kind, [message]).items()}


def _one_line(text: str) -> str:
    return " ".join(text.split())
