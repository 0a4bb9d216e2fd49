"""What a vuistregel means in one part of the opdracht: a lading, and what others say to it.

Source: "Bespreek in een organisatie of lerend netwerk hoe de regels leven en hoe verschillende mensen ze laden".
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, Value
from django.utils import timezone

from content.models import Assignment, RuleOfThumb
from lerend.crypto import EncryptedTextField, mark
from organisations.models import Departure, Membership, Organisation, Role, Team, TeamMembership, User
from sessions_app.models.contribution import reading_members, reports_come_to

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Reach(models.TextChoices):
    """How far its writer lets a lading, or an answer to one, go."""

    TEAM = "team", "Ons team"
    ORGANISATION = "organisation", "Onze organisatie"
    EVERYONE = "everyone", "Alle organisaties"


@dataclass(frozen=True)
class OwnMarks:
    """The one-way marks under which somebody writes, or wrote.

    ``here`` are those of where they belong, or left less than 30 days ago; ``ever`` those of where they ever belonged.
    """

    here: frozenset[str]
    ever: frozenset[str]

    def wrote(self, text: Interpretation | InterpretationReply) -> bool:
        """Whether ``text``, which has no name, is theirs to take back."""
        return text.mark in self.here or (text.reach == Reach.EVERYONE and text.mark in self.ever)


def own_marks(user: User) -> OwnMarks:
    """Return the marks of ``user``; asked once a user object."""
    known: OwnMarks | None = getattr(user, "_own_marks", None)
    if known is None:
        undecided = ExpressionWrapper(Q(settled_at=None, until__gt=timezone.now()), output_field=BooleanField())
        left = Departure.objects.own(user).annotate(holds=undecided).values_list("organisation_id", "holds")
        here = Membership.objects.filter(user=user).annotate(holds=Value(True))
        places = list(here.values_list("organisation_id", "holds").union(left))
        known = OwnMarks(
            frozenset(mark(user.id, organisation_id) for organisation_id, holds in places if holds),
            frozenset(mark(user.id, organisation_id) for organisation_id, _ in places),
        )
        user._own_marks = known  # type: ignore[attr-defined]
    return known


def _own(user: User) -> Q:
    # What went to all organisations stays its writer's to take back, also long after they left.
    marks = own_marks(user)
    return Q(author=user) | Q(mark__in=marks.here) | Q(mark__in=marks.ever, reach=Reach.EVERYONE)


class InterpretationQuerySet(models.QuerySet["Interpretation"]):
    """The ways in to ladingen."""

    def own(self, user: User) -> InterpretationQuerySet:
        """What ``user`` wrote, with and without their name."""
        return self.filter(_own(user))

    def visible_to(self, user: User) -> InterpretationQuerySet:
        """All that ``user`` may read. A hidden one is read by its writer alone."""
        anywhere = Q(reach=Reach.EVERYONE)
        here = Q(reach=Reach.ORGANISATION) & Q(Exists(reading_members(user)))
        in_team = Q(reach=Reach.TEAM) & Q(Exists(_professionals(user, OuterRef("team"), OuterRef("shared_at"))))
        return self.filter(_own(user) | (Q(hidden_at=None) & (anywhere | here | in_team)))

    def in_team(self, team: Team, user: User) -> InterpretationQuerySet:
        """What was written for ``team`` alone, as ``user`` reads it."""
        return self.visible_to(user).filter(team=team, reach=Reach.TEAM)

    def in_organisation(self, organisation: Organisation, user: User) -> InterpretationQuerySet:
        """What is for all of ``organisation``, as ``user`` reads it."""
        return self.visible_to(user).filter(organisation=organisation, reach__in=[Reach.ORGANISATION, Reach.EVERYONE])

    def released(self) -> InterpretationQuerySet:
        """What its writers released to all organisations."""
        return self.filter(reach=Reach.EVERYONE, hidden_at=None)

    def manageable_by(self, user: User) -> InterpretationQuerySet:
        """Reported ones that ``user`` may hide, as ``reports_come_to`` says."""
        return self.filter(reports_come_to(user, "organisation", "author"), reported_at__isnull=False)


def _professionals(user: User, team: OuterRef, since: OuterRef) -> models.QuerySet[TeamMembership]:
    # Who joins later reads what is shared later, as with what a talk brought.
    return TeamMembership.objects.filter(team=team, role=Role.PROFESSIONAL, membership__user=user, since__lte=since)


class Interpretation(models.Model):
    """What a vuistregel means to somebody in one part of the opdracht.

    Either ``author`` is set, or ``mark``: a text without a name has no author. ``released_text`` repeats the text in
    the open while it is released to all organisations, and at no other time: that alone can be searched.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rule = models.ForeignKey(RuleOfThumb, on_delete=models.PROTECT, related_name="+")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    mark = models.CharField(max_length=64, blank=True)
    form_key = models.UUIDField(unique=True)
    text = EncryptedTextField()
    released_text = models.TextField(blank=True)
    reach = models.CharField(max_length=12, choices=Reach.choices)
    shared_at = models.DateTimeField(default=timezone.now)
    reported_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)

    replies: RelatedManager[InterpretationReply]

    objects = InterpretationQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "lading", "ladingen"
        constraints = (
            models.CheckConstraint(
                condition=Q(author__isnull=False, mark="") | (Q(author__isnull=True) & ~Q(mark="")),
                name="interpretation_author_or_mark",
            ),
            models.CheckConstraint(
                condition=Q(team__isnull=True) ^ Q(reach=Reach.TEAM), name="interpretation_for_a_team_has_one"
            ),
            models.CheckConstraint(condition=Q(reach__in=Reach.values), name="interpretation_reach_known"),
            models.CheckConstraint(
                condition=Q(released_text="") | Q(reach=Reach.EVERYONE, hidden_at=None),
                name="interpretation_open_only_while_released",
            ),
        )
        indexes = (
            models.Index(F("rule"), F("assignment"), F("shared_at").desc(), F("id").desc(), name="interpretation_cell"),
            models.Index(fields=("organisation", "reach"), name="interpretation_organisation"),
            models.Index(fields=("team",), condition=Q(team__isnull=False), name="interpretation_team"),
            models.Index(F("author"), F("shared_at").desc(), F("id").desc(), name="interpretation_by_author"),
            models.Index(fields=("mark",), condition=~Q(mark=""), name="interpretation_by_mark"),
        )

    def __str__(self) -> str:
        return f"lading {self.id}"

    @property
    def readers(self) -> str:
        """Who reads it, as one word to compare by."""
        return f"{self.reach}:{self.team_id or self.organisation_id}"


class ReplyQuerySet(models.QuerySet["InterpretationReply"]):
    """The ways in to answers."""

    def own(self, user: User) -> ReplyQuerySet:
        """What ``user`` wrote, with and without their name."""
        return self.filter(_own(user))

    def visible_to(self, user: User) -> ReplyQuerySet:
        """Answers that ``user`` may read: with the lading, and never further than the lading went when they were given.

        An answer from another organisation is read there and where the lading was written.
        """
        in_team = Q(reach=Reach.TEAM) & Q(Exists(_professionals(user, OuterRef("team"), OuterRef("written_at"))))
        beyond = Q(reach__in=[Reach.ORGANISATION, Reach.EVERYONE]) & Q(Exists(reading_members(user)))
        back = Q(reach=Reach.EVERYONE) & Q(Exists(reading_members(user, "interpretation__organisation")))
        readable = Interpretation.objects.visible_to(user)
        return self.filter(
            _own(user) | (Q(hidden_at=None) & Q(interpretation__in=readable.values("pk")) & (in_team | beyond | back))
        )

    def manageable_by(self, user: User) -> ReplyQuerySet:
        """Reported ones that ``user`` may hide."""
        return self.filter(reports_come_to(user, "organisation", "author"), reported_at__isnull=False)


class InterpretationReply(models.Model):
    """What somebody says to a lading.

    ``organisation`` is the writer's; ``reach`` and ``team`` are those of the lading at that moment.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interpretation = models.ForeignKey(Interpretation, on_delete=models.CASCADE, related_name="replies")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    mark = models.CharField(max_length=64, blank=True)
    form_key = models.UUIDField(unique=True)
    text = EncryptedTextField()
    reach = models.CharField(max_length=12, choices=Reach.choices)
    written_at = models.DateTimeField(default=timezone.now)
    reported_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "antwoord op een lading", "antwoorden op ladingen"
        constraints = (
            models.CheckConstraint(
                condition=Q(author__isnull=False, mark="") | (Q(author__isnull=True) & ~Q(mark="")),
                name="interpretation_reply_author_or_mark",
            ),
            models.CheckConstraint(condition=Q(reach__in=Reach.values), name="interpretation_reply_reach_known"),
            models.CheckConstraint(
                condition=Q(team__isnull=True) ^ Q(reach=Reach.TEAM), name="interpretation_reply_for_a_team_has_one"
            ),
        )
        indexes = (
            models.Index(fields=("interpretation", "written_at", "id"), name="interpretation_replies"),
            models.Index(fields=("mark",), condition=~Q(mark=""), name="interpretation_reply_by_mark"),
        )

    def __str__(self) -> str:
        return f"antwoord {self.id}"
