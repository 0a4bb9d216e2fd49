"""A round over the wolkjes in a real browser: from beginning it to planning a talk about its picture."""

import os

import pytest
from django.urls import reverse

from content.models import Theme
from content.starter import load_starter
from sessions_app.domain import surveys
from sessions_app.models import ThemeAnswer, ThemeSurvey
from tests.browser.conftest import press

LONG = "Langdurigsamengesteldwoord" * 4 + " en dan gewoon verder."


def picture(visitor, name: str) -> None:
    if os.environ.get("PICTURES"):
        visitor.page.screenshot(path=f"{os.environ['PICTURES']}/{name}-{visitor.width}.png", full_page=True)


@pytest.fixture
def colleagues(cast, db):
    load_starter()
    return [cast.joost, *(cast.member(name) for name in ("Fatma", "Bram", "Zoë", "Omar"))]


def test_from_beginning_a_round_to_a_talk_about_it(cast, colleagues, visitor, page_at):
    visitor.sign_in(cast.sem)
    page = visitor.page
    visitor.goto(reverse("survey_list"))
    visitor.check()
    press(page.get_by_role("link", name="Begin een ronde"))
    visitor.check()
    picture(visitor, "start")
    page.get_by_label("Tot en met welke dag").fill("2020-01-01")
    press(page.get_by_role("button", name="Begin de ronde"))
    assert page.get_by_text("Kies een laatste dag vanaf morgen").is_visible()
    visitor.check()
    page.get_by_label("Tot en met welke dag").fill(f"{surveys.timezone.now() + surveys.timedelta(days=9):%Y-%m-%d}")
    press(page.get_by_role("button", name="Begin de ronde"))
    assert page.get_by_text("De ronde loopt.").is_visible()
    visitor.check()
    picture(visitor, "list")

    lina = page_at(visitor.width)
    lina.sign_in(cast.lina)
    lina.goto(reverse("today"))
    lina.check()
    picture(lina, "today")
    press(lina.page.get_by_role("link", name="Geef of wijzig je antwoord"))
    lina.check()
    picture(lina, "answer")
    press(lina.page.get_by_role("button", name="Bewaar mijn antwoord"))
    assert lina.page.get_by_text("Geef bij ten minste één wolkje een antwoord.").is_visible()
    lina.check()
    team = lina.page.get_by_role("region", name="Het team", exact=True)
    team.get_by_label("Herkenbaar").check()
    team.get_by_label("Dit speelt nu bij ons").check()
    team.locator("summary").click()
    team.get_by_role("textbox").fill(LONG)
    team.get_by_label("Mijn opmerking mag zonder mijn naam").check()
    press(lina.page.get_by_role("button", name="Bewaar mijn antwoord"))
    assert lina.page.get_by_role("textbox").filter(visible=True).input_value() == LONG
    lina.check()
    picture(lina, "answered")
    assert ThemeAnswer.objects.count() == 1

    survey = ThemeSurvey.objects.get()
    themes = list(Theme.objects.published().order_by("parent__number", "number"))
    for number, person in enumerate(colleagues):
        said = [
            surveys.Said(theme, fit=("same", "different", "unknown")[(number * place) % 3], live=number > place % 6)
            for place, theme in enumerate(themes)
        ]
        said.append(surveys.Said(themes[-1], remark="Nog iets.", released=True))
        surveys.answer_survey(survey.id, {one.theme.id: one for one in said}.values(), by=person)
    press(page.get_by_role("link", name="Sluit de ronde"))
    visitor.check()
    picture(visitor, "close")
    press(page.get_by_role("button", name="Ja, sluit de ronde"))
    press(page.get_by_role("link", name="Team Noord"))
    visitor.check()
    picture(visitor, "picture")
    press(page.get_by_role("link", name="Plan een gesprek hierover").first)
    visitor.check()
    press(page.get_by_role("button", name="Verder: wie en waar"))
    assert page.get_by_role("checkbox", name="Heel Team Noord").or_(page.locator("[name=teams]")).first.is_checked()
    visitor.check()

    lina.goto(reverse("survey", args=[survey.id]))
    lina.check()
    press(lina.page.get_by_role("button", name="Wis deze opmerking"))
    assert lina.page.get_by_text("Je opmerking is gewist.").is_visible()
    lina.check()
    press(lina.page.get_by_role("button", name="Meld deze opmerking").first)
    lina.check()
    lina.goto(reverse("team", args=[cast.north.id]))
    lina.check()
