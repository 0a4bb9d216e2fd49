"""What a mail provider tells of mail that it took: that it was delivered, came back, or is not wanted.

Events may come twice, late and in any order. A message that came back stays failed, whatever else is told of it, until
it is sent again: then only what happened since is about it.
"""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lerend.mail import addresses
from lerend.mail.delivery.provider import LABEL
from lerend.mail.models import Message, State
from lerend.mail.outbox import COMPLAINED

# anymail's names of events that mean that a mail did not, or should not, arrive.
CAME_BACK = ("bounced", "rejected", COMPLAINED)
DELIVERED = "delivered"
_CODE = re.compile(r"\b[45]\d\d\b")
_CLOCKS = timedelta(minutes=1)  # by which theirs and ours may differ


def on_event(sender: Any, event: Any, **kwargs: Any) -> None:
    """Take one event of anymail's ``tracking``; what is not about our mail, or of no use, is let go."""
    if event.event_type not in (*CAME_BACK, DELIVERED):
        return
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    try:
        message_id = UUID(str(metadata.get(LABEL)))
    except ValueError:
        return
    now = timezone.now()
    at: datetime = min(event.timestamp or now, now)  # else what is told of tomorrow would go before all until then
    address = str(event.recipient or "")
    if event.event_type == DELIVERED:
        _delivered(message_id, at, address)
    else:
        code = _CODE.search(str(event.mta_response or ""))
        error = " ".join(filter(None, (event.event_type, code and code.group())))
        _came_back(message_id, error, at, address)


@transaction.atomic
def _came_back(message_id: UUID, error: str, at: datetime, address: str) -> None:
    message = _left(message_id, at)
    if message is None:
        return
    # What is still being written down as sent loses its claim here, so that it is not.
    message.state, message.error, message.sent_at, message.payload = State.FAILED, error, None, None
    message.claim = message.claimed_at = None
    message.save(update_fields=["state", "error", "sent_at", "payload", "claim", "claimed_at"])
    if _is_of(message, address):
        addresses.fails(message.to, at)


@transaction.atomic
def _delivered(message_id: UUID, at: datetime, address: str) -> None:
    message = _left(message_id, at)
    if message is not None and _is_of(message, address):
        addresses.works(message.to, at)


def _is_of(message: Message, address: str) -> bool:
    """Whether an event about ``address`` says something of where ``message`` would go now: its receiver may have
    another address since. Where a provider names none it counts."""
    return not address or address.lower() == message.to.lower()


def _left(message_id: UUID, at: datetime) -> Message | None:
    """Return the message, its row locked, when it left, or is leaving, and had not been sent again since ``at``."""
    found = Message.objects.select_for_update(of=("self",)).select_related("recipient").defer("payload")
    message = found.filter(id=message_id).first()
    if message is None or message.state not in {State.SENT, State.SENDING}:
        return None
    since = message.sent_at or message.claimed_at
    return message if since is None or at >= since - _CLOCKS else None
