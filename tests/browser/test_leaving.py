"""Leaving in a real browser: from Vandaag to the last choice, and what the others see meanwhile."""

import os

from django.urls import reverse

from organisations.domain.members import end_membership
from organisations.models import Departure, Membership
from sessions_app.domain.contributions import Words, answer_consent, record_contribution
from sessions_app.models import Audience, Consent, Contribution, ContributionKind, Kept
from tests.browser.conftest import press

LONG = "Langdurigsamengesteldwoord" * 6 + "\nEn dan gewoon verder, zoals je praat. " * 6


def picture(visitor, name: str) -> None:
    if os.environ.get("PICTURES"):
        visitor.page.screenshot(path=f"{os.environ['PICTURES']}/{name}-{visitor.width}.png", full_page=True)


def test_from_leaving_to_the_last_choice(cast, plan, held, visitor, page_at):
    coming = plan(cast.joost, "collegiaal-interview", [cast.lina])
    pair = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina)

    def say(by, text, audience=Audience.PRESENT, **more):
        return record_contribution(pair.id, Words(text=text, audience=audience, **more), by=by)

    say(cast.lina, "Alleen voor mij.", Audience.PRIVATE)
    kept = say(cast.lina, "Met mijn naam.", kind=ContributionKind.SENTENCE)
    unnamed = say(cast.lina, LONG)
    erased = say(cast.lina, "Liever niet meer.", kind=ContributionKind.AGREEMENT, who="Lina")
    say(cast.lina, "Zonder naam geschreven.", named=False)
    theirs = say(cast.joost, "Van Joost.", Audience.ORGANISATION)
    asked = Consent.objects.get(contribution=theirs)
    answer_consent(theirs.id, True, question=asked.id, by=cast.lina)
    end_membership(Membership.objects.get(user=cast.lina).id, by=cast.noor)
    departure = Departure.objects.get()

    visitor.sign_in(cast.lina)
    page = visitor.page
    visitor.goto(reverse("today"))
    visitor.check()
    picture(visitor, "today")
    press(page.get_by_role("link", name="Kies wat er gebeurt"))
    assert page.get_by_role("heading", level=1, name="Je hoort niet meer bij Wijkteams Voorbeeld").is_visible()
    assert page.get_by_text("Van Joost.").count() == 0
    visitor.check()
    picture(visitor, "departure")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Haal het bestand op").click()
    file = waiting.value
    assert file.suggested_filename == "wat-ik-schreef.html"
    body = file.path().read_text(encoding="utf-8")
    assert [text in body for text in ("Alleen voor mij.", "Zonder naam geschreven.", "Van Joost.")] == [
        True,
        True,
        False,
    ]

    for found, choice in (
        (kept, "Laat staan met mijn naam"),
        (unnamed, "Laat staan zonder mijn naam"),
        (erased, "Wis nu"),
    ):
        page.locator(f"input[name='{found.id}']").and_(page.get_by_role("radio", name=choice)).check()
    picture(visitor, "chosen")
    press(page.get_by_role("button", name="Bewaar mijn keuzes"))
    assert page.get_by_text("Je keuzes zijn uitgevoerd.").is_visible()
    assert page.get_by_text("Liever niet meer.").count() == 0
    assert page.get_by_text("Jij koos: deze tekst blijft staan met je naam.").is_visible()
    visitor.check()
    picture(visitor, "decided")
    left = dict(Contribution.objects.filter(id__in=[kept.id, unnamed.id, erased.id]).values_list("id", "kept"))
    assert left == {kept.id: Kept.NAMED, unnamed.id: Kept.UNNAMED}

    press(page.get_by_role("button", name="Trek je ja in"))
    assert page.get_by_text("Je ja is ingetrokken.").is_visible()
    assert page.get_by_role("heading", name="Waar je ja op zei").count() == 0
    visitor.check()

    other = page_at(visitor.width)
    other.sign_in(cast.joost)
    other.goto(reverse("session", args=[coming.id]))
    assert other.page.get_by_role("heading", name="Er ontbreekt iemand").is_visible()
    other.check()
    picture(other, "lack")
    other.goto(reverse("departure", args=[departure.id]))
    other.check(expect=("404",))

    Membership.objects.create(user=cast.lina, organisation=cast.home)
    visitor.goto(reverse("departure", args=[departure.id]))
    assert page.get_by_text("Je hoort weer bij Wijkteams Voorbeeld.").is_visible()
    visitor.check()
    picture(visitor, "closed")


def test_who_wrote_nothing_is_told_so(cast, visitor):
    end_membership(Membership.objects.get(user=cast.pim).id, by=cast.pim)
    visitor.sign_in(cast.pim)
    visitor.goto(reverse("departure", args=[Departure.objects.get().id]))
    assert visitor.page.get_by_role("heading", name="Je schreef hier niets, of wiste het").is_visible()
    visitor.check()
    picture(visitor, "nothing")
