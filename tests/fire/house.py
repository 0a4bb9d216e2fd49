"""What mail needs to leave, each in a process that a test owns: databases, a mail server, workers and beats."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from lerend.embedded import postgresql
from lerend.embedded.keeper import Keeper
from tests.lerend.living import PROJECT, wait_for

PATIENCE = 120  # seconds for what takes one or two when there is nothing else to do


class Services(Keeper):
    """PostgreSQL and Valkey, started and stopped by themselves."""

    def __init__(self, var: Path) -> None:
        var.mkdir()
        super().__init__(var, os.open(var / "lock", os.O_RDWR | os.O_CREAT, 0o600))
        self._make_socket_folder()
        postgresql.make(self.data, self.lock)

    def start_postgresql(self) -> None:
        server = postgresql.start(self.data, self.sockets, self._log("postgresql"), self.lock)
        self.servers.append(server)
        until(lambda: postgresql.answers(self.data, server.pid), "PostgreSQL starts")
        self.postgresql = server

    def start_valkey(self) -> None:
        self.valkey = self._start_valkey()
        self.servers.append(self.valkey)
        until(self._valkey_answers, "Valkey starts")

    def end(self, server: "subprocess.Popen[bytes]", number: int) -> None:
        """Send ``server`` this signal and return once it has ended."""
        server.send_signal(number)
        server.wait(PATIENCE)
        self.servers.remove(server)


class Told:
    """A process that takes a line of JSON and answers with one."""

    def __init__(self, *arguments: str, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=PROJECT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, f"{self.process.args} ended"
        return json.loads(line)

    def tell(self, what: Any) -> Any:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return self.line()

    def kill(self) -> None:
        self.process.kill()
        with self.process:  # waits, and closes its pipes
            pass


class House:
    """All of it, with one beat. ``workers`` are the process groups of the workers that live."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.services = Services(var / "services")  # in another folder than the embedded ones would be in
        sockets = self.services.sockets
        self._database = {"host": str(sockets), "port": "5432", "user": "lerend", "dbname": "lerend"}
        self._arrivals = var / "arrivals"
        self._open: list[Told] = []
        self.beats: list[int] = []
        self.workers: list[int] = []
        self.env = os.environ | {
            "LEREND_ENV": "local",
            "LEREND_VAR": str(var),
            "DJANGO_SETTINGS_MODULE": "tests.fire.settings",
            "DATABASE_URL": f"postgres://lerend@{str(sockets).replace('/', '%2F')}/lerend",
            "REDIS_URL": f"unix://{sockets}/valkey.sock?db=0",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_TIMEOUT": "1",
            "CELERY_SOFT_TIME_LIMIT": "6",
            "CELERY_TIME_LIMIT": "8",
            "MAIL_CLAIM_MARGIN": "0",
            "LOG_LEVEL": "INFO",
        }

    def open(self, tables_of: dict[str, Any]) -> None:
        """Start everything but workers; ``tables_of`` says how to reach a database of which to copy the tables."""
        self.services.start_postgresql()
        self.services.start_valkey()
        _copy(tables_of, self._database)
        self.open_sink()
        self.env["EMAIL_PORT"] = str(self.port)
        self.office = self._told("tests.fire.office")
        self.office.tell(["prepare", None])
        self.start_beat()

    def close(self) -> None:
        """End it all."""
        for one in self._open:
            one.kill()
        self.kill_workers()
        for beat in self.beats:
            _kill(beat)
        self.services.stop()
        os.close(self.services.lock)

    def _told(self, *arguments: str) -> "Told":
        self._open.append(Told(*arguments, env=self.env))
        return self._open[-1]

    # The mail server.

    port = 0

    def open_sink(self) -> None:
        """Start the mail server, on the port that it had before."""
        self.sink = self._told("tests.fire.sink", str(self.port), str(self._arrivals))
        self.port = self.sink.line()

    @contextmanager
    def held_at(self, stage: str) -> Iterator[None]:
        """Hold all connections to the mail server that come to ``stage``, once one is held."""
        self.sink.tell({"hold": stage})
        try:
            until(lambda: self.sink.tell({})["held"] > 0, f"somebody comes to {stage}")
            yield
        finally:
            self.sink.tell({"hold": None})

    def arrivals(self) -> "Arrivals":
        return Arrivals([json.loads(line) for line in self._arrivals.read_text().splitlines()])

    # The workers.

    def start_workers(self, count: int = 1) -> None:
        self.workers += [self.office.tell(["start", "worker"]) for _ in range(count)]

    def start_beat(self) -> None:
        self.beats.append(self.office.tell(["start", "beat"]))

    def kill_workers(self) -> None:
        """Kill each worker and its children in the midst of what they do, and return once they are gone."""
        for worker in self.workers:
            _kill(worker)
        self.workers.clear()

    # The outbox.

    def ask(self, question: str, *values: Any) -> list[Any]:
        """Return the rows that the database gives."""
        with psycopg.connect(**self._database, autocommit=True) as database:
            return database.execute(question, values).fetchall()

    @contextmanager
    def locked(self, table: str, mode: str, waiting: str) -> Iterator[None]:
        """Hold a lock, once a worker waits for it with a statement that has ``waiting`` in it."""
        with psycopg.connect(**self._database) as database:
            database.execute(f"LOCK TABLE {table} IN {mode} MODE")
            question = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND position(%s IN query) > 0"
            until(lambda: self.ask(question, waiting) != [], f"somebody waits for {table}")
            yield
            database.rollback()

    def pass_a_minute(self, what: str = "TRUE") -> None:
        """Let what waits for another attempt be due now, as if a minute had passed; or what of it is so."""
        with psycopg.connect(**self._database) as database:
            database.execute(
                "UPDATE mail_message SET send_after = now()"  # noqa: S608
                f" WHERE state = 'queued' AND kind IN ('invitation', 'cancelled') AND send_after > now() AND {what}"
            )


class Arrivals:
    """What came to the mail server, in order: ``mails``, and the ``ended`` connections that ended well."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self.lines = lines
        self.ended = {line["ended"] for line in lines if "ended" in line}
        self.mails = [line for line in lines if "mail" in line]
        self.by_id: dict[str, list[dict[str, Any]]] = {}
        last: dict[str, dict[str, Any]] = {}
        for mail in self.mails:
            self.by_id.setdefault(mail["mail"], []).append(mail)
            last[mail["by"]] = mail
        self.in_flight = [mail for connection, mail in last.items() if connection not in self.ended]

    def twice(self) -> list[str]:
        """Return what came more than once."""
        return [name for name, mails in self.by_id.items() if len(mails) > 1]

    def doubled_without_reason(self) -> list[str]:
        """Return what came again though it was not the last mail of a connection that was cut."""
        return [
            name
            for name, mails in self.by_id.items()
            if any(mail not in self.in_flight for mail in mails[:-1])
        ]  # fmt: skip


def _copy(source: dict[str, Any], target: dict[str, Any]) -> None:
    """Copy a database; making its tables by the migrations takes a while."""

    def reach(database: dict[str, Any]) -> dict[str, str]:
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
        return {names[key]: str(value) for key, value in database.items() if key in names} | {"PATH": os.defpath}

    dumped = subprocess.run(
        [postgresql.BINARIES / "pg_dump", "--no-owner"], env=reach(source), stdout=subprocess.PIPE, check=True
    )
    subprocess.run(
        [postgresql.BINARIES / "psql", "--quiet", "-v", "ON_ERROR_STOP=1"],
        env=reach(target),
        input=dumped.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def until(what: Callable[[], bool], told: str) -> None:
    """Wait until ``what()`` is true; fail with ``told`` when that takes too long."""
    assert wait_for(what, PATIENCE), f"Not in {PATIENCE} seconds: {told}."


def _kill(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    until(lambda: not _lives(group), "what was killed is gone")


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
