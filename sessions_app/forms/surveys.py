"""The forms of a round over the wolkjes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone

from content.models import Theme
from lerend.fields import DayField, LongTextField
from lerend.forms import Explained
from lerend.moments import in_amsterdam
from organisations.models import Organisation, Team
from sessions_app.domain.surveys import LONGEST_DAYS, LONGEST_REMARK, Said
from sessions_app.forms.contributions import NOTHING_TRACEABLE
from sessions_app.models import Fit, ThemeAnswer

Place = tuple[Organisation, Team | None]


def place_key(organisation_id: UUID, team_id: UUID | None) -> str:
    """Return how a team, or a whole organisation, is written in an address and a form."""
    return str(team_id or organisation_id)


class StartForm(forms.Form):
    """Where, and until when."""

    where = forms.ChoiceField(
        label="Voor wie is het?",
        widget=forms.RadioSelect,
        error_messages={"required": "Kies voor wie het is.", "invalid_choice": "Kies uit de lijst."},
    )
    last_day = DayField(
        label="Tot en met welke dag kunnen mensen antwoorden?",
        help_text=f"Vanaf morgen, en hooguit {LONGEST_DAYS} dagen vooruit. Twee weken is vaak genoeg.",
        error_messages={"required": "Kies een laatste dag."},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, places: Sequence[Place], where: str = "") -> None:
        self.places = {
            place_key(organisation.id, team.id if team else None): (organisation, team) for organisation, team in places
        }
        only = next(iter(self.places)) if len(self.places) == 1 else ""
        today = in_amsterdam(timezone.now()).date()
        initial = {"form_key": uuid4(), "where": where or only, "last_day": today + timedelta(days=14)}
        super().__init__(data, initial=initial)
        several = len({organisation.id for organisation, _ in places}) > 1
        cast("forms.ChoiceField", self.fields["where"]).choices = [
            (key, _label(organisation, team, several)) for key, (organisation, team) in self.places.items()
        ]

    @property
    def place(self) -> Place:
        """Where it was chosen to be; only after is_valid()."""
        return self.places[self.cleaned_data["where"]]


def _label(organisation: Organisation, team: Team | None, several: bool) -> str:
    if team is None:
        return Explained(f"Heel {organisation.name}", help="Alle collega’s zien straks het beeld, de bestuurder ook.")
    name = f"{team.name}, {organisation.name}" if several else team.name
    return Explained(name, help="Alleen wie in dit team zit ziet straks het beeld, de leidinggevende van het team ook.")


@dataclass(frozen=True)
class Asked:
    """The fields about one theme, as the page shows them."""

    theme: Theme
    fit: forms.BoundField
    live: forms.BoundField
    remark: forms.BoundField
    released: forms.BoundField

    @property
    def said_more(self) -> bool:
        """Whether there is a remark, so that its field must stand open."""
        return bool(self.remark.value() or self.remark.errors)


class AnswerForm(forms.Form):
    """What one person says about each wolkje and part; all of it may be left out but one."""

    def __init__(
        self, data: Any = None, *, themes: Sequence[Theme], readers: str, answers: Iterable[ThemeAnswer] = ()
    ) -> None:
        super().__init__(data)
        self.themes = themes
        given = {answer.theme_id: answer for answer in answers}
        for theme in themes:
            answer = given.get(theme.id)
            self.fields[f"{theme.slug}-fit"] = forms.ChoiceField(
                label="Hoe is het bij ons?",
                choices=Fit.choices,
                required=False,
                widget=forms.RadioSelect,
                initial=answer and answer.fit,
            )
            self.fields[f"{theme.slug}-live"] = forms.BooleanField(
                label="Dit speelt nu bij ons", required=False, initial=answer and answer.live
            )
            self.fields[f"{theme.slug}-remark"] = LongTextField(
                label="Opmerking",
                rows=3,
                max_length=LONGEST_REMARK,
                required=False,
                initial=answer and answer.remark,
                help_text=f"{NOTHING_TRACEABLE} {readers}",
                error_messages={
                    "max_length": f"Houd het bij {LONGEST_REMARK} tekens; dit zijn er %(show_value)d.",
                },
            )
            self.fields[f"{theme.slug}-released"] = forms.BooleanField(
                label="Mijn opmerking mag zonder mijn naam bij het beeld staan",
                required=False,
                initial=answer and answer.released,
            )

    def asked(self) -> list[Asked]:
        """Return the fields theme by theme."""
        return [
            Asked(theme, *(self[f"{theme.slug}-{what}"] for what in ("fit", "live", "remark", "released")))
            for theme in self.themes
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for one answer at least."""
        cleaned = super().clean() or {}
        if not self.errors and all(one.empty for one in self._said(cleaned)):
            raise forms.ValidationError("Geef bij ten minste één wolkje een antwoord.")
        return cleaned

    def said(self) -> list[Said]:
        """Return what was filled in, as the domain takes it; only after is_valid()."""
        return self._said(self.cleaned_data)

    def _said(self, cleaned: dict[str, Any]) -> list[Said]:
        return [
            Said(
                theme,
                fit=cleaned.get(f"{theme.slug}-fit", ""),
                live=cleaned.get(f"{theme.slug}-live", False),
                remark=cleaned.get(f"{theme.slug}-remark", ""),
                released=cleaned.get(f"{theme.slug}-released", False),
            )
            for theme in self.themes
        ]
