"""An own version of a template in a real browser, from the redactie's to an invitation, on a phone and at a desk."""

import re

from django.urls import reverse

from content.models import ConversationTemplate
from sessions_app.queries.templates import words_of
from tests.browser.conftest import press
from tests.sessions_app.own_templates import next_edition


def test_from_the_redactie_to_the_own_invitation(cast, edition, visitor):
    visitor.sign_in(cast.sem)
    page = visitor.page
    visitor.goto(reverse("organisation", args=[cast.home.id]))
    press(page.get_by_role("link", name="Bekijk de sjablonen"))
    visitor.check()
    press(page.get_by_role("button", name="Maak een eigen versie van Teamdagdeel"))
    visitor.check()
    own = ConversationTemplate.objects.own_of(cast.home).get()
    names = [step.title for step in words_of(own).steps]

    page.get_by_label("Titel").fill("Middag met soep")
    press(page.get_by_role("button", name=re.compile("Omlaag ?: stap 1")))
    assert page.get_by_label("Stap", exact=True).first.input_value() == names[1]
    press(page.get_by_role("button", name="Zet er een stap bij"))
    page.get_by_label("Stap", exact=True).last.fill("Soep")
    page.get_by_label("Jullie eigen woorden").fill("Tot {wannneer} dan, {naam")
    press(page.get_by_role("button", name="Bewaar", exact=True))
    visitor.check()
    targets = [link.get_attribute("href") for link in page.get_by_role("alert").get_by_role("link").all()]
    assert targets == ["#id_invitation", "#id_invitation", f"#id_stap-{len(names)}-minutes"]
    assert [page.locator(target).count() for target in targets] == [1, 1, 1]
    page.get_by_label("Minuten").last.fill("20")
    page.get_by_label("Jullie eigen woorden").fill("Tot {wanneer} dan, {naam}!")
    press(page.get_by_role("button", name="Bekijk de uitnodiging"))
    assert page.get_by_text("Zo ziet Joost Kramer het").is_visible()
    assert page.locator(".letter-html").get_by_text(re.compile("Tot dinsdag .* uur dan, Joost!")).is_visible()
    visitor.check()
    page.get_by_label("Titel").press("Enter")  # saves, as people expect of a form
    page.get_by_text("Bewaard.").wait_for()
    own.refresh_from_db()
    words = words_of(own)
    assert (own.title, own.invitation) == ("Middag met soep", "Tot {wanneer} dan, {naam}!")
    assert [step.title for step in words.steps] == [names[1], names[0], *names[2:], "Soep"]

    press(page.get_by_role("link", name="Sjablonen van"))
    visitor.goto(reverse("plan_what"))
    page.get_by_role("radio", name="Middag met soep").check()
    visitor.check()
    press(page.get_by_role("button", name="Verder: wie en waar"))
    page.get_by_text("Team Noord").click()
    page.get_by_label("Het hele team").check()
    page.get_by_label("Waar?").fill("De Brug")
    press(page.get_by_role("button", name="Verder: wanneer"))
    page.get_by_label("Datum", exact=True).fill("2027-03-09")
    page.get_by_label("Tijd", exact=True).fill("10:00")
    press(page.get_by_role("button", name="Bekijk wat er verstuurd wordt"))
    assert page.get_by_text(re.compile("Tot dinsdag 9 maart 2027, .* dan, Joost!")).is_visible()
    visitor.check()


def test_a_newer_edition_beside_the_own_version(cast, edition, visitor):
    visitor.sign_in(cast.noor)
    page = visitor.page
    visitor.goto(reverse("template_list", args=[cast.home.id]))
    press(page.get_by_role("button", name="Maak een eigen versie van Collegiaal interview"))
    page.get_by_label("Voorbereiding").fill("Neem koffie mee.")
    press(page.get_by_role("button", name="Bewaar", exact=True))
    next_edition(cast.roos)
    newer = ConversationTemplate.objects.published().get(slug="collegiaal-interview")
    newer.preparation, newer.summary = "Lees eerst de kaarten.", newer.summary + " En dan nog iets."
    newer.save()
    step = newer.steps.first()
    step.minutes = 35
    step.save()
    press(page.get_by_role("link", name="Sjablonen van"))
    visitor.check()
    press(page.get_by_role("link", name="Bekijk wat er veranderde in Collegiaal interview (eigen versie)"))
    visitor.check()
    boxes = page.get_by_role("checkbox")
    assert [box.is_checked() for box in boxes.all()] == [True, False, True]
    press(page.get_by_role("button", name="Neem over wat is aangevinkt"))
    own = ConversationTemplate.objects.own_of(cast.home).get()
    assert (own.preparation, own.summary, own.steps.first().minutes) == ("Neem koffie mee.", newer.summary, 35)
    press(page.get_by_role("button", name="Leg weg"))
    visitor.check()
    press(page.get_by_role("button", name=re.compile("Haal terug ?: Collegiaal interview")))
    assert page.get_by_text("is terug").is_visible()
