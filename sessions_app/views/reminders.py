"""Choosing when reminders go: of one talk, and for all new talks of an organisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from organisations.models import Organisation
from organisations.queries import Reach
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import reminder_moments as verbs
from sessions_app.domain.reminders import moments_before
from sessions_app.forms import reminders as forms
from sessions_app.models import Session, State
from sessions_app.queries import reminders as queries

SAVE, AS_TEMPLATES = "bewaar", "sjabloon"
CHOSEN = "Jullie herinneringen zijn bewaard. Ze gelden voor nieuwe gesprekken."
FOLLOWING = "Nieuwe gesprekken volgen de herinneringen van hun sjabloon."
NONE_GO = "Er gaan geen herinneringen uit."


def _formset(request: SignedIn, opened: Callable[[], Any]) -> tuple[Any, bool]:
    """Return the rows of the page, and whether they were sent to be kept and may stand."""
    if request.method != "POST":
        return opened(), False
    action = request.POST.get("doe", SAVE)
    if action != SAVE:
        return forms.shown(forms.rearranged(forms.typed_rows(request.POST), action)), False
    formset = forms.sent(request.POST)
    return formset, formset.is_valid()


@signed_in
@require_http_methods(["GET", "POST"])
def session_reminders(request: SignedIn, session_id: UUID) -> HttpResponse:
    """When the reminders of one talk go: for its planner, before it is sent and after."""
    session = load(Session.objects.manageable_by(request.user).select_related("organisation"), session_id)
    if session.state not in {State.DRAFT, State.PLANNED}:
        messages.error(request, verbs.TOO_LATE)
        return redirect("session", session.id)
    back = "plan_check" if session.state == State.DRAFT else "session"
    formset, ready = _formset(request, lambda: forms.opened(queries.moments_of_session(session)))

    def change() -> Session:
        return verbs.change_moments(session.id, forms.moments_of(formset), by=request.user)

    if ready and tried(request, change) is not None:
        messages.success(request, "De herinneringen zijn bewaard.")
        return redirect(back, session.id)
    context = {
        "session": session,
        "formset": formset,
        "back": back,
        "after": queries.moments_afterwards(session),
        "coming": moments_before(session, timezone.now()) if session.starts_at else [],
    }
    return render(request, "sessions_app/reminders/session.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def organisation_reminders(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """The moments with which all new talks of an organisation begin, for its bestuurders."""
    organisation = load(Organisation.objects.run_by(request.user), organisation_id)
    follow = request.method == "POST" and request.POST.get("doe") == AS_TEMPLATES
    formset, ready = _formset(request, lambda: forms.opened(queries.moments_of_organisation(organisation)))

    def choose() -> Organisation:
        moments = None if follow else forms.moments_of(formset)
        return verbs.choose_for_organisation(organisation.id, moments, by=request.user)

    if (ready or follow) and tried(request, choose) is not None:
        messages.success(request, FOLLOWING if follow else CHOSEN)
        return redirect("organisation_reminders", organisation.id)
    context = {
        "organisation": organisation,
        "reach": Reach(request.user, organisation),
        "formset": formset,
        "empty": NONE_GO if organisation.own_reminders else "Jullie kozen nog geen eigen herinneringen.",
    }
    return render(request, "sessions_app/reminders/organisation.html", context)
