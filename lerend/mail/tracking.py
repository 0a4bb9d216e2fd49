"""What a mail provider tells of mail that it took: that it was delivered, came back, or is not wanted.

Events may come twice, late and in any order. A message that came back stays failed, whatever else is told of it.
"""

import re
from datetime import datetime
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


def on_event(sender: Any, event: Any, **kwargs: Any) -> None:
    """Take one event of anymail's ``tracking``; what is not about our mail, or of no use, is let go."""
    if event.event_type not in (*CAME_BACK, DELIVERED):
        return
    try:
        message_id = UUID(str((event.metadata or {}).get(LABEL)))
    except ValueError:
        return
    at: datetime = event.timestamp or timezone.now()
    if event.event_type == DELIVERED:
        _delivered(message_id, at, event.recipient or "")
    else:
        code = _CODE.search(event.mta_response or "")
        error = " ".join(filter(None, (event.event_type, code and code.group())))
        _came_back(message_id, error, at, event.recipient or "")


@transaction.atomic
def _came_back(message_id: UUID, error: str, at: datetime, address: str) -> None:
    message = _locked(message_id)
    # What is still being written down as sent loses its claim here, so that it is not.
    if message is None or message.state not in {State.SENT, State.SENDING}:
        return
    message.state, message.error, message.sent_at, message.payload = State.FAILED, error, None, None
    message.claim = message.claimed_at = None
    message.save(update_fields=["state", "error", "sent_at", "payload", "claim", "claimed_at"])
    if _is_of(message, address):
        addresses.fails(message.to, at)


@transaction.atomic
def _delivered(message_id: UUID, at: datetime, address: str) -> None:
    message = _locked(message_id)
    if message is not None and message.state in {State.SENT, State.SENDING} and _is_of(message, address):
        addresses.works(message.to, at)


def _is_of(message: Message, address: str) -> bool:
    """Whether an event about ``address`` says something of where ``message`` would go now: its receiver may have
    another address since. Where a provider names none it counts."""
    return not address or address.lower() == message.to.lower()


def _locked(message_id: UUID) -> Message | None:
    found = Message.objects.select_for_update(of=("self",)).select_related("recipient").defer("payload")
    return found.filter(id=message_id).first()
