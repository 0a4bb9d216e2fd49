"""What the measurements of mail share: people to invite, a mail server, and workers that carry the invitations out."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.bench.environment import DATABASE

PARTICIPANTS = 10
PATIENCE = 3600.0


def invite(sessions: int) -> None:
    """Plan ``sessions`` talks with ten people to invite."""
    from django.utils import timezone

    from content.starter import load_starter
    from organisations.models import Membership, Organisation, User, sort_key
    from tests.rows import add_talks

    load_starter()
    home = Organisation.objects.create(name="Wijkteams Meetstad")
    noor = User.objects.create_user("noor@meetstad.test", "Noor Aydin")
    people = User.objects.bulk_create(
        User(email=f"lina{number}@meetstad.test", name=f"Lina {number}", name_sorted=sort_key(f"Lina {number}"))
        for number in range(PARTICIPANTS)
    )
    Membership.objects.bulk_create(Membership(user=somebody, organisation=home) for somebody in people)
    start = timezone.now() + timedelta(days=10)
    add_talks(home, [people] * sessions, planned_by=noor, first=start, apart=timedelta())


def queue(first: int = 0, last: int | None = None) -> int:
    """Put down an invitation to everyone who takes part in something, or to these of them; return how many that is."""
    from django.utils import timezone

    from lerend.mail.models import Message
    from lerend.mail.outbox import Draft
    from sessions_app.models import Participant

    now = timezone.now()
    places = Participant.objects.select_related("user").order_by("session", "id")[first:last]
    rows = [Draft(kind="invitation", about=place.session_id, recipient=place.user).message(now) for place in places]
    Message.objects.bulk_create(rows, batch_size=1_000)
    return len(rows)


@contextmanager
def mail_server() -> Iterator[dict[str, Any]]:
    """Run a mail server that accepts everything; give the settings that lead to it."""
    command = [sys.executable, "-m", "tests.bench.sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield {
                "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "EMAIL_HOST": "127.0.0.1",
                "EMAIL_PORT": int(process.stdout.readline()),
                "EMAIL_HOST_USER": "",
                "EMAIL_USE_TLS": False,
                "EMAIL_USE_SSL": False,
            }
        finally:
            process.stdin.close()


class Worker:
    """A Celery worker with ``count`` processes on the bench's database, and a queue of its own."""

    def __init__(self, count: int, port: int) -> None:
        from django.db import connection

        self.count = count
        self.queue = f"bench-{os.getpid()}-{count}"
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            DATABASE: connection.settings_dict["NAME"],
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(port),
            "CELERY_SOFT_TIME_LIMIT": str(2 * PATIENCE),
            "CELERY_TIME_LIMIT": str(2 * PATIENCE),
        }
        environment = {name: value.removesuffix(".0") for name, value in environment.items()}
        options = ["--concurrency", str(count), "--queues", self.queue, "--loglevel", "ERROR", "--without-mingle"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "lerend", "worker", *options],
            env=environment,
            cwd=Path(__file__).parent.parent.parent,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def deliver(self) -> None:
        """Have each of its processes deliver, and return once all mail has gone."""
        from lerend.celery import app

        for _ in range(self.count):
            app.send_task("lerend.mail.tasks.deliver", queue=self.queue)
        until = time.monotonic() + PATIENCE
        while _waits():  # not too often: to ask takes time from the worker
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError("The worker does not deliver.")
            time.sleep(0.02)

    def memory(self) -> float:
        """Return how many megabytes of memory the process has that delivers."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        [pages] = [int(Path(f"/proc/{child}/statm").read_text().split()[1]) for child in children]
        return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000

    def stop(self) -> None:
        """Kill it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _waits() -> bool:
    from lerend.mail.models import OPEN_STATES, Message

    return Message.objects.filter(state__in=OPEN_STATES).exists()


class Loop:
    """A process that sends the same mails without an outbox."""

    def __init__(self, port: int) -> None:
        from django.db import connection

        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.loop"],
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
                DATABASE: connection.settings_dict["NAME"],
                "EMAIL_HOST": "127.0.0.1",
                "EMAIL_PORT": str(port),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def deliver(self) -> None:
        """Send what is queued, and leave the rows as they are."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        json.loads(self._process.stdout.readline())

    def stop(self) -> None:
        """Kill it."""
        self._process.kill()
        with self._process:
            pass


def timed(deliver: Callable[[], None]) -> float:
    """Queue every invitation anew and return how many seconds it takes to send them."""
    from lerend.mail.models import Message

    Message.objects.all().delete()
    queue()
    start = time.perf_counter()
    deliver()
    return time.perf_counter() - start
