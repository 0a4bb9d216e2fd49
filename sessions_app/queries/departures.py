"""Reads for who left an organisation: what they wrote there, what becomes of it, and what they agreed to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

from lerend.crypto import mark
from lerend.moments import day, moment
from organisations.models import SMALLEST_GROUP, Departure, Membership, User
from sessions_app.models import (
    Audience,
    Consent,
    Contribution,
    Interpretation,
    InterpretationReply,
    Kept,
    Participant,
)
from sessions_app.queries.contributions import company_counts
from sessions_app.queries.sessions import Shown, shown, with_anchors

ERASE = "erase"
MOST_QUESTIONS = 100


@dataclass(frozen=True)
class Running:
    """A departure about which can still be decided."""

    id: UUID
    organisation: str
    until: datetime


def running_rows(user: User) -> QuerySet[Departure, dict[str, str]]:
    """Return what ``running`` is made of, as an array that another query can carry along."""
    back = Membership.objects.filter(user=OuterRef("user"), organisation=OuterRef("organisation"))
    found = Departure.objects.open_to(user).filter(~Exists(back)).order_by("until", "id")
    return found.values_list(JSONObject(id="id", organisation="organisation__name", until="until"), flat=True)


def running(user: User, places: Sequence[Membership]) -> list[Running]:
    """Return the departures about which ``user`` can still decide, the first to end first.

    ``places`` is what ``queries.places.places_of`` gave for ``user``: it carries the answer along, so that only who
    belongs nowhere any more costs a query.
    """
    rows: Iterable[dict[str, str]] = getattr(places[0], "running", []) if places else running_rows(user)
    return [Running(UUID(row["id"]), row["organisation"], datetime.fromisoformat(row["until"])) for row in rows]


def came_back(departures: Collection[Departure]) -> set[UUID]:
    """Return the ids of those of ``departures`` whose person is a member again."""
    members = Membership.objects.filter(user=OuterRef("user"), organisation=OuterRef("organisation"))
    found = Departure.objects.filter(Exists(members), id__in=[departure.id for departure in departures])
    return set(found.values_list("id", flat=True))


def why_closed(departure: Departure) -> str:
    """Return the sentence that says why nothing can be decided any more; "" while it can."""
    if departure.settled_at or departure.until <= timezone.now():
        return f"De tijd om te kiezen is voorbij. Dat kon tot {moment(departure.until)}."
    if came_back([departure]):
        return f"Je hoort weer bij {departure.organisation.name}. Kiezen hoeft niet meer."
    return ""


def own_texts(departure: Departure) -> QuerySet[Contribution]:
    """Return what the person who left wrote for that organisation, with and without their name."""
    return Contribution.objects.own(departure.user).filter(organisation=departure.organisation_id)


def own_ladingen(departure: Departure) -> QuerySet[Interpretation]:
    """Return what the person who left wrote there to the vuistregels and may still erase, newest first."""
    found = Interpretation.objects.own(departure.user).filter(organisation=departure.organisation_id)
    return found.select_related("rule", "assignment", "team").defer("released_text").order_by("-shared_at", "-id")


def own_answers(departure: Departure) -> QuerySet[InterpretationReply]:
    """Return what the person who left said there to ladingen and may still erase, newest first."""
    found = InterpretationReply.objects.own(departure.user).filter(organisation=departure.organisation_id)
    found = found.select_related("interpretation__rule", "interpretation__assignment", "team")
    return found.defer("interpretation__text", "interpretation__released_text").order_by("-written_at", "-id")


def undecided(departures: Collection[Departure]) -> set[UUID]:
    """Return the ids of those of ``departures`` with a text about which nothing was chosen, in one query."""
    by_writer = {(departure.user_id, departure.organisation_id): departure.id for departure in departures}
    by_mark = {mark(*pair): found for pair, found in by_writer.items()}
    rows = Contribution.objects.filter(
        Q(author__in=[user for user, _ in by_writer]) | Q(mark__in=by_mark),
        organisation__in=[organisation for _, organisation in by_writer],
        kept="",
    ).values_list("author_id", "organisation_id", "mark")
    found = {by_mark.get(sign) or by_writer.get((author, place)) for author, place, sign in rows.distinct()}
    return {departure_id for departure_id in found if departure_id}


def small_talks(departure: Departure, contributions: Collection[Contribution]) -> set[UUID]:
    """Return the talks of ``contributions`` (loaded with them) in which fewer people were than may share freely.

    A talk that was not closed, or in which no place is left, counts as such. The floor counts, not what the
    organisation chose: a bestuurder who raised that before somebody leaves would see, by what vanishes, which texts
    without a name were theirs.
    """
    talks = {contribution.session_id: contribution.session for contribution in contributions}
    own = Participant.objects.filter(session__in=talks, user=departure.user_id, organisation=departure.organisation_id)
    counts = company_counts([(talks[place.session_id], place) for place in own])
    return {talk for talk in talks if counts.get(talk, 0) < SMALLEST_GROUP}


def vanishes(contribution: Contribution, small: Collection[UUID]) -> bool:
    """Return whether ``contribution`` is erased when the 30 days are over and nothing was chosen.

    That is a note to oneself, and a text that was written without a name in a small talk: there one can guess whose
    it is, and its writer is not there any more to answer or to erase it. A named text of a small talk is another
    matter. Its readers knew the writer all along, so that taking the name away hides nobody among too few; it only
    leaves a name out that need not stay. So what loses its name by leaving stays: at the end, or before, chosen.
    """
    if contribution.audience == Audience.PRIVATE:
        return True
    return not contribution.author_id and not contribution.kept and contribution.session_id in small


def choices(contribution: Contribution, small: Collection[UUID]) -> list[str]:
    """Return what can be chosen for ``contribution``: a name that is off does not come back."""
    if vanishes(contribution, small):
        return [ERASE]
    return [*([Kept.NAMED] if contribution.author_id else []), Kept.UNNAMED, ERASE]


@dataclass(frozen=True)
class Item:
    """A text as its writer, who left, decides about it."""

    shown: Shown
    talk: str
    day: str
    readers: str
    choices: list[str]
    kept: str
    vanishes: bool
    small: bool

    @property
    def id(self) -> UUID:
        """The text's id."""
        return self.shown.contribution.id

    @property
    def named(self) -> bool:
        """Whether it stays with its writer's name, as things stand."""
        return self.kept == Kept.NAMED


def with_talks(contributions: QuerySet[Contribution]) -> QuerySet[Contribution]:
    """Return ``contributions`` with all that ``items`` shows of them."""
    return with_anchors(contributions).select_related("session", "team")


def items(contributions: Sequence[Contribution], departure: Departure) -> list[Item]:
    """Return ``contributions``, loaded ``with_talks``, ready to show, in a number of queries that does not grow."""
    small = small_talks(departure, contributions)
    return [_item(one, small) for one in shown(list(contributions), departure.user)]


def _item(one: Shown, small: Collection[UUID]) -> Item:
    found = one.contribution
    readers = f"{one.audience} ({found.team.name})" if found.team else one.audience
    return Item(
        one,
        talk=found.session.title,
        day=day(found.session.span[0]),
        readers=readers,
        choices=choices(found, small),
        kept=found.kept,
        vanishes=vanishes(found, small),
        small=found.session_id in small,
    )


@dataclass(frozen=True)
class Yes:
    """A yes that can be taken back, by the talk of the text alone."""

    id: UUID
    talk: str
    day: str


def yeses(departure: Departure) -> list[Yes]:
    """Return to which texts of others from that organisation's side the person who left said yes, newest first."""
    own = mark(departure.user_id, departure.organisation_id)
    found = (
        Consent.objects.yes_of(departure.user)
        .filter(participant__organisation=departure.organisation_id)
        .exclude(contribution__mark=own)
        .order_by("-contribution__session__starts_at", "id")
        .values_list("id", "contribution__session__title", "contribution__session__starts_at")
    )
    return [Yes(pk, title, day(starts_at)) for pk, title, starts_at in found[:MOST_QUESTIONS] if starts_at]
