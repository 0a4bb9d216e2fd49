"""The promise that comes before the song, and what the redactie fills in about an edition as a whole."""

from django import forms

from lerend.fields import LocalDateTimeField


class PromiseForm(forms.Form):
    """One box to tick; it is checked and never kept."""

    promise = forms.BooleanField(
        label="Ik ben er zelf bij en doe er iets mee",
        error_messages={"required": "Kruis dit aan als je de voorwaarde belooft. Dan zie je de links."},
    )


class CopyForm(forms.Form):
    """What the copy of an edition is called."""

    name = forms.CharField(label="Naam van het concept", max_length=60, help_text="Bijvoorbeeld: Versie 2.")


class PlanForm(forms.Form):
    """When an edition comes on show by itself."""

    at = LocalDateTimeField(label="Wanneer", help_text="Nederlandse tijd. De site wisselt binnen een minuut.")
