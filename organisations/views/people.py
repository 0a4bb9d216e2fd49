"""Running an organisation: its people, invitations, teams, settings and trail, and leaving it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lerend import keyset
from organisations import queries
from organisations.domain import invitations, members, settings, teams
from organisations.forms import (
    CloseTeamForm,
    InviteForm,
    OwnNameForm,
    PlaceForm,
    RoleForm,
    SettingsForm,
    TeamForm,
    TeamsForm,
)
from organisations.models import (
    AUDIT_KEPT,
    DEPARTURE_LASTS,
    INVITATION_LASTS,
    AuditEntry,
    Invitation,
    Membership,
    Organisation,
    Team,
)
from organisations.queries import Reach
from organisations.views.loading import SignedIn, load, signed_in, tried

# How long things last, for the pages that tell it.
LASTS = {
    "invitation_days": INVITATION_LASTS.days,
    "departure_days": DEPARTURE_LASTS.days,
    "audit_years": AUDIT_KEPT.days // 365,
}


def reach_of(request: SignedIn, organisation_id: UUID) -> Reach:
    """Return what the visitor may do with the people of an organisation; 404 when they manage nobody there."""
    return Reach(request.user, load(Organisation.objects.manageable_by(request.user), organisation_id))


def _run(request: SignedIn, organisation_id: UUID) -> Reach:
    """Return the reach of a bestuurder; 404 for everybody else."""
    return Reach(request.user, load(Organisation.objects.run_by(request.user), organisation_id))


@signed_in
@require_safe
def people(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """The people whom the visitor manages, by name; ``?zoek=`` and ``?team=`` narrow the list."""
    reach = reach_of(request, organisation_id)
    search, team = request.GET.get("zoek", "")[:120], _uuid(request.GET.get("team", ""))
    page = queries.people_page(reach, search=search, team=team, cursor=request.GET.get("vanaf", ""))
    kept = {name: value for name, value in (("zoek", search), ("team", str(team or ""))) if value}
    context = {
        "organisation": reach.organisation,
        "reach": reach,
        "people": page.rows,
        "next": page.more(**kept),
        "search": search,
        "team": team,
        "narrowed": bool(kept) or bool(request.GET.get("vanaf")),
    }
    return render(request, "organisations/people.html", context)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _person(request: SignedIn, organisation_id: UUID, membership_id: UUID) -> tuple[Reach, Membership]:
    reach = reach_of(request, organisation_id)
    found = Membership.objects.manageable_by(request.user).filter(organisation=reach.organisation)
    return reach, load(found.select_related("user", "organisation"), membership_id)


@signed_in
@require_http_methods(["GET", "POST"])
def person(request: SignedIn, organisation_id: UUID, membership_id: UUID) -> HttpResponse:
    """One member: their roles, and by POST another one."""
    reach, found = _person(request, organisation_id, membership_id)
    sent = request.POST if request.method == "POST" else None
    role_form = RoleForm(reach, sent if sent and "rol-role" in sent else None, initial={"role": found.role})
    place_form = PlaceForm(reach, found, sent if sent and "plaats-role" in sent else None)
    if role_form.is_bound and role_form.is_valid():
        if tried(request, lambda: members.change_role(found.id, role_form.cleaned_data["role"], by=request.user)):
            messages.success(request, f"De rol van {found.user.name} is gewijzigd.")
        return _after_change(request, found)
    if place_form.is_bound and place_form.is_valid():
        data = place_form.cleaned_data
        leaves = data["leaves"].id if data["leaves"] else None
        if tried(
            request,
            lambda: members.place_in_team(found.id, data["team"].id, data["role"], leaves=leaves, by=request.user),
        ):
            messages.success(request, f"{found.user.name} is nu {data['role']} in {data['team'].name}.")
        return _after_change(request, found)
    context = {
        "organisation": reach.organisation,
        "reach": reach,
        "person": found,
        "places": queries.places_of(found),
        "role_form": role_form,
        "place_form": place_form,
        "form": place_form if place_form.is_bound else role_form,
        "oneself": found.user_id == request.user.id,
        **LASTS,
    }
    return render(request, "organisations/person.html", context)


def _after_change(request: SignedIn, found: Membership) -> HttpResponse:
    """Go back to the person, or to the list when that person is no longer the visitor's to manage."""
    if Membership.objects.manageable_by(request.user).filter(id=found.id).exists():
        return redirect("person", found.organisation_id, found.id)
    if Organisation.objects.manageable_by(request.user).filter(id=found.organisation_id).exists():
        return redirect("people", found.organisation_id)
    return redirect("today")


@signed_in
@require_POST
def person_out_of_team(request: SignedIn, organisation_id: UUID, membership_id: UUID) -> HttpResponse:
    """Take a member out of a team."""
    reach, found = _person(request, organisation_id, membership_id)
    team = get_object_or_404(Team.objects.filter(id__in=reach.teams), id=_uuid(request.POST.get("team", "")))
    members.take_out_of_team(found.id, team.id, by=request.user)
    messages.success(request, f"{found.user.name} is uit {team.name}.")
    return _after_change(request, found)


@signed_in
@require_http_methods(["GET", "POST"])
def person_remove(request: SignedIn, organisation_id: UUID, membership_id: UUID) -> HttpResponse:
    """Ask whether it is meant, then take somebody out of the organisation."""
    reach = _run(request, organisation_id)
    found = load(reach.organisation.memberships.select_related("user"), membership_id)
    if found.user_id == request.user.id:
        return redirect("leave_organisation", organisation_id)
    if request.method == "POST":
        if tried(request, lambda: members.end_membership(found.id, by=request.user)):
            messages.success(request, f"{found.user.name} hoort niet meer bij {reach.organisation.name}.")
            return redirect("people", organisation_id)
        return redirect("person", organisation_id, found.id)
    return render(
        request, "organisations/person_remove.html", {"organisation": reach.organisation, "person": found, **LASTS}
    )


@signed_in
@require_http_methods(["GET", "POST"])
def leave_organisation(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """Ask whether it is meant, then end one's own membership."""
    found = load(Organisation.objects.visible_to(request.user), organisation_id)
    own = Membership.objects.get(organisation=found, user=request.user)
    if request.method == "POST":
        if tried(request, lambda: members.end_membership(own.id, by=request.user)):
            messages.success(request, f"Je hoort niet meer bij {found.name}.")
            return redirect("today")
        return redirect("leave_organisation", organisation_id)
    return render(request, "organisations/leave.html", {"organisation": found, **LASTS})


@signed_in
@require_http_methods(["GET", "POST"])
def account_name(request: SignedIn) -> HttpResponse:
    """Change one's own name."""
    form = OwnNameForm(request.POST if request.method == "POST" else None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        members.change_own_name(form.cleaned_data["name"], by=request.user)
        messages.success(request, "Je naam is gewijzigd. Zo zien collega's je nu.")
        return redirect("account_home")
    return render(request, "account/name.html", {"form": form})


@signed_in
@require_http_methods(["GET", "POST"])
def invite(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """Invite one person."""
    reach = reach_of(request, organisation_id)
    form = InviteForm(reach, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = tried(request, lambda: invitations.invite(organisation_id, form.invitee(), by=request.user))
        if made:
            messages.success(request, f"{made.name} krijgt een mail op {made.email}.")
            return redirect("invitation_list", organisation_id)
    return render(
        request,
        "organisations/invite.html",
        {"organisation": reach.organisation, "reach": reach, "form": form, **LASTS},
    )


@signed_in
@require_safe
def invitation_list(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """The invitations that wait, or with ``?toon=alle`` also those that were accepted or withdrawn."""
    reach = reach_of(request, organisation_id)
    every = request.GET.get("toon") == "alle"
    found = Invitation.objects.manageable_by(request.user).filter(organisation=reach.organisation)
    found = (found if every else found.living()).select_related("team")
    page = keyset.page(found, "created_at", request.GET.get("vanaf", ""), newest_first=True)
    context = {
        "organisation": reach.organisation,
        "reach": reach,
        "rows": queries.invitation_rows(page.rows),
        "next": page.more(**({"toon": "alle"} if every else {})),
        "every": every,
    }
    return render(request, "organisations/invitation_list.html", context)


def _invitation(request: SignedIn, organisation_id: UUID, invitation_id: UUID) -> Invitation:
    return load(Invitation.objects.manageable_by(request.user).filter(organisation=organisation_id), invitation_id)


@signed_in
@require_POST
def invitation_again(request: SignedIn, organisation_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again."""
    found = _invitation(request, organisation_id, invitation_id)
    if tried(request, lambda: invitations.send_again(found.id, by=request.user)):
        messages.success(request, f"{found.name} krijgt een nieuwe mail. De link in de vorige werkt niet meer.")
    return redirect("invitation_list", organisation_id)


@signed_in
@require_POST
def invitation_withdraw(request: SignedIn, organisation_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Withdraw an invitation."""
    found = _invitation(request, organisation_id, invitation_id)
    if tried(request, lambda: invitations.withdraw(found.id, by=request.user)):
        messages.success(request, f"De uitnodiging van {found.name} is ingetrokken.")
    return redirect("invitation_list", organisation_id)


@signed_in
@require_http_methods(["GET", "POST"])
def team_list(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """The teams, for a bestuurder; by POST new ones."""
    reach = _run(request, organisation_id)
    form = TeamsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = tried(request, lambda: teams.make_teams(organisation_id, form.lines(), by=request.user))
        if made:
            messages.success(request, f"Nieuw: {', '.join(team.name for team in made)}.")
        elif made is not None:
            messages.info(request, "Deze teams waren er al.")
        if made is not None:
            return redirect("team_list", organisation_id)
    context = {
        "organisation": reach.organisation,
        "reach": reach,
        "teams": queries.teams_with_sizes(reach.organisation),
        "closed": queries.teams_with_sizes(reach.organisation, closed=True),
        "form": form,
    }
    return render(request, "organisations/team_list.html", context)


def _team(request: SignedIn, team_id: UUID) -> Team:
    return load(Team.objects.run_by(request.user).open().select_related("organisation"), team_id)


@signed_in
@require_http_methods(["GET", "POST"])
def team_edit(request: SignedIn, team_id: UUID) -> HttpResponse:
    """Give a team another name."""
    found = _team(request, team_id)
    form = TeamForm(request.POST if request.method == "POST" else None, initial={"name": found.name})

    def rename() -> Team:
        return teams.rename_team(found.id, form.cleaned_data["name"], by=request.user)

    if request.method == "POST" and form.is_valid() and tried(request, rename) is not None:
        messages.success(request, "De naam is gewijzigd.")
        return redirect("team_list", found.organisation_id)
    return render(
        request, "organisations/team_edit.html", {"organisation": found.organisation, "team": found, "form": form}
    )


@signed_in
@require_http_methods(["GET", "POST"])
def team_close(request: SignedIn, team_id: UUID) -> HttpResponse:
    """Ask where its people go, then close a team or merge it."""
    found = _team(request, team_id)
    form = CloseTeamForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        into = form.cleaned_data["into"]
        if tried(request, lambda: teams.close_team(found.id, into=into.id if into else None, by=request.user)):
            done = f"is samengegaan met {into.name}" if into else "is gesloten"
            messages.success(request, f"{found.name} {done}.")
            return redirect("team_list", found.organisation_id)
    context = {
        "organisation": found.organisation,
        "team": found,
        "form": form,
        "size": found.team_memberships.count(),
    }
    return render(request, "organisations/team_close.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def organisation_settings(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """What a bestuurder sets for the organisation."""
    reach = _run(request, organisation_id)
    form = SettingsForm(reach.organisation, request.POST if request.method == "POST" else None)

    def change() -> Organisation:
        return settings.change_organisation(organisation_id, **form.cleaned_data, by=request.user)

    if request.method == "POST" and form.is_valid() and tried(request, change) is not None:
        messages.success(request, "De instellingen zijn bewaard.")
        return redirect("organisation_settings", organisation_id)
    context = {"organisation": reach.organisation, "reach": reach, "form": form}
    return render(request, "organisations/settings.html", context)


@signed_in
@require_safe
def audit_trail(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """Who changed what in who can see what, newest first; for the bestuurders of the organisation."""
    reach = _run(request, organisation_id)
    entries = AuditEntry.objects.visible_to(request.user).filter(organisation=reach.organisation)
    page = keyset.page(entries, "at", request.GET.get("vanaf", ""), newest_first=True, size=50)
    context = {
        "organisation": reach.organisation,
        "reach": reach,
        "entries": page.rows,
        "next": page.more(),
        "first_page": not request.GET.get("vanaf"),
        **LASTS,
    }
    return render(request, "organisations/audit_trail.html", context)
