"""A process that plans and cancels talks the way the pages do, and starts workers and beats.

``python -m tests.fire.office`` is told what to do by lines of JSON on its standard input, ``[NAME, ARGUMENT]``, and
answers each with a line. Workers and beats are forked: loading Django is most of what starting one costs. Each leads a
process group of its own.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.db import connection, transaction
from django.utils import timezone

from lerend.celery import app
from lerend.processes import dying_with

PARTICIPANTS = 10
WORKER = ["worker", "--concurrency", "2", "--loglevel", "INFO"]


def prepare(nothing: None) -> None:
    """Make the people and something to talk about."""
    from content.starter import load_starter
    from organisations.models import Membership, Organisation, Role, User, sort_key

    load_starter()
    home = Organisation.objects.create(name="Wijkteams Meetstad")
    noor = User.objects.create_user("noor@meetstad.test", "Noor Aydin")
    people = User.objects.bulk_create(
        User(email=f"lina{number}@meetstad.test", name=f"Lina {number}", name_sorted=sort_key(f"Lina {number}"))
        for number in range(PARTICIPANTS)
    )
    Membership.objects.create(user=noor, organisation=home, role=Role.BESTUURDER)
    Membership.objects.bulk_create(Membership(user=somebody, organisation=home) for somebody in people)


def plan(count: int) -> None:
    """Plan ``count`` talks, and invite ten people to each."""
    from organisations.models import Organisation, User
    from sessions_app.domain import telling
    from tests.rows import add_talks

    home, noor = Organisation.objects.get(), User.objects.get(email__startswith="noor")
    tables = [list(User.objects.filter(email__startswith="lina"))] * count
    start = timezone.now() + timedelta(days=10)
    with transaction.atomic():
        telling.invite(add_talks(home, tables, planned_by=noor, first=start, apart=timedelta()))


def cancel(sessions: list[str]) -> list[float]:
    """Cancel these talks; return when each was."""
    from organisations.models import User
    from sessions_app.domain import changes

    noor, done = User.objects.get(email__startswith="noor"), []
    for session in sessions:
        changes.cancel(session, by=noor)
        done.append(time.time())
    return done


def start(part: str) -> int:
    """Start a worker or a beat; return its process number, which is its group's too."""
    connection.close()
    parent = os.getpid()
    if child := os.fork():
        return child
    dying_with(parent)()
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(Path(os.environ["LEREND_VAR"]) / f"{part}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for output in (1, 2):
        os.dup2(log, output)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if part == "worker":
        app.worker_main(WORKER)
    else:
        app.start(["beat", "--schedule", f"{os.environ['LEREND_VAR']}/schedule-{os.getpid()}", "--loglevel", "INFO"])
    os._exit(0)


COMMANDS: dict[str, Callable[[Any], object]] = {"prepare": prepare, "plan": plan, "cancel": cancel, "start": start}


def main() -> None:
    """Do what is asked until the standard input closes."""
    django.setup()
    app.loader.import_default_modules()
    for module in ("celery.apps.beat", "celery.apps.worker", "sessions_app.domain.telling"):
        import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for what was killed
    while line := sys.stdin.readline():
        name, argument = json.loads(line)
        print(json.dumps(COMMANDS[name](argument)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
