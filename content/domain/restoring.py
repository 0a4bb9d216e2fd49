"""Bringing a part of a text back as it was: a step, a way of use, a reminder."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from content.domain.ordering import lock_edition, place
from content.domain.rights import may_edit
from content.models import CHILDREN
from content.models.base import Content, Numbered
from organisations.domain.errors import Refused
from organisations.models import User

REASON = "Teruggezet"


def restore_part(owner: Content, kind: str, line: int, *, by: User) -> Content:
    """Bring a part of ``owner`` back as line ``line`` of the history of its ``kind`` says, and return it.

    A part that was deleted comes back; a numbered one at its place, the others around it. What stood there stays in
    history. Raises PermissionDenied where ``by`` may not edit, LookupError for a line that is no part of ``owner``,
    Refused where another part has its moment, or the part now belongs to another text.
    """
    may_edit(by)
    kinds = {model._meta.model_name: (model, key) for model, key in CHILDREN.get(type(owner), {}).items()}
    if kind not in kinds:
        raise LookupError(kind)
    model, key = kinds[kind]
    record: Any = model.history.filter(history_id=line, **{f"{key}_id": owner.pk}).first()
    if record is None:
        raise LookupError(line)
    part: Any = record.instance
    try:
        with transaction.atomic():
            lock_edition(part)
            now = model._default_manager.select_for_update().filter(pk=part.pk).first()
            if now is not None and getattr(now, f"{key}_id") != owner.pk:
                raise Refused(f"{now} hoort nu bij een andere tekst. Daarom kun je het hier niet terugzetten.")
            part._state.adding = now is None
            part._history_user, part._change_reason = by, REASON
            if isinstance(part, Numbered):
                place(part, by=by)
            else:
                part.save()
    except IntegrityError as error:
        raise Refused("Er is al net zo een. Daarom kun je deze niet terugzetten.") from error
    return part  # type: ignore[no-any-return]
