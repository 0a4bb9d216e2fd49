"""The talk itself: when and where, who takes part, and which steps it goes through."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from content.models import ConversationTemplate, Edition, Kind, ReminderFields, StepMeans
from content.models.reminders import reminder_constraints
from lerend.crypto import EncryptedTextField
from organisations.models import ASSOCIATIE_GROUP, NJI_GROUP, Membership, Organisation, Team, User, in_group
from sessions_app.models.gathering import Series
from sessions_app.models.season import Season

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

# A talk of at most this many people is nobody else's business: source, "Plaats de interviews niet in een context van
# hiërarchie en functioneren".
INTIMATE = 3


class State(models.TextChoices):
    """Where a talk is in its life."""

    DRAFT = "draft", "Concept"
    PLANNED = "planned", "Gepland"
    HELD = "held", "Gehouden"
    SETTLED = "settled", "Afgerond"
    CANCELLED = "cancelled", "Geannuleerd"


# The moves that a talk may make; sessions_app.domain.planning.move is the one place that makes them.
MOVES: dict[str, frozenset[str]] = {
    State.DRAFT: frozenset({State.PLANNED}),
    State.PLANNED: frozenset({State.HELD, State.CANCELLED}),
    State.HELD: frozenset({State.PLANNED, State.SETTLED}),
    State.SETTLED: frozenset(),
    State.CANCELLED: frozenset(),
}


class Answer(models.TextChoices):
    """What an invited person said."""

    OPEN = "", "Nog geen antwoord"
    YES = "yes", "Komt"
    NO = "no", "Komt niet"


class Part(models.TextChoices):
    """What somebody does in a talk."""

    MEMBER = "member", "Deelnemer"
    INTERVIEWER = "interviewer", "Interviewt"
    INTERVIEWEE = "interviewee", "Wordt geïnterviewd"
    GUIDE = "guide", "Begeleider van het NJi"


def _planned_by(user: User) -> Q:
    holds = Q(organisation__in=Membership.objects.filter(user=user).values("organisation"))
    if in_group(user, NJI_GROUP):
        holds |= Q(state=State.DRAFT)  # once planned, the NJi takes part as a guide
    if in_group(user, ASSOCIATIE_GROUP):
        holds |= Q(kind=Kind.AUDIT)
    return Q(planned_by=user) & holds


class SessionQuerySet(models.QuerySet["Session"]):
    """The ways in to talks."""

    def visible_to(self, user: User) -> SessionQuerySet:
        """Talks whose page ``user`` may open: those they take part in, and those they planned.

        Who plans without taking part sees a talk of two or three only until it starts. Who is no longer a member of
        the organisation for which they took part or planned sees nothing.
        """
        taking_part = Participant.objects.taking_part(user).values("session_id")
        planned = Session.objects.filter(
            Q(state=State.DRAFT) | Q(participant_count__gt=INTIMATE) | Q(starts_at__gt=timezone.now()),
            _planned_by(user),
        )
        # A draft belongs to who writes it, also where they put themselves in.
        return self.filter(~Q(state=State.DRAFT) | Q(planned_by=user), id__in=taking_part.union(planned.values("id")))

    def drafts_of(self, user: User) -> SessionQuerySet:
        """Drafts that ``user`` is writing."""
        return self.filter(_planned_by(user), state=State.DRAFT)

    def listed_for(self, user: User) -> SessionQuerySet:
        """Talks for ``user``'s lists: without those of two or three that they were in as a leader, once over."""
        as_leader = Participant.objects.filter(user=user).unlisted(timezone.now())
        return self.visible_to(user).exclude(id__in=as_leader.values("session_id"))

    def manageable_by(self, user: User) -> SessionQuerySet:
        """Talks that ``user`` may change, move or cancel: their planner, as long as they see it."""
        return self.visible_to(user).filter(planned_by=user)

    def upcoming(self, now: datetime | None = None) -> SessionQuerySet:
        """Planned talks that are not over."""
        return self.filter(state=State.PLANNED, ends_at__gt=now or timezone.now())


class Session(models.Model):
    """A vakmanschapsgesprek. It keeps its own copy of the template's words and steps."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey(ConversationTemplate, on_delete=models.PROTECT, related_name="+")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    title = models.CharField("titel", max_length=120)
    purpose = models.TextField()
    preparation = models.TextField(blank=True)
    uses_cards = models.BooleanField(default=True)
    invitation = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    planned_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    form_key = models.UUIDField(default=uuid.uuid4)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    place = models.CharField("plaats", max_length=200, blank=True)
    link = models.URLField("link", max_length=500, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, null=True, related_name="sessions")
    occurrence = models.PositiveSmallIntegerField(null=True)
    # The talks that were planned in one go: to count their mail, and to list those that one may see anyway.
    season = models.ForeignKey(Season, on_delete=models.SET_NULL, null=True, related_name="+")
    called_off_because = EncryptedTextField(null=True)
    nudged_at = models.DateTimeField(null=True)
    with_leader = models.BooleanField(default=False)
    small_with_leader = models.BooleanField(default=False)
    participant_count = models.PositiveIntegerField(default=0)
    present_count = models.PositiveIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    participants: RelatedManager[Participant]
    steps: RelatedManager[SessionStep]
    reminders: RelatedManager[SessionReminder]

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "gesprek", "gesprekken"
        constraints = (
            models.UniqueConstraint(fields=("planned_by", "form_key"), name="session_form_key_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT) | Q(starts_at__isnull=False, ends_at__isnull=False),
                name="session_has_a_moment",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="session_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=[State.HELD, State.SETTLED]) | Q(present_count__isnull=False),
                name="session_held_counts_who_was_there",
            ),
            models.UniqueConstraint(fields=("series", "occurrence"), name="session_once_an_occurrence"),
            models.CheckConstraint(
                condition=Q(series=None, occurrence=None) | Q(series__isnull=False, occurrence__isnull=False),
                name="session_in_series_has_number",
            ),
            models.CheckConstraint(
                condition=Q(called_off_because__isnull=True) | Q(state=State.CANCELLED),
                name="session_because_when_cancelled",
            ),
        )
        indexes = (
            models.Index(fields=("planned_by", "starts_at", "id"), name="session_by_planner"),
            models.Index(fields=("organisation", "starts_at", "id"), name="session_by_organisation"),
        )

    def __str__(self) -> str:
        return f"gesprek {self.id}"

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When it begins and ends; raises ValueError for a draft that has no moment yet."""
        if self.starts_at is None or self.ends_at is None:
            raise ValueError("A draft without a moment.")
        return self.starts_at, self.ends_at

    @property
    def over(self) -> bool:
        """Whether the end has passed."""
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def started(self) -> bool:
        """Whether the start has passed."""
        return self.starts_at is not None and self.starts_at <= timezone.now()


class SessionStep(models.Model):
    """A step of one talk, copied from the template and adjusted by its planner."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    minutes = models.PositiveSmallIntegerField()
    means = models.CharField(max_length=20, choices=StepMeans.choices, default=StepMeans.NONE)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(
                fields=("session", "number"), name="session_step_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(condition=Q(minutes__gte=1, minutes__lte=480), name="session_step_minutes"),
        )

    def __str__(self) -> str:
        return self.title


class SessionReminder(ReminderFields):
    """A reminder moment of one talk: copied when its draft was made, and its planner's from then on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="reminders")

    class Meta:
        ordering = ("days", "at", "minutes_before")
        constraints = (*reminder_constraints("session_reminder", "session"),)

    def __str__(self) -> str:
        return str(self.moment)


class ParticipantQuerySet(models.QuerySet["Participant"]):
    """The ways in to places at the table."""

    def still_taking_part(self) -> ParticipantQuerySet:
        """Places that hold: of a current member of the organisation they take part for, and of a guide of the NJi."""
        member = Membership.objects.filter(organisation=OuterRef("organisation"), user=OuterRef("user"))
        nji = User.groups.through.objects.filter(user=OuterRef("user"), group__name=NJI_GROUP)
        return self.filter(Exists(member) | Q(Exists(nji), part=Part.GUIDE))

    def unlisted(self, now: datetime) -> ParticipantQuerySet:
        """Places that lists leave out: of a leader in a talk of two or three, once it is over."""
        return self.filter(leads=True, session__small_with_leader=True, session__ends_at__lte=now)

    def listed(self, now: datetime) -> ParticipantQuerySet:
        """Places that lists show: all but the ``unlisted``."""
        return self.exclude(leads=True, session__small_with_leader=True, session__ends_at__lte=now)

    def taking_part(self, user: User) -> ParticipantQuerySet:
        """Places of ``user`` that still hold: as a current member, or as a guide of the NJi."""
        member = Q(organisation__in=Membership.objects.filter(user=user).values("organisation"))
        guide = Q(part=Part.GUIDE)
        return self.filter(member | guide if in_group(user, NJI_GROUP) else member & ~guide, user=user)


class Participant(models.Model):
    """Somebody's place in a talk."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # For which one takes part; in an audit the organisation and team are one's side.
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, related_name="+")
    part = models.CharField(max_length=12, choices=Part.choices, default=Part.MEMBER)
    leads = models.BooleanField(default=False)
    answer = models.CharField(max_length=4, choices=Answer.choices, blank=True, default=Answer.OPEN)
    answered_at = models.DateTimeField(null=True)
    # A word with the answer, and a moment that suits better: for who plans the talk, and for who wrote it.
    word = EncryptedTextField(null=True)
    proposes = models.DateTimeField(null=True)
    purpose_confirmed_at = models.DateTimeField(null=True)
    present = models.BooleanField(null=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("session", "user"), name="participant_once"),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(part=Part.GUIDE), name="participant_takes_part_for"
            ),
            models.CheckConstraint(condition=Q(answer__in=Answer.values), name="participant_answer_known"),
            models.CheckConstraint(
                condition=Q(proposes__isnull=True) | ~Q(answer=Answer.YES), name="participant_yes_proposes_nothing"
            ),
        )
        indexes = (models.Index(fields=("user", "session"), name="participant_by_user"),)

    def __str__(self) -> str:
        return f"deelnemer {self.id}"


class Removal(models.Model):
    """Somebody who was taken out of a planned talk: known until it has left their calendar, and no longer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("session", "user"), name="removal_once"),)
        indexes = (models.Index(fields=("user", "session"), name="removal_by_user"),)

    def __str__(self) -> str:
        return f"niet meer in {self.session_id}"
