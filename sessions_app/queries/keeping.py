"""What only who looks after a talk sees, until it begins; and to whom they may hand it over.

A planner who takes part sees, as everyone who does, who comes. One who does not sees who has not answered yet, and what
people wrote to them; never who declined. How many come they see in a talk of more than three, once everyone answered,
and as long as the same people are in it as were invited: else two looks at the number would tell what somebody said in
between, or who was taken out had said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from content.models import Kind
from lerend.mail import queries as mail
from organisations.models import ASSOCIATIE_GROUP, Membership, Role, TeamMembership, User
from sessions_app.models import Answer, Part, Participant, Revision, Session
from sessions_app.models.session import INTIMATE
from sessions_app.queries.planning import WITH_TEAM, Standing
from sessions_app.queries.reminders import again_from
from sessions_app.queries.telling import CALENDAR_KINDS, gathering_id

HANDED_OVER, NUDGE = "handed_over", "nudge"
RUN = (Role.BESTUURDER, Role.PLANNER)


@dataclass(frozen=True)
class Said:
    """What somebody wrote to who plans the talk."""

    place: UUID
    name: str
    word: str
    proposes: datetime | None


@dataclass(frozen=True)
class Keeping:
    """A talk that is still to come, as who looks after it sees it.

    ``unanswered`` leaves out who proposed another moment: then it is the keeper's turn. ``coming`` is None where no
    number is shown. ``goes_at`` is when the mail about changes goes, None without any. ``nudge_from`` is when those who
    have not answered may be reminded again, None for now.
    """

    unanswered: list[str]
    said: list[Said]
    coming: int | None
    goes_at: datetime | None
    nudge_from: datetime | None

    @property
    def waits_for(self) -> str:
        """The names of those who have not answered: "Ans, Bo en Cas"."""
        *most, last = self.unanswered or [""]
        return f"{', '.join(most)} en {last}" if most else last

    @property
    def minutes(self) -> int:
        """In how many minutes the mail about changes goes, rounded up; 0 when none waits."""
        return max(0, ceil((self.goes_at - timezone.now()) / timedelta(minutes=1))) if self.goes_at else 0


def is_small(session: Session) -> bool:
    """Return whether this is a talk of two or three, that is nobody else's business."""
    return session.participant_count <= INTIMATE


def keeping(session: Session, places: Iterable[Participant]) -> Keeping:
    """Return what the keeper of ``session`` sees, given its ``places`` with their users, in three queries at most."""
    everyone = list(places)
    places = [place for place in everyone if place.user_id != session.planned_by_id]
    open_ones = [place for place in places if place.answer == Answer.OPEN]
    coming = sum(place.answer == Answer.YES for place in places)
    # Who takes part reads beside each name who comes.
    counts = len(places) == len(everyone) and not open_ones and not is_small(session)
    return Keeping(
        unanswered=[place.user.name for place in open_ones if not place.proposes],
        said=[
            Said(place.id, place.user.name, place.word or "", place.proposes)
            for place in places
            if place.word or place.proposes
        ],
        coming=coming if counts and _same_people(session, places) else None,
        goes_at=min(waiting(session).values(), default=None),
        nudge_from=again_from(nudged_at(session)),
    )


def nudged_at(session: Session) -> datetime | None:
    """Return when its keeper last reminded who had not answered: about ``session``, or another talk of its series that
    they look after. The same people are asked there, and one answers for all of it at once.
    """
    if session.series_id is None:
        return session.nudged_at
    found = Session.objects.filter(series=session.series_id, planned_by=session.planned_by_id)
    last: datetime | None = found.aggregate(last=Max("nudged_at"))["last"]
    return last


def _same_people(session: Session, others: Collection[Participant]) -> bool:
    """Return whether the same ``others`` than its keeper are in ``session`` as in all that is kept of how it stood."""
    now = {str(place.user_id) for place in others}
    kept = Revision.objects.filter(about=gathering_id(session)).values_list("what", flat=True)
    before = (what[str(session.id)]["people"] for what in kept if str(session.id) in what)
    return all({*people} - {str(session.planned_by_id)} == now for people in before)


def waiting(session: Session) -> dict[UUID, datetime]:
    """Return when the mail goes that waits to tell of changes, by the id of who gets it."""
    return mail.waiting(gathering_id(session), kinds=CALENDAR_KINDS)


def heirs(session: Session, keeper: User) -> QuerySet[User]:
    """Return to whom ``keeper`` may hand ``session`` over, by name.

    A talk of two or three stays among those who take part. Where the keeper does not, and plans for the organisation,
    it may also go to another who does. A larger talk goes to who may plan it with these teams; who plans it as a guest
    of the organisation sees nobody there but those who take part. Whom it came from may always have it back.
    """
    places = Participant.objects.still_taking_part().filter(session=session)
    members = Membership.objects.filter(organisation=session.organisation)
    inside = Q(id__in=places.filter(organisation=session.organisation).values("user"))  # a guide is there for none
    running = Q(id__in=members.filter(role__in=RUN).values("user"))
    standing = Standing(keeper, session.organisation)
    if is_small(session):
        takes_part = places.filter(user=keeper).exists()
        ways = inside | running if standing.runs and not takes_part else inside
    else:
        ways = _may_plan(session, running, members)
        ways = ways if standing.role is not None else ways & inside
    colleague = Q(id__in=User.groups.through.objects.filter(group__name=ASSOCIATIE_GROUP).values("user"))
    back = running | Q(id__in=places.values("user"))
    if session.kind == Kind.AUDIT:
        back |= colleague
        ways = ways | colleague if standing.audits else ways
    former = _former(session)
    if former:
        ways |= Q(id=former) & back
    return User.objects.filter(ways, is_active=True).exclude(id=keeper.id).order_by("name_sorted", "id")


def _may_plan(session: Session, running: Q, members: QuerySet[Membership]) -> Q:
    """Who may plan this kind of talk with the teams and organisations that take part in it."""
    at_table = session.participants.exclude(part=Part.GUIDE)
    ways = running
    for organisation in set(at_table.values_list("organisation", flat=True)) - {session.organisation_id}:
        elsewhere = Membership.objects.filter(organisation=organisation, role__in=RUN)
        ways &= Q(id__in=elsewhere.values("user"))
    teams = set(at_table.exclude(team=None).values_list("team", flat=True))
    if teams and session.kind in {*WITH_TEAM, Kind.AUDIT}:
        leading = TeamMembership.objects.in_open_teams().filter(team__in=teams, role=Role.LEIDINGGEVENDE)
        by_person = leading.filter(membership__in=members).values("membership__user")
        all_of_them = by_person.annotate(count=Count("team")).filter(count=len(teams))
        ways |= Q(id__in=all_of_them.values("membership__user"))
    return ways


def _former(session: Session) -> UUID | None:
    """Return who looked after ``session`` last before who does now, as far as is known."""
    kept = Revision.objects.filter(about=gathering_id(session)).order_by("-sequence")
    for what in kept.values_list("what", flat=True)[:50]:
        planner = what.get(str(session.id), {}).get("planner", "")
        if planner not in {"", str(session.planned_by_id)}:
            return UUID(planner)
    return None
