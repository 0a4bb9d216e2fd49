"""List pages with 25 rows against bare Django views that show the same columns, behind the same server.

Vandaag is not such a page: it shows five short lists, so its bare counterpart has five queries, and its aim is its own.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from statistics import median

from tests.bench.database import own_database
from tests.bench.environment import DATABASE
from tests.bench.measure import Measure

AIM, AIM_TODAY = 0.5, 0.4
LARGEST_KB = 20
ROWS, TALKS, EXTRA = 25, 30, 15  # more than a page holds, so that each page has a next one
CONCURRENCY, REQUESTS, PAIRS = 4, 60, 7


@dataclass(frozen=True)
class Contender:
    """A page of ours and its bare counterpart, for who is signed in by ``cookie``; a row shows ``mark``."""

    name: str
    path: str
    bare: str
    cookie: str
    mark: str
    rows: int = ROWS
    aim: float = AIM


def measure() -> Iterator[Measure]:
    """Give for each page its throughput over the bare one's (median of pairs that take turns), and its size."""
    with own_database():
        contenders = _fill()
        with _server() as port, _client() as ask:
            for one in contenders:
                size = len(_checked(port, one, one.path))
                _checked(port, one, one.bare)
                pairs = sorted([_pair(ask, port, one) for _ in range(PAIRS + 1)][1:])  # the first warms up
                ratio, ours, bare = pairs[PAIRS // 2]
                assert ratio == median(pair[0] for pair in pairs)
                yield Measure(f"pages {one.name}", ratio, one.aim, {"page requests/s": ours, "bare requests/s": bare})
                figures = {"html kB": size / 1_000, "most kB": LARGEST_KB}
                yield Measure(f"size {one.name}", LARGEST_KB * 1_000 / size, 1.0, figures)


def _pair(ask: Callable[[dict[str, object]], float], port: int, one: Contender) -> tuple[float, float, float]:
    """Return the ratio of requests a second, ours and the bare page's, asked one after the other."""
    job = {"port": port, "cookie": one.cookie, "requests": REQUESTS, "concurrency": CONCURRENCY}
    ours, bare = (REQUESTS / ask({**job, "path": path}) for path in (one.path, one.bare))
    return ours / bare, ours, bare


def _checked(port: int, one: Contender, path: str) -> bytes:
    """Return the page, after a look at whether it is one and has all its rows."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Cookie": one.cookie})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != 200 or body.count(one.mark.encode()) != one.rows:
        raise RuntimeError(f"{path}: {response.status}, {body.count(one.mark.encode())} rows")
    return body


@contextmanager
def _server() -> Iterator[int]:
    """Serve as the demo does, on the bench's database."""
    from django.conf import settings

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        DATABASE: str(settings.DATABASES["default"]["NAME"]),
        "LEREND_DEMO": "1",
    }
    with subprocess.Popen([sys.executable, "-m", "tests.bench.server", str(port)], env=environment) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


@contextmanager
def _client() -> Iterator[Callable[[dict[str, object]], float]]:
    """Give a function that has a process of its own do a job (see ``tests.bench.client``): seconds."""
    command = [sys.executable, "-m", "tests.bench.client"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None

        def ask(job: dict[str, object]) -> float:
            stdin.write(json.dumps(job) + "\n")
            stdin.flush()
            return float(json.loads(stdout.readline())["seconds"])

        try:
            yield ask
        finally:
            stdin.close()


def _fill() -> list[Contender]:
    """Make people, talks, contributions and sign-ups, and return what to compare."""
    from datetime import timedelta
    from uuid import uuid4

    from django.contrib.auth.models import Group
    from django.db import connection
    from django.urls import reverse
    from django.utils import timezone

    from content.starter import load_starter
    from organisations.models import NJI_GROUP, Membership, Organisation, Role, Team, TeamMembership, User
    from sessions_app.domain import pilot
    from sessions_app.models import PilotSignup, State
    from sessions_app.models.contribution import Audience
    from tests.rows import add_contributions, add_people, add_talks, add_teams
    from tests.signing_in import Browser

    load_starter()
    now, count = timezone.now(), ROWS + EXTRA
    day, long_ago = timedelta(days=1), now - timedelta(days=90)
    home = Organisation.objects.create(name="Wijkteams Meetstad")
    north = Team.objects.create(organisation=home, name="Team Noord")
    lina = User.objects.create_user("lina@meetstad.test", "Lina Bakker")
    member = Membership.objects.create(user=lina, organisation=home)
    TeamMembership.objects.create(membership=member, team=north, role=Role.PROFESSIONAL, since=long_ago)
    ilse = User.objects.create_user("ilse@meetstad.test", "Ilse Vos")
    ilse.groups.add(Group.objects.get_or_create(name=NJI_GROUP)[0])
    colleagues = add_people([north], 10)

    def tables(number: int) -> list[list[User]]:
        return [[lina, colleagues[index % len(colleagues)]] for index in range(number)]

    add_talks(home, tables(count), planned_by=lina, first=now + day)
    add_talks(home, tables(count), planned_by=lina, first=now - 10 * day)
    held = add_talks(home, tables(count), planned_by=lina, first=now - 60 * day, state=State.HELD)
    past = add_talks(home, tables(count), planned_by=lina, first=now - 80 * day, state=State.HELD)
    add_contributions(past, [lina], until=now - 70 * day)
    add_contributions(held, colleagues, audience=Audience.ORGANISATION)
    add_contributions(held, colleagues, audience=Audience.TEAM, team=north)
    add_contributions(held, colleagues, audience=Audience.NJI)

    details = pilot.RoundDetails(name="Ronde 2027", opens_at=long_ago, closes_at=now + 30 * day, places=3)
    round_ = pilot.open_round(details, form_key=uuid4(), by=ilse)
    PilotSignup.objects.bulk_create(
        PilotSignup(
            round=round_,
            team=team,
            contact_name="Carla Contact",
            contact_email="carla@meetstad.test",
            size=14,
            dates="3 of 10 februari",
            motivation="Wij willen weten wat ons bindt.",
            shares_experience=True,
            merel_wanted=True,
            merel_cost_accepted=True,
            position=position,
            form_key=uuid4(),
        )
        for position, team in enumerate(add_teams(Organisation.objects.create(name="Buurtteams"), count), start=1)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    def signed_in(user: User) -> str:
        client = Browser()
        client.force_login(user)
        return f"sessionid={client.cookies['sessionid'].value}"

    as_lina, as_ilse = signed_in(lina), signed_in(ilse)
    thought, place = "het is mijn vak om naast mensen", "Wijkcentrum De Brug"

    def pair(name: str, cookie: str, mark: str, *, of: object = None) -> Contender:
        bare = f"/bare/{name}/" + (f"{of}/" if of else "")
        return Contender(name, reverse(name, args=[of] if of else []), bare, cookie, mark)

    return [
        replace(pair("session_list", as_lina, place), rows=TALKS),
        replace(pair("today", as_lina, place), rows=15, aim=AIM_TODAY),
        pair("organisation", as_lina, thought, of=home.id),
        pair("team", as_lina, thought, of=north.id),
        pair("contribution_list", as_lina, thought),
        pair("nji_contributions", as_ilse, thought),
        pair("pilot_list", as_ilse, "3 of 10 februari", of=round_.id),
    ]
