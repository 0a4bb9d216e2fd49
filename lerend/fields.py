"""Form fields that the apps share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django import forms

from lerend.moments import AMSTERDAM, in_amsterdam

ELSE = "Kies een tijd voor 2.00 uur of vanaf 3.00 uur."
GAP = f"In deze nacht gaat de klok een uur vooruit. Deze tijd bestaat dan niet. {ELSE}"
FOLD = f"In deze nacht gaat de klok een uur terug. Deze tijd komt dan twee keer voor. {ELSE}"


def local_moment(naive: datetime) -> datetime:
    """Return the wall-clock time ``naive`` of Amsterdam as an aware datetime.

    Raises forms.ValidationError, with a sentence that says so, when that time does not exist or exists twice because
    the clock changes.
    """
    first, second = (naive.replace(tzinfo=AMSTERDAM, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    exists = first.astimezone(UTC).astimezone(AMSTERDAM).replace(tzinfo=None) == naive
    raise forms.ValidationError(FOLD if exists else GAP, code="twice" if exists else "gap")


class LocalDateTimeWidget(forms.MultiWidget):
    """A date and a time beside each other, by the browser's own inputs."""

    template_name = "django/forms/widgets/local_datetime.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        limits = {"min": "2000-01-01", "max": "2100-12-31"}
        widgets: dict[str, forms.Widget | type[forms.Widget]] = {
            "datum": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **limits}),
            "tijd": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }
        super().__init__(widgets, attrs)

    def decompress(self, value: datetime | None) -> list[Any]:
        """Return the date and the time of an aware ``value`` in Amsterdam."""
        if value is None:
            return [None, None]
        local = in_amsterdam(value)
        return [local.date(), local.time().replace(second=0, microsecond=0)]

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Give each input its own label, next to the legend of the whole."""
        context = super().get_context(name, value, dict(attrs) if attrs is not None else None)
        for part, label in zip(context["widget"]["subwidgets"], ("Datum", "Tijd"), strict=True):
            part["label"] = label
        return context


class LocalDateTimeField(forms.MultiValueField):
    """A moment, filled in as a date and a time of Amsterdam; its value is an aware datetime.

    A time that does not exist or exists twice, on a night that the clock changes, is an error that says so.
    """

    widget = LocalDateTimeWidget
    default_error_messages = {  # noqa: RUF012 - the way Django has it
        "required": "Vul een datum en een tijd in.",
        "incomplete": "Vul een datum en een tijd in.",
    }

    def __init__(self, **kwargs: Any) -> None:
        fields = (
            forms.DateField(
                input_formats=["%Y-%m-%d", "%d-%m-%Y"],
                error_messages={
                    "invalid": "Dit is geen datum. Schrijf hem als 24-02-2027.",
                    "incomplete": "Vul ook een datum in.",
                },
            ),
            forms.TimeField(
                input_formats=["%H:%M", "%H:%M:%S", "%H.%M"],
                error_messages={
                    "invalid": "Dit is geen tijd. Schrijf hem als 14:30.",
                    "incomplete": "Vul ook een tijd in.",
                },
            ),
        )
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[Any]) -> datetime | None:
        """Return the moment; raises forms.ValidationError when the clock does not know it once."""
        if not data_list:
            return None
        day, time = data_list
        if not 2000 <= day.year <= 2100:
            raise forms.ValidationError("Kies een jaar tussen 2000 en 2100.", code="year")
        return local_moment(datetime.combine(day, time))


class DayField(forms.DateField):
    """A day, by the browser's own input; where that is only text, as the Dutch write it too."""

    default_error_messages = {"invalid": "Dit is geen datum. Schrijf hem als 24-02-2027."}  # noqa: RUF012 - as Django

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d", "%d-%m-%Y"], **kwargs)


class LongTextField(forms.CharField):
    """A text of several lines. A line end counts once, as in browsers, so that ``max_length`` is the same in both."""

    def __init__(self, *, rows: int = 6, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the text with plain line ends."""
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)
