"""The file that the redactie chooses to import."""

import tablib
from django import forms

from lerend import spreadsheets

LONGEST_CELL = 100_000  # characters that an import takes of one text


class ContentImportForm(forms.Form):
    """A workbook, or one sheet, with content; the clean value of the file is the sheets in it."""

    file = forms.FileField(
        label="Bestand uit Excel",
        help_text=f"Een .xlsx- of .csv-bestand van hooguit {spreadsheets.MOST_BYTES // 1024 // 1024} MB.",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
        error_messages={
            "required": "Kies een bestand. Koos je er een? Dan was het te groot.",
            "empty": "Dit bestand is leeg.",
        },
    )
    kind = forms.ChoiceField(
        label="Wat staat erin?",
        required=False,
        help_text="Bij een .csv, of een tabblad met een andere naam, kies je de soort.",
    )

    def __init__(self, *args: object, titles: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", "Een werkmap: de namen van de tabbladen zeggen het"),
            *((title, title) for title in titles),
        ]

    def clean(self) -> dict[str, object]:
        """Read the file; a sentence at the file when that cannot be."""
        upload = self.cleaned_data.get("file")
        if upload is None:
            return self.cleaned_data
        if upload.size > spreadsheets.MOST_BYTES:
            self.add_error("file", spreadsheets.TOO_LARGE)
            return self.cleaned_data
        try:
            tables: list[tablib.Dataset] = spreadsheets.read_book(upload.read(), LONGEST_CELL + 1)
        except spreadsheets.UnreadableError as error:
            self.add_error("file", str(error))
            return self.cleaned_data
        kind = self.cleaned_data.get("kind")
        if kind and len(tables) > 1:
            self.add_error("kind", "Dit bestand heeft meer tabbladen. Kies hier “Een werkmap”.")
        elif kind:
            tables[0].title = kind
        elif not tables[0].title:
            self.add_error("kind", "Kies wat er in dit bestand staat: dat staat er zelf niet in.")
        self.cleaned_data["file"] = tables
        return self.cleaned_data
