"""What has one entry in a calendar: a talk, or a series of talks; and how it was when people were told of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone

from organisations.models import Organisation, User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from sessions_app.models.session import Session

LONGEST_SERIES = 52


class SeriesQuerySet(models.QuerySet["Series"]):
    """The ways in to series of talks."""

    def visible_to(self, user: User) -> SeriesQuerySet:
        """Series of which at least one talk, drafts aside, may be in ``user``'s lists."""
        from sessions_app.models.session import Session, State

        talks = Session.objects.listed_for(user).exclude(state=State.DRAFT).filter(series__isnull=False)
        return self.filter(id__in=talks.values("series"))


class Series(models.Model):
    """Talks that return by a rule, by the clock in Amsterdam. Each is a ``Session`` of its own; together they have one
    entry in a calendar, with ``sequence`` as its number.

    Every ``interval`` weeks, or every ``interval`` months on the ``nth`` such weekday (-1 is the last); the weekday and
    the hour are those of ``starts_at``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    planned_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    starts_at = models.DateTimeField()
    interval = models.PositiveSmallIntegerField(default=1)
    nth = models.SmallIntegerField(null=True)
    count = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField(default=0)
    form_key = models.UUIDField(default=uuid.uuid4)
    created_at = models.DateTimeField(default=timezone.now)

    sessions: RelatedManager[Session]

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "reeks", "reeksen"
        constraints = (
            models.UniqueConstraint(fields=("planned_by", "form_key"), name="series_form_key_once"),
            models.CheckConstraint(condition=Q(count__gte=2, count__lte=LONGEST_SERIES), name="series_count"),
            models.CheckConstraint(condition=Q(interval__gte=1, interval__lte=26), name="series_interval"),
            models.CheckConstraint(condition=Q(nth=None) | Q(nth__in=[-1, 1, 2, 3, 4]), name="series_nth_known"),
        )

    def __str__(self) -> str:
        return f"reeks {self.id}"


class Revision(models.Model):
    """How a talk or series stood at one number of its sequence, so that mail can say what is different since.

    ``about`` is the id of the talk or series, ``what`` the answer of ``sessions_app.queries.telling.snapshot``.
    """

    id = models.BigAutoField(primary_key=True)
    about = models.UUIDField()
    sequence = models.PositiveIntegerField()
    what = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("about", "sequence"), name="revision_once"),)
        indexes = (models.Index(fields=("created_at",), name="revision_by_age"),)

    def __str__(self) -> str:
        return f"{self.about} / {self.sequence}"
