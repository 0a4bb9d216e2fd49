"""Reads about a season: who can be in it, when people are taken, and what is wrong with a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from content.models import Kind
from lerend.mail import queries as mail
from lerend.mail.models import State as Mail
from organisations.models import Membership, Organisation, Team, TeamMembership, User
from sessions_app.models import Part, Participant, Season, SeasonTalk, Session, State
from sessions_app.queries.planning import ASKING_A_LEADER, ONE_ON_ONE, Standing, bestuurders_in, lack_of, leaders_in

FURTHEST = timedelta(days=730)
NEW_DAYS = 90
SLOW = timedelta(minutes=10)  # mail that takes longer than this waits for something
PAST = "Dit moment is al voorbij. Kies een moment dat nog komt."
FAR = "Dit moment is meer dan twee jaar ver weg. Klopt het jaar?"
NOBODY = "Kies met wie dit gesprek is."
OUT = "Met deze mensen kun je dit gesprek niet meer plannen. Kies bij “Wie” opnieuw."
TWICE = "Een van beiden heeft dan al een ander gesprek in dit plan."
# The same words whatever it is that they have then, also where the planner could see it.
BUSY = "Op dit moment kan een van beiden niet."


def organisations_of(user: User) -> QuerySet[Organisation]:
    """Organisations in which ``user`` may plan a season: as bestuurder, planner, or leidinggevende of a team."""
    return Organisation.objects.plannable_by(user)


def kinds(standing: Standing) -> set[str]:
    """The kinds of talk of which somebody with this standing may plan a season.

    A leidinggevende takes part in each, with people of the own teams: there is no bestuurder in those.
    """
    if standing.runs:
        return standing.kinds & ONE_ON_ONE
    return standing.kinds & (ONE_ON_ONE - {Kind.BESTUURDER}) if standing.leads else set()


def teams(standing: Standing) -> QuerySet[Team]:
    """The teams whose people can be in the season: all for who plans for the organisation, else those one leads."""
    here = Team.objects.open().filter(organisation=standing.organisation)
    return here if standing.runs else here.filter(id__in=standing.leads)


def people(standing: Standing, kind: str) -> QuerySet[Membership]:
    """The members who can have a talk in it: whom one may invite to one, and for a leidinggevende of the own teams."""
    if kind not in kinds(standing):
        return Membership.objects.none()
    found = standing.people(kind)
    if standing.runs:
        return found
    return found.filter(Exists(TeamMembership.objects.filter(membership=OuterRef("pk"), team__in=standing.leads)))


def partners(standing: Standing, kind: str) -> QuerySet[Membership]:
    """The members with whom those talks can be: the planner, and for who may stay out anybody they may invite."""
    members = Membership.objects.filter(organisation=standing.organisation)
    if kind not in kinds(standing):
        return members.none()
    own = Q(user=standing.user)
    if standing.may_stay_out(kind):
        own |= Q(id__in=standing.people(kind).values("id"))
    return members.filter(own)


@dataclass(frozen=True)
class Group:
    """A team and those of its people who can be chosen."""

    id: UUID | None
    name: str
    people: list[Membership]


def groups(found: QuerySet[Membership], shown: QuerySet[Team]) -> list[Group]:
    """Return ``found`` by team, each person once; who is in none of the teams ``shown`` comes last."""
    by_id = {member.id: member for member in found.select_related("user").order_by("user__name_sorted", "id")}
    in_team: dict[tuple[UUID, str], list[Membership]] = {}
    places = TeamMembership.objects.filter(membership__in=list(by_id), team__in=shown).select_related("team")
    left = dict(by_id)
    for place in places.order_by("team__name", "team_id", "membership__user__name_sorted", "id"):
        if member := left.pop(place.membership_id, None):
            in_team.setdefault((place.team_id, place.team.name), []).append(member)
    made = [Group(team, name, members) for (team, name), members in in_team.items()]
    if left:
        made.append(Group(None, "Zonder team" if made else "Collega's", list(left.values())))
    return made


def in_the_same_team(members: Collection[UUID], others: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return for each of ``members`` which of ``others`` share an open team with them; all are memberships."""
    teams_of: dict[UUID, set[UUID]] = {}
    people_of: dict[UUID, set[UUID]] = {}
    places = TeamMembership.objects.in_open_teams().filter(membership__in={*members, *others})
    for pk, team in places.values_list("membership_id", "team_id"):
        teams_of.setdefault(pk, set()).add(team)
        if pk in others:
            people_of.setdefault(team, set()).add(pk)
    return {pk: set().union(*(people_of.get(team, set()) for team in teams_of.get(pk, ()))) - {pk} for pk in members}


def newcomers(members: QuerySet[Membership], now: datetime) -> QuerySet[Membership]:
    """Those of ``members`` who joined in the last NEW_DAYS days."""
    return members.filter(since__gt=now - timedelta(days=NEW_DAYS))


def busy(users: Collection[UUID], start: datetime, end: datetime) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """Return when ``users`` have a planned talk between these moments, also one that the planner may not see.

    Whoever declined has it all the same: that they are free would tell that they declined.
    """
    found: dict[UUID, list[tuple[datetime, datetime]]] = {}
    places = Participant.objects.filter(
        user__in=users, session__state=State.PLANNED, session__starts_at__lt=end, session__ends_at__gt=start
    )
    for user, starts_at, ends_at in places.values_list("user_id", "session__starts_at", "session__ends_at"):
        if starts_at is not None and ends_at is not None:
            found.setdefault(user, []).append((starts_at, ends_at))
    return found


def seats(talk: SeasonTalk, asks: str) -> list[Participant]:
    """Return the places of a talk that is to be, unsaved and without it; its member and partner come along."""
    roles = {"member": (Part.INTERVIEWER, Part.INTERVIEWEE), "partner": (Part.INTERVIEWEE, Part.INTERVIEWER)}
    found = zip((talk.member, talk.partner), roles.get(asks, (Part.MEMBER, Part.MEMBER)), strict=True)
    return [
        Participant(user=member.user, organisation_id=member.organisation_id, part=part)
        for member, part in found
        if member is not None
    ]


def talks_of(season: Season) -> list[SeasonTalk]:
    """Return the talks of a draft with their people: those without a moment first, then by moment."""
    found = season.talks.select_related("member__user", "partner__user").order_by("number", "id")
    never = timezone.now() - FURTHEST
    return sorted(found, key=lambda talk: talk.starts_at or never)


def troubles(season: Season, standing: Standing, talks: Sequence[SeasonTalk]) -> dict[UUID, str]:
    """Return what is wrong with each of ``talks`` that has a moment, by its id; empty for a plan that can be sent.

    A handful of queries, however many talks there are.
    """
    planned = [talk for talk in talks if talk.starts_at is not None]
    if not planned:
        return {}
    kind = season.template.kind
    users = {member.user_id for talk in planned for member in (talk.member, talk.partner) if member is not None}
    may_be = set(people(standing, kind).values_list("id", flat=True))
    may_have = set(partners(standing, kind).values_list("id", flat=True))
    leaders = leaders_in([season.organisation_id], users) if kind in ASKING_A_LEADER else set()
    bestuurders = bestuurders_in(season.organisation, users) if kind == Kind.BESTUURDER else set()
    now = timezone.now()
    starts = [talk.starts_at for talk in planned if talk.starts_at is not None]
    taken = busy(users, min(starts), max(starts) + season.duration)
    beside = _in_this_plan(planned)

    def trouble(talk: SeasonTalk, start: datetime) -> str:
        if talk.partner is None:
            return NOBODY
        if talk.member_id not in may_be or talk.partner_id not in may_have:
            return OUT
        lack = lack_of(kind, seats(talk, season.asks), leaders=leaders, bestuurders=bestuurders)
        if lack:
            return f"{lack.why} {lack.choose}"
        if start <= now:
            return PAST
        if start > now + FURTHEST:
            return FAR
        pair = (talk.member.user_id, talk.partner.user_id)
        others = (begin for user in pair for other, begin in beside[user] if other != talk.id)
        if any(abs(begin - start) < season.duration for begin in others):
            return TWICE
        if any(start < end and begin < start + season.duration for user in pair for begin, end in taken.get(user, ())):
            return BUSY
        return ""

    found = ((talk.id, trouble(talk, talk.starts_at)) for talk in planned if talk.starts_at is not None)
    return {pk: why for pk, why in found if why}


def _in_this_plan(talks: Iterable[SeasonTalk]) -> Mapping[UUID, list[tuple[UUID, datetime]]]:
    found: dict[UUID, list[tuple[UUID, datetime]]] = {}
    for talk in talks:
        for member in (talk.member, talk.partner):
            if member is not None and talk.starts_at is not None:
                found.setdefault(member.user_id, []).append((talk.id, talk.starts_at))
    return found


@dataclass(frozen=True)
class Progress:
    """How far the invitations of a season are, in numbers of mails."""

    sent: int
    waiting: int
    failed: int
    dropped: int

    @property
    def total(self) -> int:
        """All that were to be sent: what became needless, because a talk was moved or called off, is not."""
        return self.sent + self.waiting + self.failed


def progress(season: Season) -> Progress:
    """Return how far the invitations of a season are; nothing once the outbox has tidied them."""
    states = mail.count_states(Session.objects.filter(season=season).values("id"), kind="invitation")
    known = {
        "sent": states.pop(Mail.SENT, 0),
        "failed": states.pop(Mail.FAILED, 0),
        "waiting": states.pop(Mail.QUEUED, 0) + states.pop(Mail.SENDING, 0),
    }
    return Progress(**known, dropped=sum(states.values()))


def seasons_of(user: User, organisation: Organisation) -> list[Season]:
    """Return the newest seasons of ``user`` there, ten at most, drafts among them."""
    found = Season.objects.manageable_by(user).filter(organisation=organisation).select_related("template")
    return list(found.order_by("-created_at", "id")[:10])


def sessions_of(season: Season, user: User) -> QuerySet[Session]:
    """The talks of a season that was sent which are still to begin, of those that ``user`` sees.

    What has begun is left out for all, also for a planner who takes part: so nobody reads off who had one.
    """
    coming = Session.objects.visible_to(user).filter(state=State.PLANNED, starts_at__gt=timezone.now())
    return coming.filter(season=season)
