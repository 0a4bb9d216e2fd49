"""Reports of errors to a service that speaks Sentry's protocol. Imported only where ``SENTRY_DSN`` is set.

A report holds what is listed here and nothing else: where it went wrong, of which type it is, and on which page or in
which task. No values, no addresses, no forms, no people.
"""

from collections.abc import Mapping
from typing import Any

import sentry_sdk
from django_guid import get_guid
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger

from lerend.logs import chain, told

_KEPT = ("event_id", "timestamp", "platform", "level", "logger", "environment", "release", "sdk")
_FRAME = ("filename", "function", "module", "lineno", "context_line", "pre_context", "post_context", "in_app")
_NAMED_IN_CODE = ("component", "task")  # a transaction's name is then a function's, not an address


def start(dsn: str, environment: str) -> None:
    """Send errors of this process, of requests and of tasks to ``dsn`` from now on."""
    ignore_logger("django.security.DisallowedHost")  # anybody can cause it
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        default_integrations=False,
        integrations=[
            DjangoIntegration(transaction_style="function_name"),
            CeleryIntegration(),
            LoggingIntegration(level=None, sentry_logs_level=None),
            ExcepthookIntegration(),
            DedupeIntegration(),
            AtexitIntegration(callback=lambda pending, timeout: None),
        ],
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        server_name="",
        before_send=scrub,  # type: ignore[arg-type]  # theirs is a dictionary with names
    )


def scrub(event: Mapping[str, Any], hint: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of ``event`` may leave the house."""
    error = (hint.get("exc_info") or (None, None))[1]
    kept = {name: event[name] for name in _KEPT if name in event}
    if event.get("transaction_info", {}).get("source") in _NAMED_IN_CODE:
        kept["transaction"] = event.get("transaction")
    kept["tags"] = {"request_id": get_guid() or ""}
    if method := event.get("request", {}).get("method"):
        kept["request"] = {"method": method}
    if values := event.get("exception", {}).get("values"):
        kept["exception"] = {"values": [_exception(value) for value in values]}
        for value, one in zip(reversed(kept["exception"]["values"]), chain(error) if error else (), strict=False):
            if value["type"] == type(one).__name__:
                value["value"] = told(one)
    else:
        kept["message"] = f"An error was logged by {event.get('logger', 'nobody')}: see the log."
    return kept


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    frames = [
        {name: frame[name] for name in _FRAME if name in frame}
        for frame in (value.get("stacktrace") or {}).get("frames", [])
    ]
    return {"type": value.get("type"), "module": value.get("module"), "stacktrace": {"frames": frames}}
