"""The list of talks, the page of one, and changing it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations.domain.errors import Refused
from organisations.models import Organisation
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import changes, holding, planning
from sessions_app.forms.planning import MoveForm
from sessions_app.models import Answer, Part, Participant, Session, State
from sessions_app.queries import arrivals, feeds
from sessions_app.queries import sessions as queries


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
    shared = queries.contributions_of(found, request.user) if own else []
    upcoming = found.state == State.PLANNED and not found.started
    awaiting = holding.awaiting_purpose(found, request.user, participants)
    context = {
        "session": found,
        "participants": participants,
        "own": own,
        "manages": found.planned_by_id == request.user.id,
        "arrivals": arrivals.of(found, participants, request.user) if found.planned_by_id == request.user.id else None,
        "may_change_templates": found.planned_by_id == request.user.id
        and Organisation.objects.plannable_by(request.user).filter(id=found.organisation_id).exists(),
        "steps": found.steps.all(),
        "stages": _stages(found, any(item.own for item in shared)),
        "awaiting": awaiting,
        "lack": planning.lacking(found, participants) if upcoming else None,
        "own_purpose_open": own in awaiting,
        "may_keep": found.state == State.PLANNED
        and not found.over
        and feeds.keepable(request.user).filter(id=found.id).exists(),
        "may_open": own is not None and found.state == State.PLANNED and _open(found),
        "may_record": own is not None
        and ((found.state == State.PLANNED and found.started) or (found.state == State.HELD and own.present)),
        "contributions": shared,
        "presents": [person for person in participants if person.present],
        "coming": sum(person.answer == Answer.YES for person in participants),
        "unanswered": sum(person.answer == Answer.OPEN for person in participants),
        "may_reopen": found.state == State.HELD
        and own is not None
        and own.answer != Answer.NO
        and not holding.recorded_for_others(found),
    }
    return render(request, "sessions_app/session.html", context)


def _open(found: Session) -> bool:
    return found.starts_at is not None and timezone.now() + holding.OPEN_BEFORE >= found.starts_at


@signed_in
@require_http_methods(["GET", "POST"])
def reschedule(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Another moment or place."""
    found = load(Session.objects.manageable_by(request.user), session_id)
    if found.state != State.PLANNED or found.started:
        messages.error(request, "Dit gesprek kun je niet meer verzetten.")
        return redirect("session", found.id)
    initial = {"starts_at": found.starts_at, "place": found.place, "link": found.link}
    form = MoveForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            changes.reschedule(found.id, by=request.user, **form.cleaned_data)
            messages.success(request, "Gewijzigd. Over vijf minuten krijgt wie het aangaat één mail over alles samen.")
            return redirect("session", found.id)
        except Refused as refused:
            form.add_error("starts_at", refused.message)
    return render(request, "sessions_app/session_move.html", {"form": form, "session": found})


@signed_in
@require_http_methods(["GET", "POST"])
def cancel(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Ask whether the talk is to be cancelled; on POST cancel it."""
    found = load(Session.objects.manageable_by(request.user), session_id)
    if request.method == "POST":
        if tried(request, lambda: changes.cancel(found.id, by=request.user)):
            messages.success(request, "Het gesprek gaat niet door. Wie was uitgenodigd krijgt bericht.")
        return redirect("session", found.id)
    if found.state != State.PLANNED:
        return redirect("session", found.id)
    return render(request, "sessions_app/session_cancel.html", {"session": found})


@signed_in
@require_POST
def answer(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Keep the yes or no of a participant who is signed in."""
    found = load(Session.objects.visible_to(request.user), session_id)
    _keep_answer(request, get_object_or_404(found.participants, user=request.user))
    return redirect("session", found.id)


def _keep_answer(request: HttpRequest, participant: Participant) -> Participant | None:
    said = {"ja": Answer.YES, "nee": Answer.NO}.get(request.POST.get("antwoord", ""))
    if said is None:
        messages.error(request, "Kies ja of nee.")
        return None
    number = request.POST.get("volgnummer", "")
    sequence = int(number) if number.isdecimal() and len(number) < 9 else None
    kept = tried(request, lambda: changes.answer(participant.id, said, sequence=sequence))
    if kept:
        messages.success(request, "Fijn, genoteerd." if said == Answer.YES else "Je komt niet. Een reden hoeft niet.")
    return kept


@never_cache
@require_http_methods(["GET", "POST"])
def answer_by_token(request: HttpRequest, token: str) -> HttpResponse:
    """Say yes or no from the mail, without signing in. Opening the page changes nothing."""
    try:
        participant = changes.by_token(token)
    except Participant.DoesNotExist:
        return render(request, "sessions_app/answer_gone.html", status=404)
    found = participant.session
    if request.method == "POST":
        _keep_answer(request, participant)
        return redirect("answer_by_token", token)
    context = {
        "session": found,
        "participant": participant,
        "open": found.state == State.PLANNED and not found.over,
        "suggested": request.GET.get("antwoord", ""),
        "interviewer": participant.part == Part.INTERVIEWER,
    }
    return render(request, "sessions_app/answer.html", context)
