"""Reads about the pilot that span models: its public page, the list of sign-ups, and who is told what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from lerend.mail.models import Message
from organisations.models import NJI_GROUP, Membership, Role, Team, TeamMembership, User, in_group
from sessions_app.models import PilotAward, PilotPlace, PilotRound, PilotSignup
from sessions_app.models.pilot import PilotSignupQuerySet, RoundState

PAGE_SIZE = 25
SHOWN_ROUNDS = 10
COUNTED = 1_000


@dataclass(frozen=True)
class Ball:
    """One place of a round, as it is drawn."""

    number: int
    taken: bool


@dataclass(frozen=True)
class RoundOnPage:
    """A round on the public page, with what this reader may know of it."""

    round: PilotRound
    state: RoundState
    open: bool
    can_sign_up: bool
    balls: list[Ball]
    own: list[PilotSignup] = field(default_factory=list)
    awarded: list[PilotAward] = field(default_factory=list)

    @property
    def free(self) -> int:
        """How many places have no team yet."""
        return sum(not ball.taken for ball in self.balls)


@dataclass(frozen=True)
class PilotPage:
    """The public page of the pilot for one reader."""

    rounds: list[RoundOnPage]
    programme: bool


def waiting_number() -> Coalesce:
    """Return the expression for how many waiting sign-ups of its round stand before a sign-up, plus one."""
    ahead = (
        PilotSignup.objects.waiting()
        .filter(round=OuterRef("round"), position__lt=OuterRef("position"))
        .order_by()
        .values("round")
        .annotate(number=Count("*") + 1)
        .values("number")
    )
    return Coalesce(Subquery(ahead, output_field=IntegerField()), Value(1))


def pilot_page(user: User | AnonymousUser, now: datetime) -> PilotPage:
    """Return the current rounds, with own sign-ups for who runs a team, and awarded teams for NJi and Associatie."""
    rounds = list(PilotRound.objects.current(now)[:SHOWN_ROUNDS])
    balls: dict[UUID, list[Ball]] = {}
    places = PilotPlace.objects.filter(round__in=rounds).annotate(
        taken=Exists(PilotAward.objects.filter(place=OuterRef("pk")))
    )
    for round_id, number, taken in places.order_by("number").values_list("round_id", "number", "taken"):
        balls.setdefault(round_id, []).append(Ball(number, taken))
    own: dict[UUID, list[PilotSignup]] = {}
    awarded: dict[UUID, list[PilotAward]] = {}
    teams: set[UUID] = set()
    programme = False
    if isinstance(user, User):
        programme = in_group(user, NJI_GROUP)
        teams = set(Team.objects.manageable_by(user).values_list("id", flat=True))
        if teams:
            for signup in (
                with_standing(PilotSignup.objects.manageable_by(user))
                .living()
                .filter(round__in=rounds)
                .order_by("position")
            ):
                own.setdefault(signup.round_id, []).append(signup)
        for award in (
            PilotAward.objects.visible_to(user)
            .filter(place__round__in=rounds)
            .select_related("place", "signup__team__organisation")
            .order_by("place__number")
        ):
            awarded.setdefault(award.place.round_id, []).append(award)
    shown = []
    for one in rounds:
        drawn = balls.get(one.id, [])
        signups = own.get(one.id, [])
        shown.append(
            RoundOnPage(
                round=one,
                state=one.state(now, sum(not ball.taken for ball in drawn)),
                open=one.is_open(now),
                can_sign_up=bool(teams - {signup.team_id for signup in signups}),
                balls=drawn,
                own=signups,
                awarded=awarded.get(one.id, []),
            )
        )
    return PilotPage(shown, programme)


@dataclass(frozen=True)
class ListRow:
    """A sign-up on the list of the NJi-programma, ready to show."""

    id: UUID
    position: int
    place: int | None
    number: int | None
    title: str
    notes: str

    @property
    def move(self) -> str:
        """What the button that moves it up sends: which sign-up, and where it stood when the page was made."""
        return f"{self.id}:{self.position}"


@dataclass(frozen=True)
class SignupPage:
    """One page of the list: who has a place (first page only), who has none, and where the next page starts."""

    placed: list[ListRow]
    waiting: list[ListRow]
    next: int | None


def _short(text: str, length: int = 90) -> str:
    words = " ".join(text.split())
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


def _row(signup: PilotSignup, place: int | None, number: int | None) -> ListRow:
    notes = [f"{signup.size} mensen"]
    if signup.dates:
        notes.append(f"voorkeur: {_short(signup.dates)}")
    if signup.merel_wanted:
        notes.append("met Merel Steinweg, kosten akkoord")
    title = f"{signup.team.name}, {signup.team.organisation.name}"
    return ListRow(signup.id, signup.position or 0, place, number, title, " · ".join(notes))


def signup_page(round: PilotRound, after: int, *, taken: int) -> SignupPage:  # noqa: A002
    """Return the living sign-ups of ``round``: those with a place, and a page of the others past position ``after``.

    ``taken`` says how many have a place, as ``place_counts`` tells.
    """
    living = PilotSignup.objects.living().filter(round=round).select_related("team__organisation").defer("motivation")
    placed = (
        []
        if after or not taken
        else [
            _row(signup, signup.award.place.number, None)
            for signup in living.filter(award__isnull=False)
            .select_related("award__place")
            .order_by("award__place__number")
        ]
    )
    waiting = living.waiting()
    before = waiting.filter(position__lte=after).count() if after else 0
    found = list(waiting.filter(position__gt=after)[: PAGE_SIZE + 1])
    rows = [_row(signup, None, before + number) for number, signup in enumerate(found[:PAGE_SIZE], start=1)]
    return SignupPage(placed, rows, rows[-1].position if len(found) > PAGE_SIZE else None)


def place_counts(round: PilotRound) -> tuple[int, int]:  # noqa: A002
    """Return how many places a round has, and how many of them are free."""
    counted = round.places.aggregate(places=Count("id"), free=Count("id", filter=Q(award=None)))
    return counted["places"], counted["free"]


def signup_count(round: PilotRound) -> str:  # noqa: A002
    """Return how many living sign-ups a round has, counted no further than a thousand."""
    count = PilotSignup.objects.living().filter(round=round)[: COUNTED + 1].count()
    return f"meer dan {COUNTED}" if count > COUNTED else str(count)


@dataclass(frozen=True)
class TeamSide:
    """Who is told about a sign-up: people, and the contact's address where that is somebody else."""

    signup: PilotSignup
    people: list[User]
    address: str


def team_sides(signups: Collection[PilotSignup]) -> list[TeamSide]:
    """Return whom to tell about each of ``signups``, in a number of queries that does not grow.

    That is who signed the team up, as long as they run it. When they no longer do: who leads the team now, and where
    nobody does, the bestuurders. And the contact, unless that is the same address, or that of a signer who left.
    """
    ids = [signup.id for signup in signups]
    runs = Team.objects.manageable_by(_outer("signed_by", depth=2)).filter(pk=OuterRef("team"))
    signers: dict[UUID, tuple[User, bool]] = {
        signup.id: (signup.signed_by, signup.runs_team)
        for signup in PilotSignup.objects.filter(id__in=ids, signed_by__isnull=False)
        .select_related("signed_by")
        .annotate(runs_team=Exists(runs))
        if signup.signed_by
    }
    orphans = [signup for signup in signups if not _still_there(signers.get(signup.id))]
    leaders: dict[UUID, list[User]] = {}
    bestuurders: dict[UUID, list[User]] = {}
    if orphans:
        for place in TeamMembership.objects.filter(
            team__in={signup.team_id for signup in orphans}, role=Role.LEIDINGGEVENDE, membership__user__is_active=True
        ).select_related("membership__user"):
            leaders.setdefault(place.team_id, []).append(place.membership.user)
        for member in Membership.objects.filter(
            organisation__in={signup.team.organisation_id for signup in orphans},
            role=Role.BESTUURDER,
            user__is_active=True,
        ).select_related("user"):
            bestuurders.setdefault(member.organisation_id, []).append(member.user)
    sides = []
    for signup in signups:
        signer = signers.get(signup.id)
        people = (
            [signer[0]]
            if signer and _still_there(signer)
            else leaders.get(signup.team_id) or bestuurders.get(signup.team.organisation_id) or []
        )
        known = {person.email for person in people} | ({signer[0].email} if signer else set())
        address = "" if signup.contact_email.lower() in known else signup.contact_email
        sides.append(TeamSide(signup, people, address))
    return sides


def _still_there(signer: tuple[User, bool] | None) -> bool:
    return signer is not None and signer[0].is_active and signer[1]


def programme_people() -> list[User]:
    """Return the people of the NJi-programma."""
    return list(User.objects.filter(groups__name=NJI_GROUP, is_active=True))


def _outer(name: str, *, depth: int) -> User:
    """Return column ``name`` of the query ``depth`` levels up, as a person: a way in then judges row by row."""
    reference: Any = name
    for _ in range(depth):
        reference = OuterRef(reference)
    return cast("User", reference)


def still_concerned(messages: Sequence[Message]) -> set[UUID]:
    """Return the ids of ``messages`` about sign-ups whose receiver still runs the team, or is a bare address."""
    runs = PilotSignup.objects.manageable_by(_outer("recipient", depth=3)).filter(pk=OuterRef("about"))
    found = Message.objects.filter(Q(recipient=None) | Exists(runs), id__in=[message.id for message in messages])
    return set(found.values_list("id", flat=True))


def still_programme(people: Iterable[UUID]) -> set[UUID]:
    """Return which of ``people`` are in the NJi-programma now."""
    found = User.objects.filter(id__in=list(people), groups__name=NJI_GROUP, is_active=True)
    return set(found.values_list("id", flat=True))


def with_standing(signups: PilotSignupQuerySet) -> PilotSignupQuerySet:
    """Return ``signups`` with round, team, place and ``waiting_number``, in one query."""
    return signups.select_related("round", "team__organisation", "award__place").annotate(
        waiting_number=waiting_number()  # type: ignore[no-redef]  # declared on the model, for whoever reads it
    )


def signups_by_id(ids: Iterable[UUID]) -> dict[UUID, PilotSignup]:
    """Return sign-ups by their ids, with all that a mail says about them, in one query."""
    return {signup.id: signup for signup in with_standing(PilotSignup.objects.filter(id__in=list(ids)))}


def free_places(ids: Iterable[UUID]) -> dict[UUID, PilotPlace]:
    """Return those of the places with these ids that are free."""
    return {place.id: place for place in PilotPlace.objects.free().filter(id__in=list(ids))}
