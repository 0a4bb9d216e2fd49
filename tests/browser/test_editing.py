"""The redactie at work in a real browser, under the strict policy."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.urls import reverse

from content.apps import grant_redactie
from content.domain import copy_edition
from content.models import Edition, QuestionCard
from content.starter import load_starter
from organisations.models import REDACTIE_GROUP, User
from tests.browser.conftest import DESK, PHONE, press

# Django's own admin templates use variables that are not always there.
pytestmark = pytest.mark.ignore_template_errors

# Whether what one sees at the left and the right end of an element is that element.
ON_TOP = """element => {
  const {left, right, top, height} = element.getBoundingClientRect();
  const seen = x => document.elementFromPoint(x, top + height / 2);
  return element.contains(seen(left + 5)) && element.contains(seen(right - 5));
}"""


@pytest.fixture
def roos(db) -> User:
    load_starter()
    grant_redactie(apps.get_app_config("content"), using="default")
    person = User.objects.create_user("roos@voorbeeld.test", "Roos Mulder", is_staff=True)
    person.groups.add(Group.objects.get(name=REDACTIE_GROUP))
    return person


def test_rich_text_made_with_the_keyboard_stands_on_the_page(page_at, roos) -> None:
    visitor = page_at(DESK)
    page = visitor.page
    visitor.sign_in(roos)
    card = QuestionCard.objects.get(number=3)
    visitor.goto(reverse("admin:content_questioncard_change", args=[card.pk]))
    text = page.get_by_role("textbox", name="Vraag")
    text.click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.press("Control+B")
    page.keyboard.type("Vet")
    page.keyboard.press("Control+B")
    page.keyboard.press("Enter")
    page.keyboard.type("### Een kop")
    page.keyboard.press("Enter")
    page.keyboard.type("> Een citaat")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("- Een punt")
    page.keyboard.press("Shift+Home")
    page.get_by_role("button", name="Link maken of wijzigen").click()
    page.get_by_label("Adres (begint met https://)").fill("https://voorbeeld.nl/")
    page.get_by_role("dialog").get_by_role("button", name="Bewaar").click()
    press(page.get_by_role("button", name="Opslaan", exact=True).first)
    card.refresh_from_db()
    assert "<p><strong>Vet</strong></p>" in card.text
    assert "<h3>Een kop</h3>" in card.text
    assert "<blockquote><p>Een citaat</p></blockquote>" in card.text
    assert 'href="https://voorbeeld.nl/"' in card.text
    visitor.goto(reverse("vak_vragen"))
    assert page.locator("article strong", has_text="Vet").count() == 1
    assert page.get_by_role("link", name="Een punt").count() == 1
    assert visitor.complaints == []


def test_from_draft_to_site(page_at, roos) -> None:
    visitor = page_at(DESK)
    page = visitor.page
    visitor.sign_in(roos)
    visitor.goto(reverse("admin:content_edition_changelist"))
    press(page.get_by_role("link", name="Kopieer naar een concept"))
    page.get_by_label("Naam van het concept").fill("Versie 2")
    press(page.get_by_role("button", name="Maak het concept"))
    draft = Edition.objects.get(name="Versie 2")
    visitor.goto(reverse("admin:content_questioncard_changelist") + f"?edition__id__exact={draft.pk}")
    first, second = page.locator("#result_list tbody tr").nth(0), page.locator("#result_list tbody tr").nth(1)
    with page.expect_navigation():
        second.drag_to(first)
    assert QuestionCard.objects.get(edition=draft, number=1).history.first().history_user == roos
    page.get_by_role("button", name="omhoog").nth(2).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    visitor.goto(reverse("admin:content_edition_compare", args=[draft.pk]))
    assert page.locator(".compared").count() > 0
    press(page.get_by_role("link", name="Naar publiceren"))
    press(page.get_by_role("button", name="Publiceer nu"))
    assert Edition.objects.published().get() == draft
    press(page.get_by_role("button", name="Zet Versie 1 terug"))
    assert Edition.objects.published().get().name == "Versie 1"
    assert visitor.complaints == []


def test_a_preview_on_a_phone(page_at, roos) -> None:
    visitor = page_at(PHONE)
    visitor.sign_in(roos)
    draft = copy_edition(Edition.objects.get().pk, "Versie 2", by=roos)
    visitor.goto(reverse("admin:content_edition_change", args=[draft.pk]))
    press(visitor.page.get_by_role("button", name="Bekijk als concept"))
    visitor.check()
    press(visitor.page.get_by_role("button", name="Stop met bekijken"))
    assert visitor.page.url.endswith(reverse("admin:content_edition_change", args=[draft.pk]))


def test_nothing_lies_over_what_an_editor_needs(page_at, roos) -> None:
    visitor = page_at(DESK)
    page = visitor.page
    visitor.sign_in(roos)
    draft = copy_edition(Edition.objects.get().pk, "Versie 2", by=roos)
    visitor.goto(reverse("admin:content_questioncard_changelist") + f"?edition__id__exact={draft.pk}")
    down = page.get_by_role("button", name="omlaag").first
    assert down.evaluate(ON_TOP)
    visitor.goto(reverse("admin:content_edition_change", args=[draft.pk]))
    assert page.get_by_role("heading", name="Versie 2").evaluate(ON_TOP)
    assert page.get_by_role("button", name="Bekijk als concept").evaluate(ON_TOP)
