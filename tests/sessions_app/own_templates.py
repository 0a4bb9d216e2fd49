"""Own versions of templates for tests: made, and a newer edition of what they were made from."""

from __future__ import annotations

from uuid import uuid4

from content.domain import copy_edition, publish_edition
from content.models import ConversationTemplate, Edition
from organisations.models import Organisation, User
from sessions_app.domain import templates


def own_version(organisation: Organisation, by: User, slug: str = "teamdagdeel") -> ConversationTemplate:
    """Return a new own version of the redactie's template ``slug``."""
    base = ConversationTemplate.objects.published().get(slug=slug)
    return templates.make_own_version(base.id, organisation.id, uuid4(), by=by)


def next_edition(by: User, *, leave_out: tuple[str, ...] = ()) -> Edition:
    """Return "Versie 2" on show: a copy of the edition before, each text with the same lineage."""
    new = copy_edition(Edition.objects.published().get().id, "Versie 2", by=by)
    ConversationTemplate.objects.filter(edition=new, slug__in=leave_out).delete()
    return publish_edition(new.id, by=by)
