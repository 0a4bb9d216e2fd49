"""The pages of an organisation's own templates."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.models import ConversationTemplate
from lerend.mail.models import Message
from sessions_app.domain import templates
from sessions_app.models import Session
from sessions_app.queries.templates import words_of
from tests.sessions_app.own_templates import next_edition, own_version

pytestmark = pytest.mark.usefixtures("edition")


def edit(own) -> str:
    return reverse("template_edit", args=[own.organisation_id, own.id])


def as_sent(own, **changed) -> dict[str, object]:
    """What the page of ``own`` sends when nothing was touched, with ``changed`` over it."""
    own.refresh_from_db()
    words = words_of(own)
    data: dict[str, object] = {name: getattr(words, name) for name in ("title", "summary", "preparation", "invitation")}
    data |= {"version": own.version, "stap-TOTAL_FORMS": len(words.steps), "stap-INITIAL_FORMS": len(words.steps)}
    data |= {"herinnering-TOTAL_FORMS": len(words.reminders), "herinnering-INITIAL_FORMS": len(words.reminders)}
    for at, step in enumerate(words.steps):
        row = {
            "number": at + 1,
            **{name: getattr(step, name) for name in ("lineage", "title", "minutes", "means", "text")},
        }
        data |= {f"stap-{at}-{name}": value for name, value in row.items()}
    for at, moment in enumerate(words.reminders):
        row = {"number": abs(moment.days), "unit": "erna" if moment.days > 0 else "ervoor", "at": f"{moment.at:%H:%M}"}
        data |= {f"herinnering-{at}-{name}": value for name, value in row.items()}
    return data | changed


def text(response) -> str:
    return html.unescape(response.content.decode())


def titles(response) -> list[str]:
    found = re.findall(r'name="stap-\d+-title" value="([^"]*)"', response.content.decode())
    return [html.unescape(title) for title in found]


def test_sending_the_page_back_changes_nothing(cast, client_of):
    own = own_version(cast.home, cast.noor)
    before = words_of(own)
    assert client_of(cast.sem).post(edit(own), as_sent(own)).status_code == 302
    own.refresh_from_db()
    assert (words_of(own), own.version, own.history.count()) == (before, 0, 1)


def test_a_double_click_makes_one(cast, client_of):
    base = ConversationTemplate.objects.published().get(slug="teamdagdeel")
    other = ConversationTemplate.objects.published().get(slug="audit")
    address, key = reverse("template_make", args=[cast.home.id]), str(uuid4())
    client = client_of(cast.sem)
    there = {client.post(address, {"sjabloon": base.id, "form_key": key}).headers["Location"] for _ in range(2)}
    client.post(address, {"sjabloon": other.id, "form_key": key})
    own = ConversationTemplate.objects.own_of(cast.home)
    assert sorted(own.values_list("title", flat=True)) == [
        "Audit met een ander team of een andere organisatie (eigen versie)",
        "Teamdagdeel (eigen versie)",
    ]
    assert there == {edit(own.get(based_on=base))}
    for bad in ({}, {"sjabloon": "x", "form_key": key}, {"sjabloon": uuid4(), "form_key": key}):
        assert client.post(address, bad).headers["Location"] == reverse("template_list", args=[cast.home.id])
    assert own.count() == 2


def test_steps_move_come_and_go_without_script_and_nothing_is_kept_yet(cast, client_of):
    own = own_version(cast.home, cast.noor)
    before = words_of(own)
    names = [step.title for step in before.steps]
    client = client_of(cast.sem)
    typed = {"title": "", "stap-0-minutes": "veel", "summary": "<b>Half"}

    def press(action, **more):
        return client.post(edit(own), as_sent(own, doe=action, **typed, **more))

    moved = press("omlaag-0")
    assert titles(moved) == [names[1], names[0], *names[2:]]
    assert 'value="veel"' in moved.content.decode()
    assert "&lt;b&gt;Half" in moved.content.decode()
    assert titles(press("omhoog-2")) == [names[0], names[2], names[1], *names[3:]]
    assert titles(press("omhoog-0")) == names
    assert titles(press("stap-weg-1")) == [names[0], *names[2:]]
    assert len(re.findall(r'id="stap-\d+"', text(press("stap-erbij")))) == len(names) + 1
    assert titles(press("stap-erbij", **{"stap-0-number": "50"})) == [*names[1:], names[0]]
    assert (
        len(re.findall('name="herinnering-[0-9]-number"', text(press("herinnering-erbij"))))
        == len(before.reminders) + 1
    )
    assert (
        len(re.findall('name="herinnering-[0-9]-number"', text(press("herinnering-weg-0"))))
        == len(before.reminders) - 1
    )
    for nonsense in ("omhoog-99", "omhoog-x", "stap-weg-", "herinnering-weg-99", "omhoog-²", "' OR 1", "-0"):
        assert titles(press(nonsense)) == names
    assert titles(press("x", **{"stap-TOTAL_FORMS": "9" * 5000}))[: len(names)] == names
    own.refresh_from_db()
    assert (words_of(own), own.version) == (before, 0)


def test_numbers_give_the_order(cast, client_of):
    own = own_version(cast.home, cast.noor)
    first, second, *rest = words_of(own).steps
    data = as_sent(own, **{"stap-0-number": "2", "stap-1-number": "1", "title": "Onze middag"})
    client_of(cast.sem).post(edit(own), data)
    own.refresh_from_db()
    assert (own.title, words_of(own).steps) == ("Onze middag", (second, first, *rest))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"invitation": "Dag {naam.__class__}"},
            "“{naam.__class__}” kennen we niet. Je kunt gebruiken: {naam}, {gesprek}",
        ),
        ({"invitation": "{{naam}}"}, "Er staat een losse “{”"),
        ({"invitation": "{naam!r}"}, "“{naam!r}” kennen we niet"),
        ({"invitation": "{0}"}, "“{0}” kennen we niet"),
        ({"invitation": "a" * 10_000}, "Dit zijn 10000 tekens"),
        ({"invitation": "https://foute.test"}, "Zet hier geen webadres neer"),
        ({"title": " \r\n "}, "Geef het gesprek een titel"),
        ({"title": "t" * 121}, "niet meer dan 120 tekens"),
        ({"stap-0-title": ""}, "Geef de stap een naam"),
        ({"stap-0-minutes": "0"}, "Een stap duurt 1 tot 480 minuten"),
        ({"stap-0-minutes": "480", "stap-1-minutes": "480"}, "langer dan twaalf uur"),
        ({"stap-0-means": "bom"}, "Selecteer een geldige keuze"),
        ({"stap-0-title": "a\0b"}, "Geef de stap"),
        ({"stap-TOTAL_FORMS": "0", "stap-INITIAL_FORMS": "0"}, "ten minste één stap"),
        ({"stap-TOTAL_FORMS": "x"}, "stap-TOTAL_FORMS"),
        ({"herinnering-0-number": "61"}, "hooguit 60 dagen"),
        ({"herinnering-0-at": "25:00"}, "Vul een tijd in"),
        ({"herinnering-1-number": "7", "herinnering-1-at": "9:00"}, "Deze herinnering staat er al"),
        ({"herinnering-2-number": "0"}, "Erna is ten minste 1 dag"),
        ({"version": ""}, "Er klopt nog iets niet"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_saved(cast, client_of, changed, said):
    own = own_version(cast.home, cast.noor)
    before = words_of(own)
    response = client_of(cast.sem).post(edit(own), as_sent(own, **changed))
    if "a\0b" in changed.values():  # the title is cleaned of it
        assert response.status_code == 302
        return
    assert response.status_code == 200
    assert said in text(response)
    own.refresh_from_db()
    assert (words_of(own), own.version) == (before, 0)


def test_the_preview_is_the_real_mail_and_keeps_nothing(cast, client_of):
    own = own_version(cast.home, cast.noor)
    words = "Welkom {naam}, <b>tot</b> {wanneer} {👋".replace("{👋", "👋")
    response = client_of(cast.sem).post(edit(own), as_sent(own, doe="voorbeeld", invitation=words))
    shown = text(response)
    assert "Zo ziet Joost Kramer het" in shown
    assert "Welkom Joost, <b>tot</b> dinsdag " in shown  # unescaped by text(): in the page it is not
    assert "<b>tot</b>" not in response.content.decode()
    assert "<p>Welkom Joost, &lt;b&gt;tot&lt;/b&gt; dinsdag" in response.content.decode()
    assert "Sem de Wit nodigt je uit." in shown
    assert "antwoord/VOORBEELD/" in shown  # as plain text only
    assert 'href="http' not in response.content.decode().partition("letter-html")[2].partition("<pre>")[0]
    assert "style=" not in response.content.decode()
    own.refresh_from_db()
    assert (own.invitation, Session.objects.count(), Message.objects.count()) == ("", 0, 0)


def test_the_second_is_told_sees_both_and_chooses(cast, client_of):
    own = own_version(cast.home, cast.noor)
    sent = as_sent(own, summary="Van Noor.")
    templates.change_template(own.id, replace(words_of(own), summary="Van Sem."), version=0, by=cast.sem)
    client = client_of(cast.noor)
    shown = text(client.post(edit(own), sent))
    assert "Sem de Wit heeft dit sjabloon intussen gewijzigd." in shown
    assert "<dd>Van Sem.</dd>" in shown
    assert 'value="Van Noor."' in shown
    own.refresh_from_db()
    assert own.summary == "Van Sem."
    assert 'name="version" value="1"' in shown
    assert client.post(edit(own), sent | {"version": "1"}).status_code == 302
    own.refresh_from_db()
    assert own.summary == "Van Noor."


def test_from_the_list_one_plans_with_that_version(cast, client_of):
    own = own_version(cast.home, cast.noor)
    other = own_version(cast.home, cast.noor)
    page = text(client_of(cast.noor).get(reverse("template_list", args=[cast.home.id])))
    found = re.findall(r'href="([^"]*)">Plan hiermee', page)
    assert sorted(found) == sorted(
        f"/gesprekken/plannen/?organisatie={cast.home.id}&sjabloon={one.id}" for one in (own, other)
    )
    form = client_of(cast.noor).get(next(link for link in found if str(other.id) in link)).context["form"]
    assert form.initial["template"] == other.id


def test_planning_offers_the_own_version_first(cast, client_of):
    own = own_version(cast.home, cast.noor, "collegiaal-interview")
    templates.change_template(own.id, replace(words_of(own), title="Koffie met een collega"), version=0, by=cast.noor)
    page = text(client_of(cast.lina).get(reverse("plan_what")))
    assert page.index("Koffie met een collega") < page.index("Collegiaal interview")
    assert "<small>Van Wijkteams Voorbeeld. " in page
    assert "Koffie met een collega" not in text(client_of(cast.tess).get(reverse("plan_what")))
    assert "Koffie met een collega" not in text(client_of(cast.roos).get(reverse("vak")))
    stolen = client_of(cast.tess).post(reverse("plan_what"), {"template": own.id, "form_key": uuid4()})
    assert "Dit sjabloon is weggelegd, of er niet meer. Kies een ander." in text(stolen)


def test_put_away_and_brought_back(cast, client_of):
    own = own_version(cast.home, cast.noor, "collegiaal-interview")
    client, here = client_of(cast.sem), [cast.home.id, own.id]
    open_form = {"template": own.id, "form_key": uuid4()}
    client.post(reverse("template_put_away", args=here), follow=True)
    assert own.title not in text(client.get(reverse("plan_what")))
    assert "Dit sjabloon is weggelegd, of er niet meer. Kies een ander." in text(
        client.post(reverse("plan_what"), open_form)
    )
    assert "Weggelegd" in text(client.get(reverse("template_list", args=[cast.home.id])))
    client.post(reverse("template_bring_back", args=here))
    assert own.title in text(client.get(reverse("plan_what")))


def test_another_organisation_has_no_way_in(cast, client_of):
    own = own_version(cast.home, cast.noor)
    client = client_of(cast.tess)
    for name in ("template_edit", "template_newer"):
        for organisation in (cast.home, cast.elsewhere):
            assert client.get(reverse(name, args=[organisation.id, own.id])).status_code == 404
            assert client.post(reverse(name, args=[organisation.id, own.id])).status_code == 404
    base = own.based_on_id  # the redactie's row is nobody's to change here
    assert client_of(cast.noor).get(reverse("template_edit", args=[cast.home.id, base])).status_code == 404


def test_a_newer_edition_is_shown_and_taken_over(cast, client_of):
    own = own_version(cast.home, cast.noor)
    client, page = client_of(cast.sem), reverse("template_newer", args=[cast.home.id, own.id])
    assert "Dat is de uitgave die nu geldt." in text(client.get(page))
    edition = next_edition(cast.roos)
    found = ConversationTemplate.objects.published().get(slug="teamdagdeel")
    found.preparation = "Lees <script>alles</script>."
    found.save()
    listed = text(client.get(reverse("template_list", args=[cast.home.id])))
    assert "Versie 2 heeft dit sjabloon veranderd." in listed
    assert "Versie 2 heeft een nieuwere tekst" in text(client.get(edit(own)))
    shown = client.get(page).content.decode()
    assert "<script>alles" not in shown
    assert "<ins>" in shown
    assert 'value="preparation" checked' in shown
    bad = client.post(page, {"nieuwere": "x", "version": "0", "doe": "neem"})
    assert bad.headers["Location"] == page
    client.post(page, {"nieuwere": found.id, "version": "0", "doe": "neem", "neem": ["preparation"]})
    own.refresh_from_db()
    assert (own.preparation, own.edition, own.based_on) == ("Lees <script>alles</script>.", edition, found)
    assert client.post(page, {"nieuwere": found.id, "version": "1"}).status_code == 404


@pytest.mark.parametrize("name", ["template_list", "template_edit", "plan_what"])
def test_as_many_queries_for_thirty_as_for_one(cast, client_of, name):
    def cost(own) -> int:
        args = {"template_list": [cast.home.id], "template_edit": [cast.home.id, own.id], "plan_what": []}[name]
        client = client_of(cast.sem)
        client.get(reverse(name, args=args))
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(reverse(name, args=args)).status_code == 200
        return len(found)

    own = own_version(cast.home, cast.noor)
    one = cost(own)
    for _ in range(29):
        own_version(cast.home, cast.noor)
    next_edition(cast.roos)
    assert cost(own) <= one + 2 * (name == "template_edit")
    assert one <= 16
