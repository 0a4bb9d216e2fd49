"""The forms of the pilot: signing a team up, and a round."""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

from django import forms
from django.core.validators import RegexValidator

from lerend.fields import LocalDateTimeField, LongTextField
from organisations.models import Team, User
from sessions_app.domain.pilot import RoundDetails, SignupDetails
from sessions_app.models import PilotRound
from sessions_app.models.pilot import LARGEST_TEAM, MOST_PLACES, PLACES, SHARING_DAY, SMALLEST_TEAM

NO_RESIDENTS = "Geen herleidbare gegevens van inwoners."


class TeamChoice(forms.ModelChoiceField):
    """A team that one runs; with its organisation where there are several."""

    several = False

    def label_from_instance(self, obj: Any) -> str:
        """Name the team."""
        return f"{obj.name}, {obj.organisation.name}" if self.several else str(obj.name)


class SignupForm(forms.Form):
    """A team signs up for a round."""

    team = TeamChoice(
        label="Welk team?",
        queryset=Team.objects.none(),
        empty_label="Kies een team",
        error_messages={"required": "Kies een team.", "invalid_choice": "Kies een team uit de lijst."},
    )
    contact_name = forms.CharField(
        label="Wie is de contactpersoon?",
        max_length=120,
        help_text="Met deze persoon spreekt het NJi af. Dat mag ook iemand anders zijn dan jij.",
        error_messages={"required": "Vul in wie de contactpersoon is."},
    )
    contact_email = forms.EmailField(
        label="Mailadres van de contactpersoon",
        help_text="Bericht over de aanmelding gaat naar jou en naar dit adres.",
        error_messages={
            "required": "Vul een mailadres in.",
            "invalid": "Dit is geen mailadres. Schrijf het als naam@team.nl.",
        },
    )
    size = forms.IntegerField(
        label="Met hoeveel mensen zijn jullie?",
        min_value=SMALLEST_TEAM,
        max_value=LARGEST_TEAM,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": "Vul in met hoeveel mensen jullie zijn.",
            "invalid": "Vul een getal in.",
            "min_value": f"Een dagdeel doe je met {SMALLEST_TEAM} mensen of meer.",
            "max_value": f"Een dagdeel doe je met hoogstens {LARGEST_TEAM} mensen.",
        },
    )
    dates = LongTextField(
        label="Welke dagen komen jullie uit?",
        max_length=500,
        rows=2,
        required=False,
        help_text="Bijvoorbeeld: een woensdagmiddag in februari.",
    )
    motivation = LongTextField(
        label="Waarom willen jullie meedoen?",
        max_length=10_000,
        help_text=f"Dit lezen het NJi-programma, de leidinggevende van het team en de bestuurders. {NO_RESIDENTS}",
        error_messages={"required": "Schrijf in een paar zinnen waarom jullie willen meedoen."},
    )
    shares_experience = forms.BooleanField(
        label="", error_messages={"required": "Meedoen kan alleen als jullie je ervaring willen delen."}
    )
    merel_wanted = forms.BooleanField(label="We willen Merel Steinweg erbij", required=False)
    merel_cost_accepted = forms.BooleanField(
        label="We betalen de kosten van Merel Steinweg zelf",
        required=False,
        help_text="Alleen nodig als jullie haar erbij willen.",
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, round: PilotRound, user: User) -> None:  # noqa: A002
        teams = Team.objects.manageable_by(user).select_related("organisation").order_by("organisation__name", "name")
        found = list(teams)
        initial = {"contact_name": user.name, "contact_email": user.email, "form_key": uuid4()}
        if len(found) == 1:
            initial["team"] = found[0]
        super().__init__(data, initial=initial)
        choice = cast("TeamChoice", self.fields["team"])
        choice.several = len({team.organisation_id for team in found}) > 1
        choice.queryset = teams
        self.fields["shares_experience"].label = f"We delen onze ervaring op de {round.sharing_day}"

    def clean(self) -> dict[str, Any]:
        """Ask for a yes to the cost where Merel Steinweg is wanted."""
        cleaned = super().clean() or {}
        if cleaned.get("merel_wanted") and not cleaned.get("merel_cost_accepted"):
            self.add_error("merel_cost_accepted", "Zonder dit vinkje kan Merel Steinweg er niet bij zijn.")
        return cleaned

    @property
    def details(self) -> SignupDetails:
        """What was filled in, once valid."""
        return SignupDetails(
            **{name: value for name, value in self.cleaned_data.items() if name not in {"team", "form_key"}}
        )


class RoundForm(forms.Form):
    """A round of the pilot."""

    name = forms.CharField(
        label="Hoe heet de ronde?",
        max_length=120,
        help_text="Bijvoorbeeld: Pilot-dagdelen 2027.",
        error_messages={"required": "Geef de ronde een naam."},
    )
    intro = LongTextField(
        label="Wat moeten teams weten?", max_length=5_000, required=False, help_text="Dit staat op de openbare pagina."
    )
    opens_at = LocalDateTimeField(label="Vanaf wanneer kunnen teams zich aanmelden?")
    closes_at = LocalDateTimeField(label="Tot wanneer?")
    places = forms.IntegerField(
        label="Hoeveel plekken zijn er?",
        min_value=1,
        max_value=MOST_PLACES,
        initial=PLACES,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": "Vul in hoeveel plekken er zijn.",
            "invalid": "Vul een getal in.",
            "min_value": "Een ronde heeft ten minste 1 plek.",
            "max_value": f"Een ronde heeft hoogstens {MOST_PLACES} plekken.",
        },
    )
    sharing_day = forms.CharField(
        label="Op welke dag delen teams hun ervaring?",
        max_length=200,
        initial=SHARING_DAY,
        validators=[RegexValidator(r"^(?!de )", message="Laat “de” aan het begin weg: dat zetten we er zelf voor.")],
        error_messages={"required": "Vul in op welke dag teams hun ervaring delen."},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, round: PilotRound | None = None) -> None:  # noqa: A002
        initial: dict[str, Any] = {"form_key": uuid4()}
        if round is not None:
            initial = {
                "name": round.name,
                "intro": round.intro,
                "opens_at": round.opens_at,
                "closes_at": round.closes_at,
                "places": round.places.count(),
                "sharing_day": round.sharing_day,
                "form_key": round.form_key,
            }
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        """Ask for an end after the beginning."""
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", "De ronde sluit later dan hij opengaat. Kies een later moment.")
        return cleaned

    @property
    def details(self) -> RoundDetails:
        """What was filled in, once valid."""
        return RoundDetails(**{name: value for name, value in self.cleaned_data.items() if name != "form_key"})
