"""Somebody is replaced, and answers from the mail with a word and another moment, which the planner takes over."""

import re
from datetime import timedelta

from django.core import mail
from django.urls import reverse

from lerend.mail import outbox
from lerend.mail.models import Message
from sessions_app.domain import telling
from sessions_app.models import Answer
from tests.browser.conftest import PHONE, press

WORD = "Dan ben ik er niet. Donderdag wel? 🚲"


def test_one_replaced_another_moment_and_the_rest_of_what_a_planner_does(cast, plan, page_at, settings):
    fatma = cast.member("Fatma <b>Yıldız</b>")
    session = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    outbox.deliver()
    address = reverse("session", args=[session.id])
    pim = page_at(PHONE)
    pim.sign_in(cast.pim)
    page = pim.page
    pim.goto(address)
    pim.check()
    press(page.get_by_role("link", name="Andere mensen"))
    press(page.get_by_role("button", name="Wijzig en laat het weten"))
    assert page.get_by_role("alert").get_by_text("Kies wie er niet meer meedoet").is_visible()
    pim.check()
    page.get_by_role("group", name="Wie doet er niet meer mee?").get_by_label("Joost Kramer").check()
    page.get_by_text("Team Noord").click()
    page.get_by_label(fatma.name).check()
    pim.check()
    press(page.get_by_role("button", name="Wijzig en laat het weten"))
    assert page.get_by_text("Over 5 minuten gaat één mail uit").is_visible()
    assert page.get_by_text(f"Nog geen antwoord van {fatma.name} en Lina Bakker.").is_visible()
    pim.check()
    press(page.get_by_role("button", name="Verstuur nu"))
    outbox.deliver()
    told = {letter.to[0]: letter.subject.split(":")[0] for letter in mail.outbox}
    assert told == {fatma.email: "Uitnodiging", cast.lina.email: "Gewijzigd", cast.joost.email: "Je doet niet meer mee"}

    letter = next(letter for letter in mail.outbox if letter.to == [fatma.email])
    link = re.search(r"(/antwoord/\S+)\?antwoord=nee", str(letter.body))
    assert link
    guest = page_at(PHONE)
    guest.goto(link.group(1))
    guest.check()
    guest.page.get_by_text("Iets erbij zeggen, of een ander moment").click()
    guest.page.get_by_label("Een woord erbij").fill(WORD)
    press(guest.page.get_by_role("button", name="Stel dit moment voor"))
    assert guest.page.get_by_role("alert").get_by_text("Vul een datum en een tijd in.").is_visible()
    assert guest.page.get_by_label("Een woord erbij").input_value() == WORD
    guest.check()
    guest.page.get_by_label("Datum", exact=True).fill("2027-03-11")
    guest.page.get_by_label("Tijd", exact=True).fill("10:00")
    press(guest.page.get_by_role("button", name="Stel dit moment voor"))
    assert guest.page.get_by_role("heading", name="Je stelde een ander moment voor").is_visible()
    guest.check()

    pim.goto(address)
    assert page.get_by_text(WORD).is_visible()
    pim.check()
    press(page.get_by_role("button", name="Herinner wie nog niet antwoordde"))
    assert page.get_by_text("Eén persoon krijgt nu een herinnering.").is_visible()
    assert page.get_by_text("kan het weer").is_visible()
    press(page.get_by_role("link", name="Neem dit moment over"))
    assert page.get_by_label("Datum", exact=True).input_value() == "2027-03-11"
    pim.check()
    press(page.get_by_role("button", name="Verzet en laat het weten"), times=2)
    assert page.get_by_text("Gewijzigd. Binnen vijf minuten").is_visible()
    assert page.get_by_text(WORD).count() == 0
    for name in ("Programma aanpassen", "Overdragen", "Annuleren"):
        press(page.get_by_role("link", name=name))
        pim.check()
        page.go_back()
    press(page.get_by_role("link", name="Overdragen"))
    page.get_by_label("Noor Aydin").check()
    press(page.get_by_role("button", name="Draag het over"), times=2)
    assert page.get_by_text("Noor Aydin zorgt nu voor dit gesprek").is_visible()
    assert dict(session.participants.values_list("user__name", "answer")) == {
        fatma.name: Answer.OPEN,
        "Lina Bakker": Answer.OPEN,
    }
    waits = Message.objects.filter(kind="handed_over", recipient=cast.noor).get()
    assert telling.WINDOW - timedelta(minutes=1) < waits.send_after - waits.created_at <= telling.WINDOW
