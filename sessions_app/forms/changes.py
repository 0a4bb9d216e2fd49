"""The forms of changing a planned talk, and of answering."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.html import escape

from lerend.fields import LocalDateTimeField, LongTextField
from organisations.models import User
from sessions_app.forms.contributions import NOTHING_TRACEABLE
from sessions_app.forms.planning import StepForm, members_field, offer, teams_field
from sessions_app.models import Answer, Participant, Session, SessionStep
from sessions_app.queries.planning import Standing


class PersonChoice(forms.ModelMultipleChoiceField):
    """People to tick, by name."""

    def label_from_instance(self, obj: Any) -> str:
        """Name the person."""
        return str(obj.name)


class OnePerson(forms.ModelChoiceField):
    """Somebody to choose, by name."""

    def label_from_instance(self, obj: Any) -> str:
        """Name the person."""
        return str(obj.name)


class PeopleForm(forms.Form):
    """Who goes, and who joins."""

    out = PersonChoice(
        label="Wie doet er niet meer mee?",
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Wie je aanvinkt krijgt bericht, en het gesprek verdwijnt uit de agenda.",
        error_messages={"invalid_choice": "Iemand die je aanvinkte deed al niet meer mee. Kijk opnieuw."},
    )
    people = members_field("Wie komt erbij?")
    teams = teams_field()
    join = forms.BooleanField(label="Ik doe zelf mee", required=False)

    def __init__(self, *args: Any, standing: Standing, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at_table = session.participants.values("user")
        leaving = User.objects.filter(id__in=at_table).order_by("name_sorted", "id")
        if not standing.may_stay_out(session.kind):
            leaving = leaving.exclude(id=standing.user.id)
        kind = session.kind
        offer(self, out=leaving, people=standing.people(kind), teams=standing.teams(kind))
        if standing.role is None or session.participants.filter(user=standing.user).exists():
            del self.fields["join"]

    def clean(self) -> dict[str, Any]:
        """Ask for at least one change."""
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.get(name) for name in ("out", "people", "teams", "join")):
            self.add_error("people", "Kies wie er niet meer meedoet, wie erbij komt, of allebei.")
        return cleaned


class ProgrammeStepForm(StepForm):
    """One step of a planned talk, with its place in the programme; the last is a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.fields["title"].label = "Nieuwe stap"
            del self.fields["keep"]


class _Programme(forms.BaseModelFormSet):
    def add_fields(self, form: Any, index: Any) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = "Volgorde"
        form.fields["ORDER"].widget.attrs |= {"inputmode": "numeric", "min": 1}


ProgrammeFormSet = forms.modelformset_factory(
    SessionStep, form=ProgrammeStepForm, formset=_Programme, extra=1, can_order=True
)


class CancelForm(forms.Form):
    """Whether to tell why."""

    because = LongTextField(
        label="Wil je erbij zeggen waarom?",
        rows=3,
        max_length=500,
        required=False,
        help_text="Wie meedoet leest dit, in de mail en op de pagina van het gesprek. Schrijf niets over waarom iemand "
        f"anders niet kan. {NOTHING_TRACEABLE}",
    )


class HandOverForm(forms.Form):
    """Who looks after the talk from now on."""

    to = OnePerson(
        label="Wie zorgt er voortaan voor dit gesprek?",
        queryset=User.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Kies iemand.",
            "invalid_choice": "Aan deze persoon kun je het gesprek niet meer overdragen. Kies iemand anders.",
        },
    )

    def __init__(self, *args: Any, heirs: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, to=heirs)


YES, NO, PROPOSAL = "ja", "nee", "voorstel"
SAID = {YES: Answer.YES, NO: Answer.NO, PROPOSAL: Answer.OPEN}


class AnswerForm(forms.Form):
    """Yes, no, or rather another moment; with a word for who plans the talk."""

    antwoord = forms.ChoiceField(
        choices=[(YES, "Ja"), (NO, "Nee"), (PROPOSAL, "Ander moment")],
        widget=forms.HiddenInput,
        error_messages={"required": "Kies ja of nee.", "invalid_choice": "Kies ja of nee."},
    )
    word = LongTextField(label="Een woord erbij", rows=3, max_length=300, required=False)
    proposes = LocalDateTimeField(label="Past een ander moment beter?", required=False)

    def __init__(self, data: Any = None, *, place: Participant, session: Session, recall: bool) -> None:
        """Ask for a word only where somebody reads it; ``recall`` shows what was written before."""
        super().__init__(data, initial={"word": place.word, "proposes": place.proposes} if recall else None)
        planner = session.planned_by
        if planner is None or planner.id == place.user_id or session.started:
            del self.fields["word"], self.fields["proposes"]
            return
        # Help is shown as HTML.
        name = escape(planner.name)
        self.fields[
            "word"
        ].help_text = (
            f"Alleen {name} leest dit, en jij. Draagt {name} het gesprek over, dan verdwijnt het. {NOTHING_TRACEABLE}"
        )
        self.fields["proposes"].help_text = f"{name} ziet je voorstel en kiest of het gesprek verzet wordt."

    def clean(self) -> dict[str, Any]:
        """Ask for the moment that is proposed; a yes needs none."""
        cleaned = super().clean() or {}
        said = cleaned.get("antwoord")
        if said == YES:
            self.errors.pop("proposes", None)
            cleaned["proposes"] = None
        elif said == PROPOSAL and "proposes" not in self.errors and not cleaned.get("proposes"):
            if "proposes" in self.fields:
                self.add_error("proposes", "Vul een datum en een tijd in.")
            else:
                self.add_error("antwoord", "Kies ja of nee.")
        return cleaned
