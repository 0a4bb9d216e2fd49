"""Getting the subscription of one's own calendar, in a real browser."""

import os

from django.urls import reverse

from sessions_app.models import CalendarFeed
from tests.browser.conftest import press


def picture(visitor, name: str) -> None:
    if os.environ.get("PICTURES"):
        visitor.page.screenshot(path=f"{os.environ['PICTURES']}/feeds-{name}-{visitor.width}.png", full_page=True)


def test_from_account_to_an_address_and_back(cast, visitor):
    visitor.sign_in(cast.lina)
    page = visitor.page
    visitor.goto(reverse("account_home"))
    press(page.get_by_role("link", name="Agenda-abonnement"))
    visitor.check()
    picture(visitor, "none")
    press(page.get_by_role("button", name="Maak mijn adres"))
    visitor.check()
    page.get_by_text("Google Agenda", exact=True).click()
    picture(visitor, "made")
    first = page.get_by_label("Je geheime adres").input_value()
    assert page.get_by_role("link", name="Open in mijn agenda").get_attribute("href") == (
        "webcal" + first.removeprefix("http")
    )
    press(page.get_by_role("button", name="Maak een nieuw adres"))
    second = page.get_by_label("Je geheime adres").input_value()
    paths = [address.removeprefix("http://localhost:8000") for address in (first, second)]
    assert [page.request.get(visitor.base + path).status for path in paths] == [404, 200]
    visitor.goto(reverse("calendar_subscription"))
    assert page.get_by_text("haalde je gesprekken voor het laatst op:").is_visible()
    visitor.check()
    picture(visitor, "on")
    press(page.get_by_role("button", name="Stop het abonnement"))
    assert page.get_by_text("Het abonnement is gestopt.").is_visible()
    visitor.check()
    assert not CalendarFeed.objects.exists()
