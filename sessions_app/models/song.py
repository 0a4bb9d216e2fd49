"""The travelling song: who played it, kept for themselves alone, and the verses that people added."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from lerend.crypto import EncryptedTextField, mark
from lerend.moments import in_amsterdam
from organisations.models import REDACTIE_GROUP, Organisation, Team, User, in_group

# Marks of the song are made with this in the place of an organisation, so that they lead to no other text of a person.
SONG = uuid.UUID("8f0b8d52-6c1f-4c0e-9d3a-2f6f7e4b5a10")


def song_mark(user: User) -> str:
    """Return the one-way mark under which ``user`` plays the song and writes verses."""
    return mark(user.id, SONG)


def month_of(moment: datetime) -> date:
    """Return the first day of the month of ``moment`` in Amsterdam: the story tells nothing finer."""
    return in_amsterdam(moment).date().replace(day=1)


def this_month() -> date:
    """Return the first day of this month."""
    return month_of(timezone.now())


class SongPlayingQuerySet(models.QuerySet["SongPlaying"]):
    """The ways in to playings."""

    def own(self, user: User) -> SongPlayingQuerySet:
        """What ``user`` played; nobody else reads it."""
        return self.filter(mark=song_mark(user))

    def stops(self) -> SongPlayingQuerySet:
        """What the story tells: each organisation once a month, where somebody of it said that it may."""
        other = SongPlaying.objects.filter(
            shown=True, organisation=OuterRef("organisation"), month=OuterRef("month"), id__lt=OuterRef("id")
        )
        return self.filter(~Exists(other), shown=True)


class SongPlaying(models.Model):
    """That somebody was there when the song was played, and what they did with it. It holds no name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mark = models.CharField(max_length=64)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, related_name="+")
    what = EncryptedTextField()
    shown = models.BooleanField(default=False)
    month = models.DateField(default=this_month)
    played_at = models.DateTimeField(default=timezone.now)
    form_key = models.UUIDField(default=uuid.uuid4, unique=True)

    objects = SongPlayingQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "keer dat het lied klonk", "keren dat het lied klonk"
        constraints = (
            models.CheckConstraint(condition=~Q(mark=""), name="song_playing_has_mark"),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(shown=False, team__isnull=True),
                name="song_playing_shown_of_organisation",
            ),
        )
        indexes = (
            models.Index(F("mark"), F("played_at").desc(), F("id").desc(), name="song_playing_own"),
            models.Index(F("month").desc(), F("id").desc(), name="song_playing_story", condition=Q(shown=True)),
            models.Index(fields=("organisation", "month", "id"), name="song_playing_stop", condition=Q(shown=True)),
        )

    def __str__(self) -> str:
        return f"keer {self.id}"


class VerseMaker(models.TextChoices):
    """Who stands under a verse in the story."""

    UNNAMED = "unnamed", "Zonder naam"
    ORGANISATION = "organisation", "Alleen de organisatie of het team"
    NAMED = "named", "Een naam die wij kiezen"


class VerseQuerySet(models.QuerySet["Verse"]):
    """The ways in to verses."""

    def own(self, user: User) -> VerseQuerySet:
        """What ``user`` wrote, released or not."""
        return self.filter(mark=song_mark(user))

    def released(self) -> VerseQuerySet:
        """What everybody reads in the story."""
        return self.filter(released_month__isnull=False, hidden_at=None)

    def hideable_by(self, user: User) -> VerseQuerySet:
        """Released verses, hidden ones too, that ``user`` may hide: all as redactie, else those under the name of an
        organisation whose contact they are."""
        found = self.filter(released_month__isnull=False)
        if in_group(user, REDACTIE_GROUP):
            return found
        return found.filter(organisation__in=Organisation.objects.contacted_through(user))


class Verse(models.Model):
    """Words that somebody added to the song: closed and for the writer alone, until released into the story.

    The organisation is kept only where the writer lets it stand under the verse.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mark = models.CharField(max_length=64)
    text = EncryptedTextField()
    maker = models.CharField(max_length=12, choices=VerseMaker.choices, default=VerseMaker.UNNAMED)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, related_name="+")
    released_month = models.DateField(null=True)
    released_text = models.TextField(blank=True)
    released_name = models.CharField(max_length=120, blank=True)
    hidden_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    form_key = models.UUIDField(default=uuid.uuid4, unique=True)

    objects = VerseQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "couplet", "coupletten"
        constraints = (
            models.CheckConstraint(condition=~Q(mark=""), name="verse_has_mark"),
            models.CheckConstraint(
                condition=Q(released_month__isnull=True, released_text="", released_name="", maker=VerseMaker.UNNAMED)
                | (Q(released_month__isnull=False) & ~Q(released_text="")),
                name="verse_open_only_when_released",
            ),
            models.CheckConstraint(
                condition=Q(maker=VerseMaker.ORGANISATION, organisation__isnull=False)
                | (~Q(maker=VerseMaker.ORGANISATION) & Q(organisation__isnull=True, team__isnull=True)),
                name="verse_organisation_when_told",
            ),
            models.CheckConstraint(
                condition=(Q(maker=VerseMaker.NAMED) & ~Q(released_name=""))
                | (~Q(maker=VerseMaker.NAMED) & Q(released_name="")),
                name="verse_name_when_told",
            ),
        )
        indexes = (
            models.Index(F("mark"), F("created_at").desc(), F("id").desc(), name="verse_own"),
            models.Index(
                F("released_month").desc(),
                F("id").desc(),
                name="verse_story",
                condition=Q(released_month__isnull=False, hidden_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"couplet {self.id}"

    @property
    def maker_line(self) -> str:
        """Return who stands under the verse; "" for nobody. Needs ``organisation`` and ``team``."""
        if self.organisation is None:
            return self.released_name
        return f"{self.team.name}, {self.organisation.name}" if self.team else self.organisation.name
