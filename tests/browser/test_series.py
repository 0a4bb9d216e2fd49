"""A series in a real browser: repeated, checked, sent, answered from the mail, and changed from there on."""

import re

from django.core import mail
from django.urls import reverse
from playwright.sync_api import expect

from lerend.mail import outbox
from sessions_app.models import Participant, Session, State
from tests.browser.conftest import press


def test_a_talk_that_returns(cast, plan, visitor):
    draft = plan(cast.sem, "teamdagdeel", teams=[cast.north], send=False)
    visitor.sign_in(cast.sem)
    page = visitor.page
    visitor.goto(reverse("plan_when", args=[draft.id]))
    page.get_by_label("Datum", exact=True).fill("2027-03-02")
    page.get_by_text("Herhaal dit gesprek", exact=True).first.click()
    page.get_by_label("Om de zoveel maanden, op dezelfde soort dag").check()
    visitor.check()
    press(page.get_by_role("button", name="Bekijk wat er verstuurd wordt"))
    expect(page.get_by_role("alert")).to_contain_text("Vul in hoe vaak")
    visitor.check()
    page.get_by_label("Hoe vaak in totaal?").fill("4")
    press(page.get_by_role("button", name="Bekijk wat er verstuurd wordt"))
    expect(page.get_by_text("Een reeks, elke eerste dinsdag.")).to_be_visible()
    visitor.check()
    page.get_by_label("dinsdag 4 mei 2027").uncheck()
    press(page.get_by_role("button", name="Werk het voorbeeld bij"))
    expect(page.get_by_role("region", name="Voorbeeld van de mail")).to_contain_text(
        "3 keer vanaf dinsdag 2 maart 2027"
    )
    press(page.get_by_role("button", name="Plan en verstuur"))
    expect(page.get_by_text("1 van 3, elke eerste dinsdag")).to_be_visible()
    visitor.check()
    press(page.get_by_role("link", name="Hele reeks"))
    expect(page.get_by_text("Je ziet 3 gesprekken.")).to_be_visible()
    visitor.check()

    outbox.deliver()
    (letter,) = [one for one in mail.outbox if one.to == [cast.lina.email]]
    page.context.clear_cookies()
    visitor.goto(re.search(r"https?://[^/]+(/antwoord/reeks/\S+=nee)", letter.body)[1])
    visitor.check()
    page.get_by_role("group", name="dinsdag 6 april 2027").get_by_label("Nee").check()
    page.get_by_role("group", name="dinsdag 2 maart 2027").get_by_label("Ja").check()
    press(page.get_by_role("button", name="Bewaar per datum"))
    expect(page.get_by_text("Genoteerd.", exact=True)).to_be_visible()
    visitor.check()
    said = Participant.objects.filter(user=cast.lina).order_by("session__occurrence")
    assert list(said.values_list("answer", flat=True)) == ["yes", "no", ""]

    visitor.sign_in(cast.sem)
    visitor.goto(reverse("session_cancel", args=[Session.objects.get(occurrence=1).id]))
    visitor.check()
    page.get_by_label("Dit gesprek en alle latere (2 gesprekken)").check()
    press(page.get_by_role("button", name="Ja, annuleer"))
    assert list(Session.objects.order_by("occurrence").values_list("state", flat=True)) == [
        State.PLANNED,
        State.CANCELLED,
        State.CANCELLED,
    ]
