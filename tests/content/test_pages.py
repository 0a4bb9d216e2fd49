"""The public pages: what they show, to whom, and in how many queries."""

import re
from html import unescape

import pytest
from django.urls import reverse

from content.models import ConversationTemplate, Edition, EditionState, Means, QuestionCard, Song, Theme
from content.starter import load_starter

PLAIN = [
    "vak",
    "vak_vragen",
    "vak_op_scherm",
    "vak_wolkjes",
    "vak_vuistregels",
    "vak_lied",
    "vak_dagdeel",
    "vak_traject",
]
THEME = reverse("vak_wolkje", args=["het-werk"])
ADDRESSES = [*map(reverse, PLAIN), THEME]
pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    load_starter()
    return Edition.objects.get()


def words(response) -> str:
    """The text of a page as a reader gets it, spaces evened out."""
    text = unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return re.sub(r"\s+", " ", text)


def headings(response) -> list[str]:
    main = response.content.decode().split("<main")[1].split("</main>")[0]
    return [unescape(re.sub(r"<[^>]+>", "", found)) for found in re.findall(r"<h[1-4][^>]*>(.*?)</h[1-4]>", main)]


def test_addresses():
    assert ADDRESSES == [
        "/vak/",
        "/vak/vragen/",
        "/vak/vragen/op-scherm/",
        "/vak/wolkjes/",
        "/vak/vuistregels/",
        "/vak/lied/",
        "/vak/dagdeel/",
        "/vak/traject/",
        "/vak/wolkjes/het-werk/",
    ]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_for_everybody_in_three_queries(client, edition, django_assert_max_num_queries, address):
    with django_assert_max_num_queries(3):
        response = client.get(address)
    assert response.status_code == 200
    assert "Versie 1 · fase 1 · februari 2024" in words(response)
    assert "zijn van dit platform, tot de officiële tekst is geladen" in words(response)
    assert len(response.content) < 20_000


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_inline_script_or_style(client, edition, address):
    html = client.get(address).content.decode()
    assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", html) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_wording_line_goes_with_the_official_text(client, edition, address):
    Edition.objects.update(own_wording=False)
    assert "tot de officiële tekst is geladen" not in words(client.get(address))


@pytest.mark.parametrize("address", ADDRESSES)
def test_without_an_edition_a_friendly_page(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert headings(response) == ["Hier komt de inhoud over het vak"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_draft_is_not_shown(client, edition, address):
    Edition.objects.update(state=EditionState.DRAFT, published_at=None)
    assert headings(client.get(address)) == ["Hier komt de inhoud over het vak"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_edition_without_content_breaks_nothing(client, address):
    load_starter()
    for model in (ConversationTemplate, QuestionCard):
        model.objects.all().delete()
    Theme.objects.exclude(parent=None).delete()
    Song.objects.all().delete()
    Means.objects.exclude(kind="wolkjes").delete()
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", [address for address in ADDRESSES if address != "/vak/lied/"])
def test_only_the_song_takes_a_post(client, edition, address):
    assert client.post(address).status_code == 405


def test_overview_leads_to_the_five_means(client, edition):
    html = client.get("/vak/").content.decode()
    assert re.findall(r'class="wolkje[^"]*" href="([^"]+)"', html) == [
        "/vak/vragen/",
        "/vak/wolkjes/",
        "/vak/vuistregels/",
        "/vak/lied/",
        "/vak/dagdeel/",
        "/vak/traject/",
    ]


def test_cards_stand_under_their_headings(client, edition):
    response = client.get("/vak/vragen/")
    assert headings(response)[1:21] == [
        "De kaarten",
        "Stel jezelf aan elkaar voor",
        "De invalshoek van het interview",
        "Je vak – en de ontwikkeling daarvan.",
        "“Zo goed gewerkt, vandaag ...”",
        "Een ‘off-day’..",
        "Wat helpt jou om dat te blijven doen?",
        "“Ik heb het altijd zo gedaan ...”",
        "“Dat zou ik nu nooit meer zo doen ...”",
        "Er komt veel 'van buiten op je af' – maar je hebt ook een eigen kompas.",
        "“Werken met het oog op de bal”",
        "“Where both ends meet”.. of niet?",
        "Je werkt met allerlei regels, kaders, kennis en informatie.",
        "Steun en sturing: “ja, dit helpt!”",
        "“Less is more, more is less”",
        "Wat er werkt in het klein",
        "“Zodatjes”",
        "Resumerend:",
        "Je kompas",
        "Zo kun je het gebruiken",
    ]
    html = response.content.decode()
    assert re.findall(r"Kaart </span>(\d+)</span>", html) == [str(number) for number in range(1, 13)]
    # on paper each card stands alone, so it carries its own heading, letter by letter
    assert "Er komt veel &#x27;van buiten&#x27; op je af – maar je hebt ook een eigen kompas." in html


def test_wolkjes_show_what_runs_through_all(client, edition):
    html = client.get("/vak/wolkjes/").content.decode()
    assert re.findall(r'class="wolkje wolk-(\d)" href="/vak/wolkjes/([^/]+)/"', html) == [
        ("1", "de-werker"),
        ("2", "het-werk"),
        ("3", "het-team"),
        ("4", "de-organisatie"),
        ("5", "kennis"),
        ("6", "wanneer-het-werkt"),
        ("7", "ontwikkelpunten"),
    ]
    assert '<a href="/vak/wolkjes/het-werk/#samen-in-de-wijk">Het werk: Samen in de wijk</a>' in html


def test_a_wolkje_with_its_parts_questions_and_neighbours(client, edition):
    response = client.get(THEME)
    assert headings(response) == ["Het werk", "Het werk: Samen in de wijk", "Het werk: Samen met de gemeente"]
    html = response.content.decode()
    assert re.findall(r'class="button quiet(?: after)?" href="(/vak[^"]+)"', html) == [
        "/vak/wolkjes/de-werker/",
        "/vak/wolkjes/het-team/",
    ]
    assert html.count("Nog open") == 2


def test_all_wolkjes_open_and_others_are_not_found(client, edition):
    slugs = Theme.objects.filter(parent=None).values_list("slug", flat=True)
    assert [client.get(reverse("vak_wolkje", args=[slug])).status_code for slug in slugs] == [200] * 7
    assert client.get("/vak/wolkjes/bestaat-niet/").status_code == 404
    assert client.get("/vak/wolkjes/samen-in-de-wijk/").status_code == 404


def test_rules_times_parts_in_words(client, edition):
    html = client.get("/vak/vuistregels/").content.decode()
    assert re.findall(r'<th scope="row"[^>]*>(.*?)</th>', html) == [
        "Maak verbinding",
        "Stel de vraag",
        "Houd koers",
        "Zoek tegenspraak",
        "Geef stem",
    ]
    assert len(re.findall(r'<th scope="col"', html)) == 4
    assert len(re.findall(r"<td [^>]*data-part=\"[^\"]+\">[^<]+\?</td>", html)) == 20


def test_dagdeel_leads_to_the_pilot_and_owns_its_minutes(client, edition):
    Edition.objects.update(sharing_day="Dag van de Wijkteams in 2027")
    response = client.get("/vak/dagdeel/")
    assert f'href="{reverse("pilot")}">Bekijk de pilot' in response.content.decode()
    assert "op de Dag van de Wijkteams in 2027 van de Associatie Wijkteams" in words(response)
    assert "De tijden zijn een voorstel van dit platform" in words(response)
    assert "mailto:info@merelsteinweg.nl" in response.content.decode()


def test_traject_names_who_took_part(client, edition):
    response = client.get("/vak/traject/")
    for name in [*edition.organisation_list, "Herma Ooms", "Jeannet Buurman", "Sophie Hospers", "Movisie"]:
        assert name in words(response)
    assert 'href="https://associatiewijkteams.nl/documenten/"' in response.content.decode()


class TestSong:
    """Its links come in the answer to a promise, and nowhere else."""

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_no_page_gives_the_links(self, client, edition, address):
        assert "soundcloud" not in client.get(address).content.decode().lower()

    def test_condition_and_makers_first(self, client, edition):
        response = client.get("/vak/lied/")
        for text in [edition.songs.get().condition, "Merel Steinweg", "Pepijn Buitenhuis"]:
            assert text in words(response)
        assert 'type="checkbox"' in response.content.decode()
