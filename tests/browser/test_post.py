"""The window on the mail, at a talk and over all."""

from django.urls import reverse

from lerend.mail import addresses
from lerend.mail.models import Message, State
from tests.browser.conftest import Visitor, press
from tests.conftest import PLAN_AT


def test_what_went_wrong_is_seen_and_sent_again(visitor: Visitor, cast, plan) -> None:
    talk = plan(cast.lina, "collegiaal-interview", [cast.joost])
    mails = Message.objects.filter(about=talk.id, kind="invitation")
    mails.filter(recipient=cast.joost).update(state=State.FAILED, error="550 SMTPRecipientsRefused", attempts=1)
    mails.filter(recipient=cast.lina).update(state=State.SENT, sent_at=PLAN_AT, attempts=1)
    addresses.fails(cast.joost.email, PLAN_AT)
    visitor.sign_in(cast.lina)
    visitor.goto(reverse("session", args=[talk.id]))
    visitor.check()
    press(visitor.page.get_by_role("link", name="Kijk wat je kunt doen"))
    visitor.check()
    assert visitor.page.get_by_text("Het adres van Joost neemt geen mail aan.").is_visible()

    visitor.sign_in(cast.beheer)
    visitor.goto(reverse("mail_window"))
    visitor.check()
    press(visitor.page.get_by_role("link", name="Uitnodiging voor een gesprek"))
    visitor.check()
    press(visitor.page.get_by_role("button", name="Verstuur opnieuw"))
    assert visitor.page.get_by_text("Eén bericht is opnieuw op weg.").is_visible()
    visitor.page.get_by_label("Hoe staat het ervoor").select_option("Wacht op zijn moment")
    press(visitor.page.get_by_role("button", name="Toon"))
    visitor.check()
    press(visitor.page.get_by_role("link", name="Herinnering aan een gesprek").first)
    visitor.check()

    visitor.sign_in(cast.lina)
    visitor.goto(reverse("session_mail", args=[talk.id]))
    assert visitor.page.get_by_text("Adres faalt").is_visible()
    visitor.check()
