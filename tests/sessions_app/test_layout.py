"""Laying talks out: whatever people and blocks, nobody is in two places at once, and no room is left unused."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random

import pytest

from lerend.moments import AMSTERDAM
from sessions_app.domain.layout import Pair, lay_out, merged, overlaps, spread

DAY = datetime(2027, 1, 12, 12, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def pairs(*members: str, partner: str = "sem") -> list[Pair]:
    return [Pair(member, member, partner) for member in members]


def laid(people, blocks, busy=None, length=HOUR, pause=timedelta(0)):
    return lay_out(people, blocks, busy or {}, length=length, pause=pause)


def test_one_after_the_other_with_a_pause_between():
    found = laid(pairs("lina", "joost", "fatma"), [(DAY, DAY + 4 * HOUR)], pause=15 * MINUTE)
    assert found == {"lina": DAY, "joost": DAY + 75 * MINUTE, "fatma": DAY + 150 * MINUTE}


def test_who_does_not_fit_is_left_out():
    assert laid(pairs("lina", "joost"), [(DAY, DAY + 119 * MINUTE)]) == {"lina": DAY}
    assert laid(pairs("lina"), []) == {}
    assert laid([], [(DAY, DAY + HOUR)]) == {}


def test_two_partners_talk_at_the_same_time():
    found = laid([*pairs("lina"), *pairs("joost", partner="noor")], [(DAY, DAY + HOUR)])
    assert found == {"lina": DAY, "joost": DAY}


def test_somebody_who_is_a_partner_and_a_member_is_in_one_at_a_time():
    circle = [Pair(1, "a", "b"), Pair(2, "b", "c"), Pair(3, "c", "a")]
    assert laid(circle, [(DAY, DAY + 3 * HOUR)]) == {1: DAY, 2: DAY + HOUR, 3: DAY + 2 * HOUR}
    assert len(laid(circle, [(DAY, DAY + 2 * HOUR)])) == 2
    assert laid([Pair(1, "a", "b"), Pair(2, "a", "c")], [(DAY, DAY + 2 * HOUR)]) == {1: DAY, 2: DAY + HOUR}


def test_around_what_the_partner_has_already_with_the_pause_and_on_the_clock():
    busy = {"sem": [(DAY + 63 * MINUTE, DAY + 91 * MINUTE)]}
    found = laid(pairs("lina", "joost"), [(DAY, DAY + 4 * HOUR)], busy, pause=10 * MINUTE)
    assert found == {"lina": DAY + 105 * MINUTE, "joost": DAY + 175 * MINUTE}
    found = laid(pairs("lina", "joost"), [(DAY, DAY + 4 * HOUR)], busy)
    assert found == {"lina": DAY, "joost": DAY + 95 * MINUTE}


def test_who_came_first_moves_where_only_that_makes_room():
    busy = {"joost": [(DAY + HOUR, DAY + 3 * HOUR)], "fatma": [(DAY + 2 * HOUR, DAY + 3 * HOUR)]}
    found = laid(pairs("lina", "fatma", "joost"), [(DAY, DAY + 3 * HOUR)], busy)
    assert found == {"joost": DAY, "fatma": DAY + HOUR, "lina": DAY + 2 * HOUR}


def test_blocks_that_overlap_are_one_block():
    blocks = [(DAY + HOUR, DAY + 2 * HOUR), (DAY, DAY + 90 * MINUTE)]
    assert merged(blocks) == [(DAY, DAY + 2 * HOUR)]
    around, beside = (DAY, DAY + 3 * HOUR), (DAY + 3 * HOUR, DAY + 4 * HOUR)
    assert merged([*blocks, around]) == [around]
    assert merged([beside, around]) == [(DAY, DAY + 4 * HOUR)]
    assert laid(pairs("lina", "joost"), blocks) == {"lina": DAY, "joost": DAY + HOUR}
    assert not overlaps(DAY, HOUR, [(DAY + HOUR, DAY + 2 * HOUR)])


@pytest.mark.parametrize(("month", "day", "room"), [(10, 31, 4), (3, 28, 2)])
def test_a_block_in_the_night_that_the_clock_changes_has_its_real_hours(month, day, room):
    block = (datetime(2027, month, day, 1, tzinfo=AMSTERDAM), datetime(2027, month, day, 4, tzinfo=AMSTERDAM))
    found = laid(pairs(*"abcde"), [block])
    assert list(found.values()) == [block[0].astimezone(UTC) + number * HOUR for number in range(room)]


def test_talks_are_shared_out_evenly_and_never_with_oneself():
    assert spread(["a", "b", "c"], ["a", "b"]) == {"a": "b", "b": "a", "c": "a"}
    assert spread(["a", "b"], ["a"]) == {"a": None, "b": "a"}
    assert spread(["a"], []) == {"a": None}
    near = {"a": {"y"}, "b": {"z"}, "c": set()}
    assert spread(["a", "b", "c"], ["x", "y"], near) == {"a": "y", "b": "x", "c": "x"}


def best(people: list[Pair], blocks, busy, length) -> int:
    """How many talks with one partner can have a moment: tried out, for small numbers."""
    grid = [begin + number * length for begin, end in blocks for number in range((end - begin) // length)]
    free = {
        pair.key: {start for start in grid if not overlaps(start, length, busy.get(pair.member, ()))} for pair in people
    }
    for size in range(len(people), 0, -1):
        for some in combinations(people, size):
            # Hall: each group of people has as many moments together as there are people in it.
            groups = (group for n in range(1, size + 1) for group in combinations(some, n))
            if all(len(set().union(*(free[pair.key] for pair in group))) >= len(group) for group in groups):
                return size
    return 0


@pytest.mark.parametrize("seed", range(30))
def test_nobody_is_in_two_places_at_once_and_no_room_is_left(seed):
    chance = Random(seed)  # noqa: S311
    one_partner = seed % 2 == 0
    names = [f"mens {number}" for number in range(7)]
    partners = ["sem"] if one_partner else ["sem", *names[:2]]
    people = [Pair(name, name, partner) for name, partner in spread(names, partners).items()]
    blocks = [(DAY + 24 * d * HOUR, DAY + (24 * d + chance.randint(1, 3)) * HOUR) for d in range(3)]
    busy = {
        name: [(DAY + h * HOUR, DAY + (h + 1) * HOUR) for h in chance.sample([0, 1, 2, 24, 25, 26, 48, 49], 4)]
        for name in names
    }
    found = laid(people, blocks, busy)
    spans: dict[str, list] = {name: list(taken) for name, taken in busy.items()}
    for pair in people:
        start = found.get(pair.key)
        if start is None:
            continue
        assert any(begin <= start and start + HOUR <= end for begin, end in blocks)
        for person in (pair.member, pair.partner):
            assert not overlaps(start, HOUR, spans.setdefault(person, []))
            spans[person].append((start, start + HOUR))
    if one_partner:
        assert len(found) == best(people, blocks, busy, HOUR)
    assert found == laid(people, blocks, busy)


def test_two_hundred_talks_of_which_half_have_no_room_take_no_time():
    names = [f"mens {number}" for number in range(200)]
    blocks = [(DAY + 24 * d * HOUR, DAY + (24 * d + 5) * HOUR) for d in range(20)]
    began = time.perf_counter()
    assert len(laid(pairs(*names), blocks)) == 100
    assert time.perf_counter() - began < 1
