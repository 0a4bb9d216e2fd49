"""What a talk brought: contributions that are stored closed, and who agreed to share them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from content.models import Assignment, Kind, QuestionCard, RuleOfThumb, Theme
from lerend.crypto import EncryptedTextField, mark
from organisations.models import NJI_GROUP, Membership, Organisation, Role, Team, TeamMembership, User, in_group
from sessions_app.models.session import Part, Participant, Session, State

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Audience(models.TextChoices):
    """Who reads a contribution, chosen by its author."""

    PRIVATE = "private", "Alleen ik"
    PRESENT = "present", "Wij, die erbij waren"
    TEAM = "team", "Ons team"
    ORGANISATION = "organisation", "Onze organisatie"
    NJI = "nji", "NJi, om het materiaal te verrijken"


# Audiences that go beyond the people who were there.
BEYOND = (Audience.TEAM, Audience.ORGANISATION, Audience.NJI)


class ContributionKind(models.TextChoices):
    """What sort of thing was recorded."""

    NOTE = "note", "Gedachte"
    SENTENCE = "sentence", "Het is mijn vak om …"
    AGREEMENT = "agreement", "Afspraak"


class Kept(models.TextChoices):
    """What an author who leaves the organisation decided about a text that stays; empty is nothing yet."""

    NAMED = "named", "Met mijn naam"
    UNNAMED = "unnamed", "Zonder mijn naam"


def marks_of(user: User) -> list[str]:
    """Return the one-way marks under which ``user`` can have written; asked once a user object.

    There is one for each organisation for which they ever took part, so that who left still finds their own.
    """
    known: list[str] | None = getattr(user, "_marks", None)
    if known is None:
        places = Participant.objects.filter(user=user, organisation__isnull=False)
        known = [mark(user.id, pk) for pk in places.values_list("organisation_id", flat=True).distinct() if pk]
        user._marks = known  # type: ignore[attr-defined]
    return known


class ContributionQuerySet(models.QuerySet["Contribution"]):
    """The ways in to contributions: the written table of who reads what, as queries."""

    def own(self, user: User) -> ContributionQuerySet:
        """What ``user`` wrote, with and without their name."""
        return self.filter(Q(author=user) | Q(mark__in=marks_of(user)))

    def visible_to(self, user: User) -> ContributionQuerySet:
        """All that ``user`` may read. A hidden text is read by its writer alone."""
        return self._readable(user, _among_us(user) | _in_team(user) | _in_organisation(user) | _with_nji(user))

    def shared_with_team(self, team: Team, user: User) -> ContributionQuerySet:
        """What was released to ``team`` and ``user`` reads as one of it."""
        found = self.filter(team=team, audience=Audience.TEAM, released_at__isnull=False)
        return found._readable(user, _in_team(user))

    def shared_with_organisation(self, organisation: Organisation, user: User) -> ContributionQuerySet:
        """What was released to ``organisation`` and ``user`` reads as one of it."""
        found = self.filter(organisation=organisation, audience=Audience.ORGANISATION, released_at__isnull=False)
        return found._readable(user, _in_organisation(user))

    def shared_with_nji(self, user: User) -> ContributionQuerySet:
        """What was released to the NJi-programma and ``user`` reads as one of it."""
        return self.filter(audience=Audience.NJI, released_at__isnull=False)._readable(user, _with_nji(user))

    def _readable(self, user: User, ways: Q) -> ContributionQuerySet:
        return self.filter(Q(author=user) | Q(mark__in=marks_of(user)) | (Q(hidden_at=None) & ways))


# The ways to read what somebody else wrote, one an audience. A page about one audience asks for that way alone: all
# of them together cost the database more to plan than to run.


def _present(user: User) -> QuerySet[Participant]:
    # A guide of the NJi was there to guide; after closing they read what is for the NJi alone.
    return (
        Participant.objects.taking_part(user).filter(session=OuterRef("session"), present=True).exclude(part=Part.GUIDE)
    )


def _among_us(user: User) -> Q:
    present = _present(user)
    own_side = present.filter(organisation=OuterRef("organisation"), team=OuterRef("side"))
    was_there = Q(Exists(present.exclude(session__kind=Kind.AUDIT))) | Q(Exists(own_side))
    closed = Q(session__state__in=[State.HELD, State.SETTLED])
    # Who is asked to agree with sharing reads what they are asked about.
    return closed & was_there & (Q(audience=Audience.PRESENT) | Q(needs_consent=True, audience__in=BEYOND))


def _in_team(user: User) -> Q:
    was_there = Participant.objects.filter(session=OuterRef(OuterRef("session")), user=user, present=True)
    in_team = TeamMembership.objects.filter(
        Q(role=Role.PROFESSIONAL, since__lte=OuterRef("released_at"))
        | Q(Exists(was_there.exclude(part=Part.GUIDE)), role=Role.LEIDINGGEVENDE),
        team=OuterRef("team"),
        membership__user=user,
    )
    return Q(audience=Audience.TEAM, released_at__isnull=False) & Q(Exists(in_team))


def reading_members(user: User, of: str = "organisation") -> QuerySet[Membership]:
    """Return, for an Exists(), the membership by which ``user`` reads what is for all of an organisation.

    ``of`` is the outer field with that organisation. Who only plans for others does not.
    """
    return Membership.objects.filter(organisation=OuterRef(of), user=user).filter(
        ~Q(role=Role.PLANNER) | Exists(TeamMembership.objects.in_open_teams().filter(membership=OuterRef("pk")))
    )


def _in_organisation(user: User) -> Q:
    return Q(audience=Audience.ORGANISATION, released_at__isnull=False) & Q(Exists(reading_members(user)))


def _with_nji(user: User) -> Q:
    if not in_group(user, NJI_GROUP):
        return Q(pk__in=())
    guide = Participant.objects.filter(session=OuterRef("session"), user=user, part=Part.GUIDE)
    return Q(audience=Audience.NJI, released_at__isnull=False) | (
        Q(audience=Audience.PRESENT) & Q(session__state=State.PLANNED) & Q(Exists(guide))
    )


class Contribution(models.Model):
    """Something that somebody recorded after (or, for a guide or oneself, during) a talk.

    Either ``author`` is set, or ``mark``: a text without a name has no author. ``released_at`` says since when the
    people beyond the talk may read it; it is kept by ``sessions_app.domain.contributions``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    mark = models.CharField(max_length=64, blank=True)
    form_key = models.UUIDField(default=uuid.uuid4, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    side = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=ContributionKind.choices, default=ContributionKind.NOTE)
    text = EncryptedTextField()
    who = EncryptedTextField(null=True)
    due_on = models.DateField(null=True)
    card = models.ForeignKey(QuestionCard, on_delete=models.PROTECT, null=True, related_name="+")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, null=True, related_name="+")
    rule = models.ForeignKey(RuleOfThumb, on_delete=models.PROTECT, null=True, related_name="+")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, null=True, related_name="+")
    audience = models.CharField(max_length=12, choices=Audience.choices, default=Audience.PRIVATE)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    needs_consent = models.BooleanField(default=False)
    asked_count = models.PositiveIntegerField(default=0)
    consent_until = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    written_at = models.DateTimeField(default=timezone.now)
    kept = models.CharField(max_length=8, choices=Kept.choices, blank=True)

    consents: RelatedManager[Consent]

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "bijdrage", "bijdragen"
        constraints = (
            models.CheckConstraint(
                condition=Q(author__isnull=False, mark="") | (Q(author__isnull=True) & ~Q(mark="")),
                name="contribution_author_or_mark",
            ),
            models.CheckConstraint(
                condition=Q(team__isnull=True) ^ Q(audience=Audience.TEAM), name="contribution_team_audience_has_team"
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(audience__in=BEYOND), name="contribution_released_beyond"
            ),
            models.CheckConstraint(
                condition=Q(needs_consent=False) | Q(consent_until__isnull=False), name="contribution_consent_has_end"
            ),
            models.CheckConstraint(
                condition=Q(rule__isnull=True, assignment__isnull=True)
                | Q(rule__isnull=False, assignment__isnull=False, card__isnull=True, theme__isnull=True),
                name="contribution_rule_in_assignment",
            ),
            models.CheckConstraint(
                condition=Q(card__isnull=True) | Q(theme__isnull=True), name="contribution_one_anchor"
            ),
            models.CheckConstraint(
                condition=Q(kept__in=["", Kept.UNNAMED]) | Q(kept=Kept.NAMED, author__isnull=False),
                name="contribution_kept_named_has_author",
            ),
        )
        indexes = (
            models.Index(fields=("session", "created_at", "id"), name="contribution_by_session"),
            models.Index(F("author"), F("created_at").desc(), F("id").desc(), name="contribution_by_author"),
            models.Index(fields=("mark", "created_at"), name="contribution_by_mark", condition=~Q(mark="")),
            models.Index(
                F("team"),
                F("released_at").desc(),
                F("id").desc(),
                name="contribution_for_team",
                condition=Q(audience=Audience.TEAM, released_at__isnull=False),
            ),
            models.Index(
                F("organisation"),
                F("released_at").desc(),
                F("id").desc(),
                name="contribution_for_organisation",
                condition=Q(audience=Audience.ORGANISATION, released_at__isnull=False),
            ),
            models.Index(
                F("released_at").desc(),
                F("id").desc(),
                name="contribution_for_nji",
                condition=Q(audience=Audience.NJI, released_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"bijdrage {self.id}"

    @property
    def beyond(self) -> bool:
        """Whether its author wants people beyond the talk to read it."""
        return self.audience in BEYOND

    @property
    def waiting(self) -> bool:
        """Whether the answers of the others are still awaited."""
        return (
            self.needs_consent
            and self.released_at is None
            and self.consent_until is not None
            and self.consent_until > timezone.now()
        )


class ConsentQuerySet(models.QuerySet["Consent"]):
    """The ways in to questions."""

    def waiting_for(self, user: User) -> ConsentQuerySet:
        """Questions that ``user``, who was there and still takes part, can answer and has not."""
        return self.filter(
            participant__in=Participant.objects.taking_part(user).filter(present=True),
            agreed=None,
            contribution__needs_consent=True,
            contribution__audience__in=BEYOND,
            contribution__hidden_at=None,
            contribution__consent_until__gt=timezone.now(),
        )

    def yes_of(self, user: User) -> ConsentQuerySet:
        """What ``user`` said yes to and others read or may still come to read, member or not: a yes can be taken back.

        It gives no way to the text.
        """
        return self.filter(
            Q(contribution__released_at__isnull=False) | Q(contribution__consent_until__gt=timezone.now()),
            participant__user=user,
            agreed=True,
        )


class Consent(models.Model):
    """The answer of one who was there to sharing a contribution beyond the talk.

    Nobody but that person reads it. Without a yes before ``Contribution.consent_until`` it counts as no.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="consents")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    agreed = models.BooleanField(null=True)
    answered_at = models.DateTimeField(null=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("contribution", "participant"), name="consent_once"),)

    def __str__(self) -> str:
        return f"instemming {self.id}"


def reports_come_to(user: User, organisation: str, author: str) -> Q:
    """Return which texts, by the names of their fields for the organisation and the author, ``user`` judges reports of.

    Those of the organisations whose contact they are, but not a text under their own name: that goes to the
    bestuurders, unless there is no other. A text without a name goes to the contact, whoever wrote it: to send it
    elsewhere would tell who did.
    """
    here = OuterRef(organisation)
    contact = Q(Exists(Organisation.objects.contacted_through(user).filter(pk=here)))
    runs = Q(Exists(Organisation.objects.run_by(user).filter(pk=here)))
    bestuurders = Membership.objects.filter(organisation=here, role=Role.BESTUURDER)
    own, of_contact = Q(**{author: user}), Q(**{author: F(f"{organisation}__contact")})
    others = Q(Exists(bestuurders.exclude(user=user)))
    return (contact & ~own) | (runs & of_contact & ~own) | (contact & own & ~others)


class ReportQuerySet(models.QuerySet["Report"]):
    """The ways in to reports."""

    def manageable_by(self, user: User) -> ReportQuerySet:
        """Reports that ``user`` judges, as ``reports_come_to`` says."""
        return self.filter(reports_come_to(user, "contribution__organisation", "contribution__author"))


class Report(models.Model):
    """A reader's report of a text that should not stand there, for instance because it leads to a resident."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="+")
    reporter = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = EncryptedTextField()
    created_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "melding", "meldingen"
        constraints = (models.UniqueConstraint(fields=("contribution", "reporter"), name="report_once"),)
        indexes = (models.Index(F("created_at").desc(), F("id").desc(), name="report_newest"),)

    def __str__(self) -> str:
        return f"melding {self.id}"
