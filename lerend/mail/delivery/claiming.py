"""Who works on which messages: taking them, giving them back, and taking up what a dead worker left."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from lerend.mail.models import Message, State

BATCH = 100  # what it costs to claim and to read is shared by as many

# Only that a mail was sent waits for the disk, with the statement that says so. The rest does not: a database that
# crashes, rather than stops, may forget it, and then it is done again before anything leaves.
SOON = "(SELECT set_config('synchronous_commit', 'off', true)) soon"
TABLE = Message._meta.db_table
_CLAIM_DUE = f"""
    WITH due AS MATERIALIZED (
        SELECT id FROM {TABLE} WHERE state = 'queued' AND send_after <= %(now)s
        ORDER BY send_after, about LIMIT %(limit)s FOR UPDATE SKIP LOCKED
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
# What somebody is just taking back is left to them: two who wait for each other's rows would end badly.
_EXPIRE = f"""
    WITH useless AS MATERIALIZED (
        SELECT id FROM {TABLE} WHERE state = 'queued' AND expires_at <= %(now)s FOR UPDATE SKIP LOCKED
    )
    UPDATE {TABLE} m SET state = 'missed', payload = NULL FROM useless WHERE m.id = useless.id
"""  # noqa: S608


def lease() -> timedelta:
    """Return how long a claim holds: longer than a worker can live on it, clocks of servers that differ included."""
    return timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + settings.MAIL_CLAIM_MARGIN)


def claim_due(now: datetime, limit: int) -> list[Message]:
    """Take what is due at ``now``, a batch and ``limit`` at most; return it in the order of its times."""
    values = {"claim": uuid.uuid4(), "claimed_at": timezone.now(), "now": now, "limit": min(BATCH, limit)}
    return _claimed(_CLAIM_DUE, values)


def claim_run_out() -> list[Message]:
    """Take one message of which the claim ran out, if there is any."""
    present = timezone.now()
    return _claimed(_CLAIM_RUN_OUT, {"claim": uuid.uuid4(), "claimed_at": present, "run_out": present - lease()})


def stands(message: Message) -> bool:
    """Return whether ``message`` is still claimed as it was: it may have been taken back since."""
    return Message.objects.filter(pk=message.pk, claim=message.claim).exists()


def release(messages: Collection[Message], send_after: datetime | None = None) -> int:
    """Give back what is still claimed of ``messages``, to wait until ``send_after`` if given; return how many.

    What somebody is just taking back is left to them: two who wait for each other's rows would end badly.
    """
    values: dict[str, Any] = {"state": State.QUEUED, "claim": None, "claimed_at": None}
    if send_after:
        values["send_after"] = send_after
    claims = {message.claim for message in messages}
    held = Message.objects.filter(pk__in=[message.pk for message in messages], claim__in=claims)
    with transaction.atomic():
        return Message.objects.filter(pk__in=held.select_for_update(skip_locked=True).values("pk")).update(**values)


def expire(now: datetime) -> int:
    """Give up what waits and is of no use any more at ``now``; return how many."""
    # Also what waits for another attempt: a closed text is not kept longer than it is of use.
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, {"now": now})
        return int(cursor.rowcount)


def _claimed(statement: str, values: dict[str, Any]) -> list[Message]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return []
    # The payload is left out: one that cannot be opened would keep its whole batch from being read.
    batch = Message.objects.filter(pk__in=ids).select_related("recipient").defer("payload")
    return list(batch.order_by("send_after", "about", "id"))
