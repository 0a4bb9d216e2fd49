"""Long lists by keyset: every row once, whatever its moment, and far pages as cheap as the first."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lerend import keyset
from organisations.models import User
from sessions_app.models import Contribution, Session, State
from sessions_app.models.contribution import Audience
from tests.conftest import Cast
from tests.rows import add_contributions, add_people, add_talks

ROWS = 60
DAY = timedelta(days=1)
NOW, HOUR = timedelta(0), timedelta(hours=1)
UUID = "[0-9a-f]{8}-[0-9a-f-]{27}"
SESSIONS, CONTRIBUTIONS = rf'href="/gesprekken/({UUID})/"', rf'href="/opbrengst/({UUID})/"'


def pages(client: Client, address: str) -> Iterator[str]:
    """Give the page at ``address`` and those that its links to the next one lead to."""
    path, following = address.split("?")[0], address
    while following:
        response = client.get(following)
        assert response.status_code == 200
        yield response.content.decode()
        links = re.findall(r'href="(\?[^"]*vanaf=[^"]*)"', response.content.decode())
        following = path + unescape(links[0]) if links else ""


def talks(cast: Cast, apart: timedelta, first: datetime, state: State = State.PLANNED) -> list[Session]:
    other = add_people([cast.north], 1)
    return add_talks(
        cast.home, [[cast.lina, *other]] * ROWS, planned_by=cast.pim, first=first, apart=apart, state=state
    )


def coming(cast: Cast, apart: timedelta) -> tuple[User, str, list]:
    made = talks(cast, apart, datetime.now(UTC) + DAY)
    return cast.lina, reverse("session_list"), sorted(made, key=lambda talk: (talk.starts_at, talk.id))


def past(cast: Cast, apart: timedelta) -> tuple[User, str, list]:
    made = talks(cast, apart, datetime.now(UTC) - 30 * DAY, State.HELD)
    ordered = sorted(made, key=lambda talk: (talk.starts_at, talk.id), reverse=True)
    return cast.lina, reverse("session_list") + "?toon=geweest", ordered


def own(cast: Cast, apart: timedelta) -> tuple[User, str, list]:
    held = talks(cast, HOUR, datetime.now(UTC) - 30 * DAY, State.HELD)
    made = add_contributions(held, [cast.lina], apart=apart)
    return cast.lina, reverse("contribution_list"), sorted(made, key=lambda it: (it.created_at, it.id), reverse=True)


def shared(cast: Cast, apart: timedelta, audience: str) -> list[Contribution]:
    held = talks(cast, HOUR, datetime.now(UTC) - 30 * DAY, State.HELD)
    made = add_contributions(held, [cast.joost], apart=apart, audience=audience)
    return sorted(made, key=lambda it: (it.released_at, it.id), reverse=True)


def organisation(cast: Cast, apart: timedelta) -> tuple[User, str, list]:
    return cast.lina, reverse("organisation", args=[cast.home.id]), shared(cast, apart, Audience.ORGANISATION)


def nji(cast: Cast, apart: timedelta) -> tuple[User, str, list]:
    return cast.ilse, reverse("nji_contributions"), shared(cast, apart, Audience.NJI)


LISTS: dict[str, tuple[Callable[[Cast, timedelta], tuple[User, str, list]], str]] = {
    "coming": (coming, SESSIONS),
    "past": (past, SESSIONS),
    "own": (own, CONTRIBUTIONS),
    "organisation": (organisation, CONTRIBUTIONS),
    "nji": (nji, CONTRIBUTIONS),
}


@pytest.mark.parametrize("apart", [NOW, HOUR], ids=["same moment", "each its own"])
@pytest.mark.parametrize("name", LISTS)
def test_every_row_once_in_order(cast, edition, client_of, name, apart):
    make, link = LISTS[name]
    user, address, made = make(cast, apart)
    found = [re.findall(link, page) for page in pages(client_of(user), address)]
    assert [len(rows) for rows in found] == ([30, 30] if link == SESSIONS else [25, 25, 10])
    assert [row for rows in found for row in rows] == [str(row.id) for row in made]


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_that_nobody_made_shows_the_first_page(cast, edition, client_of, name):
    make, link = LISTS[name]
    user, address, made = make(cast, HOUR)
    client, sign = client_of(user), "&" if "?" in address else "?"
    for cursor in ("onzin", "%00", "é", "a" * 3000, "MjAyNy0wMS0wMXx4"):
        page = client.get(f"{address}{sign}vanaf={cursor}")
        assert page.status_code == 200
        assert re.findall(link, page.content.decode()) == [
            str(row.id) for row in made[: 30 if link == SESSIONS else 25]
        ]


@pytest.mark.parametrize("moment", ["2027-01-01T00:00:00+23:59", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_python_knows_and_postgresql_does_not_gives_a_page(cast, edition, client_of, moment):
    cursor = base64.urlsafe_b64encode(f"{moment}|{uuid4()}".encode()).decode().rstrip("=")
    assert client_of(cast.lina).get(f"{reverse('session_list')}?vanaf={cursor}").status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_past_the_last_page_there_is_a_way_on(cast, edition, client_of, name):
    make, link = LISTS[name]
    user, address, made = make(cast, HOUR)
    last = made[-1]
    moment = {"coming": "starts_at", "past": "starts_at", "own": "created_at"}.get(name, "released_at")
    cursor = keyset._encode(getattr(last, moment), last.id)
    page = client_of(user).get(f"{address}{'&' if '?' in address else '?'}vanaf={cursor}")
    assert page.status_code == 200
    assert re.findall(link, page.content.decode()) == []
    assert "Verder staat er niets." in page.content.decode()


def rows_read(sql: str) -> int:
    """Return how many rows PostgreSQL reads from tables and indexes for ``sql``."""

    def walk(node: dict) -> Iterator[dict]:
        yield node
        for part in node.get("Plans", []):
            yield from walk(part)

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0][0]["Plan"]
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in walk(plan)
        if "Scan" in node["Node Type"]
    )


def test_the_fortieth_page_costs_what_the_first_does(cast, edition, client_of):
    held = talks(cast, HOUR, datetime.now(UTC) - 30 * DAY, State.HELD)
    made = add_contributions((held * 20)[:1_100], [cast.joost], audience=Audience.NJI)[::-1]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client, address = client_of(cast.ilse), reverse("nji_contributions")
    client.get(address)
    shown, counts, read = [], [], []
    for start in (0, 39 * keyset.PAGE_SIZE):
        after = keyset._encode(made[start - 1].released_at, made[start - 1].id) if start else ""
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address, {"vanaf": after})
        shown.append(re.findall(CONTRIBUTIONS, response.content.decode()))
        counts.append(len(captured))
        read.append(sum(rows_read(query["sql"]) for query in captured if query["sql"].startswith("SELECT")))
    assert shown == [[str(row.id) for row in made[start : start + 25]] for start in (0, 39 * keyset.PAGE_SIZE)]
    assert counts[0] == counts[1]
    assert max(read) < 39 * keyset.PAGE_SIZE  # those that stand before it are not read
