"""What people hear of changes: one mail about all that is new to them, and nothing when nothing is."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.db import transaction
from django.utils import timezone
from icalendar import Calendar

from lerend.mail.models import Message
from organisations.models import Membership
from sessions_app.domain import changes, telling
from sessions_app.domain.planning import lock
from sessions_app.models import Answer, Participant, Removal, Revision, Session
from tests.conftest import PLAN_AT

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def talk(cast, plan, post):
    """A planned teamdagdeel of sem with lina and joost, of which everyone was told."""
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    post()
    return session


def move(session: Session, days: int, place: str = "Wijkcentrum De Brug") -> None:
    changes.reschedule(session.id, starts_at=PLAN_AT + days * DAY, place=place, link="", by=session.planned_by)


def take_out(session: Session, user) -> None:
    with transaction.atomic():
        found = lock(session.id, session.planned_by)
        before = telling.as_it_was(found)
        telling.take_out(found.participants.get(user=user), found)
        telling.tell(before)


def put_in(session: Session, user) -> None:
    with transaction.atomic():
        found = lock(session.id, session.planned_by)
        before = telling.as_it_was(found)
        organisation = Membership.objects.get(user=user).organisation
        Participant.objects.create(session=found, user=user, organisation=organisation)
        telling.tell(before)


def event_of(mail) -> tuple[str, int, object]:
    message: EmailMessage = mail.message()
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(bytes(part.get_payload(decode=True)))
    event = calendar.walk("VEVENT")[0]
    return str(calendar["METHOD"]), int(event["SEQUENCE"]), event["DTSTART"].dt


CHANGED = [("joost", "Gewijzigd"), ("lina", "Gewijzigd"), ("sem", "Gewijzigd")]


def test_changes_within_five_minutes_are_one_mail_that_tells_them_all(talk, post, mailoutbox):
    move(talk, 1)
    assert post(4 * MINUTE) == []
    move(talk, 2, "De Kom")
    assert post(MINUTE - timedelta(seconds=1)) == []
    assert post(timedelta(seconds=1)) == CHANGED
    mail = next(mail for mail in mailoutbox if mail.subject.startswith("Gewijzigd"))
    lines = [line for line in mail.body.splitlines() if line.startswith("- ")]
    assert lines == [
        "- Een ander moment: donderdag 11 maart 2027, 10.00 tot 13.00 uur. "
        "Het was dinsdag 9 maart 2027, 10.00 tot 13.00 uur.",
        "- Een andere plek: De Kom. Het was Wijkcentrum De Brug.",
    ]
    assert event_of(mail) == ("REQUEST", 2, PLAN_AT + 2 * DAY)
    assert post(DAY) == []


def test_the_next_change_is_told_against_what_was_told_last(talk, post, mailoutbox):
    move(talk, 1)
    post()
    move(talk, 1, "De Kom")
    post()
    mail = mailoutbox[-1]
    assert [line for line in mail.body.splitlines() if line.startswith("- ")] == [
        "- Een andere plek: De Kom. Het was Wijkcentrum De Brug."
    ]


def test_what_is_undone_within_five_minutes_tells_nothing(talk, post):
    move(talk, 1)
    move(talk, 0)
    assert post() == []
    assert post(DAY) == []


def test_who_is_taken_out_and_put_back_hears_nothing(cast, talk, post):
    take_out(talk, cast.lina)
    put_in(talk, cast.lina)
    assert post() == []


def test_one_replaced_by_another(cast, talk, post, mailoutbox):
    fatma = cast.member("Fatma Yildiz")
    take_out(talk, cast.lina)
    put_in(talk, fatma)
    # The talk of three was small enough for the others to hear who is in it.
    assert post() == sorted(
        [
            (fatma.email.split("@")[0], "Uitnodiging"),
            ("joost", "Gewijzigd"),
            ("lina", "Je doet niet meer mee"),
            ("sem", "Gewijzigd"),
        ]
    )
    told = next(mail for mail in mailoutbox if mail.to == [cast.joost.email] and "Gewijzigd" in mail.subject)
    assert "- Fatma Yildiz doet mee. Lina Bakker doet niet meer mee." in told.body.splitlines()
    out = next(mail for mail in mailoutbox if mail.subject.startswith("Je doet niet meer mee"))
    assert event_of(out) == ("CANCEL", 2, PLAN_AT)
    assert list(Removal.objects.values_list("session", "user")) == [(talk.id, cast.lina.id)]
    # Only those who are in it now are reminded.
    reminded = Message.objects.filter(about=talk.id, kind="reminder", state="queued")
    assert set(reminded.values_list("recipient", flat=True)) == {cast.sem.id, cast.joost.id, fatma.id}


def test_who_was_taken_out_is_told_the_moment_they_knew(cast, talk, post, mailoutbox):
    move(talk, 3)
    take_out(talk, cast.lina)
    assert ("lina", "Je doet niet meer mee") in post()
    mail = next(mail for mail in mailoutbox if mail.subject.startswith("Je doet niet meer mee"))
    assert mail.subject == "Je doet niet meer mee: Teamdagdeel, dinsdag 9 maart 2027, 10.00 tot 13.00 uur"
    assert "12 maart" not in str(mail.message())


def test_called_off_right_after_a_change_is_one_mail_at_once(talk, post):
    move(talk, 1)
    changes.cancel(talk.id, by=talk.planned_by)
    assert post(timedelta(0)) == [(who, "Gaat niet door") for who, _ in CHANGED]
    assert post(DAY) == []


def test_what_is_called_off_is_named_by_the_moment_that_people_knew(talk, post, mailoutbox):
    move(talk, 3)
    changes.cancel(talk.id, by=talk.planned_by)
    assert ("lina", "Gaat niet door") in post(timedelta(0))
    mail = mailoutbox[-1]
    assert mail.subject == "Gaat niet door: Teamdagdeel, dinsdag 9 maart 2027, 10.00 tot 13.00 uur"
    assert "12 maart" not in str(mail.message())
    assert event_of(mail) == ("CANCEL", 2, PLAN_AT)


def test_other_things_than_the_moment_leave_who_declined_in_peace(cast, talk, post):
    changes.answer(talk.participants.get(user=cast.lina).id, Answer.NO)
    move(talk, 0, "De Kom")
    assert [who for who, _ in post()] == ["joost", "sem"]
    move(talk, 2, "De Kom")
    assert [who for who, _ in post()] == ["joost", "lina", "sem"]


def test_in_a_talk_of_two_the_planner_beside_it_cannot_tell_from_the_mail_who_declined(cast, plan, post):
    pair = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    post()
    changes.answer(pair.participants.get(user=cast.joost).id, Answer.NO)
    changes.reschedule(pair.id, starts_at=PLAN_AT, place="De Kom", link="", by=cast.pim)
    assert post() == [("joost", "Gewijzigd"), ("lina", "Gewijzigd")]


@pytest.mark.parametrize(("more", "told"), [([], ["joost", "lina", "sem"]), (["noor"], ["lina", "noor", "sem"])])
def test_so_it_is_among_three_and_not_among_four(cast, plan, post, more, told):
    people = [cast.lina, cast.joost, cast.sem, *(getattr(cast, name) for name in more)]
    session = plan(cast.pim, "teamdagdeel", people, join=False)
    post()
    changes.answer(session.participants.get(user=cast.joost).id, Answer.NO)
    changes.reschedule(session.id, starts_at=PLAN_AT, place="De Kom", link="", by=cast.pim)
    assert post() == [(name, "Gewijzigd") for name in told]


def test_a_mail_that_a_worker_has_in_hand_is_not_the_last_word(cast, talk, post):
    move(talk, 1)
    flying = Message.objects.get(about=talk.id, kind="changed", recipient=cast.lina, state="queued")
    claim = {"claim": flying.id, "claimed_at": timezone.now()}
    Message.objects.filter(id=flying.id).update(state="sending", **claim)
    move(talk, 2)
    assert post() == CHANGED
    # That worker was slow, and sent what was known before: it counts as told, and the newer one told already.
    Message.objects.filter(id=flying.id).update(state="sent", sent_at=timezone.now(), claim=None, claimed_at=None)
    assert post(DAY) == []


def test_moving_reminds_anew_and_another_place_does_not(talk):
    def queued():
        found = Message.objects.filter(about=talk.id, kind="reminder", state="queued")
        return sorted(found.values_list("key", flat=True))

    at_first = queued()
    move(talk, 0, "De Kom")
    assert queued() == at_first
    move(talk, 1)
    assert len(queued()) == len(at_first)
    assert set(queued()).isdisjoint(at_first)


def test_nothing_changed_tells_nothing(talk):
    move(talk, 0)
    talk.refresh_from_db()
    assert (talk.sequence, Revision.objects.count()) == (0, 0)


def test_what_was_kept_goes_a_month_after_the_talk(cast, talk):
    move(talk, 1)
    take_out(talk, cast.lina)
    over = PLAN_AT + DAY + timedelta(hours=3)
    assert telling.forget_due(over + telling.TOLD_KEPT) == 0
    assert telling.forget_due(over + telling.TOLD_KEPT + MINUTE) == 4
    assert (Revision.objects.count(), Removal.objects.count()) == (0, 0)
