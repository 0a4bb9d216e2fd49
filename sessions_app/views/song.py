"""The song: the promise before its links, its travelling story, and what one added oneself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content import queries as content_queries
from content.models import MeansKind
from content.views.showing import shown_means
from lerend.caching import shared
from organisations.domain.errors import Refused
from organisations.models import User
from organisations.views.loading import SignedIn, limited_to, load, signed_in
from sessions_app.domain import song as domain
from sessions_app.forms.song import PlayForm, PromiseForm, VerseForm
from sessions_app.models import SongPlaying, Verse
from sessions_app.queries import song as queries
from sessions_app.queries.places import places_of


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def song(request: HttpRequest) -> HttpResponse:
    """Show the song's condition; its links come only in the answer to the promise, and stand nowhere else."""
    means = shown_means(request, MeansKind.LIED)
    found = content_queries.song(means.edition) if means else None
    if means is None or found is None:
        return render(request, "content/nothing_yet.html")
    by = request.user if isinstance(request.user, User) else None
    data = request.POST if request.method == "POST" else None
    form = PlayForm(places_of(by), data) if by else PromiseForm(data)
    promised = form.is_valid()
    if promised and by and isinstance(form, PlayForm):
        if limited := limited_to(request, "song_playing"):
            return limited
        try:
            said = form.cleaned_data
            domain.play(said["what"], form.where(), shown=bool(said.get("shown")), form_key=said["form_key"], by=by)
        except Refused as refused:
            form.add_error(None, refused.message)
            promised = False
    context = {
        "edition": means.edition,
        "means": means,
        "song": found,
        "form": form,
        "promised": promised,
        "lately_at": queries.lately_at(),
    }
    response = render(request, "content/lied.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@shared("public, max-age=60")  # with a cookie the head of the page may say something to this visitor alone
def story(request: HttpRequest) -> HttpResponse:
    """The travelling story: where the song was, and the verses that their makers released. For everybody."""
    stops, verses = request.GET.get("vanaf", ""), request.GET.get("couplet", "")
    found, added = queries.stops(stops), queries.released_verses(verses)
    context = {
        "stops": found.rows,
        "next_stops": found.more(),
        "verses": added.rows,
        "next_verses": added.more("couplet"),
        "first_page": not (stops or verses),
    }
    return render(request, "sessions_app/song/story.html", context)


@signed_in
@require_safe
def own(request: SignedIn) -> HttpResponse:
    """One's own playings and verses; nobody else sees this page."""
    played = queries.own_playings(request.user, request.GET.get("vanaf", ""))
    verses = queries.own_verses(request.user, request.GET.get("couplet", ""))
    context = {
        "playings": played.rows,
        "next_playings": played.more(),
        "verses": verses.rows,
        "next_verses": verses.more("couplet"),
        "keeps_watch": queries.keeps_watch(request.user),
    }
    return render(request, "sessions_app/song/own.html", context)


@signed_in
@require_POST
def forget_playing(request: SignedIn, playing_id: UUID) -> HttpResponse:
    """Erase one's own playing."""
    domain.forget_playing(load(SongPlaying.objects.own(request.user), playing_id).id, by=request.user)
    messages.success(request, "Gewist, ook uit het reisverhaal.")
    return redirect("song_own")


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def verse_new(request: SignedIn) -> HttpResponse:
    """Add a verse."""
    form = VerseForm(places_of(request.user), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if limited := limited_to(request, "song_verse"):
            return limited
        return _written(request, form, None)
    return render(request, "sessions_app/song/verse.html", {"form": form, "verse": None})


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def verse(request: SignedIn, verse_id: UUID) -> HttpResponse:
    """Change one's own verse, release it or take it back."""
    found = load(Verse.objects.own(request.user), verse_id)
    form = VerseForm(places_of(request.user), request.POST if request.method == "POST" else None, verse=found)
    if request.method == "POST" and form.is_valid():
        return _written(request, form, found)
    return render(request, "sessions_app/song/verse.html", {"form": form, "verse": found})


def _written(request: SignedIn, form: VerseForm, found: Verse | None) -> HttpResponse:
    try:
        if found:
            made = domain.change_verse(found.id, form.words(), by=request.user)
        else:
            made = domain.write_verse(form.words(), form_key=form.key, by=request.user)
    except Refused as refused:
        form.add_error(None, refused.message)
        return render(request, "sessions_app/song/verse.html", {"form": form, "verse": found})
    told = "Bewaard. Het couplet staat in het reisverhaal." if made.released_month else "Bewaard, alleen voor jou."
    messages.success(request, told)
    return redirect("song_own")


@signed_in
@require_POST
def erase_verse(request: SignedIn, verse_id: UUID) -> HttpResponse:
    """Erase one's own verse."""
    domain.erase_verse(load(Verse.objects.own(request.user), verse_id).id, by=request.user)
    messages.success(request, "Gewist, ook uit het reisverhaal.")
    return redirect("song_own")


@signed_in
@require_safe
def desk(request: SignedIn) -> HttpResponse:
    """For the redactie and for who looks after an organisation: what they may take out of the story."""
    if not queries.keeps_watch(request.user):
        raise Http404
    context: dict[str, Any] = {
        "organisations": queries.watched(request.user),
        "verses": queries.hideable_verses(request.user),
    }
    return render(request, "sessions_app/song/desk.html", context)


@signed_in
@require_POST
def hide_verse(request: SignedIn, verse_id: UUID) -> HttpResponse:
    """Hide a released verse, or show it again."""
    found = load(Verse.objects.hideable_by(request.user), verse_id)
    hide = request.POST.get("doe") != "toon"
    domain.hide_verse(found.id, hide=hide, by=request.user)
    messages.success(request, "Het couplet is verborgen." if hide else "Het couplet staat weer in het reisverhaal.")
    return redirect("song_desk")


@signed_in
@require_POST
def name_out(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """Take the name of an organisation out of the story."""
    domain.take_name_out(organisation_id, by=request.user)
    messages.success(request, "De naam van de organisatie is uit het reisverhaal.")
    return redirect("song_desk")
