"""What who looks after a planned talk does with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from organisations.domain.errors import Refused
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import changes, series
from sessions_app.domain.planning import StepChange
from sessions_app.forms.changes import CancelForm, HandOverForm, PeopleForm, ProgrammeFormSet
from sessions_app.forms.planning import MoveForm
from sessions_app.forms.series import COMPANY, MOVING, PROGRAMME, WhichForm, ask_which
from sessions_app.models import Session, State
from sessions_app.queries import keeping
from sessions_app.queries.planning import Standing
from sessions_app.queries.series import Which
from sessions_app.views.answers import seen
from sessions_app.views.planning import groups

TOLD = "Gewijzigd. Binnen vijf minuten krijgt wie het aangaat één mail over alles samen."
SAME = "Er is niets veranderd. Er gaat geen mail."


def _to_change(request: SignedIn, session_id: UUID) -> Session:
    """Return a talk that this person looks after; whether it can still be changed the verb says."""
    return load(Session.objects.manageable_by(request.user).select_related("organisation"), session_id)


def _closed(request: SignedIn, session: Session) -> HttpResponse | None:
    """Send somebody back to the page of a talk that cannot be changed any more."""
    try:
        changes.check_still_to_come(session)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("session", session.id)
    return None


def _carried_out(form: forms.Form, field: str, verb: Callable[[], object]) -> bool:
    """Run ``verb``; where it is refused, say why at ``field`` of ``form``, or on top if the talk changed meanwhile."""
    try:
        verb()
    except changes.ChangedSince as refused:
        form.add_error(None, refused.message)
    except Refused as refused:
        form.add_error(field, refused.message)
    return form.is_valid()


def _say(request: SignedIn, different: bool) -> None:
    """Say what a change came to; ``different`` is whether anything is."""
    if different:
        messages.success(request, TOLD)
    else:
        messages.info(request, SAME)


@signed_in
@require_http_methods(["GET", "POST"])
def reschedule(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Another moment or place. With ``?voorstel=`` the moment that a participant proposed is filled in."""
    found = _to_change(request, session_id)
    if closed := _closed(request, found):
        return closed
    proposed = _proposed(found, request.GET.get("voorstel", ""))
    initial = {"starts_at": proposed or found.starts_at, "place": found.place, "link": found.link}
    form = MoveForm(request.POST or None, initial=initial)
    ask_which(form, found, request.user, explained=MOVING, chosen=_wished(request))
    if request.method == "POST" and form.is_valid():
        moved = dict(form.cleaned_data)
        which = moved.pop("which", Which.ONE)
        verb = partial(series.reschedule, found.id, which, sequence=seen(request), by=request.user, **moved)
        if _carried_out(form, "starts_at", lambda: _say(request, verb())):
            return redirect("session", found.id)
    context = {"form": form, "session": found, "proposed": bool(proposed) and not form.is_bound}
    return render(request, "sessions_app/changes/move.html", context)


def _wished(request: SignedIn) -> str:
    """Return for which talks of a series the page of the series asked to change this one."""
    return request.GET.get("voor", "")


def _proposed(session: Session, place: str) -> datetime | None:
    try:
        return session.participants.filter(id=UUID(place)).values_list("proposes", flat=True).first()
    except ValueError:
        return None


@signed_in
@require_http_methods(["GET", "POST"])
def people(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Who goes and who joins."""
    found = _to_change(request, session_id)
    if closed := _closed(request, found):
        return closed
    standing = Standing(request.user, found.organisation)
    form = PeopleForm(request.POST or None, standing=standing, session=found)
    ask_which(form, found, request.user, explained=COMPANY, chosen=_wished(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        verb = partial(
            series.change_people,
            found.id,
            said.get("which", Which.ONE),
            out=[user.id for user in said["out"]],
            people=[membership.id for membership in said["people"]],
            teams=[team.id for team in said["teams"]],
            join=said.get("join", False),
            sequence=seen(request),
            by=request.user,
        )
        if _carried_out(form, "people", lambda: _say(request, verb())):
            return redirect("session", found.id)
    chosen, teams = set(request.POST.getlist("people")), set(request.POST.getlist("teams"))
    at_table = list(found.participants.values_list("user", flat=True))
    context = {
        "form": form,
        "session": found,
        "groups": groups(standing, found, chosen, teams, without=at_table),
        "small": keeping.is_small(found),
    }
    return render(request, "sessions_app/changes/people.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def steps(request: SignedIn, session_id: UUID) -> HttpResponse:
    """The programme: other titles, minutes and order, steps left out, a step more."""
    found = _to_change(request, session_id)
    if closed := _closed(request, found):
        return closed
    forms = ProgrammeFormSet(request.POST or None, queryset=found.steps.all(), prefix="stap")
    form = WhichForm(request.POST or None)
    ask_which(form, found, request.user, explained=PROGRAMME, chosen=_wished(request))
    why = ""
    if request.method == "POST":
        if any(form.errors.get("id") for form in forms.initial_forms):  # a step is gone that this page still had
            forms = ProgrammeFormSet(queryset=found.steps.all(), prefix="stap")
            why = changes.CHANGED_SINCE
        elif forms.is_valid() and form.is_valid():
            which = form.cleaned_data.get("which", Which.ONE)
            try:
                laid, number = _laid(forms), seen(request)
                _say(request, series.change_steps(found.id, which, steps=laid, sequence=number, by=request.user))
                return redirect("session", found.id)
            except Refused as refused:
                why = refused.message
    context = {"steps": forms, "form": form, "session": found, "why": why}
    return render(request, "sessions_app/changes/steps.html", context)


def _laid(forms: ProgrammeFormSet) -> list[StepChange]:  # type: ignore[valid-type]
    return [
        StepChange(
            id=None if form.instance._state.adding else form.instance.id,
            title=form.cleaned_data["title"],
            minutes=form.cleaned_data["minutes"],
            keep=form.cleaned_data.get("keep", True),
        )
        for form in forms.ordered_forms  # type: ignore[attr-defined]
    ]


@signed_in
@require_http_methods(["GET", "POST"])
def hand_over(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Let somebody else look after the talk."""
    found = _to_change(request, session_id)
    if closed := _closed(request, found):
        return closed
    heirs = keeping.heirs(found, request.user)
    form = HandOverForm(request.POST or None, heirs=heirs)
    ask_which(form, found, request.user, chosen=_wished(request))
    if request.method == "POST" and form.is_valid():
        heir, which = form.cleaned_data["to"], form.cleaned_data.get("which", Which.ONE)
        verb = partial(series.hand_over, found.id, which, to=heir.id, sequence=seen(request), by=request.user)
        if _carried_out(form, "to", verb):
            what = "dit gesprek" if which == Which.ONE else "deze gesprekken"
            messages.success(request, f"{heir.name} zorgt nu voor {what}, en krijgt daar bericht van.")
            stays = Session.objects.visible_to(request.user).filter(id=found.id).exists()
            return redirect("session", found.id) if stays else redirect("session_list")
    context = {
        "form": form,
        "session": found,
        "nobody": not heirs.exists(),
        "small": keeping.is_small(found),
        "takes_part": found.participants.filter(user=request.user).exists(),
    }
    return render(request, "sessions_app/changes/hand_over.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def cancel(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Ask whether the talk is to be cancelled, and why; on POST cancel it."""
    found = load(Session.objects.manageable_by(request.user), session_id)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if found.state == State.PLANNED and not found.started:
        ask_which(form, found, request.user, chosen=_wished(request))
    if request.method == "POST" and form.is_valid():
        which, because = form.cleaned_data.get("which", Which.ONE), form.cleaned_data["because"]
        if tried(request, lambda: series.cancel(found.id, which, because=because, by=request.user)):
            one = "Het gesprek ging" if found.over else "Het gesprek gaat"
            what = one if which == Which.ONE else "De gesprekken gaan"
            messages.success(request, f"{what} niet door. Wie was uitgenodigd krijgt bericht.")
        return redirect("session", found.id)
    if found.state != State.PLANNED:
        return redirect("session", found.id)
    return render(request, "sessions_app/changes/cancel.html", {"session": found, "form": form})


@signed_in
@require_POST
def nudge(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Remind those who have not answered."""
    found = load(Session.objects.manageable_by(request.user), session_id)
    reminded = tried(request, lambda: changes.nudge(found.id, by=request.user))
    if reminded:
        who = "Eén persoon krijgt" if reminded == 1 else f"{reminded} mensen krijgen"
        messages.success(request, f"{who} nu een herinnering.")
    return redirect("session", found.id)


@signed_in
@require_POST
def send_now(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Let the mail about changes go at once."""
    found = load(Session.objects.manageable_by(request.user), session_id)
    changes.send_now(found.id, by=request.user)
    messages.success(request, "De mail over je wijzigingen gaat nu de deur uit.")
    return redirect("session", found.id)
