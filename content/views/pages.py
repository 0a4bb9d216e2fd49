"""The public pages about the vak: the five means and how they came about."""

from itertools import zip_longest
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from content import queries
from content.deck import deck, drawn_address
from content.models import Means, MeansKind
from content.views.caching import shows_edition
from content.views.showing import PREVIEW, shown_edition, shown_means


def _nothing_yet(request: HttpRequest) -> HttpResponse:
    return render(request, "content/nothing_yet.html")


def _means_page(request: HttpRequest, means: Means, **more: Any) -> HttpResponse:
    context = {"edition": means.edition, "means": means, **more}
    return render(request, f"content/{means.kind}.html", context)


@require_safe
@shows_edition
def overview(request: HttpRequest) -> HttpResponse:
    """Show the five means side by side."""
    edition = shown_edition(request)
    if edition is None:
        return _nothing_yet(request)
    return render(request, "content/overview.html", {"edition": edition, "all_means": queries.all_means(edition)})


@require_safe
@shows_edition
def questions(request: HttpRequest) -> HttpResponse:
    """Show the cards under their headings; printed they are a set to cut out."""
    means = shown_means(request, MeansKind.VRAGEN)
    if means is None:
        return _nothing_yet(request)
    return _means_page(request, means, groups=queries.card_groups(means.edition))


@require_safe
@shows_edition
def on_screen(request: HttpRequest) -> HttpResponse:
    """Show the cards as a deck: one page, that asks nothing more once it is there."""
    if address := drawn_address(request):
        response: HttpResponse = redirect(address)
        response["Cache-Control"] = "no-store"
        return response
    means = shown_means(request, MeansKind.VRAGEN)
    if means is None:
        return _nothing_yet(request)
    context = {"means": means, "deck": deck(request, queries.cards(means.edition))}
    return render(request, "content/op_scherm.html", context)


@require_safe
@shows_edition
def themes(request: HttpRequest) -> HttpResponse:
    """Show the wolkjes, and the one theme that runs through all."""
    means = shown_means(request, MeansKind.WOLKJES)
    if means is None:
        return _nothing_yet(request)
    row = queries.themes(means.edition)
    thread = next((part for theme in row for part in theme.parts.all() if part.runs_through_all), None)
    return _means_page(request, means, themes=row, thread=thread)


@require_safe
@shows_edition
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one wolkje with its parts and open questions."""
    edition = shown_edition(request)
    if edition is None:
        return _nothing_yet(request)
    before, theme, after = queries.theme_with_neighbours(edition, slug)
    context = {"edition": edition, "theme": theme, "before": before, "after": after}
    return render(request, "content/wolkje.html", context)


@require_safe
@shows_edition
def rules(request: HttpRequest) -> HttpResponse:
    """Show the vuistregels, and with each a question for every part of the opdracht."""
    means = shown_means(request, MeansKind.VUISTREGELS)
    if means is None:
        return _nothing_yet(request)
    rules, assignments = queries.rules(means.edition), queries.assignments(means.edition)
    table = [
        (rule, list(zip_longest(assignments, rule.prompt_list[: len(assignments)], fillvalue=""))) for rule in rules
    ]
    return _means_page(request, means, rules=rules, assignments=assignments, table=table)


@require_safe
@shows_edition
def programme(request: HttpRequest) -> HttpResponse:
    """Show the programme of a dagdeel in steps."""
    means = shown_means(request, MeansKind.DAGDEEL)
    programme = queries.programme(means.edition) if means else None
    if means is None or programme is None:
        return _nothing_yet(request)
    minutes = sum(step.minutes for step in programme.steps.all())
    return _means_page(request, means, programme=programme, minutes=minutes)


@require_safe
@shows_edition
def about(request: HttpRequest) -> HttpResponse:
    """Show how the edition came about, and what it looks ahead to."""
    edition = shown_edition(request)
    if edition is None:
        return _nothing_yet(request)
    return render(request, "content/traject.html", {"edition": edition})


@require_POST
def stop_preview(request: HttpRequest) -> HttpResponse:
    """Show this visitor the edition that everybody sees again."""
    edition = request.session.pop(PREVIEW, None)
    if edition and request.user.has_perm("content.change_edition"):
        return HttpResponseRedirect(reverse("admin:content_edition_change", args=[edition]))
    return HttpResponseRedirect(reverse("home"))
