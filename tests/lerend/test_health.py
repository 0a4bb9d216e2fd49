"""``/healthz`` and ``/readyz``, on the real database and broker."""

import time

import pytest
import redis
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from lerend import health
from lerend.celery import HEARTBEAT, _first_heartbeat, _worker_lives, app
from lerend.tasks import forget_sessions, heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_heartbeats() -> None:
    health.forget()


def ready(client: Client) -> tuple[int, object]:
    response = client.get("/readyz")
    return response.status_code, response.json()


def test_healthz_needs_nothing(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere.sock"
    response = client.get("/healthz")
    assert (response.status_code, response.content, response["Content-Type"]) == (200, b"ok", "text/plain")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_never_cached_and_only_read(client: Client, path: str) -> None:
    assert client.get(path)["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert client.post(path).status_code == 405


@pytest.mark.parametrize(
    ("alive", "answer"),
    [
        (["worker", "beat"], (200, {"ready": True, "missing": []})),
        (["worker"], (503, {"ready": False, "missing": ["beat"]})),
        (["beat"], (503, {"ready": False, "missing": ["worker"]})),
        ([], (503, {"ready": False, "missing": ["worker", "beat"]})),
    ],
)
def test_readyz_names_who_is_silent(client: Client, alive: list[str], answer: tuple[int, object]) -> None:
    for name in alive:
        health.note(name)
    assert ready(client) == answer


@pytest.mark.parametrize("name", health.HEARTBEATS)
@pytest.mark.parametrize(("age", "missing"), [(179, False), (181, True)])
def test_a_heartbeat_counts_for_three_minutes(client: Client, name: str, age: int, missing: bool) -> None:
    health.note("worker")
    health.note("beat")
    cache.set(f"heartbeat:{name}", time.time() - age)
    assert health.missing() == ([name] if missing else [])


def test_readyz_names_the_broker_within_two_seconds(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://192.0.2.1:6379/0"
    started = time.monotonic()
    assert ready(client) == (503, {"ready": False, "missing": ["broker"]})
    assert time.monotonic() - started < 2


def test_readyz_names_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    health.note("worker")
    health.note("beat")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    assert ready(client) == (503, {"ready": False, "missing": ["database"]})


def test_beat_lives_from_its_first_moment_and_the_worker_when_it_runs_the_heartbeat(client: Client) -> None:
    _first_heartbeat()
    assert health.missing() == ["worker"]
    with app.connection_for_read() as broker, broker.SimpleQueue("celery") as queue:
        message = queue.get(timeout=5)
        assert message.headers["task"] == HEARTBEAT
        message.ack()
    heartbeat.apply()
    assert health.missing() == []


def test_a_worker_lives_from_its_first_moment() -> None:
    _worker_lives()
    assert health.missing() == ["beat"]


def test_a_probe_is_not_an_error_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/readyz").status_code == 503
    assert [record.message for record in caplog.records] == []


def test_sessions_that_ran_out_are_forgotten(cast, client_of) -> None:
    client_of(cast.lina), client_of(cast.sem)
    for session in Session.objects.all():
        user_id = session.get_decoded()["_auth_user_id"]
        UserSession.objects.create(user_id=user_id, ip="192.0.2.1", session_key=session.pk, user_agent="Firefox")
    gone = Session.objects.all()[0].pk
    Session.objects.filter(pk=gone).update(expire_date=timezone.now())
    forget_sessions.apply()
    left = Session.objects.get().pk
    assert (left == gone, list(UserSession.objects.values_list("session_key", flat=True))) == (False, [left])


def test_a_worker_outlives_a_broker_that_breaks_while_tasks_wait_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with app.connection_for_write() as broker, broker.SimpleQueue("broken-off") as queue:
        queue.put("a task")
    worker = app.connection_for_read()
    assert worker.SimpleQueue("broken-off").get(timeout=5).payload == "a task"

    def gone(*arguments: object) -> None:
        raise redis.ConnectionError

    with monkeypatch.context() as away:
        away.setattr("kombu.transport.redis.Channel.close", gone)
        worker.collect()  # as Celery does on a connection that broke
    worker.close()
