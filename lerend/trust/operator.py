"""Who runs this platform: an open source project cannot know, so whoever does fills it in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks

FILLED_IN = ("OPERATOR_NAME", "OPERATOR_CONTACT", "OPERATOR_HOSTING")


@checks.register(deploy=True)
def operator_is_known(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn, with ``check --deploy``, for each thing that the privacy page would have to say was not filled in."""
    return [
        checks.Warning(f"{name} is empty: the privacy page says that it was not filled in.", id="lerend.W001")
        for name in FILLED_IN
        if not getattr(settings, name)
    ]
