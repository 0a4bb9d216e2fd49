"""The promise that comes before the song."""

from django import forms


class PromiseForm(forms.Form):
    """One box to tick; it is checked and never kept."""

    promise = forms.BooleanField(
        label="Ik ben er zelf bij en doe er iets mee",
        error_messages={"required": "Kruis dit aan als je de voorwaarde belooft. Dan zie je de links."},
    )
