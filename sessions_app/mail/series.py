"""The one live word to somebody about a series of talks: which dates there are, what is new, or that it is over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from lerend.mail.kinds import Method, Rendered
from lerend.mail.rendering import link, render_body
from lerend.moments import day, span
from organisations.models import User
from sessions_app.domain.series import answer_token
from sessions_app.mail.news import told_news
from sessions_app.mail.words import called_off, entry, own_words, when
from sessions_app.models import Answer, Part, Participant, Series, Session
from sessions_app.queries.calendars import series_events
from sessions_app.queries.recurrence import rule_words
from sessions_app.queries.series import usual
from sessions_app.queries.telling import CANCELLED, INVITATION, Difference, Heard, span_of


def render_series(heard: Heard, names: Mapping[str, str]) -> Rendered:
    """Make the mail about a series as it stands to ``heard.person``; ``names`` are of people in the news, by id."""
    series = heard.gathering
    if not isinstance(series, Series):
        raise TypeError("This is mail about a series.")
    coming = [place for place in heard.places if place.session.span[1] > timezone.now()]
    if heard.kind == INVITATION:
        file = _as_it_stands(series, heard.sessions, heard.person, heard.places, "REQUEST")
        return replace(invitation_to_series(series, coming, whole=_all(heard)), calendar=file)
    if heard.places:
        return _changed(series, heard, coming, names)
    return _ended(series, heard)


def _all(heard: Heard) -> bool:
    return len(heard.places) == len([one for one in heard.now.values() if not one["cancelled"]])


def _often(series: Series, talks: Sequence[Session], whole: bool) -> str:
    """Return how often and when: "elke eerste dinsdag, 12 keer vanaf dinsdag 2 maart 2027"."""
    if len(talks) == 1:
        return when(talks[0])
    times = f"{len(talks)} keer vanaf {day(talks[0].span[0])}"
    return f"{rule_words(series)}, {times}" if whole else times


def _subject(begin: str, title: str, spans: Sequence[tuple[datetime, datetime]]) -> str:
    if len(spans) == 1:
        return f"{begin}: {title}, {span(*spans[0])}"
    return f"{begin}: {title}, {len(spans)} keer vanaf {day(spans[0][0])}"


def _asks(place: Participant, count: int) -> str:
    planner = place.session.planned_by
    if planner is not None and planner.id == place.user_id:
        return f"Je plande {'deze reeks gesprekken' if count > 1 else 'dit gesprek'}. Hieronder staat alles bij elkaar."
    name = planner.name if planner else "Je collega"
    asked = f"{name} nodigt je uit voor {f'een reeks van {count} gesprekken' if count > 1 else 'een gesprek'}."
    told = {Part.INTERVIEWER: " Jij stelt de vragen.", Part.INTERVIEWEE: " Aan jou worden de vragen gesteld."}
    return asked + told.get(Part(place.part), "")


def _facts(series: Series, person: User, talks: Sequence[Session], token: str) -> dict[str, object]:
    """Return what the mails show of the ``talks`` that are coming; those elsewhere than most say where.

    Who has one of them is told of a talk, not of a series.
    """
    common = usual(talks)
    where = (common.place, common.link) if common else ("", "")
    return {
        "person": person,
        "session": common,
        "dates": [
            when(talk) + ("" if (talk.place, talk.link) == where else f", {talk.place or talk.link}") for talk in talks
        ],
        "several": len(talks) > 1,
        "page": link("session", talks[0].id) if len(talks) == 1 else link("series", series.id),
        "answer_yes": link("series_answer_by_token", token) + "?antwoord=ja",
        "answer_no": link("series_answer_by_token", token) + "?antwoord=nee",
    }


def invitation_to_series(
    series: Series, places: Sequence[Participant], *, whole: bool = True, preview: bool = False
) -> Rendered:
    """Make the invitation for who holds ``places``, soonest first and at least one, without its calendar part.

    ``whole`` says that these are all talks of the series. A preview has no working answer link: that is for the
    receiver alone.
    """
    talks, place = [place.session for place in places], places[0]
    often = _often(series, talks, whole)
    context = {
        **_facts(series, place.user, talks, "VOORBEELD" if preview else answer_token(series, place.user)),
        "asks": _asks(place, len(talks)),
        "words": own_words(place, talks[0], often),
        "often": often,
        "changed": False,
    }
    text, html = render_body("series_invitation", context)
    subject = _subject("Uitnodiging", talks[0].title, [talk.span for talk in talks])
    return Rendered(subject=subject, text=text, html=html)


@dataclass(frozen=True)
class Group:
    """One thing that is new, and the dates for which it is; without dates it is for all that are coming."""

    text: str
    dates: Sequence[str] = ()


def grouped(
    news: Iterable[Difference], names: Mapping[str, str], coming: Collection[UUID], because: Mapping[UUID, str]
) -> list[Group]:
    """Return what is new about a series, the same for several dates put together.

    ``coming`` are the talks that go on, ``because`` has why one was cancelled.
    """
    found: dict[str, list[tuple[UUID, str]]] = {}
    for one in news:
        was, now = span(*span_of(one.was)), span(*span_of(one.now))
        fields = set(one.fields)
        if "cancelled" in fields:
            reason = because.get(one.session_id)
            off = "Ging niet door" if span_of(one.was)[1] <= timezone.now() else "Gaat niet door"
            text = f"{off}. {reason}" if reason else f"{off}:"
            found.setdefault(text, []).append((one.session_id, was))
            continue
        if "out" in fields:
            found.setdefault("Hieraan doe je niet meer mee:", []).append((one.session_id, was))
            continue
        if "added" in fields:
            found.setdefault("Erbij gekomen:", []).append((one.session_id, now))
            continue
        if "moment" in fields:
            found.setdefault("Een ander moment:", []).append((one.session_id, f"{was} wordt {now}"))
        for text in told_news([replace(one, fields=frozenset(fields - {"moment"}))], names):
            found.setdefault(text, []).append((one.session_id, now))
    groups = []
    for text, rows in found.items():
        everywhere = len(coming) > 1 and {pk for pk, _ in rows} >= set(coming) and not text.endswith(":")
        groups.append(Group(text, () if everywhere else [told for _, told in rows]))
    return groups


def _changed(series: Series, heard: Heard, coming: Sequence[Participant], names: Mapping[str, str]) -> Rendered:
    now = timezone.now()
    news = [
        one for one in heard.news if "cancelled" in one.fields or max(span_of(one.was)[1], span_of(one.now)[1]) > now
    ]
    because = {talk.id: talk.called_off_because or "" for talk in heard.sessions}
    talks = [place.session for place in coming]
    context = {
        **_facts(series, heard.person, talks, answer_token(series, heard.person)),
        "news": grouped(news, names, [talk.id for talk in talks], because),
        "title": heard.sessions[-1].title,
        "series": len({one.session_id for one in news} | {talk.id for talk in talks}) > 1,
        "waits": any(place.answer == Answer.OPEN for place in coming),
    }
    text, html = render_body("series_changed", context)
    fields = {field for one in news for field in one.fields}
    begin = "Gewijzigd"
    if not coming and fields == {"cancelled"}:
        begin = called_off(past=all(span_of(one.was)[1] <= now for one in news))
    elif not coming and fields == {"out"}:
        begin = "Je doet niet meer mee"
    # With nothing left to come, it is about what was.
    spans = [talk.span for talk in talks] or [span_of(one.was) for one in news]
    return Rendered(
        subject=_subject(begin, heard.sessions[-1].title, spans),
        text=text,
        html=html,
        calendar=_as_it_stands(series, heard.sessions, heard.person, heard.places, "REQUEST"),
    )


def _ended(series: Series, heard: Heard) -> Rendered:
    """Make the mail for who is in none of it any more, with no more than they were told before."""
    off = heard.kind == CANCELLED
    gone = heard.concerned
    spans, title = [talk.span for talk in gone], gone[0].title
    # Taken out as a whole, by its name: of the rule as it is now they know nothing.
    event = replace(series_events(series, gone, mine=(), stamp=timezone.now())[0], rule=None)
    if heard.was:
        told = [heard.was[str(talk.id)] for talk in gone]
        spans, title = [span_of(talk) for talk in told], told[0]["title"]
        event = replace(event, title=title, starts_at=spans[0][0], ends_at=spans[0][1])
    past = spans[-1][1] <= timezone.now()
    reasons = sorted({talk.called_off_because or "" for talk in gone} - {""}) if off else []
    context = {
        "person": heard.person,
        "title": title,
        "dates": [span(*one) for one in spans],
        "off": off,
        "past": past,
        "several": len(spans) > 1,
        "reasons": reasons,
    }
    text, html = render_body("series_ended", context)
    return Rendered(
        subject=_subject(called_off(past=past) if off else "Je doet niet meer mee", title, spans),
        text=text,
        html=html,
        calendar=entry([event], gone[-1], heard.person, "CANCEL"),
        calendar_method="CANCEL",
    )


def _as_it_stands(
    series: Series, talks: Sequence[Session], person: User, places: Sequence[Participant], method: Method
) -> bytes:
    """Return the whole series as it stands in the calendar of ``person``, who holds ``places`` in it.

    It comes from who looks after the last talk that they know of.
    """
    events = series_events(series, talks, mine={place.session_id for place in places}, stamp=timezone.now())
    return entry(events, places[-1].session, person, method)
