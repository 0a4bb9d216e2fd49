"""Who works on which messages: taking them, giving them back, and taking up what a dead worker left."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from lerend.mail.models import Message, State

BATCH = 20

# Nothing in a delivery waits for the disk: a database that crashes may forget the last half second of claims and
# results, and those mails go out once more, as after any crash.
SOON = "(SELECT set_config('synchronous_commit', 'off', true)) soon"
TABLE = Message._meta.db_table
_CLAIM_DUE = f"""
    WITH due AS MATERIALIZED (
        SELECT id FROM {TABLE} WHERE state = 'queued' AND send_after <= %(now)s
        ORDER BY send_after, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE {TABLE} m SET state = 'sending', claim = %(claim)s, claimed_at = %(claimed_at)s
    FROM due, {SOON} WHERE m.id = due.id RETURNING m.id
"""  # noqa: S608
# One at a time and counted as an attempt, so that a message that kills its worker fails in the end, and alone.
_CLAIM_RUN_OUT = f"""
    WITH run_out AS MATERIALIZED (
        SELECT id FROM {TABLE} WHERE state = 'sending' AND claimed_at < %(run_out)s
        ORDER BY claimed_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE {TABLE} m SET claim = %(claim)s, claimed_at = %(claimed_at)s, attempts = attempts + 1
    FROM run_out, {SOON} WHERE m.id = run_out.id RETURNING m.id
"""  # noqa: S608


def lease() -> timedelta:
    """Return how long a claim holds: longer than a batch, or a worker, can take."""
    return timedelta(seconds=max(BATCH * settings.EMAIL_TIMEOUT, settings.CELERY_TASK_TIME_LIMIT) + 60)


def claim(now: datetime, limit: int) -> list[Message]:
    """Take at most ``limit`` of what is due at ``now``, else one whose claim ran out; in the order of their times."""
    present = timezone.now()
    values = {
        "claim": uuid.uuid4(),
        "claimed_at": present,
        "run_out": present - lease(),
        "now": now,
        "limit": min(BATCH, limit),
    }
    claimed = _ids(_CLAIM_DUE, values) or _ids(_CLAIM_RUN_OUT, values)
    if not claimed:
        return []
    # The payload is left out: one that cannot be opened would keep its whole batch from being read.
    batch = Message.objects.filter(pk__in=claimed).select_related("recipient").defer("payload")
    return list(batch.order_by("send_after", "id"))


def release(messages: Collection[Message], send_after: datetime | None = None) -> int:
    """Give back what is still claimed of ``messages``, to wait until ``send_after`` if given; return how many."""
    values: dict[str, Any] = {"state": State.QUEUED, "claim": None, "claimed_at": None}
    if send_after:
        values["send_after"] = send_after
    claims = {message.claim for message in messages}
    return Message.objects.filter(pk__in=[message.pk for message in messages], claim__in=claims).update(**values)


def expire(now: datetime) -> int:
    """Make obsolete what waits and is of no use any more at ``now``; return how many."""
    # Also what waits for another attempt: a closed text is not kept longer than it is of use.
    waiting = Message.objects.filter(state=State.QUEUED, expires_at__lte=now)
    return waiting.update(state=State.OBSOLETE, payload=None)


def _ids(statement: str, values: dict[str, Any]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]
