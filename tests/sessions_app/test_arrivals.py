"""What a planner sees of the mail about a talk, and hears of addresses that fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse

from lerend.mail import addresses, outbox
from lerend.mail.choice import MailChoice
from lerend.mail.models import Message, State
from organisations.domain.members import end_membership
from organisations.models import Membership
from sessions_app.domain import arrivals, changes
from sessions_app.models import Participant, Session
from sessions_app.queries import arrivals as reads
from tests.conftest import PLAN_AT
from tests.rows import add_people, add_talks
from tests.smtp import Sink, sink

__all__ = ["sink"]
SOON = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(SOON - timedelta(days=5), tick=False):
        yield


def seen(session: Session, by):
    """What ``by`` is shown: name, tag, what was told, what fails, and whether there is a button."""
    people = list(session.participants.select_related("user").order_by("user__name_sorted"))
    found = reads.of(Session.objects.get(id=session.id), people, by)
    return found and [
        (one.participant.user.get_short_name(), one.tag, one.told, one.fails, one.again) for one in found.people
    ]


def refuse(sink: Sink, *names: str) -> None:
    sink.behaviour = lambda command, address: "550 nobody" if command == "RCPT" and address.startswith(names) else None


def notices():
    found = Message.objects.filter(kind="address_fails").order_by("about", "id")
    return [(message.about, message.recipient.get_short_name()) for message in found]


def test_a_planner_sees_who_was_invited_and_what_failed(cast, plan, sink):
    day = plan(cast.noor, "teamdagdeel", teams=[cast.north], join=False)
    assert {line[1] for line in seen(day, cast.noor)} == {"Onderweg"}
    refuse(sink, "lina")
    outbox.deliver()
    told = ["Uitgenodigd op woensdag 24 februari 2027"]
    assert seen(day, cast.noor) == [
        ("Joost", "Uitgenodigd", told, "", False),
        ("Lina", "Mislukt", [], "Het adres van Lina neemt geen mail aan.", True),
        ("Sem", "Uitgenodigd", told, "", False),
    ]
    cast.lina.email = "lina.nieuw@voorbeeld.test"
    cast.lina.save()
    assert seen(day, cast.noor)[1] == ("Lina", "Mislukt", [], "De mail aan Lina kwam niet aan.", True)


def test_mail_does_not_tell_who_declined(cast, plan, sink):
    """joost declines, and gets no word of the other place and no reminder."""
    day = plan(cast.noor, "teamdagdeel", teams=[cast.north], join=False)
    outbox.deliver()
    changes.answer(day.participants.get(user=cast.joost).id, "no")
    changes.reschedule(day.id, starts_at=day.starts_at, place="Elders", link="", by=cast.noor)
    with time_machine.travel(PLAN_AT - timedelta(hours=1), tick=False):
        outbox.deliver()
        assert Message.objects.filter(kind__in=["changed", "reminder"], recipient=cast.lina, state="sent").count() > 1
        assert len({tuple(map(str, line[1:])) for line in seen(day, cast.noor)}) == 1
        people = list(day.participants.select_related("user"))
        day.refresh_from_db()
        assert "maart 2027" in reads.of(day, people, cast.noor).reminded


def test_who_takes_part_reads_answers_and_so_hears_of_changes_by_person(cast, plan, sink):
    pair = plan(cast.lina, "collegiaal-interview", [cast.joost])
    outbox.deliver()
    changes.reschedule(pair.id, starts_at=pair.starts_at, place="Elders", link="", by=cast.lina)
    with time_machine.travel(PLAN_AT - timedelta(hours=1), tick=False):
        outbox.deliver()
        told = ["Uitgenodigd op woensdag 24 februari 2027", "Hoorde van een wijziging op dinsdag 9 maart 2027"]
        assert [line[:3] for line in seen(pair, cast.lina)] == [
            ("Joost", "Gewijzigd", told),
            ("Lina", "Gewijzigd", told),
        ]


def test_mail_does_not_tell_who_wants_less_of_it(cast, plan, sink):
    """joost wants only what is necessary; lina, who planned the talk and takes part, got her reminders."""
    cast.joost.mail_choice = MailChoice.NONE
    cast.joost.save()
    pair = plan(cast.lina, "collegiaal-interview", [cast.joost])
    outbox.deliver()
    with time_machine.travel(PLAN_AT - timedelta(hours=1), tick=False):
        outbox.deliver()
        reminders = Message.objects.filter(kind="reminder", state="sent")
        assert set(reminders.values_list("recipient", flat=True)) == {cast.lina.id}
        assert len({tuple(map(str, line[1:])) for line in seen(pair, cast.lina)}) == 1


def test_a_reminder_by_hand_is_told_of_as_well(cast, plan, sink, client_of):
    """Also where its mail did not go: that it went to nobody would tell who wants less."""
    talk = plan(cast.sem, "gesprek-met-leidinggevende", [cast.lina])
    outbox.deliver()
    page, sem = reverse("session_mail", args=[talk.id]), client_of(cast.sem)
    assert "Er ging nog geen herinnering uit." in sem.get(page).content.decode()
    changes.nudge(talk.id, by=cast.sem)
    assert "De laatste herinnering ging uit op woensdag 24 februari 2027, 10.00 uur." in sem.get(page).content.decode()


@pytest.mark.parametrize("moment", ["begun", "over"])
def test_once_a_talk_began_its_planner_learns_nothing_more(cast, plan, client_of, moment):
    pair = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    page = reverse("session_mail", args=[pair.id])
    assert client_of(cast.pim).get(page).status_code == 200
    with time_machine.travel(pair.starts_at if moment == "begun" else pair.ends_at, tick=False):
        assert client_of(cast.pim).get(page).status_code == 404
        assert client_of(cast.pim).post(again(pair, cast.lina)).status_code == 404
    cast.member("Vera")
    day = plan(cast.noor, "teamdagdeel", teams=[cast.north], join=False)
    with time_machine.travel(day.ends_at, tick=False):
        assert seen(day, cast.noor) is None
        assert (
            "valt niets meer te doen"
            in client_of(cast.noor).get(reverse("session_mail", args=[day.id])).content.decode()
        )


def again(session, person):
    return reverse("session_mail_again", args=[session.id, session.participants.get(user=person).id])


def test_a_failed_invitation_goes_again_once(cast, plan, sink, client_of):
    pair = plan(cast.lina, "collegiaal-interview", [cast.joost])
    refuse(sink, "joost")
    outbox.deliver()
    client = client_of(cast.lina)
    page = client.get(reverse("session", args=[pair.id])).content.decode()
    assert "Het adres van Joost neemt geen mail aan." in page
    assert "Stuur opnieuw" in client.get(reverse("session_mail", args=[pair.id])).content.decode()
    sink.behaviour = lambda command, argument: None
    bodies = [client.post(again(pair, cast.joost), follow=True).content.decode() for _ in range(2)]
    assert ["gaat opnieuw op weg" in body for body in bodies] == [True, False]
    sink.receivers.clear()
    outbox.deliver()
    assert sink.receivers == ["joost@voorbeeld.test"]
    assert {line[3] for line in seen(pair, cast.lina)} == {""}  # and the address works again
    client.post(again(pair, cast.joost))
    assert outbox.deliver() == outbox.Counts()


@pytest.mark.parametrize("who", ["joost", "sem", "noor", "beheer"])
def test_only_the_planner_sees_and_sends(cast, plan, client_of, who):
    pair = plan(cast.lina, "collegiaal-interview", [cast.joost])
    client = client_of(getattr(cast, who))
    assert client.get(reverse("session_mail", args=[pair.id])).status_code == 404
    assert client.post(again(pair, cast.joost)).status_code == 404
    assert "kwam niet aan" not in client.get(reverse("session", args=[pair.id])).content.decode()


def test_a_cancellation_that_failed_goes_again(cast, plan, sink):
    pair = plan(cast.lina, "collegiaal-interview", [cast.joost])
    outbox.deliver()
    changes.cancel(pair.id, by=cast.lina)
    refuse(sink, "joost")
    outbox.deliver()
    [joost, lina] = seen(pair, cast.lina)
    assert (joost[1], joost[4]) == ("Mislukt", True)
    assert lina[1:3] == ("Afgezegd", ["Hoorde het op woensdag 24 februari 2027"])
    assert arrivals.send_again(pair.id, pair.participants.get(user=cast.joost).id, by=cast.lina)
    assert Message.objects.get(kind="cancelled", recipient=cast.joost).state == State.QUEUED


def test_the_planner_gets_one_notice_a_talk(cast, plan, sink):
    day = plan(cast.noor, "teamdagdeel", teams=[cast.north], join=False)
    pair = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    plan(cast.lina, "collegiaal-interview", [cast.joost])  # lina needs no mail to hear of her own address
    refuse(sink, "lina", "sem")
    outbox.deliver()
    assert notices() == sorted([(day.id, "Noor"), (pair.id, "Pim")])
    with time_machine.travel(SOON - timedelta(days=5, minutes=-11), tick=False):
        sink.messages.clear()
        outbox.deliver()
        outbox.deliver()
    mails = {mail["To"]: mail for mail in sink.messages}
    assert set(mails) == {"noor@voorbeeld.test", "pim@voorbeeld.test"}
    subject = f"Mail aan Lina Bakker en Sem de Wit komt niet aan: {day.title}"
    assert (len(sink.messages), mails["noor@voorbeeld.test"]["Subject"]) == (2, subject)
    text = mails["pim@voorbeeld.test"].get_body(("plain",)).get_content()
    assert ("Het adres van Lina Bakker neemt geen mail aan." in text, "Sem" in text) == (True, False)
    assert reverse("session_mail", args=[pair.id]) in text


@pytest.mark.parametrize("meanwhile", ["mended", "cancelled", "begun", "planner left", "participant left"])
def test_a_notice_that_is_no_longer_true_or_allowed_does_not_go(cast, plan, sink, meanwhile):
    pair = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    refuse(sink, "lina")
    outbox.deliver()
    later = SOON
    if meanwhile == "mended":
        addresses.works(cast.lina.email, SOON)
    elif meanwhile == "cancelled":
        changes.cancel(pair.id, by=cast.pim)
    elif meanwhile == "begun":
        later = PLAN_AT
    else:
        gone = cast.pim if meanwhile == "planner left" else cast.lina
        end_membership(Membership.objects.get(user=gone).id, by=cast.noor)
    Message.objects.exclude(kind="address_fails").delete()
    with time_machine.travel(later, tick=False):
        assert outbox.deliver().sent == 0


def test_planners_elsewhere_hear_nothing(cast, plan):
    """tess has an address that is refused, and takes part at home alone: nobody there learns of it."""
    talk = add_talks(cast.elsewhere, [[cast.tess]], planned_by=cast.tess, first=PLAN_AT)[0]
    plan(cast.lina, "collegiaal-interview", [cast.joost])
    addresses.fails(cast.tess.email, SOON)
    addresses.fails("niemand@voorbeeld.test", SOON)
    assert notices() == []
    Session.objects.filter(id=talk.id).update(planned_by=cast.noor)
    addresses.fails(cast.tess.email, SOON)
    assert notices() == [(talk.id, "Noor")]  # and noor, who is no member there, is not written to:
    with time_machine.travel(SOON, tick=False):
        Message.objects.exclude(kind="address_fails").delete()
        assert outbox.deliver() == outbox.Counts(obsolete=1)


@pytest.mark.parametrize("count", [1, 30])
def test_two_queries_whatever_the_company(cast, edition, count, django_assert_num_queries):
    people = add_people([cast.north], count)
    talk = add_talks(cast.home, [people], planned_by=cast.noor, first=PLAN_AT)[0]
    with transaction.atomic():
        outbox.queue_many(
            outbox.Draft(kind="invitation", about=talk.id, recipient=person, sequence=number)
            for person in people
            for number in range(3)
        )
    places = list(Participant.objects.filter(session=talk).select_related("user"))
    with django_assert_num_queries(2):
        found = reads.of(talk, places, cast.noor)
    assert [one.tag for one in found.people] == ["Onderweg"] * count
