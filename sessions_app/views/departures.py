"""The pages for who left an organisation: deciding about one's own texts, taking them along, taking back a yes."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lerend import keyset
from organisations.models import Departure
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import contributions, departures
from sessions_app.forms.departures import DecideForm
from sessions_app.models import Consent
from sessions_app.queries import departures as queries


def _load(request: SignedIn, departure_id: UUID) -> Departure:
    return load(Departure.objects.own(request.user).select_related("user", "organisation"), departure_id)


@signed_in
@require_http_methods(["GET", "POST"])
def departure(request: SignedIn, departure_id: UUID) -> HttpResponse:
    """What somebody who left wrote there, a page at a time, with what becomes of each text."""
    found = _load(request, departure_id)
    closed = queries.why_closed(found)
    page = keyset.page(
        queries.with_talks(queries.own_texts(found)), "created_at", request.GET.get("vanaf", ""), newest_first=True
    )
    form = DecideForm(
        request.POST if request.method == "POST" else None, items=[] if closed else queries.items(page.rows, found)
    )
    if request.method == "POST":
        if closed:
            messages.error(request, closed)
            return redirect(request.get_full_path())
        if form.is_valid():
            done = tried(request, lambda: departures.decide(found.id, form.chosen(), by=request.user))
            if done is not None:
                messages.success(request, "Je keuzes zijn uitgevoerd." if done else "Er is niets veranderd.")
            return redirect(request.get_full_path())
    context = {
        "departure": found,
        "closed": closed,
        "form": form,
        "next": page.more(),
        "first_page": not request.GET.get("vanaf"),
        "yeses": queries.yeses(found),
        "ladingen": [] if closed else queries.own_ladingen(found)[: queries.MOST_QUESTIONS],
        "answers": [] if closed else queries.own_answers(found)[: queries.MOST_QUESTIONS],
    }
    return render(request, "sessions_app/departure.html", context)


@signed_in
@require_safe
def download(request: SignedIn, departure_id: UUID) -> HttpResponse:
    """Everything one wrote there in one file that any browser opens, notes to oneself included."""
    found = _load(request, departure_id)
    texts = queries.with_talks(queries.own_texts(found)).order_by("created_at", "id")
    context = {
        "departure": found,
        "items": queries.items(list(texts), found),
        "ladingen": queries.own_ladingen(found),
        "answers": queries.own_answers(found),
        "now": timezone.now(),
    }
    response = render(request, "sessions_app/departure_download.html", context)
    response.headers["Content-Disposition"] = 'attachment; filename="wat-ik-schreef.html"'
    return response


@signed_in
@require_POST
def withdraw_yes(request: SignedIn, departure_id: UUID, consent_id: UUID) -> HttpResponse:
    """Take back a yes to sharing a text of somebody else; that can be done at any time."""
    found = _load(request, departure_id)
    yes = load(Consent.objects.yes_of(request.user).filter(participant__organisation=found.organisation), consent_id)
    contributions.withdraw_yes(yes.id, by=request.user)
    messages.success(request, "Je ja is ingetrokken. Niemand ziet dat jij dat deed.")
    return redirect("departure", found.id)
