"""The page of a series of talks, answering for all of it, and adding to it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations.models import User
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import series as verbs
from sessions_app.forms.series import AnswersForm
from sessions_app.models import Answer, Participant, Series
from sessions_app.queries import series as queries
from sessions_app.queries.recurrence import rule_words
from sessions_app.queries.sessions import as_rows


@signed_in
@require_safe
def series(request: SignedIn, series_id: UUID) -> HttpResponse:
    """All talks of a series that one may see, one's answers, and what its keeper can do."""
    found = load(Series.objects.visible_to(request.user), series_id)
    talks = list(queries.talks_for(found.id, request.user))
    places = queries.places_of(found.id, request.user)
    coming = list(queries.changeable(found.id, request.user))
    context = {
        "series": found,
        "title": talks[-1].title,
        "rule": rule_words(found),
        "rows": as_rows(talks, request.user, timezone.now()),
        "coming": coming,
        **_asked(places),
    }
    return render(request, "sessions_app/series/series.html", context)


def _asked(places: Sequence[Participant]) -> dict[str, object]:
    """Return what the form to answer needs: how one answered so far decides whether the dates stand open."""
    given = {place.answer for place in places}
    return {
        "places": places,
        "form": AnswersForm(places=places),
        "said": given.pop() if len(given) == 1 else "part" if "" in given else "mixed" if given else "",
    }


def _keep(request: HttpRequest, found: Series, places: Sequence[Participant], by: User) -> bool:
    """Keep the answers of a form; return whether they could be."""
    every = {"ja": Answer.YES, "nee": Answer.NO}.get(request.POST.get("antwoord", ""))
    form = AnswersForm(request.POST, places=places)
    said = {place.session_id: str(every) for place in places} if every else form.said() if form.is_valid() else {}
    number = request.POST.get("volgnummer", "")
    if not said or not number.isdecimal() or len(number) > 8:
        messages.error(request, "Kies ja of nee.")
        return False
    if tried(request, lambda: verbs.answer(found.id, said, sequence=int(number), by=by)) is None:
        return False
    thanks = "Fijn, genoteerd." if set(said.values()) == {Answer.YES} else "Genoteerd."
    messages.success(request, "Je komt niet. Een reden hoeft niet." if every == Answer.NO else thanks)
    return True


@signed_in
@require_POST
def answer(request: SignedIn, series_id: UUID) -> HttpResponse:
    """Keep the answers of a participant who is signed in, for all dates or each."""
    found = load(Series.objects.visible_to(request.user), series_id)
    _keep(request, found, queries.places_of(found.id, request.user), request.user)
    return redirect("series", found.id)


@never_cache
@require_http_methods(["GET", "POST"])
def answer_by_token(request: HttpRequest, token: str) -> HttpResponse:
    """Say yes or no from the mail, for all dates or each, without signing in. Opening the page changes nothing."""
    try:
        found, user, places = verbs.by_token(token)
    except Series.DoesNotExist:
        return render(request, "sessions_app/answer_gone.html", status=404)
    if request.method == "POST":
        _keep(request, found, places, user)
        return redirect("series_answer_by_token", token)
    context = {
        "series": found,
        "person": user,
        "title": places[0].session.title,
        "suggested": request.GET.get("antwoord", ""),
        **_asked(places),
    }
    return render(request, "sessions_app/series/answer.html", context)


@signed_in
@require_POST
def extend(request: SignedIn, series_id: UUID) -> HttpResponse:
    """Add talks at the end of a series."""
    found = load(Series.objects.visible_to(request.user), series_id)
    last = queries.changeable(found.id, request.user).last()
    if last is None:
        raise PermissionDenied(
            "Alleen wie voor de komende gesprekken van deze reeks zorgt, kan er gesprekken bij zetten."
        )
    times, count = (request.POST.get(name, "") for name in ("keer", "aantal"))
    if not (times.isdecimal() and count.isdecimal() and 1 <= int(times[:3]) <= 52):
        messages.error(request, "Vul in hoeveel gesprekken erbij komen: 1 of meer.")
        return redirect("series", found.id)
    made = tried(request, lambda: verbs.extend(last.id, int(times[:3]), count=int(count[:3]), by=request.user))
    if made:
        messages.success(request, "De gesprekken staan erbij. Wie het aangaat krijgt over vijf minuten één mail.")
    return redirect("series", found.id)
