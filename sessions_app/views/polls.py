"""Date polls: proposing moments, answering with or without signing in, and choosing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lerend.moments import span
from organisations.domain.errors import Refused
from organisations.models import User
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import polls as domain
from sessions_app.forms.planning import StepFormSet
from sessions_app.forms.polls import ChangeForm, StartForm, VoteForm
from sessions_app.mail.sessions import invitation
from sessions_app.models import DatePoll, PollState, Session, State
from sessions_app.queries import polls as queries
from sessions_app.queries.reminders import again_from
from sessions_app.views.planning import step_changes


@signed_in
@require_http_methods(["GET", "POST"])
def start(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Step 3 of planning the other way: propose moments to those chosen, with the steps that make its length."""
    session = load(Session.objects.manageable_by(request.user), session_id)
    if session.state != State.DRAFT:
        return redirect("session", session.id)
    running = queries.running_about(session)
    if running:
        return redirect("poll", running.id)
    if not session.participant_count:
        return redirect("plan_who", session.id)
    form = StartForm(request.POST or None)
    steps = StepFormSet(request.POST or None, queryset=session.steps.all(), prefix="stap")
    if request.method == "POST" and not form.wants_more and form.is_valid() and steps.is_valid():
        proposal = domain.Proposal(
            form.moments, form.cleaned_data["last_day"], shows_names=form.cleaned_data["names"] == "names"
        )
        try:
            poll = domain.start_poll(
                session.id, proposal, step_changes(steps), form_key=form.cleaned_data["form_key"], by=request.user
            )
            messages.success(request, "De datumprikker loopt. Iedereen die je koos krijgt nu een mail.")
            return _to_poll_or_draft(poll)
        except Refused as refused:
            form.add_error(_field(refused), refused.message)
    return render(request, "sessions_app/polls/start.html", {"session": session, "form": form, "steps": steps})


def _field(refused: Refused) -> str | None:
    """Return the field of a proposal beside which the reason belongs."""
    return "last_day" if isinstance(refused, domain.LastDayRefused) else None


@signed_in
@require_http_methods(["GET", "POST"])
def poll(request: SignedIn, poll_id: UUID) -> HttpResponse:
    """A poll for who signed in: one's own answer, who can when, and for its planner what there is to do."""
    found = load(DatePoll.objects.visible_to(request.user).select_related("session__planned_by", "chosen"), poll_id)
    return _answering(request, found, request.user, lambda: redirect("poll", found.id))


@never_cache
@require_http_methods(["GET", "POST"])
def poll_by_token(request: HttpRequest, token: str) -> HttpResponse:
    """Answer from the mail, without signing in. Opening the page changes nothing."""
    try:
        found, user = domain.by_token(token)
        return _answering(request, found, user, lambda: redirect("poll_by_token", token))
    except DatePoll.DoesNotExist:
        return render(request, "sessions_app/polls/gone.html", status=404)


def _answering(request: HttpRequest, found: DatePoll, user: User, back: Callable[[], HttpResponse]) -> HttpResponse:
    now = timezone.now()
    board = queries.board(found, user, now)
    asked = any(person.id == user.id for person in board.people)
    manages = request.user.is_authenticated and request.user.id == user.id and found.is_planned_by(user)
    ahead = [moment for moment in board.moments if not moment.passed]
    if request.method == "POST" and not (asked and found.answerable):
        # The verb knows why not, and who is not asked gets no further.
        tried(request, lambda: domain.vote(found.id, {}, by=user))
        return back()
    form = VoteForm(
        request.POST if request.method == "POST" else None,
        moments=[(moment.id, span(moment.starts_at, moment.ends_at)) for moment in ahead],
        own=board.own,
    )
    if request.method == "POST" and form.is_valid():
        try:
            _thank(request, domain.vote(found.id, form.says, by=user))
            return back()
        except Refused as refused:
            form.add_error(None, refused.message)
    clashes = queries.own_clashes(found, ahead, user) if asked and found.answerable else set()
    planner = found.talk.planned_by
    context: dict[str, Any] = {
        "poll": found,
        "person": user,
        "planner": planner,
        "board": board,
        "form": form,
        "choices": [(moment, form[form.name_of(moment.id)], moment.id in clashes) for moment in ahead],
        "may_answer": asked and found.answerable and bool(ahead),
        "answered": asked and bool(ahead) and all(moment.id in board.own for moment in ahead),
        "manages": manages,
        "may_choose": manages and found.state == PollState.OPEN,
        "reminds": manages and found.answerable and bool(board.left),
        "remind_from": again_from(found.reminded_at),
        "readers": queries.who_reads(found, {person.id for person in board.people}, planner),
        "signed_in": request.user.is_authenticated and request.user.id == user.id,
        # A talk can be moved after that: what counts is when it is now.
        "chosen": span(*found.talk.span) if found.chosen else "",
        "moved": found.chosen is not None and found.chosen.starts_at != found.talk.starts_at,
    }
    return render(request, "sessions_app/polls/poll.html", context)


def _thank(request: HttpRequest, left_out: int) -> None:
    messages.success(request, "Je antwoord is bewaard. Je kunt het nog veranderen.")
    if left_out:
        messages.warning(request, "Een moment dat je zag is er intussen niet meer bij, of voorbij.")


@signed_in
@require_http_methods(["GET", "POST"])
def choose(request: SignedIn, poll_id: UUID, option_id: UUID) -> HttpResponse:
    """Look over what closing on a moment does and mails; on POST do it."""
    found = load(DatePoll.objects.manageable_by(request.user).select_related("session__planned_by"), poll_id)
    session = found.talk
    if request.method == "POST":
        planned = tried(request, lambda: domain.close_poll(found.id, option_id, by=request.user))
        if planned is None:
            return _to_poll_or_draft(found)
        messages.success(request, "Het gesprek is gepland. De uitnodigingen gaan nu de deur uit.")
        return redirect("session", planned.id)
    board = queries.board(found, request.user, timezone.now())
    moment = next((moment for moment in board.moments if moment.id == option_id and not moment.passed), None)
    if found.state != PollState.OPEN or moment is None:
        if found.state == PollState.OPEN:
            messages.error(request, "Dit moment is voorbij, of er niet meer bij. Kies een ander.")
        return _to_poll_or_draft(found)
    participants = list(session.participants.select_related("user").order_by("user__name_sorted", "id"))
    if not participants:
        messages.error(request, "Wie je koos is vertrokken. Kies eerst wie erbij is.")
        return redirect("plan_who", session.id)
    example = next((person for person in participants if person.user_id != request.user.id), participants[0])
    session.starts_at, session.ends_at = moment.starts_at, moment.ends_at  # as it would be; nothing is kept
    example.session = session
    context = {
        "poll": found,
        "session": session,
        "moment": moment,
        "participants": participants,
        "example": example,
        "mail": invitation(example, preview=True),
    }
    return render(request, "sessions_app/polls/choose.html", context)


def _to_poll_or_draft(found: DatePoll) -> HttpResponse:
    """Lead to what there is of a poll now: itself, the talk that came of it, or the draft that it left."""
    now = DatePoll.objects.get(id=found.id)
    if now.state == PollState.OPEN:
        return redirect("poll", now.id)
    return redirect("session" if now.state == PollState.CLOSED else "plan_when", now.session_id)


@signed_in
@require_http_methods(["GET", "POST"])
def change(request: SignedIn, poll_id: UUID) -> HttpResponse:
    """Other moments, or more time to answer."""
    found = load(DatePoll.objects.manageable_by(request.user), poll_id)
    if found.state != PollState.OPEN:
        return _to_poll_or_draft(found)
    form = ChangeForm(request.POST or None, poll=found)
    if request.method == "POST" and not form.wants_more and form.is_valid():
        try:
            domain.change_poll(
                found.id, keep=form.kept, add=form.moments, last_day=form.cleaned_data["last_day"], by=request.user
            )
            messages.success(request, "De datumprikker is gewijzigd.")
            return redirect("poll", found.id)
        except Refused as refused:
            form.add_error(_field(refused), refused.message)
    return render(request, "sessions_app/polls/change.html", {"poll": found, "form": form})


@signed_in
@require_POST
def remind(request: SignedIn, poll_id: UUID) -> HttpResponse:
    """Remind those who did not answer."""
    found = load(DatePoll.objects.manageable_by(request.user), poll_id)
    reminded = tried(request, lambda: domain.remind(found.id, by=request.user))
    if reminded:
        messages.success(request, f"{reminded} {'mens krijgt' if reminded == 1 else 'mensen krijgen'} een herinnering.")
    return _to_poll_or_draft(found)


@signed_in
@require_http_methods(["GET", "POST"])
def withdraw(request: SignedIn, poll_id: UUID) -> HttpResponse:
    """Ask whether the poll is to stop; on POST stop it."""
    found = load(DatePoll.objects.manageable_by(request.user), poll_id)
    if request.method == "POST":
        if tried(request, lambda: domain.withdraw_poll(found.id, by=request.user)):
            messages.success(request, "De datumprikker is ingetrokken. Wie gevraagd was krijgt bericht.")
        return _to_poll_or_draft(found)
    if found.state != PollState.OPEN:
        return _to_poll_or_draft(found)
    return render(request, "sessions_app/polls/withdraw.html", {"poll": found})
