"""Guests from outside and the travelling song in a real browser."""

from uuid import uuid4

from django.urls import reverse

from sessions_app.domain import guests
from sessions_app.forms.guests import GuestForm
from sessions_app.models import GuestLink, GuestSheet, SongPlaying
from tests.browser.conftest import press


def test_a_team_asks_a_guest_answers_and_the_team_reads(cast, edition, visitor, page_at, monkeypatch):
    monkeypatch.setattr(GuestForm, "QUICKEST", 0)
    page = visitor.page
    visitor.sign_in(cast.sem)
    visitor.goto(reverse("team", args=[cast.north.id]))
    visitor.check()
    press(page.get_by_role("link", name="Vraag het je partners"))
    visitor.check()
    page.get_by_label("De wolkjes").check()
    page.get_by_label("Wie vraagt het, en waarom?").fill("Wij zijn benieuwd hoe jij ons ziet.")
    limits = page.get_by_label("Tot en met welke dag?")
    limits.fill(str(limits.get_attribute("max")))
    press(page.get_by_role("button", name="Maak een link"))
    visitor.check()
    address = page.get_by_label("De link", exact=True).input_value()

    guest = page_at(visitor.width)
    guest.goto("/gast/" + address.split("/gast/")[1])
    guest.check()
    press(guest.page.get_by_role("button", name="Verstuur"))
    assert guest.page.get_by_role("alert").get_by_text("Vul minstens één ding in.").is_visible()
    guest.check()
    guest.page.get_by_label("Ik werk bij een partner").check()
    first = guest.page.get_by_role("group", name="Herken je “Het werk”?")
    first.get_by_label("Ik zie het anders").check()
    guest.page.get_by_label("Wil je iets zeggen over “Het werk”?").fill("Ze komen echt langs.")
    guest.page.locator("summary").first.press("Enter")
    guest.check()
    guest.page.get_by_label("Mijn woorden mogen gelezen worden").check()
    press(guest.page.get_by_role("button", name="Verstuur"))
    assert guest.page.get_by_role("heading", name="Dank je").is_visible()
    guest.check()
    assert GuestSheet.objects.count() == 1
    assert {cookie["name"] for cookie in guest.page.context.cookies()} == {"csrftoken"}

    press(page.get_by_role("button", name="Stop nu"))
    press(page.get_by_role("link", name="Lees de antwoorden"))
    assert page.get_by_text("Ze komen echt langs.").is_visible()
    visitor.check()
    guest.goto("/gast/" + address.split("/gast/")[1])
    guest.check(expect=("410",))

    link = GuestLink.objects.select_related("edition").get()
    GuestLink.objects.update(revoked_at=None)
    token = guests.renew_link(link.id, by=cast.sem)[1]
    themes = link.edition.themes.filter(parent=None)
    for _ in range(5):
        said = [guests.Words(theme=theme, says="ja", live=True, text="Rustig.") for theme in themes]
        guests.answer(token, guests.Sheet("partner", words=said), form_key=uuid4())
    guests.end_link(link.id, by=cast.sem)
    visitor.goto(reverse("guest_results", args=[link.id]))
    visitor.check()


def test_the_song_asks_first_and_travels_on(cast, edition, visitor):
    page = visitor.page
    visitor.goto("/vak/lied/")
    press(page.get_by_role("button", name="Laat de links zien"))
    visitor.check()
    page.get_by_label("Ik ben er zelf bij").check()
    page.get_by_label("Wat gaan jullie ermee doen?").fill("Samen zingen.")
    press(page.get_by_role("button", name="Laat de links zien"))
    assert page.get_by_role("link", name="Daarop dansen, volledig").get_attribute("rel") == "noreferrer noopener"
    visitor.check()

    visitor.sign_in(cast.noor)
    visitor.goto("/vak/lied/")
    visitor.check()
    page.get_by_label("Ik ben er zelf bij").check()
    page.get_by_label("Wat gaan jullie ermee doen?").fill("Samen zingen.")
    page.get_by_label(cast.home.name, exact=True).check()
    page.get_by_label(f"{cast.home.name} mag in het reisverhaal").check()
    press(page.get_by_role("button", name="Laat de links zien"))
    visitor.check()
    press(page.get_by_role("link", name="Voeg een couplet toe"))
    visitor.check()
    page.get_by_label("Het couplet").fill("Aan de keukentafel,\nkoffie erbij.")
    page.get_by_label("In het reisverhaal").check()
    page.get_by_label("Een naam die wij kiezen").check()
    press(page.get_by_role("button", name="Bewaar het couplet"))
    visitor.check()
    page.get_by_label("Welke naam?").fill("De dansers")
    press(page.get_by_role("button", name="Bewaar het couplet"))
    visitor.check()
    visitor.goto(reverse("song_story"))
    assert page.get_by_text("koffie erbij.").is_visible()
    visitor.check()
    visitor.goto(reverse("song_desk"))
    visitor.check()
    press(page.get_by_role("button", name="Haal de naam eruit"))
    assert list(SongPlaying.objects.values_list("organisation", "shown")) == [(cast.home.id, False)]
