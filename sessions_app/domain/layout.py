"""Laying talks out over blocks of time, so that nobody is in two of them at once. Knows nothing of the database."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

P = TypeVar("P", bound=Hashable)  # what stands for a person
Span = tuple[datetime, datetime]
GRID = timedelta(minutes=5)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Pair(Generic[P]):
    """A talk that is to get a moment: of ``member`` with ``partner``, whose day is filled from the start."""

    key: Hashable
    member: P
    partner: P


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return ``spans`` in UTC and in order, those that overlap or touch made one."""
    found: list[Span] = []
    for start, end in sorted((start.astimezone(UTC), end.astimezone(UTC)) for start, end in spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def overlaps(start: datetime, length: timedelta, spans: Iterable[Span]) -> bool:
    """Return whether a talk from ``start`` that takes ``length`` overlaps one of ``spans``; touching is no overlap."""
    return any(start < end and begin < start + length for begin, end in spans)


def spread(
    members: Sequence[P],
    partners: Sequence[P],
    near: Mapping[P, Collection[P]] | None = None,
) -> dict[P, P | None]:
    """Return a partner for each of ``members``, the talks shared out evenly; None where only they themselves are left.

    Whoever has partners ``near`` them gets one of those. Members may be partners of others. The same people in the same
    order give the same partners.
    """
    load = dict.fromkeys(partners, 0)
    chosen: dict[P, P | None] = {}
    for member in members:
        others = [partner for partner in partners if partner != member]
        beside = (near or {}).get(member, ())
        best = min(
            [partner for partner in others if partner in beside] or others,
            key=lambda partner: load[partner],
            default=None,
        )
        if best is not None:
            load[best] += 1
        chosen[member] = best
    return chosen


def lay_out(
    pairs: Sequence[Pair[P]],
    blocks: Iterable[Span],
    busy: Mapping[P, Sequence[Span]],
    *,
    length: timedelta,
    pause: timedelta,
) -> dict[Hashable, datetime]:
    """Return when each of ``pairs`` begins (UTC), by key; a pair for which there is no room is left out.

    In the order given each takes the earliest moment that is free; where that leaves none for a later pair, earlier
    ones move. With one partner for all, as many pairs find room as can. Between two talks of a partner is ``pause``,
    and so there is beside what they are ``busy`` with. ``length`` is more than nothing.
    """
    return _Layout(pairs, merged(blocks), busy, length, pause).found()


@dataclass
class _Layout(Generic[P]):
    pairs: Sequence[Pair[P]]
    blocks: list[Span]
    busy: Mapping[P, Sequence[Span]]
    length: timedelta
    pause: timedelta
    starts: dict[int, datetime] = field(default_factory=dict)
    # Which pair is with a partner at a moment of that partner's grid: moments of one grid never overlap.
    with_partner: dict[P, dict[datetime, int]] = field(default_factory=dict)
    of_member: dict[P, list[int]] = field(default_factory=dict)

    def found(self) -> dict[Hashable, datetime]:
        grids = {partner: self._grid(partner) for partner in dict.fromkeys(pair.partner for pair in self.pairs)}
        self.slots = [
            [start for start in grids[pair.partner] if not overlaps(start, self.length, self.busy.get(pair.member, ()))]
            for pair in self.pairs
        ]
        for number, pair in enumerate(self.pairs):
            self.with_partner.setdefault(pair.partner, {})
            self.of_member.setdefault(pair.member, []).append(number)
        # What was tried in vain stays so until somebody found room by moving others.
        tried: set[tuple[P, datetime]] = set()
        for number in range(len(self.pairs)):
            free = next((start for start in self.slots[number] if not self._in_the_way(number, start)), None)
            if free is not None:
                self._place(number, free)
            elif self._make_room(number, tried):
                tried = set()
        return {pair.key: self.starts[number] for number, pair in enumerate(self.pairs) if number in self.starts}

    def _grid(self, partner: P) -> list[datetime]:
        """Return when a talk of ``partner`` can begin, one after the other."""
        taken = merged((start - self.pause, end + self.pause) for start, end in self.busy.get(partner, ()))
        starts = []
        for begin, end in self.blocks:
            at = begin
            while at + self.length <= end:
                hindrance = next((span for span in taken if at < span[1] and span[0] < at + self.length), None)
                if hindrance:
                    at = _rounded_up(hindrance[1])
                    continue
                starts.append(at)
                at += self.length + self.pause
        return starts

    def _in_the_way(self, number: int, start: datetime) -> set[int]:
        """Return which pairs that have a moment cannot keep it when ``number`` begins at ``start``."""
        pair = self.pairs[number]
        found = set()
        there = self.with_partner[pair.partner].get(start)
        if there is not None:
            found.add(there)
        # Somebody may be a partner in one talk and a member in another.
        elsewhere = [*self.of_member.get(pair.partner, ()), *self.of_member[pair.member]]
        elsewhere += self.with_partner.get(pair.member, {}).values()
        for other in elsewhere:
            begins = self.starts.get(other)
            if begins is not None and abs(begins - start) < self.length:
                found.add(other)
        return found

    def _place(self, number: int, start: datetime) -> None:
        self.starts[number] = start
        self.with_partner[self.pairs[number].partner][start] = number

    def _lift(self, number: int) -> datetime:
        start = self.starts.pop(number)
        del self.with_partner[self.pairs[number].partner][start]
        return start

    def _make_room(self, number: int, tried: set[tuple[P, datetime]]) -> bool:
        """Give ``number`` a moment by moving others, each at most once a moment; return whether that worked."""
        partner = self.pairs[number].partner
        for start in self.slots[number]:
            if (partner, start) in tried:
                continue
            tried.add((partner, start))
            hindrances = self._in_the_way(number, start)
            if len(hindrances) > 1:
                continue
            if not hindrances:
                self._place(number, start)
                return True
            other = hindrances.pop()
            before = self._lift(other)
            self._place(number, start)
            if self._make_room(other, tried):
                return True
            self._lift(number)
            self._place(other, before)
        return False


def _rounded_up(moment: datetime) -> datetime:
    return moment + (_EPOCH - moment) % GRID
