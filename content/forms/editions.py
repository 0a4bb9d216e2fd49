"""What the redactie fills in about an edition as a whole."""

from django import forms

from lerend.fields import LocalDateTimeField


class CopyForm(forms.Form):
    """What the copy of an edition is called."""

    name = forms.CharField(label="Naam van het concept", max_length=60, help_text="Bijvoorbeeld: Versie 2.")


class PlanForm(forms.Form):
    """When an edition comes on show by itself."""

    at = LocalDateTimeField(label="Wanneer", help_text="Nederlandse tijd. De site wisselt binnen een minuut.")
