"""When reminders go: by the clock and by elapsed time, around quiet hours, on three levels, and late."""

import html
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from content.models import ConversationTemplate, Moment, TemplateReminder
from content.models.reminders import values_of
from lerend.mail import outbox
from lerend.mail.choice import MailChoice
from lerend.mail.kinds import registry
from lerend.mail.models import Message
from lerend.moments import AMSTERDAM
from organisations.domain import quiet
from organisations.domain.errors import Refused
from organisations.models import Organisation, User
from sessions_app.domain import changes, reminder_moments, reminders
from sessions_app.models import OrganisationReminder, Session, SessionReminder
from tests.conftest import PLAN_AT
from tests.sessions_app.own_templates import own_version

DAY_BEFORE, HOUR_BEFORE = Moment(-1, time(9)), Moment(minutes_before=60)
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    """Return an Amsterdam moment, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def in_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "starts_at", "goes"),
    [
        # The clock goes forward on 28 March 2027 from 02:00 to 03:00: an hour before 03:30 is 01:30, not 02:30.
        (HOUR_BEFORE, in_utc("2027-03-28T01:30"), in_utc("2027-03-28T00:30")),
        (Moment(minutes_before=240), at("2027-03-28T05:00"), at("2027-03-28T00:00")),
        (Moment(-1, time(9)), at("2027-03-28T10:00"), at("2027-03-27T09:00")),
        (Moment(-1, time(2, 30)), at("2027-03-29T10:00"), in_utc("2027-03-28T01:30")),
        (Moment(0, time(7)), at("2027-03-28T10:00"), in_utc("2027-03-28T05:00")),
        # It goes back on 31 October 2027 from 03:00 to 02:00: an hour before the second 02:30 is the first.
        (HOUR_BEFORE, in_utc("2027-10-31T01:30"), in_utc("2027-10-31T00:30")),
        (Moment(minutes_before=1440), at("2027-10-31T12:00"), at("2027-10-30T13:00")),
        (Moment(-1, time(9)), at("2027-11-01T10:00"), at("2027-10-31T09:00")),
        (Moment(1, time(9)), at("2027-10-30T10:00"), in_utc("2027-10-31T08:00")),
    ],
)
def test_days_by_the_clock_and_minutes_by_elapsed_time(moment, starts_at, goes):
    # The same moment in Amsterdam time gives the same.
    assert [reminders.instant(moment, start) for start in (starts_at, starts_at.astimezone(AMSTERDAM))] == [goes] * 2


NIGHT = {"quiet_from": time(20), "quiet_until": time(8)}
NOON = {"quiet_from": time(12), "quiet_until": time(13)}
WEEKEND = {"quiet_weekends": True}


@pytest.mark.parametrize(
    ("rules", "moment", "before", "after"),
    [
        ({}, "2027-03-07T03:00", "2027-03-07T03:00", "2027-03-07T03:00"),
        (NIGHT, "2027-03-09T09:00", "2027-03-09T09:00", "2027-03-09T09:00"),
        (NIGHT, "2027-03-09T07:00", "2027-03-08T20:00", "2027-03-09T08:00"),
        (NIGHT, "2027-03-09T23:00", "2027-03-09T20:00", "2027-03-10T08:00"),
        # The ends are not quiet themselves.
        (NIGHT, "2027-03-09T20:00", "2027-03-09T20:00", "2027-03-09T20:00"),
        (NIGHT, "2027-03-09T08:00", "2027-03-09T08:00", "2027-03-09T08:00"),
        (NOON, "2027-03-09T12:30", "2027-03-09T12:00", "2027-03-09T13:00"),
        (NOON, "2027-03-09T11:59", "2027-03-09T11:59", "2027-03-09T11:59"),
        (WEEKEND, "2027-03-06T09:00", "2027-03-05T09:00", "2027-03-08T09:00"),
        (WEEKEND, "2027-03-07T09:00", "2027-03-05T09:00", "2027-03-08T09:00"),
        (WEEKEND, "2027-03-05T23:59", "2027-03-05T23:59", "2027-03-05T23:59"),
        (WEEKEND, "2027-03-08T00:00", "2027-03-08T00:00", "2027-03-08T00:00"),
        (NIGHT | WEEKEND, "2027-03-08T03:00", "2027-03-05T20:00", "2027-03-08T08:00"),
        (NIGHT | WEEKEND, "2027-03-06T10:00", "2027-03-05T10:00", "2027-03-08T10:00"),
        (NIGHT | WEEKEND, "2027-03-05T21:00", "2027-03-05T20:00", "2027-03-08T08:00"),
        # Over the nights that the clock changes it stays the time on the wall.
        (NIGHT, "2027-03-28T04:00", "2027-03-27T20:00", "2027-03-28T08:00"),
        (NIGHT, "2027-10-31T02:30", "2027-10-30T20:00", "2027-10-31T08:00"),
        (NIGHT | WEEKEND, "2027-03-28T10:00", "2027-03-26T10:00", "2027-03-29T10:00"),
        (
            {"quiet_from": time(1), "quiet_until": time(2, 30)},
            "2027-03-28T01:30",
            "2027-03-28T01:00",
            "2027-03-28T03:30",
        ),
    ],
)
def test_quiet_hours_move_it_to_before_or_after(rules, moment, before, after):
    organisation = Organisation(**rules)
    assert (quiet.before(organisation, at(moment)), quiet.after(organisation, at(moment))) == (at(before), at(after))


@pytest.fixture
def talk(db):
    """Give the reminders of a talk in an organisation with these quiet hours, planned at a moment."""

    def talk(moments, starts_at, now, **rules):
        organisation = Organisation.objects.create(name="Stille teams", **rules)
        session = Session(
            organisation=organisation, starts_at=at(starts_at), ends_at=at(starts_at) + timedelta(hours=1)
        )
        session._prefetched_objects_cache = {"reminders": SessionReminder.objects.none()}
        rows = [SessionReminder(session=session, **values_of(moment)) for moment in moments]
        session._prefetched_objects_cache["reminders"]._result_cache = rows
        return [f"{moment.astimezone(AMSTERDAM):%m-%dT%H:%M}" for moment in reminders.moments_before(session, at(now))]

    return talk


@pytest.mark.parametrize(
    ("moments", "starts_at", "now", "rules", "go"),
    [
        ([DAY_BEFORE, HOUR_BEFORE], "2027-03-09T10:00", "2027-03-01T12:00", {}, ["03-08T09:00", "03-09T09:00"]),
        # An hour before a talk at eight, while it is quiet until eight: the evening before.
        ([HOUR_BEFORE], "2027-03-09T08:00", "2027-03-01T12:00", NIGHT, ["03-08T20:00"]),
        # That evening has passed: when the quiet is over, if the talk has not begun.
        ([HOUR_BEFORE], "2027-03-09T08:30", "2027-03-08T21:00", NIGHT, ["03-09T08:00"]),
        ([HOUR_BEFORE], "2027-03-09T08:00", "2027-03-08T21:00", NIGHT, []),
        # A talk on Monday is told of on Friday, one on Sunday as well.
        ([DAY_BEFORE], "2027-03-08T10:00", "2027-03-01T12:00", WEEKEND, ["03-05T09:00"]),
        ([HOUR_BEFORE], "2027-03-07T10:00", "2027-03-01T12:00", WEEKEND, ["03-05T09:00"]),
        # Two that come to lie on one moment are one.
        ([DAY_BEFORE, Moment(-2, time(9))], "2027-03-08T10:00", "2027-03-01T12:00", WEEKEND, ["03-05T09:00"]),
        # Planned for tomorrow: the day-before moves to the day itself, unless something still comes by itself.
        ([DAY_BEFORE], "2027-03-09T14:00", "2027-03-08T12:00", {}, ["03-09T09:00"]),
        ([DAY_BEFORE, HOUR_BEFORE], "2027-03-09T14:00", "2027-03-08T12:00", {}, ["03-09T13:00"]),
        ([HOUR_BEFORE], "2027-03-09T14:00", "2027-03-09T13:30", {}, []),
        ([], "2027-03-09T14:00", "2027-03-01T12:00", {}, []),
    ],
)
def test_when_the_invited_are_reminded(talk, moments, starts_at, now, rules, go):
    assert talk(moments, starts_at, now, **rules) == go


@pytest.mark.parametrize("level", ["template", "organisation", "session"])
@pytest.mark.parametrize(
    "values",
    [
        {"days": -1},
        {"at": time(9)},
        {},
        {"days": -1, "at": time(9), "minutes_before": 60},
        {"minutes_before": 0},
        {"minutes_before": 1441},
        {"minutes_before": 60, "audience": "present"},
        {"days": 0, "at": time(9), "audience": "present"},
    ],
)
def test_the_database_takes_one_form_or_the_other(cast, plan, level, values):
    model, owner = {
        "template": (TemplateReminder, {"template": ConversationTemplate.objects.first}),
        "organisation": (OrganisationReminder, {"organisation": lambda: cast.home}),
        "session": (
            SessionReminder,
            {"session": lambda: plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)},
        ),
    }[level]
    made = {name: make() for name, make in owner.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**made, **{"audience": "invited", **values})


def moments_of(session):
    return sorted(rule.moment for rule in session.reminders.all())


def test_an_organisation_goes_before_the_redactie_and_its_own_template_before_both(cast, plan):
    own = own_version(cast.home, cast.noor)
    slug = own.slug
    redactie = moments_of(plan(cast.noor, slug, [cast.sem], send=False))
    reminder_moments.choose_for_organisation(cast.home.id, [HOUR_BEFORE], by=cast.noor)
    cast.home.refresh_from_db()
    assert moments_of(plan(cast.noor, slug, [cast.sem], send=False)) == [HOUR_BEFORE]
    assert reminders.moments_for(own, Organisation.objects.get(id=cast.home.id)) == redactie
    assert moments_of(own_version(cast.home, cast.noor)) == [HOUR_BEFORE]
    reminder_moments.choose_for_organisation(cast.home.id, [], by=cast.noor)
    assert moments_of(plan(cast.noor, slug, [cast.sem], send=False)) == []
    reminder_moments.choose_for_organisation(cast.home.id, None, by=cast.noor)
    cast.home.refresh_from_db()
    assert moments_of(plan(cast.noor, slug, [cast.sem], send=False)) == redactie
    for person in (cast.sem, cast.pim, cast.tess):
        with pytest.raises(Organisation.DoesNotExist):
            reminder_moments.choose_for_organisation(cast.home.id, [], by=person)


def queued(session):
    rows = Message.objects.filter(about=session.id, kind="reminder", state="queued")
    return sorted(rows.values_list("recipient__name", "send_after"))


def test_other_moments_for_a_planned_talk_replace_what_waits(cast, plan):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    before, outside = queued(session), [DAY_BEFORE, Moment(1, time(9))]
    reminder_moments.change_moments(session.id, [HOUR_BEFORE, *outside], by=cast.lina)
    hour, day = PLAN_AT - timedelta(hours=1), at("2027-03-08T09:00")
    names = ("Joost Kramer", "Lina Bakker")
    assert queued(session) == [(name, moment) for name in names for moment in (day, hour)]
    # And back: what was dropped before comes again.
    reminder_moments.change_moments(session.id, [Moment(-7, time(9)), *outside], by=cast.lina)
    assert queued(session) == before
    session.refresh_from_db()
    assert (session.sequence, Message.objects.filter(kind="changed").count()) == (0, 0)
    with pytest.raises(Refused, match="hooguit 6"):
        reminder_moments.change_moments(session.id, [Moment(-day, time(9)) for day in range(7)], by=cast.lina)
    with pytest.raises(Session.DoesNotExist):
        reminder_moments.change_moments(session.id, [], by=cast.joost)
    changes.cancel(session.id, by=cast.lina)
    with pytest.raises(Refused, match="gaat niet door"):
        reminder_moments.change_moments(session.id, [], by=cast.lina)


def test_each_by_the_quiet_hours_of_their_own_organisation(cast, plan):
    Organisation.objects.filter(id=cast.elsewhere.id).update(quiet_from=time(8), quiet_until=time(12))
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    session.participants.filter(user=cast.joost).update(organisation=cast.elsewhere)
    reminder_moments.change_moments(session.id, [DAY_BEFORE], by=cast.lina)
    assert queued(session) == [("Joost Kramer", at("2027-03-08T08:00")), ("Lina Bakker", at("2027-03-08T09:00"))]


def test_what_the_daily_mail_told_is_not_told_again(cast, plan, mailoutbox, time_machine):
    time_machine.move_to(at("2027-03-08T07:00"), tick=False)
    User.objects.filter(id=cast.joost.id).update(mail_choice=MailChoice.DAILY)
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    outbox.deliver()
    time_machine.move_to(at("2027-03-08T07:30"), tick=False)
    outbox.deliver()
    assert f"- Morgen, dinsdag 9 maart 2027, 10.00 tot 11.30 uur: {session.title}" in mailoutbox[-1].body
    assert "Zeg of je komt" in mailoutbox[-1].body
    reminder_moments.change_moments(session.id, [DAY_BEFORE, HOUR_BEFORE], by=cast.lina)
    hour, day = PLAN_AT - timedelta(hours=1), at("2027-03-08T09:00")
    assert queued(session) == [("Joost Kramer", hour), ("Lina Bakker", day), ("Lina Bakker", hour)]
    changes.reschedule(session.id, starts_at=PLAN_AT + HOUR, place="", link="", by=cast.lina)
    hour += HOUR
    assert queued(session) == [("Joost Kramer", hour), ("Lina Bakker", day), ("Lina Bakker", hour)]


def test_a_late_worker_sends_what_is_of_use_in_the_words_of_that_moment(cast, plan, mailoutbox, time_machine):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    reminder_moments.change_moments(session.id, [Moment(-7, time(9)), DAY_BEFORE, HOUR_BEFORE], by=cast.lina)
    outbox.deliver()
    mailoutbox.clear()
    time_machine.move_to(at("2027-03-08T16:00"), tick=False)
    # Of the two that are late the last one goes.
    counts = outbox.deliver()
    assert (counts.sent, counts.missed, counts.obsolete) == (2, 2, 0)
    assert all("Morgen om 10.00 uur is dit gesprek:" in mail.body for mail in mailoutbox)
    time_machine.move_to(at("2027-03-09T09:30"), tick=False)
    outbox.deliver()
    assert "Over 30 minuten is dit gesprek:" in mailoutbox[-1].body
    states = Message.objects.filter(kind="reminder").values_list("state", flat=True)
    assert sorted(set(states)) == ["missed", "obsolete", "sent"]


def test_who_wants_none_still_hears_of_the_talk_itself(cast, plan, mailoutbox, client, time_machine):
    User.objects.update(mail_choice=MailChoice.NONE)
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    outbox.deliver()
    changes.reschedule(session.id, starts_at=PLAN_AT + timedelta(days=1), place="Elders", link="", by=cast.lina)
    outbox.deliver(datetime.now(UTC) + timedelta(minutes=6))
    outbox.deliver(at("2027-03-09T12:00"))
    changes.cancel(session.id, by=cast.lina)
    outbox.deliver()
    client.post(reverse("account_request_login_code"), {"email": cast.joost.email})
    outbox.deliver()
    to_joost = [mail.subject.split(":")[0] for mail in mailoutbox if mail.to == [cast.joost.email]]
    assert to_joost[:3] == ["Uitnodiging", "Gewijzigd", "Gaat niet door"]
    assert "ode" in to_joost[3]
    assert len(to_joost) == 4


def test_what_is_optional_is_written_down_here():
    """Who makes a kind of mail decides whether it is necessary, and writes it here."""
    assert {name for name, kind in registry.items() if not kind.necessary} == {
        "digest",
        "nudge",
        "poll_reminder",
        "record_reminder",
        "reminder",
        "survey_closed",
        "survey_reminder",
    }


def rows(*moments, **changed):
    data = {"herinnering-TOTAL_FORMS": len(moments), "herinnering-INITIAL_FORMS": len(moments), "doe": "bewaar"}
    for place, (number, unit, hour) in enumerate(moments):
        data |= {
            f"herinnering-{place}-number": number,
            f"herinnering-{place}-unit": unit,
            f"herinnering-{place}-at": hour,
        }
    return data | changed


def said_on(response):
    return html.unescape(response.content.decode())


def test_the_planner_changes_moments_on_a_page(cast, plan, client_of):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    page, browser = reverse("session_reminders", args=[session.id]), client_of(cast.lina)
    first = said_on(browser.get(page))
    assert "maandag 8 maart 2027, 09.00 uur" in first
    assert "<li>1 dag erna om 09.00 uur, aan wie erbij was</li>" in first
    assert browser.post(page, {}).status_code == 200
    added = said_on(browser.post(page, rows((1, "uren", ""), doe="herinnering-erbij")))
    assert added.count('aria-label="Herinnering ') == 2
    assert browser.post(page, rows((1, "uren", ""), (1, "ervoor", "09:00"), (45, "minuten", "10:00"))).url == reverse(
        "plan_check", args=[session.id]
    )
    assert moments_of(session) == [DAY_BEFORE, HOUR_BEFORE, Moment(minutes_before=45)]
    check = said_on(browser.get(reverse("plan_check", args=[session.id])))
    assert all(f"<li>{text}</li>" in check for text in ("1 dag ervoor om 09.00 uur", "1 uur voor het begin"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((61, "ervoor", "09:00"), "Kies hooguit 60 dagen."),
        ((1, "ervoor", ""), "Hoe laat?"),
        ((1, "ervoor", "25:00"), "Vul een tijd in"),
        ((0, "erna", "09:00"), "Erna is ten minste 1 dag."),
        ((0, "uren", ""), "Kies 1 tot 24."),
        ((25, "uren", ""), "Kies 1 tot 24."),
        ((1441, "minuten", ""), "hooguit 60 dagen, of 24 uur"),
        (("", "uren", ""), "Hoeveel dagen, uren of minuten?"),
        (("9" * 4_000, "uren", ""), "hooguit 60 dagen, of 24 uur"),
        (("9" * 10_000, "uren", ""), "Voer een geheel getal in"),
        ((60, "minuten", ""), "Deze herinnering staat er al."),
    ],
)
def test_what_is_wrong_with_a_moment_is_said_beside_it(cast, client_of, row, said):
    page = reverse("organisation_reminders", args=[cast.home.id])
    response = client_of(cast.noor).post(page, rows((1, "uren", ""), row))
    assert response.status_code == 200
    assert said in said_on(response)
    assert OrganisationReminder.objects.count() == 0


def test_a_bestuurder_chooses_for_the_organisation_and_takes_it_back(cast, client_of):
    page, browser = reverse("organisation_reminders", args=[cast.home.id]), client_of(cast.noor)
    for _ in range(2):  # a double click
        assert browser.post(page, rows((90, "minuten", ""), (2, "ervoor", "10:00"))).status_code == 302
    assert sorted(rule.moment for rule in OrganisationReminder.objects.all()) == [
        Moment(-2, time(10)),
        Moment(minutes_before=90),
    ]
    assert "1 uur" not in said_on(browser.get(page))
    browser.post(page, {"doe": "sjabloon"})
    assert (OrganisationReminder.objects.count(), Organisation.objects.get(id=cast.home.id).own_reminders) == (0, False)
