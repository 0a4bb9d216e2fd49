"""The forms of loading a vuistregel and of answering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import uuid4

from django import forms

from lerend.fields import LongTextField
from lerend.forms import Explained
from organisations.models import Organisation, Team
from sessions_app.domain.interpretations import LONGEST_TEXT, Place
from sessions_app.forms.contributions import NOTHING_TRACEABLE
from sessions_app.models import Interpretation, Reach
from sessions_app.queries.interpretations import REACH_HELP, Where

NAMED_HELP = "Je naam lezen alleen collega's van je eigen organisatie. Zonder vinkje staat er geen naam bij."


class InterpretationForm(forms.Form):
    """What a rule means here, for whom, and with or without a name."""

    text = LongTextField(
        label="Wat betekent deze regel hier voor jullie?",
        max_length=LONGEST_TEXT,
        rows=4,
        help_text=f"{NOTHING_TRACEABLE} Hooguit {LONGEST_TEXT} tekens.",
        error_messages={"required": "Schrijf op wat deze regel hier voor jullie betekent."},
    )
    place = forms.ChoiceField(
        label="Wie mag dit lezen?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Kies wie dit mag lezen.",
            "invalid_choice": "Kies uit de lijst wie dit mag lezen.",
        },
    )
    named = forms.BooleanField(label="Met mijn naam", required=False, help_text=NAMED_HELP)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        organisations: Sequence[Organisation],
        teams: Sequence[Team],
        where: Where | None = None,
        row: Interpretation | None = None,
    ) -> None:
        if row:  # it stays of the organisation for which it was written
            organisations = [one for one in organisations if one.id == row.organisation_id]
            teams = [team for team in teams if team.organisation_id == row.organisation_id]
        self.places = {f"team:{team.id}": Place(team.organisation, Reach.TEAM, team) for team in teams}
        for reach in (Reach.ORGANISATION, Reach.EVERYONE):
            self.places |= {f"{reach}:{one.id}": Place(one, reach) for one in organisations}
        super().__init__(data, initial=self._initial(where, row))
        cast("forms.ChoiceField", self.fields["place"]).choices = [
            (key, Explained(self._label(place, several=len(organisations) > 1), help=REACH_HELP[Reach(place.reach)]))
            for key, place in self.places.items()
        ]

    def _initial(self, where: Where | None, row: Interpretation | None) -> dict[str, Any]:
        initial: dict[str, Any] = {"form_key": uuid4()}
        if row:
            subject = row.team_id if row.reach == Reach.TEAM else row.organisation_id
            initial |= {"text": row.text, "named": row.author_id is not None, "place": f"{row.reach}:{subject}"}
        elif where and where.team:
            initial["place"] = f"team:{where.team.id}"
        return initial

    @staticmethod
    def _label(place: Place, *, several: bool) -> str:
        if place.team:
            return f"Ons team: {place.team.name}"
        if place.reach == Reach.ORGANISATION:
            return f"Onze organisatie: {place.organisation.name}"
        return f"Alle organisaties, als {place.organisation.name}" if several else "Alle organisaties"

    @property
    def chosen(self) -> Place:
        """Return for whom it was written, once the form is valid."""
        return self.places[self.cleaned_data["place"]]


class ReplyForm(forms.Form):
    """What somebody says to a lading."""

    text = LongTextField(
        label="Wat zeg jij hierop?",
        max_length=LONGEST_TEXT,
        rows=3,
        help_text=f"{NOTHING_TRACEABLE} Hooguit {LONGEST_TEXT} tekens.",
        error_messages={"required": "Schrijf op wat je hierop zegt."},
    )
    organisation = forms.ChoiceField(label="Namens", error_messages={"invalid_choice": "Kies uit de lijst."})
    named = forms.BooleanField(label="Met mijn naam", required=False, help_text=NAMED_HELP)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    readers = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, organisations: Sequence[Organisation], readers: str) -> None:
        self.organisations = {str(one.id): one for one in organisations}
        first = next(iter(self.organisations))
        super().__init__(data, initial={"form_key": uuid4(), "organisation": first, "readers": readers})
        field = cast("forms.ChoiceField", self.fields["organisation"])
        field.choices = [(key, one.name) for key, one in self.organisations.items()]
        if len(self.organisations) == 1:
            field.widget = forms.HiddenInput()

    @property
    def chosen(self) -> Organisation:
        """Return for which organisation the answer is, once the form is valid."""
        return self.organisations[self.cleaned_data["organisation"]]
