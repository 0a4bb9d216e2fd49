"""When a reminder goes: the one shape that templates, organisations and talks share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

FURTHEST_REMINDER = 60  # days
LONGEST_BEFORE = 24 * 60  # minutes; further off, a wall-clock moment is meant


class Audience(models.TextChoices):
    """Who gets a reminder."""

    INVITED = "invited", "wie is uitgenodigd en niet heeft afgezegd"
    PRESENT = "present", "wie erbij was"


@dataclass(frozen=True)
class Moment:
    """When a reminder goes, in one of two forms.

    Wall clock: ``days`` from the day of the talk (negative for before) at ``at`` o'clock in Amsterdam. Elapsed:
    ``minutes_before`` the talk begins, whatever the clock does in between.
    """

    days: int | None = None
    at: time | None = None
    minutes_before: int | None = None

    @property
    def audience(self) -> Audience:
        """Whom it goes to: before the talk who is invited, after it who was there."""
        return Audience.PRESENT if (self.days or 0) > 0 else Audience.INVITED

    def __lt__(self, other: Moment) -> bool:
        """Whether it comes before ``other`` in a list: days before, then minutes before, then days after."""
        return self._place < other._place

    @property
    def _place(self) -> tuple[Any, ...]:
        if self.days is None:
            return (0, 1, -(self.minutes_before or 0))
        return (int(self.days > 0), 0, self.days, self.at)

    def __str__(self) -> str:
        if self.minutes_before is not None:
            hours, minutes = divmod(self.minutes_before, 60)
            told = [f"{hours} uur" if hours else ""]
            told += [f"{minutes} {'minuut' if minutes == 1 else 'minuten'}" if minutes else ""]
            return " en ".join(filter(None, told)) + " voor het begin"
        number = f"{abs(self.days or 0)} {'dag' if abs(self.days or 0) == 1 else 'dagen'}"
        day = "op de dag zelf" if not self.days else f"{number} ervoor" if self.days < 0 else f"{number} erna"
        return f"{day} om {self.at:%H.%M} uur"


class ReminderFields(models.Model):
    """What a row with a reminder moment holds; exactly one of the two forms is filled in."""

    days = models.SmallIntegerField(
        "dagen",
        null=True,
        blank=True,
        validators=[MinValueValidator(-FURTHEST_REMINDER), MaxValueValidator(FURTHEST_REMINDER)],
        help_text="Met een min: zoveel dagen ervoor. Zonder: zoveel dagen erna.",
    )
    at = models.TimeField("hoe laat", null=True, blank=True, help_text="Hoort bij de dagen.")
    minutes_before = models.PositiveSmallIntegerField(
        "minuten voor het begin",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_BEFORE)],
        help_text="In plaats van dagen en hoe laat. 60 is een uur voor het begin, hooguit 1440.",
    )
    audience = models.CharField("voor", max_length=8, choices=Audience.choices, default=Audience.INVITED)

    class Meta:
        abstract = True

    @property
    def moment(self) -> Moment:
        """Return when it goes."""
        return Moment(self.days, self.at, self.minutes_before)


def values_of(moment: Moment) -> dict[str, Any]:
    """Return the fields of a row that goes at ``moment``."""
    return {
        "days": moment.days,
        "at": moment.at,
        "minutes_before": moment.minutes_before,
        "audience": moment.audience,
    }


def reminder_constraints(name: str, of: str) -> Sequence[models.BaseConstraint]:
    """Return what holds of the reminder rows of each ``of``; ``name`` begins the constraints' names."""
    return (
        models.UniqueConstraint(fields=(of, "days", "at", "audience"), name=f"{name}_once"),
        models.UniqueConstraint(fields=(of, "minutes_before"), name=f"{name}_minutes_once"),
        models.CheckConstraint(
            condition=Q(days__isnull=False, at__isnull=False, minutes_before=None)
            | Q(days=None, at=None, minutes_before__isnull=False),
            name=f"{name}_one_form",
            violation_error_message="Vul dagen en hoe laat in, of alleen de minuten voor het begin.",
        ),
        models.CheckConstraint(
            condition=Q(days=None) | Q(days__gte=-FURTHEST_REMINDER, days__lte=FURTHEST_REMINDER),
            name=f"{name}_days",
            violation_error_message=f"Kies hooguit {FURTHEST_REMINDER} dagen ervoor of erna.",
        ),
        models.CheckConstraint(
            condition=Q(minutes_before=None) | Q(minutes_before__gte=1, minutes_before__lte=LONGEST_BEFORE),
            name=f"{name}_minutes",
            violation_error_message=f"Kies 1 tot {LONGEST_BEFORE} minuten voor het begin.",
        ),
        models.CheckConstraint(
            # Nothing here may come to "unknown", which a constraint lets through.
            condition=Q(days=None, audience=Audience.INVITED)
            | Q(days__isnull=False, days__lte=0, audience=Audience.INVITED)
            | Q(days__isnull=False, days__gt=0, audience=Audience.PRESENT),
            name=f"{name}_audience",
            violation_error_message=(
                "Vóór het gesprek gaat een herinnering naar wie is uitgenodigd, erna naar wie erbij was."
            ),
        ),
    )
