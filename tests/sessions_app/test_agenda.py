"""The calendar page: what one may see, as a list, a month or team by team, by what stands in the address."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from lerend.moments import in_amsterdam
from organisations.models import Membership, Team, TeamMembership
from sessions_app.models import Answer, Participant, Session
from sessions_app.queries import agenda
from sessions_app.queries.agenda import MONTH, Filters
from tests.conftest import PLAN_AT
from tests.rows import add_people, add_talks

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def titles(client_of):
    """The titles on the page, for somebody and the query of an address."""

    def titles(user, query=""):
        page = client_of(user).get(f"{reverse('session_list')}?{query}")
        assert page.status_code == 200
        context = page.context
        if "month" in context:
            return [(day.day.isoformat(), row.title) for day in context["month"].days for row in day.rows]
        if "teams" in context:
            return [(team.team.name, [row.title for row in team.rows]) for team, _ in context["teams"]]
        return [row.title for row in context["rows"]]

    return titles


@pytest.fixture
def season(cast, plan):
    """A team day and an interview in March 2027, and an interview in April; a secret one of two others, and a draft."""
    plan(cast.sem, "teamdagdeel", teams=[cast.north])
    plan(cast.lina, "collegiaal-interview", [cast.joost], starts_at=PLAN_AT + DAY)
    plan(cast.lina, "inwerkinterview", [cast.joost], starts_at=PLAN_AT + 30 * DAY)
    plan(cast.joost, "collegiaal-interview", [cast.sem], starts_at=PLAN_AT + 2 * DAY)
    plan(cast.lina, "collegiaal-interview", [cast.joost], starts_at=PLAN_AT + DAY, send=False)


def test_the_address_filters_the_list(cast, season, titles):
    day, interview, inwerk = "Teamdagdeel", "Collegiaal interview", "Inwerkinterview"
    found = {
        query: titles(cast.lina, query)
        for query in (
            "",
            "soort=inwerk",
            f"team={cast.north.id}",
            f"organisatie={cast.home.id}",
            "rol=plan",
            "rol=mee",
            "antwoord=open",
            "dag=2027-03-10",
            "toon=geweest",
            "soort=onzin&team=onzin&organisatie=1&dag=gisteren&vorm=cirkel&vanaf=xx",
        )
    }
    everything = [day, interview, inwerk]
    assert found == {
        "": everything,
        "soort=inwerk": [inwerk],
        f"team={cast.north.id}": [day],
        f"organisatie={cast.home.id}": everything,
        "rol=plan": [interview, inwerk],
        "rol=mee": everything,
        "antwoord=open": [day],
        "dag=2027-03-10": [interview],
        "toon=geweest": [],
        "soort=onzin&team=onzin&organisatie=1&dag=gisteren&vorm=cirkel&vanaf=xx": everything,
    }


def test_a_month_shows_each_talk_on_its_day_in_amsterdam(cast, season, plan, titles):
    night = plan(cast.lina, "collegiaal-interview", [cast.joost], starts_at=datetime(2027, 3, 31, 22, 30, tzinfo=UTC))
    Session.objects.filter(id=night.id).update(title="In de nacht")
    assert titles(cast.lina, "vorm=maand&maand=2027-03") == [
        ("2027-03-09", "Teamdagdeel"),
        ("2027-03-10", "Collegiaal interview"),
        ("2027-04-01", "In de nacht"),
    ]
    assert titles(cast.lina, "vorm=maand&maand=2027-04") == [
        ("2027-04-01", "In de nacht"),
        ("2027-04-08", "Inwerkinterview"),
    ]
    assert titles(cast.tess, "vorm=maand&maand=2027-03") == []


def test_days_and_months_go_from_midnight_to_midnight_in_amsterdam(cast, edition, titles):
    """March 2027 is shown with the first days of April, when the clock is an hour ahead."""
    begin, end = datetime(2027, 2, 28, 23, tzinfo=UTC), datetime(2027, 4, 4, 22, tzinfo=UTC)
    for number, moment in enumerate((begin - HOUR, begin, end - MINUTE, end)):
        talks = add_talks(cast.home, [[cast.lina, cast.joost]], planned_by=cast.pim, first=moment)
        Session.objects.filter(id=talks[0].id).update(title=f"Nummer {number}")
    wanted = Filters(form=MONTH, month=date(2027, 3, 1))
    shown = agenda.talk_month(cast.lina, wanted)
    assert [(day.day, day.inside, day.rows[0].title, len(day.rows)) for day in shown.days if day.rows] == [
        (date(2027, 3, 1), True, "Nummer 1", 1),
        (date(2027, 4, 4), False, "Nummer 2", 1),
    ]
    days = ("2027-02-28", "2027-03-01", "2027-04-04", "2027-04-05")
    assert [titles(cast.lina, f"dag={day}") for day in days] == [
        ["Nummer 0"],
        ["Nummer 1"],
        ["Nummer 2"],
        ["Nummer 2", "Nummer 3"],
    ]
    now = agenda.talk_month(cast.lina, Filters(form=MONTH), now=begin)
    assert (now.first, [day.day for day in now.days if day.today]) == (date(2027, 3, 1), [date(2027, 3, 1)])


def test_a_full_month_tells_of_every_day_how_much_more_there_is(cast, edition):
    """Also of its last days, however much there is before; the first of April is two days in UTC here."""
    early, late = datetime(2027, 3, 31, 22, 30, tzinfo=UTC), datetime(2027, 4, 1, 21, 30, tzinfo=UTC)
    for starts_at, talks in ((datetime(2027, 3, 1, 9, tzinfo=UTC), 25), (early, 3), (late, 3)):
        made = add_talks(cast.home, [[cast.lina, cast.joost]] * talks, planned_by=cast.pim, first=starts_at)
        ids = [talk.id for talk in made]
        Session.objects.filter(id__in=ids).update(starts_at=starts_at, ends_at=starts_at + MINUTE)
    shown = agenda.talk_month(cast.lina, Filters(form=MONTH, month=date(2027, 3, 1)))
    assert [(day.day, len(day.rows), day.more) for day in shown.days if day.rows] == [
        (date(2027, 3, 1), 4, 21),
        (date(2027, 4, 1), 4, 2),
    ]


def test_a_full_day_of_a_month_leads_on(cast, plan, client_of):
    for hour in range(6):
        plan(cast.lina, "collegiaal-interview", [cast.joost], starts_at=PLAN_AT + timedelta(hours=hour))
    page = client_of(cast.lina).get(reverse("session_list") + "?vorm=maand&maand=2027-03&rol=plan").content.decode()
    assert '<a href="?soort' not in page
    assert '<a href="?rol=plan&amp;dag=2027-03-09">Nog 2</a>' in page


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        (date(2027, 1, 31), -1, date(2026, 12, 1)),
        (date(2026, 12, 5), 1, date(2027, 1, 1)),
        (date(2027, 3, 28), 0, date(2027, 3, 1)),
    ],
)
def test_the_months_beside_a_month(day, months, found):
    assert agenda.month_of(day, months) == found


def test_team_by_team_only_what_one_may_see(cast, season, titles):
    Team.objects.create(organisation=cast.home, name="Team Zuid")
    assert titles(cast.lina, "vorm=team") == [("Team Noord", ["Teamdagdeel"]), ("Team Zuid", [])]
    assert titles(cast.noor, "vorm=team") == [("Team Noord", []), ("Team Zuid", [])]
    assert titles(cast.tess, "vorm=team") == [("Team Verderop", [])]
    assert titles(cast.ilse, "vorm=team") == []


def test_one_team_has_only_what_comes(cast, plan, held, titles):
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    held(plan(cast.sem, "teamdagdeel", teams=[cast.north]), cast.lina)
    found = {team.name: titles(cast.lina, f"vorm=team&team={team.id}") for team in (cast.north, south)}
    assert found == {"Team Noord": [("Team Noord", [])], "Team Zuid": [("Team Zuid", [])]}


def test_what_one_plans_for_others_is_not_what_one_takes_part_in(cast, plan, titles):
    plan(cast.pim, "teamdagdeel", teams=[cast.north], join=False)
    assert {role: titles(cast.pim, f"rol={role}") for role in ("plan", "mee")} == {"plan": ["Teamdagdeel"], "mee": []}


def test_talks_of_two_with_a_leader_leave_every_form_once_over(cast, plan, held, titles):
    talk = held(plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem]), cast.lina)
    forms = ("toon=geweest", f"dag={in_amsterdam(talk.starts_at):%Y-%m-%d}", "vorm=maand")
    assert [bool(titles(cast.lina, form)) for form in forms] == [True, True, True]
    assert [titles(cast.sem, form) for form in forms] == [[], [], []]


def test_thirty_a_page_and_the_filters_stay(cast, edition, client_of):
    first = datetime.now(UTC) + DAY
    add_talks(cast.home, [[cast.lina, cast.joost]] * 31, planned_by=cast.pim, first=first, apart=HOUR)
    page = client_of(cast.lina).get(reverse("session_list") + "?rol=mee")
    assert len(page.context["rows"]) == 30
    assert page.context["next"].startswith("rol=mee&vanaf=")
    rest = client_of(cast.lina).get(reverse("session_list") + "?" + page.context["next"])
    assert len(rest.context["rows"]) == 1


def test_an_answer_that_is_open_is_one_to_a_talk_that_goes_on(cast, season, titles):
    Participant.objects.filter(user=cast.lina).update(answer=Answer.OPEN)
    Session.objects.filter(title="Teamdagdeel").update(state="cancelled")
    assert titles(cast.lina, "antwoord=open") == ["Collegiaal interview", "Inwerkinterview"]


@pytest.mark.parametrize("query", ["", "toon=geweest", "vorm=maand", "vorm=team", "rol=mee&antwoord=open"])
def test_few_queries_however_many_talks_and_teams(cast, edition, client_of, django_assert_max_num_queries, query):
    teams = Team.objects.bulk_create(Team(organisation=cast.home, name=f"Team {number}") for number in range(15))
    add_people(teams, 30)
    first = datetime.now(UTC) + HOUR
    add_talks(cast.home, [[cast.lina, cast.joost]] * 35, planned_by=cast.pim, first=first, apart=HOUR)
    browser = client_of(cast.lina)
    with django_assert_max_num_queries(10):
        browser.get(f"{reverse('session_list')}?{query}")


def test_the_address_of_filters_is_short_and_whole(cast):
    filters = Filters(form=MONTH, kind="inwerk", team=cast.north.id, month=date(2027, 3, 1))
    assert filters.address() == f"vorm=maand&soort=inwerk&team={cast.north.id}&maand=2027-03"
    assert filters.address(form="lijst") == f"soort=inwerk&team={cast.north.id}"
    assert Filters().address() == ""


def test_who_has_one_organisation_chooses_none(cast, client_of):
    def names(user):
        return [field.name for field in client_of(user).get(reverse("session_list")).context["form"].shown()]

    assert names(cast.lina) == ["soort", "team", "rol", "antwoord"]
    membership = Membership.objects.create(user=cast.lina, organisation=cast.elsewhere)
    TeamMembership.objects.create(membership=membership, team=cast.away, role="professional")
    assert names(cast.lina) == ["soort", "team", "organisatie", "rol", "antwoord"]
    assert names(cast.ilse) == ["soort", "rol", "antwoord"]
