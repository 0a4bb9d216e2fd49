"""From plain data to a PDF: set by typst in this process, kept in the cache by what is in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import Any, Literal, cast

import redis
import typst
from django.core.cache import cache

HERE = Path(__file__).parent
KEPT_FOR = 24 * 60 * 60
# Gone, the cache only costs time: everything can be set again.
CACHE_IS_GONE = (redis.RedisError, OSError)
REMEMBERED = 10  # typst keeps what it worked out for this many documents more
_one_at_a_time = RLock()


@dataclass(frozen=True)
class Sheet:
    """Something to print: the name of its ``.typ`` file, what it is called, and what it holds, as JSON can tell it."""

    template: str
    filename: str
    data: dict[str, Any]

    @cached_property
    def _inputs(self) -> dict[str, str]:
        return {"data": json.dumps(self.data, ensure_ascii=False, sort_keys=True)}

    @cached_property
    def fingerprint(self) -> str:
        """What tells this PDF from every other: its content, how it looks, and who sets it."""
        told = "\0".join((_look(), self.template, self._inputs["data"]))
        return hashlib.sha256(told.encode()).hexdigest()

    def kept(self) -> bytes | None:
        """Return the PDF where it was made before and is still in the cache."""
        try:
            return cast(bytes | None, cache.get(self._key))
        except CACHE_IS_GONE:
            return None

    def pdf(self) -> bytes:
        """Return the PDF, made now and kept; one is made at a time, and what two people ask for at once, once."""
        with _one_at_a_time:
            made = self.kept()
            if made is None:
                made = self.make()
                with suppress(*CACHE_IS_GONE):
                    cache.set(self._key, made, KEPT_FOR)
        return made

    def make(self) -> bytes:
        """Return the PDF, newly made: tagged for a screen reader (PDF/UA-1), its fonts within.

        With a sign that no font has (an emoji) it cannot keep to PDF/UA-1: it is tagged all the same, with an empty
        box in the place of that sign.
        """
        try:
            return self._pdf("ua-1")
        except typst.TypstError:
            return self._pdf(None)

    def _pdf(self, standards: Literal["ua-1"] | None) -> bytes:
        made = self._set(lambda here, path: here.compile(path, format="pdf", pdf_standards=standards))
        return cast(bytes, made)

    def pictures(self, ppi: float = 80) -> list[bytes]:
        """Return each page as a PNG, to look at."""
        made = self._set(lambda here, path: here.compile(path, format="png", ppi=ppi))
        return made if isinstance(made, list) else [cast(bytes, made)]

    def places(self) -> list[dict[str, Any]]:
        """Return where each card came on the paper: side, number, page, and x and y in points."""
        return cast(list[dict[str, Any]], json.loads(self._set(lambda here, path: here.query("<place>", "value"))))

    def _set(self, ask: Callable[[typst.Compiler, Path], Any]) -> Any:
        path = HERE / f"{self.template}.typ"
        # Nothing but this folder can be read, and no font of the machine: the same everywhere.
        here = typst.Compiler(path, HERE, [HERE / "fonts"], ignore_system_fonts=True, sys_inputs=self._inputs)
        with _one_at_a_time:
            try:
                return ask(here, path)
            finally:
                _forget()

    @property
    def _key(self) -> str:
        return f"paper:{self.fingerprint}"


def _forget() -> None:
    """Let typst forget what it worked out: kept, it is some 300 MB in every process, for what is seldom asked again."""
    empty = typst.Compiler(b"", ignore_system_fonts=True)
    for _ in range(REMEMBERED + 1):
        empty.compile(b"", format="pdf")


@lru_cache(maxsize=1)
def _look() -> str:
    """Return a fingerprint of the templates, the fonts and typst itself."""
    told = hashlib.sha256(version("typst").encode())
    for path in sorted([*HERE.glob("*.typ"), *HERE.glob("fonts/*.ttf")]):
        told.update(path.read_bytes())
    return told.hexdigest()
