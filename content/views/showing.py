"""Which edition a visitor sees: the published one, or the one that an editor is previewing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from content import queries
from content.models import Edition, Means, MeansKind

PREVIEW = "previewed_edition"  # in the session of an editor: the id of the edition


def previewed(request: HttpRequest) -> UUID | None:
    """Return the edition that this visitor chose to preview; None for everybody who may not change editions."""
    chosen = request.session.get(PREVIEW)
    return UUID(chosen) if chosen and request.user.has_perm("content.change_edition") else None


def preview(request: HttpRequest) -> dict[str, Any]:
    """Give every template the edition that this visitor previews, if any (a context processor)."""
    found = previewed(request) if hasattr(request, "session") else None
    return {"previewed_edition": Edition.objects.filter(pk=found).first() if found else None}


def private_preview(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Keep what an editor sees of a draft out of every cache (a middleware)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and previewed(request):
            response["Cache-Control"] = "private, no-store"
            del response["ETag"]
        return response

    return middleware


def shown_edition(request: HttpRequest) -> Edition | None:
    """Return the edition that this visitor sees, if there is one."""
    return queries.edition(previewed(request))


def shown_means(request: HttpRequest, kind: MeansKind) -> Means | None:
    """Return a means of the edition that this visitor sees, with ``edition`` and ``use_list``."""
    return queries.one_means(kind, previewed(request))
