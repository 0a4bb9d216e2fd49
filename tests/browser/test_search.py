"""Searching in a real browser: it fits, reads, and leads to what was found."""

from django.urls import reverse

from content.starter import load_starter
from tests.browser.conftest import Visitor, press


def test_searching_and_going_there(visitor: Visitor) -> None:
    load_starter()
    page = visitor.page
    visitor.goto(reverse("vak"))
    press(page.get_by_role("navigation", name="Het vak").get_by_role("link", name="Zoeken"))
    visitor.check()
    page.get_by_label("Wat zoek je?").fill("vraag or team or vak or gesprekken")
    press(page.get_by_role("button", name="Zoek"))
    visitor.check()
    press(page.get_by_role("link", name="Laat meer zien"))
    visitor.check()
    page.get_by_label("Wat zoek je?").fill("de het een")
    press(page.get_by_role("button", name="Zoek"))
    visitor.check()
    page.get_by_label("Wat zoek je?").fill("off-day")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Gevonden bij “off-day”", exact=True).wait_for()
    press(page.locator(".found a").first)
    assert "/vak/vragen/#kaart-" in page.url


def test_the_smallest_screen(page_at) -> None:
    load_starter()
    visitor = page_at(320)
    visitor.goto(f"{reverse('search')}?q=" + "x" * 101)
    visitor.check()
    visitor.goto(f"{reverse('search')}?q=kompas")
    visitor.check()
