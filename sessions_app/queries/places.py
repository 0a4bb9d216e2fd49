"""Reads about organisations and teams."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Prefetch

from organisations.models import Membership, Organisation, Role, Team, TeamMembership, User
from sessions_app.queries.departures import running_rows


def places_of(user: User) -> list[Membership]:
    """Return the memberships of ``user``: with organisation, teams, and what ``departures.running`` reads."""
    return list(
        user.memberships.select_related("organisation")
        .annotate(running=ArraySubquery(running_rows(user)))
        .prefetch_related(Prefetch("team_memberships", TeamMembership.objects.in_open_teams().select_related("team")))
        .order_by("organisation__name")
    )


def teams_of(organisation: Organisation) -> list[Team]:
    """Return the open teams of ``organisation`` by name."""
    return list(organisation.teams.filter(closed_at=None).order_by("name"))


def bestuurders_of(organisation: Organisation) -> list[User]:
    """Return the bestuurders of ``organisation`` by name."""
    return list(
        User.objects.filter(memberships__organisation=organisation, memberships__role=Role.BESTUURDER).order_by(
            "name_sorted", "id"
        )
    )


def people_of(team: Team) -> list[TeamMembership]:
    """Return who is in ``team``, leidinggevende first, then by name."""
    return list(
        TeamMembership.objects.filter(team=team)
        .select_related("membership__user")
        .order_by("role", "membership__user__name_sorted", "id")
    )
