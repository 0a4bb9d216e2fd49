"""What people were told of a talk or a series of talks, and what is new to them since.

A *gathering* is what has one entry in a calendar: a talk by itself, or a series of talks. Its ``sequence`` grows with
each change, and a ``Revision`` keeps how it stood at each number: what somebody was told is what stood at the number of
the last mail that reached them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Q, prefetch_related_objects

from organisations.models import User
from sessions_app.models import Answer, Participant, Revision, Series, Session, State
from sessions_app.models.session import INTIMATE

Gathering = Session | Series
Snapshot = Mapping[str, Mapping[str, Any]]

INVITATION, CHANGED, CANCELLED, UNINVITED = "invitation", "changed", "cancelled", "uninvited"
CALENDAR_KINDS = frozenset({INVITATION, CHANGED, CANCELLED, UNINVITED})


def gathering_id(session: Session) -> UUID:
    """Return the id under which mail about ``session`` is kept: that of its series, where it is in one."""
    return session.series_id or session.id


def sessions_of(gatherings: Collection[UUID]) -> list[Session]:
    """Return the talks, drafts aside, of these gatherings, by the moment they begin."""
    found = Session.objects.filter(Q(id__in=gatherings) | Q(series__in=gatherings)).exclude(state=State.DRAFT)
    return list(found.select_related("planned_by", "organisation", "series").order_by("starts_at", "id"))


def snapshot(sessions: Iterable[Session]) -> dict[str, dict[str, Any]]:
    """Return how ``sessions`` stand, by id, as plain values: what mail may have to tell about, and nothing private."""
    sessions = list(sessions)
    prefetch_related_objects(sessions, "participants", "steps")
    return {
        str(session.id): {
            "title": session.title,
            "starts_at": session.span[0].isoformat(),
            "ends_at": session.span[1].isoformat(),
            "place": session.place,
            "link": session.link,
            "cancelled": session.state == State.CANCELLED,
            "planner": str(session.planned_by_id or ""),
            "steps": [[step.title, step.minutes] for step in session.steps.all()],
            **company(session.participants.all()),
        }
        for session in sessions
    }


def span_of(talk: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Return when a talk in a snapshot begins and ends."""
    return datetime.fromisoformat(talk["starts_at"]), datetime.fromisoformat(talk["ends_at"])


def company(places: Iterable[Participant]) -> dict[str, list[str]]:
    """Return who takes part, and who of them as a leader, the way a snapshot has it."""
    places = list(places)
    return {
        "people": sorted(str(place.user_id) for place in places),
        "leaders": sorted(str(place.user_id) for place in places if place.leads),
    }


def company_matters(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether who takes part became different in a way that everyone must know of, to answer anew.

    In a talk of two or three it matters who the others are; in a larger one the page tells. That a leader joins, or
    is in it no more, makes any talk another one.
    """
    few = min(len(was["people"]), len(now["people"])) <= INTIMATE
    return was["leaders"] != now["leaders"] or (few and was["people"] != now["people"])


def keeper_joined(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether who looks after a talk takes part since: then everyone is asked anew, see ``apply_people``."""
    return now["planner"] in now["people"] and now["planner"] not in was["people"]


@dataclass(frozen=True)
class Difference:
    """What is new about one talk for one person. ``was`` and ``now`` are how the talk stood and stands.

    ``fields`` are out of moment, length, title, where, steps, planner (somebody else looks after it), yours (they do),
    people, cancelled, added, out.
    """

    session_id: UUID
    was: Mapping[str, Any]
    now: Mapping[str, Any]
    fields: frozenset[str]

    @property
    def moves(self) -> bool:
        """Whether also who declined has to know it: it is about when, or whether at all, or they look after it now."""
        return bool(self.fields & {"moment", "cancelled", "added", "out", "yours"})


def _all_hear(talk: Mapping[str, Any]) -> bool:
    """Return whether also who declined hears of everything: in a small talk, its planner could tell from who gets no
    mail what they said, and that is for who takes part.
    """
    return len(talk["people"]) <= INTIMATE and talk["planner"] not in talk["people"]


def _in(talk: Mapping[str, Any] | None, person: str) -> bool:
    return talk is not None and person in talk["people"]


def _fields(was: Mapping[str, Any], now: Mapping[str, Any]) -> frozenset[str]:
    found = {
        "moment": was["starts_at"] != now["starts_at"],
        "length": was["starts_at"] == now["starts_at"] and was["ends_at"] != now["ends_at"],
        "title": was["title"] != now["title"],
        "where": (was["place"], was["link"]) != (now["place"], now["link"]),
        "steps": was["steps"] != now["steps"],
        "planner": was["planner"] != now["planner"],
        "people": company_matters(was, now) or keeper_joined(was, now),
        "cancelled": now["cancelled"] and not was["cancelled"],
    }
    return frozenset(name for name, differs in found.items() if differs)


def differences(was: Snapshot, now: Snapshot, person: UUID) -> list[Difference]:
    """Return what is new for ``person`` between two snapshots of a gathering, a talk each, in the order of ``now``."""
    who, found = str(person), []
    for pk, talk in now.items():
        before = was.get(pk)
        if before is not None and before["cancelled"]:
            continue
        if _in(before, who) and _in(talk, who):
            fields = _fields(before or {}, talk)
            if "planner" in fields and talk["planner"] == who:
                fields = fields - {"planner"} | {"yours"}
        elif _in(before, who):
            fields = frozenset({"out"})
        else:
            fields = frozenset({"added"} if _in(talk, who) and not talk["cancelled"] else ())
        if fields:
            found.append(Difference(UUID(pk), before or talk, talk, fields))
    found += [
        Difference(UUID(pk), talk, {**talk, "cancelled": True}, frozenset({"cancelled"}))
        for pk, talk in was.items()
        if pk not in now and _in(talk, who) and not talk["cancelled"]
    ]
    return found


def stands_for(what: Snapshot, person: UUID) -> list[str]:
    """Return the ids of the talks in ``what`` that go on and that ``person`` is in."""
    return [pk for pk, talk in what.items() if _in(talk, str(person)) and not talk["cancelled"]]


@dataclass(frozen=True)
class Heard:
    """A gathering as it is to one person: now, and when they were last told of it.

    ``places`` are their places in talks that go on, soonest first. ``was`` is what they were told, None for who was
    told nothing, or was last told that they are in none of it. ``maybe`` says that mail may have reached them of which
    nobody knows, as when a connection broke.
    """

    person: User
    gathering: Gathering
    sessions: list[Session]
    places: list[Participant]
    was: Snapshot | None
    now: Snapshot
    maybe: bool = False

    @property
    def sequence(self) -> int:
        """The number at which the gathering stands."""
        return self.gathering.sequence

    @property
    def news(self) -> list[Difference]:
        """What is new to them, as far as it concerns them; empty for who was told nothing before."""
        if self.was is None:
            return []
        said_no = {place.session_id for place in self.places if place.answer == Answer.NO}
        found = differences(self.was, self.now, self.person.id)
        return [one for one in found if one.moves or one.session_id not in said_no or _all_hear(one.now)]

    @property
    def kind(self) -> str:
        """Which mail tells them how it stands now; "" where nothing is new."""
        if self.places:
            if self.was is None:
                return INVITATION
            return CHANGED if self.news else ""
        if self.was is None and not self.maybe:
            return ""
        off = any(_in(self.now.get(str(session.id)), str(self.person.id)) for session in self.concerned)
        return CANCELLED if off else UNINVITED

    @property
    def concerned(self) -> list[Session]:
        """The talks that they are in, or, when in none any more, were told of; soonest first."""
        if self.places:
            return [place.session for place in self.places]
        told = set(stands_for(self.was, self.person.id)) if self.was is not None else None
        return [session for session in self.sessions if told is None or str(session.id) in told]


@dataclass
class _Known:
    gathering: Gathering
    sessions: list[Session] = field(default_factory=list)
    now: dict[str, dict[str, Any]] = field(default_factory=dict)


def heard(
    pairs: Collection[tuple[UUID, User]], told: Mapping[tuple[UUID, UUID], int | None]
) -> dict[tuple[UUID, UUID], Heard]:
    """Return how each of ``pairs`` (the id of a gathering, a person) stands, by those ids, in a few queries for all.

    ``told`` gives the number of the last mail that reached a person, by the same ids, None where that is not known; who
    is left out was told nothing.
    A gathering that is gone is left out. Places of who is no member any more do not count.
    """
    known = _gatherings({about for about, _ in pairs}, {about for about, _ in told})
    people = {person.id for _, person in pairs}
    all_sessions = [session.id for one in known.values() for session in one.sessions]
    places: dict[tuple[UUID, UUID], Participant] = {
        (place.session_id, place.user_id): place
        for place in Participant.objects.still_taking_part().filter(session__in=all_sessions, user__in=people)
    }
    numbers = Q()
    for about, sequence in {(about, sequence) for (about, _), sequence in told.items() if sequence is not None}:
        numbers |= Q(about=about, sequence=sequence)
    revisions = {(one.about, one.sequence): one.what for one in Revision.objects.filter(numbers)} if numbers else {}
    found = {}
    for about, person in pairs:
        if about not in known:
            continue
        one = known[about]
        own = []
        for session in one.sessions:
            place = places.get((session.id, person.id))
            if place and session.state != State.CANCELLED:
                place.session, place.user = session, person
                own.append(place)
        number = told.get((about, person.id))
        was = None
        if number is not None:
            was = one.now if number == one.gathering.sequence else revisions.get((about, number), one.now)
            was = was if stands_for(was, person.id) else None
        maybe = number is None and (about, person.id) in told
        found[about, person.id] = Heard(person, one.gathering, one.sessions, own, was, one.now, maybe)
    return found


def _gatherings(ids: Collection[UUID], told: Collection[UUID]) -> dict[UUID, _Known]:
    """Return the gatherings with these ids; how they stand is looked up only for those that people were ``told`` of."""
    known: dict[UUID, _Known] = {}
    for about, group in groupby(sorted(sessions_of(ids), key=gathering_id), key=gathering_id):
        sessions = sorted(group, key=lambda session: session.span)
        gathering: Gathering = sessions[0].series or sessions[0]
        known[about] = _Known(gathering, sessions)
    everything = snapshot([session for about in told if about in known for session in known[about].sessions])
    for about in told:
        if about in known:
            known[about].now = {str(session.id): everything[str(session.id)] for session in known[about].sessions}
    return known
