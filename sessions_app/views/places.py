"""Vandaag, and the pages of an organisation, a team and the NJi-programma with what was shared there."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lerend import keyset
from organisations.models import NJI_GROUP, Organisation, Role, Team, in_group, opens_doors
from organisations.views.loading import SignedIn, load, signed_in
from sessions_app.models import Contribution
from sessions_app.queries import contributions as contribution_queries
from sessions_app.queries import departures as departure_queries
from sessions_app.queries import interpretations as rule_queries
from sessions_app.queries import places as queries
from sessions_app.queries import polls as poll_queries
from sessions_app.queries import sessions as session_queries
from sessions_app.queries import surveys as survey_queries
from sessions_app.queries.guests import teams_with_guests
from sessions_app.queries.sessions import shown, with_anchors


@signed_in
@require_safe
def today(request: SignedIn) -> HttpResponse:
    """The first page after signing in: what is coming, and what waits for you."""
    now = timezone.now()
    talks = session_queries.today(request.user, now)
    places = queries.places_of(request.user)
    # Asked of the few to whom it can apply; contacted_through() decides.
    may_be_contact = any(
        place.role == Role.BESTUURDER or place.organisation.contact_id == request.user.id for place in places
    )
    context = {
        "coming": talks.coming,
        "to_close": talks.to_close,
        "to_record": talks.to_record,
        "questions": contribution_queries.open_questions(request.user),
        "places": places,
        "polls": poll_queries.waiting_for(request.user, now),
        "surveys": survey_queries.waiting_for(places, now),
        "departures": departure_queries.running(request.user, places),
        "is_contact": may_be_contact and contribution_queries.is_contact(request.user),
        "in_nji": in_group(request.user, NJI_GROUP),
        "opens_doors": opens_doors(request.user),
    }
    return render(request, "sessions_app/today.html", context)


def _shared(request: SignedIn, contributions: QuerySet[Contribution]) -> dict[str, object]:
    """Return a page of what was shared somewhere, newest first, for the template."""
    found = keyset.page(with_anchors(contributions), "released_at", request.GET.get("vanaf", ""), newest_first=True)
    return {
        "items": shown(found.rows, request.user),
        "next": found.more(),
        "first_page": not request.GET.get("vanaf"),
    }


@signed_in
@require_safe
def organisation(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """An organisation: its teams, and what was shared with all of it."""
    found = load(Organisation.objects.visible_to(request.user), organisation_id)
    contributions = Contribution.objects.shared_with_organisation(found, request.user)
    leaders = queries.bestuurders_of(found)
    context = {
        "organisation": found,
        "teams": queries.teams_of(found),
        "leaders": leaders,
        "is_leader": any(leader.id == request.user.id for leader in leaders),
        "survey": survey_queries.latest_of(request.user, found, None),
        "rules": rule_queries.nearest(request.user, found).query,
        "has_guests": True,
        "manages": Organisation.objects.manageable_by(request.user).filter(id=found.id).exists(),
        "may_plan_seasons": Organisation.objects.plannable_by(request.user).filter(id=found.id).exists(),
        **_shared(request, contributions),
    }
    return render(request, "sessions_app/organisation.html", context)


@signed_in
@require_safe
def team(request: SignedIn, team_id: UUID) -> HttpResponse:
    """A team: its people, and what was shared with it."""
    found = load(Team.objects.visible_to(request.user).select_related("organisation"), team_id)
    contributions = Contribution.objects.shared_with_team(found, request.user)
    people = queries.people_of(found)
    is_member = any(person.membership.user_id == request.user.id for person in people)
    context = {
        "team": found,
        "people": people,
        "is_member": is_member,
        "may_plan_seasons": Team.objects.plannable_by(request.user).filter(id=found.id).exists(),
        "has_guests": is_member or teams_with_guests(request.user).filter(id=found.id).exists(),
        "survey": survey_queries.latest_of(request.user, found.organisation, found),
        "rules": rule_queries.nearest(request.user, found.organisation, found).query,
        **_shared(request, contributions),
    }
    return render(request, "sessions_app/team.html", context)


@signed_in
@require_safe
def nji(request: SignedIn) -> HttpResponse:
    """What people shared with the NJi-programma to enrich the material."""
    if not in_group(request.user, NJI_GROUP):
        raise Http404
    contributions = Contribution.objects.shared_with_nji(request.user)
    return render(request, "sessions_app/nji.html", _shared(request, contributions))
