"""Rich text as a small tree that typst can set, without any HTML left in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

# A node is a text or a list: a kind, the nodes in it and, of a link, its address.
Node = str | list[Any]

BLOCKS = {"p": "p", "ul": "ul", "ol": "ol", "li": "li", "blockquote": "quote", "h3": "h3", "h4": "h4"}
INLINE = {"strong": "b", "b": "b", "em": "i", "i": "i", "a": "a"}
KINDS = BLOCKS | INLINE
LINKS = re.compile(r"(?:https?://|mailto:)\S", re.IGNORECASE)
LONGEST_WORD = 40
DEEPEST = 12  # typst calls itself for each, and stops at a depth of its own
_LONG_WORD = re.compile(r"\S{25,}")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")
_SPACES = re.compile(r"\s+")


def text(words: str) -> str:
    """Return ``words`` as it can be set: no unseen signs, spaces evened out, a place to break in what is very long."""
    even = _SPACES.sub(" ", _UNSEEN.sub("", words))
    return _LONG_WORD.sub(lambda word: _broken(word.group()), even)


def _broken(word: str) -> str:
    """Return an address with places to break after its signs, and what nobody could read in pieces."""
    pieces: list[str] = []
    for piece in re.findall(r"[^/@.?&=_-]*[/@.?&=_-]|[^/@.?&=_-]+", word):
        step = len(piece) if len(piece) <= LONGEST_WORD else 16
        pieces += (piece[at : at + step] for at in range(0, len(piece), step))
    return "\u200b".join(pieces)


def paragraphs(plain: str) -> list[Node]:
    """Return plain text as a tree: a white line begins a paragraph."""
    found = re.split(r"\r?\n\s*\n", plain.strip())
    return [["p", _lines(paragraph)] for paragraph in found if paragraph.strip()]


def _lines(paragraph: str) -> list[Node]:
    nodes: list[Node] = []
    for line in paragraph.strip().splitlines():
        nodes += [["br", []], text(line)] if nodes else [text(line)]
    return nodes


def tree(html: str) -> list[Node]:
    """Return rich text as a tree; what the editor does not make is left out, its words stay."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return _in_blocks(reader.root)


class _Reader(HTMLParser):
    """Builds the tree; an end tag closes all that was opened after its beginning."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: list[Node] = []
        self.open: list[tuple[str, list[Node]]] = [("", self.root)]
        self.skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style"}:
            self.skipped += 1
        elif tag == "br":
            self.open[-1][1].append(["br", []])
        elif tag in KINDS and len(self.open) < DEEPEST:
            inner: list[Node] = []
            node: list[Any] = [KINDS[tag], inner]
            address = dict(attrs).get("href") or ""
            if tag == "a":
                node.append(address if LINKS.match(address) else "")
            self.open[-1][1].append(node)
            self.open.append((tag, inner))

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self.skipped = max(0, self.skipped - 1)
        for place in range(len(self.open) - 1, 0, -1):
            if self.open[place][0] == tag:
                del self.open[place:]
                break

    def handle_data(self, data: str) -> None:
        words = text(data)
        if words and not self.skipped:
            self.open[-1][1].append(words)


def _in_blocks(nodes: list[Node]) -> list[Node]:
    """Return ``nodes`` with each run of words outside a block in a paragraph of its own, and no empty ones."""
    found: list[Node] = []
    loose: list[Node] = []
    every: list[Node] = [*nodes, ["end", []]]  # what is loose at the end counts too
    for node in every:
        if isinstance(node, list) and (node[0] in BLOCKS.values() or node[0] == "end"):
            if any(not isinstance(one, str) or one.strip() for one in loose):
                found.append(["p", loose])
            loose = []
            inner: list[Node] = node[1]
            if node[0] in {"ul", "ol"}:
                inner = [_item(one) for one in inner if not isinstance(one, str) or one.strip()]
            elif node[0] in {"li", "quote"}:
                inner = _in_blocks(inner)
            if inner:
                found.append([node[0], inner])
        else:
            loose.append(node)
    return found


def _item(node: Node) -> Node:
    inner: list[Node] = [node]
    if isinstance(node, list) and node[0] == "li":
        inner = node[1]
    return ["li", _in_blocks(inner)]
