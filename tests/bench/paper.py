"""Printing: how long the set of cards takes, the very first of a process and the median of later ones, against 2 s."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from tests.bench.database import own_database
from tests.bench.measure import Measure

LONGEST, RUNS = 2.0, 10


def measure() -> Iterator[Measure]:
    """Give the time of the first set over the longest that it may take, and that of sets with another name each."""
    with own_database():
        from content.models import Edition
        from content.paper import sheets
        from content.queries import cards
        from content.starter import load_starter

        load_starter()
        edition = Edition.objects.get()

        def make(name: str) -> tuple[float, int]:
            started = time.perf_counter()
            made = sheets.cards(edition, cards(edition), organisation=name).make()
            return time.perf_counter() - started, len(made)

        first, size = make("Wijkteams Voorbeeld")
        later = median(make(f"Wijkteams {number}")[0] for number in range(RUNS))
    figures = {"seconds of the first": first, "seconds of a later one": later, "kilobytes": size / 1000}
    yield Measure("paper", first / LONGEST, 1.0, figures, at_most=True)
