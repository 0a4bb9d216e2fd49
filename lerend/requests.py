"""What is known of every request: an id that goes along in each line of the log, and one line when it is done."""

import logging
import re
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from lerend.logs import route

PROBES = {"healthz", "readyz"}
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
Answer = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)


def believe_proxy(get_response: Answer) -> Answer:
    """Middleware: forget an ``X-Request-ID`` that is no id, or that no proxy can have set. One is made then."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not (settings.PROXY_COUNT and _ID.fullmatch(request.META.get("HTTP_X_REQUEST_ID", ""))):
            request.META.pop("HTTP_X_REQUEST_ID", None)
        return get_response(request)

    return middleware


def log_request(get_response: Answer) -> Answer:
    """Middleware: log a line a request, with the name of the page and not its path. Probes are left out."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        response = get_response(request)
        page = route(request)
        if page not in PROBES:
            facts = {
                "method": request.method if request.method in {"GET", "HEAD", "POST", "OPTIONS"} else "other",
                "route": page,
                "status": response.status_code,
                "ms": round((time.monotonic() - started) * 1000),
            }
            logger.info("%(method)s %(route)s %(status)s %(ms)s ms", facts, extra=facts)
        return response

    return middleware
