"""Choosing what to print."""

from django.urls import reverse

from content.starter import load_starter
from tests.browser.conftest import Visitor, press


def test_choosing_cards_to_print(visitor: Visitor) -> None:
    load_starter()
    visitor.goto(reverse("vak_vragen"))
    visitor.check()
    press(visitor.page.get_by_role("link", name="Kies zelf wat je print"))
    visitor.check()
    visitor.page.get_by_label("Eén grote kaart op een vel").check()
    visitor.page.get_by_label("Welke kaarten?").fill("1,99")
    press(visitor.page.get_by_role("button", name="Maak de pdf"))
    assert visitor.page.title() == "Fout: Kaarten printen · Lerend Versterken"
    assert visitor.page.get_by_role("alert").get_by_role("listitem").all_inner_texts() == [
        "Welke kaarten? – Kaart 99 staat niet in deze uitgave. De laatste kaart is 12."
    ]
    assert visitor.page.get_by_label("Eén grote kaart op een vel").is_checked()
    assert visitor.page.get_by_label("Welke kaarten?").input_value() == "1,99"
    visitor.check(expect=("400",))


def test_where_the_other_sheets_are_found(visitor: Visitor) -> None:
    load_starter()
    for page, sheets in (
        ("vak_dagdeel", ["programme_pdf"]),
        ("vak_vuistregels", ["poster_pdf", "poster_pdf"]),
        ("vak_wolkjes", ["placemat_pdf"]),
    ):
        visitor.goto(reverse(page))
        visitor.check()
        found = visitor.page.locator("main a[href*='.pdf']").all()
        assert [(link.get_attribute("href") or "").split("?")[0] for link in found] == [reverse(one) for one in sheets]
