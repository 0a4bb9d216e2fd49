"""Searching what one may read."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from content import search as index
from content.forms.search import SearchForm


@require_safe
@cache_control(private=True, no_cache=True)
def search(request: HttpRequest) -> HttpResponse:
    """Show what was found in the edition on show, and, for who is signed in, in templates and what was released."""
    form = SearchForm(request.GET)
    context: dict[str, Any] = {"form": form, "words": "", "found": [], "more": "", "empty": False}
    if form.is_valid() and (words := form.cleaned_data["q"]):
        page = form.cleaned_data["pagina"] or 1
        found, more = index.find(words, request.user, page)
        context |= {
            "words": words,
            "found": found,
            "more": urlencode({"q": words, "pagina": page + 1}) if more else "",
            "empty": not found and index.says_nothing(words),
        }
    return render(request, "content/search.html", context)
