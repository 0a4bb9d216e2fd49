"""``manage.py demo``: the whole platform on this machine, with invented people."""

import fcntl
import http.client
import os
import shutil
import signal
import socket
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import redis
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from lerend import demo, health
from lerend.embedded.lease import leave
from lerend.processes import die_with_parent
from lerend.supervisor import PartEndedError, Supervisor

PATIENCE = 120.0  # seconds


class Command(BaseCommand):
    """Make what is missing, start web, worker, beat and a mail server, and run until Ctrl-C."""

    help = "Start het hele platform op deze computer, met verzonnen mensen en gesprekken."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --port and --fresh."""
        demo.add_arguments(parser)

    def handle(self, *args: Any, port: int, fresh: bool, **options: Any) -> None:
        """Run the demo. Raises CommandError with one Dutch sentence when it cannot start or go on."""
        if not settings.DEMO:
            raise CommandError("De demo draait alleen met manage.py demo, in de lokale omgeving (LEREND_ENV=local).")
        _check_port(port)
        signal.signal(signal.SIGINT, _interrupt)
        signal.signal(signal.SIGTERM, _interrupt)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup sets it
            signal.signal(signal.SIGHUP, _interrupt)
        _end_with_uv()
        try:
            with _only_demo(settings.VAR_DIR):
                self._run(port, fresh)
        except KeyboardInterrupt:
            pass
        except PartEndedError as error:
            raise CommandError(f"{error.name} eindigde met status {error.status}. Zie {error.log}.") from error
        except (DatabaseError, redis.RedisError, OSError) as error:
            raise CommandError(f"De demo is gestopt: {' '.join(str(error).split())}") from error
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            _disconnect()
            leave(settings.VAR_DIR)

    def _run(self, port: int, fresh: bool) -> None:
        if fresh:
            _start_over()
        _migrate()
        health.forget()
        parts = demo.parts(port, settings.EMAIL_PORT, settings.VAR_DIR / "demo-mail")
        _disconnect()
        with Supervisor(settings.VAR_DIR / "log") as supervisor:
            for name, part in parts.items():
                supervisor.start(name, part)
            people = _fill()
            if not supervisor.wait(lambda: _is_ready(port), PATIENCE):
                raise CommandError(f"De demo komt niet op gang. Zie {settings.VAR_DIR / 'log'}.")
            self.stdout.write(f"Klaar: http://localhost:{port}/demo/ Je kunt zijn: {people}. Stoppen: Ctrl-C.")
            self.stdout.flush()
            _disconnect()
            supervisor.wait()


def _check_port(port: int) -> None:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with suppress(OSError), socket.socket(family) as client:
            client.settimeout(1)
            client.connect((host, port))
            raise CommandError(f"Poort {port} is al in gebruik. Kies een andere: manage.py demo --port {port + 1}")
    try:
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        raise CommandError(f"Poort {port} is niet te gebruiken. Kies een andere met --port.") from error


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _end_with_uv() -> None:
    """End when the ``uv run`` that started this is killed: it cannot pass that on."""
    with suppress(OSError):
        if (Path("/proc") / str(os.getppid()) / "comm").read_text().strip() == "uv":
            die_with_parent(signal.SIGTERM)


@contextmanager
def _only_demo(var: Path) -> Iterator[None]:
    """Be the only demo in folder ``var``; raises CommandError when there is one."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"Er draait al een demo met de gegevens in {var}. Stop die eerst.") from None
        yield


def _disconnect() -> None:
    connection.close()
    cache.close()


def _start_over() -> None:
    """Empty the embedded database, cache and mailbox; all or nothing for the database."""
    if settings.DATABASES["default"]["ENGINE"] != "lerend.embedded":
        raise CommandError("--fresh gooit alleen de eigen database van de demo leeg, niet die van DATABASE_URL.")
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'; BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public; COMMIT")
    connection.close()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    shutil.rmtree(settings.VAR_DIR / "demo-mail", ignore_errors=True)


def _migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def _fill() -> str:
    """Load the starter content, and invented people where there is nobody yet; return who you can be."""
    from content.starter import load_starter
    from sessions_app.demo import CAST, make_demo

    load_starter()
    make_demo()
    return "; ".join(f"{person.name} ({person.what})" for person in CAST)


def _is_ready(port: int) -> bool:
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        web.request("GET", "/readyz", headers={"Host": "localhost"})
        return web.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        web.close()
