"""Planning in three short steps: what, who and where, when and check."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from content.models import ConversationTemplate, Kind
from lerend.mail.kinds import Rendered
from organisations.domain.errors import Refused
from organisations.models import Organisation, TeamMembership
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import planning, repeating
from sessions_app.forms.planning import StepFormSet, WhatForm, WhenForm, WhoForm
from sessions_app.forms.series import DatesForm, RepeatForm
from sessions_app.mail.series import invitation_to_series
from sessions_app.mail.sessions import invitation
from sessions_app.models import Part, Participant, Session, State
from sessions_app.queries import polls
from sessions_app.queries.planning import Standing, organisations_to_plan_in
from sessions_app.queries.recurrence import rule_words
from sessions_app.queries.season import kinds as season_kinds


@signed_in
@require_http_methods(["GET", "POST"])
def what(request: SignedIn) -> HttpResponse:
    """Step 1: choose the talk. Sending the same form twice leads to the same draft."""
    organisations = list(organisations_to_plan_in(request.user))
    if not organisations:
        return render(request, "sessions_app/plan_nowhere.html")
    organisation = chosen_organisation(organisations, request.GET.get("organisatie", ""))
    if organisation is None:
        return render(request, "sessions_app/plan_organisation.html", {"organisations": organisations})
    standing = Standing(request.user, organisation)
    templates = ConversationTemplate.objects.usable_by(request.user, organisation).filter(kind__in=standing.kinds)
    # From the picture of a round over the wolkjes: the talk, the wolkje and the team are known already.
    about = id_in(request, "wolkje")
    kind = Kind.WOLKJES if about else request.GET.get("soort")
    asked = id_in(request, "sjabloon")
    suggested = next((template.id for template in templates if template.id == asked or template.kind == kind), None)
    form = WhatForm(
        request.POST or None, templates=templates, organisation=organisation, initial={"template": suggested}
    )
    if request.method == "POST" and form.is_valid():
        try:
            session = planning.start_draft(
                form.cleaned_data["template"].id,
                organisation,
                form.cleaned_data["form_key"],
                about=about,
                by=request.user,
            )
            if session.state != State.DRAFT:
                return redirect("session", session.id)
            team = id_in(request, "team")
            return redirect(reverse("plan_who", args=[session.id]) + (f"?team={team}" if team else ""))
        except Refused as refused:
            form.add_error("template", refused.message)
    context = {
        "form": form,
        "organisation": organisation,
        "several": len(organisations) > 1,
        "may_change_templates": standing.runs or bool(standing.leads),
        "may_plan_seasons": bool(season_kinds(standing)),
    }
    return render(request, "sessions_app/plan_what.html", context)


def id_in(request: SignedIn, name: str) -> UUID | None:
    """Return the id that the address has under ``name``; None for nothing, or for what is no id."""
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None


def chosen_organisation(organisations: list[Organisation], chosen: str) -> Organisation | None:
    """Return the only one of ``organisations``, or the one whose id was ``chosen``; None while that is open."""
    if len(organisations) == 1:
        return organisations[0]
    return next((organisation for organisation in organisations if str(organisation.id) == chosen), None)


@dataclass(frozen=True)
class Group:
    """A team and those of its people who can be chosen, for the list of step 2."""

    id: UUID | None
    name: str
    whole: bool
    people: list[tuple[UUID, str, bool]]
    checked: bool = False
    size: int = 0

    @property
    def shows_chosen(self) -> bool:
        """Whether somebody here is chosen, so that the list must stand open."""
        return self.checked or any(checked for _, _, checked in self.people)


def groups(
    standing: Standing, session: Session, people: set[str], teams: set[str], *, without: Collection[UUID] = ()
) -> list[Group]:
    """Return everyone who can be chosen but the users ``without``, by team; who is in no team comes last."""
    memberships = {
        membership.id: membership
        for membership in standing.people(session.kind)
        .exclude(user__in=without)
        .select_related("user")
        .order_by("user__name_sorted", "id")
    }
    whole = {team.id: team for team in standing.teams(session.kind).order_by("organisation__name", "name")}
    places = (
        TeamMembership.objects.in_open_teams()
        .filter(membership__in=memberships)
        .select_related("team")
        .order_by("team__name", "team_id", "membership__user__name_sorted")
    )
    sizes: dict[UUID, int] = {}
    for team_id in TeamMembership.objects.filter(team__in=whole).values_list("team_id", flat=True):
        sizes[team_id] = sizes.get(team_id, 0) + 1

    def row(membership_id: UUID) -> tuple[UUID, str, bool]:
        return membership_id, memberships[membership_id].user.name, str(membership_id) in people

    several = len({team.organisation_id for team in whole.values()}) > 1
    found, in_team = [], set()
    by_team = {
        team: [place.membership_id for place in rows]
        for team, rows in groupby(places, key=lambda place: (place.team_id, place.team.name))
    }
    for (team_id, name), ids in by_team.items():
        in_team.update(ids)
        found.append(
            Group(team_id, name, team_id in whole, [row(i) for i in ids], str(team_id) in teams, sizes.get(team_id, 0))
        )
    shown = {group.id for group in found}
    for team in whole.values():
        if team.id not in shown:
            name = f"{team.name}, {team.organisation.name}" if several else team.name
            found.append(Group(team.id, name, True, [], str(team.id) in teams, sizes.get(team.id, 0)))
    rest = [row(membership_id) for membership_id in memberships if membership_id not in in_team]
    if rest:
        found.append(Group(None, "Zonder team" if found else "Collega's", False, rest))
    return found


@signed_in
@require_http_methods(["GET", "POST"])
def who(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Step 2: with whom and where."""
    session = load(Session.objects.manageable_by(request.user).select_related("organisation"), session_id)
    if session.state != State.DRAFT:
        return redirect("session", session.id)
    standing = Standing(request.user, session.organisation)
    form = WhoForm(request.POST or None, standing=standing, session=session, initial=_who_initial(session, request))
    if request.method == "POST" and form.is_valid():
        try:
            planning.set_people(
                session.id,
                people=[membership.id for membership in form.cleaned_data["people"]],
                teams=[team.id for team in form.cleaned_data["teams"]],
                join=form.cleaned_data.get("join", True),
                planner_interviews=form.planner_interviews,
                place=form.cleaned_data["place"],
                link=form.cleaned_data["link"],
                by=request.user,
            )
            running = polls.running_about(session)
            return redirect("poll", running.id) if running else redirect("plan_when", session.id)
        except Refused as refused:
            form.add_error("people", refused.message)
    chosen = set(request.POST.getlist("people")) if request.method == "POST" else _chosen_people(session)
    teams = set(request.POST.getlist("teams")) if request.method == "POST" else _chosen_teams(session, request)
    context = {
        "form": form,
        "session": session,
        "groups": groups(standing, session, chosen - teams, teams),
        "poll": polls.running_about(session),
    }
    return render(request, "sessions_app/plan_who.html", context)


def _who_initial(session: Session, request: SignedIn) -> dict[str, object]:
    initial: dict[str, object] = {"place": session.place, "link": session.link}
    if session.participant_count:
        own = session.participants.filter(user=request.user).first()
        initial["join"] = own is not None
        if own:
            initial["interviews"] = {Part.INTERVIEWER: "planner", Part.INTERVIEWEE: "other"}.get(
                Part(own.part), "nobody"
            )
    return initial


def _chosen_people(session: Session) -> set[str]:
    users = session.participants.filter(team=None).values_list("user_id", flat=True)
    found = session.organisation.memberships.filter(user__in=users).values_list("id", flat=True)
    return {str(membership_id) for membership_id in found}


def _chosen_teams(session: Session, request: SignedIn) -> set[str]:
    if not session.participant_count and (team := id_in(request, "team")):
        return {str(team)}
    return {str(team) for team in session.participants.exclude(team=None).values_list("team_id", flat=True)}


@signed_in
@require_http_methods(["GET", "POST"])
def when(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Step 3: when, and with which steps."""
    session = load(Session.objects.manageable_by(request.user).select_related("series"), session_id)
    if session.state != State.DRAFT:
        return redirect("session", session.id)
    running = polls.running_about(session)
    if running:
        return redirect("poll", running.id)
    if not session.participant_count:
        return redirect("plan_who", session.id)
    form = WhenForm(request.POST or None, initial={"starts_at": session.starts_at})
    starts_at = form.cleaned_data.get("starts_at") if form.is_valid() else session.starts_at
    repeat = RepeatForm(request.POST or None, starts_at=starts_at, series=session.series)
    steps = StepFormSet(request.POST or None, queryset=session.steps.all(), prefix="stap")
    if request.method == "POST" and all([form.is_valid(), repeat.is_valid(), steps.is_valid()]):
        try:
            planning.set_moment(
                session.id,
                starts_at=form.cleaned_data["starts_at"],
                steps=step_changes(steps),
                repeat=repeat.cleaned_data["repeat"],
                by=request.user,
            )
            return redirect("plan_check", session.id)
        except Refused as refused:
            form.add_error("starts_at", refused.message)
    context = {"form": form, "repeat": repeat, "steps": steps, "session": session}
    return render(request, "sessions_app/plan_when.html", context)


def step_changes(steps: Any) -> list[planning.StepChange]:
    """Return what a valid ``StepFormSet`` makes of the steps."""
    return [
        planning.StepChange(
            id=step.instance.id,
            title=step.cleaned_data["title"],
            minutes=step.cleaned_data["minutes"],
            keep=step.cleaned_data["keep"],
        )
        for step in steps.initial_forms
    ]


@signed_in
@require_http_methods(["GET", "POST"])
def check(request: SignedIn, session_id: UUID) -> HttpResponse:
    """The end of step 3: see exactly what will be mailed, then plan it. Of a series, dates can be left out first."""
    ways = Session.objects.manageable_by(request.user).select_related("planned_by", "organisation", "series")
    session = load(ways, session_id)
    if session.state == State.DRAFT and (session.starts_at is None or not session.participant_count):
        return redirect("plan_when", session.id)
    dates = _dates(request, session) if session.state == State.DRAFT and session.series else None
    sends = request.method == "POST" and "bekijk" not in request.POST
    if sends and (dates is None or dates.is_valid()):
        kept = dates.kept if dates else None
        planned = tried(request, lambda: planning.plan_session(session.id, dates=kept, by=request.user))
        if planned is None:
            return redirect("plan_who", session.id)
        what = f"De reeks van {len(kept)} gesprekken" if kept and len(kept) > 1 else "Het gesprek"
        messages.success(request, f"{what} is gepland. De uitnodigingen gaan nu de deur uit.")
        return redirect("session", session.id)
    if session.state != State.DRAFT:
        return redirect("session", session.id)
    participants = list(session.participants.select_related("user").order_by("user__name_sorted", "id"))
    example = next((person for person in participants if person.user_id != request.user.id), participants[0])
    context = {
        "session": session,
        "participants": participants,
        "example": example,
        "mail": _example(example, session, dates),
        "kept": dates,
        "rule": rule_words(session.series) if session.series else "",
        "steps": session.steps.all(),
        "reminders": session.reminders.all(),
    }
    return render(request, "sessions_app/plan_check.html", context)


def _dates(request: SignedIn, session: Session) -> DatesForm:
    starts_at, ends_at = session.span
    moments = repeating.moments_of(session)
    data = request.POST if request.method == "POST" else None
    return DatesForm(data, moments=moments, length=ends_at - starts_at)


def _example(example: Participant, session: Session, dates: DatesForm | None) -> Rendered:
    """Return the mail as it would go to ``example``, with the dates that are ticked."""
    example.session = session
    if dates is None or session.series is None:
        return invitation(example, preview=True)
    kept = dates.kept if dates.is_bound and dates.is_valid() else list(dates.by_name.values())
    talks = [repeating.copy_of(session, number, moment) for number, moment in enumerate(kept)]
    if len(talks) == 1:
        session.starts_at, session.ends_at = talks[0].span
        return invitation(example, preview=True)
    places = [Participant(session=talk, user=example.user, part=example.part) for talk in talks]
    return invitation_to_series(session.series, places, preview=True)


@signed_in
@require_POST
def discard(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    session = load(Session.objects.manageable_by(request.user), session_id)
    tried(request, lambda: planning.discard_draft(session.id, by=request.user))
    return redirect("session_list")
