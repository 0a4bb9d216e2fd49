"""The forms of planning a talk."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from uuid import uuid4

from django import forms
from django.db.models import QuerySet

from content.models import ConversationTemplate
from lerend.fields import LocalDateTimeField
from lerend.forms import Explained
from organisations.models import Membership, Organisation, Team
from sessions_app.models import Session, SessionStep
from sessions_app.queries.planning import GONE, ONE_ON_ONE, Standing


class TemplateChoice(forms.ModelChoiceField):
    """A template with its summary under it; an own version says whose it is."""

    organisation = ""

    def label_from_instance(self, obj: Any) -> str:
        """Name the template."""
        return Explained(
            obj.title, help=f"Van {self.organisation}. {obj.summary}" if obj.organisation_id else obj.summary
        )


class WhatForm(forms.Form):
    """Step 1: which talk."""

    template = TemplateChoice(
        label="Welk gesprek wil je plannen?",
        queryset=ConversationTemplate.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Kies een gesprek.", "invalid_choice": GONE},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, templates: QuerySet[ConversationTemplate], organisation: Organisation, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", {}).setdefault("form_key", uuid4())
        super().__init__(*args, **kwargs)
        field = cast(TemplateChoice, self.fields["template"])
        field.queryset, field.organisation = templates, organisation.name


def members_field(label: str) -> forms.ModelMultipleChoiceField[Any]:
    """Return a field to tick members in, of whom ``offer`` says which."""
    return forms.ModelMultipleChoiceField(
        label=label, queryset=Membership.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )


def teams_field() -> forms.ModelMultipleChoiceField[Any]:
    """Return a field to tick whole teams in, of which ``offer`` says which."""
    return forms.ModelMultipleChoiceField(
        label="Hele teams", queryset=Team.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )


def offer(form: forms.Form, **choices: QuerySet[Any]) -> None:
    """Let the fields of ``form`` with these names offer ``choices``."""
    for name, queryset in choices.items():
        cast("forms.ModelChoiceField[Any]", form.fields[name]).queryset = queryset


class WhereForm(forms.Form):
    """Where a talk is: a place, a link, or both."""

    place = forms.CharField(
        label="Waar?",
        max_length=200,
        required=False,
        help_text="Vul een plek in, een link, of allebei. Bijvoorbeeld: Wijkcentrum De Brug, kamer 2.",
    )
    link = forms.URLField(
        label="Link om online mee te doen",
        max_length=500,
        required=False,
        assume_scheme="https",
        error_messages={"invalid": "Dit is geen hele link. Begin met https://"},
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a place or a link: people must know where to be."""
        cleaned = super().clean() or {}
        if not cleaned.get("place") and not cleaned.get("link") and not {"place", "link"} & set(self.errors):
            self.add_error("place", "Vul in waar het is, of geef een link.")
        return cleaned


class WhoForm(WhereForm):
    """Step 2: with whom, and where."""

    field_order = ("people", "teams", "join", "interviews")

    people = members_field("Wie doen er mee?")
    teams = teams_field()
    join = forms.BooleanField(label="Ik doe zelf mee", required=False, initial=True)
    interviews = forms.ChoiceField(
        label="Wie stelt de vragen?",
        choices=[
            ("nobody", Explained("Dat spreken we samen af", help="Om de beurt kan ook.")),
            ("planner", "Ik"),
            ("other", "De ander"),
        ],
        initial="nobody",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, standing: Standing, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = session.kind
        offer(self, people=standing.people(kind), teams=standing.teams(kind))
        if standing.role is None or not standing.may_stay_out(kind):
            del self.fields["join"]
        if kind not in ONE_ON_ONE or standing.role is None:
            del self.fields["interviews"]

    def clean(self) -> dict[str, Any]:
        """Ask for somebody to talk with, and where."""
        cleaned = super().clean()
        if not cleaned.get("people") and not cleaned.get("teams"):
            self.add_error("people", "Kies ten minste één persoon of team.")
        return cleaned

    @property
    def planner_interviews(self) -> bool | None:
        """Whether the planner interviews (True), the other does (False), or nobody was named (None)."""
        return {"planner": True, "other": False}.get(self.cleaned_data.get("interviews", ""))


class WhenForm(forms.Form):
    """Step 3: when."""

    starts_at = LocalDateTimeField(label="Wanneer begint het?")


class StepForm(forms.ModelForm):
    """One step of the programme, adjusted."""

    keep = forms.BooleanField(label="Deze stap doen we", required=False, initial=True)

    class Meta:
        model = SessionStep
        fields = ("title", "minutes")
        labels: ClassVar = {"title": "Stap", "minutes": "Minuten"}
        error_messages: ClassVar = {
            "title": {"required": "Geef de stap een naam."},
            "minutes": {"required": "Hoeveel minuten duurt deze stap?"},
        }
        widgets: ClassVar = {"minutes": forms.NumberInput(attrs={"min": 1, "max": 480, "inputmode": "numeric"})}

    def clean_minutes(self) -> int:
        """Keep a step between a minute and eight hours."""
        minutes = int(self.cleaned_data["minutes"])
        if not 1 <= minutes <= 480:
            raise forms.ValidationError("Een stap duurt 1 tot 480 minuten.")
        return minutes


StepFormSet = forms.modelformset_factory(SessionStep, form=StepForm, extra=0)


class MoveForm(WhereForm):
    """Another moment or place for a planned talk."""

    field_order = ("starts_at",)

    starts_at = LocalDateTimeField(label="Wanneer begint het?")
