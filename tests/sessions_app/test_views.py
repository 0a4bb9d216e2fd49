"""The pages of talks, from form to verb."""

import mailbox
import re
from datetime import timedelta
from email.message import EmailMessage
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from content.models import ConversationTemplate, Edition, EditionState
from lerend.mail.models import Message
from sessions_app.demo import CAST, make_demo
from sessions_app.domain.contributions import Words, record_contribution
from sessions_app.models import Audience, Contribution, PilotSignup, Session, State


def steps_of(session) -> dict[str, str]:
    """The programme of a draft, as its form sends it."""
    steps = list(session.steps.all())
    data = {"stap-TOTAL_FORMS": len(steps), "stap-INITIAL_FORMS": len(steps)}
    for number, step in enumerate(steps):
        data |= {
            f"stap-{number}-id": step.id,
            f"stap-{number}-title": step.title,
            f"stap-{number}-minutes": step.minutes,
            f"stap-{number}-keep": "on",
        }
    return data


@pytest.fixture
def lina(cast, edition, client_of):
    return client_of(cast.lina)


def test_three_steps_make_one_planned_talk(cast, lina):
    template = ConversationTemplate.objects.published().get(slug="collegiaal-interview")
    form = {"template": template.id, "form_key": uuid4()}
    first, second = (lina.post(reverse("plan_what"), form) for _ in range(2))
    draft = Session.objects.get()
    assert first.url == second.url == reverse("plan_who", args=[draft.id])
    who = {"people": [cast.joost.memberships.get().id], "interviews": "planner", "place": "De Brug"}
    assert lina.post(reverse("plan_who", args=[draft.id]), who).url == reverse("plan_when", args=[draft.id])
    when = {"starts_at_datum": "2027-03-09", "starts_at_tijd": "10:00", **steps_of(draft)}
    assert lina.post(reverse("plan_when", args=[draft.id]), when).url == reverse("plan_check", args=[draft.id])
    page = lina.get(reverse("plan_check", args=[draft.id])).content.decode()
    assert "Uitnodiging: Collegiaal interview, dinsdag 9 maart 2027, 10.00" in page
    assert "/antwoord/VOORBEELD/" in page
    assert Message.objects.count() == 0
    for _ in range(2):
        assert lina.post(reverse("plan_check", args=[draft.id])).url == reverse("session", args=[draft.id])
    draft.refresh_from_db()
    assert (draft.state, Message.objects.filter(kind="invitation").count()) == (State.PLANNED, 2)


def test_nothing_typed_is_lost_when_something_is_wrong(cast, lina, plan):
    draft = plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    page = lina.post(reverse("plan_who", args=[draft.id]), {"place": "Kamer <b>4</b> 🙂"})
    body = page.content.decode()
    assert page.status_code == 200
    assert "Kies ten minste één persoon of team." in body
    assert "Kamer &lt;b&gt;4&lt;/b&gt; 🙂" in body
    page = lina.post(
        reverse("plan_when", args=[draft.id]),
        steps_of(draft) | {"starts_at_datum": "2027-03-28", "starts_at_tijd": "02:30", "stap-0-minutes": "0"},
    )
    body = page.content.decode()
    assert page.status_code == 200
    assert 'value="2027-03-28"' in body
    assert 'value="02:30"' in body
    assert "Een stap duurt 1 tot 480 minuten." in body


@pytest.mark.parametrize("step", ["plan_when", "plan_check"])
def test_a_step_cannot_be_skipped(cast, lina, step):
    template = ConversationTemplate.objects.published().get(slug="collegiaal-interview")
    lina.post(reverse("plan_what"), {"template": template.id, "form_key": uuid4()})
    draft = Session.objects.get()
    assert lina.get(reverse(step, args=[draft.id]), follow=True).redirect_chain[-1][0] == reverse(
        "plan_who", args=[draft.id]
    )
    lina.post(reverse("plan_check", args=[draft.id]))
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_a_draft_whose_moment_passed_leads_to_where_another_is_chosen(cast, lina, plan):
    draft = plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    passed = timezone.now() - timedelta(hours=1)
    Session.objects.filter(id=draft.id).update(starts_at=passed, ends_at=passed + timedelta(hours=2))
    answer = lina.post(reverse("plan_check", args=[draft.id]), follow=True)
    assert answer.redirect_chain == [(reverse("plan_when", args=[draft.id]), 302)]
    assert "Dit moment is al voorbij." in answer.content.decode()


def test_somebody_elses_step_in_the_form_changes_nothing(cast, lina, plan):
    mine = plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    theirs = plan(cast.joost, "collegiaal-interview", [cast.lina], send=False)
    foreign = steps_of(theirs) | {"stap-0-title": "Gekaapt", "starts_at_datum": "2027-03-09", "starts_at_tijd": "10:00"}
    lina.post(reverse("plan_when", args=[mine.id]), foreign)
    assert "Gekaapt" not in set(theirs.steps.values_list("title", flat=True))
    assert "Gekaapt" not in set(mine.steps.values_list("title", flat=True))


def test_recording_again_and_again(cast, lina, plan, held):
    session = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina)
    url = reverse("record", args=[session.id])
    card = session.edition.cards.get(number=3)
    form = {"text": "Zo goed gewerkt. " * 20, "audience": "present", "about": f"card:{card.id}", "form_key": uuid4()}
    assert lina.post(url, form).url == reverse("session", args=[session.id])
    assert lina.post(url, form).url == reverse("session", args=[session.id])
    item = Contribution.objects.get()
    assert (item.text, item.card, item.audience) == (form["text"].strip(), card, "present")
    sentence = {"text": "… naast iemand te staan.", "audience": "private", "form_key": uuid4(), "nog": "1"}
    assert lina.post(url + "?soort=zin", sentence).url == url + "?soort=zin"
    assert Contribution.objects.get(kind="sentence").text == "naast iemand te staan."
    empty = lina.post(url, {"text": "", "audience": "iedereen", "form_key": uuid4()}).content.decode()
    assert "Schrijf eerst iets op." in empty
    assert "Kies uit de groepen die hier staan." in empty
    too_long = lina.post(url, {"text": "x" * 10_000, "audience": "private", "form_key": uuid4()}).content.decode()
    assert "dit zijn er 10000" in too_long
    assert Contribution.objects.count() == 2
    assert lina.get(url + "?soort=onzin").status_code == 404


def test_the_choice_of_audience_says_who_reads(cast, client_of, plan, held):
    session = held(plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem]), cast.lina)
    page = client_of(cast.lina).get(reverse("record", args=[session.id])).content.decode()
    assert "Jij en Sem de Wit. Leidinggevende of bestuurder die meeleest: Sem de Wit." in page
    assert "Niet zichtbaar in het platform, ook niet voor beheer." in page
    assert "Geen herleidbare gegevens van inwoners." in page
    assert page.count("checked") == 1
    assert 'value="private"' in page[page.index("checked") - 200 : page.index("checked") + 20]


def test_the_contact_sees_the_reason_and_not_the_text(cast, client_of, plan, held):
    session = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina)
    item = record_contribution(session.id, Words(text="Zeer geheim", audience=Audience.PRESENT), by=cast.lina)
    client_of(cast.joost).post(reverse("report", args=[item.id]), {"reason": "Herkenbaar"})
    page = client_of(cast.noor).get(reverse("report_list")).content.decode()
    assert ("Herkenbaar" in page, "Zeer geheim" in page) == (True, False)


def test_cards_wait_for_the_purpose(cast, client_of, plan, held):
    session = held(plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem]), cast.lina, close=False)
    cards = reverse("session_cards", args=[session.id])
    lina, sem = client_of(cast.lina), client_of(cast.sem)
    assert lina.get(cards).status_code == 302
    lina.post(reverse("session_purpose", args=[session.id]))
    assert lina.get(cards).status_code == 302
    assert "Sem de Wit" in lina.get(reverse("session", args=[session.id])).content.decode()
    sem.post(reverse("session_purpose", args=[session.id]))
    assert "Kaart 1 van 12" in lina.get(cards).content.decode()
    page = sem.get(cards).content.decode()
    assert ("Kaart 12 van 12" in page, "Sluit het gesprek af" in page) == (True, True)
    for odd in ("0", "13", "-1", "x", "9" * 5000, "³"):
        assert "Kaart 1 van 12" in sem.get(cards, {"volgorde": odd}).content.decode()
    drawn = sem.get(cards, {"trek": "", "kennen": "ja"})
    assert re.fullmatch(rf"{cards}\?volgorde=\d+&kennen=ja#kaarten", drawn["Location"])


def test_a_talk_keeps_the_cards_of_its_own_edition(cast, client_of, plan, held):
    session = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina, close=False)
    Edition.objects.update(state=EditionState.ARCHIVED)
    Edition.objects.create(name="Versie 2", title="Nieuw", state=EditionState.PUBLISHED, published_at=timezone.now())
    page = client_of(cast.joost).get(reverse("session_cards", args=[session.id])).content.decode()
    assert page.count('class="deck-slide"') == 14


@pytest.fixture
def demo(settings, tmp_path, edition):
    settings.DEMO, settings.VAR_DIR = True, tmp_path
    assert make_demo() is True
    return mailbox.Maildir(tmp_path / "demo-mail")


def test_the_settings_are_found_from_the_organisation_by_who_may_change_them(cast, edition, client_of):
    page, settings_page = (reverse(name, args=[cast.home.id]) for name in ("organisation", "organisation_settings"))
    people = {"noor": cast.noor, "sem": cast.sem, "lina": cast.lina, "pim": cast.pim}
    shown = {name: settings_page in client_of(user).get(page).content.decode() for name, user in people.items()}
    assert shown == {"noor": True, "sem": False, "lina": False, "pim": False}


def test_the_demo_is_made_once(demo):
    counts = Session.objects.count(), PilotSignup.objects.count()
    assert make_demo() is False
    # Eight talks, a series of four, and the draft that a date poll is about.
    assert (Session.objects.count(), PilotSignup.objects.count()) == counts == (13, 4)


def test_in_the_demo_one_can_be_each_of_the_cast(demo, client):
    for person in CAST:
        client.post(reverse("demo_become", args=[person.key]))
        assert f"Dag {person.first_name}" in client.get(reverse("today")).content.decode()
    assert client.post(reverse("demo_become", args=["iemand"])).status_code == 404
    assert client.get(reverse("demo_become", args=["noor"])).status_code == 405


def test_the_demo_shows_mail_with_its_calendar_and_lets_time_pass(demo, client, mailoutbox):
    assert "nog niets verstuurd" in client.get(reverse("demo_mail")).content.decode()
    client.post(reverse("demo_clock"), {"verder": "week"})
    assert {mail.subject.split(":")[0] for mail in mailoutbox} >= {"Uitnodiging", "Herinnering"}
    sent = next(mail for mail in mailoutbox if mail.subject.startswith("Uitnodiging"))
    key = demo.add(sent.message().as_bytes())
    page = client.get(reverse("demo_mail_detail", args=[key])).content.decode()
    assert "BEGIN:VEVENT" in page
    assert "METHOD:REQUEST" in page
    listed = client.get(reverse("demo_mail"), {"aan": sent.to[0]}).content.decode()
    assert "met agenda" in listed
    assert client.get("/demo/mail/..%2F..%2Fkeys/").status_code == 404
    assert client.get(reverse("demo_mail_detail", args=["weg"])).status_code == 404
    assert client.post(reverse("demo_clock"), {"verder": "eeuw"}).status_code == 404


def test_a_mail_without_text_or_date_shows(demo, client):
    odd = EmailMessage()
    odd["Subject"] = "<b>Raar</b>"
    key = demo.add(odd.as_bytes())
    assert "&lt;b&gt;Raar" in client.get(reverse("demo_mail_detail", args=[key])).content.decode()
