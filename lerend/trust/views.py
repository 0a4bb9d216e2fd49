"""Pages of trust: the same for everybody, and true of what the code does."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lerend.caching import shared
from lerend.trust.audiences import CIRCLES, PEOPLE, RADIUS, WIDTH
from organisations.models import AUDIT_KEPT, DEPARTURE_LASTS, DOORS_KEPT, INVITATION_LASTS, SMALLEST_GROUP
from sessions_app.domain.contributions import CONSENT_DAYS
from sessions_app.domain.telling import TOLD_KEPT
from sessions_app.models.guests import GUEST_SHEETS_KEPT

_shared = shared("public, max-age=300")
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


@require_safe
@_shared
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
        "because_days": TOLD_KEPT.days,
    }
    return render(request, "trust/privacy.html", context)


@require_safe
@_shared
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
        "departure_days": DEPARTURE_LASTS.days,
    }
    return render(request, "trust/who_reads.html", context)


@require_safe
@_shared
def accessibility(request: HttpRequest) -> HttpResponse:
    """State how accessible this is, and where to say that it is not."""
    return render(request, "trust/accessibility.html", {"contact": settings.OPERATOR_CONTACT})


@require_safe
@_shared
def help_index(request: HttpRequest) -> HttpResponse:
    """Lead to the help for each role."""
    return render(request, "trust/help.html", {"roles": HELP})


@require_safe
@_shared
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
