"""Planning a talk: from a draft of three steps to invitations in the outbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, When, prefetch_related_objects
from django.utils import timezone

from content.models import ConversationTemplate, Edition, Kind, StepMeans, Theme
from organisations.domain.errors import Refused
from organisations.domain.members import lock_organisations
from organisations.models import Membership, Organisation, Role, Team, TeamMembership, User
from sessions_app.domain import from_template, poll_people, repeating, telling
from sessions_app.domain.reminders import moments_for
from sessions_app.models import Answer, Part, Participant, Series, Session, SessionReminder, SessionStep, State
from sessions_app.models.session import INTIMATE, MOVES
from sessions_app.queries.planning import (
    ASKING_A_LEADER,
    GONE,
    Lack,
    Standing,
    bestuurders_in,
    lack_of,
    leaders_in,
)
from sessions_app.queries.recurrence import Repeat

LONGEST = timedelta(hours=12)
FURTHEST = timedelta(days=730)
TITLE_LENGTH = Session._meta.get_field("title").max_length


@dataclass(frozen=True)
class StepChange:
    """What a planner made of one step: its title and minutes, or that it is left out. A new one has no ``id``."""

    id: UUID | None
    title: str
    minutes: int
    keep: bool = True


def lock(session_id: UUID, by: User, *, manage: bool = False) -> Session:
    """Return the talk, its row locked until the end of the transaction, and before it that of the series it is in.

    Raises Session.DoesNotExist when ``by`` may not see it, or, with ``manage``, may not change it.
    """
    ways = Session.objects.manageable_by(by) if manage else Session.objects.visible_to(by)
    series = Session.objects.filter(id=session_id).values("series")
    Series.objects.select_for_update().filter(id__in=series).values_list("id").first()
    Session.objects.select_for_update().filter(id=session_id).values_list("id").first()
    # Only now: whether one may is judged on what stands under the lock.
    return ways.select_related("organisation", "template", "series").get(id=session_id)


def keep_people(session_id: UUID, *, people: Collection[UUID] = (), teams: Collection[UUID] = ()) -> None:
    """Let nobody leave the organisations of a talk, and of those ``people`` (memberships) and ``teams``, until the end
    of the transaction.

    Who leaves is taken out of the talks that they are in, and could not know of one that lets them in meanwhile. Before
    the talk is locked: leaving takes them in that order.
    """
    lock_organisations(
        {
            *Session.objects.filter(id=session_id).values_list("organisation", flat=True),
            *Membership.objects.filter(id__in=people).values_list("organisation", flat=True),
            *Team.objects.filter(id__in=teams).values_list("organisation", flat=True),
        }
    )


def move(session: Session, to: str) -> None:
    """Bring ``session`` into state ``to``, unsaved; raises Refused when the table of moves does not have it."""
    if to not in MOVES[session.state]:
        raise Refused(f"Dit gesprek is {State(session.state).label.lower()}; dat kan nu niet.")
    session.state = to


@transaction.atomic
def start_draft(
    template_id: UUID, organisation: Organisation, form_key: UUID, *, about: UUID | None = None, by: User
) -> Session:
    """Return a new draft from a template, or the one that the same form made before.

    The template is one on show, or an own version of ``organisation``. ``about`` is the wolkje that a talk about the
    wolkjes is to begin with: its title and first step name it. Raises Refused when ``by`` may not plan this kind of
    talk there, or the template is gone or put away.
    """
    made = Session.objects.filter(planned_by=by, form_key=form_key).first()
    if made:
        return made
    template = ConversationTemplate.objects.usable_by(by, organisation).filter(id=template_id).first()
    if template is None:
        raise Refused(GONE)
    if template.kind not in Standing(by, organisation).kinds:
        raise Refused(
            "Dit soort gesprek kun je in deze organisatie niet plannen. Je leidinggevende of bestuurder kan het wel."
        )
    published = Edition.objects.published().first()
    session, created = Session.objects.get_or_create(
        planned_by=by,
        form_key=form_key,
        defaults={"organisation": organisation, **from_template.fields(template, published)},
    )
    if created:
        SessionStep.objects.bulk_create(from_template.steps(template, session))
        if about and template.kind == Kind.WOLKJES:
            _begin_with(session, about)
        moments = moments_for(template, organisation)
        SessionReminder.objects.bulk_create(from_template.reminders(moments, session))
    return session


def _begin_with(session: Session, theme_id: UUID) -> None:
    """Name a wolkje in a new draft, in the words of the draft's own edition; one that is not in it is passed over."""
    lineage = Theme.objects.filter(id=theme_id).values("lineage")
    theme = Theme.objects.filter(edition=session.edition_id, lineage__in=lineage).first()
    if theme is None:
        return
    session.title = f"{session.title}: {theme.title}"[:TITLE_LENGTH]
    session.save(update_fields=["title"])
    first = session.steps.order_by(Case(When(means=StepMeans.WOLKJES, then=0), default=1), "number").first()
    if first:
        first.text = f"Begin bij het wolkje “{theme.title}”.\n\n{first.text}".strip()
        first.save(update_fields=["text"])


@transaction.atomic
def set_people(
    session_id: UUID,
    *,
    people: Collection[UUID],
    teams: Collection[UUID],
    join: bool,
    planner_interviews: bool | None,
    place: str,
    link: str,
    by: User,
) -> Session:
    """Lay down who takes part in a draft and where; returns it.

    ``people`` are memberships and ``teams`` whole teams, each out of what ``by`` may choose. ``planner_interviews``
    says who interviews in a talk of two: the planner (True), the other (False), or nobody in particular (None).
    Raises Refused with a sentence when the choice cannot stand.
    """
    session = lock(session_id, by, manage=True)
    if session.state != State.DRAFT:
        raise Refused("Dit gesprek is al gepland. Wie erbij is, staat vast.")
    standing = Standing(by, session.organisation)
    check_may_plan(standing, session.kind)
    chosen = chosen_by(standing, session.kind, people, teams)
    guide = by.id not in chosen and standing.role is None and bool(standing.supports)
    if guide:
        chosen[by.id] = Participant(user=by, part=Part.GUIDE)
    elif standing.role is not None and (join or not standing.may_stay_out(session.kind)):
        chosen.setdefault(by.id, Participant(user=by, organisation=session.organisation))
    else:
        chosen.pop(by.id, None)
    check_company(session, standing, chosen)
    leaders = leaders_among(chosen)
    for user_id, person in chosen.items():
        person.session, person.leads = session, user_id in leaders
    if planner_interviews is not None and by.id in chosen and len(chosen) == 2:
        for user_id, person in chosen.items():
            person.part = Part.INTERVIEWER if (user_id == by.id) == planner_interviews else Part.INTERVIEWEE
    before = set(session.participants.values_list("user_id", flat=True))
    session.participants.all().delete()
    Participant.objects.bulk_create(chosen.values())
    poll_people.follow(session, before)
    session.place, session.link = place.strip(), link.strip()
    count_company(session, chosen.values())
    session.save(update_fields=["place", "link", *COMPANY_FIELDS])
    return session


COMPANY_FIELDS = ("participant_count", "with_leader", "small_with_leader")


def count_company(session: Session, participants: Collection[Participant]) -> None:
    """Set what ``session`` keeps about its ``participants``: COMPANY_FIELDS, unsaved."""
    session.participant_count = len(participants)
    session.with_leader = any(person.leads for person in participants)
    session.small_with_leader = session.with_leader and len(participants) <= INTIMATE


def check_may_plan(standing: Standing, kind: str) -> None:
    """Raise Refused when the planner may not (any more) plan this kind of talk."""
    if kind not in standing.kinds:
        raise Refused("Dit soort gesprek kun je hier niet meer plannen. Vraag je leidinggevende of bestuurder.")


def chosen_by(
    standing: Standing, kind: str, people: Collection[UUID], teams: Collection[UUID]
) -> dict[UUID, Participant]:
    """Return a place for everyone chosen, by user; raises Refused when one is not to be chosen by this planner."""
    memberships = list(standing.people(kind).filter(id__in=people))
    allowed_teams = list(standing.teams(kind).filter(id__in=teams))
    if len(memberships) != len(set(people)) or len(allowed_teams) != len(set(teams)):
        raise Refused("Iemand die je koos hoort niet meer bij dit team of deze organisatie. Kies opnieuw.")
    chosen: dict[UUID, Participant] = {}
    in_teams = TeamMembership.objects.filter(team__in=allowed_teams).select_related("membership")
    # A professional's own team goes before a team they lead, so that in an audit they sit on that side.
    for place in sorted(in_teams, key=lambda place: place.role != Role.PROFESSIONAL):
        chosen.setdefault(
            place.membership.user_id,
            Participant(
                user_id=place.membership.user_id,
                organisation_id=place.membership.organisation_id,
                team_id=place.team_id,
            ),
        )
    for membership in memberships:
        chosen.setdefault(
            membership.user_id,
            Participant(user_id=membership.user_id, organisation_id=membership.organisation_id),
        )
    return chosen


def leaders_among(chosen: Mapping[UUID, Participant]) -> set[UUID]:
    """Return which of those chosen are a bestuurder or a leidinggevende where they take part."""
    return leaders_in({person.organisation_id for person in chosen.values()}, chosen)


def check_company(session: Session, standing: Standing, chosen: Mapping[UUID, Participant]) -> None:
    """Raise Refused when ``session`` cannot be planned with ``chosen``, a place each by user."""
    largest = standing.largest(session.kind)
    people = [person for person in chosen.values() if person.part != Part.GUIDE]
    if largest and len(people) > largest:
        raise Refused(f"Dit gesprek is voor twee of drie mensen. Je koos er {len(people)}, jezelf meegeteld.")
    lack = lacking(session, chosen.values())
    if lack:
        raise Refused(f"{lack.why} {lack.choose}")


def lacking(session: Session, participants: Collection[Participant]) -> Lack | None:
    """Return whom ``session`` lacks to be held with ``participants``, if anybody."""
    chosen = {person.user_id: person for person in participants}
    return lack_of(
        session.kind,
        participants,
        leaders=leaders_among(chosen) if session.kind in ASKING_A_LEADER else set(),
        bestuurders=bestuurders_in(session.organisation, chosen) if session.kind == Kind.BESTUURDER else set(),
    )


@transaction.atomic
def set_moment(
    session_id: UUID,
    *,
    starts_at: datetime,
    steps: Sequence[StepChange],
    repeat: Repeat | None = None,
    by: User,
) -> Session:
    """Lay down when a draft takes place and its steps; it ends when the minutes of the kept steps are over.

    ``starts_at`` is aware. With ``repeat`` it is the first of a series. Raises Refused for a moment that has passed, or
    is too far ahead, or no steps.
    """
    session = lock(session_id, by, manage=True)
    if session.state != State.DRAFT:
        raise Refused("Dit gesprek is al gepland. Verzet het vanaf de pagina van het gesprek.")
    poll_people.refuse_while_running(session)
    ends_at = starts_at + lay_steps(session, steps)
    check_moment(starts_at, ends_at)
    session.starts_at, session.ends_at = starts_at, ends_at
    session.save(update_fields=["starts_at", "ends_at"])
    repeating.set_repeat(session, repeat)
    last = repeating.moments_of(session)[-1]
    check_moment(last, last + (ends_at - starts_at))
    return session


def lay_steps(session: Session, steps: Sequence[StepChange]) -> timedelta:
    """Give ``session``, which the caller locked, these steps in this order, new ones too; return how long they take.

    A step that is not among them goes; one that was gone already is passed over. Raises Refused when none is left.
    """
    known = {step.id: step for step in session.steps.all()}
    old: list[SessionStep] = []
    new: list[SessionStep] = []
    for change in steps:
        step = known.pop(change.id, None) if change.id else SessionStep(session=session)
        if step is None or not change.keep:
            continue
        step.title, step.minutes = change.title.strip() or step.title, change.minutes
        step.number = len(old) + len(new) + 1
        (old if change.id else new).append(step)
    if not old and not new:
        raise Refused("Laat ten minste één stap staan.")
    session.steps.exclude(id__in=[step.id for step in old]).delete()
    SessionStep.objects.bulk_update(old, ["number", "title", "minutes"])
    SessionStep.objects.bulk_create(new)
    return timedelta(minutes=sum(step.minutes for step in [*old, *new]))


def check_moment(starts_at: datetime, ends_at: datetime) -> None:
    """Raise Refused when a talk cannot be planned from ``starts_at`` to ``ends_at``."""
    now = timezone.now()
    if starts_at <= now:
        raise Refused("Dit moment is al voorbij. Kies een moment dat nog komt.")
    if starts_at > now + FURTHEST:
        raise Refused("Dit moment is meer dan twee jaar ver weg. Klopt het jaar?")
    if ends_at - starts_at > LONGEST:
        raise Refused("Het programma duurt langer dan twaalf uur. Maak stappen korter of laat er een weg.")


@transaction.atomic
def plan_session(session_id: UUID, *, dates: Collection[datetime] | None = None, by: User) -> Session:
    """Turn a complete draft into a planned talk, and queue one invitation and the reminders for each participant.

    A draft that repeats becomes all talks of its series, or those at ``dates`` alone. Planned already, as after a
    double click: returns it and does nothing. Raises Refused when a step is missing or somebody has left since.
    """
    session = lock(session_id, by, manage=True)
    if session.state == State.PLANNED:
        return session
    poll_people.refuse_while_running(session)
    if session.starts_at is None or session.ends_at is None:
        raise Refused("Kies eerst wanneer het gesprek is.")
    check_moment(session.starts_at, session.ends_at)
    standing = Standing(by, session.organisation)
    check_may_plan(standing, session.kind)
    participants = list(session.participants.select_related("user"))
    chosen = {person.user_id: person for person in participants}
    check_company(session, standing, chosen)
    for person in participants:
        person.leads = False
    leaders = leaders_among(chosen)
    for person in participants:
        person.leads = person.user_id in leaders
    Participant.objects.bulk_update(participants, ["leads"])
    current = Membership.objects.filter(
        user__in=chosen, organisation__in={person.organisation_id for person in participants}
    ).values_list("user_id", "organisation_id")
    if {(p.user_id, p.organisation_id) for p in participants if p.part != Part.GUIDE} - set(current):
        raise Refused("Iemand die je koos hoort niet meer bij de organisatie. Kies opnieuw wie erbij is.")
    move(session, State.PLANNED)
    count_company(session, participants)
    session.save(update_fields=["state", *COMPANY_FIELDS])
    sessions = repeating.lay_out(session, dates)
    check_moment(*sessions[-1].span)
    # Who plans and takes part has said yes by planning.
    own = Participant.objects.filter(session__in=sessions, user=by)
    own.update(answer=Answer.YES, answered_at=timezone.now())
    prefetch_related_objects(sessions, "reminders")
    telling.invite(sessions)
    return session


@transaction.atomic
def discard_draft(session_id: UUID, *, by: User) -> None:
    """Throw away a draft of ``by``; raises Refused when it has been planned."""
    session = lock(session_id, by, manage=True)
    if session.state != State.DRAFT:
        raise Refused("Dit gesprek is al gepland. Je kunt het annuleren.")
    repeating.set_repeat(session, None)
    poll_people.withdraw_with(session)
    session.delete()
