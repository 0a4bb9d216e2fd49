"""What stands in a cell of Excel for each sort of field, and back. What is written reads back as the same value."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time
from html import unescape
from itertools import groupby
from typing import Any

from django.db import models
from django.utils.html import linebreaks
from import_export.widgets import Widget

from content.models.prose import ProseField, cleaned, prose

_BLOCKS = "p|h3|h4|ul|ol|li|blockquote"
_BLOCK = re.compile(rf"\s*<(?:{_BLOCKS})\b", re.I)
_BETWEEN_BLOCKS = re.compile(rf"(?<=>)\s+(?=</?(?:{_BLOCKS})\b)", re.I)
_BLOCK_END = re.compile(r"(</(?:p|h3|h4|ul|ol|li|blockquote)>|<(?:ul|ol|blockquote)>)(?!</li>)")
# Only these are taken for marks: somebody may write "<naam>" and mean it.
_MARK = re.compile(
    r"</?(?:p|br|b|strong|i|em|u|s|a|h[1-6]|ul|ol|li|blockquote|div|span|table|t[rdh]|img|script|style|iframe)\b[^<>]*>",
    re.I,
)
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_TRUE, _FALSE = {"ja", "j", "waar", "true", "x", "1"}, {"nee", "n", "onwaar", "false", "0", ""}
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\.0+)?")


def normal(value: object) -> str:
    """Return ``value`` as text with one sort of line ending, without what cannot be seen."""
    return _UNSEEN.sub("", str(value).replace("\r\n", "\n").replace("\r", "\n")).strip()


def to_prose(text: str) -> str:
    """Return rich text for what somebody typed: HTML, or plain text with white lines and lines that begin with "- "."""
    if _MARK.search(text):
        html = re.sub(r"<(/?)i\b", r"<\1em", re.sub(r"<(/?)b\b", r"<\1strong", text))
        return cleaned(_BETWEEN_BLOCKS.sub("", html if _BLOCK.match(html) else linebreaks(html)))
    blocks = []
    for paragraph in re.split(r"\n\s*\n", text):
        for listed, lines in groupby(paragraph.strip("\n").split("\n"), key=lambda line: line.startswith("- ")):
            if listed:
                blocks.append("<ul>" + "".join(f"<li>{prose(line[2:])}</li>" for line in lines) + "</ul>")
            else:
                blocks.append(prose("\n".join(lines)))
    return "\n\n".join(filter(None, blocks))


def from_prose(html: str) -> str:
    """Return rich text as a cell: plain where reading that back gives the same, otherwise HTML, a block a line."""
    html = normal(html)
    text = re.sub(r"<a [^>]*>(.*?)</a>", r"\1", _BETWEEN_BLOCKS.sub("", html))
    text = re.sub(r"<li>(?:<p>)?", "- ", re.sub(r"<br ?/?>", "\n", text))
    text = re.sub(r"</(?:p|ul)>", "\n\n", re.sub(r"(?:</p>)?</li>", "\n", text))
    text = re.sub(r"\n{3,}", "\n\n", unescape(_MARK.sub("", text))).strip()
    lines = _BLOCK_END.sub(r"\1\n", _BETWEEN_BLOCKS.sub("", html)).strip()
    return next((form for form in (text, lines) if _same(to_prose(normal(form)), html)), html)


def _same(one: str, other: str) -> bool:
    return _BETWEEN_BLOCKS.sub("", one) == _BETWEEN_BLOCKS.sub("", other)


class Cell(Widget):
    """A field in a cell: ``written`` gives the cell, ``read`` the value or a ValueError with a sentence."""

    def __init__(self, written: Callable[[Any], Any], read: Callable[[str], Any]) -> None:
        super().__init__()
        self.written, self.read = written, read

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        """Return the cell for ``value``."""
        return "" if value is None else self.written(value)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """Return the value of a cell; raises ValueError with a sentence."""
        return self.read(value)


def cell_for(field: models.Field[Any, Any]) -> Cell:
    """Return how ``field`` stands in a cell."""
    if field.choices:
        return _choice(list(field.flatchoices))
    if isinstance(field, ProseField):
        return Cell(from_prose, to_prose)
    if isinstance(field, models.BooleanField):
        return Cell(lambda value: "ja" if value else "nee", _yes_or_no)
    if isinstance(field, models.IntegerField):
        return Cell(int, _whole)
    if isinstance(field, models.TimeField):
        return Cell(lambda value: value.strftime("%H:%M" if not value.second else "%H:%M:%S"), _time)
    if isinstance(field, models.TextField):
        return Cell(normal, normal)
    return Cell(normal, lambda text: " ".join(normal(text).split()))


def _choice(choices: list[tuple[str, str]]) -> Cell:
    known = {word.casefold(): value for value, label in choices for word in (value, str(label))}

    def read(text: str) -> str:
        if not text:
            return ""
        if text.casefold() not in known:
            raise ValueError(f"“{text[:40]}” kan hier niet. Kies uit: {', '.join(str(label) for _, label in choices)}.")
        return known[text.casefold()]

    return Cell(lambda value: str(dict(choices).get(value, value)), read)


def _yes_or_no(text: str) -> bool:
    if text.casefold() not in _TRUE | _FALSE:
        raise ValueError(f"“{text[:40]}” kan hier niet. Vul ja of nee in.")
    return text.casefold() in _TRUE


def _whole(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[-−]?[0-9]{1,5}(?:[.,]0+)?", text):
        raise ValueError(f"“{text[:40]}” is geen heel getal.")
    return int(re.split("[.,]", text.replace("−", "-"))[0])


def _time(text: str) -> time | None:
    if not text:
        return None
    found = _TIME.fullmatch(text)
    try:
        hour, minute, second = map(int, found.groups("0")) if found else (99, 0, 0)
        return time(hour, minute, second)
    except ValueError:
        raise ValueError(f"“{text[:40]}” is geen tijd. Schrijf bijvoorbeeld 09:00.") from None
