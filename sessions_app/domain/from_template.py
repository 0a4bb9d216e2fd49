"""What a talk takes over from its template: unsaved, so that one talk and two hundred are made the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from content.models import ConversationTemplate, Edition, Moment
from content.models.reminders import values_of
from sessions_app.models import Session, SessionReminder, SessionStep


def fields(template: ConversationTemplate, published: Edition | None) -> dict[str, Any]:
    """Return the fields of a talk from ``template``. ``published`` is the edition that everybody sees, if any."""
    return {
        "template": template,
        # The steps are the template's, the cards on the table those of now.
        "edition_id": published.id if published else template.edition_id,
        "kind": template.kind,
        "title": template.title,
        "purpose": template.purpose,
        "preparation": template.preparation,
        "uses_cards": template.uses_cards,
        "invitation": template.invitation,
    }


def steps(template: ConversationTemplate, session: Session, minutes: Sequence[int] | None = None) -> list[SessionStep]:
    """Return the steps for ``session``, with the ``minutes`` of each where those are not the template's.

    A query, unless the steps of ``template`` were prefetched.
    """
    found = list(template.steps.all())
    return [
        SessionStep(
            session=session,
            number=step.number,
            title=step.title,
            text=step.text,
            minutes=lasts,
            means=step.means,
        )
        for step, lasts in zip(found, minutes or [step.minutes for step in found], strict=True)
    ]


def reminders(moments: Iterable[Moment], session: Session) -> list[SessionReminder]:
    """Return the rows for ``session`` of ``moments``, which ``sessions_app.domain.reminders.moments_for`` gives."""
    return [SessionReminder(session=session, **values_of(moment)) for moment in moments]


def fitted(minutes: Sequence[int], length: int) -> list[int]:
    """Return ``minutes`` made longer or shorter in proportion, so that together they are ``length``.

    Each stays a minute at least, so ``length`` is no less than how many there are.
    """
    whole, before, passed, found = sum(minutes), 0, 0, []
    for lasts in minutes:
        passed += lasts
        until = round(passed * length / whole)
        found.append(until - before)
        before = until
    while 0 in found:
        found[found.index(0)] = 1
        found[found.index(max(found))] -= 1
    return found
