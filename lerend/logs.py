"""Logs without personal text: what PostgreSQL quotes from rows, what exceptions say, tokens in addresses, people.

What is left of an exception is its type and where it was raised, which is enough to find it. What it *says* may quote
what somebody wrote, so that is told only where it cannot (``told``).
"""

import logging
import re
import traceback
from collections.abc import Iterator
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django_guid import get_guid
from pythonjsonlogger.json import JsonFormatter

from lerend.embedded.errors import EmbeddedError

LEFT_OUT = "(left out)"
NO_PAGE = "(no such page)"
# What a line may carry besides its message.
EXTRAS = ("method", "route", "status", "ms")

# PostgreSQL repeats the refused row in DETAIL; psycopg puts that in the exception.
_ROW = re.compile(r"(?m)^(DETAIL|CONTEXT|HINT):.*(?:\n(?![A-Z][A-Za-z.]*(?:Error|Exception)\b|Traceback|  File ).+)*")
_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")


def without_rows(text: str) -> str:
    """Return ``text`` with each PostgreSQL DETAIL, CONTEXT and HINT line blanked."""
    return _ROW.sub(rf"\1: {LEFT_OUT}", text)


def told(error: BaseException) -> str:
    """Return what may be told of what ``error`` says: nothing, unless it cannot quote what somebody wrote."""
    if isinstance(error, ImproperlyConfigured | EmbeddedError):
        return str(error)
    if isinstance(error, psycopg.Error):
        known = [error.sqlstate, error.diag.table_name, error.diag.constraint_name]
        return " ".join(word for word in known if word) or LEFT_OUT
    if isinstance(error, OSError) and error.strerror and error.errno:
        return f"[Errno {error.errno}]"
    return LEFT_OUT


def trace(error: BaseException) -> str:
    """Return the traceback of ``error`` and of what led to it, with of each what may be told."""
    parts = []
    for one in reversed(list(chain(error))):
        where = "".join(traceback.format_tb(one.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{where}{type(one).__qualname__}: {told(one)}")
    return "\n\n".join(parts)


def chain(error: BaseException) -> Iterator[BaseException]:
    """Give ``error``, then what it was raised from or during, back to the first."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def route(request: Any) -> str:
    """Return the name of the page that ``request`` is for: unlike its path, that holds no token."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name if match else "") or NO_PAGE


def closed(record: logging.LogRecord) -> logging.LogRecord:
    """Return a new record with what may be told of ``record``, and the id of the request it belongs to."""
    error = record.exc_info[1] if record.exc_info else None
    message = record.getMessage()
    request = getattr(record, "request", None)
    if path := getattr(request, "path", ""):
        message = message.replace(path, route(request)) if path != "/" else message
    for one in chain(error) if error else ():
        for words in (repr(one), str(one)):
            message = message.replace(words, LEFT_OUT) if words else message
    parts = {name: getattr(record, name) for name in (*EXTRAS, "name", "levelno", "levelname", "created", "msecs")
             if hasattr(record, name)}  # fmt: skip
    return logging.makeLogRecord(
        {
            **parts,
            "msg": _ADDRESS.sub("(address)", without_rows(message)),
            "exc_text": trace(error) if error else None,
            "request_id": get_guid(),
        }
    )


class Plain(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return what may be told of ``record``."""
        record = closed(record)
        record.request_id = get_guid() or "-"
        return super().format(record)


class Json(JsonFormatter):
    """A line of JSON for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """Return what may be told of ``record``."""
        return super().format(closed(record))
