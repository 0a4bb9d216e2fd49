"""Two editors at one text: the second is told, and nothing is overwritten silently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from content.comparison import Difference, differences
from content.models.base import Content

AFTER = {"means": "uses", "programme": "steps", "conversationtemplate": "steps"}


@dataclass
class Conflict:
    """What another editor did to a text after this one opened it."""

    token: str
    who: str
    when: datetime
    differences: list[Difference]
    parts: list[str]


class CarefulForm(forms.ModelForm):
    """A form that knows which version of the text it was opened on."""

    opened_at = forms.CharField(required=False, widget=forms.HiddenInput)
    latest: Any = None  # the newest line of history of the text and its parts; set for the page of one text
    now: str | None = None

    conflict: Conflict | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "opened_at" in self.fields and self.now is not None:
            self.initial["opened_at"] = self.now

    def _get_validation_exclusions(self) -> set[str]:
        """Leave the number out: it says a place, and the others make room."""
        return super()._get_validation_exclusions() | {"number"}  # type: ignore[no-any-return,misc]

    def clean(self) -> dict[str, Any] | None:
        """Refuse to save over what another editor wrote meanwhile, unless this one chose to."""
        cleaned = super().clean()
        if self.now is None or self.now in {self.data.get("opened_at"), self.data.get("go_on")}:
            return cleaned
        stands = type(self.instance)._default_manager.get(pk=self.instance.pk)
        self._stands = stands
        name = getattr(self.latest.history_user, "name", "") or "Het platform"
        when = self.latest.history_date if self.latest else timezone.now()
        parts = AFTER.get(str(stands._meta.model_name))
        now_under = [str(part) for part in getattr(stands, parts).all()] if parts else []
        self.conflict = Conflict(self.now, name, when, [], now_under)
        self.add_error(None, f"{name} wijzigde deze tekst intussen. Bekijk hieronder wat er nu staat, en kies.")
        return cleaned

    def _post_clean(self) -> None:
        """Show what stands beside what was typed."""
        super()._post_clean()  # type: ignore[misc]
        if self.conflict:
            self.conflict.differences = differences(self._stands, self.instance)


def newest_history(row: Content, parts: list[tuple[type[Any], str]]) -> tuple[str, Any]:
    """Return a token for how ``row`` and its parts stand now, and the newest line of their history."""
    lines = [type(row).history.filter(id=row.pk).select_related("history_user").first()]
    lines += [model.history.filter(**{key: row.pk}).select_related("history_user").first() for model, key in parts]
    found = [line for line in lines if line is not None]
    token = "-".join(str(line.history_id) if line else "0" for line in lines)
    return token, max(found, key=lambda line: (line.history_date, line.history_id), default=None)
