"""The cards as a deck on a screen, for the public page and for a talk."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from django.http import HttpRequest

from content.models import QuestionCard

ORDERS = 100_000


@dataclass
class Slide:
    """A card with its place in the edition, whether it is passed over, and where one goes from it."""

    card: QuestionCard
    place: int
    hidden: bool
    before: str = "begin"
    after: str = "einde"

    @property
    def anchor(self) -> str:
        """Return the name of its place on the page."""
        return f"kaart-{self.card.number}"


@dataclass
class Deck:
    """The slides in the order in which they are shown."""

    slides: list[Slide]
    known: bool
    drawn: bool

    @property
    def first(self) -> str:
        """Return the anchor of the first card that is not passed over."""
        return next((slide.anchor for slide in self.slides if not slide.hidden), "einde")

    @property
    def first_needed(self) -> str:
        """Return the anchor of the first card for people who know each other."""
        return next((slide.anchor for slide in self.slides if not slide.card.only_if_needed), "einde")

    @property
    def asks(self) -> bool:
        """Whether there is a card that people who know each other pass over."""
        return any(slide.card.only_if_needed for slide in self.slides)

    @property
    def total(self) -> int:
        """Return how many cards there are."""
        return len(self.slides)

    @property
    def in_order(self) -> list[Slide]:
        """Return the slides as they stand in the edition."""
        return sorted(self.slides, key=lambda slide: slide.place)


def deck(request: HttpRequest, cards: Sequence[QuestionCard]) -> Deck:
    """Return ``cards`` as a deck: ``?kennen=ja`` passes over those for strangers, ``?volgorde=N`` is a drawn order."""
    known, order = request.GET.get("kennen") == "ja", request.GET.get("volgorde", "")
    slides = [Slide(card, place, known and card.only_if_needed) for place, card in enumerate(cards, 1)]
    drawn = order.isascii() and order.isdecimal() and len(order) < 10
    if drawn:
        Random(int(order)).shuffle(slides)  # noqa: S311  # the same address gives the same order
    shown = [slide for slide in slides if not slide.hidden]
    for one, other in pairwise(shown):
        one.after, other.before = other.anchor, one.anchor
    return Deck(slides, known, drawn)


def drawn_address(request: HttpRequest) -> str | None:
    """Return where to go for who asked to draw a card (``?trek``): the deck in an order that chance made."""
    if "trek" not in request.GET:
        return None
    known = "&kennen=ja" if request.GET.get("kennen") == "ja" else ""
    return f"{request.path}?volgorde={secrets.randbelow(ORDERS)}{known}#kaarten"
