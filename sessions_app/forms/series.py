"""The forms of series: repeating a draft, leaving dates out, choosing what a change is about, and answering."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms

from lerend.fields import DayField
from lerend.forms import Explained
from lerend.moments import span, weekday
from organisations.models import User
from sessions_app.models import Answer, Participant, Series, Session
from sessions_app.models.gathering import LONGEST_SERIES
from sessions_app.queries.recurrence import Repeat, nth_of, rule_words, times_until
from sessions_app.queries.series import Which, changeable

NO, WEEKS, MONTHS, LAST = "nee", "weken", "maanden", "laatste"
LONGEST_INTERVAL = 26
_NUMBER = forms.NumberInput(attrs={"inputmode": "numeric"})


class RepeatForm(forms.Form):
    """Whether a talk returns, how, and how often. ``repeat`` in its cleaned data is a Repeat, or None for once."""

    returns = forms.ChoiceField(label="Hoe komt het terug?", widget=forms.RadioSelect, required=False, initial=NO)
    every = forms.IntegerField(
        label="Om de hoeveel weken of maanden?",
        required=False,
        min_value=1,
        max_value=LONGEST_INTERVAL,
        initial=1,
        widget=_NUMBER,
        help_text="1 is elke week of elke maand, 6 is om de zes.",
        error_messages={
            "min_value": "Kies 1 of meer.",
            "max_value": f"Kies ten hoogste {LONGEST_INTERVAL}.",
            "invalid": "Vul een getal in.",
        },
    )
    times = forms.IntegerField(
        label="Hoe vaak in totaal?",
        required=False,
        min_value=2,
        max_value=LONGEST_SERIES,
        widget=_NUMBER,
        help_text=f"2 tot {LONGEST_SERIES} keer. Of laat dit leeg, en kies een laatste datum.",
        error_messages={
            "min_value": "Een reeks is ten minste 2 keer.",
            "max_value": f"Een reeks is ten hoogste {LONGEST_SERIES} keer.",
            "invalid": "Vul een getal in.",
        },
    )
    until = DayField(label="Of: tot en met welke datum?", required=False)

    def __init__(self, data: Any = None, *, starts_at: datetime | None, series: Series | None = None) -> None:
        super().__init__(data, initial=_initial(series) if series else None)
        self.starts_at = starts_at
        which, last = "de eerste dinsdag", "de laatste dinsdag"
        if starts_at:
            which, last = (f"de {_which(starts_at, nth)}" for nth in (nth_of(starts_at), -1))
        cast(forms.ChoiceField, self.fields["returns"]).choices = [
            (NO, "Nee, het is één keer"),
            (WEEKS, Explained("Om de zoveel weken", help="Op dezelfde dag, om dezelfde tijd.")),
            (
                MONTHS,
                Explained("Om de zoveel maanden, op dezelfde soort dag", help=f"Bijvoorbeeld {which} van de maand."),
            ),
            (
                LAST,
                Explained("Om de zoveel maanden, aan het eind van de maand", help=f"Bijvoorbeeld {last} van de maand."),
            ),
        ]

    def clean(self) -> dict[str, Any]:
        """Work out the rule; a date to end with counts as a number of times."""
        cleaned = super().clean() or {}
        cleaned["repeat"] = None
        if cleaned.get("returns", NO) in {NO, ""} or self.starts_at is None or self.errors:
            return cleaned
        nth = {WEEKS: None, MONTHS: nth_of(self.starts_at), LAST: -1}[cleaned["returns"]]
        interval = cleaned.get("every") or 1
        if Repeat(interval, 2, nth).starts(self.starts_at)[0] != self.starts_at:
            day = weekday(self.starts_at)
            self.add_error("returns", f"De datum die je koos is niet de laatste {day} van de maand.")
            return cleaned
        times, until = cleaned.get("times"), cleaned.get("until")
        if bool(times) == bool(until):
            self.add_error("times", "Vul in hoe vaak, of kies een laatste datum. Niet allebei.")
            return cleaned
        if until:
            times = times_until(self.starts_at, interval, nth, until)
            if not 2 <= times <= LONGEST_SERIES:
                self.add_error(
                    "until", f"Tot deze datum is het {_times(times)}. Een reeks is 2 tot {LONGEST_SERIES} keer."
                )
                return cleaned
        cleaned["repeat"] = Repeat(interval, int(times or 0), nth)
        return cleaned

    @property
    def stands_open(self) -> bool:
        """Whether the fields have to be in sight: something is chosen, or has to be mended."""
        return bool(self.errors) or self["returns"].value() not in {NO, "", None}


def _times(times: int) -> str:
    return f"meer dan {LONGEST_SERIES} keer" if times > LONGEST_SERIES else f"{times} keer"


def _which(starts_at: datetime, nth: int) -> str:
    rule = rule_words(Series(starts_at=starts_at, interval=1, nth=nth, count=2))
    return rule.removeprefix("elke ")


def _initial(series: Series) -> dict[str, Any]:
    returns = WEEKS if series.nth is None else LAST if series.nth == -1 else MONTHS
    return {"returns": returns, "every": series.interval, "times": series.count}


class DatesForm(forms.Form):
    """The dates of a series that is about to be sent: those that stay."""

    dates = forms.MultipleChoiceField(
        label="Welke datums gaan door?",
        widget=forms.CheckboxSelectMultiple,
        help_text="Vakantie of een feestdag? Haal het vinkje weg.",
        error_messages={
            "required": "Laat ten minste één datum staan.",
            "invalid_choice": "De datums zijn intussen anders. Kijk ze opnieuw na.",
        },
    )

    def __init__(self, data: Any = None, *, moments: Sequence[datetime], length: timedelta) -> None:
        by_name = {moment.isoformat(): moment for moment in moments}
        super().__init__(data, initial={"dates": list(by_name)})
        self.by_name = by_name
        field = cast(forms.MultipleChoiceField, self.fields["dates"])
        field.choices = [(name, span(moment, moment + length)) for name, moment in by_name.items()]

    @property
    def kept(self) -> list[datetime]:
        """The moments that stay."""
        return [self.by_name[name] for name in self.cleaned_data["dates"]]


MOVING = (
    "Bij meer gesprekken schuift elk evenveel dagen op, en evenveel op de klok; ook een gesprek dat je eerder apart "
    "verzette. Een andere plek geldt dan voor al die gesprekken."
)

COMPANY = "Wie in een van de andere gesprekken niet meedoet, of er al in zit, slaan we daar over."
PROGRAMME = "Bij meer gesprekken krijgen ze allemaal dit programma, ook waar je het eerder apart aanpaste."


def ask_which(form: forms.Form, session: Session, by: User, *, explained: str = "", chosen: str = "") -> None:
    """Let ``form`` ask, as ``which``, for which talks of the series of ``session`` a change is, if that is a choice.

    ``chosen`` is what to begin with, this talk alone unless it is one of the choices.
    """
    if session.series_id is None:
        return
    others = list(changeable(session.series_id, by).exclude(id=session.id))
    if not others:
        return
    later = sum(talk.span > session.span for talk in others)
    choices: list[tuple[str, str]] = [(Which.ONE, Which.ONE.label)]
    if later and later < len(others):
        choices.append((Which.LATER, f"{Which.LATER.label} ({later + 1} gesprekken)"))
    choices.append((Which.ALL, f"{Which.ALL.label} ({len(others) + 1} gesprekken)"))
    form.fields["which"] = forms.ChoiceField(
        label="Voor welke gesprekken?",
        choices=choices,
        initial=chosen if chosen in {value for value, _ in choices} else Which.ONE,
        widget=forms.RadioSelect,
        help_text=explained,
        error_messages={"required": "Kies voor welke gesprekken dit geldt."},
    )


class WhichForm(forms.Form):
    """A question without fields of its own; ``ask_which`` gives it one."""


class AnswersForm(forms.Form):
    """A yes or no for each coming talk of a series in which somebody has a place."""

    def __init__(self, data: Any = None, *, places: Sequence[Participant]) -> None:
        super().__init__(data)
        self.places = places
        for place in places:
            talk = place.session
            where = talk.place or ("Online" if talk.link else "")
            self.fields[self.name_of(place)] = forms.ChoiceField(
                label=span(*talk.span),
                help_text=where,
                required=False,
                choices=[(Answer.YES, "Ja"), (Answer.NO, "Nee")],
                initial=place.answer or None,
                widget=forms.RadioSelect(attrs={"class": "beside"}),
            )

    @staticmethod
    def name_of(place: Participant) -> str:
        """Return the name of the field of a talk: by its id, because a talk can be over before a page is sent."""
        return f"datum_{place.session_id.hex}"

    def said(self) -> dict[Any, str]:
        """Return the answers that were given, by the id of the talk."""
        answers = ((place.session_id, self.cleaned_data[self.name_of(place)]) for place in self.places)
        return {talk: answer for talk, answer in answers if answer}
