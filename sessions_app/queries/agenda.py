"""The calendar page: the talks somebody may see, as a list, a month, or team by team."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils import timezone

from content.models import Kind
from lerend import keyset
from lerend.moments import AMSTERDAM, in_amsterdam, midnight_after
from organisations.models import Organisation, Team, User
from sessions_app.models import Answer, Participant, Session, State
from sessions_app.queries.sessions import ROW_FIELDS, Row, Rows, as_rows

PAGE = 30
TEAMS, OF_EACH = 10, 3  # together no more talks than a page of the list
OF_A_DAY = 4

LIST, MONTH, TEAMWISE = "lijst", "maand", "team"
TAKE_PART, PLAN = "mee", "plan"


@dataclass(frozen=True)
class Filters:
    """What is asked for in the address: which form, and which of the talks one may see.

    ``day`` and ``month`` (its first day) are days in Amsterdam.
    """

    form: str = LIST
    past: bool = False
    kind: str = ""
    organisation: UUID | None = None
    team: UUID | None = None
    role: str = ""
    unanswered: bool = False
    day: date | None = None
    month: date | None = None

    @property
    def narrow(self) -> bool:
        """Whether any talk is left out by choice."""
        return bool(self.kind or self.organisation or self.team or self.role or self.unanswered or self.day)

    def address(self, **changes: object) -> str:
        """Return the query of the address for these filters with ``changes``; "" where nothing is chosen."""
        new = replace(self, **changes)  # type: ignore[arg-type]
        values = {
            "vorm": "" if new.form == LIST else new.form,
            "toon": "geweest" if new.past and new.form == LIST else "",
            "soort": new.kind,
            "organisatie": new.organisation,
            "team": new.team,
            "rol": new.role,
            "antwoord": "open" if new.unanswered else "",
            "dag": new.day if new.form == LIST else None,
            "maand": f"{new.month:%Y-%m}" if new.month and new.form == MONTH else "",
        }
        return urlencode({name: value for name, value in values.items() if value})


def _chosen(talks: QuerySet[Session], user: User, filters: Filters) -> QuerySet[Session]:
    """Return those of ``talks`` that the filters leave; a draft is never in a calendar."""
    talks = talks.exclude(state=State.DRAFT)
    own = Participant.objects.filter(session=OuterRef("pk"), user=user)
    if filters.kind:
        talks = talks.filter(kind=filters.kind)
    if filters.organisation:
        talks = talks.filter(organisation=filters.organisation)
    if filters.team:
        talks = talks.filter(Exists(Participant.objects.filter(session=OuterRef("pk"), team=filters.team)))
    if filters.role == TAKE_PART:
        talks = talks.filter(Exists(own))
    elif filters.role == PLAN:
        talks = talks.filter(planned_by=user)
    if filters.unanswered:
        talks = talks.filter(Exists(own.filter(answer=Answer.OPEN)), state=State.PLANNED)
    return talks


def talk_list(user: User, filters: Filters, cursor: str, now: datetime | None = None) -> Rows:
    """Return a page of ``user``'s talks: coming ones soonest first, past ones newest first, or those of one day."""
    now = now or timezone.now()
    if filters.day:
        begin, end = midnight_after(filters.day - timedelta(days=1)), midnight_after(filters.day)
        talks = Session.objects.listed_for(user).filter(starts_at__lt=end, ends_at__gt=begin)
    elif filters.past:
        talks = Session.objects.listed_for(user).filter(ends_at__lte=now)
    else:  # only of what is over does a list leave out anything
        talks = Session.objects.visible_to(user).filter(ends_at__gt=now)
    found = keyset.page(
        _chosen(talks, user, filters).only(*ROW_FIELDS),
        "starts_at",
        cursor,
        newest_first=filters.past and not filters.day,
        size=PAGE,
    )
    return Rows(as_rows(found.rows, user, now), found.next)


@dataclass(frozen=True)
class Day:
    """A day of a month view; ``more`` is how many talks are not shown."""

    day: date
    inside: bool
    today: bool
    rows: list[Row]
    more: int


@dataclass(frozen=True)
class Month:
    """A month in whole weeks, Monday first."""

    first: date
    days: list[Day]
    before: date
    after: date

    @property
    def empty(self) -> bool:
        """Whether nothing is shown in the month itself."""
        return not any(day.rows for day in self.days if day.inside)


def month_of(day: date, months: int = 0) -> date:
    """Return the first day of the month that lies ``months`` after that of ``day``."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def talk_month(user: User, filters: Filters, now: datetime | None = None) -> Month:
    """Return the month that is asked for, this one unless given, with the talks on each day in Amsterdam."""
    now = now or timezone.now()
    today = in_amsterdam(now).date()
    first = filters.month or month_of(today)
    days = [day for week in Calendar().monthdatescalendar(first.year, first.month) for day in week]
    begin, end = datetime.combine(days[0], time(0), AMSTERDAM), midnight_after(days[-1])
    talks = Session.objects.listed_for(user).filter(starts_at__gte=begin, starts_at__lt=end)
    same_day = [TruncDate("starts_at", tzinfo=AMSTERDAM)]
    # However full a month is, no more of it is fetched than is shown; the rest is counted.
    counted = _chosen(talks, user, filters).annotate(
        number=Window(RowNumber(), partition_by=same_day, order_by=["starts_at", "id"]),
        that_day=Window(Count("id"), partition_by=same_day),
    )
    found = list(counted.filter(number__lte=OF_A_DAY).only(*ROW_FIELDS).order_by("starts_at", "id"))
    by_day: dict[date, list[Row]] = {}
    more: dict[date, int] = {}
    for talk, row in zip(found, as_rows(found, user, now), strict=True):
        day = in_amsterdam(talk.span[0]).date()
        by_day.setdefault(day, []).append(row)
        more[day] = max(talk.that_day - OF_A_DAY, 0)
    return Month(
        first,
        [Day(day, day.month == first.month, day == today, by_day.get(day, []), more.get(day, 0)) for day in days],
        month_of(first, -1),
        month_of(first, 1),
    )


@dataclass(frozen=True)
class TeamTalks:
    """A team, and the next talks that it is in as a team."""

    team: Team
    rows: list[Row]


@dataclass(frozen=True)
class TeamPage:
    """A page of teams and the cursor of the next one."""

    teams: list[TeamTalks]
    next: str


def talks_by_team(user: User, filters: Filters, cursor: str, now: datetime | None = None) -> TeamPage:
    """Return a page of the teams that ``user`` knows, each with the first coming talks that ``user`` may see."""
    now = now or timezone.now()
    coming = _chosen(Session.objects.visible_to(user).upcoming(now), user, replace(filters, team=None))
    here = Participant.objects.filter(session=OuterRef("pk"), team=OuterRef(OuterRef("pk")))
    teams = Team.objects.visible_to(user).open().select_related("organisation")
    if filters.team:
        teams = teams.filter(id=filters.team)
    if filters.organisation:
        teams = teams.filter(organisation=filters.organisation)
    found = keyset.page(
        teams.annotate(
            talks=ArraySubquery(coming.filter(Exists(here)).order_by("starts_at", "id").values("id")[:OF_EACH])
        ),
        "name",
        cursor,
        size=TEAMS,
        parse=str,
    )
    wanted = {talk for team in found.rows for talk in team.talks}  # type: ignore[attr-defined]
    talks = list(Session.objects.filter(id__in=wanted).only(*ROW_FIELDS).order_by("starts_at", "id"))
    rows = dict(zip([talk.id for talk in talks], as_rows(talks, user, now), strict=True))
    return TeamPage(
        [TeamTalks(team, [rows[talk] for talk in team.talks if talk in rows]) for team in found.rows],  # type: ignore[attr-defined]
        found.next,
    )


def choices(user: User) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the organisations and the teams that ``user`` can choose from, as (id, name)."""
    organisations = list(Organisation.objects.visible_to(user).values_list("id", "name").order_by("name"))
    several = len(organisations) > 1
    teams = Team.objects.visible_to(user).open().order_by("organisation__name", "name")
    return (
        [(str(pk), name) for pk, name in organisations],
        [
            (str(pk), f"{name}, {organisation}" if several else name)
            for pk, name, organisation in teams.values_list("id", "name", "organisation__name")
        ],
    )


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of talk, as a reader sees them."""
    return [(kind.value, str(kind.label).capitalize()) for kind in Kind]
