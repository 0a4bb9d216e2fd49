"""What forms of every app share."""

from typing import Any, Self
from uuid import uuid4

from django import forms
from django.core import signing


class Explained(str):
    """The label of a choice with a line of explanation under it.

    ``Explained("Ons team", help="Ook je leidinggevende.")`` is a str in all else, so that it can stand in ``choices``
    and come out of ``label_from_instance``.
    """

    help: str

    def __new__(cls, text: str, *, help: str = "") -> Self:  # noqa: A002 - the same word as Django's help_text
        """Return ``text`` carrying ``help``."""
        label = super().__new__(cls, text)
        label.help = help
        return label


class QuietForm(forms.Form):
    """A form for everybody. Two quiet checks keep machines out, neither a puzzle; sent twice it carries one key."""

    QUICKEST = 3  # seconds in which nobody fills this in

    website = forms.CharField(
        label="Website",
        required=False,
        help_text="Dit veld is voor machines. Laat het leeg.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    started = forms.CharField(widget=forms.HiddenInput)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"started": self._signer().sign("begin"), "form_key": uuid4()})

    @classmethod
    def _signer(cls) -> signing.TimestampSigner:
        return signing.TimestampSigner(salt=cls.__qualname__)

    def clean_website(self) -> str:
        """Refuse what only a machine fills in, with a sentence for the browser that did it by itself."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError("Maak het veld “Website” leeg en verstuur het formulier opnieuw.")
        return ""

    def clean_started(self) -> str:
        """Refuse a form that was sent faster than anybody types; sent once more it is slow enough."""
        stamp = str(self.cleaned_data["started"])
        try:
            self._signer().unsign(stamp, max_age=self.QUICKEST)
        except signing.SignatureExpired:
            return stamp  # begun longer ago than that
        except signing.BadSignature:
            raise forms.ValidationError("Open deze pagina opnieuw en vul het formulier dan in.") from None
        raise forms.ValidationError("Dat ging wel heel snel. Kijk nog eens of alles klopt, en verstuur het dan.")
