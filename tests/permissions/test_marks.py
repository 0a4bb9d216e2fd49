"""A mark in every private text, which may turn up only where the table says."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from content.models import Assignment, RuleOfThumb, Theme
from lerend.mail import outbox
from organisations.domain.members import end_membership
from organisations.models import Departure, Membership, Team
from sessions_app.domain import changes, feeds, guests
from sessions_app.domain.contributions import Words, record_contribution, report_contribution
from sessions_app.domain.interpretations import (
    Place,
    change_interpretation,
    judge_report,
    load_rule,
    reply,
    report_text,
)
from sessions_app.domain.song import Place as SongPlace
from sessions_app.domain.song import VerseWords, play, write_verse
from sessions_app.domain.surveys import Said, answer_survey, close_survey, start_survey
from sessions_app.models import (
    Answer,
    Audience,
    ContributionKind,
    GuestLink,
    Interpretation,
    InterpretationReply,
    Part,
    Participant,
    Reach,
    Report,
    ThemeRemark,
    ThemeSurvey,
    Verse,
)

PEOPLE = ("noor", "sem", "lina", "joost", "pim", "tess", "ilse", "aart", "roos", "beheer", "vera")
OPEN = "merk-lading-vrij"  # released to all organisations: for everybody who signed in, and found by the search


@pytest.fixture
def marked(cast, plan, held):
    """Texts with a mark each, and who may meet that mark on any page."""
    more = [cast.member(name) for name in ("Fatma", "Bram", "Zoë", "Omar")]
    cast.vera = cast.member("Vera")  # who leaves in the end
    day = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    Participant.objects.create(session=day, user=cast.ilse, part=Part.GUIDE)
    day = held(day, cast.lina, absent=[more[0]])
    pair = held(plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem]), cast.lina)
    peers = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina)
    open_talk = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina, close=False)

    def say(session, by, mark, audience, **more):
        return record_contribution(session.id, Words(text=f"tekst {mark}", audience=audience, **more), by=by)

    agreement = {"kind": ContributionKind.AGREEMENT, "who": "merk-wie", "due_on": date(2027, 1, 1)}
    items = {
        "merk-alleen-ik": say(day, cast.lina, "merk-alleen-ik", Audience.PRIVATE),
        "merk-wij": say(day, cast.lina, "merk-wij", Audience.PRESENT),
        "merk-zonder-naam": say(day, cast.joost, "merk-zonder-naam", Audience.PRESENT, named=False),
        "merk-team": say(day, cast.lina, "merk-team", Audience.TEAM, team=cast.north),
        "merk-organisatie": say(day, cast.lina, "merk-organisatie", Audience.ORGANISATION),
        "merk-nji": say(day, cast.lina, "merk-nji", Audience.NJI),
        "merk-met-leider": say(pair, cast.lina, "merk-met-leider", Audience.PRIVATE),
        "merk-afspraak": say(pair, cast.lina, "merk-afspraak", Audience.PRESENT, **agreement),
        "merk-vraag": say(peers, cast.lina, "merk-vraag", Audience.ORGANISATION),
        "merk-tijdens": say(open_talk, cast.lina, "merk-tijdens", Audience.PRESENT),
        "merk-neem-mee": say(day, cast.vera, "merk-neem-mee", Audience.PRIVATE),
        "merk-vertrokken": say(day, cast.vera, "merk-vertrokken", Audience.PRESENT),
    }
    play("met merk-keer", SongPlace(cast.home, cast.north), shown=True, form_key=uuid4(), by=cast.lina)
    write_verse(VerseWords("regels merk-couplet"), form_key=uuid4(), by=cast.lina)
    asking = guests.Asking("vuistregels", "vraag merk-gast-inleiding", datetime.now(UTC).date() + timedelta(days=9))
    for team, words in ((cast.north, "merk-gast-team"), (None, "merk-gast-organisatie")):
        link, token = guests.make_link(cast.home, team, asking, form_key=uuid4(), by=cast.noor)
        for alone, mark in ((True, words), (False, "merk-gast-te-weinig")):
            said = guests.Sheet(alone=alone, words=[guests.Words(text=f"gezien {mark}")])
            guests.answer(token, said, form_key=uuid4())
        guests.end_link(link.id, by=cast.noor)
    link, token = guests.make_link(cast.home, cast.north, asking, form_key=uuid4(), by=cast.noor)
    guests.answer(token, guests.Sheet(alone=True, words=[guests.Words(text="nog merk-gast-loopt")]), form_key=uuid4())
    end_membership(Membership.objects.get(user=cast.vera).id, by=cast.noor)
    # Words with an answer are for who plans, and a reason for who would have come.
    coming = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    moment = timezone.now() + timedelta(days=400)
    changes.answer(coming.participants.get(user=cast.lina).id, Answer.NO, word="zegt merk-woord", proposes=moment)
    off = plan(cast.lina, "collegiaal-interview", [cast.joost])
    outbox.deliver()
    changes.cancel(off.id, because="omdat merk-waarom", by=cast.lina)
    surveyed(cast, [cast.joost, *more])
    loaded(cast)
    report_contribution(items["merk-wij"].id, "reden merk-reden", by=cast.joost)
    readers = {
        "merk-alleen-ik": {"lina"},
        "merk-wij": {"lina", "joost", "sem"},
        "merk-zonder-naam": {"lina", "joost", "sem"},
        "merk-team": {"lina", "joost", "sem"},
        "merk-organisatie": {"lina", "joost", "sem", "noor"},
        "merk-nji": {"lina", "ilse"},
        "merk-met-leider": {"lina"},
        "merk-afspraak": {"lina", "sem"},
        "merk-wie": {"lina", "sem"},
        "merk-vraag": {"lina", "joost"},
        "merk-tijdens": {"lina"},
        "merk-reden": {"noor"},
        "merk-woord": {"lina", "pim"},
        "merk-waarom": {"lina", "joost"},
        "merk-gast-team": {"lina", "joost", "sem"},
        "merk-gast-organisatie": {"lina", "joost", "sem", "noor"},
        "merk-gast-te-weinig": set(),
        "merk-gast-loopt": set(),
        "merk-gast-inleiding": set(),
        "merk-keer": {"lina"},
        "merk-couplet": {"lina"},
        "merk-neem-mee": {"vera"},
        "merk-vertrokken": {"lina", "joost", "sem", "vera"},
        "merk-bij-het-beeld": {"lina", "joost", "sem"},
        "merk-niet-vrij": set(),
        "merk-in-de-ronde": {"lina"},
        "merk-te-klein": set(),
        "merk-lading-team": {"lina", "joost"},
        "merk-lading-thuis": {"lina", "joost", "sem", "noor"},
        "merk-antwoord-thuis": {"lina", "joost", "sem", "noor"},
        "merk-lading-verborgen": {"lina"},
        OPEN: set(PEOPLE),
        "merk-antwoord-vrij": {"lina", "joost", "sem", "noor"},
        "merk-antwoord-elders": {"lina", "joost", "sem", "noor", "tess"},
        "merk-lading-terug": {"lina", "joost"},
        "merk-antwoord-terug": {"lina", "joost"},
    }
    return items, readers, [day, pair, peers, open_talk, coming, off]


def surveyed(cast, others):
    """A round of the team that gave a picture, one that runs, and one elsewhere of too few people."""
    theme = Theme.objects.published().filter(parent=None).first()
    last_day = date.today() + timedelta(days=9)  # noqa: DTZ011

    def round_of(team, by):
        return start_survey(cast.home.id, team and team.id, last_day, form_key=uuid4(), by=by)

    def say(survey, by, mark, released=True):
        answer_survey(survey.id, [Said(theme, fit="same", remark=f"tekst {mark}", released=released)], by=by)

    whole = round_of(None, cast.noor)
    say(whole, cast.lina, "merk-te-klein")
    close_survey(whole.id, by=cast.noor)
    ThemeSurvey.objects.update(closed_at=timezone.now() - timedelta(days=2))
    team = round_of(cast.north, cast.sem)
    say(team, cast.lina, "merk-bij-het-beeld")
    for other in others:
        say(team, other, "merk-niet-vrij", released=False)
    close_survey(team.id, by=cast.sem)
    say(round_of(None, cast.noor), cast.lina, "merk-in-de-ronde")


def loaded(cast):
    """Ladingen of lina for her team, for all colleagues and for all organisations, with answers; one that was
    reported and hidden, and one that was released and taken back to the team."""
    rule, part = RuleOfThumb.objects.published().first(), Assignment.objects.published().first()

    def say(mark, reach, team=None):
        place = Place(cast.home, reach, team)
        return load_rule(rule, part, f"tekst {mark}", place, named=False, form_key=uuid4(), by=cast.lina)

    say("merk-lading-team", Reach.TEAM, cast.north)
    home = say("merk-lading-thuis", Reach.ORGANISATION)
    reply(home.id, "tekst merk-antwoord-thuis", cast.home, named=True, form_key=uuid4(), by=cast.joost)
    hidden = say("merk-lading-verborgen", Reach.ORGANISATION)
    report_text(hidden.id, by=cast.joost)
    judge_report(hidden.id, hide=True, by=cast.noor)
    for mark, answer in ((OPEN, "merk-antwoord-vrij"), ("merk-lading-terug", "merk-antwoord-terug")):
        released = say(mark, Reach.EVERYONE)
        reply(released.id, f"tekst {answer}", cast.home, named=True, form_key=uuid4(), by=cast.lina)
        if mark == OPEN:
            words = "tekst merk-antwoord-elders"
            reply(released.id, words, cast.elsewhere, named=False, form_key=uuid4(), by=cast.tess)
    back = Place(cast.home, Reach.TEAM, cast.north)
    change_interpretation(released.id, "tekst merk-lading-terug", back, named=False, by=cast.lina)


def addresses(items, sessions, cast) -> list[str]:
    """Every page there is, for every talk, contribution, report, team and organisation."""
    values = {
        "session_id": [session.id for session in sessions],
        "contribution_id": [item.id for item in items.values()],
        "report_id": list(Report.objects.values_list("id", flat=True)),
        "survey_id": list(ThemeSurvey.objects.values_list("id", flat=True)),
        "remark_id": list(ThemeRemark.objects.values_list("id", flat=True)),
        "interpretation_id": list(Interpretation.objects.values_list("id", flat=True)),
        "text_id": list(Interpretation.objects.values_list("id", flat=True)),
        "reply_id": list(InterpretationReply.objects.values_list("id", flat=True)),
        "departure_id": list(Departure.objects.values_list("id", flat=True)),
        "link_id": list(GuestLink.objects.values_list("id", flat=True)),
        "verse_id": list(Verse.objects.values_list("id", flat=True)),
        "organisation_id": [cast.home.id, cast.elsewhere.id],
        "team_id": list(Team.objects.values_list("id", flat=True)),
    }

    def walk(resolver, namespace="", above=()):
        for found in resolver.url_patterns:
            converters, groups = [*above, *found.pattern.converters], len(above) + found.pattern.regex.groups
            if isinstance(found, URLResolver):
                yield from walk(found, f"{namespace}{found.namespace}:" if found.namespace else namespace, converters)
            elif found.name:
                yield f"{namespace}{found.name}", converters, groups

    paths = []
    for name, converters, groups in walk(get_resolver()):
        if not converters and not groups:
            paths.append(reverse(name))
        elif len(converters) == 1 and converters[0] in values:
            paths += [reverse(name, kwargs={converters[0]: value}) for value in values[converters[0]]]
    rule, part = RuleOfThumb.objects.published().first(), Assignment.objects.published().first()
    cell = reverse("rule_cell", args=[rule.id, part.id])
    places = (f"team={cast.north.id}", f"organisatie={cast.home.id}", f"organisatie={cast.elsewhere.id}", "tussen")
    paths += [f"{cell}?{place}" for place in places]
    paths.append(reverse("search") + "?q=merk")
    # The calendars of everybody, which are fetched without signing in.
    people = [getattr(cast, person) for person in PEOPLE]
    paths += [reverse("calendar_feed", args=[feeds.renew_feed(by=person)]) for person in people]
    return [*paths, reverse("session_list") + "?toon=geweest", *(f"{p}?soort=zin" for p in paths if "vastleggen" in p)]


@pytest.mark.ignore_template_errors
def test_each_mark_turns_up_only_with_its_readers(cast, marked, client_of, caplog, mailoutbox):
    items, readers, sessions = marked
    paths = addresses(items, sessions, cast)
    met = {mark: set() for mark in readers}
    with caplog.at_level(logging.DEBUG):
        for person in (None, *PEOPLE):
            client = client_of(person and getattr(cast, person))
            for path in paths:
                if path == reverse("account_logout"):
                    continue
                body = client.get(path).content.decode(errors="replace")
                for mark in readers:
                    if mark in body:
                        met[mark].add(person)
        outbox.deliver()
    assert met == readers
    assert [mark for mark in readers if mark in caplog.text] == []
    mailed = {(mark, mail.to[0].split("@")[0]) for mark in readers for mail in mailoutbox if mark in mail.body}
    assert mailed == {("merk-waarom", "lina"), ("merk-waarom", "joost")}
    assert [mark for mark in readers for mail in mailoutbox if mark in mail.subject] == []


def test_no_mark_lies_open_in_the_database(cast, marked):
    _, readers, _ = marked
    closed = [mark for mark in readers if mark != OPEN]
    outbox.deliver()
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        rows = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - the names come from the database itself
            rows += [row for (row,) in cursor.fetchall()]
    text = "\n".join(rows)
    hexed = [mark for mark in closed if mark.encode().hex() in text]
    assert ([mark for mark in closed if mark in text], hexed) == ([], [])
