"""The words to search for."""

from django import forms

from content.search import PAGE_SIZE, RANKED


class SearchForm(forms.Form):
    """What somebody looks for, and which page of what was found."""

    q = forms.CharField(
        label="Wat zoek je?",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        error_messages={"max_length": "Zoek met minder woorden: hooguit %(limit_value)d tekens."},
    )
    pagina = forms.IntegerField(min_value=1, max_value=RANKED // PAGE_SIZE, required=False, widget=forms.HiddenInput)
