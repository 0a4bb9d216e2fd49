"""Planning 200 talks in one go: how long one waits for the plan, and for the page that says they are sent.

Asked of the site as a browser does, with the page that follows. The mail itself goes in the background.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median

from tests.bench.database import own_database
from tests.bench.measure import Measure

TALKS, PARTNERS, RUNS = 200, 10, 5
MOST_SECONDS = 2.0


def measure() -> Iterator[Measure]:
    """Give, for laying out and for sending, the median of seconds over the most it may take."""
    with own_database():
        from django.conf import settings
        from django.urls import reverse
        from django.utils import timezone

        from content.starter import load_starter
        from lerend.mail.models import Message
        from organisations.models import Membership, Organisation, Role, Team, User
        from sessions_app.models import Session
        from tests.rows import add_people
        from tests.sessions_app.seasons import draft_season
        from tests.signing_in import Browser

        settings.ALLOWED_HOSTS = ["testserver"]
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "season": "100000/h/user"}
        load_starter()
        home = Organisation.objects.create(name="Wijkteams Meetstad")
        team = Team.objects.create(organisation=home, name="Team Meetstad")
        noor = User.objects.create_user("noor@meetstad.test", "Noor Aydin")
        Membership.objects.create(user=noor, organisation=home, role=Role.BESTUURDER)
        people = add_people([team], TALKS + PARTNERS)
        client = Browser()
        client.force_login(noor)
        taken: dict[str, list[tuple[float, float]]] = {"lay_out": [], "send": []}
        for run in range(RUNS + 1):
            first = timezone.now().replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=7 + 30 * run)
            blocks = [(first + timedelta(days=day), first + timedelta(days=day, hours=6)) for day in range(4)]
            made = draft_season(noor, home, people[:TALKS], partners=people[TALKS:], blocks=blocks)
            again, check = (reverse(name, args=[made.id]) for name in ("season_again", "season_check"))
            taken["lay_out"].append(_seconds(lambda path=again: client.post(path, follow=True)))
            taken["send"].append(_seconds(lambda path=check: client.post(path, follow=True)))
        planned = TALKS * (RUNS + 1)
        if (Session.objects.count(), Message.objects.filter(kind="invitation").count()) != (planned, 2 * planned):
            raise RuntimeError("Not all was planned.")
    for name, seconds in taken.items():
        usual, own = (median(column) for column in zip(*seconds[1:], strict=True))  # the first warms up
        figures = {"seconds": usual, "seconds of its own": own, "talks": TALKS}
        yield Measure(f"season_{name}", usual / MOST_SECONDS, 1.0, figures, at_most=True)


def _seconds(call: Callable[[], object]) -> tuple[float, float]:
    """Return how long ``call`` takes, and how much of that this process computes: the rest is waiting."""
    began, own = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - began, time.process_time() - own
