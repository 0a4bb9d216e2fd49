"""The vuistregels beside the opdracht: the map, a cell, and one's own ladingen."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from content.models import Assignment, Edition, Kind, RuleOfThumb
from lerend import keyset
from organisations.domain.errors import Refused
from organisations.models import Organisation, Team
from organisations.views.loading import SignedIn, load, signed_in
from sessions_app.domain import interpretations as domain
from sessions_app.forms.interpretations import InterpretationForm, ReplyForm
from sessions_app.models import GuestAbout, Interpretation, InterpretationReply, Reach
from sessions_app.queries import interpretations as queries
from sessions_app.queries.guests import from_outside
from sessions_app.queries.interpretations import Where
from sessions_app.queries.planning import Standing

NO_PLACE = "Schrijven kan wie bij een organisatie hoort. Je kunt hier wel lezen wat organisaties vrijgaven."


def _where(request: SignedIn, organisations: list[Organisation], teams: list[Team]) -> Where:
    """Return what the address asks for; without a question one's first team or organisation, else all."""
    asked_team, asked = request.GET.get("team"), request.GET.get("organisatie")
    if asked_team:
        team = next((team for team in teams if str(team.id) == asked_team), None)
        if team is None:
            raise Http404
        return Where(team.organisation, team)
    if asked:
        organisation = next((one for one in organisations if str(one.id) == asked), None)
        if organisation is None:
            raise Http404
        return Where(organisation)
    if "tussen" in request.GET:
        return Where()
    if teams:
        return Where(teams[0].organisation, teams[0])
    return Where(organisations[0]) if organisations else Where()


def _tabs(organisations: list[Organisation], teams: list[Team], where: Where) -> list[tuple[str, str, bool]]:
    places = [Where(team.organisation, team) for team in teams] + [Where(one) for one in organisations]
    tabs = [
        (place.query, place.team.name if place.team else place.organisation.name if place.organisation else "", False)
        for place in places
    ]
    tabs.append(("tussen", "Tussen organisaties", False))
    here = where.query or "tussen"
    return [(query, name, query == here) for query, name, _ in tabs]


def _plan_address(standing: Standing, where: Where) -> str:
    """Return where one plans a talk about the rules there, "" where one may not."""
    if Kind.VUISTREGELS not in standing.kinds:
        return ""
    asked = {"organisatie": str(standing.organisation.id), "soort": Kind.VUISTREGELS.value}
    if where.team and standing.teams(Kind.VUISTREGELS).filter(id=where.team.id).exists():
        asked["team"] = str(where.team.id)
    return f"{reverse('plan_what')}?{urlencode(asked)}"


@signed_in
@require_safe
def rules_map(request: SignedIn) -> HttpResponse:
    """Show where the vuistregels live and where they are silent, as this person reads it."""
    organisations, teams = queries.places_to_write(request.user)
    where = _where(request, organisations, teams)
    edition = Edition.objects.published().first()
    table = queries.heat_map(edition, where, request.user) if edition else []
    context = {
        "table": table,
        "assignments": [cell.assignment for cell in table[0][1]] if table else [],
        "where": where,
        "tabs": _tabs(organisations, teams, where),
        **_beside(request, where),
        "edition": edition,
    }
    return render(request, "sessions_app/interpretations/map.html", context)


def _beside(request: SignedIn, where: Where) -> dict[str, Any]:
    """Return what both pages show of planning a talk and of voices from outside: nothing between organisations."""
    if where.organisation is None:
        return {"plan": "", "outside": None}
    standing = Standing(request.user, where.organisation)
    outside = from_outside(request.user, where.organisation, where.team, GuestAbout.VUISTREGELS, standing)
    return {"plan": _plan_address(standing, where), "outside": outside}


def _cell_address(rule_id: UUID, assignment_id: UUID, where: Where) -> str:
    return f"{reverse('rule_cell', args=[rule_id, assignment_id])}?{where.query or 'tussen'}"


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def cell(request: SignedIn, rule_id: UUID, assignment_id: UUID) -> HttpResponse:
    """A vuistregel in one part of the opdracht: read, add, answer."""
    rule, assignment = load(RuleOfThumb.objects.all(), rule_id), load(Assignment.objects.all(), assignment_id)
    now_rule = RuleOfThumb.objects.published().filter(lineage=rule.lineage).first()
    now_part = Assignment.objects.published().filter(lineage=assignment.lineage).first()
    if now_rule is None or now_part is None:
        raise Http404
    organisations, teams = queries.places_to_write(request.user)
    where = _where(request, organisations, teams)
    if (now_rule, now_part) != (rule, assignment):  # an address from an earlier edition
        return redirect(_cell_address(now_rule.id, now_part.id, where))
    form = None
    if organisations:
        form = InterpretationForm(request.POST or None, organisations=organisations, teams=teams, where=where)
    if request.method == "POST":
        if form is None:
            raise PermissionDenied(NO_PLACE)
        if form.is_valid():
            try:
                domain.load_rule(
                    rule,
                    assignment,
                    form.cleaned_data["text"],
                    form.chosen,
                    named=form.cleaned_data["named"],
                    form_key=form.cleaned_data["form_key"],
                    by=request.user,
                )
                messages.success(request, "Je lading staat erbij.")
                place = form.chosen
                to = Where(place.organisation, place.team) if place.reach != Reach.EVERYONE else Where()
                return redirect(_cell_address(rule.id, assignment.id, to))
            except Refused as refused:
                form.add_error(None, refused.message)
    found = queries.in_cell(rule, assignment, where, request.user)
    page = keyset.page(found, "shared_at", request.GET.get("vanaf", ""), newest_first=True)
    prompts = rule.prompt_list
    context = {
        "rule": rule,
        "assignment": assignment,
        "prompt": prompts[assignment.number - 1] if assignment.number <= len(prompts) else "",
        "form": form,
        "where": where,
        "tabs": _tabs(organisations, teams, where),
        "items": queries.shown(page.rows, request.user),
        "next": f"{where.query or 'tussen'}&{page.more()}" if page.next else "",
        "first_page": not request.GET.get("vanaf"),
        **_beside(request, where),
        "from_talks": queries.from_talks(rule, assignment, where, request.user),
        "may_reply": bool(organisations),
    }
    return render(request, "sessions_app/interpretations/cell.html", context)


@signed_in
@require_safe
def own_interpretations(request: SignedIn) -> HttpResponse:
    """All ladingen that one wrote oneself, also where one left: for 30 days, and what went to all for ever."""
    own = Interpretation.objects.own(request.user).select_related(
        "author", "organisation", "team", "rule", "assignment"
    )
    page = keyset.page(own, "shared_at", request.GET.get("vanaf", ""), newest_first=True)
    context = {
        "items": page.rows,
        "writes": set(queries.organisations_to_write(request.user).values_list("id", flat=True)),
        "next": page.more(),
        "first_page": not request.GET.get("vanaf"),
        "replies": InterpretationReply.objects.own(request.user)
        .select_related("interpretation__rule", "interpretation__assignment")
        .order_by("-written_at", "-id")[: keyset.PAGE_SIZE]
        if not request.GET.get("vanaf")
        else [],
    }
    return render(request, "sessions_app/interpretations/own.html", context)


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change(request: SignedIn, interpretation_id: UUID) -> HttpResponse:
    """Change one's own lading, or who reads it."""
    own = Interpretation.objects.own(request.user).select_related("organisation", "team", "rule", "assignment")
    row = load(own, interpretation_id)
    organisations, teams = queries.places_to_write(request.user)
    if row.organisation not in organisations:
        raise PermissionDenied("Je hoort niet meer bij deze organisatie. Wissen kan nog wel.")
    form = InterpretationForm(request.POST or None, organisations=organisations, teams=teams, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            domain.change_interpretation(
                row.id, form.cleaned_data["text"], form.chosen, named=form.cleaned_data["named"], by=request.user
            )
            messages.success(request, "Je lading is gewijzigd.")
            return redirect("own_interpretations")
        except Refused as refused:
            form.add_error(None, refused.message)
    return render(request, "sessions_app/interpretations/change.html", {"form": form, "row": row})


@signed_in
@require_http_methods(["GET", "POST"])
def erase(request: SignedIn, interpretation_id: UUID) -> HttpResponse:
    """Erase one's own lading."""
    row = load(Interpretation.objects.own(request.user).select_related("rule", "assignment"), interpretation_id)
    if request.method == "POST":
        domain.erase_interpretation(row.id, by=request.user)
        messages.success(request, "De lading is gewist.")
        return redirect("own_interpretations")
    return render(request, "sessions_app/interpretations/erase.html", {"row": row})


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def reply(request: SignedIn, interpretation_id: UUID) -> HttpResponse:
    """Answer a lading."""
    ways = Interpretation.objects.visible_to(request.user)
    row = load(ways.select_related("author", "organisation", "team", "rule", "assignment"), interpretation_id)
    organisations = list(queries.organisations_to_write(request.user))
    if row.reach != Reach.EVERYONE:
        organisations = [one for one in organisations if one.id == row.organisation_id]
    if not organisations:
        raise PermissionDenied(NO_PLACE)
    form = ReplyForm(request.POST or None, organisations=organisations, readers=row.readers)
    if request.method == "POST" and form.is_valid():
        try:
            domain.reply(
                row.id,
                form.cleaned_data["text"],
                form.chosen,
                named=form.cleaned_data["named"],
                form_key=form.cleaned_data["form_key"],
                readers=form.cleaned_data["readers"],
                by=request.user,
            )
            messages.success(request, "Je antwoord staat erbij.")
            return redirect(_cell_address(row.rule_id, row.assignment_id, _where_of(row)))
        except Refused as refused:
            form.add_error(None, refused.message)
    (item,) = queries.shown([row], request.user)
    context = {
        "form": form,
        "row": row,
        "item": item,
        "back": _cell_address(row.rule_id, row.assignment_id, _where_of(row)),
    }
    return render(request, "sessions_app/interpretations/reply.html", context)


def _where_of(row: Interpretation) -> Where:
    if row.reach == Reach.TEAM:
        return Where(row.organisation, row.team)
    return Where(row.organisation) if row.reach == Reach.ORGANISATION else Where()


@signed_in
@require_http_methods(["GET", "POST"])
def erase_reply(request: SignedIn, reply_id: UUID) -> HttpResponse:
    """Erase one's own answer."""
    row = load(InterpretationReply.objects.own(request.user), reply_id)
    if request.method == "POST":
        domain.erase_reply(row.id, by=request.user)
        messages.success(request, "Je antwoord is gewist.")
        return redirect("own_interpretations")
    return render(request, "sessions_app/interpretations/erase_reply.html", {"row": row})


@signed_in
@require_http_methods(["GET", "POST"])
def report(request: SignedIn, text_id: UUID) -> HttpResponse:
    """Point out to the contact that a lading or an answer should not stand there."""
    row = (
        Interpretation.objects.visible_to(request.user).filter(id=text_id).first()
        or InterpretationReply.objects.visible_to(request.user).filter(id=text_id).first()
    )
    if row is None:
        raise Http404
    if request.method == "POST":
        domain.report_text(row.id, by=request.user)
        messages.success(request, "Dank je. De contactpersoon kijkt ernaar.")
        return redirect("rules_map")
    return render(request, "sessions_app/interpretations/report.html", {"row": row})


@signed_in
@require_http_methods(["GET", "POST"])
def judge(request: SignedIn, text_id: UUID) -> HttpResponse:
    """For the contact: hide a reported text or leave it. Its words show only to a contact who reads them anyhow."""
    user = request.user
    lading = Interpretation.objects.manageable_by(user).filter(id=text_id).defer("text", "released_text").first()
    answer = (
        None if lading else InterpretationReply.objects.manageable_by(user).filter(id=text_id).defer("text").first()
    )
    if lading is None and answer is None:
        raise Http404
    if request.method == "POST":
        hide = request.POST.get("besluit") == "verberg"
        domain.judge_report(text_id, hide=hide, by=user)
        messages.success(request, "De tekst is verborgen." if hide else "De tekst blijft staan.")
        return redirect("today")
    readable = (Interpretation if lading else InterpretationReply).objects.visible_to(user).filter(id=text_id).first()
    return render(request, "sessions_app/interpretations/judge.html", {"readable": readable})
