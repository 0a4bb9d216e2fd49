"""Planning talks with many people in one go: what, who, when, the plan, and sending it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from content.models import ConversationTemplate, Kind
from lerend import keyset
from organisations.domain.errors import Refused
from organisations.models import Membership, Role, TeamMembership
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import season as domain
from sessions_app.domain.reminders import moments_for
from sessions_app.forms.planning import WhatForm
from sessions_app.forms.season import ME, OTHERS, BlockFormSet, PlanForm, SeasonTimesForm, SeasonWhoForm, blocks_initial
from sessions_app.mail.sessions import invitation
from sessions_app.models import Season
from sessions_app.queries import season as queries
from sessions_app.queries.planning import Standing
from sessions_app.queries.sessions import ROW_FIELDS, as_rows
from sessions_app.views.planning import chosen_organisation, id_in

# Where the buttons of the plan lead to, once what was typed is kept.
ONWARD = {"plan": "season", "wie": "season_who", "wanneer": "season_when"}
CHOSEN = ("people", "teams", "partners")
# Laying out and changing tell when people are taken: often enough to plan with, too little to spy out somebody's weeks.
# So does choosing with whom the talks are: a moment that was chosen stays.
TOO_OFTEN = "Je liet het plan heel vaak nakijken. Je werk is er nog. Ga over een uur verder, of anders morgen."


@signed_in
@require_http_methods(["GET", "POST"])
def start(request: SignedIn) -> HttpResponse:
    """Step 1: which talk. It also lists what one has begun."""
    organisations = list(queries.organisations_of(request.user))
    if not organisations:
        raise PermissionDenied(domain.NOT_YOURS)
    organisation = chosen_organisation(organisations, request.GET.get("organisatie", ""))
    if organisation is None:
        return render(request, "sessions_app/plan_organisation.html", {"organisations": organisations})
    standing = Standing(request.user, organisation)
    templates = ConversationTemplate.objects.usable_by(request.user, organisation)
    templates = templates.filter(kind__in=queries.kinds(standing))
    kind = request.GET.get("soort")
    suggested = next((template.id for template in templates if template.kind == kind), None)
    form = WhatForm(
        request.POST or None, templates=templates, organisation=organisation, initial={"template": suggested}
    )
    if request.method == "POST" and form.is_valid():
        template, form_key = form.cleaned_data["template"], form.cleaned_data["form_key"]
        try:
            season = domain.start(template.id, organisation, form_key, by=request.user)
            team = id_in(request, "team")
            return redirect(reverse("season_who", args=[season.id]) + (f"?team={team}" if team else ""))
        except Refused as refused:
            form.add_error("template", refused.message)
    context = {
        "form": form,
        "organisation": organisation,
        "several": len(organisations) > 1,
        "seasons": queries.seasons_of(request.user, organisation),
    }
    return render(request, "sessions_app/season/start.html", context)


def _load(request: SignedIn, season_id: UUID) -> tuple[Season, Standing]:
    """Return a season of this person and what they may plan there; refuses who may not plan it any more."""
    season = load(Season.objects.manageable_by(request.user).select_related("organisation", "template"), season_id)
    standing = Standing(request.user, season.organisation)
    if season.sent_at is None and season.template.kind not in queries.kinds(standing):
        raise PermissionDenied(domain.NOT_YOURS)
    return season, standing


def _too_often(request: SignedIn) -> bool:
    return not ratelimit.consume(request, action="season")


@signed_in
@require_http_methods(["GET", "POST"])
def who(request: SignedIn, season_id: UUID) -> HttpResponse:
    """Step 2: the people, and with whom they talk."""
    season, standing = _load(request, season_id)
    if season.sent_at:
        return redirect("season", season.id)
    new = _new_here(season, standing)
    initial = _who_initial(request, season, standing, new)
    form = SeasonWhoForm(request.POST or None, standing=standing, season=season, initial=initial)
    if request.method == "POST" and form.is_valid():
        if _too_often(request):
            form.add_error(None, TOO_OFTEN)
        else:
            try:
                domain.set_people(
                    season.id,
                    people=form.chosen_people,
                    partners=form.chosen_partners,
                    asks=form.cleaned_data["asks"],
                    by=request.user,
                )
                return redirect("season_when", season.id)
            except Refused as refused:
                form.add_error("people", refused.message)
    shown = queries.teams(standing)
    kind = season.template.kind
    chosen = {name: _ids(form[name].value()) for name in form.fields if name in CHOSEN}
    context = {
        "form": form,
        "season": season,
        "groups": queries.groups(queries.people(standing, kind), shown),
        "chosen": chosen,
        "new": new,
    }
    if form.may_stay_out:
        context["partner_groups"] = queries.groups(queries.partners(standing, kind), shown)
    return render(request, "sessions_app/season/who.html", context)


def _ids(values: Iterable[object] | None) -> set[UUID]:
    """Return what stands chosen in a field as ids; what is none, as somebody may send, is left out."""
    found = set()
    for value in values or ():
        with suppress(ValueError):
            found.add(UUID(str(value)))
    return found


def _new_here(season: Season, standing: Standing) -> set[UUID]:
    """Return who joined lately, for an inwerkinterview."""
    if season.template.kind != Kind.INWERK:
        return set()
    reach = queries.people(standing, Kind.INWERK)
    return set(queries.newcomers(reach, timezone.now()).values_list("id", flat=True))


def _who_initial(request: SignedIn, season: Season, standing: Standing, new: set[UUID]) -> dict[str, object]:
    """Return who stands chosen: as it was, or the team one came from, or for an inwerkinterview who is new."""
    kind = season.template.kind
    reach = queries.people(standing, kind)
    talks = list(season.talks.values_list("member_id", "partner_id"))
    partners: set[UUID] = set()
    if talks:
        people = {member for member, _ in talks}
        partners = {partner for _, partner in talks if partner}
    else:
        team = id_in(request, "team")
        of_team = reach.filter(team_memberships__team__in=queries.teams(standing).filter(id=team)) if team else reach
        people = set(of_team.values_list("id", flat=True)) if team else set()
        if kind == Kind.INWERK:
            people = people & new if team else new
            partners = _experienced(standing, people, new)
    own = Membership.objects.filter(organisation=season.organisation, user=request.user).values_list("id", flat=True)
    by_others = partners - set(own) if talks else partners or standing.role == Role.PLANNER
    return {
        "people": people,
        "partners": partners,
        "company": OTHERS if by_others else ME,
        "asks": season.asks,
    }


def _experienced(standing: Standing, people: set[UUID], new: set[UUID]) -> set[UUID]:
    """Return the colleagues who are not new in the teams of these newcomers."""
    teams = TeamMembership.objects.in_open_teams().filter(membership__in=people).values("team")
    places = TeamMembership.objects.filter(team__in=teams, role=Role.PROFESSIONAL)
    reach = queries.partners(standing, Kind.INWERK).filter(id__in=places.values("membership"))
    return set(reach.exclude(id__in=new).values_list("id", flat=True))


@signed_in
@require_http_methods(["GET", "POST"])
def when(request: SignedIn, season_id: UUID) -> HttpResponse:
    """Step 3: how long, where, and the blocks of time; then the talks are laid out."""
    season, _ = _load(request, season_id)
    if season.sent_at:
        return redirect("season", season.id)
    if not season.talks.exists():
        return redirect("season_who", season.id)
    initial = {"length": season.length, "pause": season.pause, "place": season.place, "link": season.link}
    form = SeasonTimesForm(request.POST or None, steps=season.template.steps.count(), initial=initial)
    sent = _with_more_blocks(request)
    # What was sent stands by itself: a page from before (the browser's back) knows less of what is kept now.
    blocks = BlockFormSet(sent, initial=None if sent else blocks_initial(season), prefix="blok")
    if request.method == "POST" and "meer" not in request.POST and form.is_valid() & blocks.is_valid():
        if _too_often(request):
            form.add_error(None, TOO_OFTEN)
        else:
            try:
                domain.set_times(season.id, **form.cleaned_data, blocks=blocks.spans, by=request.user)  # type: ignore[attr-defined]
                return redirect("season", season.id)
            except Refused as refused:
                form.add_error(None, refused.message)
    if "meer" in request.POST:
        # They asked for room to go on: nothing is wrong yet.
        for part in (form, *blocks.forms):
            part.errors.clear()
        blocks.non_form_errors().clear()
    context = {"form": form, "blocks": blocks, "season": season, "talk_count": season.talks.count()}
    return render(request, "sessions_app/season/when.html", context)


def _with_more_blocks(request: SignedIn) -> dict[str, str] | None:
    """Return what was sent, with three empty blocks more when that is what was asked for."""
    if request.method != "POST":
        return None
    data = {name: str(value) for name, value in request.POST.items()}
    total = data.get("blok-TOTAL_FORMS", "")
    if "meer" in data and total.isdecimal():
        data["blok-TOTAL_FORMS"] = str(int(total[:4]) + 3)
    return data


@signed_in
@require_http_methods(["GET", "POST"])
def season(request: SignedIn, season_id: UUID) -> HttpResponse:
    """Step 4: the plan, to change by typing or dragging. Once sent: how far the mail is, and what is coming."""
    found, standing = _load(request, season_id)
    if found.sent_at:
        return _sent(request, found)
    talks = queries.talks_of(found)
    if not talks:
        return redirect("season_who", found.id)
    if not found.blocks.exists():
        return redirect("season_when", found.id)
    form = PlanForm(request.POST or None, talks=talks)
    if request.method == "POST" and form.is_valid():
        if _too_often(request):
            form.add_error(None, TOO_OFTEN)
        else:
            try:
                wrong = domain.set_choices(found.id, form.choices, by=request.user)
                asked = request.POST.get("naar", "")
                if asked == "plan" and not wrong:
                    all_set = all(choice.starts_at for choice in form.choices.values())
                    messages.success(request, f"Bewaard. {'Zo past het.' if all_set else 'Wat is ingevuld, past.'}")
                onward = ONWARD.get(asked, "season" if wrong else "season_check")
                return redirect(onward, found.id)
            except Refused as refused:
                form.add_error(None, refused.message)
    troubles = {} if form.is_bound else queries.troubles(found, standing, talks)
    rows = list(form.rows(troubles))
    context = {
        "season": found,
        "form": form,
        "without": [row for row in rows if not row.talk.starts_at],
        "rows": [row for row in rows if row.talk.starts_at],
        "wrong": [row for row in rows if row.errors],
    }
    return render(request, "sessions_app/season/plan.html", context)


def _sent(request: SignedIn, found: Season) -> HttpResponse:
    now = timezone.now()
    talks = queries.sessions_of(found, request.user).only(*ROW_FIELDS)
    page = keyset.page(talks, "starts_at", request.GET.get("vanaf", ""))
    context = {
        "season": found,
        "progress": queries.progress(found),
        "late": found.sent_at is not None and now - found.sent_at > queries.SLOW,
        "rows": as_rows(page.rows, request.user, now),
        "next": page.more(),
        "first_page": not request.GET.get("vanaf"),
    }
    return render(request, "sessions_app/season/sent.html", context)


@signed_in
@require_POST
def again(request: SignedIn, season_id: UUID) -> HttpResponse:
    """Lay the whole plan out anew."""
    found, _ = _load(request, season_id)
    if _too_often(request):
        messages.error(request, TOO_OFTEN)
    elif tried(request, lambda: domain.lay_out_anew(found.id, by=request.user)):
        messages.success(request, "Alle gesprekken zijn opnieuw ingedeeld.")
    return redirect("season", found.id)


@signed_in
@require_http_methods(["GET", "POST"])
def check(request: SignedIn, season_id: UUID) -> HttpResponse:
    """The end: see what will be mailed, then plan it. Sent twice it is done once."""
    found, standing = _load(request, season_id)
    if request.method == "POST":
        tried(request, lambda: domain.send(found.id, by=request.user))
        return redirect("season", found.id)
    talks = queries.talks_of(found)
    planned = [talk for talk in talks if talk.starts_at]
    if found.sent_at or not planned or queries.troubles(found, standing, talks):
        return redirect("season", found.id)
    example = domain.example(found, planned[0])
    context = {
        "season": found,
        "planned": planned,
        "without": [talk for talk in talks if not talk.starts_at],
        "mail_count": 2 * len(planned),
        "example": example,
        "mail": invitation(example, preview=True),
        "reminders": moments_for(found.template, found.organisation),
    }
    return render(request, "sessions_app/season/check.html", context)


@signed_in
@require_POST
def discard(request: SignedIn, season_id: UUID) -> HttpResponse:
    """Throw a plan away."""
    found = load(Season.objects.manageable_by(request.user), season_id)
    tried(request, lambda: domain.discard(found.id, by=request.user))
    return redirect("season_start")
