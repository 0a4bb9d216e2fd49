"""A date poll (datumprikker): moments proposed for a talk that is still a draft, and who can when."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from organisations.models import User
from sessions_app.models.session import Participant, Session, State

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

MOST_OPTIONS = 20


class PollState(models.TextChoices):
    """Where a poll is in its life."""

    OPEN = "open", "Loopt"
    CLOSED = "closed", "Moment gekozen"
    WITHDRAWN = "withdrawn", "Ingetrokken"


class Says(models.TextChoices):
    """What somebody says about one moment."""

    YES = "yes", "Ja"
    MAYBE = "maybe", "Als het moet"
    NO = "no", "Nee"


class DatePollQuerySet(models.QuerySet["DatePoll"]):
    """The ways in to polls."""

    def asked(self, user: User) -> DatePollQuerySet:
        """Polls in which ``user`` is asked: they are among the people of the talk, and still belong there."""
        return self._alive().filter(session__in=Participant.objects.taking_part(user).values("session_id"))

    def visible_to(self, user: User) -> DatePollQuerySet:
        """Polls whose page ``user`` may open: in which they are asked, and those about talks that they plan.

        A poll is there while it runs, and once a moment was chosen until that moment; one withdrawn is nobody's.
        """
        asked = Q(session__in=Participant.objects.taking_part(user).values("session_id"))
        planned = Q(session__in=Session.objects.manageable_by(user).values("id"))
        return self._alive().filter(asked | planned)

    def manageable_by(self, user: User) -> DatePollQuerySet:
        """Polls that ``user`` changes and closes: about talks that they plan. Also those withdrawn, for a click too
        many."""
        return self.filter(session__in=Session.objects.manageable_by(user).values("id"))

    def running(self, now: datetime | None = None) -> DatePollQuerySet:
        """Polls in which one can answer."""
        return self.filter(state=PollState.OPEN, closes_at__gt=now or timezone.now())

    def unanswered_by(self, user: User, now: datetime) -> DatePollQuerySet:
        """Polls with a moment still to come about which ``user`` said nothing."""
        said = DateVote.objects.filter(option=OuterRef("pk"), user=user)
        open_options = DateOption.objects.filter(poll=OuterRef("pk"), starts_at__gt=now)
        return self.filter(Exists(open_options.filter(~Exists(said))))

    def _alive(self) -> DatePollQuerySet:
        chosen = Q(state=PollState.CLOSED, session__state=State.PLANNED, session__starts_at__gt=timezone.now())
        return self.filter(Q(state=PollState.OPEN) | chosen)


class DatePoll(models.Model):
    """The question to the people of a draft: when can you?

    ``minutes`` is how long the talk takes. ``shows_names`` is promised to who answers, so that it never changes.
    ``sequence`` counts the times that people were written to, so that each of those mails is one of its own. A talk
    that is thrown away leaves its poll, withdrawn, for the mail that tells so.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=120)
    minutes = models.PositiveSmallIntegerField()
    shows_names = models.BooleanField()
    closes_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=PollState.choices, default=PollState.OPEN)
    # Goes with its poll, and not before it.
    chosen = models.ForeignKey("DateOption", on_delete=models.RESTRICT, null=True, related_name="+")
    sequence = models.PositiveIntegerField(default=0)
    form_key = models.UUIDField()
    reminded_at = models.DateTimeField(null=True)
    chased_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    options: RelatedManager[DateOption]

    objects = DatePollQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "datumprikker", "datumprikkers"
        constraints = (
            models.UniqueConstraint(fields=("session",), condition=Q(state=PollState.OPEN), name="poll_one_runs"),
            models.UniqueConstraint(fields=("session", "form_key"), name="poll_form_key_once"),
            models.CheckConstraint(condition=Q(state__in=PollState.values), name="poll_state_known"),
            models.CheckConstraint(
                condition=~Q(state=PollState.OPEN) | Q(session__isnull=False), name="poll_open_has_a_talk"
            ),
            models.CheckConstraint(
                condition=Q(state=PollState.CLOSED, chosen__isnull=False)
                | (~Q(state=PollState.CLOSED) & Q(chosen=None)),
                name="poll_closed_has_a_choice",
            ),
            models.CheckConstraint(
                condition=Q(state=PollState.OPEN, over_at=None) | (~Q(state=PollState.OPEN) & Q(over_at__isnull=False)),
                name="poll_over_when_not_open",
            ),
            models.CheckConstraint(condition=Q(minutes__gte=1, minutes__lte=720), name="poll_minutes"),
        )
        indexes = (
            models.Index(fields=("closes_at",), name="poll_due", condition=Q(state=PollState.OPEN)),
            models.Index(fields=("over_at",), name="poll_over", condition=~Q(state=PollState.OPEN)),
        )

    def __str__(self) -> str:
        return f"datumprikker {self.id}"

    @property
    def talk(self) -> Session:
        """The talk it is about; raises ValueError when that was thrown away, which only happens to one withdrawn."""
        if self.session is None:
            raise ValueError("A poll without a talk.")
        return self.session

    @property
    def length(self) -> timedelta:
        """How long the talk takes."""
        return timedelta(minutes=self.minutes)

    def is_planned_by(self, user: User) -> bool:
        """Whether ``user``, who may see it, looks after it."""
        return self.session is not None and self.session.planned_by_id == user.id

    @property
    def last_day(self) -> datetime:
        """A moment on the last day on which one can answer: it closes at the midnight after it."""
        return self.closes_at - timedelta(minutes=1)

    @property
    def answerable(self) -> bool:
        """Whether one can answer."""
        return self.state == PollState.OPEN and self.closes_at > timezone.now()


class DateOption(models.Model):
    """A moment at which the talk may begin."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    poll = models.ForeignKey(DatePoll, on_delete=models.CASCADE, related_name="options")
    starts_at = models.DateTimeField()

    class Meta:
        ordering = ("starts_at",)
        constraints = (models.UniqueConstraint(fields=("poll", "starts_at"), name="poll_moment_once"),)

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class DateVote(models.Model):
    """What one person says about one moment."""

    id = models.BigAutoField(primary_key=True)
    option = models.ForeignKey(DateOption, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    says = models.CharField(max_length=5, choices=Says.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("option", "user"), name="poll_vote_once"),
            models.CheckConstraint(condition=Q(says__in=Says.values), name="poll_vote_known"),
        )

    def __str__(self) -> str:
        return f"antwoord {self.id}"
