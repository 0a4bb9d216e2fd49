"""Own versions of templates for tests: made, and a newer edition of what they were made from."""

from __future__ import annotations

from uuid import uuid4

from content.domain import publish_edition
from content.models import ConversationTemplate, Edition
from organisations.models import Organisation, User
from sessions_app.domain import templates


def own_version(organisation: Organisation, by: User, slug: str = "teamdagdeel") -> ConversationTemplate:
    """Return a new own version of the redactie's template ``slug``."""
    base = ConversationTemplate.objects.published().get(slug=slug)
    return templates.make_own_version(base.id, organisation.id, uuid4(), by=by)


def next_edition(by: User, *, leave_out: tuple[str, ...] = ()) -> Edition:
    """Return "Versie 2" on show: a copy of the templates of the edition before, each text with the same lineage."""
    old = Edition.objects.published().get()
    new = Edition.objects.create(name="Versie 2", title=old.title)
    for template in ConversationTemplate.objects.published().exclude(slug__in=leave_out):
        steps, reminders = list(template.steps.all()), list(template.reminders.all())
        template.pk, template.edition, template._state.adding = uuid4(), new, True
        template.save()
        for row in [*steps, *reminders]:
            row.pk, row.template, row._state.adding = uuid4(), template, True
            row.save()
    return publish_edition(new.id, by=by)
