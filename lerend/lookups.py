"""What a list in the admin may be filtered by in its address."""

from __future__ import annotations

from typing import Any

from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest

HIDDEN = "+"  # by which Django still finds a relation that was given no name


class NoHiddenLookups:
    """Keeps a page of the admin from being filtered by what points to its rows without a name.

    Such as a place in a talk, or in the plan of a season: who has one and who lacks one is nobody's to read here.
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Return whether the address may filter by ``lookup``."""
        if HIDDEN in lookup.split(LOOKUP_SEP):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[misc,no-any-return]
