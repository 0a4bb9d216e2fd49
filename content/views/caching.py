"""Pages that show the edition: kept for half a minute, so that a correction is seen within one."""

from __future__ import annotations

from functools import wraps

from django.http import HttpRequest, HttpResponse

from content.views.showing import previewed
from lerend.caching import View, shared

SHARED_FOR = "public, max-age=30, stale-while-revalidate=30"


def shows_edition(view: View) -> View:
    """Let caches keep the page of who sees the published edition; what an editor previews is kept by nobody."""

    @shared(SHARED_FOR)
    @wraps(view)
    def wrapped(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if previewed(request):
            response["Cache-Control"] = "no-store"
        return response

    return wrapped
