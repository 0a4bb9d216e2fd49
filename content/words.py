"""An organisation's own words in an invitation: plain text with placeholders out of a fixed list.

The text is read by this parser alone. It knows names, no expressions: what people type never reaches ``str.format`` or
a template.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

PLACEHOLDERS = {
    "naam": "de voornaam van wie de mail krijgt",
    "gesprek": "hoe het gesprek heet",
    "wanneer": "de dag en de tijd",
    "waar": "de plek, of “online”",
    "duur": "hoe lang het duurt",
    "planner": "wie het gesprek plant",
    "organisatie": "de naam van jullie organisatie",
}
LONGEST_WORDS = 2000
USABLE = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
# Mail programs make a link of an address by themselves, and a link in an invitation is what a fraud would want.
_ADDRESS = re.compile(
    r"://|\bwww\.|[^\W_]\.[^\W\d_]{2,}/"
    r"|(?<![\w.@-])[\w-]+(?:\.[\w-]+)*"  # a bare name too, but not what comes before or after the @ of a mail address
    r"\.(?:nl|com|net|org|eu|be|de|info|online|site|link|click|app|io|me|co|ru|xyz)\b(?![\w.-]*@)",
    re.IGNORECASE,
)
_SHOWN = 30


def problems(text: str) -> list[str]:
    """Return in sentences all that keeps ``text`` from being sent; nothing when it is fine, or empty."""
    found = []
    for match in _BRACES.finditer(text):
        name = match[1]
        if name is None:
            found.append(
                f"Er staat een losse “{match[0]}”. Een invulwoord begint met {{ en eindigt met }}. "
                f"Je kunt gebruiken: {USABLE}."
            )
        elif name not in PLACEHOLDERS:
            shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
            found.append(f"“{{{shown}}}” kennen we niet. Je kunt gebruiken: {USABLE}.")
    if _ADDRESS.search(unicodedata.normalize("NFKC", text)):
        found.append("Zet hier geen webadres neer. De link naar het gesprek staat er altijd bij.")
    if len(text) > LONGEST_WORDS:
        found.append(f"Dit zijn {len(text)} tekens. Houd het bij hooguit {LONGEST_WORDS}.")
    if text and not says_something(text):
        found.append("Er staat niets leesbaars. Maak het veld leeg voor de gewone uitnodiging, of schrijf iets.")
    return list(dict.fromkeys(found))


def says_something(text: str) -> bool:
    """Return whether there is a letter, a digit or a sign to see in ``text``."""
    return any(unicodedata.category(letter)[0] in "LNSP" for letter in text)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with each placeholder replaced by its value, once: a brace in a value stays a brace.

    Raises ValueError for a text with ``problems``, so that nobody gets half a sentence.
    """
    if problems(text):
        raise ValueError("These words cannot be sent.")
    return _BRACES.sub(lambda match: values[match[1]], text)
