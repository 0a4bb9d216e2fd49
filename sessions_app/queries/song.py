"""Reads about the song: its travelling story, and who may take what out of it."""

from __future__ import annotations

from datetime import date

from django.db.models import Count

from lerend import keyset
from organisations.models import REDACTIE_GROUP, Organisation, User, in_group
from sessions_app.models import SongPlaying, Verse

STOPS_A_PAGE = 24
VERSES_A_PAGE = 12
MOST_ON_DESK = 100


def stops(cursor: str) -> keyset.Page[SongPlaying]:
    """Return a page of where the song was: an organisation once a month, the latest month first."""
    found = SongPlaying.objects.stops().select_related("organisation").defer("what")
    return keyset.page(found, "month", cursor, newest_first=True, size=STOPS_A_PAGE, parse=date.fromisoformat)


def released_verses(cursor: str) -> keyset.Page[Verse]:
    """Return a page of the verses that everybody reads, the latest month first."""
    found = Verse.objects.released().select_related("organisation", "team").defer("text")
    return keyset.page(found, "released_month", cursor, newest_first=True, size=VERSES_A_PAGE, parse=date.fromisoformat)


def lately_at(most: int = 3) -> list[str]:
    """Return the names of the organisations where the song was last, the latest first, each once; one query."""
    found = SongPlaying.objects.stops().order_by("-month", "-id").values_list("organisation__name", flat=True)
    return list(dict.fromkeys(found[:STOPS_A_PAGE]))[:most]


def own_playings(user: User, cursor: str) -> keyset.Page[SongPlaying]:
    """Return a page of what ``user`` played, newest first."""
    found = SongPlaying.objects.own(user).select_related("organisation", "team")
    return keyset.page(found, "played_at", cursor, newest_first=True)


def own_verses(user: User, cursor: str) -> keyset.Page[Verse]:
    """Return a page of the verses of ``user``, newest first."""
    found = Verse.objects.own(user).select_related("organisation", "team")
    return keyset.page(found, "created_at", cursor, newest_first=True)


def watched(user: User) -> list[Organisation]:
    """Return the organisations whose name ``user`` may take out of the story, each with ``stop_count``."""
    ways = Organisation.objects.contacted_through(user) | Organisation.objects.run_by(user)
    found = list(ways.order_by("name"))
    counts = dict(
        SongPlaying.objects.stops()
        .filter(organisation__in=found)
        .order_by()
        .values_list("organisation")
        .annotate(Count("id"))
    )
    for organisation in found:
        organisation.stop_count = counts.get(organisation.id, 0)  # type: ignore[attr-defined]
    return found


def hideable_verses(user: User) -> list[Verse]:
    """Return the latest released verses that ``user`` may hide."""
    found = Verse.objects.hideable_by(user).select_related("organisation", "team").defer("text")
    return list(found.order_by("-released_month", "-id")[:MOST_ON_DESK])


def keeps_watch(user: User) -> bool:
    """Return whether ``user`` may take anything out of the story."""
    if in_group(user, REDACTIE_GROUP):
        return True
    return (Organisation.objects.contacted_through(user) | Organisation.objects.run_by(user)).exists()
