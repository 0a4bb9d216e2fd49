"""The pages of trust: they fit, they read aloud, and they are found from where people need them."""

import pytest
from django.urls import reverse

from content.starter import load_starter
from lerend.trust.audiences import CIRCLES
from lerend.trust.views import HELP
from tests.browser.conftest import Visitor, press

ADDRESSES = [
    *(reverse(name) for name in ("who_reads", "privacy", "accessibility", "help")),
    *(reverse("help_for", args=[slug]) for slug in HELP),
]


def test_every_page_fits_and_reads(visitor: Visitor) -> None:
    for address in ADDRESSES:
        visitor.goto(address)
        visitor.check()


def test_every_page_fits_the_smallest_screen(page_at) -> None:
    visitor = page_at(320)
    for address in ADDRESSES:
        visitor.goto(address)
        visitor.check()


def test_pictures_say_in_words_what_they_show(visitor: Visitor) -> None:
    visitor.goto(reverse("who_reads"))
    pictures = visitor.page.get_by_role("img")
    names = [f"Wie leest “{circle.name}”?" for circle in CIRCLES]
    assert [visitor.page.get_by_role("img", name=name).count() for name in names] == [1] * len(CIRCLES)
    assert [picture.locator("desc").text_content() for picture in pictures.all()[-len(CIRCLES) :]] == [
        circle.in_words for circle in CIRCLES
    ]


def test_labels_stay_inside_their_picture_and_apart(visitor: Visitor) -> None:
    visitor.goto(reverse("who_reads"))
    overlapping = visitor.page.evaluate(
        """() => document.fonts.ready.then(() => [...document.querySelectorAll("svg.readers")].flatMap(svg => {
            const frame = svg.getBoundingClientRect();
            const boxes = [...svg.querySelectorAll("text")].map(t => [t.textContent, t.getBoundingClientRect()]);
            const out = boxes.filter(
                ([, b]) => b.left < frame.left || b.right > frame.right || b.bottom > frame.bottom);
            const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
                && a.top < b.bottom - 6 && b.top < a.bottom - 6;
            const pairs = boxes.flatMap(([one, a], i) => boxes.slice(i + 1)
                .filter(([, b]) => meet(a, b))
                .map(([two]) => `${one} over ${two}`));
            return [...out.map(([text]) => `${text} sticks out`), ...pairs];
        }))"""
    )
    assert overlapping == []


def test_by_keyboard_from_the_answer_to_the_picture_and_a_question(visitor: Visitor) -> None:
    visitor.goto(reverse("who_reads"))
    link = visitor.page.get_by_role("link", name="Ons team")
    link.focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**#lezers-team")
    question = visitor.page.get_by_text("Kan ik later van gedachten veranderen?")
    question.focus()
    visitor.page.keyboard.press("Enter")
    assert visitor.page.get_by_text("Wat je zelf schreef kun je altijd wissen.").is_visible()
    visitor.check()


@pytest.mark.parametrize(
    ("link", "address"),
    [("Wie leest wat?", "who_reads"), ("Privacy", "privacy"), ("Toegankelijkheid", "accessibility"), ("Hulp", "help")],
)
def test_every_page_leads_there(visitor: Visitor, link: str, address: str) -> None:
    load_starter()
    visitor.goto(reverse("vak"))
    press(visitor.page.get_by_role("navigation", name="Over dit platform").get_by_role("link", name=link))
    assert visitor.page.url.endswith(reverse(address))


def test_signing_in_leads_to_what_happens_with_data(visitor: Visitor) -> None:
    visitor.goto(reverse("account_login"))
    press(visitor.page.get_by_role("link", name="Zo gaat het met je gegevens"))
    assert visitor.page.get_by_role("heading", level=1).inner_text() == "Zo gaat het met je gegevens"
