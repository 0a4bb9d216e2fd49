"""Making, renewing and ending the address at which somebody's own calendar fetches their talks."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.utils import timezone

from lerend.moments import in_amsterdam
from organisations.models import User
from sessions_app.models import CalendarFeed
from sessions_app.models.guests import hashed

_TOKEN_BYTES = 32
_SECOND = timedelta(seconds=1)


def renew_feed(*, by: User) -> str:
    """Give the feed of ``by`` a new address, or its first; the one before is dead at once.

    Returns the token, which is stored nowhere.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    fresh = {"token_hash": hashed(token), "made_at": timezone.now(), "used_on": None, "print": ""}
    CalendarFeed.objects.update_or_create(user=by, defaults=fresh)
    return token


def end_feed(*, by: User) -> None:
    """End the feed of ``by``; done twice it is done once."""
    CalendarFeed.objects.filter(user=by).delete()


def note_fetched(feed: CalendarFeed, print_now: str, now: datetime | None = None) -> CalendarFeed:
    """Note that a calendar fetched ``feed`` while its content has this ``print_now``; writes at most once a day, and
    when the content changed.

    Returns it with the moment since which it holds this, which is at least a second after the one before: a header
    tells whole seconds.
    """
    now = now or timezone.now()
    today = in_amsterdam(now).date()
    if feed.print == print_now and feed.used_on == today:
        return feed
    if feed.print != print_now:
        feed.print, feed.changed_at = print_now, max(now, feed.changed_at + _SECOND)
    feed.used_on = today
    # A renewal meanwhile made it another feed: that one is not touched.
    CalendarFeed.objects.filter(pk=feed.pk, token_hash=feed.token_hash).update(
        print=feed.print, changed_at=feed.changed_at, used_on=today
    )
    return feed
