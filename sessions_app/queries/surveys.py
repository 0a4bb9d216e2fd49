"""Reads about rounds over the wolkjes: who takes part, what is running, and the picture that one gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import cos, pi, sin
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from content.models import Edition, Kind, Theme
from lerend import keyset
from organisations.models import ON_ORGANISATION, Membership, Organisation, Role, Team, TeamMembership, User
from sessions_app.models import Share, ThemeAnswer, ThemeFigure, ThemeRemark, ThemeSurvey
from sessions_app.models.surveys import last_day_of
from sessions_app.queries.planning import Standing, leaders_in

LIVELIEST = 5


def people_of(organisation: Organisation, team: Team | None) -> QuerySet[User]:
    """Return who takes part in a round of ``team``, or of all of ``organisation``; who only plans there does not."""
    members = Membership.objects.filter(user=OuterRef("pk"), organisation=organisation)
    places = TeamMembership.objects.filter(membership=OuterRef("pk"))
    if team:
        members = members.filter(Exists(places.filter(team=team)))
    else:
        members = members.filter(~Q(role=Role.PLANNER) | Exists(places.in_open_teams()))
    return User.objects.filter(Exists(members), is_active=True)


def marks_of_people(survey: ThemeSurvey) -> tuple[set[str], set[str]]:
    """Return the marks of who takes part in ``survey`` now, and of those among them who count: all but leaders."""
    people = set(people_of(survey.organisation, survey.team).values_list("id", flat=True))
    counting = people - leaders_in([survey.organisation_id], people)
    return {survey.mark_of(user) for user in people}, {survey.mark_of(user) for user in counting}


def takes_part(pairs: Collection[tuple[ThemeSurvey, UUID]]) -> set[tuple[UUID, UUID]]:
    """Return which of ``pairs`` of a round and a person belong together, as (survey, user) ids; two queries."""
    users = {user for _, user in pairs}
    in_teams = set(
        TeamMembership.objects.filter(
            team__in={survey.team_id for survey, _ in pairs if survey.team_id}, membership__user__in=users
        ).values_list("team_id", "membership__user_id")
    )
    organisations = {survey.organisation_id for survey, _ in pairs if survey.team_id is None}
    members = Membership.objects.filter(organisation__in=organisations, user__in=users)
    seated = TeamMembership.objects.in_open_teams().filter(membership=OuterRef("pk"))
    in_organisations = set(
        members.filter(~Q(role=Role.PLANNER) | Exists(seated)).values_list("organisation_id", "user_id")
    )
    return {
        (survey.id, user)
        for survey, user in pairs
        if (
            (survey.team_id, user) in in_teams if survey.team_id else (survey.organisation_id, user) in in_organisations
        )
    }


@dataclass(frozen=True)
class OpenSurvey:
    """A running round on Vandaag."""

    id: UUID
    where: str
    last_day: datetime


def waiting_for(places: Iterable[Membership], now: datetime) -> list[OpenSurvey]:
    """Return the rounds in which somebody with these ``places`` can answer, the first to close first; one query.

    It does not look whether they did: that would have to be looked up by their mark.
    """
    teams: dict[UUID, str] = {}
    organisations: dict[UUID, str] = {}
    for place in places:
        seats = list(place.team_memberships.all())
        teams |= {seat.team_id: seat.team.name for seat in seats}
        if place.role != Role.PLANNER or seats:
            organisations[place.organisation_id] = place.organisation.name
    if not organisations:
        return []
    found = ThemeSurvey.objects.running(now).filter(Q(team__in=teams) | Q(team=None, organisation__in=organisations))
    rows = found.order_by("closes_at", "id").values_list("id", "team_id", "organisation_id", "closes_at")
    return [
        OpenSurvey(pk, teams[team] if team else organisations[organisation], last_day_of(closes_at))
        for pk, team, organisation, closes_at in rows
    ]


def places_to_start(user: User) -> list[tuple[Organisation, Team | None]]:
    """Return where ``user`` may begin a round: organisations as bestuurder or planner, and the teams they plan for."""
    organisations = Organisation.objects.with_role(user, *ON_ORGANISATION).order_by("name")
    teams = Team.objects.plannable_by(user).select_related("organisation").order_by("organisation__name", "name")
    whole: list[tuple[Organisation, Team | None]] = [(organisation, None) for organisation in organisations]
    return whole + [(team.organisation, team) for team in teams]


def surveys_of(user: User, cursor: str) -> keyset.Page[ThemeSurvey]:
    """Return a page of the rounds that ``user`` answers, reads or looks after, with ``readable`` and ``managed``."""
    readable, managed = ThemeSurvey.objects.visible_to(user), ThemeSurvey.objects.manageable_by(user)
    # Both lie within one's own organisations. Said with their ids the index finds them, among however many others.
    organisations = list(Membership.objects.filter(user=user).values_list("organisation_id", flat=True))
    found = (readable | managed).filter(organisation__in=organisations)
    found = found.annotate(
        readable=Exists(readable.filter(pk=OuterRef("pk"))), managed=Exists(managed.filter(pk=OuterRef("pk")))
    )
    return keyset.page(found.select_related("organisation", "team"), "opens_at", cursor, newest_first=True)


def answers_of(user: User, survey: ThemeSurvey) -> list[ThemeAnswer]:
    """Return what ``user`` answered in a running round."""
    own = ThemeAnswer.objects.filter(sheet__survey=survey, sheet__mark=survey.mark_of(user.id))
    return list(own.order_by("id"))


def latest_of(user: User, organisation: Organisation, team: Team | None) -> ThemeSurvey | None:
    """Return the last round of a team or a whole organisation that ``user`` answers or reads, if any."""
    found = ThemeSurvey.objects.visible_to(user).filter(organisation=organisation, team=team)
    return found.order_by("-opens_at", "-id").first()


def themes_of(edition: Edition) -> list[Theme]:
    """Return the wolkjes of ``edition`` in order, each followed by its parts, with ``parent``; one query."""
    themes = list(Theme.objects.filter(edition=edition).order_by("number"))
    by_id = {theme.id: theme for theme in themes}
    parts = defaultdict(list)
    for theme in themes:
        if theme.parent_id:
            theme.parent = by_id[theme.parent_id]
            parts[theme.parent_id].append(theme)
    return [one for theme in themes if not theme.parent_id for one in (theme, *parts[theme.id])]


# Measures of a bubble in its own square of 200: the radius by how live it is, and what each step counts for in the pie.
MIDDLE, RADII, WEIGHTS = 100, (38, 52, 66, 80, 94), (1, 3, 5, 7, 9)


@dataclass(frozen=True)
class Bubble:
    """A theme in the picture, with what was said about it; without a figure too few people said anything."""

    theme: Theme
    figure: ThemeFigure | None
    remarks: list[ThemeRemark]

    @property
    def colour(self) -> int:
        """Which of the seven soft colours: a part has that of its wolkje."""
        return (self.theme.parent or self.theme).colour

    @property
    def radius(self) -> int:
        """How big it is: the more people it lives with, the bigger."""
        return RADII[self.figure.live] if self.figure else RADII[0]

    @property
    def differs(self) -> bool:
        """Whether people differ: some and more recognise it, and some and more see it otherwise."""
        return self.figure is not None and min(self.figure.same, self.figure.different) >= Share.SOME

    @property
    def slices(self) -> list[tuple[str, str]]:
        """The pie as (what, path): recognised, different, unknown, from the top and clockwise, by their steps."""
        if self.figure is None:
            return []
        weights = {
            "same": WEIGHTS[self.figure.same],
            "different": WEIGHTS[self.figure.different],
            "unknown": WEIGHTS[self.figure.unknown],
        }
        whole, turned, made = sum(weights.values()), 0, []
        for what, weight in weights.items():
            start, turned = turned / whole, turned + weight
            made.append((what, _slice(self.radius, start, turned / whole)))
        return made


def _slice(radius: int, start: float, end: float) -> str:
    (x1, y1), (x2, y2) = _on_circle(radius, start), _on_circle(radius, end)
    return f"M{MIDDLE} {MIDDLE}L{x1} {y1}A{radius} {radius} 0 {int(end - start > 0.5)} 1 {x2} {y2}Z"


def _on_circle(radius: int, turn: float) -> tuple[str, str]:
    angle = 2 * pi * turn
    return f"{MIDDLE + radius * sin(angle):.1f}", f"{MIDDLE - radius * cos(angle):.1f}"


@dataclass(frozen=True)
class Cloud:
    """A wolkje in the picture, with its parts."""

    bubble: Bubble
    parts: list[Bubble]


@dataclass(frozen=True)
class Picture:
    """What a closed round gave."""

    clouds: list[Cloud]
    liveliest: list[Bubble]

    @property
    def bubbles(self) -> list[Bubble]:
        """Every wolkje followed by its parts."""
        return [one for cloud in self.clouds for one in (cloud.bubble, *cloud.parts)]

    @property
    def with_remarks(self) -> list[Bubble]:
        """The themes that somebody said something about."""
        return [bubble for bubble in self.bubbles if bubble.remarks]


def picture_of(survey: ThemeSurvey, reader: User) -> Picture:
    """Return the picture of a closed round as ``reader``, who may see it, does; three queries.

    What lives equally stands in the order of the wolkjes: an exact order would tell exact numbers.
    """
    figures = {figure.theme_id: figure for figure in survey.figures.all()}
    remarks = defaultdict(list)
    for remark in ThemeRemark.objects.visible_to(reader).filter(survey=survey).order_by("place", "id"):
        remarks[remark.theme_id].append(remark)
    bubbles = [Bubble(theme, figures.get(theme.id), remarks[theme.id]) for theme in themes_of(survey.edition)]
    clouds: list[Cloud] = []
    for bubble in bubbles:
        if bubble.theme.parent_id:
            clouds[-1].parts.append(bubble)
        else:
            clouds.append(Cloud(bubble, []))
    live = [bubble for bubble in bubbles if bubble.figure and bubble.figure.live >= Share.SOME]
    live.sort(key=lambda bubble: -bubble.figure.live if bubble.figure else 0)
    return Picture(clouds, live[:LIVELIEST])


def may_plan_about(survey: ThemeSurvey, user: User) -> bool:
    """Return whether ``user`` may plan a talk about the wolkjes with the people of ``survey``."""
    standing = Standing(user, survey.organisation)
    if survey.team_id:
        return standing.teams(Kind.WOLKJES).filter(id=survey.team_id).exists()
    return Kind.WOLKJES in standing.kinds
