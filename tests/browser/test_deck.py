"""The deck: by swiping, keys, buttons and chance, without a network, and without scripts."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse
from playwright.sync_api import Browser, Page

from content.starter import load_starter
from tests.browser.conftest import Visitor, press

DECK = "/vak/vragen/op-scherm/"


def says(page: Page) -> str:
    """What the bar says, as one sees it."""
    return page.locator("[data-deck-position]").inner_text()


def wait_for(page: Page, place: str) -> None:
    page.locator("[data-deck-position]", has_text=re.compile(f"^{place}$")).wait_for()


def shown(page: Page) -> list[str]:
    return [slide.get_attribute("id") or "" for slide in page.locator(".deck-slide").all() if slide.is_visible()]


def test_a_deck_needs_no_network_once_it_is_there(visitor: Visitor) -> None:
    load_starter()
    visitor.goto(reverse("vak_vragen"))
    press(visitor.page.get_by_role("link", name="Leg de kaarten op je scherm"))
    page = visitor.page
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)
    visitor.check()
    assert (says(page), shown(page)) == ("12 kaarten", ["begin"])

    page.get_by_role("link", name="Nee, begin met voorstellen").click()
    wait_for(page, "Kaart 1 van 12")
    visitor.check()
    for number in range(2, 13):
        page.get_by_role("button", name="Volgende").click()
        wait_for(page, f"Kaart {number} van 12")
        assert shown(page) == [f"kaart-{number}"]
        page.locator(f"#kaart-{number} summary").click()
        assert page.locator(f"#kaart-{number} details li").first.is_visible()
    page.keyboard.press("ArrowRight")
    wait_for(page, "Na de laatste kaart")
    visitor.check()
    page.keyboard.press("Home")
    wait_for(page, "Kaart 1 van 12")
    page.keyboard.press("End")
    wait_for(page, "Kaart 12 van 12")
    page.keyboard.press("ArrowLeft")
    wait_for(page, "Kaart 11 van 12")
    page.go_back()
    wait_for(page, "Kaart 12 van 12")
    page.get_by_text("Alle kaarten", exact=True).click()
    page.locator(".deck-all").get_by_role("link").nth(4).click()
    wait_for(page, "Kaart 5 van 12")
    assert page.evaluate("document.activeElement.closest('.deck-slide').id") == "kaart-5"
    assert page.get_by_role("status").text_content() == f"Kaart 5 van 12: {page.locator('#kaart-5 h2').text_content()}"
    # The icon in the tab Chromium asks for at each address, where it may not keep it as it may in production.
    assert [url for url in asked if not url.endswith("brand.svg")] == []


def test_chance_gives_no_card_twice_before_all_were_there(visitor: Visitor) -> None:
    load_starter()
    visitor.goto(DECK)
    page = visitor.page
    page.get_by_role("link", name="Ja, sla het voorstellen over").click()
    wait_for(page, "Kaart 2 van 12")
    drawn = [shown(page)[0]]
    for _ in range(10):
        page.get_by_role("button", name="Trek een kaart").click()
        page.locator(f"#{drawn[-1]}").wait_for(state="hidden")
        page.locator(".deck-slide:visible").wait_for()
        drawn += shown(page)
    assert sorted(drawn) == sorted(f"kaart-{number}" for number in range(2, 13))
    page.get_by_role("button", name="Trek een kaart").click()
    page.get_by_text("Ze zijn opnieuw geschud.").wait_for()
    visitor.check()


def test_swiping(page_at) -> None:
    load_starter()
    visitor = page_at(390)
    visitor.goto(f"{DECK}#kaart-3")
    wait_for(visitor.page, "Kaart 3 van 12")
    swipe = """([from, to]) => {
        const main = document.querySelector("main");
        const at = (clientX) => new Touch({identifier: 1, target: main, clientX, clientY: 300});
        const send = (name, x, on) => main.dispatchEvent(new TouchEvent(name, {
            bubbles: true, touches: on ? [at(x)] : [], changedTouches: [at(x)]}));
        send("touchstart", from, true);
        send("touchend", to, false);
    }"""
    visitor.page.evaluate(swipe, [300, 100])
    wait_for(visitor.page, "Kaart 4 van 12")
    visitor.page.evaluate(swipe, [100, 300])
    wait_for(visitor.page, "Kaart 3 van 12")
    visitor.page.evaluate(swipe, [100, 130])
    assert says(visitor.page) == "Kaart 3 van 12"


def test_fills_the_screen_where_the_browser_can(visitor: Visitor) -> None:
    load_starter()
    visitor.goto(DECK)
    visitor.page.get_by_role("button", name="Volledig scherm").click()
    visitor.page.get_by_role("button", name="Sluit volledig scherm").wait_for()
    visitor.page.get_by_role("button", name="Sluit volledig scherm").click()
    visitor.page.get_by_role("button", name="Volledig scherm", exact=True).wait_for()


def test_the_smallest_screen(page_at) -> None:
    load_starter()
    visitor = page_at(320)
    for place in ("begin", "kaart-1", "kaart-8", "einde"):
        visitor.goto(f"{DECK}#{place}")
        visitor.check()


@pytest.mark.parametrize("width", [390, 1280])
def test_without_scripts(browser: Browser, live_server, width: int) -> None:
    load_starter()
    context = browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + DECK)
    assert len(shown(page)) == 14
    press(page.get_by_role("link", name="Ja, sla het voorstellen over"))
    assert (page.url.endswith("?kennen=ja#kaart-2"), "kaart-1" in shown(page)) == (True, False)
    page.locator("#kaart-2").get_by_role("link", name="Volgende").click()
    page.wait_for_url("**#kaart-3")
    press(page.locator("#einde").get_by_role("link", name="Trek een kaart"))
    order = shown(page)
    assert (len(order), order[-1]) == (12, "einde")
    assert sorted(order[:-1]) == sorted(f"kaart-{number}" for number in range(2, 13))
    context.close()


def test_a_first_visit_costs_at_most_150_kb(page_at) -> None:
    """As it goes over the wire: the server of the tests compresses nothing, production's static files do."""
    load_starter()
    for address in (reverse("vak_vragen"), DECK):
        visitor = page_at(390)
        asked: list[str] = []
        visitor.page.on("request", lambda request, asked=asked: asked.append(request.url))
        document = visitor.goto(address)
        assert document
        visitor.page.wait_for_load_state("networkidle")
        visitor.page.evaluate("document.fonts.ready")
        sizes = {address: len(document.body())}
        for url in asked[1:]:
            path = url.removeprefix(visitor.base + settings.STATIC_URL)
            content = Path(str(finders.find(path))).read_bytes()
            sizes[path] = len(content if path.endswith("woff2") else gzip.compress(content))
        headers = 1_000 * len(sizes)
        assert sum(sizes.values()) + headers <= 150_000, sizes
