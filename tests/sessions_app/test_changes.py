"""Moving, cancelling, answering, and the reminders that follow."""

from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from lerend.mail import outbox
from lerend.mail.models import Message
from lerend.moments import AMSTERDAM
from organisations.domain.errors import Refused
from organisations.models import User
from sessions_app.domain import changes, holding, reminders, telling
from sessions_app.models import Answer, Participant, Session, SessionReminder, State
from tests.conftest import PLAN_AT


@pytest.fixture
def post(mailoutbox):
    """Deliver what is due at a moment (in five minutes, unless given) and give what went out, as (to, subject)."""

    def post(now=None):
        before = len(mailoutbox)
        outbox.deliver(now=now or timezone.now() + telling.WINDOW)
        return sorted((mail.to[0], mail.subject) for mail in mailoutbox[before:])

    return post


def calendar_of(mail) -> Calendar:
    message: EmailMessage = mail.message()
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    return Calendar.from_ical(bytes(part.get_payload(decode=True)))


def test_each_gets_one_invitation_with_only_their_own_address(cast, plan, post, mailoutbox):
    session = plan(cast.noor, "gesprek-met-bestuurder", [cast.sem])
    title = "Uitnodiging: Gesprek met je bestuurder, dinsdag 9 maart 2027"
    assert [(to, subject.rsplit(",", 1)[0]) for to, subject in post()] == [
        ("noor@voorbeeld.test", title.replace("Gesprek met je bestuurder", session.title)),
        ("sem@voorbeeld.test", title.replace("Gesprek met je bestuurder", session.title)),
    ]
    assert post() == []
    for mail, own, other in zip(
        sorted(mailoutbox, key=lambda mail: mail.to), ("noor", "sem"), ("sem@", "noor@"), strict=True
    ):
        assert other not in str(mail.message())
        event = calendar_of(mail).walk("VEVENT")[0]
        assert event["UID"] == f"{session.id}@localhost"
        assert event["SEQUENCE"] == 0
        assert event["ATTENDEE"] == f"mailto:{own}@voorbeeld.test"
        assert event["DTSTART"].params["TZID"] == "Europe/Amsterdam"
        assert event["DTSTART"].dt == PLAN_AT
        assert calendar_of(mail)["METHOD"] == "REQUEST"


def test_moving_tells_everyone_once_and_asks_anew(cast, plan, post, mailoutbox):
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    changes.answer(session.participants.get(user=cast.lina).id, Answer.YES)
    changes.answer(session.participants.get(user=cast.joost).id, Answer.NO)
    post()
    mailoutbox.clear()
    later = PLAN_AT + timedelta(days=1)
    changes.reschedule(session.id, starts_at=later, place="Elders", link="", by=cast.sem)
    changes.reschedule(session.id, starts_at=later, place="Elders", link="", by=cast.sem)
    assert [(to, subject.split(":")[0]) for to, subject in post()] == [
        ("joost@voorbeeld.test", "Gewijzigd"),
        ("lina@voorbeeld.test", "Gewijzigd"),
        ("sem@voorbeeld.test", "Gewijzigd"),
    ]
    event = calendar_of(mailoutbox[0]).walk("VEVENT")[0]
    assert (event["SEQUENCE"], event["UID"], event["DTSTART"].dt) == (1, f"{session.id}@localhost", later)
    # Whose yes stands is not asked for it again, in the text or by the calendar.
    asked = {
        mail.to[0]: ("Ja, ik kom:" in mail.body, calendar_of(mail).walk("VEVENT")[0]["ATTENDEE"].params["PARTSTAT"])
        for mail in mailoutbox
    }
    assert asked == {
        "joost@voorbeeld.test": (True, "NEEDS-ACTION"),
        "lina@voorbeeld.test": (True, "NEEDS-ACTION"),
        "sem@voorbeeld.test": (False, "ACCEPTED"),
    }
    assert dict(session.participants.values_list("user__name", "answer")) == {
        "Sem de Wit": "yes", "Lina Bakker": "", "Joost Kramer": "",
    }  # fmt: skip


def test_another_place_leaves_answers_alone(cast, plan, post):
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    changes.answer(session.participants.get(user=cast.joost).id, Answer.NO)
    post()
    changes.reschedule(session.id, starts_at=PLAN_AT, place="Elders", link="", by=cast.sem)
    assert [to for to, _ in post()] == ["lina@voorbeeld.test", "sem@voorbeeld.test"]
    assert session.participants.get(user=cast.joost).answer == Answer.NO


def test_moved_before_the_invitation_left_sends_only_an_invitation(cast, plan, post):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    changes.reschedule(session.id, starts_at=PLAN_AT + timedelta(days=1), place="Hier", link="", by=cast.lina)
    assert [subject.split(":")[0] for _, subject in post()] == ["Uitnodiging", "Uitnodiging"]


def test_cancelling_reaches_who_was_invited(cast, plan, post, mailoutbox):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    post()
    mailoutbox.clear()
    changes.cancel(session.id, by=cast.lina)
    changes.cancel(session.id, by=cast.lina)
    assert [(to, subject.split(":")[0]) for to, subject in post()] == [
        ("joost@voorbeeld.test", "Gaat niet door"),
        ("lina@voorbeeld.test", "Gaat niet door"),
    ]
    event = calendar_of(mailoutbox[0]).walk("VEVENT")[0]
    assert (event["STATUS"], event["SEQUENCE"], calendar_of(mailoutbox[0])["METHOD"]) == ("CANCELLED", 1, "CANCEL")
    assert post(PLAN_AT + timedelta(days=30)) == []


def test_cancelled_before_anything_left_sends_nothing(cast, plan, post):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    changes.cancel(session.id, by=cast.lina)
    assert post(PLAN_AT) == []


def test_only_the_planner_moves_and_cancels(cast, plan):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    for other in (cast.joost, cast.noor, cast.tess, cast.beheer):
        with pytest.raises(Session.DoesNotExist):
            changes.cancel(session.id, by=other)
        with pytest.raises(Session.DoesNotExist):
            changes.reschedule(session.id, starts_at=PLAN_AT, place="x", link="", by=other)


def test_a_started_talk_is_not_moved(cast, plan, held):
    session = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina, close=False)
    with pytest.raises(Refused, match="begonnen"):
        changes.reschedule(session.id, starts_at=PLAN_AT, place="x", link="", by=cast.lina)
    held(session, cast.lina)
    with pytest.raises(Refused):
        changes.cancel(session.id, by=cast.lina)


def test_what_cannot_be_moved_stays_as_it_is(cast, plan):
    session, now = plan(cast.lina, "collegiaal-interview", [cast.joost]), timezone.now()
    for starts_at, why in ((now - timedelta(hours=1), "al voorbij"), (now + timedelta(days=731), "twee jaar")):
        with pytest.raises(Refused, match=why):
            changes.reschedule(session.id, starts_at=starts_at, place="x", link="", by=cast.lina)
    changes.cancel(session.id, by=cast.lina)
    with pytest.raises(Refused, match="Alleen een gepland gesprek"):
        changes.reschedule(session.id, starts_at=PLAN_AT, place="x", link="", by=cast.lina)
    with pytest.raises(Refused, match="gaat niet door"):
        changes.answer(session.participants.get(user=cast.joost).id, Answer.YES)
    session.refresh_from_db()
    assert (session.starts_at, session.place, session.state) == (PLAN_AT, "Wijkcentrum De Brug", State.CANCELLED)


def test_reminders_once_a_week_and_a_day_before_at_nine(cast, plan, post):
    plan(cast.lina, "collegiaal-interview", [cast.joost])
    post()
    a_week, a_day = datetime(2027, 3, 2, 8, tzinfo=UTC), datetime(2027, 3, 8, 8, tzinfo=UTC)
    just_before = timedelta(seconds=1)
    both = ["joost@voorbeeld.test", "lina@voorbeeld.test"]
    assert post(a_week - just_before) == []
    assert [to for to, _ in post(a_week)] == both
    assert post(a_week) == []
    assert post(a_day - just_before) == []
    assert [to for to, _ in post(a_day)] == both
    assert post(PLAN_AT + timedelta(days=60)) == []


def test_no_reminder_to_who_declined_unless_they_change_their_mind(cast, plan, post):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    post()
    place = session.participants.get(user=cast.joost)
    changes.answer(place.id, Answer.NO)
    assert [to for to, _ in post(datetime(2027, 3, 2, 8, tzinfo=UTC))] == ["lina@voorbeeld.test"]
    changes.answer(place.id, Answer.YES)
    assert [to for to, _ in post(datetime(2027, 3, 8, 8, tzinfo=UTC))] == [
        "joost@voorbeeld.test",
        "lina@voorbeeld.test",
    ]


def test_a_reminder_that_is_late_is_never_about_a_moment_that_has_passed(cast, plan, post):
    plan(cast.lina, "collegiaal-interview", [cast.joost])
    post()
    assert post(PLAN_AT) == []
    assert set(Message.objects.filter(kind="reminder").values_list("state", flat=True)) == {"missed"}


def test_moved_to_tomorrow_reminds_once_on_the_day_itself(cast, plan, post, time_machine):
    time_machine.move_to(datetime(2027, 3, 1, 14, tzinfo=UTC), tick=False)
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    post()
    tomorrow = datetime(2027, 3, 2, 13, tzinfo=UTC)
    changes.reschedule(session.id, starts_at=tomorrow, place="Hier", link="", by=cast.lina)
    post()
    assert len(post(tomorrow - timedelta(hours=1))) == 2
    assert post(tomorrow - timedelta(minutes=1)) == []


@pytest.mark.parametrize(
    ("starts_at", "days", "at", "moment"),
    [
        # Summer time begins on 28 March 2027 at 02:00, and ends on 31 October 2027 at 03:00.
        (datetime(2027, 3, 28, 12, tzinfo=UTC), -1, time(9), datetime(2027, 3, 27, 8, tzinfo=UTC)),
        (datetime(2027, 3, 27, 12, tzinfo=UTC), 1, time(9), datetime(2027, 3, 28, 7, tzinfo=UTC)),
        (datetime(2027, 11, 1, 9, tzinfo=UTC), -1, time(9), datetime(2027, 10, 31, 8, tzinfo=UTC)),
        (datetime(2027, 11, 1, 9, tzinfo=UTC), -2, time(9), datetime(2027, 10, 30, 7, tzinfo=UTC)),
        (datetime(2027, 3, 27, 23, 30, tzinfo=UTC), -7, time(9), datetime(2027, 3, 21, 8, tzinfo=UTC)),
    ],
)
def test_days_are_wall_clock_days(starts_at, days, at, moment):
    assert reminders.wall_clock(starts_at, days, at) == moment


def test_the_day_after_only_who_was_present_is_asked_to_record(cast, plan, post, time_machine):
    time_machine.move_to(datetime(2027, 3, 1, 9, tzinfo=UTC), tick=False)
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north], starts_at=datetime(2027, 3, 2, 12, tzinfo=UTC))
    post()
    time_machine.move_to(datetime(2027, 3, 2, 16, tzinfo=UTC), tick=False)
    there = session.participants.exclude(user=cast.joost).values_list("id", flat=True)
    holding.close_session(session.id, present=list(there), by=cast.lina)
    morning = datetime(2027, 3, 3, 8, tzinfo=UTC)
    assert post(morning - timedelta(seconds=1)) == []
    assert [to for to, _ in post(morning)] == ["lina@voorbeeld.test", "sem@voorbeeld.test"]
    assert post(morning + timedelta(days=9)) == []


def test_closed_late_asks_at_the_next_such_hour(cast, plan, held, post):
    session = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina, close=False)
    Session.objects.filter(id=session.id).update(
        starts_at=session.starts_at - timedelta(days=5), ends_at=session.ends_at - timedelta(days=5)
    )
    holding.close_session(session.id, present=session.participants.values_list("id", flat=True), by=cast.lina)
    moments = set(Message.objects.filter(kind="record_reminder").values_list("send_after", flat=True))
    (moment,) = moments
    assert moment.astimezone(AMSTERDAM).time() == time(9)
    assert timedelta(0) < moment - datetime.now(UTC) <= timedelta(days=1)


def test_without_reminder_moments_nothing_is_queued(cast, plan):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    SessionReminder.objects.filter(session=session).delete()
    assert (
        reminders.moments_before(session, datetime.now(UTC)),
        reminders.moment_after(session, datetime.now(UTC)),
    ) == ([], None)


def test_the_link_in_the_mail_answers_without_signing_in(cast, plan, client, time_machine):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    place = session.participants.get(user=cast.joost)
    url = f"/antwoord/{changes.answer_token(place)}/"
    page = client.get(url + "?antwoord=ja")
    assert (page.status_code, Participant.objects.get(id=place.id).answer) == (200, "")
    assert "no-store" in page.headers["Cache-Control"]
    for said, status, kept in (("ja", 302, "yes"), ("nee", 302, "no"), ("misschien", 200, "no"), ("ja", 302, "yes")):
        assert client.post(url, {"antwoord": said}).status_code == status
        assert Participant.objects.get(id=place.id).answer == kept
    assert client.get("/antwoord/" + changes.answer_token(place)[:-2] + "xx/").status_code == 404
    assert client.get("/antwoord/onzin/").status_code == 404
    time_machine.move_to(PLAN_AT + timedelta(hours=9))
    assert client.get(url).status_code == 404
    assert client.post(url, {"antwoord": "nee"}).status_code == 404
    assert Participant.objects.get(id=place.id).answer == "yes"


def test_an_answer_is_to_the_moment_that_was_on_screen(cast, plan):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    place = session.participants.get(user=cast.joost)
    changes.reschedule(session.id, starts_at=PLAN_AT + timedelta(days=1), place="Hier", link="", by=cast.lina)
    with pytest.raises(Refused, match="intussen gewijzigd"):
        changes.answer(place.id, Answer.YES, sequence=0)
    assert changes.answer(place.id, Answer.YES, sequence=1).answer == Answer.YES


def test_who_declined_closes_nothing_until_they_say_they_were_there(cast, plan, held):
    session = held(plan(cast.sem, "teamdagdeel", teams=[cast.north]), cast.lina, close=False)
    place = session.participants.get(user=cast.sem)
    Participant.objects.filter(id=place.id).update(answer=Answer.NO)
    everyone = list(session.participants.values_list("id", flat=True))
    with pytest.raises(Refused, match="Je zei dat je niet kwam"):
        holding.close_session(session.id, present=everyone, by=cast.sem)
    with pytest.raises(Refused, match="Sem de Wit zei niet te komen"):
        holding.close_session(session.id, present=everyone, by=cast.lina)
    changes.answer(place.id, Answer.YES)
    assert holding.close_session(session.id, present=everyone, by=cast.lina).state == State.HELD


def test_the_link_stops_for_who_left(cast, plan, client):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    url = f"/antwoord/{changes.answer_token(session.participants.get(user=cast.joost))}/"
    User.objects.filter(id=cast.joost.id).update(is_active=False)
    assert client.get(url).status_code == 404
    User.objects.filter(id=cast.joost.id).update(is_active=True)
    assert client.get(url).status_code == 200
    cast.joost.memberships.all().delete()
    assert client.get(url).status_code == 404


def test_purpose_first_where_a_leader_takes_part(cast, plan):
    session = plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem])

    def waiting(user):
        people = list(session.participants.select_related("user").order_by("user__name_sorted"))
        return [person.user.name for person in holding.awaiting_purpose(session, user, people)]

    assert waiting(cast.lina) == ["Lina Bakker", "Sem de Wit"]
    holding.confirm_purpose(session.id, by=cast.lina)
    assert waiting(cast.lina) == ["Sem de Wit"]
    holding.confirm_purpose(session.id, by=cast.sem)
    assert waiting(cast.lina) == waiting(cast.sem) == []
    among_colleagues = plan(cast.lina, "collegiaal-interview", [cast.joost])
    assert holding.awaiting_purpose(among_colleagues, cast.lina, list(among_colleagues.participants.all())) == []


def test_in_a_larger_talk_each_confirms_for_themselves(cast, plan):
    cast.member("Fatma")
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    people = list(session.participants.select_related("user"))
    assert [person.user for person in holding.awaiting_purpose(session, cast.lina, people)] == [cast.lina]


def test_closing(cast, plan, held):
    session = plan(cast.pim, "gesprek-met-leidinggevende", [cast.lina, cast.sem], join=False)
    everyone = list(session.participants.values_list("id", flat=True))
    with pytest.raises(Refused, match="nog niet begonnen"):
        holding.close_session(session.id, present=everyone, by=cast.lina)
    session = held(session, cast.lina, close=False)
    with pytest.raises(Session.DoesNotExist):
        holding.close_session(session.id, present=everyone, by=cast.pim)
    lina = session.participants.get(user=cast.lina)
    with pytest.raises(Refused, match="ten minste twee"):
        holding.close_session(session.id, present=[lina.id], by=cast.lina)
    with pytest.raises(Refused, match="zelf niet bij"):
        holding.close_session(session.id, present=[i for i in everyone if i != lina.id], by=cast.lina)
    closed = holding.close_session(session.id, present=everyone, by=cast.lina)
    again = holding.close_session(session.id, present=everyone, by=cast.sem)
    assert (closed.state, again.present_count, closed.present_count) == (State.HELD, 1, 1)


def test_of_two_who_close_the_second_is_told_that_their_list_is_not_used(cast, plan, held, client_of):
    session = held(plan(cast.sem, "teamdagdeel", teams=[cast.north]), cast.lina, absent=[cast.joost])
    there, everyone = (
        list(rows.values_list("id", flat=True))
        for rows in (session.participants.filter(present=True), session.participants.all())
    )
    address = reverse("session_close", args=[session.id])
    said = {}
    for name, present in {"same": there, "other": everyone}.items():
        page = client_of(cast.sem).post(address, {"present": present}, follow=True)
        said[name] = [str(message) for message in page.context["messages"]]
    assert said == {
        "same": ["Het gesprek is afgesloten. Leg vast wat jij wilt bewaren."],
        "other": ["Iemand sloot dit gesprek net af, met een andere lijst van wie erbij waren. Klopt die?"],
    }
    assert set(session.participants.filter(present=True).values_list("id", flat=True)) == set(there)


def test_who_was_there_can_be_mended_until_something_is_recorded(cast, plan, held):
    from sessions_app.domain.contributions import Words, record_contribution

    session = held(plan(cast.sem, "teamdagdeel", teams=[cast.north]), cast.lina, absent=[cast.joost])
    record_contribution(session.id, Words(text="Voor mij.", audience="private"), by=cast.lina)
    Participant.objects.filter(session=session, user=cast.sem).update(answer=Answer.NO)
    with pytest.raises(Refused):
        holding.reopen_session(session.id, by=cast.sem)
    Participant.objects.filter(session=session, user=cast.sem).update(answer=Answer.YES)
    assert holding.reopen_session(session.id, by=cast.joost).state == State.PLANNED
    session = holding.close_session(session.id, present=session.participants.values_list("id", flat=True), by=cast.lina)
    record_contribution(session.id, Words(text="Iets.", audience="present"), by=cast.joost)
    with pytest.raises(Refused, match="vastgelegd"):
        holding.reopen_session(session.id, by=cast.lina)


def test_talks_are_settled_two_months_after_closing(cast, plan, held):
    session = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina)
    assert holding.settle_due() == 0
    assert holding.settle_due(datetime.now(UTC) + timedelta(days=60, minutes=1)) == 1
    session.refresh_from_db()
    assert session.state == State.SETTLED
