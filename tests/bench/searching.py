"""Searching: what a page of /zoeken/ costs when there are a hundred times as many texts.

A word that twenty texts have however many there are, a word that every text has, and both. Half of the texts are for
everybody, half for who is signed in. One visitor asks among few and among many in turn; the median counts.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from statistics import median
from uuid import uuid4

from tests.bench.database import own_database
from tests.bench.measure import Measure

FEW, MANY, RUNS, WARM = 1_000, 100_000, 60, 10
MATCHES = 20
MOST_RATIO = 1.5
WORDS = {"rare": "kwinkslag", "common": "wijkteam", "both": "wijkteam kwinkslag"}


def measure() -> Iterator[Measure]:
    """Give, for each kind of word, the time of a page and of finding alone at 100,000 texts over that at 1,000."""
    with own_database():
        from django.conf import settings
        from django.contrib.auth import get_user_model
        from django.db import connection

        from content import search
        from tests.signing_in import Browser

        settings.ALLOWED_HOSTS = ["testserver"]
        with connection.cursor() as cursor:
            for count in (FEW, MANY):
                cursor.execute(f"CREATE SCHEMA texts_{count}")
                table = f"texts_{count}.content_searchentry"
                cursor.execute(f"CREATE TABLE {table} (LIKE public.content_searchentry INCLUDING ALL)")
                _among(count)
                _fill(count)
        user = get_user_model().objects.create(email="lina@voorbeeld.test", name="Lina")
        client = Browser()
        client.force_login(user)

        def page(words: str) -> None:
            if f"bij “{words}”" not in client.get("/zoeken/", {"q": words}).content.decode():
                raise RuntimeError("The page did not come.")

        def find(words: str) -> None:
            if len(search.find(words, user)[0]) != search.PAGE_SIZE:
                raise RuntimeError("Not all was found.")

        for name, words in WORDS.items():
            for what, call in (("page", page), ("find", find)):
                few, many = _milliseconds(lambda call=call, words=words: call(words))
                figures = {f"milliseconds at {FEW}": few, f"milliseconds at {MANY}": many}
                yield Measure(f"search_{name}_{what}", many / few, MOST_RATIO, figures, at_most=True)


def _among(count: int) -> None:
    """Let the connection see the index with ``count`` texts."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO texts_{count}, public")


def _milliseconds(call: Callable[[], None]) -> tuple[float, float]:
    """Return what ``call`` costs among few texts and among many, asked in turn; the median after warming up."""
    taken: dict[int, list[float]] = {FEW: [], MANY: []}
    for _ in range(RUNS):
        for count, times in taken.items():
            _among(count)
            began = time.perf_counter()
            call()
            times.append((time.perf_counter() - began) * 1e3)
    return median(taken[FEW][WARM:]), median(taken[MANY][WARM:])


def _fill(count: int) -> None:
    """Fill the index with ``count`` texts of about fifty words, 20 of which have the rare word."""
    from django.db import connection

    from content.models import Readers, SearchEntry

    chance = random.Random(1)  # noqa: S311
    words = [f"{chance.choice('bdgkmnprst')}{chance.choice('aeiou')}{n:x}woord" for n in range(20_000)]
    rare = set(chance.sample(range(count), MATCHES))
    rows = (
        SearchEntry(
            source="bench",
            object_id=uuid4(),
            readers=Readers.ALL if n % 2 else Readers.SIGNED_IN,
            tier=n % 3,
            kind="Vuistregel",
            title=f"Wijkteam {words[n % len(words)]}",
            text=" ".join([*chance.choices(words, k=50), "wijkteams", *(["kwinkslag"] if n in rare else [])]),
            path="/vak/",
        )
        for n in range(count)
    )
    SearchEntry.objects.bulk_create(rows, batch_size=2_000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE content_searchentry")
