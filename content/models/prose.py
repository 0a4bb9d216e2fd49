"""Rich text: what the redactie writes with headings, lists, bold, italic, quotes and links."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import linebreaks, strip_tags, urlize
from django_prose_editor.fields import ProseEditorField, create_sanitizer

EXTENSIONS: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "Heading": {"levels": [3, 4]},
    "ListItem": True,
    "BulletList": True,
    "OrderedList": True,
    "Blockquote": True,
    "HardBreak": True,
    "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto"]},
}
LONGEST = 10_000
_BLOCK_END = re.compile(r"</(?:p|h3|h4|li|blockquote)>|<br ?/?>")

_NO_ADDRESS = re.compile(r'<a(?! href="[^"])[^>]*>(.*?)</a>')
_ADDRESS = re.compile(r'<a href="([^"]*)"')
_WHOLE = ("https://", "http://", "mailto:", "/", "#")

_clean = create_sanitizer(EXTENSIONS)


class ProseField(ProseEditorField):
    """Rich text. What is stored is clean HTML: ``clean`` leaves out all that the editor cannot make."""

    def __init__(self, *args: Any, longest: int = LONGEST, **kwargs: Any) -> None:
        super().__init__(*args, extensions=dict(EXTENSIONS), sanitize=True, **kwargs)
        self.longest = longest

    def clean(self, value: Any, instance: Any) -> str:
        """Return clean HTML, without links that lead nowhere.

        Raises ValidationError where the field must be filled and nothing is left, where it is too long, and for a link
        that a browser would look for on this site.
        """
        html = str(super().clean(_NO_ADDRESS.sub(r"\1", cleaned(value or "")), instance))
        for address in _ADDRESS.findall(html):
            if not address.startswith(_WHOLE):
                raise ValidationError(f"De link naar “{unescape(address)}” werkt niet. Begin het adres met https://.")
        if (length := len(plain(html))) > self.longest:
            raise ValidationError(f"Dit zijn {length} tekens. Er passen er {self.longest} op een kaart of in dit veld.")
        return html


def cleaned(html: str) -> str:
    """Return ``html`` with nothing in it but what the editor makes, and nothing at all for an empty paragraph."""
    return str(_clean(html))


def prose(text: str) -> str:
    """Return plain text as rich text: a white line begins a paragraph, an address becomes a link."""
    return cleaned(linebreaks(urlize(text, nofollow=False, autoescape=True))) if text.strip() else ""


def plain(html: str) -> str:
    """Return rich text without its marks; each paragraph, heading and point on a line of its own."""
    lines = unescape(strip_tags(_BLOCK_END.sub("\n", html))).split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())
