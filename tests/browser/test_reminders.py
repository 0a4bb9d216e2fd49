"""Less mail, and other reminders, in a real browser: on a phone and at a desk."""

from django.conf import settings
from django.urls import reverse

from content.models import Moment
from lerend.mail.choice import unsubscribe_link
from organisations.models import Organisation, User
from sessions_app.models import OrganisationReminder, Session
from tests.browser.conftest import press


def test_the_daily_mail_and_the_reminders_of_a_talk(cast, plan, visitor):
    session = plan(cast.noor, "gesprek-met-bestuurder", [cast.sem])
    visitor.sign_in(cast.noor)
    page = visitor.page
    visitor.goto(reverse("account_home"))
    press(page.get_by_role("link", name="Kies welke mail je wilt"))
    visitor.check()
    page.get_by_role("radio", name="Eén mail per dag").check()
    press(page.get_by_role("button", name="Bewaar je keuze"))
    visitor.check()
    assert User.objects.get(id=cast.noor.id).mail_choice == "daily"

    visitor.goto(reverse("session", args=[session.id]))
    press(page.get_by_role("link", name="Herinneringen"))
    visitor.check()
    press(page.get_by_role("button", name="Zet er een herinnering bij"))
    press(page.get_by_role("button", name="Bewaar", exact=True))
    visitor.check()
    assert page.get_by_role("alert").get_by_role("link").all_inner_texts() == [
        "Herinnering 4, hoeveel – Hoeveel dagen, uren of minuten?",
    ]
    page.get_by_label("Hoeveel").last.fill("1")
    page.get_by_label("Ervoor of erna").last.select_option(label="uur voor het begin")
    page.get_by_label("Hoeveel").last.press("Enter")
    page.get_by_text("De herinneringen zijn bewaard.").wait_for()
    # Asked anew: what was planned has its first reminders with it.
    kept = Session.objects.get(id=session.id).reminders.all()
    assert Moment(minutes_before=60) in {rule.moment for rule in kept}

    visitor.goto(reverse("organisation_settings", args=[cast.home.id]))
    page.get_by_label("Stil vanaf").fill("20:00")
    page.get_by_label("Stil tot").fill("08:00")
    page.get_by_label("Ook stil op zaterdag en zondag").check()
    press(page.get_by_role("button", name="Bewaar"))
    visitor.check()
    assert Organisation.objects.get(id=cast.home.id).quiet_weekends is True
    press(page.get_by_role("link", name="Onze herinneringen"))
    visitor.check()
    press(page.get_by_role("button", name="Zet er een herinnering bij"))
    page.get_by_label("Hoeveel").fill("2")
    page.get_by_label("Hoe laat").fill("10:00")
    press(page.get_by_role("button", name="Bewaar", exact=True))
    visitor.check()
    assert OrganisationReminder.objects.count() == 1

    page.context.clear_cookies()
    visitor.goto(unsubscribe_link(cast.sem.id).removeprefix(settings.SITE_URL))
    visitor.check()
    press(page.get_by_role("button", name="Alleen wat nodig is"))
    page.get_by_text("Gelukt: alleen nog wat nodig is").wait_for()
    visitor.check()
    assert User.objects.get(id=cast.sem.id).mail_choice == "none"
