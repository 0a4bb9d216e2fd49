"""Importing members: what a row costs when there are ten times as many, and how much memory it takes at most.

Each size runs in a process of its own (``python -m tests.bench.importing ROWS``), as the page does it: read the file,
rehearse it for the preview, then do it; once from CSV and once from XLSX.
"""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.bench.database import own_database
from tests.bench.environment import DATABASE
from tests.bench.measure import Measure

if TYPE_CHECKING:
    from organisations.queries import Reach

FEW, MANY, RUNS = 1_000, 10_000, 5
MOST_RATIO, MOST_MEMORY = 1.2, 200.0  # megabytes


def measure() -> Iterator[Measure]:
    """Give the time a row at 10,000 rows over that at 1,000, the median of pairs, and the peak of memory."""
    with own_database():
        from django.db import connection

        os.environ[DATABASE] = connection.settings_dict["NAME"]
        pairs = [(_run(FEW), _run(MANY)) for _ in range(RUNS)]
    ratios = sorted(many["seconds"] / MANY / (few["seconds"] / FEW) for few, many in pairs)
    figures = {
        "microseconds a row at 1000": median(few["seconds"] for few, _ in pairs) / FEW * 1e6,
        "microseconds a row at 10000": median(many["seconds"] for _, many in pairs) / MANY * 1e6,
        "queries at 1000": pairs[0][0]["queries"],
        "queries at 10000": pairs[0][1]["queries"],
    }
    yield Measure("import", median(ratios), MOST_RATIO, figures, at_most=True)
    peak = max(many["megabytes"] for _, many in pairs)
    yield Measure("import_memory", peak / MOST_MEMORY, 1.0, {"megabytes": peak}, at_most=True)


def _run(rows: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.importing", str(rows)], check=True, capture_output=True, text=True
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _import(rows: int) -> dict[str, float]:
    """Import ``rows`` new people from CSV and as many others from XLSX, after a small file that warms up."""
    import django

    django.setup()
    from django.db import connection

    from organisations.models import Membership, Organisation, Role, Team, User
    from organisations.queries import Reach

    connection.settings_dict["NAME"] = os.environ[DATABASE]
    organisation = Organisation.objects.create(name=f"Wijkteams {uuid4()}")
    noor = User.objects.create_user(f"{uuid4()}@voorbeeld.test", "Noor")
    Membership.objects.create(user=noor, organisation=organisation, role=Role.BESTUURDER)
    Team.objects.create(organisation=organisation, name="Team Noord")
    queries = 0

    def counted(execute: Callable[..., Any], *query: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*query)

    for make in (_csv, _xlsx):
        _do(make(_people(10)), Reach(noor, organisation))
    files = [_csv(_people(rows)), _xlsx(_people(rows))]
    began = time.perf_counter()
    with connection.execute_wrapper(counted):
        for content in files:
            _do(content, Reach(noor, organisation))
    return {
        "seconds": (time.perf_counter() - began) / 2,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "queries": queries / 2,
    }


def _do(content: bytes, reach: Reach) -> None:
    from lerend import spreadsheets
    from organisations import resources

    table = spreadsheets.read(content)
    problem = resources.rehearse(resources.MemberResource(reach), table)
    problem = problem or resources.run(resources.MemberResource(reach, batch=uuid4()), table)
    if problem:
        raise RuntimeError(problem)


def _people(count: int) -> list[tuple[str, ...]]:
    return [(f"Mens Ünïek {n}", f"{uuid4().hex}@elders.test", "professional", "Team Noord") for n in range(count)]


def _csv(people: list[tuple[str, ...]]) -> bytes:
    lines = ["naam;mailadres;rol;team", *(";".join(person) for person in people)]
    return "\r\n".join(lines).encode("cp1252")


def _xlsx(people: list[tuple[str, ...]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Mensen")
    for row in (("naam", "mailadres", "rol", "team"), *people):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


if __name__ == "__main__":
    print(json.dumps(_import(int(sys.argv[1]))))  # noqa: T201
