"""The list of talks, and the page of one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from organisations.models import Organisation
from organisations.views.loading import SignedIn, load, signed_in
from sessions_app.domain import holding, planning
from sessions_app.forms.changes import AnswerForm
from sessions_app.models import Answer, Session, State
from sessions_app.queries import arrivals, feeds
from sessions_app.queries import sessions as queries
from sessions_app.queries.keeping import keeping
from sessions_app.queries.series import among


@dataclass(frozen=True)
class Stage:
    """One of the five stages on the page of a talk."""

    name: str
    done: bool
    current: bool


def _stages(session: Session, recorded: bool) -> list[Stage]:
    """Return the stages prepare, hold, close, record, share, and which one the talk is in."""
    if session.state in {State.DRAFT, State.CANCELLED}:
        return []
    if session.state == State.SETTLED:
        at = 5
    elif session.state == State.HELD:
        at = 4 if recorded else 3
    elif session.over:
        at = 2
    else:
        at = 1 if timezone.now() + holding.OPEN_BEFORE >= session.starts_at else 0  # type: ignore[operator]
    names = ("Voorbereiden", "Gesprek", "Afsluiten", "Vastleggen", "Delen")
    return [Stage(name, done=index < at, current=index == at) for index, name in enumerate(names)]


@signed_in
@require_safe
def session(request: SignedIn, session_id: UUID) -> HttpResponse:
    """The page of one talk; it leads through the state that the talk is in."""
    found = load(Session.objects.visible_to(request.user).select_related("planned_by", "organisation"), session_id)
    if found.state == State.DRAFT:
        return redirect("plan_who", found.id)
    participants = list(found.participants.select_related("user", "team").order_by("user__name_sorted", "id"))
    own = next((person for person in participants if person.user_id == request.user.id), None)
    upcoming = found.state == State.PLANNED and not found.started
    # Nothing is recorded before a talk begins.
    shared = queries.contributions_of(found, request.user) if own and not upcoming else []
    awaiting = holding.awaiting_purpose(found, request.user, participants)
    context = {
        "session": found,
        "participants": participants,
        "own": own,
        "may_keep": upcoming and feeds.shows_keeping(found, takes_part=own is not None),
        "manages": found.planned_by_id == request.user.id,
        "arrivals": arrivals.of(found, participants, request.user) if found.planned_by_id == request.user.id else None,
        "may_change_templates": found.planned_by_id == request.user.id
        and Organisation.objects.plannable_by(request.user).filter(id=found.organisation_id).exists(),
        "steps": found.steps.all(),
        "stages": _stages(found, any(item.own for item in shared)),
        "awaiting": awaiting,
        "among": among(found, request.user),
        "lack": planning.lacking(found, participants) if upcoming else None,
        "own_purpose_open": own in awaiting,
        "may_open": own is not None and found.state == State.PLANNED and _open(found),
        "may_record": own is not None
        and ((found.state == State.PLANNED and found.started) or (found.state == State.HELD and own.present)),
        "contributions": shared,
        "presents": [person for person in participants if person.present],
        "keeping": keeping(found, participants) if upcoming and found.planned_by_id == request.user.id else None,
        "answer_form": AnswerForm(place=own, session=found, recall=True) if own and upcoming else None,
        "may_reopen": found.state == State.HELD
        and own is not None
        and own.answer != Answer.NO
        and not holding.recorded_for_others(found),
    }
    return render(request, "sessions_app/session.html", context)


def _open(found: Session) -> bool:
    return found.starts_at is not None and timezone.now() + holding.OPEN_BEFORE >= found.starts_at
