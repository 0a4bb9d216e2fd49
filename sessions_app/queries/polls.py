"""Reads about date polls: who can when, what waits for somebody, and who sees the answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from lerend.moments import day
from organisations.models import User
from sessions_app.models import (
    Answer,
    DateOption,
    DatePoll,
    DateVote,
    Participant,
    PollState,
    Says,
    Session,
    State,
)
from sessions_app.models.session import INTIMATE

SHOWN = 20
# What stands in the table, where there is little room.
SIGNS: dict[str, str] = {Says.YES: "ja", Says.MAYBE: "(ja)", Says.NO: "nee"}


def answered(poll: DatePoll, people: Iterable[User], now: datetime) -> set[UUID]:
    """Return who of ``people`` said something about each moment of ``poll`` that is still to come."""
    options = list(poll.options.filter(starts_at__gt=now).values_list("id", flat=True))
    return _complete(options, DateVote.objects.filter(option__in=options).values_list("option_id", "user_id"), people)


def _complete(options: Collection[UUID], votes: Iterable[tuple[UUID, UUID]], people: Iterable[User]) -> set[UUID]:
    said: dict[UUID, set[UUID]] = defaultdict(set)
    for option_id, user_id in votes:
        said[user_id].add(option_id)
    return {person.id for person in people if said[person.id] >= set(options)}


def people_in(polls: Iterable[DatePoll]) -> dict[UUID, set[UUID]]:
    """Return who is asked in each of ``polls``, as user ids by the id of the poll; one query."""
    polls = list(polls)
    places = Participant.objects.still_taking_part().filter(
        session__in=[poll.session_id for poll in polls if poll.session_id], user__is_active=True
    )
    seats: dict[UUID | None, set[UUID]] = defaultdict(set)
    for session_id, user_id in places.values_list("session_id", "user_id"):
        seats[session_id].add(user_id)
    return {poll.id: seats[poll.session_id] for poll in polls}


def lacking_answer(pairs: Collection[tuple[DatePoll, UUID]], now: datetime) -> set[tuple[UUID, UUID]]:
    """Return which of ``pairs`` of a poll, its options fetched, and a person miss an answer; one query."""
    ahead = {poll.id: {option.id for option in poll.options.all() if option.starts_at > now} for poll, _ in pairs}
    options = [option for ids in ahead.values() for option in ids]
    votes = DateVote.objects.filter(option__in=options, user__in={user for _, user in pairs})
    said = set(votes.values_list("option_id", "user_id"))
    return {(poll.id, user) for poll, user in pairs if any((option, user) not in said for option in ahead[poll.id])}


def coming(poll: DatePoll, now: datetime) -> list[tuple[datetime, datetime]]:
    """Return when the moments of ``poll`` that are still to come begin and end, the first one first."""
    return [
        (option.starts_at, option.starts_at + poll.length) for option in poll.options.all() if option.starts_at > now
    ]


@dataclass(frozen=True)
class Moment:
    """A proposed moment, with how many can."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    passed: bool
    people: int
    names: dict[str, list[str]]
    counts: dict[str, int]
    best: bool = False

    @property
    def yes(self) -> int:
        """How many can."""
        return self.counts.get(Says.YES, 0)

    @property
    def maybe(self) -> int:
        """How many can if need be."""
        return self.counts.get(Says.MAYBE, 0)

    @property
    def no(self) -> int:
        """How many cannot."""
        return self.counts.get(Says.NO, 0)

    @property
    def tag(self) -> str:
        """What stands out about it, in words; "" for nothing."""
        if self.passed:
            return "Voorbij"
        if self.yes == self.people:
            return "Iedereen kan"
        if self.yes + self.maybe == self.people:
            return "Iedereen kan, als het moet"
        return "Past nu het best" if self.best else ""

    @property
    def line(self) -> str:
        """How many can, in words."""
        waiting = self.people - self.yes - self.maybe - self.no
        if waiting == self.people and not self.passed:
            return "Nog geen antwoord"  # "0 van 8 kunnen" would read as if nobody could
        told = [f"{self.yes} van {self.people} {'kan' if self.yes == 1 else 'kunnen'}"]
        if self.maybe:
            told.append(f"{self.maybe} als het moet")
        if self.no:
            told.append(f"{self.no} {'kan' if self.no == 1 else 'kunnen'} niet")
        if waiting and not self.passed:
            told.append(f"{waiting} {'zei' if waiting == 1 else 'zeiden'} nog niets")
        return " · ".join(told)

    @property
    def by_word(self) -> list[tuple[str, list[str]]]:
        """Who said what, the most welcome first; only what was said."""
        labels = (
            (Says.YES, "Kunnen"),
            (Says.MAYBE, "Als het moet"),
            (Says.NO, "Kunnen niet"),
            ("", "Nog niets gezegd"),
        )
        return [(label, self.names[word]) for word, label in labels if self.names.get(word)]


@dataclass(frozen=True)
class Line:
    """One person in the table of who can when: a word for each moment."""

    name: str
    cells: list[tuple[str, str]]


@dataclass(frozen=True)
class Board:
    """Who can when. Without names shown it holds counts alone."""

    moments: list[Moment]
    lines: list[Line]
    people: list[User]
    done: int
    waiting: list[str]
    own: dict[UUID, str] = field(default_factory=dict)

    @property
    def best(self) -> list[Moment]:
        """The moments that fit best."""
        return [moment for moment in self.moments if moment.best]

    @property
    def top(self) -> UUID | None:
        """The first of the moments that fit best."""
        return self.best[0].id if self.best else None

    @property
    def left(self) -> int:
        """How many still have to answer."""
        return len(self.people) - self.done

    @property
    def answered_line(self) -> str:
        """How many have answered, in words."""
        if not self.done:
            return "Nog niemand heeft geantwoord"
        return f"{self.done} van {len(self.people)} {'heeft' if self.done == 1 else 'hebben'} geantwoord"


def board(poll: DatePoll, reader: User, now: datetime) -> Board:
    """Return who can when in ``poll`` as ``reader``, who may see it, does; three queries.

    Who has not answered is told by name only where answers are: who sees one answer arrive, and whose it is, knows it.
    """
    places = Participant.objects.still_taking_part().filter(session=poll.session_id, user__is_active=True)
    people = [place.user for place in places.select_related("user").order_by("user__name_sorted", "id")]
    options = list(poll.options.all())
    said: dict[tuple[UUID, UUID], str] = {
        (option_id, user_id): says
        for option_id, user_id, says in DateVote.objects.filter(option__poll=poll).values_list(
            "option_id", "user_id", "says"
        )
    }
    done = _complete([option.id for option in options if option.starts_at > now], said, people)
    moments = _marked([_moment(poll, option, people, said, now) for option in options])
    lines, waiting = [], []
    if poll.shows_names:
        words = [[said.get((option.id, person.id), "") for option in options] for person in people]
        lines = [
            Line(person.name, [(word, SIGNS.get(word, "–")) for word in row])
            for person, row in zip(people, words, strict=True)
        ]
        waiting = [person.name for person in people if person.id not in done]
    own = {option.id: said[option.id, reader.id] for option in options if (option.id, reader.id) in said}
    return Board(moments, lines, people, len(done), waiting, own)


def _moment(
    poll: DatePoll, option: DateOption, people: Sequence[User], said: dict[tuple[UUID, UUID], str], now: datetime
) -> Moment:
    names: dict[str, list[str]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for person in people:
        word = said.get((option.id, person.id), "")
        counts[word] += 1
        if poll.shows_names:
            names[word].append(person.name)
    ends_at = option.starts_at + poll.length
    return Moment(option.id, option.starts_at, ends_at, option.starts_at <= now, len(people), names, counts)


def _marked(moments: list[Moment]) -> list[Moment]:
    """Mark the moments at which most can, and of those at which most can if need be."""
    possible = [moment for moment in moments if not moment.passed and moment.yes + moment.maybe]
    top = max(((moment.yes, moment.maybe) for moment in possible), default=None)
    return [
        Moment(**{**vars(moment), "best": not moment.passed and (moment.yes, moment.maybe) == top})
        for moment in moments
    ]


def own_clashes(poll: DatePoll, moments: Sequence[Moment], user: User) -> set[UUID]:
    """Return at which of ``moments`` ``user`` has a planned talk of their own; one query, and for their eyes alone."""
    if not moments:
        return set()
    first = min(moment.starts_at for moment in moments)
    last = max(moment.ends_at for moment in moments)
    mine = Participant.objects.taking_part(user).filter(~Q(answer=Answer.NO)).exclude(session=poll.session_id)
    found = mine.filter(session__state=State.PLANNED, session__starts_at__lt=last, session__ends_at__gt=first)
    talks = [place.session.span for place in found.select_related("session")]
    return {
        moment.id
        for moment in moments
        if any(starts_at < moment.ends_at and ends_at > moment.starts_at for starts_at, ends_at in talks)
    }


def running_about(session: Session) -> DatePoll | None:
    """Return the poll that runs about a draft, if any."""
    return DatePoll.objects.filter(session=session, state=PollState.OPEN).first()


@dataclass(frozen=True)
class Waiting:
    """A running poll as a list shows it."""

    id: UUID
    title: str
    until: str
    answerable: bool
    to_answer: bool
    to_choose: bool
    own: bool


def waiting_for(user: User, now: datetime | None = None) -> list[Waiting]:
    """Return the polls that ``user`` is asked in or looks after, the first to close first; SHOWN at most. Two queries,
    one for who has none.
    """
    now = now or timezone.now()
    near = Q(session__planned_by=user) | Q(session__participants__user=user)
    if not DatePoll.objects.filter(near, state=PollState.OPEN).exists():
        return []  # whether one may see a poll takes longer to ask than whether there is any
    asked = DatePoll.objects.asked(user).running(now).unanswered_by(user, now)
    found = DatePoll.objects.visible_to(user).filter(state=PollState.OPEN)
    found = found.filter(Q(closes_at__gt=now) | Q(session__planned_by=user)).annotate(
        to_answer=Exists(asked.filter(pk=OuterRef("pk")))
    )
    rows = found.order_by("closes_at", "id").values_list("id", "title", "closes_at", "session__planned_by", "to_answer")
    return [
        Waiting(
            id=pk,
            title=title,
            until=day(DatePoll(closes_at=closes_at).last_day),
            answerable=closes_at > now,
            to_answer=to_answer,
            to_choose=closes_at <= now,
            own=planner == user.id,
        )
        for pk, title, closes_at, planner, to_answer in rows[:SHOWN]
    ]


def who_reads(poll: DatePoll, people: Collection[UUID], planner: User | None) -> str:
    """Say in words who sees the answers; the same sentences on the page and in the mail."""
    if poll.shows_names:
        also = f", en {planner.name} die de datum prikt," if planner and planner.id not in people else ""
        return f"Iedereen aan wie dit gevraagd is{also} ziet wie wanneer kan."
    told = (
        "Niemand ziet op deze site wat jij antwoordt, ook wie de datum prikt niet. Er staat alleen hoeveel mensen"
        " wanneer kunnen."
    )
    if len(people) <= INTIMATE:
        together = "tweeën" if len(people) < INTIMATE else "drieën"
        told += f" Maar jullie zijn met z’n {together}: dan is uit een aantal op te maken wie het is."
    return told
