"""Coming in: the public form, the desk of who opens doors, and accepting an invitation."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lerend import keyset
from organisations import queries
from organisations.domain import invitations, joining
from organisations.domain.errors import Refused
from organisations.forms import ArrivalForm, BestuurderForm, JoinForm, JoinNameForm
from organisations.models import Invitation, JoinRequest, Organisation, User, opens_doors
from organisations.views.loading import SignedIn, limited_to, load, signed_in, tried

SHOWN_ORGANISATIONS = 100


@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """The public form on which an organisation asks to take part."""
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if limited := limited_to(request, "join"):
            return limited
        joining.ask_to_join(form.asking(), form_key=form.cleaned_data["form_key"])
        return redirect("join_done")
    return render(request, "organisations/join.html", {"form": form})


@require_safe
def join_done(request: HttpRequest) -> HttpResponse:
    """Say what happens next."""
    return render(request, "organisations/join_done.html")


@signed_in
@require_safe
def join_list(request: SignedIn) -> HttpResponse:
    """The requests to take part: open ones, or with ``?toon=besloten`` those that were decided on."""
    _only_who_opens_doors(request)
    decided = request.GET.get("toon") == "besloten"
    found = JoinRequest.objects.manageable_by(request.user).select_related("organisation")
    found = found.exclude(state=JoinRequest.State.OPEN) if decided else found.open()
    page = keyset.page(found, "created_at", request.GET.get("vanaf", ""), newest_first=True)
    context = {"requests": page.rows, "next": page.next, "decided": decided}
    return render(request, "organisations/join_list.html", context)


@signed_in
@require_POST
def join_approve(request: SignedIn, request_id: UUID) -> HttpResponse:
    """Let an organisation in with one click; where its name is taken, ask for another one."""
    found = load(JoinRequest.objects.manageable_by(request.user), request_id)
    form = JoinNameForm(request.POST if "name" in request.POST else {"name": found.name})
    if not form.is_valid():
        return render(request, "organisations/join_name.html", {"found": found, "form": form})
    try:
        organisation = joining.approve(found.id, name=form.cleaned_data["name"], by=request.user)
    except joining.NameTaken as taken:
        form.add_error("name", taken.message)
        return render(request, "organisations/join_name.html", {"found": found, "form": form})
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("join_list")
    messages.success(
        request, f"{organisation.name} doet mee. {found.contact_name} krijgt een uitnodiging als bestuurder."
    )
    return redirect("join_list")


@signed_in
@require_POST
def join_decline(request: SignedIn, request_id: UUID) -> HttpResponse:
    """Decline a request."""
    found = load(JoinRequest.objects.manageable_by(request.user), request_id)
    if tried(request, lambda: joining.decline(found.id, by=request.user)):
        messages.success(request, f"{found.name} is afgewezen. {found.contact_name} krijgt bericht.")
    return redirect("join_list")


@signed_in
@require_safe
def organisation_list(request: SignedIn) -> HttpResponse:
    """All organisations, for who opens doors: to find one whose bestuurder is gone."""
    _only_who_opens_doors(request)
    search = request.GET.get("zoek", "")[:120]
    found = list(queries.join_organisations(request.user, search)[: SHOWN_ORGANISATIONS + 1])
    context = {
        "organisations": found[:SHOWN_ORGANISATIONS],
        "more": len(found) > SHOWN_ORGANISATIONS,
        "search": search,
    }
    return render(request, "organisations/door_organisation_list.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def door_organisation(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """One organisation, for who opens doors: its bestuurders, and inviting another one."""
    found = load(Organisation.objects.supervised_by(request.user), organisation_id)
    bestuurders = queries.bestuurders_of(found)
    form = BestuurderForm(bestuurders, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def invite() -> Invitation:
            return invitations.invite_bestuurder(
                found.id, data["name"], data["email"], replaces=data["replaces"], by=request.user
            )

        if tried(request, invite):
            messages.success(request, f"{data['name']} krijgt een uitnodiging als bestuurder van {found.name}.")
            return redirect("door_organisation", found.id)
    context = {"organisation": found, "bestuurders": bestuurders, "form": form}
    return render(request, "organisations/door_organisation.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Open an invitation, and by POST accept it. The page is the same whether or not its address has an account.

    Who has no account yet is signed in; who has one signs in as always, so that a mail that was passed on opens nothing
    of theirs.
    """
    if request.method == "POST" and (limited := limited_to(request, "invitation")):
        return limited
    by = request.user if isinstance(request.user, User) else None
    try:
        found = invitations.by_token(token)
        form = ArrivalForm(request.POST if request.method == "POST" else None, initial={"name": found.name})
        if request.method == "POST" and form.is_valid():
            return _arrive(request, invitations.accept(token, name=form.cleaned_data["name"], by=by))
    except Invitation.DoesNotExist:
        return render(request, "organisations/invitation_gone.html", {"why": invitations.GONE}, status=404)
    except Refused as refused:
        return render(request, "organisations/invitation_gone.html", {"why": refused.message}, status=409)
    context = {
        "invitation": found,
        "form": form,
        "other": by is not None and by.email.lower() != found.email.lower(),
        "signed_in": by is not None,
    }
    return render(request, "organisations/invitation.html", context)


def _arrive(request: HttpRequest, arrival: invitations.Arrival) -> HttpResponse:
    welcome = f"Welkom bij {arrival.organisation.name}."
    if request.user.is_authenticated:
        messages.success(request, welcome)
        return redirect("today")
    if not arrival.new_account:
        messages.success(request, f"{welcome} Log in om verder te gaan.")
        return redirect("account_login")
    messages.success(request, f"{welcome} Je account is klaar. Inloggen gaat voortaan met een code per mail.")
    return cast(HttpResponse, perform_login(request, arrival.user, email=arrival.user.email))


def _only_who_opens_doors(request: Any) -> None:
    if not opens_doors(request.user):
        raise Http404
