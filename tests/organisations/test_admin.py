"""People, organisations and teams in the admin."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from organisations.models import AuditEntry, Membership, Organisation, Role, Team, TeamMembership, User

# Django's own admin templates use variables that are not always there.
pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("beheer@lerend.test", "Bea Heer")


@pytest.fixture
def desk(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


@pytest.fixture
def town() -> Organisation:
    return Organisation.objects.create(name="Wijkteams Voorbeeldstad")


@pytest.fixture
def member(town: Organisation) -> Membership:
    return Membership.objects.create(
        user=User.objects.create_user("lina@voorbeeldstad.test", "Lina Bakker"), organisation=town
    )


def management(prefix: str, total: int = 0, initial: int = 0) -> dict[str, str]:
    return {f"{prefix}-TOTAL_FORMS": str(total), f"{prefix}-INITIAL_FORMS": str(initial)}


def errors(response) -> list[str]:
    return [str(error) for errors in response.context["errors"] for error in errors]


def test_migrating_makes_the_groups() -> None:
    assert sorted(Group.objects.values_list("name", flat=True)) == ["Associatie", "NJi-programma", "redactie"]


def test_who_is_not_signed_in_goes_to_the_one_way_in(client: Client) -> None:
    response = client.get(reverse("admin:login"))
    assert (response.status_code, response.headers["Location"]) == (302, "/account/login/?next=%2Fbeheer%2Flogin%2F")


def test_who_is_no_staff_is_refused(client: Client, member: Membership) -> None:
    client.force_login(member.user)
    assert client.get(reverse("admin:login")).status_code == 403


def test_a_person_without_a_password(desk: Client) -> None:
    response = desk.post(
        reverse("admin:organisations_user_add"),
        {
            "email": "Joost@Voorbeeldstad.test",
            "name": "Joost Kramer",
            "usable_password": "false",
            **management("memberships"),
        },
    )
    joost = User.objects.get(name="Joost Kramer")
    assert response.headers["Location"] == reverse("admin:organisations_user_change", args=[joost.pk])
    assert (joost.email, joost.has_usable_password(), joost.is_staff) == ("joost@voorbeeldstad.test", False, False)


def test_one_address_is_one_person_capitals_aside(desk: Client, member: Membership) -> None:
    response = desk.post(
        reverse("admin:organisations_user_add"),
        {
            "email": "LINA@voorbeeldstad.test",
            "name": "Lina Twee",
            "usable_password": "false",
            **management("memberships"),
        },
    )
    assert (response.status_code, User.objects.filter(name="Lina Twee").count()) == (200, 0)


def test_who_belongs_where_is_seen_and_not_changed_here(desk: Client, member: Membership, town: Organisation) -> None:
    """A superuser who could place themselves in a team would read what it shares."""
    team = Team.objects.create(organisation=town, name="Team Noord")
    TeamMembership.objects.create(membership=member, team=team, role=Role.PROFESSIONAL)
    for model, thing in (("membership", member), ("team", team)):
        names = [f"admin:organisations_{model}_{page}" for page in ("changelist", "change", "add", "delete")]
        paths = [
            reverse(names[0]),
            reverse(names[1], args=[thing.pk]),
            reverse(names[2]),
            reverse(names[3], args=[thing.pk]),
        ]
        assert [desk.get(path).status_code for path in paths] == [200, 200, 403, 403]
        assert [desk.post(path).status_code for path in paths[1:]] == [403, 403, 403]
    desk.post(
        reverse("admin:organisations_user_change", args=[member.user.pk]),
        {
            "name": "Lina Bakker",
            "email": "lina@voorbeeldstad.test",
            "is_active": "on",
            **management("memberships", total=1),
            "memberships-0-organisation": str(town.pk),
            "memberships-0-role": "bestuurder",
        },
    )
    assert list(Membership.objects.values_list("role")) == [("",)]


def test_the_name_of_an_organisation_is_corrected_and_written_down(desk: Client, town: Organisation) -> None:
    address = reverse("admin:organisations_organisation_change", args=[town.pk])
    fields = {"name": "Wijkteams Voorbeeld", "municipality": "V", "smallest_group": "1", "contact": ""}
    desk.post(address, fields | management("teams"))
    town.refresh_from_db()
    assert (town.name, town.smallest_group) == ("Wijkteams Voorbeeld", 5)
    assert list(AuditEntry.objects.values_list("action", "by_name")) == [("organisation_changed", "Bea Heer")]
    assert [desk.get(reverse("admin:organisations_organisation_add")).status_code] == [403]


def test_nobody_but_a_superuser_gives_rights(client: Client, member: Membership, boss: User) -> None:
    helper = User.objects.create_user("helper@lerend.test", "Hanna Helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="organisations"))
    client.force_login(helper)
    person = reverse("admin:organisations_user_change", args=[member.user.pk])
    fields = {
        "name": "Lina de Bakker",
        "email": "lina@voorbeeldstad.test",
        "is_active": "on",
        **management("memberships"),
    }
    assert client.post(person, {**fields, "is_superuser": "on", "is_staff": "on"}).status_code == 302
    member.user.refresh_from_db()
    assert (member.user.name, member.user.is_staff, member.user.is_superuser) == ("Lina de Bakker", False, False)
    above = reverse("admin:organisations_user_change", args=[boss.pk])
    assert client.post(above, {**fields, "email": "boef@elders.test"}).status_code == 403
    assert client.post(reverse("admin:auth_user_password_change", args=[boss.pk]), {}).status_code == 403


@pytest.mark.parametrize("model", ["user", "organisation", "team", "membership"])
def test_lists_ask_as_much_for_thirty_rows_as_for_one(
    desk: Client, member: Membership, model: str, django_assert_num_queries
) -> None:
    address = reverse(f"admin:organisations_{model}_changelist")
    Team.objects.create(organisation=member.organisation, name="Team Noord")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        desk.get(address)
    for number in range(30):
        organisation = Organisation.objects.create(name=f"Organisatie {number}")
        Team.objects.create(organisation=organisation, name="Team")
        user = User.objects.create_user(f"p{number}@lerend.test", f"Persoon {number}")
        Membership.objects.create(user=user, organisation=organisation)
    with django_assert_num_queries(len(few)):
        desk.get(address)


def test_search_finds_by_name_and_address(desk: Client, member: Membership) -> None:
    found = desk.get(reverse("admin:organisations_membership_changelist"), {"q": "lina@voor"}).context["cl"].result_list
    assert list(found) == [member]
