"""The forms of date polls: proposing moments, changing them, and answering."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils import timezone

from lerend.fields import DayField, LocalDateTimeField
from lerend.forms import Explained
from lerend.moments import in_amsterdam, moment
from sessions_app.models import DatePoll, Says
from sessions_app.models.polls import MOST_OPTIONS

ROWS, MORE_ROWS = 5, 5


class MomentsForm(forms.Form):
    """Rows for moments, as many as asked for: an empty one counts for nothing, and there are never more than a poll
    may have. Rows are added by sending the form with ``meer``, which checks nothing."""

    last_day = DayField(
        label="Tot en met welke dag kan iedereen antwoorden?",
        help_text="Twee dagen eerder krijgt wie nog niet antwoordde één herinnering. Na deze dag kies jij een moment.",
        error_messages={"required": "Kies een laatste dag."},
    )

    def __init__(self, data: Any = None, *, rows: int = ROWS, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.rows = min(self._asked_rows(data) or rows, MOST_OPTIONS)
        for number in range(1, self.rows + 1):
            self.fields[f"moment_{number}"] = LocalDateTimeField(label=f"Moment {number}", required=False)
        # The moments come first, on the page and in the list of errors.
        self.order_fields([*(f"moment_{number}" for number in range(1, self.rows + 1)), *self.fields])

    @staticmethod
    def _asked_rows(data: Any) -> int:
        if data is None:
            return 0
        number = str(data.get("rijen", ""))
        return (int(number) if number.isdecimal() and len(number) < 3 else ROWS) + (MORE_ROWS if "meer" in data else 0)

    def full_clean(self) -> None:
        """Find nothing wrong with a form that was sent for more rows."""
        super().full_clean()
        if self.wants_more:
            self._errors = ErrorDict()

    @property
    def wants_more(self) -> bool:
        """Whether the form was sent for more rows, not to be carried out."""
        return self.is_bound and "meer" in self.data

    @property
    def full(self) -> bool:
        """Whether there can be no more rows."""
        return self.rows >= MOST_OPTIONS

    @property
    def moment_fields(self) -> list[forms.BoundField]:
        """The rows."""
        return [self[name] for name in self.fields if name.startswith("moment_")]

    @property
    def moments(self) -> list[datetime]:
        """The moments that were filled in."""
        given = (self.cleaned_data.get(f"moment_{number}") for number in range(1, self.rows + 1))
        return [starts_at for starts_at in given if starts_at]

    def clean(self) -> dict[str, Any]:
        """Point at a moment that passed, or stands there twice."""
        cleaned = super().clean() or {}
        seen: set[datetime] = set()
        for number in range(1, self.rows + 1):
            starts_at = cleaned.get(f"moment_{number}")
            if starts_at and starts_at <= timezone.now():
                self.add_error(f"moment_{number}", "Dit moment is al voorbij.")
            elif starts_at in seen:
                self.add_error(f"moment_{number}", "Dit moment staat er al.")
            elif starts_at:
                seen.add(starts_at)
        return cleaned


class StartForm(MomentsForm):
    """Proposing moments for a draft."""

    names = forms.ChoiceField(
        label="Wie ziet wie wanneer kan?",
        choices=[
            ("names", Explained("Iedereen die gevraagd is", help="Met namen. Handig om samen iets te schuiven.")),
            (
                "counts",
                Explained(
                    "Niemand",
                    help="Er staat alleen hoeveel mensen kunnen. Ook jij ziet dan geen namen bij de antwoorden. Wie je "
                    "vraagt staat vast zodra iemand antwoordt.",
                ),
            ),
        ],
        initial="names",
        widget=forms.RadioSelect,
        help_text="Dit kun je later niet veranderen: mensen antwoorden op wat hier staat.",
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, initial={"form_key": uuid4(), "names": "names"}, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Ask for two moments: one is no choice."""
        cleaned = super().clean()
        if not self.errors and len(self.moments) < 2:
            rows = range(1, self.rows + 1)
            empty = next((number for number in rows if not cleaned.get(f"moment_{number}")), self.rows)
            self.add_error(f"moment_{empty}", "Stel ten minste twee momenten voor.")
        return cleaned


class ChangeForm(MomentsForm):
    """Other moments or another last day for a running poll."""

    keep = forms.MultipleChoiceField(
        label="Deze momenten blijven",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Een van deze momenten is er intussen niet meer. Kijk nog eens."},
        help_text="Haal een vinkje weg, en wat mensen over dat moment zeiden wordt gewist.",
    )

    def __init__(self, data: Any = None, *, poll: DatePoll, **kwargs: Any) -> None:
        options = list(poll.options.all())
        self._standing = [str(option.id) for option in options]
        # What the page had when it was first shown, also where it comes back with an error.
        self.on_screen: list[str] = data.getlist("getoond") if data else self._standing
        initial = {"last_day": in_amsterdam(poll.last_day).date(), "keep": self._standing}
        super().__init__(data, rows=2, initial=initial, **kwargs)
        self.fields["keep"].choices = [(str(option.id), moment(option.starts_at)) for option in options]  # type: ignore[attr-defined]
        self.order_fields(["keep", *(name for name in self.fields if name != "keep")])

    @property
    def kept(self) -> set[UUID]:
        """The ids of the moments that stay: also what was not on the screen, such as one that came in meanwhile."""
        taken_away = set(self.on_screen) - set(self.cleaned_data["keep"])
        return {UUID(option) for option in self._standing if option not in taken_away}


WORDS = {"ja": Says.YES, "misschien": Says.MAYBE, "nee": Says.NO}


class VoteForm(forms.Form):
    """A yes, if need be or no for each moment. What is left open counts as no, so that one only says when one can."""

    def __init__(self, data: QueryDict | None, *, moments: Sequence[tuple[UUID, str]], own: dict[UUID, str]) -> None:
        super().__init__(data)
        self._shown = data.getlist("getoond") if data else []
        self.ids = [pk for pk, _ in moments]
        by_word = {word: name for name, word in WORDS.items()}
        for pk, label in moments:
            self.fields[self.name_of(pk)] = forms.ChoiceField(
                label=label,
                choices=[("ja", "Ja"), ("misschien", "Als het moet"), ("nee", "Nee")],
                required=False,
                widget=forms.RadioSelect,
                initial=by_word.get(Says(own[pk]), "") if pk in own else "",
                error_messages={"invalid_choice": "Kies ja, als het moet of nee."},
            )

    @staticmethod
    def name_of(pk: UUID) -> str:
        """Return the name of the field of a moment."""
        return f"m-{pk.hex}"

    def clean(self) -> dict[str, Any]:
        """Ask who says nothing at all whether that is meant."""
        cleaned = super().clean() or {}
        if not self.errors and "nooit" not in self.data and not any(cleaned.values()):
            raise forms.ValidationError(
                "Je koos nog niets. Kun je op geen van deze momenten? Zeg dat met de knop onderaan."
            )
        return cleaned

    @property
    def says(self) -> dict[UUID, str]:
        """What was said, by moment; also about moments that were on the screen and are gone."""
        never = "nooit" in self.data
        said: dict[UUID, str] = {}
        # What was not on the screen was not answered, such as a moment that came in meanwhile.
        for pk in filter(None, map(_uuid, self._shown)):
            word = "" if never else self.cleaned_data.get(self.name_of(pk), "")
            said[pk] = WORDS.get(word, Says.NO)
        return said


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
