"""Reads for the lists and the page of talks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.formats import date_format

from lerend.moments import hours, short_day
from organisations.models import User
from sessions_app.models import (
    Answer,
    Audience,
    Contribution,
    ContributionKind,
    DatePoll,
    Participant,
    PollState,
    Session,
    State,
)
from sessions_app.models.contribution import marks_of
from sessions_app.models.session import INTIMATE

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

NOBODY = UUID(int=0)
OWN_TAGS = {
    Answer.YES: ("good", "Je komt"),
    Answer.NO: ("", "Je komt niet"),
    Answer.OPEN: ("warn", "Nog geen antwoord"),
}


# What a row needs of a talk.
ROW_FIELDS = ("id", "title", "state", "starts_at", "ends_at", "place", "link", "participant_count")


@dataclass(frozen=True)
class Row:
    """A talk as a list shows it; every piece is ready to print."""

    url: str
    day: SafeString
    starts: str
    title: str
    line: str
    tag: str
    tag_class: str


@dataclass(frozen=True)
class Rows:
    """A page of rows and the cursor of the next one."""

    rows: list[Row]
    next: str


def as_rows(talks: Sequence[Session], user: User, now: datetime) -> list[Row]:
    """Return ``talks`` as rows, with one more query for who takes part in the small ones."""
    names: dict[UUID, list[str]] = {talk.id: [] for talk in talks}
    own: dict[UUID, tuple[str, bool | None]] = {}
    places = Participant.objects.filter(
        Q(session__participant_count__lte=INTIMATE) | Q(user=user), session__in=names
    ).values_list("session_id", "user_id", "user__name", "answer", "present", "session__participant_count")
    for session_id, user_id, name, answer, present, count in places.order_by("user__name_sorted"):
        if user_id == user.id:
            own[session_id] = (answer, present)
        elif count <= INTIMATE:
            names[session_id].append(name)
    # The address is taken apart once: looking it up for each row costs more than the rest of the row.
    before, after = reverse("session", args=[NOBODY]).split(str(NOBODY))
    return [_row(talk, f"{before}{talk.id}{after}", names[talk.id], own.get(talk.id), now) for talk in talks]


def _row(talk: Session, url: str, names: list[str], own: tuple[str, bool | None] | None, now: datetime) -> Row:
    starts_at, ends_at = talk.span
    tag_class, tag = _tag(talk, own, now)
    company = f"met {' en '.join(names)}" if names else f"{talk.participant_count} deelnemers"
    line = " · ".join(filter(None, [hours(starts_at, ends_at), talk.place or ("Online" if talk.link else ""), company]))
    return Row(url, short_day(starts_at), hours(starts_at, ends_at)[:5], talk.title, line, tag, tag_class)


def _tag(talk: Session, own: tuple[str, bool | None] | None, now: datetime) -> tuple[str, str]:
    if talk.state == State.CANCELLED:
        return "", "Gaat niet door"
    if talk.state == State.SETTLED:
        return "", "Afgerond"
    if talk.state == State.HELD:
        return ("good", "Vastleggen kan") if own and own[1] else ("", "Gehouden")
    if talk.ends_at is not None and talk.ends_at <= now:
        return ("warn", "Nog afsluiten") if own else ("", "Geweest")
    return OWN_TAGS[Answer(own[0])] if own else ("", "Je plande dit")


def drafts(user: User) -> list[Session]:
    """Return the newest drafts of ``user``, ten at most; one about which a poll runs is found as that."""
    polled = DatePoll.objects.filter(session=OuterRef("pk"), state=PollState.OPEN)
    found = Session.objects.drafts_of(user).filter(~Exists(polled))
    return list(found.only("id", "title").order_by("-created_at", "id")[:10])


@dataclass(frozen=True)
class Today:
    """The talks on the first page of somebody who signed in."""

    coming: list[Row]
    to_close: list[Row]
    to_record: list[Row]


def today(user: User, now: datetime, size: int = 5) -> Today:
    """Return ``size`` talks at most of each kind.

    Coming ones are soonest first, without the cancelled. Of what is over come, newest first, the talks that wait for
    somebody who was there to close them, and closed ones at which ``user`` was present and recorded nothing yet.
    """
    coming = Session.objects.visible_to(user).upcoming(now).only(*ROW_FIELDS).order_by("starts_at", "id")
    mine = Participant.objects.taking_part(user).listed(now).select_related("session")
    mine = mine.only("session", *(f"session__{name}" for name in ROW_FIELDS))
    mine = mine.order_by("-session__starts_at", "-session_id")
    written = Contribution.objects.own(user).values("session_id")
    to_close = mine.filter(~Q(answer=Answer.NO), session__state=State.PLANNED, session__ends_at__lte=now)
    to_record = mine.filter(~Q(session__in=written), present=True, session__state=State.HELD)
    # Both at once; the state of the talk says which it is.
    waiting = [place.session for place in to_close[:size].union(to_record[:size], all=True)]
    waiting.sort(key=lambda talk: (talk.span[0], talk.id), reverse=True)
    found = [list(coming[:size]), *([talk for talk in waiting if talk.state == s] for s in (State.PLANNED, State.HELD))]
    rows = iter(as_rows([talk for talks in found for talk in talks], user, now))
    return Today(*(list(islice(rows, len(talks))) for talks in found))


LEADS: dict[str, str] = {ContributionKind.SENTENCE: "Het is mijn vak om …", ContributionKind.AGREEMENT: "Afspraak:"}
# A list names what a text is about; it does not tell it.
LONG_TEXTS = (
    "card__text",
    "card__follow_up",
    "theme__text",
    "theme__points",
    "theme__open_questions",
    "rule__text",
    "assignment__text",
)


@dataclass(frozen=True)
class Shown:
    """A contribution as a reader sees it."""

    contribution: Contribution
    own: bool
    writer: str
    about: str
    url: str
    lead: str
    promise: str
    audience: str
    status: str


def about(contribution: Contribution) -> str:
    """Return what the contribution is tied to, in words; "" for nothing."""
    if contribution.card:
        return f"Kaart {contribution.card.number}: {contribution.card.title}"
    if contribution.theme:
        return f"Wolkje: {contribution.theme.title}"
    if contribution.rule and contribution.assignment:
        return f"{contribution.rule.title} · {contribution.assignment.title}"
    return ""


def shown(contributions: QuerySet[Contribution] | list[Contribution], user: User) -> list[Shown]:
    """Return ``contributions`` ready to show to ``user``, with who wrote them where they gave their name."""
    if isinstance(contributions, QuerySet):
        contributions = list(with_anchors(contributions))
    marks = set(marks_of(user))
    return [_shown(item, user, marks) for item in contributions]


def _shown(item: Contribution, user: User, marks: set[str]) -> Shown:
    promise = [f"Wie: {item.who}"] if item.who else []
    if item.due_on:
        promise.append(f"Wanneer: {date_format(item.due_on, 'j F Y')}")
    return Shown(
        item,
        own=item.author_id == user.id or (bool(item.mark) and item.mark in marks),
        writer=item.author.name if item.author else "Zonder naam",
        about=about(item),
        url=reverse("contribution", args=[item.id]),
        lead=LEADS.get(item.kind, ""),
        promise=" · ".join(promise),
        audience=Audience(item.audience).label,
        status=_status(item),
    )


def _status(item: Contribution) -> str:
    if item.hidden_at:
        return "verborgen"
    if item.waiting:
        return "wacht op ieders ja"
    return "niet verder gedeeld" if item.needs_consent and not item.released_at else ""


def with_anchors(contributions: QuerySet[Contribution]) -> QuerySet[Contribution]:
    """Return ``contributions`` with all that a list shows of them, in the same query.

    Each further table that is joined doubles the time it takes to plan.
    """
    return contributions.select_related("author", "card", "theme", "rule", "assignment").defer(*LONG_TEXTS)


def contributions_of(session: Session, user: User) -> list[Shown]:
    """Return what ``user`` may read of one talk, oldest first; 200 at most."""
    found = Contribution.objects.visible_to(user).filter(session=session).order_by("created_at", "id")[:200]
    return shown(found, user)
