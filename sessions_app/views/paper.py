"""A talk on paper."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from content.models.base import lines
from content.paper import sheets
from content.queries import cards
from content.views.paper import as_response, making_too_much
from organisations.views.loading import SignedIn, load, signed_in
from sessions_app.models import Session, State


@signed_in
@require_safe
def session_programme(request: SignedIn, session_id: UUID) -> HttpResponse:
    """The programme of a talk as it was planned, and the cards of its own edition. It is kept in no cache."""
    found = load(Session.objects.visible_to(request.user).select_related("edition"), session_id)
    if found.state == State.DRAFT:
        raise Http404
    if limited := making_too_much(request):
        return limited
    talk = sheets.Talk("gesprek", found.title, found.purpose, lines(found.preparation), found.steps.all())
    sheet = sheets.cards(found.edition, cards(found.edition) if found.uses_cards else [], talk=talk)
    return as_response(sheet, sheet.make())
