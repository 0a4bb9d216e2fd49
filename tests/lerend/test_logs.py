"""What the log tells of a request and of a task, and what it never tells."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.conf import settings as project
from django.test import Client
from django_guid import clear_guid, get_guid, set_guid
from django_guid.integrations.celery.signals import clean_up, worker_prerun

from lerend.celery import app
from lerend.logs import Json, Plain
from tests.lerend.failing import MARK, fail

TOKEN = "eyJhIjoi:1tokenXYZ:geheim"
FORMATTERS = {
    "json": lambda: Json(**{name: value for name, value in _options("json").items() if name != "()"}),
    "plain": lambda: Plain(_options("plain")["format"], style="{"),
}
ID = "0123456789abcdef0123456789abcdef"

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.lerend.failing")]


def _options(name: str) -> dict:
    return project.LOGGING["formatters"][name]


@pytest.fixture(params=FORMATTERS)
def written(request) -> Iterator[io.StringIO]:
    """Everything that is logged, in each of the formats."""
    yield from _captured(request.param)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    yield from _captured("json")


def _captured(format_name: str) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(FORMATTERS[format_name]())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def lines(log: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def everything_that_goes_wrong(client: Client) -> list[int]:
    answers = [
        client.post(f"/mis/gaat/{TOKEN}/?naam={MARK}", {"text": MARK}),
        client.post("/mis/keten/", {"text": MARK}),
        client.get(f"/mis/weg/{TOKEN}/"),
        client.get(f"/antwoord/{TOKEN}/"),
        client.get(f"/antwoord/{TOKEN}/nergens/"),
        client.put(f"/antwoord/{TOKEN}/"),
        client.get(f"/account/password/reset/key/1-{TOKEN}/"),
        client.get(f"/account/confirm-email/{TOKEN}/"),
        client.post("/account/login/", {"login": "jan@voorbeeld.test", "password": MARK}),
        Client(enforce_csrf_checks=True).post(f"/antwoord/{TOKEN}/", {"text": MARK}),
        client.get("/", HTTP_HOST=f"{TOKEN}.example"),
        client.get("/mis/rij/"),
    ]
    return [answer.status_code for answer in answers]


@pytest.mark.ignore_template_errors
def test_nothing_personal_is_logged_whatever_goes_wrong(written) -> None:
    client = Client(raise_request_exception=False)
    assert everything_that_goes_wrong(client) == [500, 500, 404, 404, 404, 405, 200, 200, 200, 403, 400, 500]
    fail.apply([MARK])
    text = written.getvalue()
    told = ("merkteken", "jan@", "geheim", TOKEN, "naam=")
    assert [word for word in told if word in text] == []
    assert ("RuntimeError: (left out)" in text, "23514 refusing short" in text, "tests.failing" in text) == (True,) * 3


def test_a_request_is_one_line_with_the_name_of_its_page(log) -> None:
    response = Client().get("/antwoord/geheim/?x=geheim")
    (line,) = (line for line in lines(log) if line["logger"] == "lerend.requests")
    assert {**line, "time": None, "ms": None} == {
        "level": "INFO",
        "logger": "lerend.requests",
        "message": f"GET answer_by_token 404 {line['ms']} ms",
        "request_id": response["X-Request-ID"],
        "method": "GET",
        "route": "answer_by_token",
        "status": 404,
        "ms": None,
        "time": None,
    }


def test_a_probe_is_no_line(log) -> None:
    Client().get("/healthz")
    assert lines(log) == []


def test_every_line_of_a_request_has_its_id(log) -> None:
    response = Client(raise_request_exception=False).post("/mis/keten/")
    found = [line for line in lines(log) if line["logger"] != "asyncio"]
    assert [(line["logger"], line["request_id"]) for line in found] == [
        ("django.request", response["X-Request-ID"]),
        ("lerend.requests", response["X-Request-ID"]),
    ]


@pytest.mark.parametrize(
    ("proxies", "sent", "taken"),
    [
        (1, ID, True),
        (1, str(UUID(ID)), True),
        (0, ID, False),
        (1, "jan@voorbeeld.test", False),
        (1, f"urn:uuid:{ID}", False),
        (1, f"{ID}\n", False),
        (1, "", False),
    ],
)
def test_only_a_proxy_may_choose_the_id(settings, log, proxies, sent, taken) -> None:
    settings.PROXY_COUNT = proxies
    answered = Client().get("/", headers={"X-Request-ID": sent})["X-Request-ID"]
    assert (answered == sent, len(answered) in {32, 36}) == (taken, True)
    assert "voorbeeld" not in log.getvalue()


def test_a_task_goes_by_the_id_of_its_request() -> None:
    set_guid(ID)
    with app.connection_for_write() as broker, broker.SimpleQueue("celery") as queue:
        queue.clear()
        fail.apply_async(["tekst"], connection=broker)
        clear_guid()
        message = queue.get(timeout=5)
        message.ack()
    fail.push_request(**message.headers)
    worker_prerun(task=fail)
    assert (message.headers["X-Request-ID"], get_guid()) == (ID, ID)
    clean_up(task=fail)
    fail.pop_request()
    assert get_guid() is None
