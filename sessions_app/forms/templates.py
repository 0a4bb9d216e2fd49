"""The forms of an organisation's own templates: one page with words, steps and reminders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django import forms

from content.models import ConversationTemplate, StepMeans
from content.models.base import LONGEST_STEP
from content.words import LONGEST_WORDS, problems
from lerend.mail.kinds import Rendered
from organisations.models import User, one_line
from sessions_app.domain.planning import LONGEST
from sessions_app.domain.templates import LONGEST_TITLE, MOST_STEPS
from sessions_app.forms.reminders import Rows, moments_of, rearranged, row_of, sent, shown, typed_rows
from sessions_app.mail.examples import example_invitation
from sessions_app.queries.templates import StepWords, TemplateWords, words_of

LONGEST_TEXT = 5000


class OneLineField(forms.CharField):
    """A short text on one line, whatever was pasted."""

    def clean(self, value: Any) -> Any:
        """Return the text on one line; raises ValidationError as any field does."""
        return super().clean(one_line(value) if isinstance(value, str) else value)


class WordsForm(forms.Form):
    """What the template says."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    title = OneLineField(
        label="Titel", max_length=LONGEST_TITLE, error_messages={"required": "Geef het gesprek een titel."}
    )
    summary = OneLineField(
        label="In één zin",
        max_length=200,
        help_text="Staat onder de titel als iemand een gesprek kiest.",
        error_messages={"required": "Zeg in één zin wat voor gesprek dit is."},
    )
    preparation = forms.CharField(
        label="Voorbereiding",
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Wat je vooraf doet. Eén ding per regel.",
    )
    invitation = forms.CharField(
        label="Jullie eigen woorden",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "maxlength": LONGEST_WORDS}),
        help_text=(
            "Ze komen in de mail onder de aanhef (“Dag Lina,”). Leeg laten mag: dan gaat de gewone uitnodiging uit."
        ),
    )

    def clean_preparation(self) -> str:
        """Keep line ends of one sort."""
        return _lines(self.cleaned_data["preparation"])

    def clean_invitation(self) -> str:
        """Refuse words that cannot be filled in, and say which."""
        words = _lines(self.cleaned_data["invitation"])
        if wrong := problems(words):
            raise forms.ValidationError(wrong)
        return words


class StepForm(forms.Form):
    """One step."""

    lineage = forms.UUIDField(required=False, widget=forms.HiddenInput)
    number = forms.IntegerField(
        label="Nummer", min_value=1, max_value=99, error_messages={"required": "Welk nummer heeft deze stap?"}
    )
    title = OneLineField(label="Stap", max_length=200, error_messages={"required": "Geef de stap een naam."})
    minutes = forms.IntegerField(
        label="Minuten",
        min_value=1,
        max_value=LONGEST_STEP,
        error_messages={
            "required": "Hoeveel minuten duurt deze stap?",
            "min_value": f"Een stap duurt 1 tot {LONGEST_STEP} minuten.",
            "max_value": f"Een stap duurt 1 tot {LONGEST_STEP} minuten.",
        },
    )
    means = forms.ChoiceField(label="Op tafel", choices=StepMeans.choices, initial=StepMeans.NONE)
    text = forms.CharField(
        label="Uitleg", max_length=LONGEST_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


StepFormSet = forms.formset_factory(
    StepForm, extra=0, max_num=MOST_STEPS, validate_max=True, absolute_max=MOST_STEPS + 1
)


class TemplateEditor:
    """The page on which an own version is changed: three forms that are saved together."""

    example: tuple[User, Rendered] | None = None

    def __init__(self, own: ConversationTemplate, words: WordsForm, steps: Any, reminders: Any) -> None:
        self.own, self.form, self.steps, self.reminders = own, words, steps, reminders

    @classmethod
    def opened(cls, own: ConversationTemplate) -> TemplateEditor:
        """Return the page as ``own`` stands now."""
        words = words_of(own)
        steps = [
            {
                "number": number,
                **{name: getattr(step, name) for name in ("lineage", "title", "minutes", "means", "text")},
            }
            for number, step in enumerate(words.steps, start=1)
        ]
        reminders = [row_of(moment) for moment in words.reminders]
        start = {name: getattr(words, name) for name in ("title", "summary", "preparation", "invitation")}
        return cls._shown(own, {**start, "version": own.version}, steps, reminders)

    @classmethod
    def rearranged(cls, own: ConversationTemplate, data: Mapping[str, str], action: str) -> TemplateEditor:
        """Return the page as it was sent, unchecked, with ``action`` done: a step or reminder moved, added or removed.

        ``action`` is one of "stap-erbij", "herinnering-erbij", and "omhoog", "omlaag", "stap-weg" and
        "herinnering-weg" with the place of the row behind it ("omhoog-2"); anything else changes nothing.
        """
        steps, reminders = _typed_steps(data), rearranged(typed_rows(data), action)
        verb, _, place = action.rpartition("-")
        if action == "stap-erbij" and len(steps) < MOST_STEPS:
            steps.append({"means": StepMeans.NONE, "number": "99"})
        chosen = steps[int(place)] if place.isdecimal() and int(place) < len(steps) else None
        steps.sort(key=lambda row: int(row["number"]) if row["number"].isdecimal() else 99)
        if chosen is not None and verb == "stap-weg":
            steps = [row for row in steps if row is not chosen]
        elif chosen is not None and verb in {"omhoog", "omlaag"}:
            here = next(at for at, row in enumerate(steps) if row is chosen)
            steps.insert(max(here + (1 if verb == "omlaag" else -1), 0), steps.pop(here))
        for number, row in enumerate(steps, start=1):
            row["number"] = number
        start = {name: data.get(name, "") for name in WordsForm.base_fields}
        return cls._shown(own, start, steps, reminders)

    @classmethod
    def sent(cls, own: ConversationTemplate, data: Mapping[str, str]) -> TemplateEditor:
        """Return the page as it was sent, to be checked."""
        return cls(own, WordsForm(data), StepFormSet(data, prefix="stap"), sent(data))

    @classmethod
    def _shown(cls, own: ConversationTemplate, start: dict[str, Any], steps: Rows, reminders: Rows) -> TemplateEditor:
        return cls(
            own,
            WordsForm(initial=start),
            StepFormSet(initial=steps, prefix="stap"),
            shown(reminders),
        )

    @property
    def has_errors(self) -> bool:
        """Whether what was sent cannot stand."""
        return bool(self.form.errors or self.steps.total_error_count() or self.reminders.total_error_count())

    def is_valid(self, *, by: User) -> bool:
        """Check all of it, up to rendering the invitation as a colleague of ``by`` would get it."""
        valid = all([self.form.is_valid(), self.steps.is_valid(), self.reminders.is_valid()])
        if valid and not self.steps.forms:
            self.form.add_error(None, "Een gesprek heeft ten minste één stap.")
        elif valid and sum(step.minutes for step in self.words().steps) * 60 > LONGEST.total_seconds():
            self.form.add_error(
                None, "Het programma duurt langer dan twaalf uur. Maak stappen korter of laat er een weg."
            )
        if self.has_errors:
            return False
        self.example = example_invitation(self.own, self.words(), planner=by)
        return True

    def words(self) -> TemplateWords:
        """Return what was sent, checked; steps in the order of their numbers."""
        known = set(self.own.steps.values_list("lineage", flat=True))
        rows = sorted((form.cleaned_data for form in self.steps.forms), key=lambda row: row["number"])
        return TemplateWords(
            **{name: self.form.cleaned_data[name] for name in ("title", "summary", "preparation", "invitation")},
            steps=tuple(_step(row, known) for row in rows),
            reminders=moments_of(self.reminders),
        )


def _step(row: dict[str, Any], known: set[UUID]) -> StepWords:
    """Return a step; each that was there keeps its lineage, once, and any other is new."""
    lineage = row["lineage"] if row["lineage"] in known else uuid4()
    known.discard(lineage)
    return StepWords(lineage, row["title"], _lines(row["text"]), row["minutes"], row["means"])


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _typed_steps(data: Mapping[str, str]) -> Rows:
    """Return the steps as they were typed, unchecked."""
    total = data.get("stap-TOTAL_FORMS", "")[:4]
    count = min(int(total) if total.isdecimal() else 0, MOST_STEPS)
    return [{name: data.get(f"stap-{at}-{name}", "") for name in StepForm.base_fields} for at in range(count)]
