"""Leaving an organisation: what stops at once, what can be decided in 30 days, and what happens afterwards."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from threading import Thread
from time import sleep
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from lerend.crypto import mark
from lerend.mail import outbox
from lerend.mail.models import Message
from lerend.moments import AMSTERDAM
from organisations.domain.errors import Refused
from organisations.domain.members import end_membership
from organisations.domain.settings import change_organisation
from organisations.models import Departure, Membership, Role, Team, TeamMembership
from sessions_app.domain import changes, company, contributions, departures, telling
from sessions_app.domain.contributions import Words, record_contribution
from sessions_app.models import Audience, Consent, Contribution, Kept, Part, Participant, Session, State
from sessions_app.queries import departures as reads
from sessions_app.tasks import settle_departures

MONTH = timedelta(days=30, minutes=1)


@pytest.fixture
def post(mailoutbox):
    """Deliver what is due in five minutes and give what went out, as (to, subject up to its first comma)."""

    def post(now=None):
        before = len(mailoutbox)
        outbox.deliver(now=now or timezone.now() + telling.WINDOW)
        return sorted((mail.to[0].split("@")[0], mail.subject.split(",")[0]) for mail in mailoutbox[before:])

    return post


@pytest.fixture
def leave(cast):
    """Let somebody leave an organisation by themselves (or by who removes them)."""

    def leave(user, organisation=None, by=None) -> Departure:
        membership = Membership.objects.get(user=user, organisation=organisation or cast.home)
        return end_membership(membership.id, by=by or user)

    return leave


@pytest.fixture
def say():
    def say(session, by, audience=Audience.PRESENT, **more) -> Contribution:
        return record_contribution(session.id, Words(text="Naast mensen staan.", audience=audience, **more), by=by)

    return say


@pytest.fixture
def team_day(cast, plan, held):
    """A talk of six professionals and their leader: large enough to share freely."""
    for name in ("Fatma", "Bram", "Zoë", "Omar"):
        cast.member(name)
    return held(plan(cast.sem, "teamdagdeel", teams=[cast.north]), cast.sem)


@pytest.fixture
def pair(cast, plan, held):
    """A talk of two professionals."""
    return held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina)


def calendar_of(mail) -> Calendar:
    message: EmailMessage = mail.message()
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    return Calendar.from_ical(bytes(part.get_payload(decode=True)))


def names(session) -> list[str]:
    return list(session.participants.order_by("user__name_sorted").values_list("user__name", flat=True))


# --- At once ----------------------------------------------------------------------------------------------------------


def test_access_is_gone_for_a_browser_that_was_open(cast, plan, team_day, pair, say, leave, client_of):
    coming = plan(cast.lina, "collegiaal-interview", [cast.joost])
    theirs = say(team_day, cast.joost, Audience.ORGANISATION)
    mine = say(team_day, cast.lina, Audience.PRIVATE)
    token = changes.answer_token(coming.participants.get(user=cast.lina))
    client = client_of(cast.lina)
    paths = {
        "coming": reverse("session", args=[coming.id]),
        "held": reverse("session", args=[team_day.id]),
        "theirs": reverse("contribution", args=[theirs.id]),
        "team": reverse("team", args=[cast.north.id]),
        "organisation": reverse("organisation", args=[cast.home.id]),
        "token": reverse("answer_by_token", args=[token]),
    }
    assert {name: client.get(path).status_code for name, path in paths.items()} == dict.fromkeys(paths, 200)
    assert cast.home.name in client.get(reverse("today")).content.decode()
    departure = leave(cast.lina, by=cast.noor)
    assert {name: client.get(path).status_code for name, path in paths.items()} == dict.fromkeys(paths, 404)
    today = client.get(reverse("today"))
    assert [row.title for row in today.context["coming"] + today.context["to_record"]] == []
    assert [running.id for running in today.context["departures"]] == [departure.id]
    assert client.get(reverse("contribution", args=[mine.id])).status_code == 200
    assert client.post(reverse("record", args=[team_day.id])).status_code == 404


def test_unanswered_questions_become_no_and_given_answers_stay(cast, plan, held, pair, say, leave):
    asked = say(pair, cast.joost, Audience.ORGANISATION)
    other = say(pair, cast.joost, Audience.ORGANISATION)
    agreed = Consent.objects.get(contribution=other)
    contributions.answer_consent(other.id, True, question=agreed.id, by=cast.lina)
    leave(cast.lina)
    found = dict(Consent.objects.values_list("contribution_id", "agreed"))
    assert found == {asked.id: False, other.id: True}
    assert Consent.objects.get(contribution=asked).answered_at is not None
    asked.refresh_from_db()
    other.refresh_from_db()
    assert (asked.released_at, other.released_at is not None) == (None, True)


def test_questions_of_another_organisation_stay_open(cast, pair, say, leave):
    asked = say(pair, cast.joost, Audience.ORGANISATION)
    Membership.objects.create(user=cast.lina, organisation=cast.elsewhere)
    leave(cast.lina, cast.elsewhere)
    assert Consent.objects.get(contribution=asked).agreed is None


def test_one_on_one_of_another_planner(cast, plan, leave, post, mailoutbox, client_of):
    session = plan(cast.joost, "collegiaal-interview", [cast.lina])
    post()
    mailoutbox.clear()
    leave(cast.lina)
    session.refresh_from_db()
    assert (names(session), session.participant_count, session.planned_by) == (["Joost Kramer"], 1, cast.joost)
    assert post() == [
        ("joost", f"Lina Bakker doet niet meer mee: {session.title}"),
        ("lina", "Je doet niet meer mee: " + session.title),
        ("lina", "Je hoort niet meer bij Wijkteams Voorbeeld"),
    ]
    told = next(mail for mail in mailoutbox if mail.to == ["joost@voorbeeld.test"])
    assert "Kies iemand anders op de pagina van het gesprek, of annuleer het." in told.body
    assert "Wijkteams Voorbeeld" not in told.body
    cancel = next(mail for mail in mailoutbox if mail.subject.startswith("Je doet niet meer mee"))
    calendar = calendar_of(cancel)
    event = calendar.walk("VEVENT")[0]
    assert (calendar["METHOD"], event["UID"], event["SEQUENCE"], event["STATUS"], event["ATTENDEE"]) == (
        "CANCEL",
        f"{session.id}@localhost",
        session.sequence,
        "CANCELLED",
        "mailto:lina@voorbeeld.test",
    )
    page = client_of(cast.joost).get(reverse("session", args=[session.id])).content.decode()
    assert "Er ontbreekt iemand" in page
    assert f'href="{reverse("session_people", args=[session.id])}"' in page


def test_an_invitation_that_did_not_leave_needs_no_cancellation(cast, plan, leave, post):
    session = plan(cast.joost, "collegiaal-interview", [cast.lina])
    leave(cast.lina)
    assert post() == [
        ("joost", f"Lina Bakker doet niet meer mee: {session.title}"),
        ("joost", f"Uitnodiging: {session.title}"),
        ("lina", "Je hoort niet meer bij Wijkteams Voorbeeld"),
    ]
    queued = Message.objects.filter(about=session.id, recipient=cast.lina).values_list("state", flat=True)
    assert set(queued) == {"obsolete"}


def test_cancelling_right_after_still_clears_the_calendar_of_who_left(cast, plan, leave, post):
    session = plan(cast.joost, "collegiaal-interview", [cast.lina])
    post()
    leave(cast.lina)
    changes.cancel(session.id, by=cast.joost)
    assert post() == [
        ("joost", f"Gaat niet door: {session.title}"),
        ("lina", f"Je doet niet meer mee: {session.title}"),
        ("lina", "Je hoort niet meer bij Wijkteams Voorbeeld"),
    ]


def test_moving_afterwards_leaves_who_left_alone(cast, plan, leave, post):
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    post()
    leave(cast.lina)
    post()
    changes.reschedule(
        session.id, starts_at=session.starts_at + timedelta(days=1), place=session.place, link="", by=cast.sem
    )
    assert [to for to, _ in post()] == ["joost", "sem"]


def test_a_team_day_goes_on_and_the_guide_stays(cast, plan, leave, post, client_of):
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    Participant.objects.create(session=session, user=cast.ilse, part=Part.GUIDE)
    post()
    leave(cast.lina)
    session.refresh_from_db()
    assert names(session) == ["Ilse Vos", "Joost Kramer", "Sem de Wit"]
    assert (session.participant_count, session.with_leader, session.small_with_leader) == (3, True, True)
    assert post() == [
        ("lina", "Je doet niet meer mee: " + session.title),
        ("lina", "Je hoort niet meer bij Wijkteams Voorbeeld"),
        ("sem", f"Lina Bakker doet niet meer mee: {session.title}"),
    ]
    assert "Er ontbreekt" not in client_of(cast.sem).get(reverse("session", args=[session.id])).content.decode()


def test_a_planner_gets_one_mail_for_all_talks(cast, plan, leave, post, mailoutbox):
    first = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    second = plan(cast.sem, "gesprek-met-leidinggevende", [cast.lina])
    post()
    mailoutbox.clear()
    leave(cast.lina, by=cast.noor)
    assert ("sem", "Lina Bakker doet niet meer mee: 2 gesprekken") in post()
    (told,) = [mail for mail in mailoutbox if mail.to == ["sem@voorbeeld.test"]]
    assert [
        told.body.count(words) for words in (first.title, second.title, "Kies iemand anders", "kan het doorgaan")
    ] == [
        1,
        1,
        1,
        1,
    ]
    assert Message.objects.get(kind="participant_left").payload is None


def test_the_only_leader_leaves(cast, plan, leave, client_of):
    session = plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem])
    leave(cast.sem)
    session.refresh_from_db()
    assert (session.participant_count, session.with_leader, session.small_with_leader) == (1, False, False)
    page = client_of(cast.lina).get(reverse("session", args=[session.id])).content.decode()
    assert "Er ontbreekt iemand" in page


def test_a_talk_of_three_that_lost_its_bestuurder_lacks_one(cast, plan, leave, post, client_of, mailoutbox):
    other = cast.member("Bob")
    Membership.objects.filter(user=other).update(role=Role.BESTUURDER)
    session = plan(cast.pim, "gesprek-met-bestuurder", [cast.noor, cast.lina, cast.joost], join=False)
    post()
    mailoutbox.clear()
    leave(cast.noor)
    post()
    (told,) = [mail for mail in mailoutbox if mail.to == ["pim@voorbeeld.test"]]
    assert "Bij dit gesprek hoort een leidinggevende of bestuurder." in told.body
    seen = client_of(cast.lina).get(reverse("session", args=[session.id])).content.decode()
    assert "Er ontbreekt iemand" in seen
    assert "Pim Hendriks kan iemand anders kiezen" in seen
    assert "Noor" not in seen
    assert "Annuleer" not in seen


def test_who_planned_hands_over_to_a_leader_then_by_name(cast, plan, leave, post, mailoutbox):
    with_leader = plan(cast.noor, "teamdagdeel", teams=[cast.north], join=False)
    without = plan(cast.noor, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    other = cast.member("Bob")
    Membership.objects.filter(user=other).update(role=Role.BESTUURDER)
    post()
    mailoutbox.clear()
    leave(cast.noor)
    found = {talk.id: talk.planned_by for talk in Session.objects.select_related("planned_by")}
    assert found == {with_leader.id: cast.sem, without.id: cast.joost}
    assert post() == [
        ("joost", f"Jij zorgt nu voor: {without.title}"),
        ("noor", "Je hoort niet meer bij Wijkteams Voorbeeld"),
        ("sem", f"Jij zorgt nu voor: {with_leader.title}"),
    ]
    changes.reschedule(without.id, starts_at=without.starts_at, place="Elders", link="", by=cast.joost)
    assert Session.objects.manageable_by(other).count() == 0


def test_nobody_left_of_the_organisation_cancels(cast, plan, leave, post):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    post()
    leave(cast.joost)
    post()
    leave(cast.lina)
    session.refresh_from_db()
    assert (session.state, session.participants.count()) == (State.CANCELLED, 0)
    assert post() == [
        ("lina", f"Je doet niet meer mee: {session.title}"),
        ("lina", "Je hoort niet meer bij Wijkteams Voorbeeld"),
    ]


def test_an_audit_that_loses_a_side(cast, plan, leave, post, mailoutbox):
    session = plan(cast.aart, "audit", teams=[cast.north, cast.away], join=False)
    post()
    mailoutbox.clear()
    other = cast.member("Bo", cast.away)
    Membership.objects.filter(user=other).update(role=Role.BESTUURDER)
    leave(cast.tess, cast.elsewhere)
    session.refresh_from_db()
    assert (names(session), session.planned_by) == (["Joost Kramer", "Lina Bakker", "Sem de Wit"], cast.aart)
    post()
    (told,) = [mail for mail in mailoutbox if mail.to == ["aart@voorbeeld.test"]]
    assert "In een audit ontmoeten teams elkaar." in told.body


def test_an_audit_is_handed_over_on_the_own_side_or_cancelled(cast, plan, leave, post):
    west = Team.objects.create(organisation=cast.home, name="Team West")
    cast.member("Wes", west)
    session = plan(cast.noor, "audit", teams=[cast.north, west], join=False)
    Participant.objects.create(session=session, user=cast.tess, organisation=cast.elsewhere, team=cast.away, leads=True)
    other = cast.member("Bob")
    Membership.objects.filter(user=other).update(role=Role.BESTUURDER)
    leave(cast.noor)
    session.refresh_from_db()
    assert session.planned_by == cast.sem


def test_drafts_go_and_places_in_drafts_of_others_too(cast, plan, leave, post):
    plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    theirs = plan(cast.joost, "collegiaal-interview", [cast.lina], send=False)
    leave(cast.lina)
    assert list(Session.objects.all()) == [theirs]
    theirs.refresh_from_db()
    assert (names(theirs), theirs.participant_count) == (["Joost Kramer"], 1)
    assert post() == [("lina", "Je hoort niet meer bij Wijkteams Voorbeeld")]


def test_begun_and_held_talks_stay_as_they_were(cast, plan, held, pair, leave):
    begun = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina, close=False)
    before = list(Participant.objects.order_by("id").values())
    leave(cast.lina)
    assert list(Participant.objects.order_by("id").values()) == before
    begun.refresh_from_db()
    assert (begun.state, begun.planned_by) == (State.PLANNED, cast.lina)


def test_places_for_another_organisation_stay(cast, plan, leave, post, client_of):
    Membership.objects.create(user=cast.lina, organisation=cast.elsewhere)
    session = plan(cast.joost, "collegiaal-interview", [cast.lina])
    departure = leave(cast.lina, cast.elsewhere)
    assert names(session) == ["Joost Kramer", "Lina Bakker"]
    running = client_of(cast.lina).get(reverse("today")).context["departures"]
    assert running == [reads.Running(departure.id, "Buurtteams Verderop", departure.until)]
    assert ("lina", f"Uitnodiging: {session.title}") in post()


@pytest.mark.django_db(transaction=True)
def test_leaving_waits_for_a_talk_that_is_being_changed_and_not_the_other_way_round(cast, plan):
    session = plan(cast.joost, "collegiaal-interview", [cast.lina])
    membership = Membership.objects.get(user=cast.lina)
    failures: list[Exception] = []

    def go() -> None:
        try:
            end_membership(membership.id, by=cast.lina)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    leaving = Thread(target=go)
    with transaction.atomic():
        Session.objects.select_for_update().get(id=session.id)
        leaving.start()
        sleep(0.5)
        Participant.objects.create(session=session, user=cast.sem, organisation=cast.home)
    leaving.join()
    session.refresh_from_db()
    assert (failures, names(session), session.participant_count) == ([], ["Joost Kramer", "Sem de Wit"], 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["let in", "handed over"])
def test_nobody_leaves_while_a_talk_is_given_to_them(cast, plan, way):
    """Leaving would not know of it, and a place or a talk would stay behind with somebody who is gone."""
    if way == "let in":
        session, who = plan(cast.noor, "collegiaal-interview", [cast.lina]), cast.joost
    else:
        session, who = plan(cast.noor, "teamdagdeel", teams=[cast.north]), cast.pim
    membership = Membership.objects.get(user=who)

    def go() -> None:
        try:
            end_membership(membership.id, by=who)
        finally:
            connection.close()

    before, leaving = names(session), Thread(target=go)
    with transaction.atomic():
        if way == "let in":
            company.change_people(session.id, people=[membership.id], by=cast.noor)
        else:
            changes.hand_over(session.id, to=who.id, by=cast.noor)
        leaving.start()
        leaving.join(timeout=0.5)
    leaving.join()
    session.refresh_from_db()
    assert Membership.objects.filter(user=who).count() == 0
    assert (names(session), session.participant_count) == (before, len(before))
    assert Session.objects.manageable_by(session.planned_by).filter(id=session.id).count() == 1


# --- Deciding ---------------------------------------------------------------------------------------------------------


def test_the_page_is_ones_own_alone(cast, team_day, say, leave, client_of):
    say(team_day, cast.lina)
    departure = leave(cast.lina)
    yes = uuid4()
    paths = [
        reverse("departure", args=[departure.id]),
        reverse("departure_download", args=[departure.id]),
        reverse("departure_withdraw_yes", args=[departure.id, yes]),
    ]
    for other in (cast.noor, cast.sem, cast.joost, cast.tess, cast.beheer):
        assert [client_of(other).get(path).status_code for path in paths] == [404, 404, 405]
        assert [client_of(other).post(path).status_code for path in paths] == [404, 405, 404]
    assert [client_of(cast.lina).get(path).status_code for path in paths] == [200, 200, 405]


def test_each_item_says_what_becomes_of_it(cast, team_day, pair, say, leave):
    made = {
        "private": say(team_day, cast.lina, Audience.PRIVATE),
        "named": say(team_day, cast.lina),
        "unnamed": say(team_day, cast.lina, named=False),
        "named in two": say(pair, cast.lina),
        "unnamed in two": say(pair, cast.lina, named=False),
        "team": say(team_day, cast.lina, Audience.TEAM, team=cast.north),
    }
    departure = leave(cast.lina)
    items = {item.id: item for item in reads.items(list(reads.with_talks(reads.own_texts(departure))), departure)}
    found = {name: (items[one.id].vanishes, items[one.id].choices) for name, one in made.items()}
    all_three, two = ["named", "unnamed", "erase"], ["unnamed", "erase"]
    assert found == {
        "private": (True, ["erase"]),
        "named": (False, all_three),
        "unnamed": (False, two),
        "named in two": (False, all_three),
        "unnamed in two": (True, ["erase"]),
        "team": (False, all_three),
    }
    assert items[made["team"].id].readers == "Ons team (Team Noord)"


def test_choices_are_carried_out_when_made(cast, team_day, say, leave, client_of):
    erased, unnamed, named = (say(team_day, cast.lina) for _ in range(3))
    departure = leave(cast.lina)
    address = reverse("departure", args=[departure.id])
    client = client_of(cast.lina)
    data = {str(erased.id): "erase", str(unnamed.id): "unnamed", str(named.id): "named"}
    assert client.post(address, data).status_code == 302
    rows = {c.id: c for c in Contribution.objects.all()}
    assert set(rows) == {unnamed.id, named.id}
    assert (rows[named.id].author, rows[named.id].kept, rows[named.id].mark) == (cast.lina, Kept.NAMED, "")
    off = rows[unnamed.id]
    assert (off.author, off.mark, off.kept) == (None, mark(cast.lina.id, cast.home.id), Kept.UNNAMED)
    assert off.created_at.astimezone(AMSTERDAM).time().isoformat() == "00:00:00"
    assert off.written_at == Session.objects.get(id=team_day.id).closed_at
    assert off.text == "Naast mensen staan."
    seen = client_of(cast.joost).get(reverse("contribution", args=[unnamed.id])).content.decode()
    assert "Zonder naam" in seen
    assert "Lina" not in seen
    # Once more, from another tab: the name does not come back, the rest is done already.
    with pytest.raises(Refused):
        departures.decide(departure.id, {unnamed.id: "named"}, by=cast.lina)
    assert departures.decide(departure.id, {erased.id: "erase", unnamed.id: "unnamed"}, by=cast.lina) == 1
    assert client.post(address, data).status_code == 302
    assert client.post(address, {str(unnamed.id): "named"}).context["form"].errors != {}
    # Who kept their name may still think otherwise.
    assert departures.decide(departure.id, {named.id: "erase"}, by=cast.lina) == 1


def test_deciding_is_for_oneself_and_about_ones_own(cast, team_day, say, leave):
    theirs = say(team_day, cast.joost)
    departure = leave(cast.lina)
    with pytest.raises(Departure.DoesNotExist):
        departures.decide(departure.id, {theirs.id: "erase"}, by=cast.joost)
    assert departures.decide(departure.id, {theirs.id: "erase"}, by=cast.lina) == 0
    assert Contribution.objects.filter(id=theirs.id).exists()


def test_afterwards_and_for_who_came_back_deciding_is_refused(cast, team_day, say, leave, client_of):
    mine = say(team_day, cast.lina)
    departure = leave(cast.lina)
    address = reverse("departure", args=[departure.id])
    Membership.objects.create(user=cast.lina, organisation=cast.home)
    page = client_of(cast.lina).get(address).content.decode()
    assert "Je hoort weer bij Wijkteams Voorbeeld. Kiezen hoeft niet meer." in page
    assert client_of(cast.lina).get(reverse("today")).context["departures"] == []
    with pytest.raises(Refused, match="Je hoort weer bij"):
        departures.decide(departure.id, {mine.id: "erase"}, by=cast.lina)
    Membership.objects.filter(user=cast.lina).delete()
    with time_machine.travel(timezone.now() + MONTH, tick=False):
        with pytest.raises(Refused, match="De tijd om te kiezen is voorbij"):
            departures.decide(departure.id, {mine.id: "erase"}, by=cast.lina)
        client = client_of(cast.lina)
        answer = client.post(address, {str(mine.id): "erase"}, follow=True).content.decode()
        assert "De tijd om te kiezen is voorbij" in answer
        assert client.get(reverse("today")).context["departures"] == []
    assert Contribution.objects.filter(id=mine.id, author=cast.lina).exists()


class Balance(HTMLParser):
    """Whether every element that opens is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_file_holds_all_that_one_wrote_there_and_nothing_else(cast, team_day, pair, leave, client_of):
    def write(by, text, audience, **more):
        return record_contribution(team_day.id, Words(text=text, audience=audience, **more), by=by)

    write(cast.lina, "alleen <b>ik</b> & jij", Audience.PRIVATE)
    write(cast.lina, "zonder naam ë", Audience.PRESENT, named=False)
    write(cast.joost, "van Joost", Audience.PRESENT)
    departure = leave(cast.lina)
    response = client_of(cast.lina).get(reverse("departure_download", args=[departure.id]))
    assert (response["Cache-Control"], response["Content-Type"], response["Content-Disposition"]) == (
        "private, no-store",
        "text/html; charset=utf-8",
        'attachment; filename="wat-ik-schreef.html"',
    )
    body = response.content.decode("utf-8")
    parser = Balance()
    parser.feed(body)
    assert parser.open == []
    found = [text in body for text in ("alleen &lt;b&gt;ik&lt;/b&gt; &amp; jij", "zonder naam ë", "van Joost")]
    assert found == [True, True, False]


def test_a_yes_can_be_taken_back_without_being_a_member(cast, pair, say, leave, client_of):
    text = say(pair, cast.joost, Audience.ORGANISATION)
    consent = Consent.objects.get(contribution=text)
    contributions.answer_consent(text.id, True, question=consent.id, by=cast.lina)
    text.refresh_from_db()
    assert text.released_at
    departure = leave(cast.lina)
    client = client_of(cast.lina)
    page = client.get(reverse("departure", args=[departure.id])).content.decode()
    assert f"Een tekst uit “{pair.title}”" in page
    assert text.text not in page
    with pytest.raises(Consent.DoesNotExist):
        contributions.withdraw_yes(consent.id, by=cast.joost)
    address = reverse("departure_withdraw_yes", args=[departure.id, consent.id])
    assert client.post(address).status_code == 302
    text.refresh_from_db()
    consent.refresh_from_db()
    assert (text.released_at, consent.agreed) == (None, False)
    assert client.post(address).status_code == 404
    with pytest.raises(Contribution.DoesNotExist):
        contributions.answer_consent(text.id, True, question=consent.id, by=cast.lina)


def test_an_own_text_without_a_name_is_not_among_the_texts_of_others(cast, pair, say, leave):
    text = say(pair, cast.lina, Audience.ORGANISATION, named=False)
    own = Consent.objects.get(contribution=text, participant__user=cast.lina)
    contributions.answer_consent(text.id, True, question=own.id, by=cast.lina)
    assert reads.yeses(leave(cast.lina)) == []


# --- Mail to who left -------------------------------------------------------------------------------------------------


def to_lina(post, now) -> list[tuple[str, str]]:
    """Return what lina gets until ``now``; the others are asked to record."""
    return [(to, subject) for to, subject in post(now=now) if to == "lina"]


def test_one_mail_now_and_one_a_week_before_the_end(cast, team_day, say, leave, post, mailoutbox):
    say(team_day, cast.lina)
    post()
    departure = leave(cast.lina)
    assert post() == [("lina", "Je hoort niet meer bij Wijkteams Voorbeeld")]
    assert f"/vertrek/{departure.id}/" in mailoutbox[-1].body
    reminder = Message.objects.get(kind="departure_reminder")
    at = reminder.send_after.astimezone(AMSTERDAM)
    assert (departure.until.astimezone(AMSTERDAM).date() - at.date(), at.hour) == (timedelta(days=7), 9)
    assert to_lina(post, reminder.send_after) == [
        ("lina", "Nog een week om te kiezen: wat je schreef bij Wijkteams Voorbeeld")
    ]
    assert to_lina(post, departure.until) == []


@pytest.mark.parametrize("choice", ["named", "unnamed", "erase"])
def test_no_reminder_when_all_was_decided(cast, team_day, say, leave, post, choice):
    mine = say(team_day, cast.lina)
    departure = leave(cast.lina)
    departures.decide(departure.id, {mine.id: choice}, by=cast.lina)
    post()
    assert to_lina(post, Message.objects.get(kind="departure_reminder").send_after) == []


def test_an_undecided_text_without_a_name_reminds(cast, team_day, say, leave, post):
    say(team_day, cast.lina, named=False)
    leave(cast.lina)
    post()
    assert [to for to, _ in to_lina(post, Message.objects.get(kind="departure_reminder").send_after)] == ["lina"]


def test_who_came_back_gets_no_mail_about_leaving(cast, team_day, say, leave, post):
    say(team_day, cast.lina)
    leave(cast.lina)
    Membership.objects.create(user=cast.lina, organisation=cast.home)
    assert post() == []
    assert to_lina(post, Message.objects.get(kind="departure_reminder").send_after) == [
        ("lina", "Wat wil jij bewaren van: Teamdagdeel?")
    ]
    assert set(Message.objects.filter(kind__startswith="depart").values_list("state", flat=True)) == {"obsolete"}


# --- After 30 days ----------------------------------------------------------------------------------------------------


@pytest.fixture
def written(cast, team_day, pair, say):
    """One text of lina of each sort."""
    return {
        "private": say(team_day, cast.lina, Audience.PRIVATE),
        "private unnamed": say(team_day, cast.lina, Audience.PRIVATE, named=False),
        "named": say(team_day, cast.lina),
        "named kept": say(team_day, cast.lina),
        "unnamed": say(team_day, cast.lina, named=False),
        "named in two": say(pair, cast.lina),
        "named in two, name off": say(pair, cast.lina),
        "unnamed in two": say(pair, cast.lina, named=False),
        "of joost": say(team_day, cast.joost, Audience.PRIVATE),
    }


def standing(written) -> dict[str, str]:
    """Which of the texts are left, and under whose name."""
    rows = {c.id: c for c in Contribution.objects.select_related("author")}
    assert {c.kept for c in rows.values()} == {""}
    return {name: rows[c.id].author.name if rows[c.id].author else "-" for name, c in written.items() if c.id in rows}


def test_the_rest_is_done_after_thirty_days_once(cast, written, leave):
    departure = leave(cast.lina)
    departures.decide(
        departure.id,
        {written["named kept"].id: "named", written["named in two, name off"].id: "unnamed"},
        by=cast.lina,
    )
    settle_departures()
    assert Contribution.objects.count() == len(written)
    with time_machine.travel(departure.until + timedelta(seconds=1), tick=False):
        settle_departures()
        after = standing(written)
        assert after == {
            "named": "-",
            "named kept": "Lina Bakker",
            "unnamed": "-",
            "named in two": "-",
            "named in two, name off": "-",
            "of joost": "Joost Kramer",
        }
        rows = list(Contribution.objects.order_by("id").values("id", "author", "mark", "created_at", "written_at"))
        assert departures.settle_due() == 0
        assert departures.settle(departure.id) is False
    assert rows == list(Contribution.objects.order_by("id").values("id", "author", "mark", "created_at", "written_at"))
    departure.refresh_from_db()
    assert departure.settled_at
    named = Contribution.objects.get(id=written["named"].id)
    assert (named.mark, named.created_at.astimezone(AMSTERDAM).time().isoformat()) == (
        mark(cast.lina.id, cast.home.id),
        "00:00:00",
    )
    # Its writer still finds and erases it.
    contributions.withdraw_contribution(named.id, by=cast.lina)


def test_nothing_happens_to_who_came_back(cast, written, leave):
    departure = leave(cast.lina)
    Membership.objects.create(user=cast.lina, organisation=cast.home)
    before = standing(written)
    with time_machine.travel(departure.until + timedelta(seconds=1), tick=False):
        assert departures.settle_due() == 1
        assert departures.settle_due() == 0
    assert standing(written) == before
    assert len(before) == len(written)


def test_one_departure_that_fails_does_not_keep_the_others(cast, written, leave, monkeypatch, caplog):
    first = leave(cast.lina)
    second = leave(cast.joost)
    done = departures._do_the_rest

    def failing(departure):
        done(departure)
        if departure.user_id == cast.lina.id:
            raise RuntimeError("Naast mensen staan.")

    with time_machine.travel(second.until + timedelta(seconds=1), tick=False):
        monkeypatch.setattr(departures, "_do_the_rest", failing)
        assert departures.settle_due() == 1
        assert set(standing(written)) == set(written) - {"of joost"}
        assert "Naast mensen" not in caplog.text
        monkeypatch.setattr(departures, "_do_the_rest", done)
        assert departures.settle_due() == 1
    first.refresh_from_db()
    assert first.settled_at


def test_a_bestuurder_learns_no_writer_by_raising_the_smallest_group_first(cast, team_day, say, leave):
    text = say(team_day, cast.lina, Audience.ORGANISATION, named=False)
    change_organisation(cast.home.id, municipality="", smallest_group=100, contact=None, by=cast.noor)
    departure = leave(cast.lina, by=cast.noor)
    Departure.objects.filter(id=departure.id).update(left_at=timezone.now() - MONTH, until=timezone.now())
    settle_departures()
    assert list(Contribution.objects.visible_to(cast.noor)) == [text]


def test_in_an_audit_ones_own_side_decides_what_is_small(cast, plan, held, say, leave):
    for number in range(4):
        cast.member(f"Ver {number}", cast.away)
    for name in ("Fatma", "Bram", "Zoë"):
        cast.member(name)
    session = held(plan(cast.aart, "audit", teams=[cast.north, cast.away], join=False), cast.lina)
    assert session.present_count >= 9
    # Five professionals of Team Noord count, four of Team Verderop.
    ours = say(session, cast.lina, named=False)
    other = Participant.objects.filter(session=session, team=cast.away, leads=False).first().user
    theirs = say(session, other, named=False)
    first, second = leave(cast.lina), leave(other, cast.elsewhere)
    with time_machine.travel(second.until + timedelta(seconds=1), tick=False):
        assert departures.settle_due() == 2
    assert first.until <= second.until
    assert list(Contribution.objects.values_list("id", flat=True)) == [ours.id]
    assert theirs.id != ours.id


def test_leaving_again_is_a_new_departure(cast, written, leave):
    first = leave(cast.lina)
    with time_machine.travel(first.until + timedelta(seconds=1), tick=False):
        departures.settle_due()
        membership = Membership.objects.create(user=cast.lina, organisation=cast.home)
        TeamMembership.objects.create(membership=membership, team=cast.north, role=Role.PROFESSIONAL)
        second = leave(cast.lina)
        assert [running.id for running in reads.running(cast.lina, [])] == [second.id]
    assert datetime.now(UTC) < second.until
