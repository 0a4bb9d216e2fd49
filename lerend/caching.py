"""How long a page that everybody may read can be kept, by browsers and by caches on the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import conditional_page

View = Callable[..., HttpResponse]
PRIVATE = "private, no-cache"


def shared(cache_control: str) -> Callable[[View], View]:
    """Let caches keep the pages of a view under ``cache_control``, for who has no cookie at all.

    Others ask anew each time. Either way a page that did not change is not sent again: its ETag comes from what it
    says, so that it can not be old. A view that sets a ``Cache-Control`` of its own knows better.
    """

    def decorator(view: View) -> View:
        @conditional_page
        @wraps(view)
        def wrapped(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
            response = view(request, *args, **kwargs)
            response.headers.setdefault("Cache-Control", PRIVATE if request.COOKIES else cache_control)
            patch_vary_headers(response, ["Cookie"])
            return response

        return wrapped

    return decorator
