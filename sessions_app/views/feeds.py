"""A talk as a calendar file, somebody's own feed, and the page where they get its address."""

from __future__ import annotations

from datetime import timedelta
from typing import cast
from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from content.paper.printing import CACHE_IS_GONE
from lerend.mail.calendar import CONTENT_TYPE, calendar
from lerend.moments import in_amsterdam
from organisations.views.loading import SignedIn, limited_to, load, signed_in
from sessions_app.domain import feeds as domain
from sessions_app.models import CalendarFeed
from sessions_app.queries import feeds as queries

_NAME = "Lerend Versterken"
_REFRESH = timedelta(hours=1)


@signed_in
@require_safe
def session_file(request: SignedIn, session_id: UUID) -> HttpResponse:
    """A talk, with the series that it is part of, as a file that any calendar opens, by its name and day."""
    found = load(queries.keepable(request.user).select_related("series"), session_id)
    day = in_amsterdam(found.span[0]).date()
    return HttpResponse(
        calendar(queries.file_events(request.user, found), method="PUBLISH"),
        content_type=CONTENT_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{slugify(found.title) or "gesprek"}-{day}.ics"'},
    )


@signed_in
@require_safe
def subscription(request: SignedIn) -> HttpResponse:
    """What a subscription of one's calendar is, whether one has it, and how to get it."""
    return _page(request)


@signed_in
@require_POST
def renew(request: SignedIn) -> HttpResponse:
    """Make the address, or a new one, and show it once."""
    if limited := limited_to(request, "calendar_feed_new"):
        return limited
    return _page(request, domain.renew_feed(by=request.user))


@signed_in
@require_POST
def end(request: SignedIn) -> HttpResponse:
    """End the subscription."""
    domain.end_feed(by=request.user)
    messages.success(request, "Het abonnement is gestopt. Het adres werkt niet meer.")
    return redirect("calendar_subscription")


def _page(request: SignedIn, token: str = "") -> HttpResponse:
    address = settings.SITE_URL + reverse("calendar_feed", args=[token]) if token else ""
    context = {
        "feed": queries.feed_of(request.user),
        "address": address,
        "webcal": f"webcal://{address.partition('://')[2]}",
        "back_days": queries.BACK.days,
        "gone_days": queries.GONE_KEPT.days,
    }
    return render(request, "sessions_app/feeds/subscription.html", context)


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """All the talks of whose secret address this is, for their calendar, which does not sign in."""
    try:
        found = CalendarFeed.objects.by_token(token)
    except CalendarFeed.DoesNotExist:
        raise Http404 from None
    if limited := _fetched_too_often(request, found):
        return limited
    events = queries.feed_events(found.user)
    found = domain.note_fetched(found, queries.print_of(events, found.user.id))
    etag, changed_at = f'"{found.print}"', int(found.changed_at.timestamp())
    response = HttpResponse(
        content_type=CONTENT_TYPE,
        headers={
            "Cache-Control": "private, no-cache",
            "Content-Disposition": 'inline; filename="lerend-versterken.ics"',
            "ETag": etag,
            "Last-Modified": http_date(changed_at),
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex, nofollow",
        },
    )
    answer = get_conditional_response(request, etag, changed_at, response)
    if answer is None or answer is response:
        response.content = calendar(events, method="PUBLISH", name=_NAME, refresh=_REFRESH)
        return response
    return answer


def _fetched_too_often(request: HttpRequest, found: CalendarFeed) -> HttpResponse | None:
    """Count by feed, not by where it is fetched from: Google and Microsoft do so for all from a few places."""
    try:
        limited = ratelimit.consume_or_429(request, action="calendar_feed", key=found.token_hash, limit_get=True)
    except CACHE_IS_GONE:
        return None
    return cast(HttpResponse | None, limited)
