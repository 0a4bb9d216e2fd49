"""What each sheet holds, read from one edition."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.text import slugify

from content import queries
from content.models import (
    ConversationTemplate,
    Edition,
    EditionState,
    Means,
    Programme,
    QuestionCard,
    StepMeans,
)
from content.paper.printing import Sheet
from content.paper.rich import Node, paragraphs, text, tree


class Step(Protocol):
    """A step of a template, or of a talk that was planned from one."""

    number: int
    title: str
    text: str
    minutes: int
    means: str


@dataclass(frozen=True)
class Talk:
    """What is printed of a talk: its name in the file's name, its words (plain text) and its steps."""

    name: str
    title: str
    words: str
    preparation: Iterable[str]
    steps: Iterable[Step]

    @classmethod
    def of(cls, template: ConversationTemplate) -> Talk:
        """Return what is printed of a template."""
        words = f"{template.summary}\n\n{template.purpose}"
        return cls(template.slug, template.title, words, template.preparation_list, template.steps.all())


TIMES = "De tijden zijn een voorstel van dit platform. Een pauze komt erbij."


def cards(
    edition: Edition,
    found: Iterable[QuestionCard],
    *,
    size: str = "acht",
    backs: str = "ja",
    organisation: str = "",
    talk: Talk | None = None,
) -> Sheet:
    """Return the cards ``found``, eight a sheet or ("groot") one a page; after the programme of ``talk`` if given.

    ``backs`` is "ja", "nee" or "leeg"; ``organisation`` is the name on each back.
    """
    data = {
        "size": size,
        "backs": backs,
        "organisation": text(organisation),
        "edition": text(edition.label),
        "cards": [_card(card) for card in found],
        "talk": _planned(talk) if talk else None,
    }
    name, title = (talk.name, talk.title) if talk else ("vragenkaarten", "De vragen")
    return _sheet("cards", name, title, edition, data)


def programme(edition: Edition, found: Programme) -> Sheet:
    """Return the programme of a dagdeel."""
    steps = [_step(step.number, step.title, tree(step.text), step.minutes) for step in found.steps.all()]
    return _sheet("talk", "programma", found.title, edition, {"talk": _programme(found.title, tree(found.text), steps)})


def poster(means: Means, *, size: str = "a3") -> Sheet:
    """Return the vuistregels and the parts of the opdracht, on "a3" or "a4"."""
    data = {
        "size": size,
        "subtitle": text(means.subtitle),
        "rules": [_words(rule.number, rule.title, rule.text) for rule in queries.rules(means.edition)],
        "assignments": [_words(part.number, part.title, part.text) for part in queries.assignments(means.edition)],
    }
    return _sheet("poster", f"vuistregels-{size}", means.title, means.edition, data)


def placemat(means: Means) -> Sheet:
    """Return the wolkjes with room to write beside them."""
    themes = queries.themes(means.edition)
    through = next((part for theme in themes for part in theme.parts.all() if part.runs_through_all), None)
    data = {
        "thread": text(f"Door alle wolkjes heen: {through.title}") if through else "",
        "themes": [
            {
                "number": theme.number,
                "colour": theme.colour,
                "title": text(theme.title),
                "parts": [text(part.title) for part in theme.parts.all()],
                "question": text(theme.question_list[0]) if theme.question_list else "",
            }
            for theme in themes
        ],
    }
    return _sheet("placemat", "wolkjes-placemat", means.title, means.edition, data)


def _sheet(template: str, name: str, title: str, edition: Edition, data: dict[str, Any]) -> Sheet:
    told = {"title": text(title), "credits": text(_credits(edition)), **data}
    return Sheet(template, f"{name}-{slugify(edition.name) or 'uitgave'}.pdf", told)


def _credits(edition: Edition) -> str:
    """Return whose words these are, of which edition, and where they can be read."""
    draft = "Concept, nog niet gepubliceerd." if edition.state == EditionState.DRAFT else ""
    if edition.own_wording:
        whose = (
            "De woorden zijn van dit platform, tot de officiële tekst is geladen. Titels staan zoals in het document."
        )
    else:
        whose = f"Tekst: {', '.join(edition.author_list)}." if edition.author_list else ""
    return " ".join(filter(None, (draft, f"{edition.label}.", whose, urlsplit(settings.SITE_URL).netloc)))


def _card(card: QuestionCard) -> dict[str, Any]:
    return {
        "number": card.number,
        "heading": text(card.heading),
        "title": text(card.title),
        "only_if_needed": card.only_if_needed,
        "text": tree(card.text),
    }


def _words(number: int, title: str, html: str) -> dict[str, Any]:
    return {"number": number, "title": text(title), "text": tree(html)}


def _step(number: int, title: str, words: list[Node], minutes: int, means: str = "") -> dict[str, Any]:
    return {"number": number, "title": text(title), "text": words, "minutes": minutes, "means": means}


def _programme(
    title: str, intro: list[Node], steps: Collection[dict[str, Any]], preparation: Iterable[str] = ()
) -> dict[str, Any]:
    return {
        "title": text(title),
        "intro": intro,
        "preparation": [text(line) for line in preparation],
        "steps": steps,
        "minutes": sum(step["minutes"] for step in steps),
        "after": TIMES if steps else "",
    }


def _planned(talk: Talk) -> dict[str, Any]:
    steps = [
        _step(
            step.number,
            step.title,
            paragraphs(step.text),
            step.minutes,
            "" if step.means == StepMeans.NONE else text(StepMeans(step.means).label),
        )
        for step in talk.steps
    ]
    return _programme(talk.title, paragraphs(talk.words), steps, talk.preparation)
