"""What comes on paper: how it looks, what it may ask, and that fronts and backs fit."""

from __future__ import annotations

import json
import re
import time
import zlib
from html import unescape
from types import SimpleNamespace

import pytest
import typst
from django.urls import reverse
from django.utils import timezone

from content.models import (
    ConversationTemplate,
    Edition,
    EditionState,
    Programme,
    ProgrammeStep,
    QuestionCard,
    RuleOfThumb,
    Theme,
)
from content.paper import printing, rich, sheets
from content.paper.printing import HERE, Sheet
from content.queries import cards, one_means
from content.views.showing import PREVIEW
from tests.sessions_app.own_templates import own_version

pytestmark = pytest.mark.django_db
CARDS, PRINT = reverse("cards_pdf"), reverse("print_cards")
PDFS = [CARDS, reverse("programme_pdf"), reverse("poster_pdf"), reverse("placemat_pdf")]
NASTY = '#panic("x") $ * _ \\ " #import "/etc/passwd": x; `raw` @ref <label> // /* = - + /'


@pytest.fixture
def shown(edition) -> Edition:
    return Edition.objects.get()


def card(number: int, **fields) -> QuestionCard:
    return QuestionCard(**{"number": number, "title": f"Kaart {number}", "text": "<p>Een vraag?</p>", **fields})


def a_set(count: int, edition: Edition, **options) -> Sheet:
    return sheets.cards(edition, [card(number) for number in range(1, count + 1)], **options)


def pages(sheet: Sheet) -> int:
    return len(sheet.pictures(ppi=5))


def headings(sheet: Sheet) -> list[str]:
    """Return the headings as typst set them."""
    found = json.loads(sheet._set(lambda here, path: here.query("heading", "body")))
    return [body.get("child", body)["text"] for body in found]


def streams(pdf: bytes) -> bytes:
    """Return the PDF with what lies compressed in it opened."""
    found = [pdf]
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompressobj().decompress(match.group(1)))
        except zlib.error:
            continue
    return b"\n".join(found)


# --- the cards -------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 5, 8, 13])
def test_each_back_lies_behind_its_front_when_the_sheet_is_turned_over_the_long_edge(shown, count):
    places = a_set(count, shown).places()
    fronts = {place["number"]: place for place in places if place["side"] == "front"}
    backs = {place["number"]: place for place in places if place["side"] == "back"}
    wide, card_wide = 210 * 72 / 25.4, 95 * 72 / 25.4
    expected = {
        number: (front["page"] + 1, round(wide - front["x"] - card_wide, 3), round(front["y"], 3))
        for number, front in fronts.items()
    }
    assert {
        number: (back["page"], round(back["x"], 3), round(back["y"], 3)) for number, back in backs.items()
    } == expected
    assert sorted(fronts) == list(range(1, count + 1))


def test_thirteen_cards_take_two_sheets_of_two_sides(shown):
    sheet = a_set(13, shown)
    assert pages(sheet) == 4
    fronts = [place["page"] for place in sheet.places() if place["side"] == "front"]
    assert fronts == [1] * 8 + [3] * 5


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"backs": "nee"}, 2),
        ({"backs": "leeg"}, 3),
        ({"size": "groot"}, 26),
        ({"size": "groot", "backs": "nee"}, 13),
        ({"size": "groot", "backs": "leeg"}, 25),
    ],
)
def test_pages_of_each_kind(shown, options, expected):
    assert pages(a_set(13, shown, **options)) == expected


def test_after_a_programme_the_first_card_begins_on_a_new_sheet(shown):
    template = ConversationTemplate.objects.get(slug="gesprek-met-bestuurder")
    sheet = sheets.cards(shown, cards(shown), talk=sheets.Talk.of(template))
    assert pages(sheet) == 6
    assert {place["page"] for place in sheet.places() if place["side"] == "front"} == {3, 5}


def test_a_question_too_long_for_a_small_card_stands_whole_on_a_sheet_behind(shown):
    long = " ".join(f"woord{number}" for number in range(150))[:1200]
    assert len(long) == 1200
    fits = sheets.cards(shown, [card(1), card(2, text=f"<p>{long[:600]}</p>")], backs="nee")
    too_long = sheets.cards(shown, [card(1), card(2, text=f"<p>{long}</p>")], backs="nee")
    assert (pages(fits), pages(too_long)) == (1, 2)
    large = sheets.cards(shown, [card(2, text=f"<p>{long}</p>")], size="groot", backs="nee")
    assert pages(large) == 1
    endless = sheets.cards(shown, [card(2, text=f"<p>{long * 10}</p>")], size="groot", backs="nee")
    assert pages(endless) > 2


def test_no_text_is_ever_source(shown):
    sheet = sheets.cards(shown, [card(1, heading=NASTY, title=NASTY, text=f"<p>{NASTY}</p>")], organisation=NASTY)
    assert sheet.make().startswith(b"%PDF-")
    assert headings(sheet) == ["De vragen", NASTY]


def test_the_templates_read_nothing_but_each_other():
    for path in HERE.glob("*.typ"):
        source = path.read_text()
        assert re.findall(
            r'#?(?:import|include|read|plugin|image|json|csv|yaml|toml|xml)\s*\(?\s*"([^"]*)"', source
        ) in (
            ["house.typ"],
            ["house.typ", "programme.typ"],
            [],
        )
        assert "@preview" not in source
    outside = Sheet("../../manage", "x.pdf", {})
    with pytest.raises((typst.TypstError, RuntimeError)):
        outside.make()


def test_a_sign_that_no_font_has_does_not_stop_the_printer(shown):
    assert b"/StructTreeRoot" in streams(sheets.cards(shown, [card(1, title="Lachen 😀")]).make())


def test_tagged_in_dutch_with_a_title_and_its_own_fonts(shown):
    pdf = streams(sheets.cards(shown, cards(shown), organisation="Wijkteams Voorbeeld").make())
    assert b"/StructTreeRoot" in pdf
    assert b"/Marked true" in pdf
    assert b"<pdfuaid:part>1<" in pdf
    assert re.search(rb"/Lang\s*\(nl-NL\)", pdf)
    assert re.search(rb"<dc:title>.*De vragen", pdf, re.DOTALL)
    assert set(re.findall(rb"/FontName/[A-Z]{6}\+([A-Za-z-]+)", pdf)) == {
        b"AtkinsonHyperlegibleNext-Regular",
        b"AtkinsonHyperlegibleNext-Bold",
        b"BricolageGrotesque-Bold",
    }
    assert len(re.findall(rb"/FontFile2 ", pdf)) == 3
    assert {int(level) for level in re.findall(rb"/S/H([1-6])/", pdf)} == {1, 2}
    assert len(re.findall(rb"/S/H2/", pdf)) == 12


def test_the_same_content_gives_the_same_file(shown):
    assert sheets.cards(shown, cards(shown)).make() == sheets.cards(shown, cards(shown)).make()


def test_the_set_is_made_within_two_seconds_and_is_small(shown):
    sheet = sheets.cards(shown, cards(shown), organisation="Wijkteams Voorbeeld")
    started = time.perf_counter()
    made = sheet.make()
    assert time.perf_counter() - started < 2
    assert len(made) < 150_000


def test_whose_words_which_edition_and_where(shown, settings):
    settings.SITE_URL = "https://lerend.example.nl"
    own = "De woorden zijn van dit platform, tot de officiële tekst is geladen. Titels staan zoals in het document."
    label = "Versie 1 · fase 1 · februari 2024."
    assert sheets.cards(shown, []).data["credits"] == f"{label} {own} lerend.example.nl"
    shown.own_wording, shown.authors = False, "A. de Boer\nB. Vos"
    assert sheets.cards(shown, []).data["credits"] == f"{label} Tekst: A. de Boer, B. Vos. lerend.example.nl"
    shown.authors, shown.state = "", EditionState.DRAFT
    assert sheets.cards(shown, []).data["credits"] == f"Concept, nog niet gepubliceerd. {label} lerend.example.nl"


# --- the other sheets ------------------------------------------------------------


def test_a_programme_stays_on_one_page_until_that_can_not_be_read(shown):
    found = Programme.objects.get()
    assert pages(sheets.programme(shown, found)) == 1
    for number in range(6, 13):
        ProgrammeStep.objects.create(
            programme=found,
            number=number,
            title="Een stap met een lange naam " * 3,
            text="<p>Uitleg hierbij.</p>",
            minutes=5,
        )
    assert pages(sheets.programme(shown, Programme.objects.get())) == 1
    ProgrammeStep.objects.update(text=f"<p>{'Heel veel uitleg. ' * 100}</p>")
    before = pages(sheets.programme(shown, Programme.objects.get()))
    assert before > 1
    # Longer than a page by itself: it goes on on the next.
    ProgrammeStep.objects.filter(number=1).update(text=f"<p>{'Heel veel uitleg. ' * 1000}</p>")
    assert pages(sheets.programme(shown, Programme.objects.get())) > before


@pytest.mark.parametrize("size", ["a3", "a4"])
def test_a_poster_is_one_page(shown, size):
    assert pages(sheets.poster(one_means("vuistregels"), size=size)) == 1
    RuleOfThumb.objects.update(text="<p>" + "Een lange uitleg bij deze regel. " * 12 + "</p>")
    assert pages(sheets.poster(one_means("vuistregels"), size=size)) == 1


@pytest.mark.parametrize(("count", "expected"), [(0, 1), (1, 1), (7, 1), (11, 1), (12, 2)])
def test_a_placemat_has_a_page_for_every_eleven_wolkjes(shown, count, expected):
    Theme.objects.filter(parent__isnull=False).delete()
    Theme.objects.all().delete()
    for number in range(1, count + 1):
        Theme.objects.create(edition=shown, number=number, slug=f"t{number}", title=f"Thema {number}", text="<p>x</p>")
    assert pages(sheets.placemat(one_means("wolkjes"))) == expected


def test_every_sheet_keeps_to_pdf_ua(shown):
    means = {kind: one_means(kind) for kind in ("vuistregels", "wolkjes")}
    template = ConversationTemplate.objects.get(slug="gesprek-met-bestuurder")
    made = [
        sheets.programme(shown, Programme.objects.get()),
        sheets.poster(means["vuistregels"]),
        sheets.placemat(means["wolkjes"]),
        sheets.cards(shown, cards(shown), size="groot", talk=sheets.Talk.of(template)),
    ]
    assert [b"<pdfuaid:part>1<" in streams(sheet.make()) for sheet in made] == [True] * 4


# --- rich text -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "tree"),
    [
        ("", []),
        ("<p></p>", []),
        ("los", [["p", ["los"]]]),
        ("<p>a <strong>b <em>c</em></strong><br>d</p>", [["p", ["a ", ["b", ["b ", ["i", ["c"]]]], ["br", []], "d"]]]),
        ("<h3>Kop</h3><h4>Sub</h4>", [["h3", ["Kop"]], ["h4", ["Sub"]]]),
        ("<ul><li><p>a</p></li><li>b</li></ul>", [["ul", [["li", [["p", ["a"]]]], ["li", [["p", ["b"]]]]]]]),
        ("<blockquote><p>a</p></blockquote>", [["quote", [["p", ["a"]]]]]),
        ('<p><a href="https://x.nl">x</a></p>', [["p", [["a", ["x"], "https://x.nl"]]]]),
        ('<p><a href="javascript:x">x</a></p>', [["p", [["a", ["x"], ""]]]]),
        ("<p>a &amp; b &lt;c&gt;</p>", [["p", ["a & b <c>"]]]),
        ("<p>a<script>b</script><u>c</u></p>", [["p", ["a", "c"]]]),
        ("<p>a\n  b\u200b</p>", [["p", ["a b"]]]),
    ],
)
def test_rich_text_as_a_tree(html, tree):
    assert rich.tree(html) == tree


def test_plain_text_as_paragraphs():
    assert rich.paragraphs("een\ntwee\n\n drie ") == [["p", ["een", ["br", []], "twee"]], ["p", ["drie"]]]


def test_rich_text_of_every_kind_is_set(shown):
    html = (
        "<h4>Vier</h4><h3>Drie</h3><h4>Vier</h4><p><strong>vet</strong> <em>schuin</em><br>nieuw</p>"
        "<ul><li>a<ol><li>b</li></ol></li></ul><blockquote><p>c</p></blockquote>"
        '<p><a href="https://x.nl/y">hier</a> <a href="mailto:a@x.nl">a@x.nl</a></p>' + "<ul><li>" * 50 + "diep"
    )
    pdf = streams(sheets.cards(shown, [card(1, text=html)], size="groot").make())
    assert b"<pdfuaid:part>1<" in pdf  # no level of heading is skipped, or it would not be


# --- the addresses ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "filename"),
    [
        (CARDS, "vragenkaarten-versie-1.pdf"),
        (f"{CARDS}?sjabloon=gesprek-met-bestuurder", "gesprek-met-bestuurder-versie-1.pdf"),
        (reverse("programme_pdf"), "programma-versie-1.pdf"),
        (reverse("poster_pdf"), "vuistregels-a3-versie-1.pdf"),
        (f"{reverse('poster_pdf')}?formaat=a4", "vuistregels-a4-versie-1.pdf"),
        (reverse("placemat_pdf"), "wolkjes-placemat-versie-1.pdf"),
    ],
)
def test_a_pdf_in_the_browser(client, edition, address, filename):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"] == f'inline; filename="{filename}"'
    assert response["Cache-Control"] == "public, no-cache"
    head = client.head(address)
    assert (head.status_code, head["ETag"], head.content) == (200, response["ETag"], b"")
    again = client.get(address, headers={"if-none-match": response["ETag"]})
    assert (again.status_code, again["ETag"], again.content) == (304, response["ETag"], b"")


@pytest.mark.parametrize("address", PDFS)
def test_without_an_edition_there_is_nothing_to_print(client, address):
    assert client.get(address).status_code == 404


def test_in_few_queries(client, edition, django_assert_max_num_queries):
    for address in PDFS:
        with django_assert_max_num_queries(3):
            client.get(address)
    with django_assert_max_num_queries(5):
        client.get(f"{CARDS}?sjabloon=gesprek-met-bestuurder")


def printed(monkeypatch) -> list[Sheet]:
    """Return a list in which every sheet comes that is printed from now on."""
    seen: list[Sheet] = []
    monkeypatch.setattr(Sheet, "make", lambda sheet: seen.append(sheet) or b"%PDF-")
    return seen


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("", list(range(1, 13))),
        ("?kaarten=", list(range(1, 13))),
        ("?kaarten=1,3,5-8", [1, 3, 5, 6, 7, 8]),
        ("?kaarten=8, 2 , 2,1 - 3", [8, 2, 1, 3]),
        ("?kaarten=1&kaarten=4", [1, 4]),
        ("?kaarten=10–12", [10, 11, 12]),
        ("?sjabloon=gesprek-met-bestuurder", list(range(1, 13))),
        ("?sjabloon=gesprek-met-bestuurder&kaarten=2", [2]),
        ("?sjabloon=wolkjes-in-het-team", []),
    ],
)
def test_which_cards(client, edition, monkeypatch, asked, numbers):
    seen = printed(monkeypatch)
    assert client.get(CARDS + asked).status_code == 200
    assert [card["number"] for card in seen[0].data["cards"]] == numbers


UNKNOWN = "In het adres staat een keuze die we niet kennen."
NUMBERS = "Schrijf nummers met een komma ertussen, bijvoorbeeld: 1,3,5-8."


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (f"{CARDS}?formaat=a3", "Dit kennen we niet. Kies: acht of groot."),
        (f"{CARDS}?achterkant=misschien", "Dit kennen we niet. Kies: ja of nee of leeg."),
        (f"{CARDS}?kaarten=13", "Kaart 13 staat niet in deze uitgave. De laatste kaart is 12."),
        (f"{CARDS}?kaarten=1-9999", "Kaart 9999 staat niet in deze uitgave. De laatste kaart is 12."),
        (f"{CARDS}?kaarten=0", "Kaart 0 staat niet in deze uitgave. De laatste kaart is 12."),
        (f"{CARDS}?kaarten=8-5", NUMBERS),
        (f"{CARDS}?kaarten=een", NUMBERS),
        (f"{CARDS}?kaarten=1,,2", NUMBERS),
        (f"{CARDS}?kaarten=1;2", NUMBERS),
        (f"{CARDS}?kaarten=%00", "Null-tekens zijn niet toegestaan."),
        (f"{CARDS}?kaarten={'1,' * 101}", "Dat is te lang. Schrijf het korter, bijvoorbeeld 1-12."),
        (f"{CARDS}?sjabloon=niets", "Dit gesprek staat niet in deze uitgave. Kies er een uit de lijst."),
        (f"{CARDS}?organisatie=Mijn+eigen+merk", "Kies een organisatie waar je bij hoort. Log daarvoor eerst in."),
        (
            f"{CARDS}?format=groot",
            f"{UNKNOWN} Je kunt kiezen: formaat, kaarten, achterkant, sjabloon, organisatie.",
        ),
        (f"{reverse('poster_pdf')}?formaat=a5", "Dit kennen we niet. Kies: a3 of a4."),
        (f"{reverse('placemat_pdf')}?formaat=a4", f"{UNKNOWN} Laat alles na .pdf weg."),
        (f"{reverse('programme_pdf')}?x=1", f"{UNKNOWN} Laat alles na .pdf weg."),
    ],
)
def test_what_can_not_be_printed_gets_a_sentence(client, edition, address, sentence):
    response = client.get(address)
    assert response.status_code == 400
    assert sentence in unescape(response.content.decode())


def test_an_edition_without_cards_has_none_to_print(client, edition):
    QuestionCard.objects.all().delete()
    assert "In deze uitgave staan nog geen kaarten." in client.get(CARDS).content.decode()
    assert client.get(f"{CARDS}?sjabloon=gesprek-met-bestuurder").status_code == 200


def test_a_mistake_brings_the_form_back_as_it_was_filled(client, edition):
    html = client.get(f"{CARDS}?formaat=groot&kaarten=99").content.decode()
    assert 'value="99"' in html
    assert re.findall(r'value="(\w+)"[^>]*\schecked', html) == ["groot", "ja"]


def test_only_the_name_of_an_own_organisation_comes_on_the_back(client, client_of, cast, edition, monkeypatch):
    seen = printed(monkeypatch)
    address = f"{CARDS}?organisatie={cast.home.pk}"
    assert [client.get(address).status_code, client_of(cast.tess).get(address).status_code] == [400, 400]
    assert cast.home.name not in client_of(cast.tess).get(address).content.decode()
    response = client_of(cast.lina).get(address)
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-cache")
    assert [sheet.data["organisation"] for sheet in seen] == ["Wijkteams Voorbeeld"]


def test_the_form_offers_own_organisations_to_who_signed_in(client, client_of, cast, edition):
    assert "Naam op de achterkant" not in client.get(PRINT).content.decode()
    html = client_of(cast.lina).get(PRINT).content.decode()
    assert "Naam op de achterkant" in html
    assert re.findall(rf'value="{cast.home.pk}"|value="{cast.elsewhere.pk}"', html) == [f'value="{cast.home.pk}"']


def test_members_print_an_own_version_and_nobody_else(client, client_of, cast, edition, monkeypatch):
    own = own_version(cast.home, cast.noor)
    seen = printed(monkeypatch)
    address = f"{CARDS}?sjabloon={own.id}"
    response = client_of(cast.lina).get(address)
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-cache")
    assert [sheet.data["talk"]["title"] for sheet in seen] == [own.title]
    form = reverse("print_cards")
    assert f"{own.title} (van {cast.home.name})" in client_of(cast.lina).get(form).content.decode()
    assert "eigen versie" not in client_of(cast.tess).get(form).content.decode()
    sentence = "Dit gesprek staat niet in deze uitgave. Kies er een uit de lijst."
    for visitor in (client, client_of(cast.tess)):
        refused = visitor.get(address)
        assert (refused.status_code, sentence in refused.content.decode()) == (400, True)
    ConversationTemplate.objects.filter(id=own.id).update(put_away_at=timezone.now())
    assert client_of(cast.lina).get(address).status_code == 400


def test_who_previews_a_draft_prints_the_draft(client_of, cast, edition, monkeypatch):
    seen = printed(monkeypatch)
    draft = Edition.objects.create(name="Versie 2", title="Nieuw")
    QuestionCard.objects.create(edition=draft, number=1, title="De nieuwe kaart", text="<p>x</p>")
    browser = client_of(cast.roos)
    session = browser.session
    session[PREVIEW] = str(draft.pk)
    session.save()
    response = browser.get(CARDS)
    assert (response["Cache-Control"], response["Content-Disposition"]) == (
        "private, no-store",
        'inline; filename="vragenkaarten-versie-2.pdf"',
    )
    assert [card["title"] for card in seen[0].data["cards"]] == ["De nieuwe kaart"]
    assert seen[0].data["credits"].startswith("Concept, nog niet gepubliceerd. Versie 2.")


# --- the cache -------------------------------------------------------------------


def test_made_once_and_anew_when_the_content_or_the_look_changes(client, edition, monkeypatch):
    seen = printed(monkeypatch)
    first = client.get(CARDS)["ETag"]
    client.get(CARDS)
    assert len(seen) == 1
    QuestionCard.objects.filter(number=1).update(title="Anders")
    second = client.get(CARDS)["ETag"]
    assert len(seen) == 2
    monkeypatch.setattr(printing, "_look", lambda: "another")
    assert len({first, second, client.get(CARDS)["ETag"]}) == 3
    assert len(seen) == 3


def test_it_works_without_a_cache(client, edition, monkeypatch):
    def gone(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(printing, "cache", SimpleNamespace(get=gone, set=gone))
    monkeypatch.setattr("content.views.paper.ratelimit.consume_or_429", gone)
    assert client.get(CARDS).content.startswith(b"%PDF-")


def test_making_many_different_ones_is_limited_and_looking_again_is_not(client, edition, settings, monkeypatch):
    printed(monkeypatch)
    settings.ACCOUNT_RATE_LIMITS = {"paper": "2/h/ip"}
    codes = [client.get(f"{CARDS}?kaarten={asked}").status_code for asked in ("1", "2", "1", "3", "2")]
    assert codes == [200, 200, 200, 429, 200]


# --- a talk ----------------------------------------------------------------------


def test_the_programme_of_a_talk_is_that_which_was_planned(client_of, cast, plan, monkeypatch):
    seen = printed(monkeypatch)
    talk = plan(cast.lina, "collegiaal-interview", [cast.joost])
    talk.steps.filter(number=1).update(title="Onze eigen eerste stap", minutes=7)
    later = Edition.objects.create(name="Versie 2", title="Nieuw")
    Edition.objects.exclude(pk=later.pk).update(state=EditionState.ARCHIVED)
    address = reverse("session_programme_pdf", args=[talk.pk])
    response = client_of(cast.joost).get(address)
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")
    assert response["Content-Disposition"] == 'inline; filename="gesprek-versie-1.pdf"'
    first = seen[0].data["talk"]["steps"][0]
    assert (first["title"], first["minutes"]) == ("Onze eigen eerste stap", 7)
    assert [card["number"] for card in seen[0].data["cards"]] == list(range(1, 13))
    assert client_of(cast.noor).get(address).status_code == 404
