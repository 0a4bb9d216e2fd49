"""What changed between two texts, word by word: one way for comparing, history, own templates and import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WORDS = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")
# Comparing each word with each other one takes the square of the length. Above the first length, words that are
# everywhere begin no match of their own; above the second a text is shown as replaced whole.
_FINE = 600
_LONGEST = 8000


def marked(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Return ``old`` with ``<del>`` around what went, and ``new`` with ``<ins>`` around what came; both escaped."""
    left, right = [], []
    for same, gone, come in _pieces(old, new):
        left.append(_plain(gone) if same else _wrapped("del", gone))
        right.append(_plain(come) if same else _wrapped("ins", come))
    return _joined(left), _joined(right)


def merged(old: str, new: str) -> SafeString:
    """Return one text with ``<del>`` around what went and ``<ins>`` around what came; escaped."""
    pieces = [
        _plain(come) if same else _joined([_wrapped("del", gone), _wrapped("ins", come)])
        for same, gone, come in _pieces(old, new)
    ]
    return _joined(pieces)


def _pieces(old: str, new: str) -> Iterator[tuple[bool, str, str]]:
    """Return piece by piece whether it stayed, how it was and how it is."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    start = _alike(before, after)
    before_rest, after_rest = before[start:], after[start:]
    end = _alike(before_rest[::-1], after_rest[::-1])
    before_rest, after_rest = (rest[: len(rest) - end] for rest in (before_rest, after_rest))
    yield True, "".join(before[:start]), "".join(after[:start])
    length = len(before_rest) + len(after_rest)
    if length > _LONGEST:
        yield False, "".join(before_rest), "".join(after_rest)
    else:
        found = SequenceMatcher(None, before_rest, after_rest, autojunk=length > _FINE).get_opcodes()
        for what, from_old, to_old, from_new, to_new in found:
            yield what == "equal", "".join(before_rest[from_old:to_old]), "".join(after_rest[from_new:to_new])
    yield True, "".join(before[len(before) - end :]), "".join(after[len(after) - end :])


def _alike(one: list[str], other: list[str]) -> int:
    """Return with how many equal words both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def _plain(text: str) -> SafeString:
    return format_html("{}", text)


def _wrapped(tag: str, text: str) -> SafeString:
    return format_html("<{0}>{1}</{0}>", SafeString(tag), text) if text else SafeString("")


def _joined(pieces: list[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((piece,) for piece in pieces))
