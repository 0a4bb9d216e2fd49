"""Reads about series of talks: the talks that somebody may see of one, and those that a change is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from organisations.models import User
from sessions_app.models import Participant, Series, Session, State
from sessions_app.queries.recurrence import rule_words


class Which(models.TextChoices):
    """Which talks of a series a change is about."""

    ONE = "one", "Alleen dit gesprek"
    LATER = "later", "Dit gesprek en alle latere"
    ALL = "all", "Alle gesprekken die nog komen"


def talks_for(series_id: UUID, user: User) -> QuerySet[Session]:
    """Return the talks of a series that ``user``'s lists may show, soonest first."""
    found = Session.objects.listed_for(user).filter(series=series_id).exclude(state=State.DRAFT)
    return found.order_by("starts_at", "id")


def changeable(series_id: UUID, by: User, now: datetime | None = None) -> QuerySet[Session]:
    """Return the talks of a series that ``by`` may still change, soonest first: planned ones that have not begun."""
    found = Session.objects.manageable_by(by).filter(
        series=series_id, state=State.PLANNED, starts_at__gt=now or timezone.now()
    )
    return found.order_by("starts_at", "id")


def concerned(session: Session, which: str, by: User) -> QuerySet[Session]:
    """Return the talks that a change by ``by`` from the page of ``session``, which is in a series, is about."""
    found = changeable(session.series_id, by) if session.series_id else Session.objects.none()
    if which == Which.LATER:
        return found.filter(starts_at__gte=session.span[0])
    return found if which == Which.ALL else found.filter(id=session.id)


def places_of(series_id: UUID, user: User, now: datetime | None = None) -> list[Participant]:
    """Return the places that ``user`` holds in talks of a series that are planned and not over, soonest first."""
    found = Participant.objects.taking_part(user).filter(
        session__series=series_id, session__state=State.PLANNED, session__ends_at__gt=now or timezone.now()
    )
    return list(found.select_related("session__planned_by", "user").order_by("session__starts_at", "session_id"))


@dataclass(frozen=True)
class Among:
    """Where a talk stands among those of its series that somebody may see: the ``number``th of ``count``."""

    series: Series
    number: int
    count: int
    rule: str
    before: Session | None
    after: Session | None


def among(session: Session, user: User) -> Among | None:
    """Return where ``session`` stands in its series for ``user``; None without one, or where their lists leave it out.

    What they may not see is not counted either. To who sees no other talk of it, and does not plan it, it is no series.
    """
    if session.series_id is None:
        return None
    talks = list(talks_for(session.series_id, user).select_related("series").only("id", "starts_at", "series"))
    at = next((index for index, talk in enumerate(talks) if talk.id == session.id), None)
    series = talks[at].series if at is not None else None
    if at is None or series is None or (len(talks) == 1 and session.planned_by_id != user.id):
        return None
    return Among(
        series=series,
        number=at + 1,
        count=len(talks),
        rule=rule_words(series),
        before=talks[at - 1] if at else None,
        after=talks[at + 1] if at + 1 < len(talks) else None,
    )


def usual(talks: Sequence[Session]) -> Session | None:
    """Return the talk whose place and link most of ``talks`` have; None without talks."""
    if not talks:
        return None
    most = Counter((talk.place, talk.link) for talk in talks).most_common(1)[0][0]
    return next(talk for talk in talks if (talk.place, talk.link) == most)
