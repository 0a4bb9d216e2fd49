"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
# Comparing word by word takes the square of the length; what is longer is shown as replaced whole.
_LONGEST = 4000


def marked(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Return ``old`` with ``<del>`` around what went, and ``new`` with ``<ins>`` around what came; both escaped."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if len(before) + len(after) > _LONGEST:
        return (_wrapped("del", old), _wrapped("ins", new)) if old != new else (_plain(old), _plain(new))
    left, right = [], []
    for what, from_old, to_old, from_new, to_new in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[from_old:to_old]), "".join(after[from_new:to_new])
        left.append(_plain(gone) if what == "equal" else _wrapped("del", gone))
        right.append(_plain(come) if what == "equal" else _wrapped("ins", come))
    return _joined(left), _joined(right)


def _plain(text: str) -> SafeString:
    return format_html("{}", text)


def _wrapped(tag: str, text: str) -> SafeString:
    return format_html("<{0}>{1}</{0}>", SafeString(tag), text) if text else SafeString("")


def _joined(pieces: list[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((piece,) for piece in pieces))
