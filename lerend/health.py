"""Whether this process lives (``/healthz``), and whether all that it needs is there (``/readyz``)."""

import time

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from lerend.embedded.errors import EmbeddedError

HEARTBEATS = ("worker", "beat")
FRESH = 180  # seconds; both are noted every minute
_KEPT = 3600
_TIMEOUT = 1  # second a check may take


def note(name: str) -> None:
    """Note that ``name``, one of ``HEARTBEATS``, is alive now."""
    cache.set(_key(name), time.time(), _KEPT)


def forget() -> None:
    """Forget all heartbeats: those of a former run say nothing about this one."""
    cache.delete_many([_key(name) for name in HEARTBEATS])


def missing() -> list[str]:
    """Return what is not there, by name. Without the broker nobody knows about worker and beat: they are not named."""
    names = [] if _database_answers() else ["database"]
    try:
        return names + _silent()
    except redis.RedisError:
        return [*names, "broker"]


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process lives."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether everything is there, and with status 503 what is not."""
    names = missing()
    response = JsonResponse({"ready": not names, "missing": names}, status=503 if names else 200)
    # An answer, not an error: Django would log each 503 every time a probe comes by.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _key(name: str) -> str:
    return f"heartbeat:{name}"


def _database_answers() -> bool:
    """Ask over a connection of its own, because a standing one cannot be given a limit of time."""
    probe = connection.copy()
    probe.settings_dict["OPTIONS"] = {
        name: value for name, value in probe.settings_dict["OPTIONS"].items() if name not in {"pool", "options"}
    } | {"connect_timeout": 2, "tcp_user_timeout": _TIMEOUT * 1000, "options": f"-c statement_timeout={_TIMEOUT}s"}
    try:
        with probe.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, EmbeddedError):
        return False
    finally:
        probe.close()
    return True


def _silent() -> list[str]:
    """Return who gave no fresh heartbeat. Raises RedisError when the broker does not answer in time."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=Retry(NoBackoff(), 0)
    )
    with client:
        client.ping()
    seen = cache.get_many([_key(name) for name in HEARTBEATS])
    return [name for name in HEARTBEATS if time.time() - seen.get(_key(name), 0) > FRESH]
