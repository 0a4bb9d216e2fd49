"""The one way in for views: what you may not see does not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from organisations.domain.errors import Refused
from organisations.models import User

M = TypeVar("M", bound=Model)
P = ParamSpec("P")
T = TypeVar("T")


class SignedIn(HttpRequest):
    """A request of somebody who signed in."""

    user: User


def load(ways: QuerySet[M], pk: UUID) -> M:
    """Return the row ``pk`` out of what this person may see or manage; 404 otherwise."""
    return get_object_or_404(ways, pk=pk)


def signed_in(view: Callable[Concatenate[SignedIn, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in only who signed in, keep private pages out of caches, and turn what a verb may not find into 404."""

    @login_required
    @wraps(view)
    def wrapped(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except ObjectDoesNotExist:
            raise Http404 from None
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return wrapped


def tried(request: HttpRequest, verb: Callable[[], T]) -> T | None:
    """Run ``verb``; when it is refused, tell why on the next page and return None."""
    try:
        return verb()
    except Refused as refused:
        messages.error(request, refused.message)
        return None


def limited_to(request: HttpRequest, action: str) -> HttpResponse | None:
    """Count ``action``, one of ACCOUNT_RATE_LIMITS, and return the page that says it was too often; else None."""
    return cast(HttpResponse | None, ratelimit.consume_or_429(request, action=action))
