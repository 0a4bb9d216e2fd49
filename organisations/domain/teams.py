"""Making, naming, closing and merging teams. Nothing that was shared with a team is lost, or read by anyone more."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from organisations.domain import audit
from organisations.domain.errors import Refused
from organisations.domain.members import lock_organisation
from organisations.models import Action, Invitation, Organisation, Team, TeamMembership, User, one_line
from organisations.signals import team_closed

LONGEST_NAME = 120


@transaction.atomic
def make_teams(organisation_id: UUID, names: Sequence[str], *, by: User) -> list[Team]:
    """Make the teams of ``names`` that are not there yet; returns the new ones.

    Raises Organisation.DoesNotExist when ``by`` is no bestuurder there, Refused for a name that is too long.
    """
    organisation = _lock(organisation_id, by)
    there = {name.casefold() for name in organisation.teams.filter(closed_at=None).values_list("name", flat=True)}
    wanted: dict[str, str] = {}
    for name in map(one_line, names):
        if len(name) > LONGEST_NAME:
            raise Refused(f"De naam van een team is hooguit {LONGEST_NAME} tekens: “{name[:30]}…” is langer.")
        if name and name.casefold() not in there:
            wanted.setdefault(name.casefold(), name)
    teams = Team.objects.bulk_create(Team(organisation=organisation, name=name) for name in wanted.values())
    for team in teams:
        audit.note(organisation, Action.TEAM_MADE, by=by, team=team)
    return teams


@transaction.atomic
def rename_team(team_id: UUID, name: str, *, by: User) -> Team:
    """Give an open team another name. Raises Team.DoesNotExist when ``by`` may not, Refused when the name is taken."""
    team = _open_team(team_id, by)
    name = one_line(name)
    if name == team.name:
        return team
    others = Team.objects.open().filter(organisation=team.organisation).exclude(id=team.id)
    if not name or len(name) > LONGEST_NAME or others.filter(name__iexact=name).exists():
        raise Refused("Kies een naam die nog geen ander team heeft.")
    audit.note(team.organisation, Action.TEAM_RENAMED, by=by, team=team, detail=name)
    team.name = name
    team.save(update_fields=["name"])
    return team


@transaction.atomic
def close_team(team_id: UUID, *, into: UUID | None = None, by: User) -> Team:
    """Close a team; with ``into`` it merges: its people get the same role in that team.

    The closed team keeps its people, so that they go on reading what they shared, and nobody else begins to: what the
    other team shared before is not theirs, and their own is not the other team's. Closed already: returned as it is.
    Raises Team.DoesNotExist when ``by`` may not, Refused when an app above says what must be done first.
    """
    if closed := Team.objects.run_by(by).filter(id=team_id, closed_at__isnull=False).first():
        return closed
    team = _open_team(team_id, by)
    other = None
    if into:
        other = Team.objects.open().filter(organisation=team.organisation, id=into).exclude(id=team.id).first()
        if other is None:
            raise Refused("Kies een ander team om mee samen te gaan.")
    team.closed_at, team.merged_into = timezone.now(), other
    team.save(update_fields=["closed_at", "merged_into"])
    waiting = Invitation.objects.living().filter(team=team)
    if other:
        places = TeamMembership.objects.filter(team=team)
        TeamMembership.objects.bulk_create(
            (TeamMembership(membership_id=place.membership_id, team=other, role=place.role) for place in places),
            ignore_conflicts=True,  # who was in both keeps the place they had
        )
        waiting.update(team=other)
    else:
        waiting.update(withdrawn_at=timezone.now())
    audit.note(
        team.organisation,
        Action.TEAM_MERGED if other else Action.TEAM_CLOSED,
        by=by,
        team=team,
        detail=other.name if other else "",
    )
    team_closed.send(sender=Team, team=team, into=other, by=by)
    return team


def _lock(organisation_id: UUID, by: User) -> Organisation:
    organisation = lock_organisation(organisation_id)
    Organisation.objects.run_by(by).get(id=organisation_id)
    return organisation


def _open_team(team_id: UUID, by: User) -> Team:
    team = Team.objects.get(id=team_id)
    lock_organisation(team.organisation_id)
    return Team.objects.run_by(by).open().select_related("organisation").get(id=team_id)
