"""What our list pages are measured against: one indexed query and a template, signed in, and nothing else.

They have no rules about who reads what, no paging, no menu and no second query. They show the same columns.
"""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from organisations.models import Membership
from sessions_app.models import Consent, Contribution, PilotSignup, Session, State
from sessions_app.models.contribution import Audience

SIZE, TALKS = 25, 30
COMING = 5


@login_required
def talks(request: HttpRequest) -> HttpResponse:
    """Coming talks."""
    rows = Session.objects.filter(planned_by=request.user, starts_at__gt=timezone.now()).order_by("starts_at", "id")
    return render(request, "bare/talks.html", {"rows": rows[:TALKS]})


@login_required
def today(request: HttpRequest) -> HttpResponse:
    """The five short lists of the first page, each with one indexed query."""
    talks, now = Session.objects.filter(planned_by=request.user).order_by("starts_at", "id"), timezone.now()
    context = {
        "lists": [
            talks.filter(state=State.PLANNED, starts_at__gt=now)[:COMING],
            talks.filter(state=State.PLANNED, starts_at__lte=now)[:COMING],
            talks.filter(state=State.HELD, starts_at__lte=now)[:COMING],
        ],
        "questions": Consent.objects.filter(participant__user=request.user).select_related("contribution__session"),
        "places": Membership.objects.filter(user=request.user).select_related("organisation"),
    }
    return render(request, "bare/today.html", context)


def _thoughts(request: HttpRequest, rows: QuerySet[Contribution]) -> HttpResponse:
    anchors = rows.select_related("author", "card", "theme", "rule", "assignment")
    return render(request, "bare/thoughts.html", {"rows": anchors[:SIZE]})


@login_required
def of_organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """What was shared with an organisation."""
    rows = Contribution.objects.filter(
        organisation=organisation_id, audience=Audience.ORGANISATION, released_at__isnull=False
    )
    return _thoughts(request, rows.order_by("-released_at", "-id"))


@login_required
def of_team(request: HttpRequest, team_id: UUID) -> HttpResponse:
    """What was shared with a team."""
    rows = Contribution.objects.filter(team=team_id, audience=Audience.TEAM, released_at__isnull=False)
    return _thoughts(request, rows.order_by("-released_at", "-id"))


@login_required
def own(request: HttpRequest) -> HttpResponse:
    """What somebody wrote."""
    return _thoughts(request, Contribution.objects.filter(author=request.user.pk).order_by("-created_at", "-id"))


@login_required
def nji(request: HttpRequest) -> HttpResponse:
    """What was shared with the NJi-programma."""
    rows = Contribution.objects.filter(audience=Audience.NJI, released_at__isnull=False)
    return _thoughts(request, rows.order_by("-released_at", "-id"))


@login_required
def signups(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Teams on the list of a round."""
    rows = PilotSignup.objects.filter(round=round_id, position__gt=0).order_by("position")
    return render(request, "bare/signups.html", {"rows": rows.select_related("team__organisation")[:SIZE]})
