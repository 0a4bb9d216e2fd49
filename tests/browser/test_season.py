"""A season in a real browser: choosing a team, blocks of time, trading and typing, and sending."""

import os

import pytest
from django.urls import reverse

from content.starter import load_starter
from lerend.moments import in_amsterdam
from sessions_app.models import SeasonTalk, Session
from tests.browser.conftest import press


def picture(visitor, name: str) -> None:
    if os.environ.get("PICTURES"):
        visitor.page.screenshot(path=f"{os.environ['PICTURES']}/{name}-{visitor.width}.png", full_page=True)


@pytest.fixture
def colleagues(cast, db):
    load_starter()
    cast.member("Fatma <b>Yıldız</b>")


def times() -> dict[str, str]:
    found = Session.objects.order_by("starts_at").values_list("starts_at", "participants__user__name")
    return {name: f"{in_amsterdam(start):%d-%m %H.%M}" for start, name in found if not name.startswith("Sem")}


def test_a_season_from_the_team_page_to_the_post(cast, colleagues, visitor):
    visitor.sign_in(cast.sem)
    page = visitor.page
    visitor.goto(reverse("team", args=[cast.north.id]))
    visitor.check()
    press(page.get_by_role("link", name="Plan een seizoen met dit team"))
    visitor.check()
    picture(visitor, "1-start")
    page.get_by_role("radio", name="Collegiaal interview").check()
    press(page.get_by_role("button", name="Verder: wie"))
    visitor.check()
    picture(visitor, "2-who")
    assert [page.get_by_role("checkbox", name=name).is_checked() for name in ("Joost Kramer", "Lina Bakker")] == [
        True
    ] * 2
    press(page.get_by_role("button", name="Verder: wanneer en waar"))
    visitor.check()
    page.get_by_label("Waar?").fill("Wijkcentrum De Brug")
    page.get_by_label("Hoe lang duurt één gesprek?").fill("60")
    first = page.get_by_role("group", name="Blok 1")
    first.get_by_label("Dag").fill("2027-03-09")
    first.get_by_label("Van").fill("15:00")
    press(page.get_by_role("button", name="Deel de gesprekken in"))
    assert page.get_by_role("link", name="Blok 1, tot – Vul ook een einde in.").is_visible()
    visitor.check()
    picture(visitor, "3-when")
    first.get_by_label("Tot").fill("17:10")
    press(page.get_by_role("button", name="Meer blokken"))
    assert page.get_by_role("group", name="Blok 6").is_visible()
    assert page.get_by_label("Waar?").input_value() == "Wijkcentrum De Brug"
    press(page.get_by_role("button", name="Deel de gesprekken in"))

    visitor.check()
    picture(visitor, "4-plan")
    assert page.get_by_role("region", name="Nog zonder moment: 1 gesprek").is_visible()
    # By the keyboard: the first two trade.
    page.get_by_role("button", name="Joost Kramer: wissel met wie erna komt").press("Enter")
    assert page.get_by_label("Joost Kramer: Tijd").input_value() == "16:10"
    if visitor.width > 1000:
        # By the mouse, and back again.
        joost, fatma = (page.locator(".season-who", has_text=name) for name in ("Joost", "Fatma"))
        joost.drag_to(fatma)
        assert page.get_by_label("Joost Kramer: Tijd").input_value() == "15:00"
        fatma.drag_to(joost)
    # By typing: first a moment that cannot be.
    page.get_by_label("Lina Bakker: Dag").fill("2027-03-09")
    page.get_by_label("Lina Bakker: Tijd").fill("15:30")
    press(page.get_by_role("button", name="Bekijk wat er verstuurd wordt"))
    assert page.get_by_text("Een van beiden heeft dan al een ander gesprek in dit plan.").first.is_visible()
    visitor.check()
    picture(visitor, "5-wrong")
    page.get_by_label("Lina Bakker: Tijd").fill("13:30")
    press(page.get_by_role("button", name="Bekijk wat er verstuurd wordt"))
    visitor.check()
    picture(visitor, "6-check")
    press(page.get_by_role("button", name="Plan en verstuur 6 uitnodigingen"))
    assert page.get_by_role("heading", name="3 gesprekken zijn gepland").is_visible()
    visitor.check()
    picture(visitor, "7-sent")
    assert times() == {
        "Lina Bakker": "09-03 13.30",
        "Fatma <b>Yıldız</b>": "09-03 15.00",
        "Joost Kramer": "09-03 16.10",
    }
    assert not SeasonTalk.objects.exists()
    visitor.goto(reverse("season_start"))
    visitor.check()
