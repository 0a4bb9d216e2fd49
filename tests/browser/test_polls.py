"""A date poll in a real browser: proposed at a desk or on a phone, answered from the mail, closed, and invited to."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.urls import reverse
from playwright.sync_api import expect

from content.models import ConversationTemplate
from lerend.mail import outbox
from lerend.moments import in_amsterdam
from sessions_app.domain import planning
from sessions_app.models import Session, State
from tests.browser.conftest import PHONE, press
from tests.browser.test_talks import errors, submit_unchecked
from tests.smtp import sink

__all__ = ["sink"]

NASTY = "<b>Bo</b> 🎉 van der Zonneveld-Oosterwijck"


def fill_row(page, number, date, time):
    """Fill in a row for a moment."""
    row = page.get_by_role("group", name=f"Moment {number} (niet verplicht)", exact=True)
    row.get_by_label("Datum", exact=True).fill(date)
    row.get_by_label("Tijd", exact=True).fill(time)


def text_of(letter):
    """The plain text of a mail."""
    return letter.get_body(preferencelist=("plain",)).get_content()


def test_from_moments_to_an_invitation(cast, edition, visitor, page_at, sink):
    bo = cast.member(NASTY)
    template = ConversationTemplate.objects.published().get(slug="gesprek-met-bestuurder")
    session = planning.start_draft(template.id, cast.home, uuid4(), by=cast.noor)
    planning.set_people(
        session.id, people=[bo.memberships.get().id, cast.lina.memberships.get().id], teams=[], join=True,
        planner_interviews=None, place="De Brug", link="", by=cast.noor,
    )  # fmt: skip
    visitor.sign_in(cast.noor)
    page = visitor.page
    visitor.goto(reverse("plan_when", args=[session.id]))
    press(page.get_by_role("link", name="Prik samen een datum"))
    visitor.check()
    fill_row(page, 1, "2027-03-28", "02:30")
    fill_row(page, 2, "2027-03-09", "10:00")
    submit_unchecked(page, "Vraag wie wanneer kan")
    assert errors(page) == ["#id_moment_1_0", "#id_last_day"]
    visitor.check()
    # More rows keep what was typed, and find nothing wrong yet.
    press(page.get_by_role("button", name="Meer momenten"))
    assert page.get_by_role("alert").count() == 0
    fill_row(page, 1, "2027-03-09", "10:00")
    last_day = in_amsterdam(datetime.now(UTC) + timedelta(days=9)).date()
    page.get_by_label("Tot en met welke dag").fill(last_day.isoformat())
    submit_unchecked(page, "Vraag wie wanneer kan")
    assert errors(page) == ["#id_moment_2_0"]
    fill_row(page, 2, "2027-03-11", "13:00")
    fill_row(page, 7, "2027-03-12", "09:30")
    press(page.get_by_role("button", name="Vraag wie wanneer kan"))
    assert page.get_by_text("De datumprikker loopt.").is_visible()
    visitor.check()

    outbox.deliver()
    letter = next(letter for letter in sink.messages if letter["To"] == bo.email)
    assert "donderdag 11 maart 2027, 13.00 tot " in text_of(letter)
    guest = page_at(PHONE)
    guest.goto(re.search(r"https?://[^/\s]+(/prik/\S+)", text_of(letter))[1])
    guest.check()
    press(guest.page.get_by_role("button", name="Bewaar mijn antwoord"))
    assert guest.page.get_by_role("alert").get_by_text("Je koos nog niets.").is_visible()
    guest.check()
    for day, word in (("9 maart", "Als het moet"), ("11 maart", "Ja")):
        group = guest.page.get_by_role("group", name=re.compile(day))
        group.get_by_role("radio", name=word, exact=True).check()
    press(guest.page.get_by_role("button", name="Bewaar mijn antwoord"))
    expect(guest.page.get_by_text("Je antwoord is bewaard.")).to_be_visible()
    guest.check()
    # Changed later, by the same link.
    guest.page.get_by_text("Je hebt geantwoord.").click()
    group = guest.page.get_by_role("group", name=re.compile("9 maart"))
    assert group.get_by_role("radio", name="Als het moet").is_checked()
    group.get_by_role("radio", name="Nee").check()
    press(guest.page.get_by_role("button", name="Bewaar mijn antwoord"))

    visitor.goto(reverse("session_list"))
    press(page.get_by_role("link", name=re.compile("Gesprek met je bestuurder")))
    assert page.get_by_text("1 van 3 kan").count() == 1
    page.get_by_text("Alle antwoorden in één tabel").click()
    assert page.get_by_role("row", name=f"{NASTY} nee ja nee").is_visible()
    visitor.check()
    press(page.get_by_role("link", name="Momenten of laatste dag wijzigen"))
    visitor.check()
    press(page.get_by_role("link", name="Terug"))
    press(page.get_by_role("link", name=re.compile("Kies dit moment.*11 maart")))
    assert page.get_by_text("Uitnodiging: Gesprek met je bestuurder, donderdag 11 maart 2027").is_visible()
    visitor.check()
    press(page.get_by_role("button", name="Plan en verstuur"))
    assert page.get_by_role("heading", level=1, name="Gesprek met je bestuurder").is_visible()
    assert Session.objects.get().state == State.PLANNED

    sink.messages.clear()
    outbox.deliver()
    invited = {letter["To"]: "Je hebt al ja gezegd" in text_of(letter) for letter in sink.messages}
    assert invited == {"noor@voorbeeld.test": True, "lina@voorbeeld.test": False, bo.email: True}
    guest.page.reload()
    assert guest.page.get_by_text("Het is geworden: donderdag 11 maart 2027").is_visible()
    guest.check()
