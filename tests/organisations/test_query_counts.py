"""Every list of running an organisation asks the database as often for thirty rows as for one, twelve times at most."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from organisations.domain import audit, invitations
from organisations.domain.invitations import Invitee
from organisations.models import Action, Invitation, JoinRequest, Organisation, Role, TeamMembership, User
from tests.conftest import Cast
from tests.rows import add_people, add_teams
from tests.sessions_app.test_query_counts import MOST, SHOWN, cost


def people(cast: Cast, count: int) -> tuple[User, str]:
    add_people(add_teams(cast.home, count), count)
    return cast.noor, reverse("people", args=[cast.home.id])


def invited(cast: Cast, count: int) -> tuple[User, str]:
    invitees = [Invitee(f"Gast {n}", f"{uuid4().hex}@v.test", "", cast.north, Role.PROFESSIONAL) for n in range(count)]
    invitations.invite_many(cast.home.id, invitees, batch=uuid4(), by=cast.noor)
    return cast.noor, reverse("invitation_list", args=[cast.home.id])


def progress(cast: Cast, count: int) -> tuple[User, str]:
    invited(cast, count)
    batch = uuid4()
    Invitation.objects.update(batch=batch)
    return cast.noor, reverse("member_import_progress", args=[cast.home.id, batch])


def teams(cast: Cast, count: int) -> tuple[User, str]:
    add_people(add_teams(cast.home, count), count)
    return cast.noor, reverse("team_list", args=[cast.home.id])


def trail(cast: Cast, count: int) -> tuple[User, str]:
    for _ in range(count):
        audit.note(cast.home, Action.ROLE_CHANGED, by=cast.noor, about=cast.lina, detail="planner")
    return cast.noor, reverse("audit_trail", args=[cast.home.id])


def requests(cast: Cast, count: int) -> tuple[User, str]:
    for _ in range(count):
        JoinRequest.objects.create(name="Aanvraag", municipality="X", contact_name="Y", contact_email="y@v.test")
    return cast.ilse, reverse("join_list")


def decided(cast: Cast, count: int) -> tuple[User, str]:
    requests(cast, count)
    JoinRequest.objects.update(state="declined", decided_at=timezone.now())
    return cast.ilse, reverse("join_list") + "?toon=besloten"


def organisations(cast: Cast, count: int) -> tuple[User, str]:
    for _ in range(count):
        add_people(add_teams(Organisation.objects.create(name=f"Wijkwerk {uuid4()}"), 1), 1, org_role=Role.BESTUURDER)
    return cast.ilse, reverse("door_organisation_list")


def person(cast: Cast, count: int) -> tuple[User, str]:
    membership = cast.lina.memberships.get()
    TeamMembership.objects.bulk_create(
        TeamMembership(membership=membership, team=team, role=Role.PROFESSIONAL) for team in add_teams(cast.home, count)
    )
    return cast.noor, reverse("person", args=[cast.home.id, membership.id])


PAGES: dict[str, tuple[Callable[[Cast, int], tuple[User, str]], str, int]] = {
    "people": (people, "Mens ", 31),
    "invited": (invited, "<h3>Gast ", SHOWN),
    "progress": (progress, "van 31 verstuurd", 1),
    "teams": (teams, ">Wijkteam ", 31),
    "trail": (trail, "<time>", 31),
    "requests": (requests, "<h3>Aanvraag", SHOWN),
    "decided": (decided, "<h3>Aanvraag", SHOWN),
    "organisations": (organisations, ">Wijkwerk ", 31),
    "person": (person, "Haal uit dit team", 32),
}


@pytest.mark.parametrize("name", PAGES)
def test_thirty_rows_cost_as_many_queries_as_one(cast, client_of, name):
    make, mark, shown = PAGES[name]
    _, one = cost(make(cast, 1), mark, client_of)
    rows, thirty = cost(make(cast, 30), mark, client_of)
    assert (rows, thirty) == (shown, one)
    assert thirty <= MOST
