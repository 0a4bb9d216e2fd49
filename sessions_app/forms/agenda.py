"""The filters of the calendar page, as they stand in the address."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import QueryDict

from sessions_app.queries.agenda import LIST, MONTH, PLAN, TAKE_PART, TEAMWISE, Filters, kinds

EVERYTHING = ("", "Alles")
FIRST_YEAR, LAST_YEAR = 2000, 2100


class FilterForm(forms.Form):
    """Which talks to show. What is not one of the choices counts as not chosen: an old address still works."""

    vorm = forms.ChoiceField(choices=[(form, form) for form in (LIST, MONTH, TEAMWISE)], required=False)
    toon = forms.ChoiceField(choices=[("geweest", "geweest")], required=False)
    soort = forms.ChoiceField(label="Soort gesprek", required=False)
    organisatie = forms.ChoiceField(label="Organisatie", required=False)
    team = forms.ChoiceField(label="Met het team", required=False)
    rol = forms.ChoiceField(
        label="Jouw rol", choices=[EVERYTHING, (TAKE_PART, "Ik doe mee"), (PLAN, "Ik zorg ervoor")], required=False
    )
    antwoord = forms.ChoiceField(
        label="Antwoord", choices=[EVERYTHING, ("open", "Ik moet nog antwoorden")], required=False
    )
    dag = forms.DateField(label="Dag", required=False, input_formats=["%Y-%m-%d"])
    maand = forms.DateField(label="Maand", required=False, input_formats=["%Y-%m"])

    def __init__(
        self, query: QueryDict, *, organisations: list[tuple[str, str]], teams: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(query, **kwargs)
        for name, choices in (("soort", kinds()), ("organisatie", organisations), ("team", teams)):
            cast("forms.ChoiceField", self.fields[name]).choices = [EVERYTHING, *choices]

    def filters(self) -> Filters:
        """Return what is chosen."""
        self.is_valid()
        chosen: dict[str, Any] = {name: self.cleaned_data.get(name) for name in self.fields}
        for name in ("dag", "maand"):
            # A calendar has an end on both sides, and a page looks a little beyond the day that is asked for.
            if chosen[name] and not FIRST_YEAR <= chosen[name].year <= LAST_YEAR:
                chosen[name] = None
        return Filters(
            form=chosen["vorm"] or LIST,
            past=chosen["toon"] == "geweest",
            kind=chosen["soort"] or "",
            organisation=UUID(chosen["organisatie"]) if chosen["organisatie"] else None,
            team=UUID(chosen["team"]) if chosen["team"] else None,
            role=chosen["rol"] or "",
            unanswered=chosen["antwoord"] == "open",
            day=chosen["dag"],
            month=chosen["maand"],
        )

    def shown(self) -> list[forms.BoundField]:
        """Return the fields to choose with: not the organisation of who has one, nor the team of who has none."""
        names = ("soort", "team", "organisatie", "rol", "antwoord")
        least = {"organisatie": 3, "team": 2}
        sizes = {name: len(cast(Any, self.fields[name]).choices) for name in names}
        return [self[name] for name in names if sizes[name] >= least.get(name, 1)]
