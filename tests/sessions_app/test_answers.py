"""Answers with a word, another moment, and reminding those who have not answered; and who sees which of it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lerend.mail.models import Message
from organisations.domain.errors import Refused
from organisations.models import Membership
from sessions_app.domain import changes, telling
from sessions_app.models import Answer, Participant, Session
from sessions_app.queries.recurrence import Repeat
from tests.conftest import PLAN_AT

DAY = timedelta(days=1)
BETTER = PLAN_AT + 2 * DAY
WORD = "Ik kom <b>later</b>. 🚲"


@pytest.fixture
def talk(cast, plan):
    """A talk of lina and joost that pim planned for them."""
    return plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)


def place_of(session, user) -> Participant:
    return session.participants.get(user=user)


def said(session, user):
    place = place_of(session, user)
    return place.answer, place.word, place.proposes


def test_a_word_and_another_moment_go_with_the_answer_and_are_replaced_with_it(cast, talk):
    lina = place_of(talk, cast.lina).id
    changes.answer(lina, Answer.NO, word=f" {WORD} ", proposes=BETTER)
    assert said(talk, cast.lina) == ("no", WORD, BETTER)
    changes.answer(lina, Answer.OPEN, proposes=BETTER)
    assert said(talk, cast.lina) == ("", None, BETTER)
    changes.answer(lina, Answer.YES, word="Toch wel.", proposes=BETTER)
    assert said(talk, cast.lina) == ("yes", "Toch wel.", None)


@pytest.mark.parametrize(
    ("proposes", "why"),
    [
        (None, "Kies ja of nee"),
        (PLAN_AT - timedelta(days=3650), "al voorbij"),
        (PLAN_AT + timedelta(days=3650), "twee jaar"),
        (PLAN_AT, "waarop het gesprek al is"),
    ],
)
def test_another_moment_is_one_that_can_be(cast, talk, proposes, why):
    with pytest.raises(Refused, match=why):
        changes.answer(place_of(talk, cast.lina).id, Answer.OPEN, proposes=proposes)


def test_who_plans_writes_no_word_to_themselves(cast, plan):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    changes.answer(place_of(session, cast.lina).id, Answer.NO, word=WORD, proposes=BETTER)
    assert said(session, cast.lina) == ("no", None, None)


def test_what_can_be_said_once_it_began_once_it_is_over_and_once_it_is_called_off(cast, talk, time_machine):
    """Nobody is left who would read a word; afterwards one can only say to have been there."""
    place = place_of(talk, cast.lina).id
    time_machine.move_to(talk.starts_at, tick=False)
    changes.answer(place, Answer.NO, word=WORD, proposes=BETTER)
    assert said(talk, cast.lina) == ("no", None, None)
    time_machine.move_to(talk.ends_at, tick=False)
    with pytest.raises(Refused, match="al geweest"):
        changes.answer(place, Answer.NO)
    changes.answer(place, Answer.YES, word=WORD)
    assert said(talk, cast.lina) == ("yes", None, None)
    time_machine.move_to(talk.starts_at - DAY, tick=False)
    changes.cancel(talk.id, by=cast.pim)
    for answer in (Answer.YES, Answer.NO):
        with pytest.raises(Refused, match="gaat niet door"):
            changes.answer(place, answer)
    assert said(talk, cast.lina) == ("yes", None, None)


def test_moving_empties_what_was_said_and_so_do_calling_off_and_the_end(cast, talk, post):
    changes.answer(place_of(talk, cast.lina).id, Answer.NO, word=WORD, proposes=BETTER)
    telling.forget_due(PLAN_AT)
    assert said(talk, cast.lina) == ("no", WORD, BETTER)
    telling.forget_due(PLAN_AT + DAY)
    assert said(talk, cast.lina) == ("no", None, None)
    changes.answer(place_of(talk, cast.lina).id, Answer.NO, word=WORD, proposes=BETTER)
    changes.reschedule(talk.id, starts_at=BETTER, place="De Brug", link="", by=cast.pim)
    assert said(talk, cast.lina) == ("", None, None)
    changes.answer(place_of(talk, cast.lina).id, Answer.NO, word=WORD)
    changes.cancel(talk.id, by=cast.pim)
    telling.forget_due(PLAN_AT)
    assert said(talk, cast.lina) == ("no", None, None)


def test_the_word_is_for_who_plans_and_who_wrote_it(cast, talk, client, client_of, mailoutbox):
    """By the page and by the link from the mail; the link shows nothing back, for a mail may be sent on."""
    page, link = reverse("session", args=[talk.id]), f"/antwoord/{changes.answer_token(place_of(talk, cast.joost))}/"
    lina = client_of(cast.lina)
    assert lina.post(reverse("session_answer", args=[talk.id]), {"antwoord": "ja", "word": WORD}).url == page
    moment = {"proposes_datum": "2027-03-11", "proposes_tijd": "10:00"}
    assert client.post(link, {"antwoord": "voorstel", "word": "Liever donderdag.", **moment}).url == link
    assert said(talk, cast.joost) == ("", "Liever donderdag.", BETTER)
    seen = {}
    for name in ("pim", "lina", "joost"):
        shown = client_of(getattr(cast, name)).get(page).content.decode()
        seen[name] = ["later&lt;/b&gt;" in shown, "Liever" in shown]
    assert seen == {"pim": [True, True], "lina": [True, False], "joost": [False, True]}
    shown = client.get(link).content.decode()
    assert ("Liever" in shown, "nieuw antwoord vervangt dat" in shown) == (False, True)


def test_nothing_typed_is_lost_when_an_answer_cannot_be_kept(cast, talk, client):
    link = f"/antwoord/{changes.answer_token(place_of(talk, cast.joost))}/"
    past = {"antwoord": "nee", "word": WORD, "proposes_datum": "2020-03-11", "proposes_tijd": "10:00"}
    page = client.post(link, past).content.decode()
    assert ("al voorbij" in page, "Ik kom &lt;b&gt;later&lt;/b&gt;. 🚲</textarea>" in page) == (True, True)
    page = client.post(link, {"antwoord": "nee", "word": "x" * 10_000}).content.decode()
    assert ("300" in page, "x" * 10_000 in page) == (True, True)
    page = client.post(link, {"antwoord": "voorstel"}).content.decode()
    assert "Vul een datum en een tijd in." in page
    changes.reschedule(talk.id, starts_at=PLAN_AT + DAY, place="De Brug", link="", by=cast.pim)
    page = client.post(link, {"antwoord": "ja", "word": WORD, "volgnummer": "0"}).content.decode()
    assert ("intussen gewijzigd" in page, 'name="volgnummer" value="1"' in page) == (True, True)
    assert said(talk, cast.joost) == ("", None, None)


def keeper_page(client_of, user, session) -> str:
    return client_of(user).get(reverse("session", args=[session.id])).content.decode()


def test_who_plans_for_others_sees_who_has_not_answered_and_never_who_declined(cast, plan, held, client_of):
    people = [cast.member(name) for name in ("Fatma", "Bram")]
    session = plan(cast.pim, "teamdagdeel", [cast.lina, cast.joost, *people], join=False)
    changes.answer(place_of(session, cast.lina).id, Answer.NO)
    changes.answer(place_of(session, cast.joost).id, Answer.YES)
    page = keeper_page(client_of, cast.pim, session)
    assert "Nog geen antwoord van Bram en Fatma." in page
    assert ("te komen" in page, "komt niet" in page) == (False, False)
    for user in people:
        changes.answer(place_of(session, user).id, Answer.YES)
    page = keeper_page(client_of, cast.pim, session)
    assert ("Iedereen heeft geantwoord. 3 zeggen te komen." in page, "komt niet" in page) == (True, False)
    page = keeper_page(client_of, cast.pim, held(session, cast.lina, close=False))
    assert ("Antwoorden" in page, "Iedereen heeft geantwoord" in page) == (False, False)


def test_in_a_talk_of_two_no_number_is_shown(cast, talk, client_of):
    changes.answer(place_of(talk, cast.lina).id, Answer.NO)
    assert "Nog geen antwoord van Joost Kramer." in keeper_page(client_of, cast.pim, talk)
    changes.answer(place_of(talk, cast.joost).id, Answer.YES)
    page = keeper_page(client_of, cast.pim, talk)
    assert ("Iedereen heeft geantwoord.</p>" in page, "te komen" in page) == (True, False)


def test_one_click_reminds_who_has_not_answered_once_a_day(cast, talk, post, time_machine):
    with pytest.raises(Refused, match="niemand om te herinneren"):
        changes.nudge(talk.id, by=cast.pim)  # the invitations have yet to go
    post()
    changes.answer(place_of(talk, cast.lina).id, Answer.YES)
    assert changes.nudge(talk.id, by=cast.pim) == 1
    assert Message.objects.get(kind="nudge").expires_at == PLAN_AT
    with pytest.raises(Refused, match="ging al een herinnering uit"):
        changes.nudge(talk.id, by=cast.pim)
    assert post(timedelta(0)) == [("joost", "Kom je? Collegiaal interview, dinsdag 9 maart 2027, 10.00 tot 11.30 uur")]
    time_machine.shift(DAY - timedelta(minutes=1))
    with pytest.raises(Refused, match="ging al een herinnering uit"):
        changes.nudge(talk.id, by=cast.pim)
    time_machine.shift(timedelta(minutes=1))
    assert changes.nudge(talk.id, by=cast.pim) == 1
    time_machine.shift(DAY)
    Membership.objects.filter(user=cast.joost).delete()
    with pytest.raises(Refused, match="niemand om te herinneren"):
        changes.nudge(talk.id, by=cast.pim)


def test_in_a_series_one_click_a_day_is_for_all_its_talks(cast, plan, post, client_of):
    first = plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=Repeat(interval=1, count=3))
    post()
    assert changes.nudge(first.id, by=cast.sem) == 2
    second = Session.objects.get(series=first.series, occurrence=1)
    with pytest.raises(Refused, match="ging al een herinnering uit"):
        changes.nudge(second.id, by=cast.sem)
    assert "Er ging al een herinnering uit." in keeper_page(client_of, cast.sem, second)
    assert [who for who, _ in post(timedelta(0))] == ["joost", "lina"]


def test_only_others_whom_the_invitation_reached_are_reminded(cast, plan, post):
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    post()
    session.participants.filter(user=cast.sem).update(answer=Answer.OPEN)
    Message.objects.filter(kind="invitation", recipient=cast.joost).update(state="failed", sent_at=None)
    assert changes.nudge(session.id, by=cast.sem) == 1
    assert [who for who, _ in post(timedelta(0))] == ["lina"]


def test_who_answers_before_it_goes_or_hears_of_a_change_is_not_reminded(cast, talk, post):
    post()
    changes.nudge(talk.id, by=cast.pim)
    changes.answer(place_of(talk, cast.joost).id, Answer.NO)
    assert [who for who, _ in post(timedelta(0))] == ["lina"]
    Session.objects.update(nudged_at=None)
    changes.reschedule(talk.id, starts_at=BETTER, place="De Brug", link="", by=cast.pim)
    with pytest.raises(Refused, match="niemand om te herinneren"):
        changes.nudge(talk.id, by=cast.pim)
    assert Message.objects.filter(kind="nudge").count() == 2


def test_who_proposes_another_moment_is_not_reminded_for_it_is_the_keepers_turn(cast, talk, post, client_of):
    post()
    changes.nudge(talk.id, by=cast.pim)
    changes.answer(place_of(talk, cast.joost).id, Answer.OPEN, proposes=BETTER)
    assert [who for who, _ in post(timedelta(0))] == ["lina"]
    page = keeper_page(client_of, cast.pim, talk)
    assert ("Nog geen antwoord van Lina Bakker." in page, "Stelt voor:" in page) == (True, True)
    Session.objects.update(nudged_at=None)
    assert changes.nudge(talk.id, by=cast.pim) == 1
