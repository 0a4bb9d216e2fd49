"""Loads the starter edition, once."""

from collections.abc import Sequence
from datetime import time
from typing import TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from content import findable, search
from content.models import (
    Assignment,
    Audience,
    ConversationTemplate,
    Edition,
    EditionState,
    Means,
    Programme,
    ProgrammeStep,
    QuestionCard,
    RuleOfThumb,
    Song,
    TemplateReminder,
    TemplateStep,
    Theme,
    Use,
)
from content.models.base import Content
from content.models.prose import ProseField, prose
from content.starter.cards import CARDS
from content.starter.conversations import TEMPLATES
from content.starter.edition import EDITION
from content.starter.means import ASSIGNMENTS, MEANS, PROGRAMME, RULES, SONG
from content.starter.themes import THEMES, ThemeText

STARTER_EDITION_ID = UUID("6f0c8a52-5d0b-4b0e-9f6e-0c1d20240200")
REMINDERS = (
    (-7, time(9), Audience.INVITED),
    (-1, time(9), Audience.INVITED),
    (1, time(9), Audience.PRESENT),
)
C = TypeVar("C", bound=Content)


@transaction.atomic
def load_starter() -> bool:
    """Load "Versie 1" and put it on show; return whether anything was loaded.

    An edition that was ever loaded is left as editors made it, also where they deleted from it or deleted it
    whole: its history tells. Where another edition is on show, the starter becomes a draft.
    """
    with connection.cursor() as cursor:  # two loads at once: the second waits, then finds it done
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('content.load_starter'))")
    if Edition.history.filter(id=STARTER_EDITION_ID).exists():
        return False
    edition = Edition(id=STARTER_EDITION_ID, **EDITION)
    if not Edition.objects.published().exists():
        edition.state, edition.published_at = EditionState.PUBLISHED, timezone.now()
    _create([edition])
    _create_means(edition)
    _create_themes(edition)
    _create_templates(edition)
    search.refresh(findable.CONTENT)  # a bulk load sends no signals
    return True


def _create(rows: Sequence[C]) -> None:
    """Write rows of one model, their plain texts as rich text, and the start of their history; in two queries."""
    for field in rows[0]._meta.concrete_fields:
        if isinstance(field, ProseField):
            for row in rows:
                setattr(row, field.name, prose(getattr(row, field.name)))
    bulk_create_with_history(rows, type(rows[0]), default_change_reason="Versie 1 geladen")


def _create_means(edition: Edition) -> None:
    means, uses = [], []
    for number, text in enumerate(MEANS, 1):
        row = Means(edition=edition, number=number, **text.fields)
        means.append(row)
        uses += [Use(means=row, number=place, title=title, text=use) for place, (title, use) in enumerate(text.uses, 1)]
    _create(means)
    _create(uses)
    _create([QuestionCard(edition=edition, number=number, **card) for number, card in enumerate(CARDS, 1)])
    _create([RuleOfThumb(edition=edition, number=number, **rule) for number, rule in enumerate(RULES, 1)])
    _create([Assignment(edition=edition, number=number, **part) for number, part in enumerate(ASSIGNMENTS, 1)])
    _create([Song(edition=edition, **SONG)])
    programme = Programme(edition=edition, title=PROGRAMME.title, text=PROGRAMME.text)
    _create([programme])
    _create([ProgrammeStep(programme=programme, number=n, **step) for n, step in enumerate(PROGRAMME.steps, 1)])


def _create_themes(edition: Edition) -> None:
    wolkjes, parts = [], []
    for number, text in enumerate(THEMES, 1):
        wolkje = _theme(edition, None, number, text)
        wolkjes.append(wolkje)
        parts += [_theme(edition, wolkje, place, part) for place, part in enumerate(text.parts, 1)]
    _create(wolkjes)
    _create(parts)


def _theme(edition: Edition, parent: Theme | None, number: int, text: ThemeText) -> Theme:
    return Theme(
        edition=edition,
        parent=parent,
        number=number,
        slug=text.slug,
        title=text.title,
        summary=text.summary,
        text=text.text,
        points="\n".join(text.points),
        open_questions="\n".join(text.open_questions),
        runs_through_all=text.runs_through_all,
    )


def _create_templates(edition: Edition) -> None:
    templates, steps, reminders = [], [], []
    for number, text in enumerate(TEMPLATES, 1):
        template = ConversationTemplate(
            edition=edition,
            number=number,
            slug=text.slug,
            kind=text.kind,
            title=text.title,
            summary=text.summary,
            purpose=text.purpose,
            preparation="\n".join(text.preparation),
            uses_cards=text.uses_cards,
        )
        templates.append(template)
        steps += [
            TemplateStep(template=template, number=place, title=title, minutes=minutes, means=means, text=explained)
            for place, (title, minutes, means, explained) in enumerate(text.steps, 1)
        ]
        reminders += [
            TemplateReminder(template=template, days=days, at=at, audience=audience) for days, at, audience in REMINDERS
        ]
    _create(templates)
    _create(steps)
    _create(reminders)
