"""Guests from outside: asking them, their own page without an account, and what they said once it is over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content.models import Edition
from organisations.domain.errors import Refused
from organisations.models import Organisation, Team
from organisations.views.loading import SignedIn, limited_to, load, signed_in, tried
from sessions_app.domain import guests as domain
from sessions_app.forms.guests import AskGuestsForm, GuestForm
from sessions_app.models import GuestLink, GuestSheet
from sessions_app.models.guests import GUEST_SHEETS_KEPT
from sessions_app.queries import guests as queries


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def of_team(request: SignedIn, team_id: UUID) -> HttpResponse:
    """The questions of a team to guests, and asking another."""
    team = load(queries.teams_with_guests(request.user).select_related("organisation"), team_id)
    return _links(request, team.organisation, team)


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def of_organisation(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """The questions of a whole organisation to guests, and asking another."""
    return _links(request, load(Organisation.objects.visible_to(request.user), organisation_id), None)


def _links(request: SignedIn, organisation: Organisation, team: Team | None) -> HttpResponse:
    may = queries.may_ask(request.user, organisation, team)
    form = AskGuestsForm(request.POST if request.method == "POST" else None) if may else None
    if request.method == "POST" and form is None:
        raise Http404
    if form and form.is_valid():
        if limited := limited_to(request, "guest_link"):
            return limited
        try:
            link, token = domain.make_link(
                organisation, team, form.asking(), form_key=form.cleaned_data["form_key"], by=request.user
            )
            return _list(request, organisation, team, AskGuestsForm(), link, token)
        except Edition.DoesNotExist:
            form.add_error(None, "Er is nog geen uitgave gepubliceerd om iets over te vragen.")
        except Refused as refused:
            form.add_error(None, refused.message)
    return _list(request, organisation, team, form)


def _list(
    request: SignedIn,
    organisation: Organisation,
    team: Team | None,
    form: AskGuestsForm | None,
    made: GuestLink | None = None,
    token: str = "",
) -> HttpResponse:
    page = queries.links_of(organisation, team, request.GET.get("vanaf", ""))
    reads = set(
        GuestLink.objects.visible_to(request.user)
        .filter(id__in=[link.id for link in page.rows])
        .values_list("id", flat=True)
    )
    context: dict[str, Any] = {
        "organisation": organisation,
        "team": team,
        "form": form,
        "rows": [(link, link.id in reads) for link in page.rows],
        "next": page.more(),
        "made": made,
        "address": settings.SITE_URL + reverse("guest", args=[token]) if token else "",
        "home": reverse("team", args=[team.id]) if team else reverse("organisation", args=[organisation.id]),
        "k": organisation.smallest_group,
        "kept_months": GUEST_SHEETS_KEPT.days // 30,
    }
    return render(request, "sessions_app/guests/links.html", context)


@signed_in
@require_POST
def renew(request: SignedIn, link_id: UUID) -> HttpResponse:
    """Give a running question another link, and show it once."""
    found = load(GuestLink.objects.manageable_by(request.user).select_related("organisation", "team"), link_id)
    made = tried(request, lambda: domain.renew_link(found.id, by=request.user))
    if made is None:
        return redirect(_home(found))
    return _list(request, found.organisation, found.team, AskGuestsForm(), *made)


@signed_in
@require_POST
def end(request: SignedIn, link_id: UUID) -> HttpResponse:
    """End a question now."""
    found = load(GuestLink.objects.manageable_by(request.user), link_id)
    domain.end_link(found.id, by=request.user)
    messages.success(request, "De vraag is gestopt. De link werkt niet meer.")
    return redirect(_home(found))


def _home(link: GuestLink) -> str:
    if link.team_id:
        return reverse("team_guests", args=[link.team_id])
    return reverse("organisation_guests", args=[link.organisation_id])


@signed_in
@require_safe
def results(request: SignedIn, link_id: UUID) -> HttpResponse:
    """What guests said, apart from what colleagues say; nothing as long as the question runs."""
    ways = GuestLink.objects.visible_to(request.user).select_related("organisation", "team", "edition")
    link = load(ways, link_id)
    context = {
        "link": link,
        "results": queries.results(link) if link.ended else None,
        "may_hide": GuestLink.objects.hideable_by(request.user).filter(id=link.id).exists(),
        "back": _home(link),
        "k": link.smallest_group,
    }
    return render(request, "sessions_app/guests/results.html", context)


@signed_in
@require_POST
def hide(request: SignedIn, link_id: UUID, answer_id: UUID) -> HttpResponse:
    """Hide what a guest wrote, or show it again."""
    away = request.POST.get("doe") != "toon"
    domain.hide_words(link_id, answer_id, hide=away, by=request.user)
    messages.success(request, "De tekst is verborgen." if away else "De tekst is weer te lezen.")
    return redirect("guest_results", link_id)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def guest(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a guest, who has no account: what is asked, who reads it, and the sheet."""
    link = _found(token)
    if link.ended:
        return _unlisted(render(request, "sessions_app/guests/over.html", {"link": link}, status=410))
    items = queries.items_of(link.about, link.edition)
    form = GuestForm(link, items, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if limited := limited_to(request, "guest"):
            return limited
        try:
            sheet = domain.answer(token, form.sheet(), form_key=form.cleaned_data["form_key"])
            return _unlisted(redirect("guest_sheet", sheet.token))
        except Refused as refused:
            form.add_error(None, refused.message)
    context = {
        "link": link,
        "form": form,
        "k": link.smallest_group,
        "kept_months": GUEST_SHEETS_KEPT.days // 30,
    }
    return _unlisted(render(request, "sessions_app/guests/guest.html", context))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, token: str) -> HttpResponse:
    """Thank a guest; by POST take back what was sent in. It shows nothing of that."""
    try:
        found = GuestSheet.objects.by_token(token)
    except GuestSheet.DoesNotExist:
        raise Http404 from None
    context: dict[str, Any] = {"link": found.link, "gone": False, "refused": ""}
    if request.method == "POST":
        try:
            domain.take_back(token)
            context["gone"] = True
        except Refused as refused:
            context["refused"] = refused.message
    return _unlisted(render(request, "sessions_app/guests/thanks.html", context))


def _found(token: str) -> GuestLink:
    try:
        return GuestLink.objects.by_token(token)
    except GuestLink.DoesNotExist:
        raise Http404 from None


def _unlisted(response: HttpResponse) -> HttpResponse:
    # The address is a secret: no search engine keeps it, and no other site hears it. "no-referrer" would keep the
    # browser from naming its origin with the form, which the check against forgery asks for.
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response
