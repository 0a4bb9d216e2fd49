"""The pilot: its public page, signing a team up, and the list and rounds of the NJi-programma."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from organisations.domain.errors import Refused
from organisations.models import NJI_GROUP, Team, in_group
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import pilot as verbs
from sessions_app.forms.pilot import RoundForm, SignupForm
from sessions_app.models import PilotRound, PilotSignup
from sessions_app.queries import pilot as queries

LARGEST_POSITION = 2**31 - 1
NOBODY = UUID(int=0)


@require_GET
def pilot(request: HttpRequest) -> HttpResponse:
    """What the pilot is, how many places are left, and for who runs a team how it stands with theirs."""
    page = queries.pilot_page(request.user, timezone.now())
    response = render(request, "sessions_app/pilot/pilot.html", {"page": page})
    if request.user.is_authenticated:
        response.headers["Cache-Control"] = "private, no-store"
    return response


@signed_in
@require_http_methods(["GET", "POST"])
def signup_new(request: SignedIn, round_id: UUID) -> HttpResponse:
    """Sign a team up."""
    round_ = load(PilotRound.objects.published(), round_id)
    if not Team.objects.manageable_by(request.user).exists():
        raise PermissionDenied("Een team aanmelden doet wie het team leidt, of een bestuurder. Vraag het hun.")
    form = SignupForm(request.POST or None, round=round_, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = verbs.sign_up(
                round_.id,
                form.cleaned_data["team"].id,
                form.details,
                form_key=form.cleaned_data["form_key"],
                by=request.user,
            )
        except Refused as refused:
            form.add_error("team", refused.message)
        else:
            if made.living:
                messages.success(request, "Je team is aangemeld. Je krijgt een mail als bevestiging.")
            return redirect("pilot_signup_detail", made.id)
    if request.method == "GET" and not round_.is_open(timezone.now()):
        messages.error(request, "Voor deze ronde kun je nu geen team aanmelden.")
        return redirect("pilot")
    return render(request, "sessions_app/pilot/signup_new.html", {"form": form, "round": round_})


@signed_in
@require_GET
def signup(request: SignedIn, signup_id: UUID) -> HttpResponse:
    """One sign-up: for the team's side and for the NJi-programma."""
    found = load(queries.with_standing(PilotSignup.objects.visible_to(request.user)), signup_id)
    context = {
        "signup": found,
        "own": PilotSignup.objects.manageable_by(request.user).filter(id=found.id).exists(),
        "awards": PilotSignup.objects.awardable_by(request.user).filter(id=found.id).exists(),
        "free": found.round.places.free().count(),
    }
    return render(request, "sessions_app/pilot/signup.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def withdraw(request: SignedIn, signup_id: UUID) -> HttpResponse:
    """Ask whether it is meant, then take the team off the list."""
    found = load(queries.with_standing(PilotSignup.objects.visible_to(request.user)), signup_id)
    if request.method == "POST":
        verbs.withdraw_signup(found.id, by=request.user)
        messages.success(request, f"De aanmelding van {found.team.name} is ingetrokken.")
        return redirect("pilot")
    if not PilotSignup.objects.manageable_by(request.user).filter(id=found.id).exists():
        raise PermissionDenied(verbs.ONLY_TEAM)
    if not found.living:
        return redirect("pilot_signup_detail", found.id)
    return render(request, "sessions_app/pilot/withdraw.html", {"signup": found})


@signed_in
@require_POST
def award(request: SignedIn, signup_id: UUID) -> HttpResponse:
    """Give a team a place."""
    found = load(PilotSignup.objects.visible_to(request.user).select_related("team"), signup_id)
    made = tried(request, lambda: verbs.award_place(found.id, by=request.user))
    if made is None:
        return redirect("pilot_signup_detail", found.id)
    messages.success(request, f"{found.team.name} heeft plek {made.place.number}. Het team krijgt een mail.")
    return redirect("pilot_list", found.round_id)


@signed_in
@require_http_methods(["GET", "POST"])
def take_back(request: SignedIn, signup_id: UUID) -> HttpResponse:
    """Ask whether it is meant, then undo an award."""
    found = load(queries.with_standing(PilotSignup.objects.visible_to(request.user)), signup_id)
    if request.method == "POST":
        verbs.take_back_award(found.id, by=request.user)
        messages.success(request, f"De plek van {found.team.name} is teruggenomen. Het team krijgt een mail.")
        return redirect("pilot_list", found.round_id)
    if not PilotSignup.objects.awardable_by(request.user).filter(id=found.id).exists():
        raise PermissionDenied(verbs.ONLY_PROGRAMME)
    if found.place is None:
        return redirect("pilot_signup_detail", found.id)
    return render(request, "sessions_app/pilot/take_back.html", {"signup": found})


@signed_in
@require_GET
def signup_list(request: SignedIn, round_id: UUID) -> HttpResponse:
    """The list of a round, for the NJi-programma."""
    round_ = load(PilotRound.objects.manageable_by(request.user), round_id)
    cursor = request.GET.get("na", "")
    position = min(int(cursor), LARGEST_POSITION) if cursor.isdecimal() and len(cursor) < 12 else 0
    places, free = queries.place_counts(round_)
    # Taken apart once: a list of links costs less so than with an address looked up for each.
    before, after = reverse("pilot_signup_detail", args=[NOBODY]).split(str(NOBODY))
    context = {
        "before": before,
        "after": after,
        "round": round_,
        "state": round_.state(timezone.now(), free),
        "places": places,
        "free": free,
        "count": queries.signup_count(round_),
        "page": queries.signup_page(round_, position, taken=places - free),
        "first": not position,
    }
    return render(request, "sessions_app/pilot/signup_list.html", context)


@signed_in
@require_POST
def move_up(request: SignedIn, round_id: UUID) -> HttpResponse:
    """Let one of the list stand one higher; the button tells which, and where it stood."""
    round_ = load(PilotRound.objects.manageable_by(request.user), round_id)
    signup_id, _, position = request.POST.get("hoger", "").partition(":")
    try:
        found = PilotSignup.objects.awardable_by(request.user).get(id=UUID(signup_id), round=round_)
        verbs.move_up(found.id, position=int(position), by=request.user)
    except ValueError:
        messages.error(request, "Kies welk team hoger moet staan.")
    return redirect("pilot_list", round_.id)


@signed_in
@require_http_methods(["GET", "POST"])
def round_new(request: SignedIn) -> HttpResponse:
    """Open a round."""
    if not in_group(request.user, NJI_GROUP):
        raise Http404
    form = RoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = tried(
            request, lambda: verbs.open_round(form.details, form_key=form.cleaned_data["form_key"], by=request.user)
        )
        if made:
            messages.success(request, "De ronde is gemaakt.")
            return redirect("pilot_list", made.id)
    return render(request, "sessions_app/pilot/round.html", {"form": form, "round": None})


@signed_in
@require_http_methods(["GET", "POST"])
def round_edit(request: SignedIn, round_id: UUID) -> HttpResponse:
    """Change a round."""
    round_ = load(PilotRound.objects.manageable_by(request.user), round_id)
    form = RoundForm(request.POST or None, round=round_)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.change_round(round_.id, form.details, by=request.user)
        except Refused as refused:
            form.add_error("places", refused.message)
        else:
            messages.success(request, "De ronde is gewijzigd.")
            return redirect("pilot_list", round_.id)
    return render(request, "sessions_app/pilot/round.html", {"form": form, "round": round_})
