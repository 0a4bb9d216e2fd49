"""The index of what can be found: who gives texts to it, how it is kept, and how it is searched.

An app registers a ``Source``. Its texts are brought up to date with ``refresh``, in the transaction that changed them
or right after it. Only plain texts that somebody may read belong here, never what is stored closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank
from django.db import connection, transaction
from django.db.models import F
from django.utils.html import escape
from django.utils.safestring import SafeString

from content.models.search import Readers, SearchEntry
from organisations.models import User

RANKED = 500
PAGE_SIZE = 20
# Marks that no text can have: they are taken out before it is stored.
_OPEN, _CLOSE = "\x02", "\x03"
# Where the database knows no language, curly quotes would be part of the word.
_PLAIN = str.maketrans("‘’“”", "''\"\"", "\x00" + _OPEN + _CLOSE)
_FIELDS = ("object_id", "kind", "title", "text", "path", "readers", "organisation_id", "tier")


@dataclass(frozen=True)
class Entry:
    """A text that can be found: what it is called and says, where it stands, and who reads it."""

    object_id: UUID
    kind: str
    title: str
    text: str
    path: str
    readers: str = Readers.ALL
    organisation_id: UUID | None = None
    tier: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", self.title.translate(_PLAIN)[:250])
        object.__setattr__(self, "text", self.text.translate(_PLAIN))


@dataclass(frozen=True)
class Source:
    """Where texts come from: all of them, or those of one organisation."""

    name: str
    entries: Callable[[UUID | None], Iterable[Entry]]


@dataclass(frozen=True)
class Found:
    """A text that was found, the words marked."""

    kind: str
    title: SafeString
    excerpt: SafeString
    path: str


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Let ``source`` give texts; called from an app's ``ready()``."""
    _sources[source.name] = source


def source_names() -> list[str]:
    """Return the sources there are."""
    return list(_sources)


@transaction.atomic
def refresh(name: str, organisation_id: UUID | None = None) -> int:
    """Make the index say what the source ``name`` says now, of one organisation where given; return what it wrote.

    Nothing is written where nothing changed. Two at once wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"content.search.{name}"])
    rows = SearchEntry.objects.filter(source=name)
    if organisation_id:
        rows = rows.filter(organisation=organisation_id)
    now = set(_sources[name].entries(organisation_id))
    before = {Entry(**row) for row in rows.values(*_FIELDS)}
    gone, new = before - now, now - before
    rows.filter(object_id__in=[entry.object_id for entry in gone]).delete()
    SearchEntry.objects.bulk_create(
        [
            SearchEntry(source=name, **{field: getattr(entry, field) for field in _FIELDS})
            for entry in sorted(new, key=lambda entry: (entry.tier, entry.path))
        ],
        batch_size=1_000,
    )
    return len(gone) + len(new)


def refresh_soon(name: str, organisation_id: UUID | None = None) -> None:
    """Refresh once this transaction is through, once however often it is asked for."""
    waiting = _Waiting(name, organisation_id)
    if all(function != waiting for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(waiting, robust=True)


@dataclass(frozen=True)
class _Waiting:
    name: str
    organisation_id: UUID | None

    def __call__(self) -> None:
        refresh(self.name, self.organisation_id)


def find(words: str, user: User | AnonymousUser, page: int = 1) -> tuple[list[Found], bool]:
    """Return a page of what ``user`` may read and has all of ``words``, the best first, and whether there is more.

    At most the first 500 texts are ranked: a word that is everywhere costs no more when there is more.
    """
    query = SearchQuery(words.translate(_PLAIN), config="dutch", search_type="websearch")
    within = SearchEntry.objects.visible_to(user).filter(vector=query).order_by("tier", "id").values("pk")[:RANKED]
    shown = (
        SearchEntry.objects.filter(pk__in=within)
        .annotate(rank=SearchRank(F("vector"), query))
        .order_by("-rank", "tier", "id")
        .values_list("pk", flat=True)
    )
    start = (page - 1) * PAGE_SIZE
    keys = list(shown[start : start + PAGE_SIZE + 1])
    rows = {row["pk"]: row for row in _with_marks(keys[:PAGE_SIZE], query)}
    return [_found(rows[key]) for key in keys[:PAGE_SIZE] if key in rows], len(keys) > PAGE_SIZE


def says_nothing(words: str) -> bool:
    """Return whether ``words`` are all too common to search for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT numnode(websearch_to_tsquery('dutch', %s)) = 0", [words])
        return bool(cursor.fetchone()[0])


def _with_marks(keys: list[int], query: SearchQuery) -> Iterable[Mapping[str, Any]]:
    marked = partial(SearchHeadline, query=query, config="dutch", start_sel=_OPEN, stop_sel=_CLOSE)
    return SearchEntry.objects.filter(pk__in=keys).values(
        "pk",
        "kind",
        "path",
        marked_title=marked("title", highlight_all=True),
        marked_text=marked("text", max_words=35, min_words=18),
    )


def _found(row: Mapping[str, Any]) -> Found:
    return Found(row["kind"], _marked(row["marked_title"]), _marked(row["marked_text"]), row["path"])


def _marked(text: str) -> SafeString:
    """Return ``text`` made harmless first, and only then with its marks."""
    return SafeString(escape(text).replace(_OPEN, "<mark>").replace(_CLOSE, "</mark>"))
