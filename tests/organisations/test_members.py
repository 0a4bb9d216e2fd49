"""Roles, places in teams, and leaving: who may do what, and what is written down."""

from __future__ import annotations

import pytest
from django.urls import reverse

from organisations.domain import members, settings, teams
from organisations.domain.errors import Refused
from organisations.models import (
    Action,
    AuditEntry,
    Departure,
    Invitation,
    Membership,
    Organisation,
    Role,
    Team,
    TeamMembership,
    User,
)
from sessions_app.domain import pilot
from sessions_app.domain.contributions import Words, record_contribution
from sessions_app.models import Audience, Contribution


@pytest.fixture
def south(cast) -> Team:
    return Team.objects.create(organisation=cast.home, name="Team Zuid")


def of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def trail() -> list[tuple[str, str, str, str, str]]:
    fields = ("action", "by_name", "about_name", "team_name", "detail")
    return list(AuditEntry.objects.order_by("at").values_list(*fields))


def test_a_bestuurder_gives_and_takes_roles(cast):
    members.change_role(of(cast.lina).id, Role.PLANNER, by=cast.noor)
    members.change_role(of(cast.lina).id, "", by=cast.noor)
    assert of(cast.lina).role == ""
    assert trail() == [
        (Action.ROLE_CHANGED, "Noor Aydin", "Lina Bakker", "", "planner"),
        (Action.ROLE_CHANGED, "Noor Aydin", "Lina Bakker", "", "geen rol"),
    ]


@pytest.mark.parametrize("role", [Role.BESTUURDER, Role.PLANNER, Role.LEIDINGGEVENDE, "admin"])
def test_nobody_grants_above_their_own_role(cast, client_of, role):
    """Not oneself and not another, by the verb and by an edited form."""
    for by, target in ((cast.sem, cast.lina), (cast.sem, cast.sem)):
        with pytest.raises(Refused, match="Een bestuurder kan dat wel"):
            members.change_role(of(target).id, role, by=by)
    for by, target in ((cast.lina, cast.lina), (cast.pim, cast.pim), (cast.tess, cast.lina)):
        with pytest.raises(Membership.DoesNotExist):
            members.change_role(of(target).id, role, by=by)
        page = reverse("person", args=[cast.home.id, of(target).id])
        assert client_of(by).post(page, {"rol-role": role}).status_code == 404
    page = reverse("person", args=[cast.home.id, of(cast.sem).id])
    client_of(cast.sem).post(page, {"rol-role": role})
    assert (of(cast.sem).role, of(cast.lina).role, trail()) == ("", "", [])


def test_the_last_bestuurder_stays(cast):
    for verb in (
        lambda: members.change_role(of(cast.noor).id, "", by=cast.noor),
        lambda: members.end_membership(of(cast.noor).id, by=cast.noor),
    ):
        with pytest.raises(Refused, match="altijd een bestuurder"):
            verb()
    members.change_role(of(cast.pim).id, Role.BESTUURDER, by=cast.noor)
    User.objects.filter(id=cast.pim.id).update(is_active=False)  # who cannot sign in does not count
    with pytest.raises(Refused, match="altijd een bestuurder"):
        members.end_membership(of(cast.noor).id, by=cast.noor)
    User.objects.filter(id=cast.pim.id).update(is_active=True)
    members.end_membership(of(cast.noor).id, by=cast.noor)
    assert not Membership.objects.filter(user=cast.noor).exists()


def test_nobody_places_themselves_in_a_team(cast, south, client_of):
    """A leidinggevende or bestuurder who does so would read what a team shares."""
    for by in (cast.noor, cast.sem):
        for role in (Role.PROFESSIONAL, Role.LEIDINGGEVENDE):
            with pytest.raises(Refused, match="Jezelf in een team"):
                members.place_in_team(of(by).id, cast.north.id, role, by=by)
    with pytest.raises(Team.DoesNotExist):
        members.place_in_team(of(cast.sem).id, south.id, Role.PROFESSIONAL, by=cast.sem)
    page = reverse("person", args=[cast.home.id, of(cast.sem).id])
    client_of(cast.sem).post(page, {"plaats-team": str(south.id), "plaats-role": "professional"})
    places = TeamMembership.objects.filter(membership__user__in=[cast.noor, cast.sem])
    assert list(places.values_list("team__name", "role")) == [("Team Noord", "leidinggevende")]


def test_a_leidinggevende_places_people_in_own_teams_only(cast, south):
    with pytest.raises(Team.DoesNotExist):
        members.place_in_team(of(cast.lina).id, south.id, Role.PROFESSIONAL, by=cast.sem)
    with pytest.raises(Team.DoesNotExist):
        members.take_out_of_team(of(cast.lina).id, south.id, by=cast.sem)
    members.place_in_team(of(cast.lina).id, cast.north.id, Role.LEIDINGGEVENDE, by=cast.sem)
    members.take_out_of_team(of(cast.joost).id, cast.north.id, by=cast.sem)
    assert trail() == [
        (Action.TEAM_ROLE_CHANGED, "Sem de Wit", "Lina Bakker", "Team Noord", "leidinggevende"),
        (Action.TEAM_LEFT, "Sem de Wit", "Joost Kramer", "Team Noord", ""),
    ]


@pytest.mark.parametrize("person", ["lina", "pim", "tess", "ilse", "beheer"])
def test_who_manages_nobody_moves_nobody(cast, south, person):
    by = getattr(cast, person)
    for verb in (
        lambda: members.place_in_team(of(cast.joost).id, cast.north.id, Role.PROFESSIONAL, by=by),
        lambda: members.take_out_of_team(of(cast.joost).id, cast.north.id, by=by),
        lambda: members.end_membership(of(cast.joost).id, by=by),
    ):
        with pytest.raises(Membership.DoesNotExist):
            verb()


def test_moving_to_another_team(cast, south, plan, held, client_of):
    """What the new team shared before is not theirs to read, nor is what the old one shares from now on."""
    other = cast.member("Fatma Yıldız", south)
    before = shared_with(south, cast, plan, held, other, "vooraf")
    members.place_in_team(of(cast.lina).id, south.id, Role.PROFESSIONAL, leaves=cast.north.id, by=cast.noor)
    after = shared_with(south, cast, plan, held, other, "daarna")
    readable = Contribution.objects.visible_to(cast.lina)
    assert (before in readable, after in readable) == (False, True)
    assert client_of(cast.lina).get(reverse("team", args=[south.id])).content.decode().count("tekst daarna") == 1
    assert list(TeamMembership.objects.filter(membership__user=cast.lina).values_list("team__name")) == [("Team Zuid",)]


def shared_with(team, cast, plan, held, by, mark) -> Contribution:
    """Something that ``by`` shares with ``team``, from a talk that was large enough."""
    people = [cast.member(f"{mark} {number}", team) for number in range(5)]
    session = held(plan(cast.noor, "teamdagdeel", teams=[team], join=False), by)
    assert session.present_count >= len(people)
    return record_contribution(session.id, Words(text=f"tekst {mark}", audience=Audience.TEAM, team=team), by=by)


def test_a_closed_team_loses_nothing_and_gives_no_rights(cast, south, plan, held, client_of):
    other = cast.member("Fatma Yıldız", south)
    shared = shared_with(south, cast, plan, held, other, "van-zuid")
    leader = cast.member("Karin", south, Role.LEIDINGGEVENDE)
    teams.close_team(south.id, by=cast.noor)
    assert shared in Contribution.objects.visible_to(other)
    assert "tekst van-zuid" in client_of(other).get(reverse("team", args=[south.id])).content.decode()
    ways = [Team.objects.manageable_by(leader), Team.objects.plannable_by(leader), Team.objects.led_by(leader)]
    ways += [Team.objects.plannable_by(cast.noor), Team.objects.with_professional(other)]
    assert [south in way for way in ways] == [False] * 5
    with pytest.raises(Team.DoesNotExist):
        members.place_in_team(of(cast.lina).id, south.id, Role.PROFESSIONAL, by=cast.noor)


def test_merging_moves_the_people_and_widens_no_audience(cast, south, plan, held):
    other = cast.member("Fatma Yıldız", south)
    theirs = shared_with(south, cast, plan, held, other, "zuid")
    ours = shared_with(cast.north, cast, plan, held, cast.lina, "noord")
    invited = Invitation.objects.create(
        organisation=cast.home, name="N", email="n@elders.test", team=south, team_role=Role.PROFESSIONAL
    )
    teams.close_team(south.id, into=cast.north.id, by=cast.noor)
    assert TeamMembership.objects.filter(membership__user=other, team=cast.north, role=Role.PROFESSIONAL).exists()
    assert [theirs in Contribution.objects.visible_to(user) for user in (other, cast.lina)] == [True, False]
    assert [ours in Contribution.objects.visible_to(user) for user in (other, cast.lina)] == [False, True]
    invited.refresh_from_db()
    assert invited.team == cast.north
    assert trail()[-1] == (Action.TEAM_MERGED, "Noor Aydin", "", "Team Zuid", "Team Noord")
    assert teams.close_team(south.id, into=cast.north.id, by=cast.noor).merged_into == cast.north  # twice is once


def test_closing_withdraws_the_invitations_for_that_team(cast, south):
    invited = Invitation.objects.create(
        organisation=cast.home, name="N", email="n@elders.test", team=south, team_role=Role.PROFESSIONAL
    )
    teams.close_team(south.id, by=cast.noor)
    invited.refresh_from_db()
    assert invited.withdrawn_at is not None


def test_a_team_on_the_list_of_the_pilot_is_not_closed(cast, world_signup):
    with pytest.raises(Refused, match="pilot"):
        teams.close_team(cast.north.id, by=cast.noor)
    pilot.withdraw_signup(world_signup.id, by=cast.noor)
    assert teams.close_team(cast.north.id, by=cast.noor).closed_at is not None


@pytest.fixture
def world_signup(cast):
    from datetime import UTC, datetime, timedelta
    from uuid import uuid4

    now = datetime.now(UTC)
    details = pilot.RoundDetails(name="Pilot", opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9))
    round_ = pilot.open_round(details, form_key=uuid4(), by=cast.ilse)
    signup = pilot.SignupDetails(
        contact_name="Sem", contact_email="s@v.test", size=9, motivation="Leren.", shares_experience=True
    )
    return pilot.sign_up(round_.id, cast.north.id, signup, form_key=uuid4(), by=cast.sem)


def test_names_of_teams(cast):
    made = teams.make_teams(cast.home.id, ["Team  Zuid", "team noord", "", "TEAM ZUID", "Team Oost 🌱"], by=cast.noor)
    assert [team.name for team in made] == ["Team Zuid", "Team Oost 🌱"]
    with pytest.raises(Refused, match="nog geen ander team"):
        teams.rename_team(made[0].id, "TEAM NOORD", by=cast.noor)
    assert teams.rename_team(made[0].id, "Team Zuidrand", by=cast.noor).name == "Team Zuidrand"
    teams.close_team(made[0].id, by=cast.noor)
    assert [team.name for team in teams.make_teams(cast.home.id, ["Team Zuidrand"], by=cast.noor)] == ["Team Zuidrand"]


@pytest.mark.parametrize("person", ["sem", "lina", "pim", "tess", "ilse", "beheer"])
def test_only_a_bestuurder_makes_and_closes_teams(cast, person):
    by = getattr(cast, person)
    with pytest.raises(Organisation.DoesNotExist):
        teams.make_teams(cast.home.id, ["Nieuw"], by=by)
    for verb in (lambda: teams.close_team(cast.north.id, by=by), lambda: teams.rename_team(cast.north.id, "X", by=by)):
        with pytest.raises(Team.DoesNotExist):
            verb()
    with pytest.raises(Organisation.DoesNotExist):
        settings.change_organisation(cast.home.id, municipality="", smallest_group=5, contact=None, by=by)


def test_settings_of_the_organisation(cast):
    settings.change_organisation(
        cast.home.id, municipality="Elders", smallest_group=8, contact=cast.lina.id, by=cast.noor
    )
    cast.home.refresh_from_db()
    assert (cast.home.municipality, cast.home.smallest_group, cast.home.contact) == ("Elders", 8, cast.lina)
    assert [entry[0] for entry in trail()] == [
        Action.ORGANISATION_CHANGED,
        Action.SMALLEST_GROUP_CHANGED,
        Action.CONTACT_CHANGED,
    ]
    with pytest.raises(Refused, match="nooit kleiner"):
        settings.change_organisation(cast.home.id, municipality="", smallest_group=4, contact=None, by=cast.noor)
    with pytest.raises(Refused, match="eigen organisatie"):
        settings.change_organisation(
            cast.home.id, municipality="", smallest_group=5, contact=cast.tess.id, by=cast.noor
        )


def test_the_trail_is_for_the_bestuurder_of_the_organisation(cast, client_of):
    members.change_role(of(cast.lina).id, Role.PLANNER, by=cast.noor)
    page = client_of(cast.noor).get(reverse("audit_trail", args=[cast.home.id])).content.decode()
    assert "<strong>Noor Aydin</strong> wijzigde de rol in de organisatie: Lina Bakker · planner" in page
    seen = [
        user
        for user in ("sem", "lina", "pim", "tess", "ilse", "aart", "beheer")
        if len(AuditEntry.objects.visible_to(getattr(cast, user)))
    ]
    assert seen == []


def test_a_session_does_not_outlive_the_membership(cast, client_of):
    lina = client_of(cast.lina)
    pages = [reverse("organisation", args=[cast.home.id]), reverse("team", args=[cast.north.id])]
    assert [lina.get(page).status_code for page in pages] == [200, 200]
    members.end_membership(of(cast.lina).id, by=cast.noor)
    assert [lina.get(page).status_code for page in pages] == [404, 404]
    assert (Departure.objects.get().user, trail()[-1][0]) == (cast.lina, Action.REMOVED)


def test_leaving_frees_the_contact_and_forgets_the_invitation(cast):
    Organisation.objects.filter(id=cast.home.id).update(contact=cast.lina)
    Invitation.objects.create(
        organisation=cast.home,
        name="Lina",
        email="lina@elders.test",
        accepted_by=cast.lina,
        accepted_at=cast.lina.date_joined,
    )
    members.end_membership(of(cast.lina).id, by=cast.lina)
    cast.home.refresh_from_db()
    assert (cast.home.contact, Invitation.objects.count(), trail()[-1][0]) == (None, 0, Action.LEFT)


def test_one_changes_ones_own_name(cast, client_of):
    lina = client_of(cast.lina)
    assert lina.post(reverse("account_name"), {"name": " 🌱 "}).status_code == 200
    lina.post(reverse("account_name"), {"name": "  Lina  de Bakker "})
    cast.lina.refresh_from_db()
    assert (cast.lina.name, cast.lina.name_sorted) == ("Lina de Bakker", "lina de bakker")
