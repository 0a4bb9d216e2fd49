"""A new release while people go on: no request is lost. As docs/operators.md tells to do it."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.lerend.living import PROJECT, no_trace, nothing_left, python, wait_for

pytestmark = pytest.mark.processes

OPTIONS = re.search(r"^ *ExecStart=\S+granian (.+)$", (PROJECT / "docs" / "operators.md").read_text(), re.MULTILINE)


class Visitors:
    """People who ask for a page again and again, each over a new connection, as the proxy makes them."""

    def __init__(self, path: Path, count: int = 6) -> None:
        self.answers: Counter[tuple[int, str]] = Counter()
        self.failures: list[str] = []
        self.hung_up: list[str] = []
        self._path = path
        self._enough = Event()
        self._threads = [Thread(target=self._visit) for _ in range(count)]

    def __enter__(self) -> Visitors:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _visit(self) -> None:
        while not self._enough.is_set():
            try:
                self.answers[ask(self._path, self.hung_up)] += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))


def ask(path: Path, hung_up: list[str] | None = None) -> tuple[int, str]:
    """Return the status of an answer and the release that gave it.

    With ``hung_up`` a worker that was ending may hang up before it said anything: that is noted there, and asked once
    more, as the proxy does for a GET.
    """
    try:
        return _ask(path)
    except (ConnectionResetError, BrokenPipeError) as error:
        if hung_up is None:
            raise
        hung_up.append(repr(error))
        return _ask(path)


def _ask(path: Path) -> tuple[int, str]:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(30)
        client.connect(str(path))
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        with closing(http.client.HTTPResponse(client)) as response:
            response.begin()
            response.read()
            return response.status, response.headers["X-Release"]


def serves(path: Path) -> bool:
    try:
        ask(path)
    except OSError:
        return False
    return True


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[object, Path, Path]]:
    """The web process with the options of the manual; its socket; its folder."""
    var, path = tmp_path / "var", tmp_path / "web.sock"
    var.mkdir()
    (var / "release").write_text("one")
    assert OPTIONS is not None
    options = OPTIONS[1].replace("lerend.wsgi:application", "tests.lerend.slow:application")
    options = re.sub(r"--uds \S+", f"--uds {path}", options)
    program = str(Path(sys.executable).parent / "granian")
    with no_trace(var):
        server = python(program, *options.split(), var=var, LOG_LEVEL="WARNING")
        assert wait_for(lambda: serves(path))
        assert ask(path) == (200, "one")
        yield server, path, var
        server.terminate()
        assert server.wait(40) == 0
        assert nothing_left(var)


def test_a_reload_brings_the_new_release_and_loses_no_request(web) -> None:
    server, path, var = web
    with Visitors(path) as visitors:
        assert wait_for(lambda: visitors.answers[200, "one"] > 10)
        (var / "release").write_text("two")
        server.send_signal(signal.SIGHUP)
        assert wait_for(lambda: visitors.answers[200, "two"] > 10, 60)
        assert wait_for(lambda: {ask(path, visitors.hung_up)[1] for _ in range(10)} == {"two"}, 60)
    assert len(visitors.hung_up) <= 2  # one for each worker that ended
    assert (visitors.failures, set(visitors.answers)) == ([], {(200, "one"), (200, "two")})


def test_who_was_being_answered_when_it_stops_still_gets_the_answer(web) -> None:
    server, path, _ = web
    got: list[tuple[int, str]] = []
    asking = [Thread(target=lambda: got.append(ask(path))) for _ in range(4)]
    for thread in asking:
        thread.start()
    assert not Event().wait(0.2)  # they are being answered now
    server.send_signal(signal.SIGTERM)
    for thread in asking:
        thread.join()
    assert got == [(200, "one")] * 4
    assert server.wait(40) == 0  # a second signal, at the last moment, would end it another way
