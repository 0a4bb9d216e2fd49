"""Choosing which mail one wants: at one's account, and with one click from a mail."""

import html

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from lerend.mail.choice import MailChoice, unsubscribe_link
from organisations.models import User
from tests.signing_in import Browser


def choice_of(person) -> str:
    return User.objects.values_list("mail_choice", flat=True).get(id=person.id)


def page_of(person) -> str:
    return unsubscribe_link(person.id).removeprefix(settings.SITE_URL)


def test_at_the_account(cast, client_of):
    page, browser = reverse("mail_choice"), client_of(cast.lina)
    assert "Dit krijg je altijd" in browser.get(page).content.decode()
    for choice in MailChoice:
        assert browser.post(page, {"mail_choice": choice}).status_code == 302
        assert choice_of(cast.lina) == choice
        assert html.escape(choice.label) in browser.get(reverse("account_home")).content.decode()
    assert browser.post(page, {"mail_choice": "x" * 10_000}).status_code == 200
    assert (choice_of(cast.lina), choice_of(cast.joost)) == ("none", "each")


def test_one_click_without_a_cookie_and_without_a_token_against_forgery(cast):
    browser = Client(enforce_csrf_checks=True)
    opened = browser.get(page_of(cast.lina))
    assert (opened.status_code, choice_of(cast.lina)) == (200, "each")
    for _ in range(2):
        clicked = browser.post(page_of(cast.lina), {"List-Unsubscribe": "One-Click"})
        assert (clicked.status_code, choice_of(cast.lina)) == (200, "none")
    assert "no-store" in clicked.headers["Cache-Control"]
    browser.post(page_of(cast.lina), {"keuze": "daily"})
    assert choice_of(cast.lina) == "daily"
    browser.post(page_of(cast.lina), {"keuze": "each"})  # more mail is chosen at the account alone
    assert choice_of(cast.lina) == "none"
    assert (browser.cookies.get("sessionid"), choice_of(cast.joost)) == (None, "each")


def test_a_reminder_for_staff_can_be_turned_off_without_a_second_factor(cast):
    browser = Client()
    browser.force_login(cast.roos)
    assert browser.post(page_of(cast.roos)).status_code == 200
    assert choice_of(cast.roos) == "none"


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_shown_tells_nothing_of_the_token(cast, method):
    def shown(path):
        response = getattr(Browser(), method)(path)
        return response.status_code, response.content.decode().replace(path, "")

    User.objects.filter(id=cast.joost.id).update(is_active=False)
    known = page_of(cast.lina)
    strange = [page_of(cast.joost), known[:-3] + "xx/", reverse("unsubscribe", args=["a" * 10_000])]
    assert [shown(path) for path in strange] == [shown(known)] * 3
    assert choice_of(cast.joost) == "each"


def test_it_is_limited(cast, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "unsubscribe": "1/h/ip"}
    browser = Browser()
    statuses = [browser.post(page_of(cast.lina)).status_code for _ in range(2)]
    assert (statuses, browser.get(page_of(cast.lina)).status_code) == ([200, 429], 200)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"quiet_until": ""}, "Vul beide tijden in"),
        ({"quiet_from": "08:00"}, "Kies een andere tijd"),
        ({"quiet_from": "x"}, "Vul een tijd in"),
        ({}, ""),
    ],
)
def test_a_bestuurder_sets_quiet_hours(cast, client_of, changed, said):
    page = reverse("organisation_settings", args=[cast.home.id])
    data = {"smallest_group": 5, "quiet_from": "20:00", "quiet_until": "08:00", "quiet_weekends": "on", **changed}
    response = client_of(cast.noor).post(page, data)
    cast.home.refresh_from_db()
    kept = f"{cast.home.quiet_from} {cast.home.quiet_until} {cast.home.quiet_weekends}"
    if said:
        assert said in html.unescape(response.content.decode())
    assert (response.status_code, kept) == ((200, "None None False") if said else (302, "20:00:00 08:00:00 True"))
