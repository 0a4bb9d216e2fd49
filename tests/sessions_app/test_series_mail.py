"""What people read of a series in their mail, and what their calendars make of it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from lerend.mail import outbox
from lerend.mail.models import Message
from organisations.models import Membership
from sessions_app.domain import changes, series, telling
from sessions_app.domain.planning import lock
from sessions_app.models import Participant, Session
from sessions_app.queries.recurrence import Repeat
from sessions_app.queries.series import Which
from tests.calendars import seen_by_both

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=AMSTERDAM).astimezone(UTC)


@pytest.fixture
def post(mailoutbox, time_machine):
    """Let the window pass, deliver, and give the mails that went to somebody."""
    time_machine.move_to(timezone.now(), tick=False)

    def post(user):
        time_machine.shift(telling.WINDOW)
        before = len(mailoutbox)
        outbox.deliver()
        return [mail for mail in mailoutbox[before:] if mail.to == [user.email]]

    return post


@pytest.fixture
def weekly(cast, plan) -> Session:
    """The first of four teamdagdelen: Tuesdays at ten over the change of the clock, from 16 March 2027 on."""
    return plan(cast.sem, "teamdagdeel", teams=[cast.north], starts_at=local(2027, 3, 16, 10), repeat=Repeat(1, 4))


def talks_of(talk: Session) -> list[Session]:
    return list(Session.objects.filter(series=talk.series).order_by("occurrence"))


def calendar_of(mail) -> tuple[str, list[str]]:
    part = next(part for part in mail.message().walk() if part.get_content_type() == "text/calendar")
    content = part.get_payload(decode=True)
    seen = seen_by_both(content)
    assert len({one.uid for one in seen}) == 1
    times = [f"{one.starts_at.astimezone(AMSTERDAM):%d-%m %H:%M} {one.status[:]}" for one in seen]
    return part.get_param("method"), times


def listed(mail) -> list[str]:
    return [line[2:] for line in mail.body.splitlines() if line.startswith("- ")]


def test_one_invitation_lists_all_dates(cast, weekly, post):
    (mail,) = post(cast.lina)
    assert mail.subject == "Uitnodiging: Teamdagdeel, 4 keer vanaf dinsdag 16 maart 2027"
    assert "Sem de Wit nodigt je uit voor een reeks van 4 gesprekken." in mail.body.splitlines()
    assert listed(mail) == [
        "dinsdag 16 maart 2027, 10.00 tot 13.00 uur",
        "dinsdag 23 maart 2027, 10.00 tot 13.00 uur",
        "dinsdag 30 maart 2027, 10.00 tot 13.00 uur",
        "dinsdag 6 april 2027, 10.00 tot 13.00 uur",
    ]
    assert calendar_of(mail) == ("REQUEST", [f"{day} 10:00 CONFIRMED" for day in ("16-03", "23-03", "30-03", "06-04")])


def test_one_mail_tells_all_that_changed(cast, weekly, post):
    post(cast.lina)
    first, second, third, _ = talks_of(weekly)
    changes.reschedule(second.id, starts_at=local(2027, 3, 25, 14), place=second.place, link="", by=cast.sem)
    changes.cancel(third.id, by=cast.sem)
    series.reschedule(first.id, Which.ALL, starts_at=first.starts_at, place="De Kom", link="", by=cast.sem)
    (mail,) = post(cast.lina)
    assert mail.subject == "Gewijzigd: Teamdagdeel, 3 keer vanaf dinsdag 16 maart 2027"
    assert listed(mail) == [
        "dinsdag 23 maart 2027, 10.00 tot 13.00 uur wordt donderdag 25 maart 2027, 14.00 tot 17.00 uur",
        "dinsdag 30 maart 2027, 10.00 tot 13.00 uur",
        "dinsdag 16 maart 2027, 10.00 tot 13.00 uur",
        "donderdag 25 maart 2027, 14.00 tot 17.00 uur",
        "dinsdag 6 april 2027, 10.00 tot 13.00 uur",
    ]
    # What holds for all that are coming is said once.
    assert sum("Wijkcentrum De Brug" in line for line in mail.body.splitlines()) == 1
    assert calendar_of(mail) == (
        "REQUEST",
        ["16-03 10:00 CONFIRMED", "25-03 14:00 CONFIRMED", "06-04 10:00 CONFIRMED"],
    )


def test_the_whole_series_cancelled(cast, weekly, post):
    post(cast.lina)
    series.cancel(weekly.id, Which.ALL, by=cast.sem)
    (mail,) = post(cast.lina)
    assert mail.subject == "Gaat niet door: Teamdagdeel, 4 keer vanaf dinsdag 16 maart 2027"
    assert len(listed(mail)) == 4
    method, seen = calendar_of(mail)
    assert (method, {line.split()[-1] for line in seen}) == ("CANCEL", {"CANCELLED"})


def test_a_series_that_is_cancelled_is_named_by_the_moments_that_people_knew(cast, weekly, post):
    post(cast.lina)
    at = local(2027, 3, 18, 14)
    series.reschedule(weekly.id, Which.ALL, starts_at=at, place="Wijkcentrum De Brug", link="", by=cast.sem)
    series.cancel(weekly.id, Which.ALL, by=cast.sem)
    (mail,) = post(cast.lina)
    assert mail.subject == "Gaat niet door: Teamdagdeel, 4 keer vanaf dinsdag 16 maart 2027"
    assert [line.split(",")[0] for line in listed(mail)] == [
        "dinsdag 16 maart 2027",
        "dinsdag 23 maart 2027",
        "dinsdag 30 maart 2027",
        "dinsdag 6 april 2027",
    ]
    method, seen = calendar_of(mail)
    assert (method, {line.split()[-1] for line in seen}) == ("CANCEL", {"CANCELLED"})


def test_an_invitation_in_the_hands_of_a_worker_is_taken_back_when_the_series_is_cancelled(cast, weekly):
    mails = Message.objects.filter(about=weekly.series_id, kind="invitation")
    mails.update(state="sending", claim=uuid4(), claimed_at=timezone.now())
    series.cancel(weekly.id, Which.ALL, by=cast.sem)
    assert set(mails.values_list("state", "claim")) == {("obsolete", None)}
    # It may be on its way just now, so who would have got it hears that nothing comes of it.
    ended = Message.objects.filter(about=weekly.series_id, kind="cancelled", state="queued")
    assert set(ended.values_list("recipient", flat=True)) == {cast.sem.id, cast.lina.id, cast.joost.id}


def test_what_was_stays_when_the_rest_is_cancelled(cast, weekly, post, time_machine):
    post(cast.lina)
    time_machine.move_to(weekly.ends_at + timedelta(hours=1), tick=False)
    post(cast.lina)
    second = talks_of(weekly)[1]
    series.cancel(second.id, Which.LATER, by=cast.sem)
    (mail,) = post(cast.lina)
    assert mail.subject == "Gaat niet door: Teamdagdeel, 3 keer vanaf dinsdag 23 maart 2027"
    assert len(listed(mail)) == 3
    assert calendar_of(mail) == ("REQUEST", ["16-03 10:00 CONFIRMED"])


def taken_out(talks, user) -> None:
    with transaction.atomic():
        locked = [lock(talk.id, talk.planned_by) for talk in talks]
        before = telling.as_it_was(locked[0])
        for talk in locked:
            telling.take_out(talk.participants.get(user=user), talk)
        telling.tell(before)


def test_taken_out_of_some_and_of_all(cast, weekly, post):
    post(cast.lina)
    talks = talks_of(weekly)
    taken_out(talks[2:], cast.lina)
    (mail,) = post(cast.lina)
    assert mail.subject == "Gewijzigd: Teamdagdeel, 2 keer vanaf dinsdag 16 maart 2027"
    assert calendar_of(mail) == ("REQUEST", ["16-03 10:00 CONFIRMED", "23-03 10:00 CONFIRMED"])
    # What changes afterwards does not show in the mail to who leaves.
    series.reschedule(weekly.id, Which.ALL, starts_at=local(2027, 3, 18, 10), place="De Kom", link="", by=cast.sem)
    taken_out(talks[:2], cast.lina)
    (mail,) = post(cast.lina)
    assert mail.subject == "Je doet niet meer mee: Teamdagdeel, 2 keer vanaf dinsdag 16 maart 2027"
    assert listed(mail) == [
        "dinsdag 16 maart 2027, 10.00 tot 13.00 uur",
        "dinsdag 23 maart 2027, 10.00 tot 13.00 uur",
    ]
    assert calendar_of(mail) == ("CANCEL", ["16-03 10:00 CANCELLED"])


def test_somebody_who_joins_for_one_date_hears_of_that_one(cast, weekly, post, client):
    post(cast.lina)
    last = talks_of(weekly)[-1]
    with transaction.atomic():
        found = lock(last.id, cast.sem)
        before = telling.as_it_was(found)
        organisation = Membership.objects.get(user=cast.pim).organisation
        Participant.objects.create(session=found, user=cast.pim, organisation=organisation)
        telling.tell(before)
    (mail,) = post(cast.pim)
    assert mail.subject == "Uitnodiging: Teamdagdeel, dinsdag 6 april 2027, 10.00 tot 13.00 uur"
    assert "Sem de Wit nodigt je uit voor een gesprek." in mail.body.splitlines()
    # To them it is no series.
    told = f"{mail.body}\n{mail.alternatives[0].content}"
    assert [word for word in ("reeks ", "steeds", "altijd", "datum", "deze gesprekken") if word in told] == []
    assert reverse("session", args=[last.id]) in told
    assert calendar_of(mail) == ("REQUEST", ["06-04 10:00 CONFIRMED"])
    # That there are others, perhaps talks of two, is not theirs to know.
    assert "RRULE:FREQ=WEEKLY" not in next(
        part.get_payload(decode=True).decode()
        for part in mail.message().walk()
        if part.get_content_type() == "text/calendar"
    )
    page = client.get(next(line for line in mail.body.splitlines() if line.endswith("?antwoord=nee")))
    assert [word for word in ("steeds", "datum") if word in page.content.decode()] == []
    taken_out([last], cast.pim)
    (mail,) = post(cast.pim)
    assert "Je doet niet meer mee aan dit gesprek:" in mail.body.splitlines()
    assert "Het verdwijnt uit je agenda. Je hoeft niets te doen." in mail.body.splitlines()


def test_who_was_told_of_none_hears_nothing_of_the_end(cast, weekly, post):
    series.cancel(weekly.id, Which.ALL, by=cast.sem)
    assert post(cast.lina) == []
