"""What all content has in common: an unguessable id, and a history that can be rolled back."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from content.models.prose import LONGEST, ProseField

LONGEST_STEP = 480
ONE_A_LINE = "Eén per regel."
WHITE_LINE = "Een witregel begint een nieuwe alinea."


class Content(models.Model):
    """Anything the redactie edits."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The same text has the same one in each edition: a copied edition keeps it.
    lineage = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)

    history = HistoricalRecords(inherit=True)

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Refuse a plain text that is too long for any page; rich text counts for itself.

        A browser sends each line end as two signs; kept so, a text that nobody touched would count as changed.
        """
        errors: dict[str, list[ValidationError]] = {}
        try:
            super().clean_fields(exclude)
        except ValidationError as error:
            errors = error.error_dict
        for field in self._meta.concrete_fields:
            plain = isinstance(field, models.TextField) and not isinstance(field, ProseField)
            if not plain or field.name in (exclude or ()) or not (said := getattr(self, field.attname)):
                continue
            said = said.replace("\r\n", "\n")
            setattr(self, field.attname, said)
            if len(said) > LONGEST:
                sentence = f"Dit zijn {len(said)} tekens. Er passen er {LONGEST} in dit veld."
                errors.setdefault(field.name, []).append(ValidationError(sentence))
        if errors:
            raise ValidationError(errors)


class Numbered(Content):
    """Content with a place in a row, counted from 1."""

    number = models.PositiveSmallIntegerField("nummer", validators=[MinValueValidator(1)])

    class Meta:
        abstract = True


def counts_from_one(name: str) -> models.CheckConstraint:
    """Return the constraint that ``number`` is at least 1."""
    return models.CheckConstraint(
        condition=Q(number__gte=1), name=name, violation_error_message="Nummers beginnen bij 1."
    )


def minutes_field() -> models.PositiveSmallIntegerField[int, int]:
    """Return the column for the length of a step; the length is this platform's own suggestion."""
    return models.PositiveSmallIntegerField(
        "minuten",
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_STEP)],
        help_text="Een voorstel van dit platform: wie plant, mag het aanpassen.",
    )


def minutes_within_a_day(name: str) -> models.CheckConstraint:
    """Return the constraint that a step takes at least a minute and at most eight hours."""
    return models.CheckConstraint(
        condition=Q(minutes__gte=1, minutes__lte=LONGEST_STEP),
        name=name,
        violation_error_message=f"Een stap duurt 1 tot {LONGEST_STEP} minuten.",
    )


def lines(text: str) -> list[str]:
    """Return the lines of ``text`` that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]
