"""Every list page asks the database as often for thirty rows as for one, and twelve times at most."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.models import Edition, Kind, Theme
from organisations.domain.members import end_membership
from organisations.models import Membership, Organisation, Role, Team, TeamMembership, User
from sessions_app.models import (
    Answer,
    Consent,
    Participant,
    Report,
    Session,
    SessionStep,
    State,
    ThemeAnswer,
    ThemeFigure,
    ThemeRemark,
    ThemeSheet,
    ThemeSurvey,
)
from sessions_app.models.contribution import Audience
from tests.conftest import Cast
from tests.rows import HOUR, add_contributions, add_people, add_talks, add_teams

MOST = 12
SHOWN = 25
DAY = timedelta(days=1)


def tables(cast: Cast, count: int, *people: User) -> list[list[User]]:
    """Return who sits at each of ``count`` tables: ``people`` and somebody else each time."""
    return [[*people, other] for other in add_people([cast.north], count)]


def coming(cast: Cast, count: int) -> tuple[User, str]:
    first = datetime.now(UTC) + DAY
    for planner, number in ((cast.pim, count - count // 2), (cast.lina, count // 2)):
        add_talks(cast.home, tables(cast, number, cast.lina), planned_by=planner, first=first)
    add_talks(cast.home, tables(cast, count, cast.lina), planned_by=cast.lina, first=first, state=State.DRAFT)
    return cast.lina, reverse("session_list")


def past(cast: Cast, count: int) -> tuple[User, str]:
    first = datetime.now(UTC) - 90 * DAY
    add_talks(cast.home, tables(cast, count, cast.lina), planned_by=cast.pim, first=first, state=State.HELD)
    return cast.lina, reverse("session_list") + "?toon=geweest"


def today(cast: Cast, count: int) -> tuple[User, str]:
    now = datetime.now(UTC)
    for _ in range(count):
        organisation = Organisation.objects.create(name=f"Organisatie {uuid4()}")
        membership = Membership.objects.create(user=cast.lina, organisation=organisation, role=Role.BESTUURDER)
        for team in add_teams(organisation, 2):
            TeamMembership.objects.create(membership=membership, team=team, role=Role.LEIDINGGEVENDE)
        once = Membership.objects.create(
            user=cast.lina, organisation=Organisation.objects.create(name=f"Weg {uuid4()}")
        )
        end_membership(once.id, by=cast.lina)
    add_talks(cast.home, tables(cast, count, cast.lina), planned_by=cast.pim, first=now + DAY)
    add_talks(cast.home, tables(cast, count, cast.lina), planned_by=cast.pim, first=now - 30 * DAY)
    held = add_talks(
        cast.home, tables(cast, count, cast.lina), planned_by=cast.pim, first=now - 60 * DAY, state=State.HELD
    )
    ask(cast, held, count)
    return cast.lina, reverse("today")


def ask(cast: Cast, talks: list[Session], count: int) -> None:
    """Ask lina's consent to ``count`` texts of others, one a talk."""
    others = Participant.objects.filter(session__in=talks).exclude(user=cast.lina).select_related("user")
    contributions = add_contributions(
        talks[:count],
        [other.user for other in others],
        audience=Audience.ORGANISATION,
        needs_consent=True,
        consent_until=datetime.now(UTC) + 10 * DAY,
        released_at=None,
    )
    place_of = {place.session_id: place for place in Participant.objects.filter(user=cast.lina)}
    Consent.objects.bulk_create(
        Consent(contribution=contribution, participant=place_of[contribution.session_id])
        for contribution in contributions
    )


def shared(cast: Cast, count: int, audience: str, **fields: object) -> list[User]:
    """Let ``count`` people each share a text of a talk of their own with ``audience``; return them."""
    people = add_people([cast.north], count)
    first = datetime.now(UTC) - 60 * DAY
    talks = add_talks(
        cast.home, [[cast.joost, one] for one in people], planned_by=cast.pim, first=first, state=State.HELD
    )
    add_contributions(talks, people, audience=audience, **fields)
    return people


def organisation(cast: Cast, count: int) -> tuple[User, str]:
    shared(cast, count, Audience.ORGANISATION)
    add_people(add_teams(cast.home, count), count, org_role=Role.BESTUURDER)
    return cast.lina, reverse("organisation", args=[cast.home.id])


def team(cast: Cast, count: int) -> tuple[User, str]:
    TeamMembership.objects.filter(team=cast.north).update(since=datetime.now(UTC) - 90 * DAY)
    shared(cast, count, Audience.TEAM, team=cast.north)
    return cast.lina, reverse("team", args=[cast.north.id])


def own(cast: Cast, count: int) -> tuple[User, str]:
    first = datetime.now(UTC) - 60 * DAY
    talks = add_talks(cast.home, tables(cast, count, cast.lina), planned_by=cast.pim, first=first, state=State.HELD)
    add_contributions(talks, [cast.lina])
    ask(cast, talks, count)
    return cast.lina, reverse("contribution_list")


def leaving(cast: Cast, count: int) -> tuple[User, str]:
    """Let somebody leave who wrote in ``count`` talks, half of them audits, and said yes to as many texts."""
    (gone,) = add_people([cast.north], 1)
    first = datetime.now(UTC) - 60 * DAY
    talks = add_talks(cast.home, tables(cast, count, gone), planned_by=cast.pim, first=first, state=State.HELD)
    Session.objects.filter(id__in=[talk.id for talk in talks[: count // 2 + 1]]).update(kind=Kind.AUDIT)
    add_contributions(talks, [gone])
    others = [place.user for place in Participant.objects.exclude(user=gone).filter(session__in=talks)]
    shared = add_contributions(talks, others, audience=Audience.ORGANISATION)
    place_of = {place.session_id: place for place in Participant.objects.filter(user=gone)}
    Consent.objects.bulk_create(
        Consent(contribution=text, participant=place_of[text.session_id], agreed=True) for text in shared
    )
    departure = end_membership(Membership.objects.get(user=gone).id, by=gone)
    return gone, reverse("departure", args=[departure.id])


def taking_along(cast: Cast, count: int) -> tuple[User, str]:
    user, address = leaving(cast, count)
    return user, f"{address}meenemen/"


def nji(cast: Cast, count: int) -> tuple[User, str]:
    shared(cast, count, Audience.NJI)
    return cast.ilse, reverse("nji_contributions")


def reports(cast: Cast, count: int) -> tuple[User, str]:
    for _ in range(count):
        place = Organisation.objects.create(name=f"Organisatie {uuid4()}")
        Membership.objects.create(user=cast.noor, organisation=place, role=Role.BESTUURDER)
        writer, reporter = add_people(add_teams(place, 1), 2)
        talks = add_talks(
            place,
            [[writer, reporter]],
            planned_by=writer,
            first=datetime.now(UTC) - 9 * DAY,
            state=State.HELD,
        )
        made = add_contributions(talks, [writer], audience=Audience.ORGANISATION)
        Report.objects.create(contribution=made[0], reporter=reporter, reason="Dit gaat over een inwoner.")
    return cast.noor, reverse("report_list")


def draft_of(cast: Cast, count: int) -> Session:
    people, first = add_people([cast.north], count), datetime.now(UTC) + DAY
    return add_talks(cast.home, [people], planned_by=cast.noor, first=first, state=State.DRAFT)[0]


def who(cast: Cast, count: int) -> tuple[User, str]:
    add_people(add_teams(cast.home, count), count)
    draft = add_talks(
        cast.home,
        [add_people([cast.north], count)],
        planned_by=cast.noor,
        first=datetime.now(UTC) + DAY,
        state=State.DRAFT,
    )[0]
    return cast.noor, reverse("plan_who", args=[draft.id])


def check(cast: Cast, count: int) -> tuple[User, str]:
    draft = add_talks(
        cast.home,
        [add_people([cast.north], count)],
        planned_by=cast.noor,
        first=datetime.now(UTC) + DAY,
        state=State.DRAFT,
    )[0]
    add_steps(draft, count)
    return cast.noor, reverse("plan_check", args=[draft.id])


def where(cast: Cast, count: int) -> tuple[User, str]:
    for _ in range(count + 1):
        place = Organisation.objects.create(name=f"Organisatie {uuid4()}")
        Membership.objects.create(user=cast.noor, organisation=place)
    return cast.noor, reverse("plan_what")


def add_steps(talk: Session, count: int) -> None:
    SessionStep.objects.bulk_create(
        SessionStep(session=talk, number=number, title=f"Stap {number}", minutes=10) for number in range(1, count + 1)
    )


def ahead(cast: Cast, count: int) -> tuple[User, str]:
    talk = add_talks(
        cast.home,
        [[cast.lina, *add_people([cast.north], count + 2)]],  # more than three: of those the page counts who comes
        planned_by=cast.lina,
        first=datetime.now(UTC) + HOUR / 2,
    )[0]
    Session.objects.update(with_leader=True, small_with_leader=False)
    talk.participants.update(answer=Answer.YES, team=cast.north)
    add_steps(talk, count)
    return cast.lina, reverse("session", args=[talk.id])


def keeper(cast: Cast, count: int) -> tuple[User, str]:
    people = add_people([cast.north], count + 3)
    talk = add_talks(cast.home, [people], planned_by=cast.pim, first=datetime.now(UTC) + DAY)[0]
    talk.participants.filter(user__in=people[:count]).update(proposes=talk.starts_at + DAY, word="Een woord.")
    return cast.pim, reverse("session", args=[talk.id])


def replacing(cast: Cast, count: int) -> tuple[User, str]:
    _, page = keeper(cast, count)
    return cast.pim, f"{page}mensen/"


def held(cast: Cast, count: int) -> tuple[User, str]:
    people = add_people([cast.north], count)
    talk = add_talks(
        cast.home,
        [[cast.lina, *people]],
        planned_by=cast.lina,
        first=datetime.now(UTC) - DAY,
        state=State.HELD,
    )[0]
    talk.participants.update(team=cast.north)
    add_steps(talk, count)
    add_contributions([talk] * count, people, audience=Audience.PRESENT)
    return cast.lina, reverse("session", args=[talk.id])


def add_surveys(cast: Cast, places: list[Team | None], *, closed: bool = True) -> list[ThemeSurvey]:
    now = datetime.now(UTC)
    return ThemeSurvey.objects.bulk_create(
        ThemeSurvey(
            organisation=place.organisation if place else cast.home,
            team=place,
            edition=Edition.objects.get(),
            form_key=uuid4(),
            smallest_group=5,
            opens_at=now - 9 * DAY,
            closes_at=now + DAY,
            closed_at=now if closed else None,
            pictured=True if closed else None,
        )
        for place in places
    )


def rounds(cast: Cast, count: int) -> tuple[User, str]:
    add_surveys(cast, add_teams(cast.home, count), closed=False)
    add_surveys(cast, [cast.north] * count)
    ThemeSurvey.objects.filter(team=cast.north).update(opens_at=datetime.now(UTC) - 20 * DAY)
    TeamMembership.objects.filter(team=cast.north).update(role=Role.LEIDINGGEVENDE)
    return cast.noor, reverse("survey_list")


def add_themes(count: int) -> list[Theme]:
    Theme.objects.filter(parent__isnull=False).delete()
    Theme.objects.all().delete()
    edition = Edition.objects.get()
    return Theme.objects.bulk_create(
        Theme(edition=edition, number=number, slug=f"wolkje-{number}", title=f"Wolkje nummer {number}", text="x")
        for number in range(1, count + 1)
    )


def picture(cast: Cast, count: int) -> tuple[User, str]:
    ThemeSurvey.objects.all().delete()
    themes = add_themes(count)
    (survey,) = add_surveys(cast, [cast.north])
    ThemeFigure.objects.bulk_create(
        ThemeFigure(survey=survey, theme=theme, live=0, same=1, different=2, unknown=3) for theme in themes
    )
    ThemeRemark.objects.bulk_create(
        ThemeRemark(survey=survey, theme=theme, mark="0" * 64, text="Gedachte bij een wolkje") for theme in themes
    )
    return cast.lina, reverse("survey", args=[survey.id])


def answering(cast: Cast, count: int) -> tuple[User, str]:
    ThemeSurvey.objects.all().delete()
    themes = add_themes(count)
    (survey,) = add_surveys(cast, [cast.north], closed=False)
    sheet = ThemeSheet.objects.create(survey=survey, mark=survey.mark_of(cast.lina.id))
    ThemeAnswer.objects.bulk_create(ThemeAnswer(sheet=sheet, theme=theme, remark="Gedachte ") for theme in themes)
    return cast.lina, reverse("survey", args=[survey.id])


def today_rounds(cast: Cast, count: int) -> tuple[User, str]:
    add_surveys(cast, [None], closed=False) if count == 1 else None
    membership = Membership.objects.get(user=cast.lina)
    teams = add_teams(cast.home, count)
    TeamMembership.objects.bulk_create(
        TeamMembership(membership=membership, team=team, role=Role.PROFESSIONAL) for team in teams
    )
    add_surveys(cast, [*teams], closed=False)
    return cast.lina, reverse("today")


# What makes the rows; a mark that each of them has on the page; how many of the thirty the page shows.
PAGES: dict[str, tuple[Callable[[Cast, int], tuple[User, str]], str, int]] = {
    "coming": (coming, "Wijkcentrum De Brug", 30),
    "past": (past, "Wijkcentrum De Brug", 30),
    "today": (today, "Wijkcentrum De Brug", 15),
    "organisation": (organisation, "Gedachte ", SHOWN),
    "team": (team, "Gedachte ", SHOWN),
    "own": (own, "Gedachte ", SHOWN),
    "leaving": (leaving, "Gedachte ", SHOWN),
    "yeses": (leaving, "Een tekst uit ", 30),
    "taking_along": (taking_along, "Gedachte ", 30),
    "nji": (nji, "Gedachte ", SHOWN),
    "reports": (reports, "Dit gaat over een inwoner.", SHOWN),
    "who": (who, "Wijkteam ", 31),
    "check": (check, "Stap ", 30),
    "where": (where, "Organisatie ", 33),
    "ahead": (ahead, 'class="avatar"', 33),
    "keeper": (keeper, "Stelt voor", 30),
    "replacing": (replacing, 'name="out"', 33),
    "held": (held, "Gedachte ", 30),
    "rounds": (rounds, "Begonnen op ", SHOWN),
    "picture": (picture, "Gedachte bij een wolkje", 30),
    "answering": (answering, "Gedachte ", 30),
    "today_rounds": (today_rounds, "Geef of wijzig je antwoord", 32),
}


def cost(page: tuple[User, str], mark: str, client_of: Callable) -> tuple[int, int]:
    """Return how many rows a page shows and in how many queries, once the caches are warm."""
    user, address = page
    client = client_of(user)
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200
    return response.content.decode().count(mark), len(captured)


@pytest.mark.parametrize("name", PAGES)
def test_thirty_rows_cost_as_many_queries_as_one(cast, edition, client_of, name):
    make, mark, shown = PAGES[name]
    _, one = cost(make(cast, 1), mark, client_of)
    rows, thirty = cost(make(cast, 30), mark, client_of)
    assert (rows, thirty) == (shown, one)
    assert thirty <= MOST
