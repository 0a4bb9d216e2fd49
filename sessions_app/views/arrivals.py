"""The mail about a talk, for its planner."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from organisations.views.loading import SignedIn, limited_to, load, signed_in, tried
from sessions_app.domain import arrivals
from sessions_app.models import Session, State
from sessions_app.queries import arrivals as reads


@signed_in
@require_safe
def session_mail(request: SignedIn, session_id: UUID) -> HttpResponse:
    """What arrived of the mail about one talk, and what to do about what did not."""
    found = load(Session.objects.manageable_by(request.user).exclude(state=State.DRAFT), session_id)
    people = found.participants.select_related("user").order_by("user__name_sorted", "id")
    context = {
        "session": found,
        "arrivals": reads.of(found, list(people), request.user),
        "may_send": not found.started,
    }
    return render(request, "sessions_app/arrivals.html", context)


@signed_in
@require_POST
def send_again(request: SignedIn, session_id: UUID, participant_id: UUID) -> HttpResponse:
    """Send the calendar mail to somebody, which failed, again."""
    load(Session.objects.manageable_by(request.user), session_id)
    if response := limited_to(request, "mail_again"):
        return response
    went = tried(request, lambda: arrivals.send_again(session_id, participant_id, by=request.user))
    if went:
        messages.success(request, "De mail gaat opnieuw op weg.")
    elif went is not None:
        messages.info(request, "Er is nu niets om opnieuw te sturen.")
    return redirect("session_mail", session_id)
