"""The pilot: rounds with a few places, teams that sign up, and the places that are awarded."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from organisations.models import ASSOCIATIE_GROUP, NJI_GROUP, Team, User, in_group

PLACES = 3  # the source document offers guidance to three teams
MOST_PLACES = 20
SMALLEST_TEAM, LARGEST_TEAM = 2, 200
SHARING_DAY = "Dag van de Wijkteams van de Associatie Wijkteams"
SHOWN_AFTER_CLOSING = timedelta(days=365)


class RoundState(models.TextChoices):
    """Where a round is; told by the clock and by its places, never stored."""

    AHEAD = "ahead", "Nog niet open"
    OPEN = "open", "Aanmelden kan"
    CHOOSING = "choosing", "Selectie"
    FILLED = "filled", "Alle plekken zijn vergeven"


class SignupState(models.TextChoices):
    """Whether a sign-up still stands. That it has a place is told by its award."""

    SIGNED_UP = "signed_up", "Aangemeld"
    WITHDRAWN = "withdrawn", "Ingetrokken"


class PilotRoundQuerySet(models.QuerySet["PilotRound"]):
    """The ways in to rounds. A round itself is public; what is private stands in its sign-ups."""

    def published(self) -> PilotRoundQuerySet:
        """Every round, the latest to close first."""
        return self.order_by("-closes_at", "id")

    def current(self, now: datetime | None = None) -> PilotRoundQuerySet:
        """Rounds that closed less than a year ago, or have yet to."""
        return self.published().filter(closes_at__gt=(now or timezone.now()) - SHOWN_AFTER_CLOSING)

    def manageable_by(self, user: User) -> PilotRoundQuerySet:
        """Rounds that ``user`` may change and award places of: all, for the NJi-programma."""
        return self.published() if in_group(user, NJI_GROUP) else self.none()


class PilotRound(models.Model):
    """A period in which teams sign up for a dagdeel that the NJi guides."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("naam", max_length=120)
    intro = models.TextField("inleiding", max_length=5_000, blank=True)
    opens_at = models.DateTimeField("open vanaf")
    closes_at = models.DateTimeField("open tot")
    sharing_day = models.CharField("dag waarop teams hun ervaring delen", max_length=200, default=SHARING_DAY)
    form_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PilotRoundQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "pilotronde", "pilotrondes"
        constraints = (
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="pilot_round_closes_after_opening",
                violation_error_message="De ronde sluit later dan hij opengaat.",
            ),
        )
        indexes = (models.Index(F("closes_at").desc(), "id", name="pilot_round_latest"),)

    def __str__(self) -> str:
        return self.name

    def is_open(self, now: datetime) -> bool:
        """Return whether teams can sign up at ``now``, be it for the waiting list."""
        return self.opens_at <= now < self.closes_at

    def state(self, now: datetime, free_places: int) -> RoundState:
        """Return where the round is at ``now`` with ``free_places`` left."""
        if now < self.opens_at:
            return RoundState.AHEAD
        if not free_places:
            return RoundState.FILLED
        return RoundState.OPEN if now < self.closes_at else RoundState.CHOOSING


class PilotPlaceQuerySet(models.QuerySet["PilotPlace"]):
    """The ways in to places."""

    def free(self) -> PilotPlaceQuerySet:
        """Places without an award."""
        return self.filter(~Exists(PilotAward.objects.filter(place=OuterRef("pk"))))


class PilotPlace(models.Model):
    """One place of a round: a row, so that no more awards than places can exist."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(PilotRound, on_delete=models.CASCADE, related_name="places", verbose_name="ronde")
    number = models.PositiveSmallIntegerField(
        "nummer", validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)]
    )

    objects = PilotPlaceQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "plek", "plekken"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("round", "number"), name="pilot_place_once"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=MOST_PLACES), name="pilot_place_number"),
        )

    def __str__(self) -> str:
        return f"plek {self.number}"


class PilotSignupQuerySet(models.QuerySet["PilotSignup"]):
    """The ways in to sign-ups."""

    def manageable_by(self, user: User) -> PilotSignupQuerySet:
        """Sign-ups of the teams that ``user`` runs: they read them and may withdraw them."""
        return self.filter(team__in=Team.objects.manageable_by(user))

    def visible_to(self, user: User) -> PilotSignupQuerySet:
        """Sign-ups that ``user`` may read: of the teams they run, or all for the NJi-programma."""
        return self.all() if in_group(user, NJI_GROUP) else self.manageable_by(user)

    def awardable_by(self, user: User) -> PilotSignupQuerySet:
        """Sign-ups that ``user`` may give a place, take it back from, or move: all, for the NJi-programma."""
        return self.all() if in_group(user, NJI_GROUP) else self.none()

    def living(self) -> PilotSignupQuerySet:
        """Sign-ups that were not withdrawn."""
        return self.filter(state=SignupState.SIGNED_UP)

    def waiting(self) -> PilotSignupQuerySet:
        """Living sign-ups without a place, in the order of the list."""
        placed = PilotAward.objects.filter(signup=OuterRef("pk"))
        return self.living().filter(~Exists(placed)).order_by("position")


class PilotSignup(models.Model):
    """A team that wants a place in a round."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(PilotRound, on_delete=models.PROTECT, related_name="+", verbose_name="ronde")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", verbose_name="team")
    contact_name = models.CharField("naam van de contactpersoon", max_length=120)
    contact_email = models.EmailField("mailadres van de contactpersoon")
    size = models.PositiveSmallIntegerField(
        "aantal mensen", validators=[MinValueValidator(SMALLEST_TEAM), MaxValueValidator(LARGEST_TEAM)]
    )
    dates = models.CharField("wensen voor de datum", max_length=500, blank=True)
    motivation = models.TextField("waarom jullie willen meedoen", max_length=10_000)
    shares_experience = models.BooleanField("deelt de ervaring")
    merel_wanted = models.BooleanField("met Merel Steinweg", default=False)
    merel_cost_accepted = models.BooleanField("kosten van Merel Steinweg akkoord", default=False)
    signed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=SignupState.choices, default=SignupState.SIGNED_UP)
    # The order on the list; who withdraws leaves it.
    position = models.PositiveIntegerField(null=True)
    # Raised with each thing that is told by mail, so that every such mail has its own key and an old one is known.
    sequence = models.PositiveIntegerField(default=0)
    form_key = models.UUIDField()
    created_at = models.DateTimeField(default=timezone.now)

    waiting_number: int  # how it stands on the list; there when asked for with queries.pilot.with_standing

    objects = PilotSignupQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "aanmelding", "aanmeldingen"
        constraints = (
            models.UniqueConstraint(
                fields=("round", "team"),
                condition=Q(state=SignupState.SIGNED_UP),
                name="pilot_signup_one_living_a_team",
            ),
            # With the team in it: who goes back and chooses another team sends the same key for another sign-up.
            models.UniqueConstraint(fields=("round", "team", "form_key"), name="pilot_signup_form_key_once"),
            models.UniqueConstraint(
                fields=("round", "position"),
                name="pilot_signup_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(state=SignupState.SIGNED_UP, position__isnull=False)
                | Q(state=SignupState.WITHDRAWN, position__isnull=True),
                name="pilot_signup_on_the_list_while_living",
            ),
            models.CheckConstraint(condition=Q(shares_experience=True), name="pilot_signup_shares_experience"),
            models.CheckConstraint(
                condition=Q(merel_wanted=False) | Q(merel_cost_accepted=True), name="pilot_signup_merel_cost_accepted"
            ),
            models.CheckConstraint(
                condition=Q(size__gte=SMALLEST_TEAM, size__lte=LARGEST_TEAM), name="pilot_signup_size"
            ),
        )

    def __str__(self) -> str:
        return f"aanmelding {self.id}"

    @property
    def living(self) -> bool:
        """Whether it was not withdrawn."""
        return self.state == SignupState.SIGNED_UP

    @property
    def place(self) -> PilotPlace | None:
        """The place it was awarded, if any."""
        try:
            return self.award.place
        except PilotAward.DoesNotExist:
            return None


class PilotAwardQuerySet(models.QuerySet["PilotAward"]):
    """The ways in to awards."""

    def visible_to(self, user: User) -> PilotAwardQuerySet:
        """Awards of which ``user`` may read the team's name: all, for the NJi-programma and the Associatie."""
        return self.all() if in_group(user, NJI_GROUP) or in_group(user, ASSOCIATIE_GROUP) else self.none()


class PilotAward(models.Model):
    """That a sign-up got a place. Place and sign-up occur once each, so a fourth award of three cannot exist."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    place = models.OneToOneField(PilotPlace, on_delete=models.PROTECT, related_name="award", verbose_name="plek")
    signup = models.OneToOneField(
        PilotSignup, on_delete=models.CASCADE, related_name="award", verbose_name="aanmelding"
    )
    awarded_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    awarded_at = models.DateTimeField(default=timezone.now)

    objects = PilotAwardQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "toegekende plek", "toegekende plekken"

    def __str__(self) -> str:
        return f"toekenning {self.id}"
