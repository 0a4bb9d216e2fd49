"""``manage.py demo``, as somebody on the command line meets it."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from tests.lerend.living import free_port, no_trace, nothing_left, processes, python

pytestmark = pytest.mark.processes


def demo(var: Path, port: int, *arguments: str) -> "subprocess.Popen[str]":
    return python("manage.py", "demo", "--port", str(port), *arguments, var=var)


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def get(port: int, path: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=10) as response:
        return response.status, response.read()


def test_the_demo_from_nothing_to_its_end(tmp_path: Path) -> None:
    port = free_port()
    with no_trace(tmp_path):
        running = demo(tmp_path, port)
        line = first_line(running)
        assert line.startswith(f"Klaar: http://localhost:{port}/demo/ Je kunt zijn: Noor Aydin (Bestuurder van "), (
            running.communicate()
        )
        assert get(port, "/healthz") == (200, b"ok")
        assert json.loads(get(port, "/readyz")[1]) == {"ready": True, "missing": []}
        assert get(port, "/")[0] == 200
        keys = (tmp_path / "keys.json").read_text()

        second = demo(tmp_path, free_port(), "--fresh")
        assert second.communicate(timeout=60) == (
            "",
            f"CommandError: Er draait al een demo met de gegevens in {tmp_path}. Stop die eerst.\n",
        )
        assert second.returncode == 1

        os.kill(running.pid, signal.SIGKILL)
        assert running.communicate() == ("", "")
        assert nothing_left(tmp_path, seconds=10)

        fresh = demo(tmp_path, port, "--fresh")
        assert first_line(fresh) == line
        assert (tmp_path / "keys.json").read_text() == keys
        _web, worker, *_rest = Path(f"/proc/{fresh.pid}/task/{fresh.pid}/children").read_text().split()
        os.kill(int(worker), signal.SIGKILL)
        assert fresh.communicate(timeout=20) == (
            "",
            f"CommandError: worker eindigde met status -9. Zie {tmp_path}/log/worker.log.\n",
        )
        assert fresh.returncode == 1
        assert processes(tmp_path) == {}

        last = demo(tmp_path, port)
        assert first_line(last) == line
        started = time.monotonic()
        last.send_signal(signal.SIGTERM)
        assert last.communicate(timeout=20) == ("", "")
        assert last.returncode == 0
        assert time.monotonic() - started < 5
        assert processes(tmp_path) == {}


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        refused = demo(tmp_path, port)
        assert refused.communicate(timeout=60) == (
            "",
            f"CommandError: Poort {port} is al in gebruik. Kies een andere: manage.py demo --port {port + 1}\n",
        )
    assert refused.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
    assert processes(tmp_path) == {}


def test_there_is_no_demo_in_production(tmp_path: Path) -> None:
    production = dict.fromkeys(("SECRET_KEY", "MARK_KEY", "EMAIL_HOST", "DEFAULT_FROM_EMAIL"), "x") | {
        "LEREND_ENV": "production",
        "DATABASE_URL": "postgres://localhost/nowhere",
        "REDIS_URL": "redis://localhost:1/0",
        "ENCRYPTION_KEYS": "gNkJfWQYLM5hdQgJpvfj9yuJZcsRvLhR0vdXMMuYqYU=",
    }
    refused = python("manage.py", "demo", var=tmp_path, **production)
    assert refused.communicate(timeout=60) == (
        "",
        "CommandError: De demo draait alleen met manage.py demo, in de lokale omgeving (LEREND_ENV=local).\n",
    )
    assert refused.returncode == 1
    assert list(tmp_path.iterdir()) == []
