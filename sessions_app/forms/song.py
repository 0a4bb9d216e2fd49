"""The promise that comes before the song, and the form of a verse."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms

from lerend.fields import LongTextField
from lerend.forms import Explained
from organisations.models import Membership
from sessions_app.domain.song import LONGEST_MAKER, LONGEST_VERSE, LONGEST_WHAT, Place, VerseWords
from sessions_app.forms.contributions import NOTHING_TRACEABLE
from sessions_app.models import Verse, VerseMaker

WHAT_ERRORS = {"required": "Schrijf op wat jullie ermee gaan doen. Alleen doorgeven past niet bij dit lied."}


class PlaceField(forms.ChoiceField):
    """One of the organisations and teams of a person; its value is a Place, an empty one for oneself."""

    def __init__(self, memberships: list[Membership], *, alone: str = "", **kwargs: Any) -> None:
        self.places: dict[str, Place] = {}
        choices = [("", alone)] if alone else []
        for membership in memberships:
            organisation = membership.organisation
            self.places[str(organisation.id)] = Place(organisation)
            choices.append((str(organisation.id), organisation.name))
            for seat in membership.team_memberships.all():
                self.places[str(seat.team.id)] = Place(organisation, seat.team)
                choices.append((str(seat.team.id), f"{seat.team.name}, {organisation.name}"))
        super().__init__(choices=choices, widget=forms.RadioSelect, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the Place."""
        return self.places.get(super().clean(value), Place())


class PromiseForm(forms.Form):
    """Says that one is there, and what one will do with the song. Of who is not signed in it is not kept."""

    present = forms.BooleanField(
        label="Ik ben er zelf bij",
        error_messages={"required": "Kruis dit aan als je er zelf bij bent. Dan zie je de links."},
    )
    what = LongTextField(
        label="Wat gaan jullie ermee doen?",
        help_text=(
            "Bijvoorbeeld: woorden toevoegen, meezingen of dansen. Het mag ongemakkelijk zijn; dat hoort erbij. "
            f"{NOTHING_TRACEABLE}"
        ),
        max_length=LONGEST_WHAT,
        rows=3,
        error_messages=WHAT_ERRORS,
    )


class PlayForm(PromiseForm):
    """The promise of somebody who is signed in: it is kept for themselves, and an organisation may travel along."""

    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, memberships: list[Membership], data: Any = None) -> None:
        super().__init__(data, initial={"form_key": uuid4(), "place": ""})
        if memberships:
            self.fields["place"] = PlaceField(memberships, alone="Voor mezelf", label="Voor wie?", required=False)
            name = memberships[0].organisation.name if len(memberships) == 1 else "De organisatie die ik koos"
            self.fields["shown"] = forms.BooleanField(
                label=f"{name} mag in het reisverhaal van het lied staan",
                help_text="Iedereen leest dan de naam van de organisatie en de maand. Jouw naam staat er nooit bij.",
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        """Refuse the story for who plays for themselves: there is no name to tell."""
        data = self.cleaned_data
        place = data.get("place", Place())
        if data.get("shown") and isinstance(place, Place) and place.organisation is None and "place" not in self.errors:
            self.add_error("place", "Kies de organisatie die in het reisverhaal mag staan.")
        return data

    def where(self) -> Place:
        """Return where it is played, after ``is_valid()``."""
        found: Place = self.cleaned_data.get("place", Place())
        return found


PRIVATE, STORY = "wij", "verhaal"


class VerseForm(forms.Form):
    """A verse, and whether it travels along."""

    text = LongTextField(
        label="Het couplet",
        help_text=f"Jullie eigen woorden bij het lied. {NOTHING_TRACEABLE}",
        max_length=LONGEST_VERSE,
        rows=8,
    )
    readers = forms.ChoiceField(
        label="Wie leest het?",
        widget=forms.RadioSelect,
        initial=PRIVATE,
        choices=[
            (PRIVATE, Explained("Alleen wij", help="Hier ziet alleen jij het. Lees of zing het zelf voor.")),
            (
                STORY,
                Explained("In het reisverhaal", help="Iedereen leest het, ook zonder account. Terugnemen kan altijd."),
            ),
        ],
    )
    maker = forms.ChoiceField(
        label="Wie staat eronder in het reisverhaal?",
        widget=forms.RadioSelect,
        initial=VerseMaker.UNNAMED,
        choices=VerseMaker.choices,
        required=False,
    )
    name = forms.CharField(
        label="Welke naam?", help_text="Alleen als je een eigen naam koos.", max_length=LONGEST_MAKER, required=False
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, memberships: list[Membership], data: Any = None, *, verse: Verse | None = None) -> None:
        initial: dict[str, Any] = {"form_key": uuid4()}
        if verse:
            initial = {
                "form_key": verse.form_key,
                "text": verse.text,
                "readers": STORY if verse.released_month else PRIVATE,
                "maker": verse.maker,
                "name": verse.released_name,
                "place": str(verse.team_id or verse.organisation_id or ""),
            }
        super().__init__(data, initial=initial)
        if memberships:
            self.fields["place"] = PlaceField(
                memberships, label="Welke organisatie of welk team?", alone="Geen", required=False
            )
            self.order_fields(["text", "readers", "maker", "place", "name"])
        else:
            self.fields["maker"].choices = [  # type: ignore[attr-defined]
                choice for choice in VerseMaker.choices if choice[0] != VerseMaker.ORGANISATION
            ]

    def clean(self) -> dict[str, Any]:
        """Ask for the name or the place that goes with the choice of who stands under it."""
        data = self.cleaned_data
        if data.get("readers") == STORY:
            if data.get("maker") == VerseMaker.NAMED and not data.get("name"):
                self.add_error("name", "Schrijf op welke naam eronder staat.")
            if data.get("maker") == VerseMaker.ORGANISATION and data.get("place", Place()) == Place():
                self.add_error("place", "Kies welke organisatie of welk team eronder staat.")
        return data

    def words(self) -> VerseWords:
        """Return what was written, after ``is_valid()``."""
        data = self.cleaned_data
        return VerseWords(
            text=data["text"],
            release=data["readers"] == STORY,
            maker=data["maker"] or VerseMaker.UNNAMED,
            name=data["name"],
            place=data.get("place", Place()),
        )

    @property
    def key(self) -> UUID:
        """Return the key of this form, after ``is_valid()``."""
        found: UUID = self.cleaned_data["form_key"]
        return found
