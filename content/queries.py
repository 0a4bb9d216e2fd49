"""What the public pages read: the edition on show or one that is previewed, in a fixed number of queries."""

from itertools import groupby
from uuid import UUID

from django.http import Http404

from content.models import (
    Assignment,
    Edition,
    Means,
    MeansKind,
    Programme,
    QuestionCard,
    RuleOfThumb,
    Song,
    Theme,
)


def published_edition() -> Edition | None:
    """Return the edition on show, if there is one."""
    return Edition.objects.published().first()


def edition(previewed: UUID | None) -> Edition | None:
    """Return the edition ``previewed``; the one on show where it is None or gone."""
    found = Edition.objects.filter(pk=previewed).first() if previewed else None
    return found or published_edition()


def all_means(edition: Edition) -> list[Means]:
    """Return the means of ``edition`` in order."""
    return list(Means.objects.filter(edition=edition))


def one_means(kind: MeansKind, previewed: UUID | None = None) -> Means | None:
    """Return a means of the edition ``previewed``, with ``edition`` and ``use_list``.

    Of the one on show where that is None or gone, in one query.
    """
    if previewed and Edition.objects.filter(pk=previewed).exists():
        means = Means.objects.filter(edition=previewed)
    else:
        means = Means.objects.published()
    return means.with_uses().select_related("edition").filter(kind=kind).first()


def cards(edition: Edition) -> list[QuestionCard]:
    """Return the cards in order."""
    return list(QuestionCard.objects.filter(edition=edition))


def card_groups(edition: Edition) -> list[list[QuestionCard]]:
    """Return the cards in order, those that follow each other under one heading together."""
    return [list(group) for _, group in groupby(cards(edition), key=lambda card: card.group)]


def themes(edition: Edition) -> list[Theme]:
    """Return the wolkjes in order, each with its ``parts``; two queries."""
    return list(Theme.objects.filter(edition=edition, parent=None).prefetch_related("parts"))


def theme_with_neighbours(edition: Edition, slug: str) -> tuple[Theme | None, Theme, Theme | None]:
    """Return the wolkje at ``slug`` between the one before and the one after it.

    Raises Http404 when there is none.
    """
    row = themes(edition)
    place = next((place for place, theme in enumerate(row) if theme.slug == slug), None)
    if place is None:
        raise Http404
    before = row[place - 1] if place else None
    after = row[place + 1] if place + 1 < len(row) else None
    return before, row[place], after


def rules(edition: Edition) -> list[RuleOfThumb]:
    """Return the vuistregels in order."""
    return list(RuleOfThumb.objects.filter(edition=edition))


def assignments(edition: Edition) -> list[Assignment]:
    """Return the parts of the opdracht in order."""
    return list(Assignment.objects.filter(edition=edition))


def song(edition: Edition) -> Song | None:
    """Return the song of ``edition``."""
    return Song.objects.filter(edition=edition).first()


def programme(edition: Edition) -> Programme | None:
    """Return the programme of ``edition`` with its ``steps``; two queries."""
    return Programme.objects.filter(edition=edition).prefetch_related("steps").first()
