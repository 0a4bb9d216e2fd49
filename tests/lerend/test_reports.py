"""Reports of errors, as a service that is a process away receives them."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.lerend.failing import MARK
from tests.lerend.living import PROJECT

GO_WRONG = """
import logging
from django.conf import settings
from django.test import RequestFactory
settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"  # this database has no tables
from lerend.wsgi import application
import sentry_sdk
from tests.lerend.failing import MARK, fail
settings.ROOT_URLCONF = "tests.lerend.failing"
make = RequestFactory(SERVER_NAME="localhost")
make.cookies["sessionid"] = MARK
heads = {"X-Marked": MARK, "User-Agent": MARK, "X-Forwarded-For": MARK}
for request in (
    make.post(f"/mis/gaat/geheim/?naam={MARK}", {"text": MARK}, headers=heads),
    make.post("/mis/keten/", {"text": MARK}),
    make.get("/mis/rij/"),
    make.get("/", headers={"Host": "elders.example"}),
):
    list(application(request.environ, lambda status, headers, exc_info=None: None))
fail.apply([MARK])
logging.getLogger("lerend.somewhere").error("told of %s", MARK)
logging.getLogger("lerend.somewhere").warning("told of %s", MARK)
sentry_sdk.flush(10)
"""


@pytest.fixture
def service() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a service, and what came in there."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://public@127.0.0.1:{server.server_port}/1", received
    server.shutdown()
    thread.join()
    server.server_close()


def run(code: str, **more: str) -> str:
    settings = {"DJANGO_SETTINGS_MODULE": "lerend.settings", "LEREND_ENV": "local"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=os.environ | settings | more,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_report_tells_where_it_went_wrong_and_nothing_of_what_was_written(service) -> None:
    address, received = service
    run(GO_WRONG, SENTRY_DSN=address, SENTRY_ENVIRONMENT="proef")
    envelopes = [[json.loads(line) for line in body.splitlines() if line] for body in received]
    events = [parts[2] for parts in envelopes if parts[1]["type"] == "event"]
    told = [
        (
            event.get("transaction"),
            [(value["type"], value.get("value")) for value in event.get("exception", {}).get("values", [])],
            event.get("message"),
        )
        for event in events
    ]
    left_out = "(left out)"
    assert told == [
        ("tests.lerend.failing.says", [("RuntimeError", left_out)], None),
        ("tests.lerend.failing.chained", [("RuntimeError", left_out), ("ValueError", left_out)], None),
        ("tests.lerend.failing.row", [("CheckViolation", "23514 refusing short"), ("IntegrityError", left_out)], None),
        ("tests.failing", [("RuntimeError", left_out)], None),
        (None, [], "An error was logged by lerend.somewhere: see the log."),
    ]
    whole = b"\n".join(received).decode()
    names = ("merkteken", "jan@", "geheim", "naam=", "sessionid", '"vars"', '"user"', '"cookies"', "breadcrumbs")
    assert [name for name in names if name in whole] == []
    assert MARK not in whole
    last = events[0]["exception"]["values"][0]["stacktrace"]["frames"][-1]
    assert (last["function"], last["context_line"].strip()) == (
        "says",
        'raise RuntimeError(f"what was written: {kept}")',
    )
    assert (events[0]["environment"], len(events[0]["tags"]["request_id"])) == ("proef", 32)


def test_without_an_address_nothing_of_it_is_loaded() -> None:
    code = "import django, sys; django.setup(); print([name for name in sys.modules if name.startswith('sentry')])"
    assert run(code, SENTRY_DSN="") == "[]\n"
