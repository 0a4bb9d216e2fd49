"""The wolkjes beside one's own work: a round in which everybody answers for themselves, and the picture it gave.

While a round runs, who answered what is known by a one-way mark alone. When it closes the answers are erased: what
stays are coarse figures and the remarks that their writers released.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from content.models import Edition, Theme
from lerend.crypto import EncryptedTextField, mark
from organisations.models import ON_ORGANISATION, SMALLEST_GROUP, Organisation, Team, TeamMembership, User
from sessions_app.models.contribution import reading_members

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Fit(models.TextChoices):
    """How a theme lies beside one's own work."""

    SAME = "same", "Herkenbaar"
    DIFFERENT = "different", "Anders bij ons"
    UNKNOWN = "unknown", "Weet ik niet"


class Share(models.IntegerChoices):
    """How many, in five coarse steps: an exact number would tell about fewer people than may be told about."""

    HARDLY_ANYBODY = 0, "bijna niemand"
    SOME = 1, "een deel"
    HALF = 2, "ongeveer de helft"
    MOST = 3, "de meesten"
    NEARLY_ALL = 4, "bijna iedereen"

    @classmethod
    def of(cls, part: int, whole: int) -> Share:
        """Return the step of ``part`` out of ``whole``. Of five people or more none and one are the same step."""
        if 5 * part <= whole:
            return cls.HARDLY_ANYBODY
        if 5 * part <= 2 * whole:
            return cls.SOME
        if 5 * part < 3 * whole:
            return cls.HALF
        return cls.MOST if 5 * part < 4 * whole else cls.NEARLY_ALL


def last_day_of(closes_at: datetime) -> datetime:
    """Return a moment on the last day of a round, which closes at the midnight after it."""
    return closes_at - timedelta(minutes=1)


class ThemeSurveyQuerySet(models.QuerySet["ThemeSurvey"]):
    """The ways in to rounds."""

    def visible_to(self, user: User) -> ThemeSurveyQuerySet:
        """Rounds that ``user`` answers or reads: of their team, as it was when the round closed, and organisation.

        A bestuurder or planner who is not in a team has no part in its round.
        """
        place = TeamMembership.objects.filter(team=OuterRef("team"), membership__user=user)
        in_team = Q(Exists(place), closed_at=None) | Q(Exists(place.filter(since__lte=OuterRef("closed_at"))))
        return self.filter(in_team | Q(Exists(reading_members(user)), team=None))

    def running(self, now: datetime | None = None) -> ThemeSurveyQuerySet:
        """Rounds in which one can answer."""
        return self.filter(closed_at=None, closes_at__gt=now or timezone.now())

    def due(self, now: datetime | None = None) -> ThemeSurveyQuerySet:
        """Rounds of which the last day is over, and that were not closed."""
        return self.filter(closed_at=None, closes_at__lte=now or timezone.now())

    def manageable_by(self, user: User) -> ThemeSurveyQuerySet:
        """Rounds that ``user`` may begin and close, read or not: of led teams; all as bestuurder or planner."""
        return self.filter(
            Q(team__in=Team.objects.plannable_by(user))
            | Q(team=None, organisation__in=Organisation.objects.with_role(user, *ON_ORGANISATION))
        )


class ThemeSurvey(models.Model):
    """A round of answers of one team, or of a whole organisation where ``team`` is empty.

    ``pictured`` says, once it is closed, whether enough people answered for a picture.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    form_key = models.UUIDField(unique=True)
    smallest_group = models.PositiveSmallIntegerField()
    opens_at = models.DateTimeField(default=timezone.now)
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    pictured = models.BooleanField(null=True)

    sheets: RelatedManager[ThemeSheet]
    figures: RelatedManager[ThemeFigure]
    remarks: RelatedManager[ThemeRemark]

    objects = ThemeSurveyQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "ronde over de wolkjes", "rondes over de wolkjes"
        constraints = (
            models.UniqueConstraint(
                fields=("team",), condition=Q(closed_at=None, team__isnull=False), name="survey_one_running_a_team"
            ),
            models.UniqueConstraint(
                fields=("organisation",),
                condition=Q(closed_at=None, team=None),
                name="survey_one_running_an_organisation",
            ),
            models.CheckConstraint(
                condition=Q(smallest_group__gte=SMALLEST_GROUP), name="survey_smallest_group_at_least_five"
            ),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="survey_closes_after_it_opens"),
            models.CheckConstraint(
                condition=Q(closed_at=None, pictured=None) | Q(closed_at__isnull=False, pictured__isnull=False),
                name="survey_closed_is_pictured_or_not",
            ),
        )
        indexes = (
            models.Index(F("team"), F("opens_at").desc(), F("id").desc(), name="survey_of_team"),
            models.Index(F("organisation"), F("opens_at").desc(), F("id").desc(), name="survey_of_organisation"),
            models.Index(F("opens_at").desc(), F("id").desc(), name="survey_newest"),
            models.Index(fields=("closes_at",), condition=Q(closed_at=None), name="survey_running"),
        )

    def __str__(self) -> str:
        return f"ronde {self.id}"

    @property
    def is_running(self) -> bool:
        """Whether one can answer now."""
        return self.closed_at is None and self.closes_at > timezone.now()

    @property
    def last_day(self) -> datetime:
        """A moment on its last day: until then it closes, or did."""
        return min(self.closed_at, last_day_of(self.closes_at)) if self.closed_at else last_day_of(self.closes_at)

    @property
    def where(self) -> str:
        """The team, or the organisation, that it is about."""
        return self.team.name if self.team else self.organisation.name

    def mark_of(self, user_id: uuid.UUID) -> str:
        """Return the one-way mark under which somebody answers."""
        return mark(user_id, self.organisation_id)


class ThemeSheet(models.Model):
    """The answers of one person in a running round. No moment and no name: nothing here says whose they are."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(ThemeSurvey, on_delete=models.CASCADE, related_name="sheets")
    mark = models.CharField(max_length=64)

    answers: RelatedManager[ThemeAnswer]

    class Meta:
        verbose_name, verbose_name_plural = "antwoorden in een ronde", "antwoorden in rondes"
        constraints = (models.UniqueConstraint(fields=("survey", "mark"), name="theme_sheet_once"),)
        indexes = (models.Index(fields=("mark",), name="theme_sheet_by_mark"),)

    def __str__(self) -> str:
        return f"antwoorden {self.id}"


class ThemeAnswer(models.Model):
    """What one person said about one theme. It is gone when the round closes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sheet = models.ForeignKey(ThemeSheet, on_delete=models.CASCADE, related_name="answers")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="+")
    fit = models.CharField(max_length=10, choices=Fit.choices, blank=True)
    live = models.BooleanField(default=False)
    remark = EncryptedTextField(null=True)
    released = models.BooleanField(default=False)

    class Meta:
        verbose_name, verbose_name_plural = "antwoord over een wolkje", "antwoorden over wolkjes"
        constraints = (
            models.UniqueConstraint(fields=("sheet", "theme"), name="theme_answer_once"),
            models.CheckConstraint(condition=Q(fit__in=["", *Fit.values]), name="theme_answer_fit_known"),
            models.CheckConstraint(
                condition=Q(released=False) | Q(remark__isnull=False), name="theme_answer_released_has_remark"
            ),
        )

    def __str__(self) -> str:
        return f"antwoord {self.id}"


class ThemeFigure(models.Model):
    """What the people of a closed round said about one theme together, in coarse steps."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(ThemeSurvey, on_delete=models.CASCADE, related_name="figures")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="+")
    live = models.PositiveSmallIntegerField(choices=Share.choices)
    same = models.PositiveSmallIntegerField(choices=Share.choices)
    different = models.PositiveSmallIntegerField(choices=Share.choices)
    unknown = models.PositiveSmallIntegerField(choices=Share.choices)

    class Meta:
        verbose_name, verbose_name_plural = "beeld van een wolkje", "beelden van wolkjes"
        constraints = (
            models.UniqueConstraint(fields=("survey", "theme"), name="theme_figure_once"),
            models.CheckConstraint(
                condition=Q(
                    live__in=Share.values, same__in=Share.values, different__in=Share.values, unknown__in=Share.values
                ),
                name="theme_figure_in_steps",
            ),
        )

    def __str__(self) -> str:
        return f"cijfer {self.id}"


class ThemeRemarkQuerySet(models.QuerySet["ThemeRemark"]):
    """The ways in to remarks beside a picture."""

    def visible_to(self, user: User) -> ThemeRemarkQuerySet:
        """Remarks beside the pictures that ``user`` reads. A hidden one is read by nobody."""
        return self.filter(survey__in=ThemeSurvey.objects.visible_to(user), hidden_at=None)

    def manageable_by(self, user: User) -> ThemeRemarkQuerySet:
        """Remarks that ``user`` may hide, read or not: of the organisations of which they are the contact."""
        return self.filter(survey__organisation__in=Organisation.objects.contacted_through(user))


def _any_place() -> int:
    return secrets.randbelow(2**31)


class ThemeRemark(models.Model):
    """A remark that its writer released to stand beside the picture, without a name and in no order that tells."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(ThemeSurvey, on_delete=models.CASCADE, related_name="remarks")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="+")
    mark = models.CharField(max_length=64)
    text = EncryptedTextField()
    place = models.PositiveIntegerField(default=_any_place)
    hidden_at = models.DateTimeField(null=True)

    objects = ThemeRemarkQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "opmerking over een wolkje", "opmerkingen over wolkjes"
        indexes = (models.Index(fields=("survey", "place", "id"), name="theme_remark_in_order"),)

    def __str__(self) -> str:
        return f"opmerking {self.id}"
