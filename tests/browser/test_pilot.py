"""The pilot in a real browser: a team is signed up, the NJi gives a place, the team withdraws."""

import re

from django.urls import reverse

from sessions_app.domain import pilot
from sessions_app.models import PilotRound
from tests.browser.conftest import press
from tests.sessions_app.pilot_cast import open_round, sign_up, teams


def test_a_team_signs_up_gets_a_place_and_withdraws(cast, edition, visitor):
    round_ = open_round(cast, name="Pilot-dagdelen 2027")
    with_merel = {"merel_wanted": True, "merel_cost_accepted": True}
    others = [sign_up(round_, team, cast.noor, **with_merel) for team in teams(cast.home, 4)]
    for signup in others[:2]:
        pilot.award_place(signup.id, by=cast.ilse)
    page = visitor.page
    visitor.goto(reverse("pilot"))
    visitor.check()
    assert page.get_by_role("img", name="Plek 3: vrij").count() == 1

    visitor.sign_in(cast.sem)
    visitor.goto(reverse("pilot"))
    press(page.get_by_role("link", name="Meld je team aan"))
    visitor.check()
    page.get_by_label("We willen Merel Steinweg erbij").check()
    page.get_by_label("Waarom willen jullie meedoen?").fill("Samen nadenken over ons vak.\n\nEn over de wijk.")
    page.evaluate("document.querySelector('form[method=post].sheet').noValidate = true")
    press(page.get_by_role("button", name="Meld het team aan"))
    visitor.check()
    wrong = page.get_by_role("alert").get_by_role("link")
    assert [link.get_attribute("href") for link in wrong.all()] == [
        "#id_size",
        "#id_shares_experience",
        "#id_merel_cost_accepted",
    ]
    page.get_by_label("Met hoeveel mensen zijn jullie?").fill("14")
    page.get_by_label("Welke dagen komen jullie uit?").fill("3 of 10 februari")
    page.get_by_label("We delen onze ervaring").check()
    page.get_by_label("We betalen de kosten").check()
    press(page.get_by_role("button", name="Meld het team aan"))
    assert page.get_by_text("Je team is aangemeld.").is_visible()
    visitor.check()
    signup_page = page.url
    visitor.goto(reverse("pilot"))
    visitor.check()

    visitor.sign_in(cast.ilse)
    visitor.goto(reverse("pilot"))
    visitor.check()
    press(page.get_by_role("link", name="Bekijk de aanmeldingen"))
    visitor.check()
    press(page.get_by_role("button", name=re.compile("Zet hoger.*Team Noord")))
    press(page.get_by_role("link", name=re.compile("Bekijk en kies.*Team Noord")))
    visitor.check()
    press(page.get_by_role("button", name="Geef dit team een plek"))
    assert page.get_by_text("Team Noord heeft plek 3. Het team krijgt een mail.").is_visible()
    visitor.check()
    press(page.get_by_role("link", name="Team Noord"))
    visitor.check()
    press(page.get_by_role("link", name="Neem de plek terug"))
    visitor.check()

    visitor.sign_in(cast.sem)
    page.goto(signup_page)
    visitor.check()
    press(page.get_by_role("link", name="Trek de aanmelding in"))
    visitor.check()
    press(page.get_by_role("button", name="Ja, trek de aanmelding in"))
    assert page.get_by_text("De aanmelding van Team Noord is ingetrokken.").is_visible()
    page.goto(signup_page)
    visitor.check()

    visitor.sign_in(cast.aart)
    visitor.goto(reverse("pilot"))
    assert page.get_by_text("Team 01, Wijkteams Voorbeeld").is_visible()
    visitor.check()


def test_a_round_is_opened_and_changed(cast, visitor):
    visitor.sign_in(cast.ilse)
    visitor.goto(reverse("pilot"))
    visitor.check()
    page = visitor.page
    press(page.get_by_role("link", name="Maak een ronde"))
    visitor.check()
    page.get_by_label("Hoe heet de ronde?").fill("Pilot-dagdelen 2028")
    for group, (day, hour) in {
        "Vanaf wanneer": ("2028-03-26", "02:30"),
        "Tot wanneer": ("2028-05-01", "12:00"),
    }.items():
        asked = page.get_by_role("group", name=group)
        asked.get_by_label("Datum", exact=True).fill(day)
        asked.get_by_label("Tijd", exact=True).fill(hour)
    press(page.get_by_role("button", name="Maak de ronde"))
    assert page.get_by_text("Deze tijd bestaat dan niet").count() == 2
    visitor.check()
    page.get_by_role("group", name="Vanaf wanneer").get_by_label("Tijd", exact=True).fill("09:00")
    press(page.get_by_role("button", name="Maak de ronde"))
    assert page.get_by_text("De ronde is gemaakt.").is_visible()
    visitor.check()
    round_ = PilotRound.objects.get()
    assert round_.opens_at.isoformat() == "2028-03-26T07:00:00+00:00"
    press(page.get_by_role("link", name="Wijzig de ronde"))
    visitor.check()
