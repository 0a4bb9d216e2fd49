"""The cast that every test knows, and the starter edition."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.cache import cache

from content.models import ConversationTemplate
from organisations.models import (
    ASSOCIATIE_GROUP,
    NJI_GROUP,
    REDACTIE_GROUP,
    Membership,
    Organisation,
    Role,
    Team,
    TeamMembership,
    User,
)
from sessions_app.domain import holding, planning
from sessions_app.models import Session
from sessions_app.queries.recurrence import Repeat
from tests import starter
from tests.signing_in import Browser

# The moment at which the tests begin, so that they say the same each day and hour; PLAN_AT is two months later.
# BEGIN_AT=2027-01-11T23:57+01:00 has them begin at another one.
CLOCK = time_machine.travel(datetime.fromisoformat(os.environ.get("BEGIN_AT", "2027-01-11T10:00+01:00")))


def pytest_configure() -> None:
    """Set the clock before modules of tests are read; it goes on from there."""
    CLOCK.start()


def pytest_unconfigure() -> None:
    CLOCK.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what is slow, and end with browsers: one that is open takes time from all that follows.

    Of those the longest files come first, so that none is left for one process alone.
    """
    sizes = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[int, int]:
        if "/browser/" in str(item.path):
            return 2, -sizes[item.path]
        return 0 if "/permissions/" in str(item.path) else 1, 0

    items.sort(key=place)


@dataclass
class Cast:
    """The named people: noor bestuurder, sem leidinggevende, lina and joost professionals and pim planner in one
    organisation; tess bestuurder and leidinggevende of another; ilse NJi, aart Associatie, roos redactie, beheer
    superuser."""

    home: Organisation
    elsewhere: Organisation
    north: Team
    away: Team
    noor: User
    sem: User
    lina: User
    joost: User
    pim: User
    tess: User
    ilse: User
    aart: User
    roos: User
    beheer: User

    def member(self, name: str, team: Team | None = None, role: str = Role.PROFESSIONAL) -> User:
        """Return one more person of ``team`` (Team Noord unless given)."""
        team = team or self.north
        user = User.objects.create_user(f"{uuid4().hex[:12]}@voorbeeld.test", name)
        membership = Membership.objects.create(user=user, organisation=team.organisation)
        TeamMembership.objects.create(membership=membership, team=team, role=role)
        return user


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Start each test without what another left in the cache, such as rate limits."""
    cache.clear()


@pytest.fixture
def cast(db) -> Cast:
    def person(key: str, name: str, **fields) -> User:
        return User.objects.create_user(f"{key}@voorbeeld.test", name, **fields)

    def joins(user: User, organisation: Organisation, role: str = "", team: Team | None = None, team_role: str = ""):
        membership = Membership.objects.create(user=user, organisation=organisation, role=role)
        if team:
            TeamMembership.objects.create(membership=membership, team=team, role=team_role)

    home = Organisation.objects.create(name="Wijkteams Voorbeeld", municipality="Voorbeeldstad")
    elsewhere = Organisation.objects.create(name="Buurtteams Verderop", municipality="Verderop")
    north = Team.objects.create(organisation=home, name="Team Noord")
    away = Team.objects.create(organisation=elsewhere, name="Team Verderop")
    cast = Cast(
        home=home,
        elsewhere=elsewhere,
        north=north,
        away=away,
        noor=person("noor", "Noor Aydin"),
        sem=person("sem", "Sem de Wit"),
        lina=person("lina", "Lina Bakker"),
        joost=person("joost", "Joost Kramer"),
        pim=person("pim", "Pim Hendriks"),
        tess=person("tess", "Tess van Loon"),
        ilse=person("ilse", "Ilse Vos"),
        aart=person("aart", "Aart Jansen"),
        roos=person("roos", "Roos Mulder", is_staff=True),
        beheer=person("beheer", "Beheer", is_staff=True, is_superuser=True),
    )
    joins(cast.noor, home, Role.BESTUURDER)
    joins(cast.pim, home, Role.PLANNER)
    joins(cast.sem, home, team=north, team_role=Role.LEIDINGGEVENDE)
    joins(cast.lina, home, team=north, team_role=Role.PROFESSIONAL)
    joins(cast.joost, home, team=north, team_role=Role.PROFESSIONAL)
    joins(cast.tess, elsewhere, Role.BESTUURDER, away, Role.LEIDINGGEVENDE)
    for user, name in ((cast.ilse, NJI_GROUP), (cast.aart, ASSOCIATIE_GROUP), (cast.roos, REDACTIE_GROUP)):
        user.groups.add(Group.objects.get_or_create(name=name)[0])
    return cast


@pytest.fixture(scope="session")
def kept_starter(django_db_setup, django_db_blocker) -> None:
    """Remember the rows of the starter edition."""
    with django_db_blocker.unblock():
        starter.keep()


@pytest.fixture
def edition(kept_starter, db) -> None:
    """Load the starter edition."""
    starter.restore()


@pytest.fixture
def client() -> Browser:
    """A browser in which people sign in with a passkey."""
    return Browser()


@pytest.fixture
def client_of() -> Callable[[User | None], Browser]:
    """Give a browser signed in as somebody (with a passkey), or as nobody."""

    def client(user: User | None) -> Browser:
        browser = Browser()
        if user is not None:
            browser.force_login(user)
        return browser

    return client


PLAN_AT = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)


@pytest.fixture
def plan(cast: Cast, edition) -> Callable[..., Session]:
    """Plan a talk the way the pages do: ``plan(by, slug, people, teams=..., starts_at=..., join=...)``."""

    def plan(
        by: User,
        slug: str,
        people: list[User] | tuple[User, ...] = (),
        *,
        teams: list[Team] | tuple[Team, ...] = (),
        starts_at: datetime = PLAN_AT,
        join: bool = True,
        interviews: bool | None = None,
        organisation: Organisation | None = None,
        send: bool = True,
        repeat: Repeat | None = None,
    ) -> Session:
        organisation = organisation or cast.home
        template = ConversationTemplate.objects.published().get(slug=slug)
        session = planning.start_draft(template.id, organisation, uuid4(), by=by)
        members = Membership.objects.filter(organisation=organisation, user__in=people)
        planning.set_people(
            session.id,
            people=list(members.values_list("id", flat=True)),
            teams=[team.id for team in teams],
            join=join,
            planner_interviews=interviews,
            place="Wijkcentrum De Brug",
            link="",
            by=by,
        )
        steps = [planning.StepChange(step.id, step.title, step.minutes) for step in session.steps.all()]
        planning.set_moment(session.id, starts_at=starts_at, steps=steps, repeat=repeat, by=by)
        return planning.plan_session(session.id, by=by) if send else Session.objects.get(id=session.id)

    return plan


@pytest.fixture
def held() -> Callable[..., Session]:
    """Move a planned talk into the past and close it: ``held(session, by, absent=[...])``."""

    def held(session: Session, by: User, absent: list[User] | tuple[User, ...] = (), close: bool = True) -> Session:
        assert session.starts_at
        assert session.ends_at
        length = session.ends_at - session.starts_at
        ends_at = datetime.now(UTC) - timedelta(hours=1)
        Session.objects.filter(id=session.id).update(starts_at=ends_at - length, ends_at=ends_at)
        session.participants.exclude(user__in=absent).update(answer="yes")
        if close:
            there = session.participants.exclude(user__in=absent).values_list("id", flat=True)
            holding.close_session(session.id, present=list(there), by=by)
        return Session.objects.get(id=session.id)

    return held


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted: ``record_property("counts", ...)``."""
    reports = [report for found in ("passed", "failed") for report in terminalreporter.stats.get(found, [])]
    for line in [value for report in reports for name, value in report.user_properties if name == "counts"]:
        terminalreporter.write_line(f"counts: {line}")
