"""The daily mail: one each morning for who wants it, with all optional mail that would come before the next one.

It looks ahead, so that nothing in it comes too late. What is put down later that day waits for the next one where it
keeps, and goes by itself where it does not (``delivery`` decides).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction

from lerend.mail.choice import MailChoice, last_digest, next_digest, unsubscribe_link
from lerend.mail.kinds import MailKind, Rendered, Short, loaded, register, registry
from lerend.mail.models import DigestDay, Message, State
from lerend.mail.rendering import link, render_body
from lerend.moments import day as day_in_words
from lerend.moments import in_amsterdam

logger = logging.getLogger(__name__)

_TABLE = Message._meta.db_table
_BUNDLE = f"""
    UPDATE {_TABLE} m SET state = 'bundled', bundle = digest.id
    FROM {_TABLE} digest
    WHERE m.id = ANY(%(ids)s) AND digest.key = 'digest:' || m.recipient_id || ':' || %(day)s
"""  # noqa: S608


@dataclass(frozen=True)
class Item:
    """One message in a daily mail, with what it is about."""

    kind: MailKind[Any]
    message: Message
    thing: Any


@register
class Digest(MailKind[list[Item]]):
    """One mail with what would otherwise be many. Each item is made as things stand when it is sent."""

    name = "digest"
    label = "Dagelijkse mail"
    necessary = False

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, list[Item]]:
        """Fetch the bundled messages in one query, and what they are about in those of their kinds."""
        bundled = Message.objects.filter(bundle__in=[message.pk for message in messages]).defer("payload")
        rows = list(bundled.select_related("recipient").order_by("send_after", "id"))
        found: dict[UUID, list[Item]] = {}
        things: dict[UUID, Any] = {}
        for name in {row.kind for row in rows} & registry.keys():
            things.update(loaded(registry[name], [row for row in rows if row.kind == name]))
        for row in rows:
            if row.pk in things and row.bundle:
                found.setdefault(row.bundle, []).append(Item(registry[row.kind], row, things[row.pk]))
        return found

    def matters(self, message: Message, thing: list[Item], now: datetime) -> bool:
        """While one of its items does."""
        return bool(_short(thing, now))

    def render(self, message: Message, thing: list[Item]) -> Rendered:
        """Say what there is, each in a line or two."""
        items = _short(thing, message.moment)
        text, html = render_body(
            self.name,
            {
                "person": message.recipient,
                "items": items,
                "choose": link("mail_choice"),
                "unsubscribe": unsubscribe_link(message.about),
            },
        )
        count = "één bericht" if len(items) == 1 else f"{len(items)} berichten"
        return Rendered(subject=f"Je mail van {day_in_words(message.moment)}: {count}", text=text, html=html)


def _short(items: Sequence[Item], now: datetime) -> list[Short]:
    """Return what still matters at ``now``, in short: what is soonest first, and last what keeps.

    Two messages of one kind about one thing are one item.
    """
    found: dict[tuple[object, ...], tuple[datetime | None, Short]] = {}
    for item in items:
        message = item.message
        message.sending_at = now
        about = (message.kind, message.about, message.about_part)
        if about in found:
            continue
        try:
            if isinstance(item.thing, Exception):
                raise item.thing
            if item.kind.matters(message, item.thing, now):
                found[about] = item.kind.useful_until(message, item.thing), item.kind.in_short(message, item.thing)
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:  # the others in this mail are well
            logger.warning("Mail: %s could not be made for a daily mail: %s", message, type(error).__name__)
    soonest = sorted(found.values(), key=lambda made: (made[0] is None, made[0] or now))
    return [short for _, short in soonest]


def waits_for_it(message: Message) -> bool:
    """Return whether the receiver of an optional message has such mail once a day, and this is not that mail itself."""
    daily = message.recipient is not None and message.recipient.mail_choice == MailChoice.DAILY
    return daily and message.kind != Digest.name


def bundle(now: datetime) -> int:
    """Put the daily mails of this day together, once, and return how many messages went into them.

    All in one transaction: who is killed halfway leaves nothing behind, and a second worker waits until the first is
    done. Messages that a worker has claimed are passed over. A late worker bundles late.
    """
    day = in_amsterdam(last_digest(now)).date()
    if DigestDay.objects.filter(day=day).exists():
        return 0
    kinds = [name for name, kind in registry.items() if not kind.necessary and name != Digest.name]
    with transaction.atomic():
        if not DigestDay.objects.get_or_create(day=day)[1]:
            return 0
        rows = list(
            Message.objects.filter(
                state=State.QUEUED,
                send_after__lt=next_digest(now),
                kind__in=kinds,
                payload__isnull=True,
                recipient__mail_choice=MailChoice.DAILY,
                recipient__is_active=True,
            )
            .only("recipient")
            .select_for_update(skip_locked=True, of=("self",))
        )
        if not rows:
            return 0
        Message.objects.bulk_create(
            Message(
                kind=Digest.name,
                key=f"{Digest.name}:{person}:{day}",
                recipient_id=person,
                about=person,
                send_after=now,
                created_at=now,
            )
            for person in {row.recipient_id for row in rows}
            if person
        )
        with connection.cursor() as cursor:
            cursor.execute(_BUNDLE, {"ids": [row.pk for row in rows], "day": str(day)})
            return int(cursor.rowcount)
