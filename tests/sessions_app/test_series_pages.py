"""The pages of series: repeating a draft, the page of a series, and answering from the mail."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from sessions_app.domain import changes, series
from sessions_app.forms.series import RepeatForm
from sessions_app.models import Answer, Participant, Session, State
from sessions_app.queries.recurrence import Repeat
from tests.conftest import PLAN_AT

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FIRST = datetime(2027, 3, 2, 10, tzinfo=AMSTERDAM)  # a Tuesday, the first of its month
WEEKLY = Repeat(1, 4)


@pytest.fixture
def weekly(cast, plan) -> Session:
    return plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=WEEKLY)


@pytest.mark.parametrize(
    ("filled", "expected"),
    [
        ({}, None),
        ({"returns": "nee", "times": "3"}, None),
        ({"returns": "weken", "every": "6", "times": "3"}, Repeat(6, 3)),
        ({"returns": "maanden", "every": "1", "times": "12"}, Repeat(1, 12, nth=1)),
        ({"returns": "weken", "every": "1", "until": "2027-03-16"}, Repeat(1, 3)),
        ({"returns": "laatste", "every": "1", "times": "3"}, {"returns": "niet de laatste dinsdag"}),
        ({"returns": "weken", "every": "27", "times": "3"}, {"every": "ten hoogste 26"}),
        ({"returns": "weken", "every": "1"}, {"times": "Vul in hoe vaak"}),
        ({"returns": "weken", "times": "3", "until": "2027-04-01"}, {"times": "Niet allebei"}),
        ({"returns": "weken", "until": "2027-03-03"}, {"until": "1 keer"}),
        ({"returns": "weken", "until": "2029-03-03"}, {"until": "meer dan 52 keer"}),
    ],
)
def test_how_a_talk_returns(filled, expected):
    form = RepeatForm(filled, starts_at=FIRST)
    if isinstance(expected, dict):
        ((field, why),) = expected.items()
        assert list(form.errors) == [field]
        assert why in form.errors[field][0]
    else:
        assert form.is_valid(), form.errors
        assert form.cleaned_data["repeat"] == expected


def test_a_draft_is_repeated_checked_and_sent(cast, plan, client_of):
    draft = plan(cast.sem, "teamdagdeel", teams=[cast.north], send=False)
    sem = client_of(cast.sem)
    steps = list(draft.steps.all())
    filled = {"returns": "maanden", "every": "1", "times": "3"}
    filled |= {"stap-TOTAL_FORMS": len(steps), "stap-INITIAL_FORMS": len(steps)}
    filled |= {"starts_at_datum": "2027-03-02", "starts_at_tijd": "10:00"}
    for number, step in enumerate(steps):
        name = f"stap-{number}"
        filled |= {f"{name}-id": step.id, f"{name}-title": step.title, f"{name}-minutes": 30, f"{name}-keep": "on"}
    refused = sem.post(reverse("plan_when", args=[draft.id]), filled | {"times": ""}).content.decode()
    assert "Vul in hoe vaak, of kies een laatste datum. Niet allebei." in refused
    assert "Bijvoorbeeld de eerste dinsdag van de maand." in refused
    check = reverse("plan_check", args=[draft.id])
    assert sem.post(reverse("plan_when", args=[draft.id]), filled).url == check
    page = sem.get(check)
    assert "Een reeks, elke eerste dinsdag." in page.content.decode()
    dates = list(page.context["kept"].by_name)
    assert [date[:10] for date in dates] == ["2027-03-02", "2027-04-06", "2027-05-04"]
    again = sem.post(check, {"dates": [dates[0], dates[2]], "bekijk": "1"}).content.decode()
    assert "2 keer vanaf dinsdag 2 maart 2027" in again
    assert Session.objects.get(id=draft.id).state == State.DRAFT
    assert "Laat ten minste één datum staan." in sem.post(check, {}).content.decode()
    sent = sem.post(check, {"dates": [dates[0], dates[2]]}, follow=True)
    assert sent.redirect_chain == [(reverse("session", args=[draft.id]), 302)]
    assert "De reeks van 2 gesprekken is gepland." in sent.content.decode()
    draft.refresh_from_db()
    assert (draft.series.count, draft.series.sessions.count()) == (3, 2)


def test_what_the_page_of_a_talk_tells_of_its_series(cast, weekly, client_of):
    second = Session.objects.get(series=weekly.series, occurrence=1)
    page = client_of(cast.lina).get(reverse("session", args=[second.id])).content.decode()
    assert "Dit gesprek hoort bij een reeks: 2 van 4, elke dinsdag." in page
    assert "Vorige: dinsdag 9 maart 2027" in page
    assert reverse("series", args=[weekly.series_id]) in page
    # To who takes part in no more than one of them it is no series.
    Participant.objects.create(session=second, user=cast.noor, organisation=cast.home)
    page = client_of(cast.noor).get(reverse("session", args=[second.id])).content.decode()
    assert "reeks" not in page


def test_the_page_of_a_series(cast, weekly, client_of):
    address = reverse("series", args=[weekly.series_id])
    mine = client_of(cast.lina).get(address).content.decode()
    assert "Je ziet 4 gesprekken." in mine
    assert "Jij zorgt voor deze reeks" not in mine
    assert "Jij zorgt voor deze reeks" in client_of(cast.sem).get(address).content.decode()
    for stranger in (cast.noor, cast.pim, cast.tess, cast.beheer):
        assert client_of(stranger).get(address).status_code == 404


def test_only_what_one_may_see_is_counted(cast, plan, client_of, time_machine):
    talk = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False, repeat=WEEKLY)
    time_machine.move_to(PLAN_AT + timedelta(weeks=2, hours=1))
    page = client_of(cast.pim).get(reverse("series", args=[talk.series_id])).content.decode()
    assert "Je ziet er één gesprek van." in page
    assert "9 maart" not in page
    assert "4 gesprekken" not in page


@pytest.mark.parametrize("repeat", [Repeat(1, 2), Repeat(1, 30)])
def test_queries_of_the_page(cast, plan, client_of, repeat, django_assert_num_queries):
    talk = plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=repeat)
    lina = client_of(cast.lina)
    address = reverse("series", args=[talk.series_id])
    lina.get(address)
    with django_assert_num_queries(7):
        lina.get(address)


def test_moving_and_cancelling_ask_for_which_talks(cast, weekly, client_of):
    sem = client_of(cast.sem)
    second = Session.objects.get(series=weekly.series, occurrence=1)
    move = reverse("session_move", args=[second.id])
    page = sem.get(move + "?voor=all").content.decode()
    assert "Dit gesprek en alle latere (3 gesprekken)" in page
    assert "Alle gesprekken die nog komen (4 gesprekken)" in page
    filled = {"starts_at_datum": "2027-03-17", "starts_at_tijd": "14:00", "place": "De Kom", "link": ""}
    assert sem.post(move, filled).status_code == 200  # no choice was made
    assert sem.post(move, filled | {"which": "later"}).status_code == 302
    days = Session.objects.filter(series=weekly.series).order_by("occurrence").values_list("starts_at", flat=True)
    assert [f"{day:%d}" for day in days] == ["09", "17", "24", "31"]
    sem.post(move, filled | {"which": "one", "starts_at_datum": "2027-03-18"})
    assert [f"{day:%d}" for day in days.all()] == ["09", "18", "24", "31"]
    away = sem.post(reverse("session_cancel", args=[second.id]), {"which": "later"}, follow=True).content.decode()
    assert "De gesprekken gaan niet door." in away
    assert list(Session.objects.filter(series=weekly.series, state=State.PLANNED)) == [weekly]


def test_adding_some_from_the_page(cast, weekly, client_of):
    address = reverse("series_extend", args=[weekly.series_id])
    assert client_of(cast.lina).post(address, {"keer": 2, "aantal": 4}).status_code == 403
    sem = client_of(cast.sem)
    for keer in ("", "0", "x"):
        sem.post(address, {"keer": keer, "aantal": 4})
    assert weekly.series.sessions.count() == 4
    sem.post(address, {"keer": 2, "aantal": 4})
    sem.post(address, {"keer": 2, "aantal": 4})
    assert weekly.series.sessions.count() == 6


def answers(user) -> list[str]:
    found = Participant.objects.filter(user=user, session__series__isnull=False)
    return list(found.order_by("session__occurrence").values_list("answer", flat=True))


@pytest.mark.parametrize("way", ["token", "signed in"])
def test_answering_for_all_and_for_each(cast, weekly, client_of, way):
    if way == "token":
        address = reverse("series_answer_by_token", args=[series.answer_token(weekly.series, cast.lina)])
        browser = client_of(None)
        page = browser.get(address + "?antwoord=nee").content.decode()
        assert "deze 4 gesprekken komen er nog" in page
        assert "Joost" not in page
    else:
        address, browser = reverse("series_answer", args=[weekly.series_id]), client_of(cast.lina)
    assert answers(cast.lina) == [""] * 4
    browser.post(address, {"antwoord": "ja", "volgnummer": "0"})
    assert answers(cast.lina) == ["yes"] * 4
    second = weekly.series.sessions.get(occurrence=1)
    page = browser.post(address, {f"datum_{second.id.hex}": "no", "volgnummer": "0"}, follow=True).content.decode()
    assert (">Genoteerd.<" in page, "<h2>Je komt niet altijd</h2>" in page) == (True, True)
    assert answers(cast.lina) == ["yes", "no", "yes", "yes"]
    for filled in ({"volgnummer": "0"}, {"antwoord": "ja"}, {"antwoord": "misschien", "volgnummer": "0"}):
        browser.post(address, filled)
    assert answers(cast.lina) == ["yes", "no", "yes", "yes"]
    changes.cancel(weekly.id, by=cast.sem)
    browser.post(address, {"antwoord": "ja", "volgnummer": "0"})
    assert answers(cast.lina) == ["yes", "no", "yes", "yes"]
    assert answers(cast.joost) == [Answer.OPEN] * 4


def test_a_token_of_nobody(client):
    assert client.get(reverse("series_answer_by_token", args=["x:y:z"])).status_code == 404
