"""Pages of trust: the same for everybody, and true of what the code does."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import conditional_page, require_safe

from lerend.trust.audiences import CIRCLES, PEOPLE, RADIUS, WIDTH
from organisations.models import AUDIT_KEPT, DEPARTURE_LASTS, DOORS_KEPT, INVITATION_LASTS, SMALLEST_GROUP
from sessions_app.domain.contributions import CONSENT_DAYS
from sessions_app.models.guests import GUEST_SHEETS_KEPT

SHARED_FOR = "public, max-age=300"
DAY = 24 * 3600

# The addresses under /hulp/, and for whom each is.
HELP = {
    "professional": "Professional, ook als je nieuw bent",
    "leidinggevende": "Leidinggevende",
    "bestuurder": "Bestuurder",
    "planner": "Planner",
    "nji-programma": "NJi-programma",
    "associatie": "Associatie Wijkteams",
    "redactie": "Redactie",
}


def _static(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let caches keep the page: shared for who has no cookie at all, else asked for anew and perhaps not sent again."""

    @require_safe
    @conditional_page
    @wraps(view)
    def wrapped(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-cache" if request.COOKIES else SHARED_FOR
        return response

    return wrapped


@_static
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is kept, why, how long, and who has to do with it; every number is the one that the code uses."""
    context = {
        "operator": {
            "name": settings.OPERATOR_NAME,
            "contact": settings.OPERATOR_CONTACT,
            "hosting": settings.OPERATOR_HOSTING,
        },
        "session_days": settings.SESSION_COOKIE_AGE // DAY,
        "code_minutes": settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60,
        "mail_days": settings.MAIL_KEPT_DAYS,
        "invitation_days": INVITATION_LASTS.days,
        "doors_days": DOORS_KEPT.days,
        "departure_days": DEPARTURE_LASTS.days,
        "audit_years": AUDIT_KEPT.days // 365,
        "guest_months": GUEST_SHEETS_KEPT.days // 30,
    }
    return render(request, "trust/privacy.html", context)


@_static
def who_reads(request: HttpRequest) -> HttpResponse:
    """Draw for every audience who reads along, leaders and bestuurders named."""
    context = {
        "circles": CIRCLES,
        "rows": [
            (" ".join(lines), [(circle.reads(key), circle.when(key)) for circle in CIRCLES])
            for key, lines in PEOPLE.items()
        ],
        "picture": {"width": WIDTH, "radius": RADIUS},
        "smallest_group": SMALLEST_GROUP,
        "consent_days": CONSENT_DAYS,
    }
    return render(request, "trust/who_reads.html", context)


@_static
def accessibility(request: HttpRequest) -> HttpResponse:
    """State how accessible this is, and where to say that it is not."""
    return render(request, "trust/accessibility.html", {"contact": settings.OPERATOR_CONTACT})


@_static
def help_index(request: HttpRequest) -> HttpResponse:
    """Lead to the help for each role."""
    return render(request, "trust/help.html", {"roles": HELP})


@_static
def help_for(request: HttpRequest, slug: str) -> HttpResponse:
    """Tell one role what it can do, how to begin, and who helps; 404 for a role there is not."""
    if slug not in HELP:
        raise Http404
    context = {
        "contact": settings.OPERATOR_CONTACT,
        "smallest_group": SMALLEST_GROUP,
        "invitation_days": INVITATION_LASTS.days,
        "departure_days": DEPARTURE_LASTS.days,
        "audit_years": AUDIT_KEPT.days // 365,
        "consent_days": CONSENT_DAYS,
    }
    return render(request, f"trust/help/{slug}.html", context)
