"""The calendar page: a list, a month, or team by team."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lerend.moments import SHORT_DAYS
from organisations.views.loading import SignedIn, signed_in
from sessions_app.forms.agenda import FilterForm
from sessions_app.queries import agenda, polls
from sessions_app.queries import sessions as queries
from sessions_app.queries.agenda import LIST, MONTH, TEAMWISE, Filters


@signed_in
@require_safe
def session_list(request: SignedIn) -> HttpResponse:
    """The talks that one may see, in the form and with the filters that stand in the address."""
    organisations, teams = agenda.choices(request.user)
    form = FilterForm(request.GET, organisations=organisations, teams=teams)
    filters, cursor = form.filters(), request.GET.get("vanaf", "")
    shown = {LIST: _list, MONTH: _month, TEAMWISE: _teams}[filters.form]
    context = {
        "form": form,
        "filters": filters,
        "kept": [(name, form[name].value()) for name in ("vorm", "toon") if form[name].value()],
        "tabs": [
            (words, filters.address(**changes), filters.form == changes["form"] and filters.past == changes["past"])
            for words, changes in (
                ("Binnenkort", {"form": LIST, "past": False, "day": None}),
                ("Geweest", {"form": LIST, "past": True, "day": None}),
                ("Maand", {"form": MONTH, "past": False}),
                ("Per team", {"form": TEAMWISE, "past": False}),
            )
        ],
        "clear": Filters(form=filters.form, past=filters.past, month=filters.month).address(),
        "first_page": not cursor,
        **shown(request, filters, cursor),
    }
    return render(request, f"sessions_app/agenda/{shown.__name__.strip('_')}.html", context)


def _list(request: SignedIn, filters: Filters, cursor: str) -> dict[str, Any]:
    found = agenda.talk_list(request.user, filters, cursor)
    first = not (filters.past or filters.narrow or cursor)
    return {
        "rows": found.rows,
        "next": f"{filters.address()}&vanaf={found.next}".lstrip("&") if found.next else "",
        "drafts": queries.drafts(request.user) if first else [],
        "polls": polls.waiting_for(request.user) if first else [],
    }


def _month(request: SignedIn, filters: Filters, cursor: str) -> dict[str, Any]:
    month = agenda.talk_month(request.user, filters)
    return {
        "month": month,
        "weekdays": SHORT_DAYS,
        "days": [(day, filters.address(form=LIST, day=day.day, past=False) if day.more else "") for day in month.days],
        "before": filters.address(month=month.before),
        "after": filters.address(month=month.after),
        "now": replace(filters, month=None).address(),
    }


def _teams(request: SignedIn, filters: Filters, cursor: str) -> dict[str, Any]:
    found = agenda.talks_by_team(request.user, filters, cursor)
    return {
        "teams": [(team, filters.address(form=LIST, team=team.team.id)) for team in found.teams],
        "next": f"{filters.address()}&vanaf={found.next}".lstrip("&") if found.next else "",
        "several": len({team.team.organisation_id for team in found.teams}) > 1,
    }
