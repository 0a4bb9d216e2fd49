"""What one can choose to print."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q

from content.models import ConversationTemplate, Edition, QuestionCard
from lerend.forms import Explained
from organisations.models import Organisation, User

SELECTION = re.compile(r"(\d{1,4})(?:\s*[-–]\s*(\d{1,4}))?", re.ASCII)


class PaperForm(forms.Form):
    """What the address of something to print may ask; the base asks nothing. Whatever else it asks is an error."""

    def clean(self) -> dict[str, Any]:
        """Refuse what no field is for: a slip of the pen would print something else than was meant."""
        unknown = set(self.data) - set(self.fields)
        if unknown and self.fields:
            known = ", ".join(self.fields)
            raise forms.ValidationError(f"In het adres staat een keuze die we niet kennen. Je kunt kiezen: {known}.")
        if unknown:
            raise forms.ValidationError("In het adres staat een keuze die we niet kennen. Laat alles na .pdf weg.")
        return self.cleaned_data


def _choices(label: str, *choices: tuple[str, str], required: bool) -> forms.ChoiceField:
    """Return one choice out of ``choices``; the first is what counts when nothing was chosen."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=required,
        initial=choices[0][0],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": f"Dit kennen we niet. Kies: {' of '.join(value for value, _ in choices)}."},
    )


class PosterForm(PaperForm):
    """How large the poster of the vuistregels is."""

    formaat = _choices("Formaat", ("a3", "A3"), ("a4", "A4"), required=False)


class OwnOrganisation(forms.ModelChoiceField):
    """One of the organisations of who asks; what is no id at all is as unknown as another's."""

    def to_python(self, value: Any) -> Organisation | None:
        """Return the organisation; raises ValidationError with the one sentence there is."""
        try:
            return cast(Organisation | None, super().to_python(value))
        except forms.ValidationError:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from None


class PrintedTemplate(forms.ModelChoiceField):
    """A template: one of the redactie's by its short name, an own version of one's organisation by its id."""

    def prepare_value(self, value: Any) -> Any:
        """Return how ``value`` stands in an address: own versions may have the short name of what they came from."""
        if isinstance(value, ConversationTemplate):
            return str(value.pk) if value.organisation_id else value.slug
        return value

    def label_from_instance(self, obj: Any) -> str:
        """Return the title, and of whom it is where it is not the redactie's."""
        return f"{obj.title} (van {obj.organisation.name})" if obj.organisation else obj.title

    def to_python(self, value: Any) -> ConversationTemplate | None:
        """Return the template; raises ValidationError with the one sentence there is, for another's own version too."""
        if value in self.empty_values:
            return None
        try:
            ways = Q(id=UUID(value), organisation__isnull=False)
        except ValueError:
            ways = Q(slug=value, organisation=None)
        found = self.queryset.filter(ways).first() if self.queryset is not None and "\0" not in value else None
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return cast(ConversationTemplate, found)


class CardsForm(PaperForm):
    """Which cards to print, and how. Needs the edition, its cards, and who prints."""

    formaat = _choices(
        "Formaat",
        ("acht", Explained("Acht kaarten op een vel", help="A4, met streepjes om te knippen.")),
        ("groot", Explained("Eén grote kaart op een vel", help="A4, om neer te leggen of op te hangen.")),
        required=True,
    )
    kaarten = forms.CharField(
        label="Welke kaarten?",
        required=False,
        max_length=200,
        help_text="Bijvoorbeeld: 1,3,5-8. Laat leeg voor alle kaarten.",
        error_messages={"max_length": "Dat is te lang. Schrijf het korter, bijvoorbeeld 1-12."},
    )
    achterkant = _choices(
        "Achterkant",
        ("ja", Explained("Met achterkant", help="Print dubbelzijdig en laat omslaan over de lange kant.")),
        ("nee", "Geen achterkant"),
        ("leeg", Explained("Lege achterkant", help="Om zelf iets op te schrijven.")),
        required=True,
    )
    sjabloon = PrintedTemplate(
        ConversationTemplate.objects.none(),
        label="Met het programma van een gesprek",
        required=False,
        empty_label="Zonder programma",
        error_messages={"invalid_choice": "Dit gesprek staat niet in deze uitgave. Kies er een uit de lijst."},
    )
    organisatie = OwnOrganisation(
        Organisation.objects.none(),
        label="Naam op de achterkant",
        required=False,
        empty_label="Geen naam",
        error_messages={"invalid_choice": "Kies een organisatie waar je bij hoort. Log daarvoor eerst in."},
    )

    def __init__(
        self,
        data: Mapping[str, str] | None,
        edition: Edition,
        cards: Sequence[QuestionCard],
        user: User | AnonymousUser,
    ) -> None:
        # Radio buttons show what counts when the address does not say it.
        chosen = (
            {"formaat": "acht", "achterkant": "ja", **{name: value for name, value in data.items() if value}}
            if data is not None
            else None
        )
        super().__init__(chosen)
        self.cards = cards
        templates = Q(edition=edition, organisation=None)
        if user.is_authenticated:
            templates |= Q(put_away_at=None, organisation__in=Organisation.objects.visible_to(user))
            # Never a name out of the address: nobody prints what they like under ours.
            mine = Organisation.objects.visible_to(user).order_by("name")
            self.fields["organisatie"].queryset = mine  # type: ignore[attr-defined]
        found = ConversationTemplate.objects.filter(templates).select_related("organisation").prefetch_related("steps")
        self.fields["sjabloon"].queryset = found.order_by(  # type: ignore[attr-defined]
            F("organisation__name").asc(nulls_first=True), "number", "title"
        )

    def clean_kaarten(self) -> list[QuestionCard]:
        """Return the cards that were asked for, in that order and each once; all of them for none."""
        asked = self.cleaned_data["kaarten"].strip(" ,")
        if not self.cards and not self.data.get("sjabloon"):
            raise forms.ValidationError("In deze uitgave staan nog geen kaarten.")
        if not asked:
            return list(self.cards)
        by_number = {card.number: card for card in self.cards}
        found: dict[int, QuestionCard] = {}
        for piece in asked.split(","):
            numbers = _numbers(piece.strip())
            here = [number for number in numbers if number in by_number]
            if not here or (len(numbers) > 1 and numbers[-1] not in by_number):
                raise forms.ValidationError(
                    f"Kaart {numbers[-1]} staat niet in deze uitgave. De laatste kaart is {max(by_number, default=0)}."
                )
            found |= {number: by_number[number] for number in here}
        return list(found.values())


def _numbers(piece: str) -> range:
    """Return the numbers of "3" or "5-8"; raises ValidationError for anything else."""
    match = SELECTION.fullmatch(piece)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if first > last:
        raise forms.ValidationError("Schrijf nummers met een komma ertussen, bijvoorbeeld: 1,3,5-8.")
    return range(first, last + 1)
