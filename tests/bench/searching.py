"""Searching: what a page of /zoeken/ costs when there are a hundred times as many texts.

Two kinds of words: one that twenty texts have, however many there are, and one that every text has. Of the texts half
are for everybody, half for who is signed in. The same visitor asks for the same page in turn, and the median counts.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from statistics import median
from uuid import uuid4

from tests.bench.database import own_database
from tests.bench.measure import Measure

FEW, MANY, RUNS, WARM = 1_000, 100_000, 60, 10
MATCHES = 20
MOST_RATIO = 1.5
WORDS = {"search_rare": "kwinkslag", "search_common": "wijkteam", "search_both": "wijkteam kwinkslag"}


def measure() -> Iterator[Measure]:
    """Give, for each kind of word, the time of a page at 100,000 texts over that at 1,000."""
    with own_database():
        from django.conf import settings

        settings.ALLOWED_HOSTS = ["testserver"]
        figures = {}
        for count in (FEW, MANY):
            _fill(count)
            figures[count] = {name: _milliseconds(words) for name, words in WORDS.items()}
        for name in WORDS:
            few, many = figures[FEW][name], figures[MANY][name]
            parts = {
                "milliseconds a page at 1000": few[0],
                "milliseconds a page at 100000": many[0],
                "milliseconds to find at 1000": few[1],
                "milliseconds to find at 100000": many[1],
            }
            yield Measure(name, many[0] / few[0], MOST_RATIO, parts, at_most=True)
            yield Measure(f"{name}_find", many[1] / few[1], MOST_RATIO, {}, at_most=True)


def _fill(count: int) -> None:
    """Make the index hold ``count`` texts of about fifty words, 20 of which have the rare word."""
    from django.db import connection

    from content.models import Readers, SearchEntry

    SearchEntry.objects.all().delete()
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


def _milliseconds(words: str) -> tuple[float, float]:
    """Return what the whole page costs, and what finding alone costs, as somebody who signed in."""
    from django.contrib.auth import get_user_model

    from content import search
    from tests.signing_in import Browser

    user = get_user_model().objects.get_or_create(email="lina@voorbeeld.test", defaults={"name": "Lina"})[0]
    client = Browser()
    client.force_login(user)

    def page() -> None:
        if client.get("/zoeken/", {"q": words}).status_code != 200:
            raise RuntimeError("The page did not come.")

    def find() -> None:
        search.find(words, user)

    def timed(call) -> float:
        taken = []
        for _ in range(RUNS):
            began = time.perf_counter()
            call()
            taken.append((time.perf_counter() - began) * 1e3)
        return median(taken[WARM:])

    return timed(page), timed(find)
