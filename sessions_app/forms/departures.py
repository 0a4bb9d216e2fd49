"""The form with which somebody who left decides about what they wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from lerend.forms import Explained
from sessions_app.models import Kept
from sessions_app.queries.departures import ERASE, Item

NOTHING = "nothing"


def _about_taking_it_off(item: Item) -> str:
    known = " Wie bij het gesprek was, kan nog weten dat de tekst van jou is." if item.small else ""
    return f"De naam kan er later niet meer bij.{known}"


def _options(item: Item) -> list[tuple[str, str]]:
    labels = {
        Kept.NAMED: Explained("Laat staan met mijn naam"),
        Kept.UNNAMED: Explained(
            "Laat staan zonder mijn naam", help=_about_taking_it_off(item) if item.shown.contribution.author_id else ""
        ),
        ERASE: Explained("Wis nu", help="Hij verdwijnt overal. Terughalen kan niet."),
    }
    chosen: list[tuple[str, str]] = [(choice, labels[choice]) for choice in item.choices]
    return [(NOTHING, Explained("Laat verdwijnen als de tijd om is")), *chosen] if item.vanishes else chosen


class DecideForm(forms.Form):
    """A choice a text, none of them asked for: what is left open follows the rule."""

    def __init__(self, *args: Any, items: Sequence[Item], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[str(item.id)] = forms.ChoiceField(
                label="Wat doe je met deze tekst?",
                choices=_options(item),
                widget=forms.RadioSelect,
                required=False,
                initial=NOTHING if item.vanishes else item.kept,
            )

    def rows(self) -> list[tuple[Item, forms.BoundField]]:
        """Return each text with its choice."""
        return [(item, self[str(item.id)]) for item in self.items]

    def chosen(self) -> dict[UUID, str]:
        """Return what was newly chosen, by contribution."""
        kept = {item.id: item.kept for item in self.items}
        said = {UUID(name): choice for name, choice in self.cleaned_data.items()}
        return {pk: choice for pk, choice in said.items() if choice not in {"", NOTHING, kept[pk]}}
