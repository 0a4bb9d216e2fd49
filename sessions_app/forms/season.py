"""The forms of planning a season."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from django import forms

from content.models import Kind
from lerend.fields import DayField, LocalDateTimeField, local_moment
from lerend.forms import Explained
from lerend.moments import day, in_amsterdam
from organisations.models import Membership, Team
from sessions_app.domain.season import Choice
from sessions_app.forms.planning import WhoForm
from sessions_app.models import Season, SeasonTalk
from sessions_app.models.season import LONGEST_PAUSE, LONGEST_TALK, MOST_BLOCKS, SHORTEST
from sessions_app.queries import season as reads
from sessions_app.queries.planning import Standing

SHOWN_BLOCKS, MOST_WEEKS = 3, 26
ME, OTHERS = "me", "others"


class SeasonWhoForm(forms.Form):
    """Who has a talk, and with whom."""

    people = forms.ModelMultipleChoiceField(
        label="Met wie komt er een gesprek?",
        queryset=Membership.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    teams = forms.ModelMultipleChoiceField(
        label="Hele teams", queryset=Team.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    company = forms.ChoiceField(label="Wie voert die gesprekken met hen?", widget=forms.RadioSelect)
    partners = forms.ModelMultipleChoiceField(
        label="Welke collega’s?",
        queryset=Membership.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    asks = forms.ChoiceField(label="Wie stelt de vragen?", required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, standing: Standing, season: Season, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = season.template.kind
        self.may_stay_out = standing.may_stay_out(kind)
        self.own = Membership.objects.filter(organisation=standing.organisation, user=standing.user)
        self.reach = reads.people(standing, kind)
        cast("forms.ModelMultipleChoiceField[Any]", self.fields["people"]).queryset = self.reach
        cast("forms.ModelMultipleChoiceField[Any]", self.fields["teams"]).queryset = reads.teams(standing)
        new = kind == Kind.INWERK
        self.fields["asks"].choices = [  # type: ignore[attr-defined]
            (Season.Asks.NOBODY, Explained("Dat spreken ze samen af", help="Om de beurt kan ook.")),
            (Season.Asks.MEMBER, "De nieuwe collega" if new else "De mensen die je hierboven koos"),
            (Season.Asks.PARTNER, self._partner_label(new)),
        ]
        if not self.may_stay_out:
            del self.fields["company"], self.fields["partners"]
            return
        cast("forms.ModelMultipleChoiceField[Any]", self.fields["partners"]).queryset = reads.partners(standing, kind)
        self.fields["company"].choices = [  # type: ignore[attr-defined]
            (ME, "Ik"),
            (OTHERS, Explained("Collega’s die ik kies", help="We verdelen de gesprekken gelijk over hen.")),
        ]

    def _partner_label(self, new: bool) -> str:
        if not self.may_stay_out:
            return "Ik"
        return "De ervaren collega" if new else "Wie de gesprekken met hen voert"

    def clean(self) -> dict[str, Any]:
        """Ask for somebody to talk with, on both sides."""
        cleaned = super().clean() or {}
        if not cleaned.get("people") and not cleaned.get("teams") and "people" not in self.errors:
            self.add_error("people", "Kies ten minste één persoon of team.")
        if cleaned.get("company") == OTHERS and not cleaned.get("partners") and "partners" not in self.errors:
            self.add_error("partners", "Kies ten minste één collega.")
        return cleaned

    @property
    def chosen_people(self) -> set[UUID]:
        """The memberships chosen: one by one, and those within reach of the whole teams."""
        in_teams = self.reach.filter(team_memberships__team__in=self.cleaned_data["teams"])
        return {member.id for member in self.cleaned_data["people"]} | set(in_teams.values_list("id", flat=True))

    @property
    def chosen_partners(self) -> set[UUID]:
        """The memberships with whom the talks are; the planner's own, unless they chose others."""
        if self.cleaned_data.get("company") == OTHERS:
            return {member.id for member in self.cleaned_data["partners"]}
        return set(self.own.values_list("id", flat=True))


class SeasonTimesForm(forms.Form):
    """How long the talks are, and where."""

    length = forms.IntegerField(
        label="Hoe lang duurt één gesprek?",
        max_value=LONGEST_TALK,
        help_text="In minuten. De stappen van het sjabloon worden naar verhouding langer of korter.",
        error_messages={
            "required": "Vul in hoeveel minuten een gesprek duurt.",
            "min_value": "Zo kort is een gesprek niet. Kies ten minste %(limit_value)s minuten.",
            "max_value": "Kies hooguit %(limit_value)s minuten.",
        },
    )
    pause = forms.IntegerField(
        label="Hoeveel tijd zit er tussen twee gesprekken?",
        min_value=0,
        max_value=LONGEST_PAUSE,
        help_text="In minuten, voor wie er meer na elkaar heeft.",
        error_messages={"required": "Vul een aantal minuten in. 0 mag ook."},
    )
    place = forms.CharField(
        label="Waar?",
        max_length=200,
        required=False,
        help_text="Vul een plek in, een link, of allebei. Zijn er gesprekken tegelijk? Noem dan geen kamer.",
    )
    link = WhoForm.base_fields["link"]

    def __init__(self, *args: Any, steps: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        least = max(SHORTEST, steps)
        field = cast(forms.IntegerField, self.fields["length"])
        field.min_value = least
        field.validators.append(forms.IntegerField(min_value=least).validators[0])
        field.widget.attrs["min"] = least

    def clean(self) -> dict[str, Any]:
        """Ask for a place or a link: people must know where to be."""
        cleaned = super().clean() or {}
        if not cleaned.get("place") and not cleaned.get("link") and not {"place", "link"} & set(self.errors):
            self.add_error("place", "Vul in waar het is, of geef een link.")
        return cleaned


def _time_field(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        input_formats=["%H:%M", "%H:%M:%S", "%H.%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": "Dit is geen tijd. Schrijf hem als 14:30."},
    )


class BlockForm(forms.Form):
    """A block of time on one day, and for how many weeks it comes back. Left empty it is none."""

    day = DayField(label="Dag", required=False)
    begins = _time_field("Van")
    ends = _time_field("Tot")
    weeks = forms.IntegerField(
        label="Weken achter elkaar",
        required=False,
        min_value=1,
        max_value=MOST_WEEKS,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        """Make ``spans`` of it, each by the clock of its own day."""
        cleaned = super().clean() or {}
        cleaned["spans"] = []
        filled = [cleaned.get("day"), cleaned.get("begins"), cleaned.get("ends")]
        if self.errors or filled == [None, None, None]:
            return cleaned
        needed = {"day": "een dag", "begins": "een begin", "ends": "een einde"}
        for (name, missing), value in zip(needed.items(), filled, strict=True):
            if value is None:
                self.add_error(name, f"Vul ook {missing} in. Of maak het hele blok leeg.")
        if self.errors:
            return cleaned
        first, begins, ends = cleaned["day"], cleaned["begins"], cleaned["ends"]
        if not 2000 <= first.year <= 2100:
            self.add_error("day", "Kies een jaar tussen 2000 en 2100.")
        elif ends <= begins:
            self.add_error("ends", "Het einde ligt niet na het begin.")
        else:
            for week in range(cleaned.get("weeks") or 1):
                self._add_span(first + timedelta(weeks=week), begins, ends)
        return cleaned

    def _add_span(self, on: date, begins: time, ends: time) -> None:
        try:
            start, end = (local_moment(datetime.combine(on, at)) for at in (begins, ends))
        except forms.ValidationError as error:
            self.add_error("begins", f"{on.day}-{on.month}-{on.year}: {error.messages[0]}")
        else:
            self.cleaned_data["spans"].append((start, end))


class BaseBlockFormSet(forms.BaseFormSet):
    """Blocks of time; the page has a few empty ones."""

    def clean(self) -> None:
        """Ask for one at least, together with what else is missing on the page."""
        if not self.spans and not any(self.errors):
            raise forms.ValidationError("Vul ten minste één blok tijd in.")

    @property
    def spans(self) -> list[tuple[datetime, datetime]]:
        """The stretches of time that were filled in; repeated ones each."""
        return [span for form in self.forms for span in form.cleaned_data.get("spans", ())]


BlockFormSet = forms.formset_factory(
    BlockForm, formset=BaseBlockFormSet, extra=SHOWN_BLOCKS, max_num=MOST_BLOCKS + SHOWN_BLOCKS, absolute_max=200
)


def blocks_initial(season: Season) -> list[dict[str, object]]:
    """Return what stands in the form for the blocks of ``season``; each is within a day, as it came from there."""
    found: list[dict[str, object]] = []
    for block in season.blocks.all():
        start, end = in_amsterdam(block.starts_at), in_amsterdam(block.ends_at)
        found.append({"day": start.date(), "begins": start.time(), "ends": end.time(), "weeks": 1})
    return found


@dataclass(frozen=True)
class Row:
    """A talk on the page of the plan, with what stands in its fields."""

    talk: SeasonTalk
    name: str
    partner_name: str
    day: str
    time: str
    partner: UUID | None
    errors: list[str]
    heading: str


class PlanForm(forms.Form):
    """When each talk of a plan begins, and with whom it is; rendered by hand, because there can be 250."""

    def __init__(self, *args: Any, talks: Sequence[SeasonTalk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.talks = talks
        partners = {talk.partner.id: talk.partner.user.name for talk in talks if talk.partner is not None}
        self.partners = sorted(partners.items(), key=lambda partner: partner[1].casefold())
        self.choose_partner = len(partners) > 1 or any(talk.partner is None for talk in talks)
        for talk in talks:
            self.fields[self._moment(talk)] = LocalDateTimeField(label=talk.member.user.name, required=False)
            if self.choose_partner:
                self.fields[self._partner(talk)] = forms.TypedChoiceField(
                    label=f"Met wie spreekt {talk.member.user.name}?",
                    required=False,
                    choices=[("", "")] + [(str(pk), name) for pk, name in self.partners],
                    coerce=UUID,
                    empty_value=None,
                )

    @staticmethod
    def _moment(talk: SeasonTalk) -> str:
        return f"moment-{talk.id.hex}"

    @staticmethod
    def _partner(talk: SeasonTalk) -> str:
        return f"met-{talk.id.hex}"

    @property
    def choices(self) -> dict[UUID, Choice]:
        """What was filled in, by talk."""
        return {
            talk.id: Choice(self.cleaned_data[self._moment(talk)], self.cleaned_data.get(self._partner(talk)))
            for talk in self.talks
        }

    def rows(self, troubles: dict[UUID, str]) -> Iterator[Row]:
        """Give the talks in order, each with its errors, and under which day it stands."""
        for talk in self.talks:
            name, partner = self._moment(talk), self._partner(talk)
            if self.is_bound:
                filled = (self.data.get(f"{name}_datum", ""), self.data.get(f"{name}_tijd", ""))
                chosen = next((pk for pk, _ in self.partners if str(pk) == self.data.get(partner)), None)
            else:
                local = in_amsterdam(talk.starts_at) if talk.starts_at else None
                filled = (f"{local:%Y-%m-%d}", f"{local:%H:%M}") if local else ("", "")
                chosen = talk.partner_id
            errors = [*self.errors.get(name, ()), *self.errors.get(partner, ())]
            if not errors and talk.id in troubles:
                errors = [troubles[talk.id]]
            yield Row(talk, name, partner, *filled, chosen, errors, day(talk.starts_at) if talk.starts_at else "")
