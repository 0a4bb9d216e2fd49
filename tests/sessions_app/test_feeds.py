"""A talk as a file, and the feed of somebody's own talks: what stands in it, for whom, and when it is sent anew."""

import logging
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from lerend.logs import Json
from lerend.mail import outbox
from organisations.domain.members import end_membership
from organisations.models import Membership
from sessions_app.domain import changes, feeds
from sessions_app.models import Answer, CalendarFeed, Participant, Removal, Series, Session, State
from sessions_app.queries.feeds import keepable
from sessions_app.queries.recurrence import Repeat, occurrence_starts
from tests.calendars import seen_by_both, span
from tests.conftest import PLAN_AT
from tests.rows import add_people, add_talks

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LONG = (
    "Wat maakt dat jij ’s ochtends op de fiets stapt, naar de wijk, en denkt: “dít is mijn vak”? "
    'Neem mee: één voorbeeld; twee vragen, en \\ "geen" verslag.\nDaarna: koffie ☕️ & <b>appeltaart</b> 👩🏽‍🤝‍👩🏻🎈\n'
    * 4
)


@pytest.fixture
def march():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def fetch(db):
    """Fetch the feed of somebody: ``fetch(lina)`` gives what both parsers see, ``fetch.raw(lina, …)`` the response."""
    tokens = {}

    def raw(user, **headers):
        if user.id not in tokens:
            tokens[user.id] = feeds.renew_feed(by=user)
        return Client().get(reverse("calendar_feed", args=[tokens[user.id]]), headers=headers)

    def fetch(user):
        response = raw(user)
        assert response.status_code == 200
        return seen_by_both(response.content)

    fetch.raw, fetch.tokens = raw, tokens
    return fetch


def short(seen) -> list[tuple[datetime, str]]:
    return [(one.starts_at, one.status) for one in seen]


def test_a_talk_as_a_file(cast, plan, client_of, march):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    Session.objects.filter(id=session.id).update(title='Praten, "écht" praten; 🎈', purpose=LONG, place="De Brug, 2e")
    response = client_of(cast.joost).get(reverse("session_ics", args=[session.id]))
    assert {name: response[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control")} == {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": 'attachment; filename="praten-echt-praten-2027-03-09.ics"',
        "Cache-Control": "private, no-store",
    }
    [seen] = seen_by_both(response.content)
    assert (seen.starts_at, seen.title, seen.status, seen.uid, seen.place) == (
        PLAN_AT,
        'Praten, "écht" praten; 🎈',
        "CONFIRMED",
        f"{session.id}@localhost",
        "De Brug, 2e",
    )
    assert seen.text == (
        f"{LONG}\n\nhttp://localhost:8000/gesprekken/{session.id}/\n\nEen antwoord vanuit je agenda komt niet bij ons "
        "aan. Antwoorden kan op de pagina van het gesprek."
    )
    file = Calendar.from_ical(response.content)
    assert file["METHOD"] == "PUBLISH"
    assert "ATTENDEE" not in file.events[0]
    assert "Lina" not in response.content.decode()


def test_who_may_take_a_talk_along(cast, plan, client_of):
    pair = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    whole = plan(cast.pim, "teamdagdeel", teams=[cast.north], join=False)

    def may(user, session):
        shown = "agenda.ics" in client_of(user).get(reverse("session", args=[session.id])).content.decode()
        status = client_of(user).get(reverse("session_ics", args=[session.id])).status_code
        assert shown == (status == 200)
        return shown

    # pim sees the page of a pair that he planned until it starts; his calendar would know it longer.
    assert [may(user, pair) for user in (cast.lina, cast.pim)] == [True, False]
    Participant.objects.filter(session=whole).exclude(user=cast.lina).delete()
    Session.objects.filter(id=whole.id).update(participant_count=4)
    assert [may(user, whole) for user in (cast.lina, cast.pim)] == [True, True]
    draft = plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    assert client_of(cast.lina).get(reverse("session_ics", args=[draft.id])).status_code == 404


def test_the_feed_holds_the_own_talks(cast, plan, fetch, march):
    first = span("2027-03-28", "03:30", "04:30")[0]
    twice = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)  # half past two for the second time
    coming, spring, autumn, said_no, other = (
        add_talks(cast.home, [people], planned_by=cast.pim, first=moment)[0]
        for people, moment in (
            ([cast.lina, cast.joost], PLAN_AT),
            ([cast.lina], first),
            ([cast.lina, cast.pim], twice),
            ([cast.lina], PLAN_AT + DAY),
            ([cast.joost, cast.pim], PLAN_AT + DAY),
        )
    )
    said_no.participants.update(answer=Answer.NO)
    add_talks(cast.home, [[cast.lina]], planned_by=cast.lina, first=PLAN_AT, state=State.DRAFT)
    add_talks(cast.home, [[cast.lina]], planned_by=cast.lina, first=NOW - 92 * DAY, state=State.SETTLED)
    add_talks(cast.home, [[cast.lina]], planned_by=cast.lina, first=NOW - 80 * DAY, state=State.HELD)
    seen = fetch(cast.lina)
    assert short(seen) == [
        (NOW - 80 * DAY, "CONFIRMED"),
        (PLAN_AT, "CONFIRMED"),
        (first, "CONFIRMED"),
        (twice, "CONFIRMED"),
    ]
    assert [one.uid for one in seen[1:]] == [f"{talk.id}@localhost" for talk in (coming, spring, autumn)]
    assert other.id  # joost's, that pim planned and is in
    file = Calendar.from_ical(fetch.raw(cast.lina).content)
    assert {name: str(file[name]) for name in ("METHOD", "NAME", "X-WR-CALNAME", "X-PUBLISHED-TTL")} == {
        "METHOD": "PUBLISH",
        "NAME": "Lerend Versterken",
        "X-WR-CALNAME": "Lerend Versterken",
        "X-PUBLISHED-TTL": "PT1H",
    }
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in fetch.raw(cast.lina).content
    text = fetch.raw(cast.lina).content.decode()
    assert [name for name in ("Joost", "Pim", "Lina", "ATTENDEE", "@voorbeeld") if name in text] == []


def test_an_empty_feed_is_a_calendar(cast, fetch):
    assert fetch(cast.lina) == []


def test_what_is_cancelled_or_moved_shows_that_long_enough(cast, plan, fetch, march):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    assert [(one.starts_at, one.sequence) for one in fetch(cast.joost)] == [(PLAN_AT, 0)]
    changes.reschedule(session.id, starts_at=PLAN_AT + DAY, place="Buiten", link="", by=cast.lina)
    assert [(one.starts_at, one.sequence, one.place) for one in fetch(cast.joost)] == [(PLAN_AT + DAY, 1, "Buiten")]
    changes.cancel(session.id, by=cast.lina)
    assert [(one.status, one.sequence) for one in fetch(cast.joost)] == [("CANCELLED", 2)]
    march.move_to(PLAN_AT + 30 * DAY)
    assert len(fetch(cast.joost)) == 1
    march.move_to(PLAN_AT + 32 * DAY)
    assert fetch(cast.joost) == []
    # Called off long after it was to be, as nobody closed it.
    late = plan(cast.lina, "collegiaal-interview", [cast.joost], starts_at=PLAN_AT + 33 * DAY)
    called_off = PLAN_AT + 73 * DAY
    march.move_to(called_off)
    changes.cancel(late.id, by=cast.lina)
    assert [(one.status, one.sequence) for one in fetch(cast.joost)] == [("CANCELLED", 1)]
    march.move_to(called_off + 30 * DAY)
    assert fetch(cast.joost) == []


def test_who_is_taken_out_sees_no_more_than_that(cast, edition, fetch, march):
    everybody = [cast.lina, cast.joost, cast.sem, cast.noor]
    [session] = add_talks(cast.home, [everybody], planned_by=cast.noor, first=PLAN_AT)
    session.participants.filter(user=cast.lina).delete()
    Removal.objects.create(session=session, user=cast.lina)
    Session.objects.filter(id=session.id).update(changed_at=NOW)
    [seen] = fetch(cast.lina)
    assert (seen.starts_at, seen.status, seen.sequence, seen.place, seen.text) == (PLAN_AT, "CANCELLED", 0, "", "")
    # What becomes of the talk afterwards is no longer theirs to know.
    Session.objects.filter(id=session.id).update(changed_at=NOW + timedelta(minutes=10), title="Anders")
    assert fetch(cast.lina) == []
    Session.objects.filter(id=session.id).update(changed_at=NOW)
    back = session.participants.create(user=cast.lina, organisation=cast.home)
    assert short(fetch(cast.lina)) == [(PLAN_AT, "CONFIRMED")]
    back.delete()
    # A talk of two or three leaves no trace once it is over.
    march.move_to(PLAN_AT + DAY)
    assert len(fetch(cast.lina)) == 1
    Session.objects.filter(id=session.id).update(participant_count=3)
    assert fetch(cast.lina) == []


@pytest.mark.parametrize("at", [NOW, PLAN_AT + 3 * DAY])
def test_who_was_taken_out_has_it_thirty_days_after_that_and_after_the_talk(cast, edition, fetch, march, at):
    people = [cast.lina, cast.joost, cast.sem, cast.noor]
    [session] = add_talks(cast.home, [people], planned_by=cast.noor, first=PLAN_AT)
    session.participants.filter(user=cast.lina).delete()
    Removal.objects.create(session=session, user=cast.lina, at=at)
    Session.objects.filter(id=session.id).update(changed_at=NOW)
    last = max(at, PLAN_AT + HOUR) + 30 * DAY
    found = []
    for moment in (last - MINUTE, last):
        march.move_to(moment)
        found.append(len(fetch(cast.lina)))
    assert found == [1, 0]


def test_who_leaves_the_organisation_loses_all_at_once(cast, plan, fetch, march):
    plan(cast.lina, "collegiaal-interview", [cast.joost])
    add_talks(cast.home, [[cast.joost, cast.pim]], planned_by=cast.pim, first=NOW - DAY)
    assert len(fetch(cast.joost)) == 2
    end_membership(Membership.objects.get(user=cast.joost).id, by=cast.joost)
    assert fetch(cast.joost) == []


def test_a_talk_with_a_leader_leaves_their_feed_once_over(cast, edition, fetch, march):
    for state in (State.PLANNED, State.SETTLED, State.CANCELLED):
        [session] = add_talks(cast.home, [[cast.lina, cast.sem]], planned_by=cast.lina, first=PLAN_AT, state=state)
        session.participants.filter(user=cast.sem).update(leads=True)
    Session.objects.update(with_leader=True, small_with_leader=True)
    march.move_to(PLAN_AT)
    assert [len(fetch(user)) for user in (cast.lina, cast.sem)] == [3, 3]
    march.move_to(PLAN_AT + DAY)
    assert [len(fetch(user)) for user in (cast.lina, cast.sem)] == [3, 0]
    assert [keepable(user).count() for user in (cast.lina, cast.sem)] == [3, 0]


def series_of_talks(cast, people, count=4):
    series = Series.objects.create(
        organisation=cast.home, planned_by=cast.pim, starts_at=PLAN_AT, count=count, sequence=2
    )
    talks = []
    for number, moment in enumerate(occurrence_starts(series)):
        [talk] = add_talks(cast.home, [people], planned_by=cast.pim, first=moment)
        Session.objects.filter(id=talk.id).update(series=series, occurrence=number, place="De Brug", changed_at=NOW)
        talks.append(talk)
    return series, talks


def test_the_file_of_a_talk_in_a_series_is_the_entry_that_its_feed_has(cast, plan, client_of, fetch, march):
    first = plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=Repeat(1, 3))
    second = Session.objects.get(series=first.series, occurrence=1)

    def file(user):
        return seen_by_both(client_of(user).get(reverse("session_ics", args=[second.id])).content)

    assert (file(cast.lina), len(file(cast.lina))) == (fetch(cast.lina), 3)
    # Whom it is not in the feed of, gets that talk alone.
    second.participants.filter(user=cast.joost).update(answer=Answer.NO)
    assert [one.uid for one in file(cast.joost)] == [f"{second.id}@localhost"]


def test_a_series_is_one_entry_with_what_is_mine(cast, edition, fetch, march):
    series, talks = series_of_talks(cast, [cast.lina, cast.joost, cast.pim, cast.sem], count=5)
    Session.objects.filter(id=talks[1].id).update(state=State.CANCELLED)
    talks[2].participants.filter(user=cast.lina).delete()
    Removal.objects.create(session=talks[2], user=cast.lina)
    Session.objects.filter(id=talks[4].id).update(place="Buiten")
    starts = occurrence_starts(series)
    assert [(one.starts_at, one.uid, one.place, one.status) for one in fetch(cast.lina)] == [
        (starts[0], f"{series.id}@localhost", "De Brug", "CONFIRMED"),
        (starts[3], f"{series.id}@localhost", "De Brug", "CONFIRMED"),
        (starts[4], f"{series.id}@localhost", "Buiten", "CONFIRMED"),
    ]
    assert starts[3] - starts[2] == 7 * DAY - timedelta(hours=1)  # the clock went forward in between
    for talk in talks:
        talk.participants.filter(user=cast.lina).delete()
        Removal.objects.get_or_create(session=talk, user=cast.lina)
    assert [(one.starts_at, one.uid, one.place, one.status, one.sequence) for one in fetch(cast.lina)] == [
        (moment, f"{series.id}@localhost", "", "CANCELLED", 2) for moment in starts
    ]


def test_it_is_sent_again_only_when_it_changed(cast, plan, fetch, march):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    first = fetch.raw(cast.lina)
    assert (first["Cache-Control"], first["Last-Modified"]) == ("private, no-cache", "Mon, 01 Mar 2027 09:00:01 GMT")

    def again(**headers):
        response = fetch.raw(cast.lina, **headers)
        assert (response.status_code == 304) == (response.content == b"")
        assert response["Cache-Control"] == "private, no-cache"
        return response.status_code

    fresh = {"if-none-match": first["ETag"]}, {"if-none-match": f"W/{first['ETag']}"}
    assert [again(**headers) for headers in (*fresh, {"if-modified-since": first["Last-Modified"]})] == [304, 304, 304]
    assert again() == 200
    changes.reschedule(session.id, starts_at=PLAN_AT + DAY, place="", link="https://praat.test/1", by=cast.lina)
    second = fetch.raw(cast.lina, **{"if-none-match": first["ETag"]})
    assert (second.status_code, second["Last-Modified"]) == (200, "Mon, 01 Mar 2027 09:00:02 GMT")
    assert again(**{"if-modified-since": first["Last-Modified"]}) == 200
    # What vanishes changes it too, although nothing in it is newer.
    session.participants.filter(user=cast.lina).update(answer=Answer.NO)
    assert again(**{"if-modified-since": second["Last-Modified"]}) == 200


def test_reading_writes_once_a_day(cast, plan, fetch, march):
    plan(cast.lina, "collegiaal-interview", [cast.joost])

    def writes():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            fetch.raw(cast.lina)
        return sum("UPDATE" in query["sql"] for query in seen.captured_queries)

    feeds.renew_feed(by=cast.joost)
    fetch.raw(cast.lina)
    assert [writes(), writes()] == [0, 0]
    march.move_to(NOW + DAY)
    assert [writes(), writes()] == [1, 0]
    assert CalendarFeed.objects.get(user=cast.lina).used_on == (NOW + DAY).date()


def test_the_address_is_a_secret_that_can_be_renewed_and_ended(cast, client_of, fetch):
    lina = client_of(cast.lina)
    page = lina.get(reverse("calendar_subscription")).content.decode()
    assert ("Maak mijn adres" in page, "Staat aan" in page) == (True, False)

    def renewed():
        page = lina.post(reverse("calendar_feed_renew")).content.decode()
        start = page.index('value="http://localhost:8000/agenda/') + len('value="http://localhost:8000')
        path = page[start : page.index('"', start)]
        assert f'href="webcal://localhost:8000{path}"' in page
        return path

    first = renewed()
    assert Client().get(first).status_code == 200
    second = renewed()
    assert [Client().get(path).status_code for path in (first, second, "/agenda/x.ics")] == [404, 200, 404]
    page = lina.get(reverse("calendar_subscription")).content.decode()
    assert ("Staat aan" in page, second in page) == (True, False)
    token = second.removeprefix("/agenda/").removesuffix(".ics")
    feed = CalendarFeed.objects.get(user=cast.lina)
    assert token not in str(vars(feed))
    cast.lina.is_active = False
    cast.lina.save()
    assert Client().get(second).status_code == 404
    cast.lina.is_active = True
    cast.lina.save()
    lina = client_of(cast.lina)
    assert lina.post(reverse("calendar_feed_end")).status_code == 302
    assert lina.post(reverse("calendar_feed_end")).status_code == 302
    assert Client().get(second).status_code == 404


def test_the_log_never_holds_the_token(cast, fetch, caplog):
    with caplog.at_level(logging.DEBUG):
        fetch.raw(cast.lina)
        Client().get(f"/agenda/{'geheim' * 5}.ics")
        Client().get(f"/agenda/{'geheim' * 5}.ics/")
    told = "\n".join(Json().format(record) for record in caplog.records)
    assert "calendar_feed" in told
    assert [word for word in (fetch.tokens[cast.lina.id], "geheim") if word in told] == []


def test_it_is_limited_by_feed_and_not_by_where_it_is_fetched_from(cast, fetch, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "calendar_feed": "2/h/key"}
    assert [fetch.raw(cast.lina).status_code for _ in range(3)] == [200, 200, 429]
    assert fetch.raw(cast.joost).status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow(cast, edition, fetch, count):
    first = datetime.now(UTC) + DAY
    people = add_people([cast.north], 3)
    talks = add_talks(cast.home, [[cast.lina, *people]] * count, planned_by=cast.pim, first=first)
    for talk in talks[::2]:
        series = Series.objects.create(
            organisation=cast.home, starts_at=talk.starts_at, count=2, planned_by=cast.pim, form_key=uuid4()
        )
        Session.objects.filter(id=talk.id).update(series=series, occurrence=0)
    for talk in add_talks(cast.home, [people] * count, planned_by=cast.pim, first=first):
        Removal.objects.create(session=talk, user=cast.lina)
    etag = fetch.raw(cast.lina)["ETag"]
    for headers in ({}, {"if-none-match": etag}):
        with CaptureQueriesContext(connection) as seen:
            fetch.raw(cast.lina, **headers)
        # The feed with its person, the names of their groups, the talks, and what they were taken out of.
        assert len(seen) == 4


def test_what_comes_by_mail_gives_the_right_entry(cast, plan, fetch, march, mailoutbox):
    """An invitation, an update and a cancellation, as a mail program reads them; and the feed says the same."""

    def mailed() -> list:
        mailoutbox.clear()
        march.shift(timedelta(minutes=6))
        outbox.deliver(now=timezone.now())
        [mail] = [mail for mail in mailoutbox if mail.to == [cast.joost.email]]
        [part] = [part for part in mail.message().walk() if part.get_content_type() == "text/calendar"]
        content = part.get_payload(decode=True)
        assert f"METHOD:{part.get_param('method')}\r\n" in content.decode()
        assert Calendar.from_ical(content).events[0]["ATTENDEE"] == f"mailto:{cast.joost.email}"
        return seen_by_both(content)

    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    Session.objects.filter(id=session.id).update(title='Praten, "écht" praten; 🎈', purpose=LONG)
    assert mailed() == fetch(cast.joost)
    assert fetch(cast.joost)[0].text.startswith(LONG)
    night = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    for sequence, moment in enumerate((span("2027-03-28", "03:30", "04:30")[0], night), 1):
        changes.reschedule(session.id, starts_at=moment, place="De Brug; kamer 2, “hoek”", link="", by=cast.lina)
        [seen] = mailed()
        assert (seen.starts_at, seen.sequence, seen.status, seen.place) == (
            moment,
            sequence,
            "CONFIRMED",
            "De Brug; kamer 2, “hoek”",
        )
        assert [seen] == fetch(cast.joost)
    changes.cancel(session.id, by=cast.lina)
    [seen] = mailed()
    assert (seen.starts_at, seen.sequence, seen.status, seen.uid) == (night, 3, "CANCELLED", f"{session.id}@localhost")
    assert [(one.starts_at, one.sequence, one.status) for one in fetch(cast.joost)] == [(night, 3, "CANCELLED")]
