"""The texts of the edition on show, and the templates, as ``content.search`` takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from content import queries, search
from content.models import (
    ConversationTemplate,
    Edition,
    EditionState,
    MeansKind,
    QuestionCard,
    TemplateReminder,
    TemplateStep,
    Theme,
    Use,
)
from content.models.base import Content
from content.models.prose import plain
from content.models.search import Readers
from content.search import Entry, Source

CONTENT, TEMPLATES = "content", "templates"


def of_edition(organisation_id: UUID | None = None) -> Iterator[Entry]:
    """Give the public texts of the edition on show, and the redactie's templates for who is signed in.

    The song gives what it is about and its condition: never its links or words.
    """
    edition = queries.published_edition()
    if edition is None:
        return
    yield Entry(
        edition.id,
        "Het traject",
        edition.title,
        _joined(edition.subtitle, plain(edition.intro), edition.activities, edition.outlook, plain(edition.afterword)),
        reverse("vak_traject"),
    )
    yield from _means(edition)
    yield from map(_card, queries.cards(edition))
    for theme in queries.themes(edition):
        yield _theme(theme, theme.slug)
        for part in theme.parts.all():
            yield _theme(part, theme.slug)
    rules = reverse("vak_vuistregels")
    for rule in queries.rules(edition):
        yield Entry(rule.id, "Vuistregel", rule.title, _joined(plain(rule.text), rule.prompts), f"{rules}#regels")
    for assignment in queries.assignments(edition):
        text = plain(assignment.text)
        yield Entry(assignment.id, "Onderdeel van de opdracht", assignment.title, text, f"{rules}#opdracht")
    if song := queries.song(edition):
        yield Entry(song.id, "Het lied", song.title, _joined(plain(song.about), song.condition), reverse("vak_lied"))
    if programme := queries.programme(edition):
        path = f"{reverse('vak_dagdeel')}#programma"
        yield Entry(programme.id, "Het dagdeel", programme.title, plain(programme.text), path)
        for step in programme.steps.all():
            yield Entry(step.id, "Stap van het dagdeel", step.title, plain(step.text), path)
    for template in ConversationTemplate.objects.filter(edition=edition).of_redactie():
        yield _template(template, readers=Readers.SIGNED_IN)


def own_templates(organisation_id: UUID | None) -> Iterator[Entry]:
    """Give the templates that organisations made their own, for their members."""
    own = Q(organisation=organisation_id) if organisation_id else Q(organisation__isnull=False)
    for template in ConversationTemplate.objects.filter(own).iterator():
        yield _template(template, readers=Readers.ORGANISATION, organisation_id=template.organisation_id, tier=1)


def register() -> None:
    """Make both known to the search."""
    search.register(Source(CONTENT, of_edition))
    search.register(Source(TEMPLATES, own_templates))


def keep(sender: type[Any], instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """Keep the index: hears of every piece of content that was saved or deleted, drafts too, which change nothing."""
    if raw or not isinstance(instance, Content):
        return
    if isinstance(instance, Edition) and instance.state == EditionState.PUBLISHED:
        search.refresh(CONTENT)  # what is on show and what is found change at the same moment
        return
    template = instance.template if isinstance(instance, TemplateStep | TemplateReminder) else instance
    if isinstance(template, ConversationTemplate) and template.organisation_id:
        search.refresh_soon(TEMPLATES, template.organisation_id)
    else:
        search.refresh_soon(CONTENT)


def _means(edition: Edition) -> Iterator[Entry]:
    for means in queries.all_means(edition):
        text = _joined(means.summary, means.subtitle, plain(means.lead), plain(means.support))
        yield Entry(means.id, "Middel", means.title, text, reverse(f"vak_{means.kind}"))
    for use in Use.objects.filter(means__edition=edition).select_related("means"):
        kind = MeansKind(use.means.kind).label
        path = f"{reverse(f'vak_{use.means.kind}')}#gebruik"
        yield Entry(use.id, f"Zo gebruik je {kind}", use.title, plain(use.text), path)


def _card(card: QuestionCard) -> Entry:
    text = _joined(card.heading, plain(card.text), card.follow_up)
    return Entry(card.id, f"Kaart {card.number}", card.title, text, f"{reverse('vak_vragen')}#kaart-{card.number}")


def _theme(theme: Theme, slug: str) -> Entry:
    path = reverse("vak_wolkje", args=[slug])
    text = _joined(theme.summary, plain(theme.text), theme.points, theme.open_questions)
    return Entry(theme.id, "Wolkje", theme.title, text, path if theme.slug == slug else f"{path}#{theme.slug}")


def _template(template: ConversationTemplate, **readers: Any) -> Entry:
    text = _joined(template.summary, template.purpose)
    kind = "Eigen gesprekssjabloon" if template.organisation_id else "Gesprekssjabloon"
    return Entry(template.id, kind, template.title, text, reverse("plan_what"), **readers)


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)
