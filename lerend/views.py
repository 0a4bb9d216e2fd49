"""Pages that belong to no app: the way in and one's own account."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from content import queries
from content.models import QuestionCard
from content.views.caching import shows_edition
from content.views.showing import shown_edition
from organisations import second_factor
from organisations.views.loading import SignedIn

CARDS_ON_HOME = (3, 4, 12)


@require_safe
@shows_edition
def home(request: HttpRequest) -> HttpResponse:
    """Show what this is: the five means and three of the cards of the edition on show."""
    edition = shown_edition(request)
    context = {
        "all_means": queries.all_means(edition) if edition else [],
        "cards": QuestionCard.objects.filter(edition=edition, number__in=CARDS_ON_HOME) if edition else [],
    }
    return render(request, "home.html", context)


@require_safe
@never_cache
@login_required
def account_home(request: SignedIn) -> HttpResponse:
    """Show one's own name and address, how one signs in, and what can be changed."""
    return render(request, "account/home.html", {"factors": second_factor.factors_of(request.user)})
