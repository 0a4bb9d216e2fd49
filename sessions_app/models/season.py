"""A season: talks of two that somebody plans in one go. Once sent, nothing here says who talks with whom."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from content.models import ConversationTemplate
from organisations.models import Membership, Organisation, User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

MOST_TALKS, MOST_BLOCKS = 250, 100
SEASON_DRAFTS_KEPT = timedelta(days=90)
SHORTEST, LONGEST_TALK, LONGEST_PAUSE = 10, 480, 120  # minutes


class SeasonQuerySet(models.QuerySet["Season"]):
    """The ways in to seasons."""

    def manageable_by(self, user: User) -> SeasonQuerySet:
        """Seasons that ``user`` is planning or planned, while a member of the organisation: nobody else sees them."""
        return self.filter(
            planned_by=user, organisation__in=Membership.objects.filter(user=user).values("organisation")
        )


class Season(models.Model):
    """Talks with many people, one by one, from one template. Without ``sent_at`` it is a draft."""

    class Asks(models.TextChoices):
        NOBODY = "", "Dat spreken we samen af"
        PARTNER = "partner", "Wie met een ander spreekt"
        MEMBER = "member", "Wie in de lijst staat"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey(ConversationTemplate, on_delete=models.PROTECT, related_name="+")
    planned_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    form_key = models.UUIDField(default=uuid.uuid4)
    asks = models.CharField(max_length=8, choices=Asks.choices, blank=True, default=Asks.NOBODY)
    length = models.PositiveSmallIntegerField()
    pause = models.PositiveSmallIntegerField(default=10)
    place = models.CharField(max_length=200, blank=True)
    link = models.URLField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    talk_count = models.PositiveSmallIntegerField(null=True)

    blocks: RelatedManager[SeasonBlock]
    talks: RelatedManager[SeasonTalk]

    objects = SeasonQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "seizoen", "seizoenen"
        constraints = (
            models.UniqueConstraint(fields=("planned_by", "form_key"), name="season_form_key_once"),
            models.CheckConstraint(
                condition=Q(length__gte=SHORTEST, length__lte=LONGEST_TALK, pause__lte=LONGEST_PAUSE),
                name="season_minutes",
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None, talk_count=None) | Q(sent_at__isnull=False, talk_count__gte=1),
                name="season_sent_counts_talks",
            ),
            models.CheckConstraint(condition=Q(asks__in=["", "partner", "member"]), name="season_asks_known"),
        )
        indexes = (models.Index(fields=("planned_by", "created_at"), name="season_by_planner"),)

    def __str__(self) -> str:
        return f"seizoen {self.id}"

    @property
    def duration(self) -> timedelta:
        """How long a talk takes."""
        return timedelta(minutes=self.length)


class SeasonBlock(models.Model):
    """A stretch of time in which talks can be laid out."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    season = models.ForeignKey(Season, on_delete=models.CASCADE, related_name="blocks")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ("starts_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="season_block_ends_after_start"),
        )

    def __str__(self) -> str:
        return f"blok {self.id}"


class SeasonTalk(models.Model):
    """A talk in a draft: of ``member`` with ``partner``. Deleted when the season is sent, and with who leaves.

    ``starts_at`` is None where there was no room, or the planner left it out; ``by_hand`` says that they chose it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    season = models.ForeignKey(Season, on_delete=models.CASCADE, related_name="talks")
    number = models.PositiveSmallIntegerField()
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    partner = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    starts_at = models.DateTimeField(null=True)
    by_hand = models.BooleanField(default=False)

    class Meta:
        ordering = ("number", "id")
        constraints = (
            models.UniqueConstraint(fields=("season", "member"), name="season_talk_once_a_member"),
            models.CheckConstraint(
                condition=Q(partner=None) | ~Q(partner=F("member")), name="season_talk_is_with_another"
            ),
        )

    def __str__(self) -> str:
        return f"gesprek {self.number} in een seizoen"
