"""When reminders go, and putting them in the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from lerend.mail import outbox
from lerend.moments import AMSTERDAM
from sessions_app.models import Participant, Session, SessionReminder

KINDS = frozenset({"reminder", "record_reminder"})


def wall_clock(moment: datetime, days: int, at: time) -> datetime:
    """Return the instant (UTC) at ``at`` o'clock in Amsterdam, ``days`` days from the day of ``moment``."""
    day = moment.astimezone(AMSTERDAM).date() + timedelta(days=days)
    return datetime.combine(day, at, AMSTERDAM).astimezone(ZoneInfo("UTC"))


def moments_before(session: Session, now: datetime) -> list[datetime]:
    """Return the instants, still to come, at which the invited are reminded.

    When the last of them has passed already, as when a talk is planned for tomorrow, the reminder moves to the same
    hour on the day itself, if that is still ahead and before the start.
    """
    starts_at, _ = session.span
    rules = [
        (rule.days, rule.at)
        for rule in session.reminders.all()
        if rule.audience == SessionReminder.Audience.INVITED and rule.days <= 0
    ]
    if not rules:
        return []
    wanted = [wall_clock(starts_at, days, at) for days, at in rules]
    if max(wanted) <= now:
        wanted.append(wall_clock(starts_at, 0, max(rules)[1]))
    return sorted({moment for moment in wanted if now < moment < starts_at})


def moment_after(session: Session, now: datetime) -> datetime | None:
    """Return when those present are asked to record: the template's moment, or the next such hour when closed late."""
    rules = [rule for rule in session.reminders.all() if rule.audience == SessionReminder.Audience.PRESENT]
    if not rules:
        return None
    first = min(rules, key=lambda rule: (rule.days, rule.at))
    moment = wall_clock(session.span[0], first.days, first.at)
    if moment <= now:
        moment = wall_clock(now, 0, first.at)
    return moment if moment > now else wall_clock(now, 1, first.at)


def drafts_before(session: Session, participants: Iterable[Participant]) -> Iterator[outbox.Draft]:
    """Give the reminders of a planned talk, as they go into the outbox."""
    moments = moments_before(session, timezone.now())
    for person in participants:
        for moment in moments:
            yield outbox.Draft(
                kind="reminder",
                about=session.id,
                about_part=person.id,
                recipient=person.user,
                sequence=session.sequence,
                send_after=moment,
                key=f"reminder:{session.id}:{person.user_id}:{session.sequence}:{moment:%Y%m%dT%H%M}",
            )


def queue_before(session: Session, participants: Iterable[Participant]) -> None:
    """Queue the reminders of a planned talk; those of an earlier moment were dropped by the caller."""
    outbox.queue_many(drafts_before(session, participants))


def queue_after(session: Session, present: Iterable[Participant]) -> None:
    """Queue, once a talk is closed, the question to record what one wants to keep."""
    moment = moment_after(session, timezone.now())
    if moment is None:
        return
    outbox.queue_many(
        outbox.Draft(
            kind="record_reminder",
            about=session.id,
            about_part=person.id,
            recipient=person.user,
            sequence=session.sequence,
            send_after=moment,
            key=f"record_reminder:{session.id}:{person.user_id}",
        )
        for person in present
    )
