"""What can be printed: cards, a programme, the poster of the vuistregels and the placemat of the wolkjes, as PDF."""

from __future__ import annotations

from typing import cast

from allauth.core import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from content import queries
from content.forms.paper import CardsForm, PaperForm, PosterForm
from content.models import Edition, EditionState, MeansKind
from content.paper import Sheet, sheets
from content.paper.printing import CACHE_IS_GONE
from content.views.showing import shown_edition, shown_means


@require_safe
def print_cards(request: HttpRequest) -> HttpResponse:
    """Let somebody choose which cards to print, and how."""
    edition = _shown(request)
    form = CardsForm(None, edition, queries.cards(edition), request.user)
    return render(request, "content/print_cards.html", {"form": form})


@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    """The cards to print: ``formaat``, ``kaarten``, ``achterkant``, ``sjabloon`` and ``organisatie`` say how.

    Where these make no sense, the form on which they are chosen comes back with what is wrong.
    """
    edition = _shown(request)
    # "kaarten=1&kaarten=3" means both.
    asked = {name: ",".join(values) for name, values in request.GET.lists()}
    form = CardsForm(asked, edition, queries.cards(edition), request.user)
    if not form.is_valid():
        return _refused(request, form, "content/print_cards.html")
    chosen = form.cleaned_data
    template, organisation = chosen["sjabloon"], chosen["organisatie"]
    # A talk without the cards comes without them, unless some were asked for.
    without = template is not None and not template.uses_cards and not form.data.get("kaarten")
    sheet = sheets.cards(
        edition,
        [] if without else chosen["kaarten"],
        size=chosen["formaat"],
        backs=chosen["achterkant"],
        organisation=organisation.name if organisation else "",
        talk=sheets.Talk.of(template) if template else None,
    )
    own = organisation is not None or (template is not None and template.organisation_id is not None)
    return _pdf(request, sheet, private=own or not _public(edition))


@require_safe
def programme(request: HttpRequest) -> HttpResponse:
    """The programme of a dagdeel on one page."""
    edition = _shown(request)
    found = queries.programme(edition)
    if found is None:
        raise Http404
    form = PaperForm(request.GET)
    if not form.is_valid():
        return _refused(request, form)
    return _pdf(request, sheets.programme(edition, found), private=not _public(edition))


@require_safe
def poster(request: HttpRequest) -> HttpResponse:
    """The vuistregels to hang on a wall: ``formaat`` is a3 or a4."""
    means = shown_means(request, MeansKind.VUISTREGELS)
    if means is None:
        raise Http404
    form = PosterForm(request.GET)
    if not form.is_valid():
        return _refused(request, form)
    sheet = sheets.poster(means, size=form.cleaned_data["formaat"] or "a3")
    return _pdf(request, sheet, private=not _public(means.edition))


@require_safe
def placemat(request: HttpRequest) -> HttpResponse:
    """The wolkjes with room for notes, to lie on the table."""
    means = shown_means(request, MeansKind.WOLKJES)
    if means is None:
        raise Http404
    form = PaperForm(request.GET)
    if not form.is_valid():
        return _refused(request, form)
    return _pdf(request, sheets.placemat(means), private=not _public(means.edition))


def _shown(request: HttpRequest) -> Edition:
    edition = shown_edition(request)
    if edition is None:
        raise Http404
    return edition


def _public(edition: Edition) -> bool:
    return edition.state == EditionState.PUBLISHED


def _refused(request: HttpRequest, form: PaperForm, page: str = "content/print_refused.html") -> HttpResponse:
    return render(request, page, {"form": form}, status=400)


def _pdf(request: HttpRequest, sheet: Sheet, *, private: bool) -> HttpResponse:
    """Return the PDF, or 304 where the visitor has it."""
    etag = f'"{sheet.fingerprint}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        made = sheet.kept()
        if made is None:
            if limited := making_too_much(request):
                return limited
            made = sheet.pdf()
        response = as_response(sheet, made)
    response["ETag"] = etag
    # Always asked again, for it is cheap: what the redactie publishes is on paper at once.
    response["Cache-Control"] = "private, no-cache" if private else "public, no-cache"
    return response


def as_response(sheet: Sheet, made: bytes) -> HttpResponse:
    """Return the PDF ``made``, to be looked at in the browser."""
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{sheet.filename}"'
    return response


def making_too_much(request: HttpRequest) -> HttpResponse | None:
    """Count, by address, that a PDF has to be made; return the page that says it was too often, else None."""
    try:
        return cast(HttpResponse | None, ratelimit.consume_or_429(request, action="paper", limit_get=True))
    except CACHE_IS_GONE:
        return None
