"""Holding a talk: purpose, cards, closing."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content import queries as content_queries
from content.deck import deck, drawn_address
from organisations.domain.errors import Refused
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import holding
from sessions_app.forms.contributions import CloseForm
from sessions_app.models import Participant, Session, State


def _with_people(request: SignedIn, session_id: UUID) -> tuple[Session, list[Participant]]:
    """Return a talk that the person takes part in, and everyone's places; 403 for a planner who does not take part."""
    session = load(Session.objects.visible_to(request.user).select_related("edition"), session_id)
    participants = list(session.participants.select_related("user").order_by("user__name_sorted", "id"))
    if session.state == State.DRAFT or all(person.user_id != request.user.id for person in participants):
        raise PermissionDenied("Dit kan alleen wie aan het gesprek meedoet.")
    return session, participants


@signed_in
@require_POST
def confirm_purpose(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Confirm what the talk is for."""
    session, _ = _with_people(request, session_id)
    tried(request, lambda: holding.confirm_purpose(session.id, by=request.user))
    return redirect("session", session.id)


@signed_in
@require_safe
def cards(request: SignedIn, session_id: UUID) -> HttpResponse:
    """The cards of the talk's own edition as a deck, full screen on a phone; it needs no network once it is there."""
    session, participants = _with_people(request, session_id)
    if session.state == State.CANCELLED or holding.awaiting_purpose(session, request.user, participants):
        return redirect("session", session.id)
    cards = content_queries.cards(session.edition) if session.uses_cards else []
    if not cards:
        return redirect("session", session.id)
    if address := drawn_address(request):
        return redirect(address)
    context = {"session": session, "deck": deck(request, cards)}
    return render(request, "sessions_app/cards.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def close(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Close the talk: who was there."""
    session, participants = _with_people(request, session_id)
    if session.state == State.PLANNED and not session.started:
        messages.error(request, "Dit gesprek is nog niet begonnen.")
        return redirect("session", session.id)
    form = CloseForm(request.POST or None, participants=participants)
    if request.method == "POST" and form.is_valid():
        try:
            holding.close_session(session.id, present=form.present_ids(), by=request.user)
            messages.success(request, "Het gesprek is afgesloten. Leg vast wat jij wilt bewaren.")
            return redirect("session", session.id)
        except holding.ClosedAlready as refused:
            messages.error(request, refused.message)
            return redirect("session", session.id)
        except Refused as refused:
            form.add_error("present", refused.message)
    if session.state != State.PLANNED:
        return redirect("session", session.id)
    return render(request, "sessions_app/session_close.html", {"session": session, "form": form})


@signed_in
@require_POST
def reopen(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Undo closing, to mend who was there."""
    session, _ = _with_people(request, session_id)
    if tried(request, lambda: holding.reopen_session(session.id, by=request.user)):
        return redirect("session_close", session.id)
    return redirect("session", session.id)
