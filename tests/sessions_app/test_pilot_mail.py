"""Who is told what about the pilot."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lerend.mail.kinds import registry
from lerend.mail.models import Message, State
from organisations.models import Membership, TeamMembership, User
from sessions_app.domain import pilot
from sessions_app.models import PilotSignup
from tests.sessions_app.pilot_cast import MOTIVATION, at, open_round, sign_up, teams

pytestmark = pytest.mark.django_db
CARLA = "carla@voorbeeld.test"


@pytest.fixture(autouse=True)
def somebody_else_at_the_nji(cast):
    """Let a second person work at the NJi, who is told what the first does."""
    second = User.objects.create_user("iris@voorbeeld.test", "Iris Mol")
    second.groups.set(cast.ilse.groups.all())


def queued():
    """Return (kind, team, receiver, sequence) of every message, and forget them."""
    names = dict(PilotSignup.objects.values_list("id", "team__name"))
    found = sorted(
        (message.kind, names[message.about], message.to, message.sequence)
        for message in Message.objects.select_related("recipient")
    )
    Message.objects.update(state=State.OBSOLETE)
    Message.objects.all().delete()
    return found


def mails():
    """Return (kind, receiver, subject, text, html) of each message that still matters, as delivery makes them."""
    found = []
    for name in sorted(set(Message.objects.values_list("kind", flat=True))):
        kind = registry[name]
        messages = list(Message.objects.filter(kind=name).select_related("recipient"))
        things = kind.load(messages)
        for message in messages:
            if message.id in things and kind.matters(message, things[message.id], timezone.now()):
                rendered = kind.render(message, things[message.id])
                found.append((name, message.to, rendered.subject, rendered.text, rendered.html))
    return sorted(found)


def test_signing_up_is_confirmed_to_who_did_it_and_to_the_contact(cast):
    sign_up(open_round(cast), cast.north, cast.sem)
    assert queued() == [
        ("pilot_signed_up", "Team Noord", CARLA, 0),
        ("pilot_signed_up", "Team Noord", "sem@voorbeeld.test", 0),
    ]


def test_a_contact_who_signs_up_gets_one_mail(cast):
    sign_up(open_round(cast), cast.north, cast.sem, contact_email="Sem@Voorbeeld.test")
    assert queued() == [("pilot_signed_up", "Team Noord", "sem@voorbeeld.test", 0)]


def test_the_last_place_tells_who_waits_once(cast):
    round_ = open_round(cast, places=2)
    own = {"contact_email": "noor@voorbeeld.test"}
    one, two, three, four = (sign_up(round_, team, cast.noor, **own) for team in teams(cast.home, 4))
    queued()
    pilot.award_place(one.id, by=cast.ilse)
    assert queued() == [("pilot_awarded", "Team 01", "noor@voorbeeld.test", 1)]
    pilot.award_place(three.id, by=cast.ilse)
    pilot.award_place(three.id, by=cast.ilse)
    filled = [
        ("pilot_awarded", "Team 03", "noor@voorbeeld.test", 1),
        ("pilot_waiting", "Team 02", "noor@voorbeeld.test", 0),
        ("pilot_waiting", "Team 04", "noor@voorbeeld.test", 0),
    ]
    kept = list(Message.objects.filter(kind="pilot_waiting"))
    assert queued() == filled
    Message.objects.bulk_create(kept)
    # The place is taken back and given to another: only who was not told before is told.
    pilot.take_back_award(three.id, by=cast.ilse)
    pilot.award_place(two.id, by=cast.ilse)
    assert queued() == [
        ("pilot_awarded", "Team 02", "noor@voorbeeld.test", 1),
        ("pilot_change", "Team 03", "iris@voorbeeld.test", 2),
        ("pilot_taken_back", "Team 03", "noor@voorbeeld.test", 2),
        ("pilot_waiting", "Team 02", "noor@voorbeeld.test", 0),
        ("pilot_waiting", "Team 03", "noor@voorbeeld.test", 0),
        ("pilot_waiting", "Team 04", "noor@voorbeeld.test", 0),
    ]
    assert four.state == "signed_up"


def test_a_withdrawal_tells_the_team_and_the_nji_once(cast):
    round_ = open_round(cast)
    signup = sign_up(round_, cast.north, cast.sem)
    pilot.award_place(signup.id, by=cast.ilse)
    queued()
    pilot.withdraw_signup(signup.id, by=cast.noor)
    pilot.withdraw_signup(signup.id, by=cast.noor)
    assert queued() == [
        ("pilot_change", "Team Noord", "ilse@voorbeeld.test", 2),
        ("pilot_change", "Team Noord", "iris@voorbeeld.test", 2),
        ("pilot_withdrawn", "Team Noord", CARLA, 2),
        ("pilot_withdrawn", "Team Noord", "sem@voorbeeld.test", 2),
    ]


def test_when_the_signer_left_the_team_s_present_leaders_are_told(cast):
    signup = sign_up(open_round(cast), cast.north, cast.sem, contact_email="sem@voorbeeld.test")
    queued()
    Membership.objects.filter(user=cast.sem).delete()
    pilot.award_place(signup.id, by=cast.ilse)
    assert queued() == [("pilot_awarded", "Team Noord", "noor@voorbeeld.test", 1)]
    pilot.take_back_award(signup.id, by=cast.ilse)
    queued()
    leader = cast.member("Nieuwe leider", role="leidinggevende")
    pilot.award_place(signup.id, by=cast.ilse)
    assert queued() == [("pilot_awarded", "Team Noord", leader.email, 3)]


def test_a_signer_whose_account_is_closed_is_not_told(cast):
    signup = sign_up(open_round(cast), cast.north, cast.noor, contact_email="noor@voorbeeld.test")
    queued()
    User.objects.filter(id=cast.noor.id).update(is_active=False)
    pilot.award_place(signup.id, by=cast.ilse)
    assert queued() == [("pilot_awarded", "Team Noord", "sem@voorbeeld.test", 1)]


def test_what_is_queued_is_dropped_for_who_may_no_longer_know(cast):
    signup = sign_up(open_round(cast), cast.north, cast.sem)
    assert [(kind, to) for kind, to, *_ in mails()] == [
        ("pilot_signed_up", CARLA),
        ("pilot_signed_up", "sem@voorbeeld.test"),
    ]
    TeamMembership.objects.filter(membership__user=cast.sem).delete()
    assert [(kind, to) for kind, to, *_ in mails()] == [("pilot_signed_up", CARLA)]
    pilot.withdraw_signup(signup.id, by=cast.noor)
    cast.ilse.groups.clear()
    assert [(kind, to) for kind, to, *_ in mails()] == [
        ("pilot_change", "iris@voorbeeld.test"),
        ("pilot_withdrawn", CARLA),
        ("pilot_withdrawn", "noor@voorbeeld.test"),
    ]


def test_an_award_that_was_taken_back_is_not_told_any_more(cast):
    signup = sign_up(open_round(cast), cast.north, cast.sem)
    pilot.award_place(signup.id, by=cast.ilse)
    awarded = list(Message.objects.filter(kind="pilot_awarded"))
    pilot.take_back_award(signup.id, by=cast.ilse)
    Message.objects.filter(id__in=[message.id for message in awarded]).update(state=State.QUEUED)
    assert [kind for kind, *_ in mails()] == [
        "pilot_change",
        "pilot_signed_up",
        "pilot_signed_up",
        "pilot_taken_back",
        "pilot_taken_back",
    ]
    pilot.award_place(signup.id, by=cast.ilse)
    assert [kind for kind, *_ in mails()] == ["pilot_awarded", "pilot_awarded", "pilot_signed_up", "pilot_signed_up"]


def test_mail_says_how_things_stand_when_it_is_sent(cast):
    round_ = open_round(cast, places=1)
    one, two, three = (sign_up(round_, team, cast.noor) for team in teams(cast.home, 3))
    pilot.award_place(one.id, by=cast.ilse)
    pilot.move_up(three.id, position=at(three), by=cast.ilse)
    texts = {
        (kind, to): text.split("\n\n")[1]
        for kind, to, _, text, _ in mails()
        if kind == "pilot_waiting" and "Team 02" in text
    }
    words = (
        "De plekken van Ronde 2027 zijn verdeeld. Team 02 heeft nu geen plek. "
        "Jullie staan op nummer 2 van de wachtlijst."
    )
    assert texts == {("pilot_waiting", "noor@voorbeeld.test"): words, ("pilot_waiting", CARLA): words}
    assert two.id != three.id


def test_mail_names_nobody_it_should_not_and_escapes_what_people_typed(cast):
    round_ = open_round(cast, places=1)
    signup = sign_up(round_, cast.north, cast.sem, contact_name="<b>Carla</b> 🎈", dates="<i>maart</i>")
    waiting = sign_up(round_, cast.away, cast.tess)
    pilot.award_place(signup.id, by=cast.ilse)
    everything = mails()
    pilot.take_back_award(signup.id, by=cast.ilse)
    everything += mails()
    pilot.withdraw_signup(waiting.id, by=cast.tess)
    everything += mails()
    assert {kind for kind, *_ in everything} == {
        "pilot_signed_up", "pilot_awarded", "pilot_waiting", "pilot_taken_back", "pilot_withdrawn", "pilot_change",
    }  # fmt: skip
    for kind, to, subject, text, html in everything:
        for secret in (MOTIVATION, "Ilse", "Iris", "Sem de Wit", "Tess", "Noor Aydin"):
            assert secret not in subject + text + html, (kind, to)
        if kind == "pilot_change":
            assert "Carla" not in text + html
        assert "<b>Carla" not in html
        assert "<i>maart" not in html
        if to == CARLA:
            assert "/pilot/aanmelding/" not in text + html
    assert any("<b>Carla</b> 🎈" in text for _, _, _, text, _ in everything)


def test_a_batch_costs_the_same_queries_however_large(cast, django_assert_num_queries):
    round_ = open_round(cast)
    for team in teams(cast.home, 10):
        sign_up(round_, team, cast.noor)
    messages = list(Message.objects.filter(kind="pilot_signed_up").select_related("recipient"))
    kind = registry["pilot_signed_up"]
    for count in (1, 20):
        with django_assert_num_queries(2):
            things = kind.load(messages[:count])
            assert len([kind.render(message, things[message.id]) for message in messages[:count]]) == count


def test_telling_thirty_costs_as_many_queries_as_telling_one(cast):
    counts = []
    for count in (2, 31):
        round_ = open_round(cast, places=1)
        for team in teams(cast.home, count):
            sign_up(round_, team, cast.noor)
            team.name = f"{count} {team.name}"
            team.save()
        first = PilotSignup.objects.waiting().filter(round=round_).first()
        assert first is not None
        with CaptureQueriesContext(connection) as queries:
            pilot.award_place(first.id, by=cast.ilse)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Message.objects.filter(kind="pilot_waiting").count() == 2 * (1 + 30)
