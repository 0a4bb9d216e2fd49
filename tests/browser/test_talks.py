"""Talks in a real browser: planned, moved, held, recorded, shared and reported, on a phone and at a desk."""

import mailbox
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from django.core import mail
from django.urls import reverse
from playwright.sync_api import expect

from lerend.mail import outbox
from organisations.models import Membership, Organisation, Role, User
from sessions_app.domain import contributions as domain
from sessions_app.domain.contributions import Words
from sessions_app.models import Answer, Audience, Contribution, ContributionKind, Session, State
from tests.browser.conftest import PHONE, press
from tests.smtp import sink

__all__ = ["sink"]

NARROW = 320  # also what 1280 px is at 400% zoom
NASTY = "<b>Bo</b> van der Zonneveld-Oosterwijck"
LONG = "👩🏽‍⚕️ " + "Langdurigsamengesteldwoord" * 40 + "\nEn dan gewoon verder, zoals je praat." * 78


def submit_unchecked(page, name):
    """Press the button ``name`` with the browser's own checks off, so that the site's errors show."""
    page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    press(page.get_by_role("button", name=name))


def errors(page):
    """Return where the links of the error summary lead; each leads to something on the page."""
    targets = [link.get_attribute("href") for link in page.get_by_role("alert").get_by_role("link").all()]
    assert [page.locator(target).count() for target in targets] == [1] * len(targets)
    return targets


def begun(session):
    """Let a planned talk have started ten minutes ago."""
    starts_at = datetime.now(UTC) - timedelta(minutes=10)
    Session.objects.filter(id=session.id).update(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=75))


def fill_moment(page, date, time):
    """Fill in when it begins."""
    page.get_by_label("Datum", exact=True).fill(date)
    page.get_by_label("Tijd", exact=True).fill(time)


def test_planning_in_three_steps(cast, edition, visitor, page_at, sink):
    visitor.sign_in(cast.noor)
    page = visitor.page
    visitor.goto(reverse("today"))
    visitor.check()
    press(page.get_by_role("link", name="Plan een gesprek"))
    submit_unchecked(page, "Verder: wie en waar")
    assert errors(page) == ["#id_template_0"]
    visitor.check()
    page.get_by_role("radio", name=re.compile("Gesprek met je bestuurder")).check()
    press(page.get_by_role("button", name="Verder: wie en waar"))

    submit_unchecked(page, "Verder: wanneer")
    assert errors(page) == ["#id_people_0", "#id_place"]
    visitor.check()
    page.get_by_text("Team Noord").click()
    page.get_by_label("Sem de Wit").check()
    page.get_by_label("Waar?").fill("Wijkcentrum De Brug")
    page.get_by_label("Link om online mee te doen").fill("geen link")
    submit_unchecked(page, "Verder: wanneer")
    assert errors(page) == ["#id_link"]
    assert page.get_by_label("Sem de Wit").is_checked()
    assert page.get_by_label("Sem de Wit").is_visible()
    assert page.get_by_label("Waar?").input_value() == "Wijkcentrum De Brug"
    assert page.get_by_label("Link om online mee te doen").input_value() == "geen link"
    page.get_by_label("Link om online mee te doen").fill("")
    page.get_by_label("Lina Bakker").check()
    press(page.get_by_role("button", name="Verder: wanneer"))

    page.get_by_label("Minuten").first.fill("0")
    page.get_by_label("Stap", exact=True).nth(1).fill("De kaarten, met z’n drieën")
    submit_unchecked(page, "Bekijk wat er verstuurd wordt")
    assert errors(page) == ["#id_starts_at_0", "#id_stap-0-minutes"]
    assert page.get_by_label("Stap", exact=True).nth(1).input_value() == "De kaarten, met z’n drieën"
    visitor.check()
    page.get_by_label("Minuten").first.fill("10")
    fill_moment(page, "2027-03-09", "10:00")
    press(page.get_by_role("button", name="Bekijk wat er verstuurd wordt"))
    assert page.get_by_text("Uitnodiging: Gesprek met je bestuurder, dinsdag 9 maart 2027").is_visible()
    visitor.check()
    check_page = page.url

    twice = page.context.new_page()
    twice.goto(check_page)
    for tab in (page, twice):
        press(tab.get_by_role("button", name="Plan en verstuur"))
        assert tab.get_by_role("heading", level=1, name="Gesprek met je bestuurder").is_visible()
    twice.close()
    session = Session.objects.get()
    assert (session.state, session.participant_count) == (State.PLANNED, 3)
    visitor.check()

    outbox.deliver()
    assert sorted(sink.receivers) == ["lina@voorbeeld.test", "noor@voorbeeld.test", "sem@voorbeeld.test"]
    letter = next(letter for letter in sink.messages if letter["To"] == "lina@voorbeeld.test")
    guest = page_at(visitor.width)
    guest.goto(link_in(letter, "nee"))
    guest.check()
    assert session.participants.get(user=cast.lina).answer == Answer.OPEN
    press(guest.page.get_by_role("button", name="Nee, ik kom niet"))
    assert guest.page.get_by_role("heading", name="Je zei: nee, ik kom niet").is_visible()
    guest.check()
    assert session.participants.get(user=cast.lina).answer == Answer.NO
    guest.goto(reverse("answer_by_token", args=["kapot"]))
    guest.check(expect=("404",))


def link_in(letter: EmailMessage, word: str) -> str:
    """Return the path of the link in ``letter`` that says ``word``."""
    text = letter.get_body(preferencelist=("plain",)).get_content()
    return re.search(rf"https?://[^/\s]+(/antwoord/\S+\?antwoord={word})", text)[1]


def test_moving_and_cancelling(cast, plan, visitor):
    session = plan(cast.noor, "gesprek-met-bestuurder", [cast.sem])
    visitor.sign_in(cast.noor)
    page = visitor.page
    visitor.goto(reverse("session", args=[session.id]))
    press(page.get_by_role("link", name="Verzetten"))
    visitor.check()
    page.get_by_label("Waar?").fill("")
    fill_moment(page, "2027-03-28", "02:30")
    press(page.get_by_role("button", name="Verzet en laat het weten"))
    assert errors(page) == ["#id_starts_at_0", "#id_place"]
    visitor.check()
    page.get_by_label("Waar?").fill("Kamer 2")
    fill_moment(page, "2027-03-29", "09:30")
    press(page.get_by_role("button", name="Verzet en laat het weten"))
    assert page.get_by_text("Gewijzigd. Binnen vijf minuten krijgt wie het aangaat één mail").is_visible()
    assert page.get_by_text("maandag 29 maart 2027").is_visible()
    press(page.get_by_role("link", name="Annuleren"))
    visitor.check()
    press(page.get_by_role("button", name="Ja, annuleer het gesprek"))
    assert page.get_by_role("heading", name="Dit gesprek gaat niet door").is_visible()
    visitor.check()


def test_a_talk_with_a_leader_is_held_and_recorded(cast, plan, page_at, width):
    session = plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem])
    begun(session)
    address = reverse("session", args=[session.id])
    lina, sem = page_at(width), page_at(width)
    lina.sign_in(cast.lina)
    sem.sign_in(cast.sem)
    page = lina.page
    lina.goto(reverse("session_cards", args=[session.id]))
    assert page.url.endswith(address)
    lina.check()
    press(page.get_by_role("button", name="Zo gaan we het gesprek in"))
    assert page.get_by_text("De kaarten gaan open als Sem de Wit dat ook deed.").is_visible()
    lina.check()
    sem.goto(address)
    press(sem.page.get_by_role("button", name="Zo gaan we het gesprek in"))
    assert sem.page.get_by_role("link", name="Open de kaarten").is_visible()

    press(page.get_by_role("link", name="Kijk opnieuw"))
    press(page.get_by_role("link", name="Open de kaarten"))
    lina.check()
    page.get_by_role("link", name="Nee, begin met voorstellen").click()
    place = page.locator("[data-deck-position]")
    expect(place).to_have_text("Kaart 1 van 12")
    for word, number in (("Volgende", 2), ("Volgende", 3), ("Vorige", 2)):
        while page.evaluate("document.activeElement.textContent") != word:
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(place).to_have_text(f"Kaart {number} van 12")
    page.get_by_text("Alle kaarten", exact=True).click()
    page.locator(".deck-all").get_by_role("link").last.click()
    expect(place).to_have_text("Kaart 12 van 12")
    page.get_by_role("button", name="Volgende").click()
    press(page.get_by_role("link", name="Sluit het gesprek af"))
    lina.check()
    page.get_by_label("Sem de Wit").uncheck()
    press(page.get_by_role("button", name="Sluit af"))
    assert errors(page) == ["#id_present_0"]
    page.get_by_label("Sem de Wit").check()
    press(page.get_by_role("button", name="Sluit af"))
    assert page.get_by_text("Het gesprek is afgesloten.").is_visible()
    lina.check()

    press(page.get_by_role("link", name="Een gedachte"))
    assert page.get_by_role("radio", name=re.compile("Alleen ik", re.I)).is_checked()
    submit_unchecked(page, re.compile("^Bewaren$"))
    assert errors(page) == ["#id_text"]
    lina.check()
    page.get_by_label("Wat neem je mee?").fill("Ik wil vaker samen op pad.")
    press(page.get_by_role("button", name="Bewaren, en nog een"))
    press(page.get_by_role("link", name="Mijn vak", exact=True))
    page.get_by_label("Het is mijn vak om").fill("naast mensen te gaan staan")
    page.get_by_role("radio", name=re.compile("wij, die erbij waren", re.I)).check()
    press(page.get_by_role("button", name="Bewaren", exact=True))
    press(page.get_by_role("link", name="Een afspraak"))
    page.get_by_label("Wat spreken jullie af?").fill("Volgende maand weer")
    page.get_by_label("Wie doet het?").fill("Sem")
    page.get_by_label("Wanneer?").fill("2027-04-01")
    page.get_by_role("radio", name=re.compile("wij, die erbij waren", re.I)).check()
    lina.check()
    press(page.get_by_role("button", name="Bewaren", exact=True))
    shown = page.locator(".thought-text")
    assert [text.split("\n")[0] for text in shown.all_inner_texts()] == [
        "Ik wil vaker samen op pad.",
        "Het is mijn vak om … naast mensen te gaan staan",
        "Afspraak: Volgende maand weer",
    ]
    lina.check()

    sem.goto(address)
    assert sem.page.locator(".thought-text").all_inner_texts() == [
        "Het is mijn vak om … naast mensen te gaan staan",
        "Afspraak: Volgende maand weer",
    ]
    outsider = page_at(width)
    outsider.sign_in(cast.tess)
    for path in (address, reverse("record", args=[session.id])):
        answered = outsider.goto(path)
        assert answered is not None
        assert answered.status == 404
        assert outsider.page.get_by_text("Gesprek met je leidinggevende").count() == 0
    outsider.check(expect=("404",))


def test_sharing_asking_reporting_and_hiding(cast, plan, held, page_at, width):
    Organisation.objects.filter(id=cast.home.id).update(contact=cast.noor)
    session = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina)
    visitor = page_at(width)
    page = visitor.page
    visitor.sign_in(cast.lina)
    visitor.goto(reverse("record", args=[session.id]))
    page.get_by_label("Wat neem je mee?").fill("Luisteren is ook werk.")
    page.get_by_label("Waar hoort dit bij?").select_option(index=1)
    page.get_by_role("radio", name=re.compile("Ons team: Team Noord")).check()
    visitor.check()
    press(page.get_by_role("button", name="Bewaren", exact=True))
    assert page.get_by_text("wacht op ieders ja").is_visible()
    visitor.goto(reverse("team", args=[cast.north.id]))
    assert page.get_by_text("Luisteren is ook werk.").count() == 0

    visitor.sign_in(cast.joost)
    visitor.goto(reverse("today"))
    press(page.get_by_role("link", name=re.compile("Mag een tekst uit")))
    visitor.check()
    press(page.get_by_role("button", name="Ja, dat mag"))
    assert page.get_by_text("Jij zei ja.").is_visible()
    visitor.goto(reverse("team", args=[cast.north.id]))
    assert page.get_by_text("Luisteren is ook werk.").is_visible()
    visitor.check()

    press(page.get_by_role("link", name="Bekijk deze bijdrage"))
    visitor.check()
    press(page.get_by_role("link", name="Meld deze tekst"))
    submit_unchecked(page, "Meld de tekst")
    assert errors(page) == ["#id_reason"]
    visitor.check()
    page.get_by_label("Wat klopt er niet?").fill("Dit gaat over een inwoner.")
    press(page.get_by_role("button", name="Meld de tekst"))
    assert page.get_by_text("De contactpersoon krijgt bericht.").is_visible()

    visitor.sign_in(cast.noor)
    visitor.goto(reverse("report_list"))
    assert page.get_by_text("De tekst is niet voor jou.").is_visible()
    visitor.check()
    press(page.get_by_role("button", name="Verberg"))
    assert page.get_by_text("De melding is afgehandeld.").is_visible()
    visitor.check()

    visitor.sign_in(cast.joost)
    visitor.goto(reverse("team", args=[cast.north.id]))
    assert page.get_by_text("Luisteren is ook werk.").count() == 0
    visitor.sign_in(cast.lina)
    visitor.goto(reverse("contribution_list"))
    visitor.check()
    press(page.get_by_role("link", name="Bekijk of wijzig"))
    assert page.get_by_text("verborg deze tekst").is_visible()
    visitor.check()
    press(page.get_by_role("link", name="Wijzig"))
    visitor.check()
    page.go_back()
    press(page.get_by_role("link", name="Wis", exact=True))
    visitor.check()
    press(page.get_by_role("button", name="Ja, wis de tekst"))
    assert page.get_by_text("Gewist, overal waar het gedeeld was.").is_visible()
    assert Contribution.objects.count() == 0


def test_places_lists_and_empty_pages(cast, plan, held, visitor):
    stranger = User.objects.create_user("ward@voorbeeld.test", "Ward Nieuw")
    page = visitor.page
    visitor.sign_in(stranger)
    for name in ("today", "session_list", "plan_what", "contribution_list"):
        visitor.goto(reverse(name))
        visitor.check()
    visitor.goto(reverse("session_list") + "?toon=geweest")
    visitor.check()
    visitor.sign_in(cast.noor)
    for path in (
        reverse("organisation", args=[cast.home.id]),
        reverse("team", args=[cast.north.id]),
        reverse("report_list"),
    ):
        visitor.goto(path)
        visitor.check()
    visitor.sign_in(cast.ilse)
    visitor.goto(reverse("nji_contributions"))
    visitor.check()

    more = [cast.member(name) for name in ("Fatma Yıldız", "Bram Otten", "Zoë Smit", "Omar Idrissi")]
    day = held(plan(cast.sem, "teamdagdeel", teams=[cast.north]), cast.sem)
    for words in (
        Words(text="Samen kijken we verder.", audience=Audience.ORGANISATION),
        Words(text="elkaar te dragen", audience=Audience.ORGANISATION, kind=ContributionKind.SENTENCE, named=False),
    ):
        domain.record_contribution(day.id, words, by=more[0])
    plan(cast.lina, "collegiaal-interview", [cast.joost])
    plan(cast.noor, "teamdagdeel", teams=[cast.north], join=False)
    plan(cast.sem, "wolkjes-in-het-team", teams=[cast.north], send=False)
    to_close = plan(cast.lina, "inwerkinterview", [more[1]])
    held(to_close, cast.lina, close=False)
    Membership.objects.create(user=cast.sem, organisation=cast.elsewhere, role=Role.PLANNER)
    visitor.sign_in(cast.sem)
    for path in (
        reverse("session_list"),
        reverse("session_list") + "?toon=geweest",
        reverse("plan_what"),
        reverse("organisation", args=[cast.home.id]),
        reverse("session", args=[day.id]),
    ):
        visitor.goto(path)
        visitor.check()
    visitor.sign_in(cast.lina)
    visitor.goto(reverse("today"))
    page.get_by_role("heading", name="Nog af te sluiten").wait_for()
    visitor.check()
    press(page.get_by_role("link", name="Inwerkinterview"))
    visitor.check()


def test_the_demo_and_its_mail(cast, plan, visitor, settings, tmp_path):
    settings.DEMO, settings.VAR_DIR = True, tmp_path
    plan(cast.noor, "gesprek-met-bestuurder", [cast.sem])
    outbox.deliver()
    box = mailbox.Maildir(tmp_path / "demo-mail")
    for letter in mail.outbox:
        box.add(bytes(letter.message()))
    for path in (reverse("demo"), reverse("demo_mail")):
        visitor.goto(path)
        visitor.check()
    press(visitor.page.get_by_role("link", name=re.compile("Uitnodiging")).first)
    assert visitor.page.get_by_text("METHOD:REQUEST").is_visible()
    visitor.check()


def test_planning_without_javascript(cast, edition, browser, live_server):
    context = browser.new_context(java_script_enabled=False, viewport={"width": PHONE, "height": 844})
    context.set_default_timeout(10_000)
    try:
        page = context.new_page()
        page.goto(live_server.url + reverse("account_login"))
        cast.noor.set_password("Een lange zin vol rust 27")
        cast.noor.save()
        page.get_by_label("E-mail").fill(cast.noor.email)
        page.get_by_label("Wachtwoord").fill("Een lange zin vol rust 27")
        press(page.get_by_role("button", name="Inloggen"))
        page.goto(live_server.url + reverse("plan_what"))
        page.get_by_role("radio", name=re.compile("Collegiaal interview")).check()
        press(page.get_by_role("button", name="Verder: wie en waar"))
        page.get_by_text("Team Noord").click()
        page.get_by_label("Lina Bakker").check()
        page.get_by_label("Waar?").fill("De Brug")
        press(page.get_by_role("button", name="Verder: wanneer"))
        fill_moment(page, "2027-03-09", "10:00")
        press(page.get_by_role("button", name="Bekijk wat er verstuurd wordt"))
        press(page.get_by_role("button", name="Plan en verstuur"))
        assert page.get_by_text("Het gesprek is gepland.").is_visible()
    finally:
        context.close()
    assert Session.objects.get().state == State.PLANNED


def test_narrow_screens_and_nasty_text(cast, plan, held, page_at):
    cast.member(NASTY)
    User.objects.filter(id=cast.joost.id).update(name=NASTY)
    session = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina)
    domain.record_contribution(session.id, Words(text=LONG[:4000], audience=Audience.PRESENT), by=cast.joost)
    coming = plan(cast.lina, "collegiaal-interview", [cast.joost])
    draft = plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    visitor = page_at(NARROW)
    visitor.sign_in(cast.lina)
    page = visitor.page
    visitor.goto(reverse("session", args=[session.id]))
    assert page.locator(".thought-text").inner_text() == LONG[:4000].strip()
    assert page.get_by_text(NASTY).first.is_visible()
    visitor.check()
    for path in (
        reverse("plan_what"),
        reverse("plan_who", args=[draft.id]),
        reverse("plan_when", args=[draft.id]),
        reverse("plan_check", args=[draft.id]),
        reverse("session", args=[coming.id]),
        reverse("session_list"),
        reverse("contribution_list"),
        reverse("record", args=[session.id]),
    ):
        visitor.goto(path)
        visitor.check()
    begun(coming)
    visitor.goto(reverse("session_cards", args=[coming.id]))
    visitor.check()
