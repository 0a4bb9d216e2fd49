"""Answering an invitation, signed in or with the link from the mail."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from organisations.domain.errors import Refused
from organisations.views.loading import SignedIn, load, signed_in
from sessions_app.domain import changes
from sessions_app.forms.changes import NO, PROPOSAL, SAID, YES, AnswerForm
from sessions_app.models import Participant, Session, State


def seen(request: HttpRequest) -> int | None:
    """Return the number that the talk had on the page from which ``request`` was sent; None when it says none."""
    number = request.POST.get("volgnummer", "")
    return int(number) if number.isdecimal() and len(number) < 9 else None


@signed_in
@require_http_methods(["GET", "POST"])
def answer(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Keep what a participant who is signed in answers; a page of its own when something is wrong with it."""
    found = load(Session.objects.visible_to(request.user).select_related("planned_by"), session_id)
    place = get_object_or_404(found.participants.select_related("user"), user=request.user)
    form = AnswerForm(request.POST or None, place=place, session=found, recall=True)
    if _kept(request, form, place, found) or found.state != State.PLANNED:
        return redirect("session", found.id)
    return _page(request, form, place, found, signed_in=True)


@never_cache
@require_http_methods(["GET", "POST"])
def answer_by_token(request: HttpRequest, token: str) -> HttpResponse:
    """Answer from the mail, without signing in. Opening the page changes nothing.

    Who has the link may not be who got it: what was written with an earlier answer does not show.
    """
    try:
        place = changes.by_token(token)
    except Participant.DoesNotExist:
        return render(request, "sessions_app/answer_gone.html", status=404)
    form = AnswerForm(request.POST or None, place=place, session=place.session, recall=False)
    if _kept(request, form, place, place.session):
        return redirect("answer_by_token", token)
    return _page(request, form, place, place.session, signed_in=False)


def _kept(request: HttpRequest, form: AnswerForm, place: Participant, session: Session) -> bool:
    """Carry out what a valid form says; return whether that was done."""
    if request.method != "POST" or not form.is_valid():
        return False
    said = form.cleaned_data["antwoord"]
    try:
        changes.answer(
            place.id,
            SAID[said],
            word=form.cleaned_data.get("word", ""),
            proposes=form.cleaned_data.get("proposes"),
            sequence=seen(request),
        )
    except Refused as refused:
        form.add_error("proposes" if form.cleaned_data.get("proposes") else None, refused.message)
        return False
    told = {
        YES: "Fijn, genoteerd.",
        NO: "Je komt niet. Een reden hoeft niet.",
        PROPOSAL: f"Genoteerd. {session.planned_by.name if session.planned_by else 'Wie plant'} ziet je voorstel.",
    }
    messages.success(request, told[said])
    return True


def _page(
    request: HttpRequest, form: AnswerForm, place: Participant, session: Session, *, signed_in: bool
) -> HttpResponse:
    if form.is_bound:
        session.refresh_from_db(fields=["sequence", "starts_at", "ends_at", "state"])
    context = {
        "session": session,
        "participant": place,
        "form": form,
        "open": session.state == State.PLANNED and not session.over,
        "suggested": request.GET.get("antwoord", ""),
        "signed_in": signed_in,
    }
    return render(request, "sessions_app/answer.html", context)
