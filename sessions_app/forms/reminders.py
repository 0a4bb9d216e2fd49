"""The rows with reminder moments: of a talk, of an organisation, and of its own templates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import forms

from content.models import Moment
from content.models.reminders import FURTHEST_REMINDER, LONGEST_BEFORE
from sessions_app.domain.templates import MOST_REMINDERS

BEFORE, AFTER, HOURS, MINUTES = "ervoor", "erna", "uren", "minuten"
PREFIX = "herinnering"
Rows = list[dict[str, Any]]


class ReminderForm(forms.Form):
    """One reminder."""

    number = forms.IntegerField(
        label="Hoeveel",
        min_value=0,
        max_value=LONGEST_BEFORE,
        help_text="0 dagen is op de dag zelf.",
        error_messages={
            "required": "Hoeveel dagen, uren of minuten?",
            "max_value": f"Kies hooguit {FURTHEST_REMINDER} dagen, of {LONGEST_BEFORE // 60} uur.",
        },
    )
    unit = forms.ChoiceField(
        label="Ervoor of erna",
        choices=[
            (BEFORE, "dagen ervoor"),
            (HOURS, "uur voor het begin"),
            (MINUTES, "minuten voor het begin"),
            (AFTER, "dagen erna"),
        ],
        help_text="Ervoor aan wie is uitgenodigd, erna aan wie erbij was.",
        initial=BEFORE,
    )
    at = forms.TimeField(
        label="Hoe laat",
        required=False,
        help_text="Alleen bij dagen.",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Vul een tijd in, zoals 09:00."},
    )

    def clean(self) -> dict[str, Any]:
        """Hold what belongs together against each other."""
        cleaned = super().clean() or {}
        number, unit = cleaned.get("number"), cleaned.get("unit")
        if number is None or unit is None:
            return cleaned
        if unit in {BEFORE, AFTER}:
            if number > FURTHEST_REMINDER:
                self.add_error("number", f"Kies hooguit {FURTHEST_REMINDER} dagen.")
            elif unit == AFTER and number == 0:
                self.add_error("number", "Erna is ten minste 1 dag.")
            if cleaned.get("at") is None and "at" not in self.errors:
                self.add_error("at", "Hoe laat?")
        else:
            each = 60 if unit == HOURS else 1
            if not 1 <= number <= LONGEST_BEFORE // each:
                self.add_error(
                    "number", f"Kies 1 tot {LONGEST_BEFORE // each}. Langer ervoor? Kies dan dagen en een tijd."
                )
        return cleaned

    def moment(self) -> Moment:
        """Return when it goes, once checked; the time is of no account where minutes or hours are counted."""
        number, unit = self.cleaned_data["number"], self.cleaned_data["unit"]
        if unit in {HOURS, MINUTES}:
            return Moment(minutes_before=number * 60 if unit == HOURS else number)
        return Moment(number if unit == AFTER else -number, self.cleaned_data["at"])


class BaseReminderFormSet(forms.BaseFormSet):
    """The reminders; no two at one moment."""

    def clean(self) -> None:
        """Point at a moment that stands there twice."""
        seen: set[Moment] = set()
        for form in self.forms:
            moment = form.moment() if form.is_valid() else None
            if moment in seen:
                form.add_error("number", "Deze herinnering staat er al.")
            elif moment:
                seen.add(moment)


ReminderFormSet = forms.formset_factory(
    ReminderForm,
    formset=BaseReminderFormSet,
    extra=0,
    max_num=MOST_REMINDERS,
    validate_max=True,
    absolute_max=MOST_REMINDERS + 1,
)


def row_of(moment: Moment) -> dict[str, Any]:
    """Return ``moment`` as its form shows it."""
    if moment.minutes_before is not None:
        hours, rest = divmod(moment.minutes_before, 60)
        return {"number": moment.minutes_before if rest else hours, "unit": MINUTES if rest else HOURS, "at": None}
    days = moment.days or 0
    return {"number": abs(days), "unit": AFTER if days > 0 else BEFORE, "at": moment.at}


def typed_rows(data: Mapping[str, str]) -> Rows:
    """Return the rows as they were typed, unchecked."""
    total = data.get(f"{PREFIX}-TOTAL_FORMS", "")[:4]
    count = min(int(total) if total.isdecimal() else 0, MOST_REMINDERS)
    return [{name: data.get(f"{PREFIX}-{at}-{name}", "") for name in ReminderForm.base_fields} for at in range(count)]


def rearranged(rows: Rows, action: str) -> Rows:
    """Return ``rows`` with ``action`` done: "herinnering-erbij", or "herinnering-weg-2" with a place in it."""
    verb, _, place = action.rpartition("-")
    if verb == f"{PREFIX}-weg" and place.isdecimal() and int(place) < len(rows):
        return [row for at, row in enumerate(rows) if at != int(place)]
    if action == f"{PREFIX}-erbij" and len(rows) < MOST_REMINDERS:
        return [*rows, {"unit": BEFORE}]
    return rows


def shown(rows: Rows) -> Any:
    """Return the formset with ``rows``, unchecked."""
    return ReminderFormSet(initial=rows, prefix=PREFIX)


def sent(data: Mapping[str, str]) -> Any:
    """Return the formset as it was sent, to be checked."""
    return ReminderFormSet(data, prefix=PREFIX)


def opened(moments: Collection[Moment]) -> Any:
    """Return the formset as ``moments`` stand now."""
    return shown([row_of(moment) for moment in sorted(moments)])


def moments_of(formset: Any) -> tuple[Moment, ...]:
    """Return the moments of a formset that was checked, in order."""
    return tuple(sorted(form.moment() for form in formset.forms))
