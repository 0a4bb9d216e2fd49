"""Other people in a talk that was planned."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db import transaction

from organisations.domain.errors import Refused
from organisations.models import User
from sessions_app.domain import telling
from sessions_app.domain.changes import ask_anew, check_still_to_come
from sessions_app.domain.planning import (
    COMPANY_FIELDS,
    check_company,
    check_may_plan,
    chosen_by,
    count_company,
    keep_people,
    leaders_among,
    lock,
)
from sessions_app.models import Answer, Part, Participant, Removal, Session
from sessions_app.queries.planning import Standing
from sessions_app.queries.telling import company, company_matters

SIDES = (Part.INTERVIEWER, Part.INTERVIEWEE)


@transaction.atomic
def change_people(
    session_id: UUID,
    *,
    out: Collection[UUID] = (),
    people: Collection[UUID] = (),
    teams: Collection[UUID] = (),
    join: bool = False,
    sequence: int | None = None,
    by: User,
) -> bool:
    """Take people out of a planned talk, and let others in; who joins is invited, who goes gets a cancellation.

    Returns whether anybody did.

    ``out`` are users; ``people`` are memberships and ``teams`` whole teams, each out of what ``by`` may choose; with
    ``join`` the planner takes part from now on. Who is in it already stays. Where it matters to the others who takes
    part, everyone is told and asked anew. ``sequence`` is that of the talk as it was on screen. Raises Refused when it
    changed since or has begun, or when the choice cannot stand.
    """
    keep_people(session_id, people=people, teams=teams)
    session = lock(session_id, by, manage=True)
    check_still_to_come(session, sequence)
    before = telling.as_it_was(session)
    apply_people(session, out=out, people=people, teams=teams, join=join, by=by)
    return telling.tell(before)


def apply_people(
    session: Session,
    *,
    out: Collection[UUID],
    people: Collection[UUID],
    teams: Collection[UUID],
    join: bool,
    by: User,
) -> None:
    """Change who takes part in ``session``, which the caller locked and tells of.

    The values, and what it raises, are those of ``change_people``.
    """
    standing = Standing(by, session.organisation)
    places = {place.user_id: place for place in session.participants.select_related("user")}
    added: dict[UUID, Participant] = {}
    if people or teams:
        check_may_plan(standing, session.kind)
        added = chosen_by(standing, session.kind, people, teams)
    if join and standing.role is not None:
        added.setdefault(by.id, Participant(user=by, organisation=session.organisation))
    elif not join:
        added.pop(by.id, None)
    added = {pk: place for pk, place in added.items() if pk not in places and pk not in out}
    leaving = [place for pk, place in places.items() if pk in out]
    if not added and not leaving:
        return
    if by.id in out and not standing.may_stay_out(session.kind):
        raise Refused("Dit gesprek plan je voor jezelf. Kun je niet? Zeg dan dat je niet komt, of draag het over.")
    after = {pk: place for pk, place in places.items() if pk not in out} | added
    check_company(session, standing, after)
    was = company(places.values())
    _give_parts(leaving, added.values(), after)
    leaders = leaders_among(after)
    for pk, place in after.items():
        place.session, place.leads = session, pk in leaders
    for place in leaving:
        telling.take_out(place, session)
    Participant.objects.bulk_update([place for pk, place in after.items() if pk in places], ["leads", "part"])
    if by.id in added:
        added[by.id].answer = Answer.YES  # who plans and takes part says yes by doing so
    Participant.objects.bulk_create(added.values())
    Removal.objects.filter(session=session, user__in=added).delete()
    count_company(session, after.values())
    session.save(update_fields=COMPANY_FIELDS)
    # Who plans without taking part never sees who declined. Taking part they would, of answers given before they did.
    if company_matters(was, company(after.values())) or by.id in added:
        ask_anew([session], by)
        session.participants.update(purpose_confirmed_at=None)  # they confirmed it to others
    if not Session.objects.manageable_by(by).filter(id=session.id).exists():
        raise Refused("Dan kun jij niet meer voor dit gesprek zorgen. Draag het eerst over.")


def _give_parts(leaving: list[Participant], added: Iterable[Participant], after: Mapping[UUID, Participant]) -> None:
    """Keep in a talk of two who asks and who is asked: who takes somebody's place takes their part."""
    new = list(added)
    if len(after) != 2:
        for place in after.values():
            place.part = Part.MEMBER if place.part in SIDES else place.part
    elif len(new) == len(leaving) == 1 and leaving[0].part in SIDES:
        new[0].part = leaving[0].part
