"""What can be found at /zoeken/: a row for each text that somebody may read, kept by ``content.search``."""

from __future__ import annotations

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q

from organisations.models import Organisation, User


class Readers(models.TextChoices):
    """Who finds a text."""

    ALL = "all", "iedereen"
    SIGNED_IN = "signed_in", "wie is ingelogd"
    ORGANISATION = "organisation", "wie bij de organisatie hoort"


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    """The way in to what can be found."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Only what ``user`` may read."""
        if not isinstance(user, User):
            return self.filter(readers=Readers.ALL)
        return self.filter(
            Q(readers__in=(Readers.ALL, Readers.SIGNED_IN))
            | Q(readers=Readers.ORGANISATION, organisation__in=Organisation.objects.visible_to(user))
        )


class SearchEntry(models.Model):
    """One text that can be found, and where it stands."""

    source = models.CharField(max_length=30)
    object_id = models.UUIDField()
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="+")
    readers = models.CharField(max_length=12, choices=Readers.choices)
    # Texts with a lower one are ranked first when there are more than can be ranked.
    tier = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=250)
    text = models.TextField(blank=True)
    path = models.CharField(max_length=250)
    vector = models.GeneratedField(
        expression=SearchVector("title", weight="A", config="dutch") + SearchVector("text", weight="B", config="dutch"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("source", "object_id"), name="search_entry_once"),
            models.CheckConstraint(condition=Q(readers__in=Readers.values), name="search_entry_readers_known"),
            models.CheckConstraint(
                condition=~Q(readers=Readers.ORGANISATION) | Q(organisation__isnull=False),
                name="search_entry_readers_have_organisation",
            ),
        )
        indexes = (
            GinIndex(fields=("vector",), name="search_entry_vector"),
            models.Index(fields=("tier", "id"), name="search_entry_order"),
            models.Index(fields=("source", "organisation"), name="search_entry_source"),
        )

    def __str__(self) -> str:
        return f"{self.source}:{self.object_id}"
