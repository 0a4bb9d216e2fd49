"""The form with which a team asks guests, and the sheet that a guest fills in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone

from lerend.fields import DayField, LongTextField
from lerend.forms import QuietForm
from lerend.moments import in_amsterdam
from sessions_app.domain.guests import (
    LONGEST_INTRODUCTION,
    LONGEST_REMARK,
    LONGEST_VIEW,
    Asking,
    Sheet,
    Words,
    last_days,
)
from sessions_app.forms.contributions import NOTHING_TRACEABLE
from sessions_app.models import GuestAbout, GuestKind, GuestLink
from sessions_app.models.guests import LONGEST_LINK
from sessions_app.queries.guests import Item, offered


class AskGuestsForm(forms.Form):
    """What to ask, in one's own words, and until when."""

    about = forms.ChoiceField(
        label="Waarover vraag je het?",
        choices=GuestAbout.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Kies waarover je het vraagt."},
    )
    introduction = LongTextField(
        label="Wie vraagt het, en waarom?",
        help_text=f"Je gast leest dit bovenaan de pagina. {NOTHING_TRACEABLE}",
        max_length=LONGEST_INTRODUCTION,
        rows=4,
    )
    last_day = DayField(
        label="Tot en met welke dag?",
        help_text=f"Hooguit {LONGEST_LINK} dagen vooruit. Daarna lezen jullie de antwoorden, in één keer.",
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"form_key": uuid4()})
        self.first, self.last = last_days(in_amsterdam(timezone.now()).date())
        limits = {"min": self.first.isoformat(), "max": self.last.isoformat()}
        self.fields["last_day"].widget.attrs.update(limits)

    def clean_last_day(self) -> Any:
        """Refuse a day that is too soon or too far off."""
        day = self.cleaned_data["last_day"]
        if not self.first <= day <= self.last:
            raise forms.ValidationError(f"Kies een dag vanaf morgen, en hooguit {LONGEST_LINK} dagen vooruit.")
        return day

    def asking(self) -> Asking:
        """Return what was asked, after ``is_valid()``."""
        data = self.cleaned_data
        return Asking(about=data["about"], introduction=data["introduction"], last_day=data["last_day"])


@dataclass(frozen=True)
class Row:
    """The fields of one item on a guest's sheet, for the template."""

    item: Item
    says: forms.BoundField
    text: forms.BoundField
    live: forms.BoundField | None = None
    parts: list[Row] = field(default_factory=list)

    @property
    def opened(self) -> bool:
        """Whether something of the parts was filled in: then they are not folded away."""
        return any(
            bound is not None and bound.value() for row in self.parts for bound in (row.says, row.text, row.live)
        )


class GuestForm(QuietForm):
    """All that a guest may say at once. Nothing of it is required, but something is."""

    kind = forms.ChoiceField(
        label="Van waaruit kijk je?", choices=GuestKind.choices, widget=forms.RadioSelect, required=False
    )
    view = LongTextField(
        label="Jouw beeld van het vak",
        help_text=f"Wat zie jij het wijkteam doen? Waar merk je het aan? {NOTHING_TRACEABLE}",
        max_length=LONGEST_VIEW,
        rows=5,
        required=False,
    )
    alone = forms.BooleanField(
        label="Mijn woorden mogen gelezen worden, ook als maar enkele mensen antwoorden",
        help_text=(
            "Dan is makkelijker te raden wie je bent, en staat erbij van waaruit je kijkt. "
            "Zet je dit niet aan, dan leest niemand je woorden zolang er te weinig antwoorden zijn."
        ),
        required=False,
    )

    def __init__(self, link: GuestLink, items: list[Item], data: Any = None) -> None:
        super().__init__(data)
        self.items, self.about = items, link.about
        for item in self._all_items():
            self._ask(item)

    def _all_items(self) -> list[Item]:
        return [one for item in self.items for one in (item, *item.parts)]

    def _ask(self, item: Item) -> None:
        wolkjes = self.about == GuestAbout.WOLKJES
        self.fields[f"says_{item.key}"] = forms.ChoiceField(
            label=f"Herken je “{item.title}”?",
            choices=[(says.value, says.label) for says in offered(self.about)],
            widget=forms.RadioSelect(attrs={"class": "beside"}),
            required=False,
        )
        if wolkjes:
            self.fields[f"live_{item.key}"] = forms.BooleanField(label="Dit speelt nu", required=False)
        self.fields[f"text_{item.key}"] = LongTextField(
            label=f"Wil je iets zeggen over “{item.title}”?" if wolkjes else "Wanneer zie je dat, en hoe merk je het?",
            max_length=LONGEST_REMARK,
            rows=2,
            required=False,
        )

    def rows(self) -> list[Row]:
        """Return the fields item by item, those of the parts under the wolkje that they belong to."""
        return [self._row(item) for item in self.items]

    def _row(self, item: Item) -> Row:
        live = self[f"live_{item.key}"] if self.about == GuestAbout.WOLKJES else None
        parts = [self._row(part) for part in item.parts]
        return Row(item, self[f"says_{item.key}"], self[f"text_{item.key}"], live, parts)

    def clean(self) -> dict[str, Any]:
        """Ask for one answer at least."""
        data = self.cleaned_data
        if not self.errors and all(words.empty for words in self.sheet().words):
            raise forms.ValidationError("Vul minstens één ding in. Je hoeft niet alles te beantwoorden.")
        return data

    def sheet(self) -> Sheet:
        """Return what was said, after ``is_valid()``."""
        data = self.cleaned_data
        words = [
            Words(
                theme=item.theme,
                rule=item.rule,
                says=data[f"says_{item.key}"],
                live=data.get(f"live_{item.key}", False),
                text=data[f"text_{item.key}"],
            )
            for item in self._all_items()
        ]
        return Sheet(kind=data["kind"], alone=data["alone"], words=[*words, Words(text=data["view"])])
