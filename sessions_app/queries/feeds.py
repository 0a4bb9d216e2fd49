"""What stands in somebody's own calendar: the talks that they take part in, and what is taken out of it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from lerend.mail.calendar import FORMAT, Event
from organisations.models import Membership, User
from sessions_app.models import Answer, CalendarFeed, Participant, Removal, Series, Session, State
from sessions_app.models.session import INTIMATE
from sessions_app.queries.calendars import bare, series_events, talk_event

BACK = timedelta(days=90)
GONE_KEPT = timedelta(days=30)
# Within this time after somebody was taken out, the talk's last change is the one that did it.
_SAME_CHANGE = timedelta(seconds=5)

_FIELDS = (
    "title",
    "purpose",
    "place",
    "link",
    "starts_at",
    "ends_at",
    "state",
    "sequence",
    "changed_at",
    "created_at",
    "occurrence",
    "series",
)


def feed_of(user: User) -> CalendarFeed | None:
    """Return the feed of ``user``, if they have one."""
    return CalendarFeed.objects.filter(user=user).first()


def keepable(user: User) -> QuerySet[Session]:
    """Talks that ``user`` may put in a calendar one at a time.

    Not what lists leave out, and of two or three others not: who planned that may know it only until it starts, and
    a calendar keeps it.
    """
    own = Participant.objects.taking_part(user).values("session_id")
    seen = Session.objects.listed_for(user).exclude(state=State.DRAFT)
    return seen.filter(Q(participant_count__gt=INTIMATE) | Q(id__in=own))


def file_events(user: User, session: Session, now: datetime | None = None) -> list[Event]:
    """Return what the file of ``session`` holds, one that ``user`` may keep: the talk, or the whole series where it
    stands in their feed as part of one. By itself it would come beside what mail and feed give, and stay as it is when
    the series changes. One query at most.
    """
    if session.series is not None:
        talks = list(feed_talks(user, now or timezone.now()).filter(series=session.series))
        if session in talks:
            return series_events(session.series, talks)
    return [talk_event(session)]


def shows_keeping(session: Session, *, takes_part: bool) -> bool:
    """Return whether the page of a coming ``session`` offers it as a file to who sees it, as ``keepable`` allows."""
    return takes_part or session.participant_count > INTIMATE


def feed_talks(user: User, now: datetime) -> QuerySet[Session]:
    """Talks that ``user`` takes part in and did not decline, from 90 days back; cancelled ones for 30 days more.

    Those of two or three that they are in as a leader leave it once over, as they leave lists.
    """
    places = Participant.objects.taking_part(user).listed(now).exclude(answer=Answer.NO)
    # Also what nobody closed can be called off, long after it was to be.
    called_off = Q(ends_at__gt=now - GONE_KEPT) | Q(changed_at__gt=now - GONE_KEPT)
    return Session.objects.filter(
        ~Q(state=State.DRAFT),
        ~Q(state=State.CANCELLED) | called_off,
        id__in=places.values("session_id"),
        ends_at__gt=now - BACK,
    )


def _taken_out(user: User, now: datetime) -> QuerySet[Removal]:
    """Where ``user`` was taken out, as long as they belong to the organisation, for 30 days; of a small talk not longer
    than until it is over. What happened to the talk since is not theirs to know: then it is in the feed no more.
    """
    late = Q(at__gt=now - GONE_KEPT) | Q(session__ends_at__gt=now - GONE_KEPT)
    small = Q(session__participant_count__lte=INTIMATE, session__ends_at__lte=now)
    return Removal.objects.filter(
        late,
        ~small,
        user=user,
        session__organisation__in=Membership.objects.filter(user=user).values("organisation"),
        session__changed_at__lte=F("at") + _SAME_CHANGE,
    )


def feed_events(user: User, now: datetime | None = None) -> list[Event]:
    """Return all that the feed of ``user`` holds, in a fixed order. Two queries."""
    now = now or timezone.now()
    talks = list(feed_talks(user, now).select_related("series").only("id", *_FIELDS))
    removed = {
        one.session_id: one
        for one in _taken_out(user, now)
        .select_related("session__series")
        .only("at", "user_id", *(f"session__{name}" for name in ("id", *_FIELDS)))
    }
    series, single = _by_series(talks)
    events = [talk_event(talk) for talk in single]
    for gathering, of_series in series.items():
        events += series_events(gathering, of_series)
    gone_series, gone = _by_series(removal.session for removal in removed.values())
    known = {talk.id for talk in talks}
    events += [_gone(talk_event(talk), removed[talk.id]) for talk in gone if talk.id not in known]
    for gathering, of_series in gone_series.items():
        if gathering not in series:  # from the entry of a series that goes on they are missing already
            last = max((removed[talk.id] for talk in of_series), key=lambda removal: removal.at)
            events += [_gone(event, last) for event in series_events(gathering, of_series, mine=())]
    return sorted(events, key=lambda event: (event.starts_at, event.uid, event.instead_of or event.starts_at))


def _gone(event: Event, removal: Removal) -> Event:
    return replace(bare(event), stamp=removal.at, changed=removal.at)


def _by_series(talks: Iterable[Session]) -> tuple[dict[Series, list[Session]], list[Session]]:
    """Return the talks that belong to a series by that, and those that stand alone."""
    series: dict[Series, list[Session]] = defaultdict(list)
    single = []
    for talk in talks:
        if talk.series is None:
            single.append(talk)
        else:
            series[talk.series].append(talk)
    return series, single


def print_of(events: list[Event], owner: UUID) -> str:
    """Return a hash of all that a feed says, much cheaper than writing it."""
    return hashlib.sha256(f"{FORMAT}:{owner}:{events!r}".encode()).hexdigest()
