"""Searching: what is found, by whom, how it is shown, and how the index keeps up."""

import re
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from content import findable, search
from content.domain import copy_edition, publish_edition
from content.models import ConversationTemplate, Edition, QuestionCard, Readers, SearchEntry, Song
from content.search import Entry, Source

pytestmark = pytest.mark.django_db
ADDRESS = reverse("search")


def found(client, words: str, **more) -> list[tuple[str, str]]:
    html = client.get(ADDRESS, {"q": words, **more}).content.decode()
    return re.findall(r'<li><p class="soft">(.*?)</p><h3><a href="(.*?)">', html)


def test_dutch_words_are_found_in_other_forms_and_marked(client, edition):
    html = client.get(ADDRESS, {"q": "gesprekken"}).content.decode()
    assert found(client, "gesprekken") == found(client, "gesprek") != []
    assert ("Kaart 1", "/vak/vragen/#kaart-1") in found(client, "stel jezelf aan elkaar voor")
    assert "<mark>" in html


def test_kinds_and_where_they_lead(client, edition):
    html = client.get(ADDRESS, {"q": "wijkteam or vak or team or vraag or lied or stap or regel"}).content.decode()
    paths = set(SearchEntry.objects.values_list("path", flat=True))
    assert {client.get(path.partition("#")[0]).status_code for path in paths} == {200, 302}
    for path in paths:
        page, _, anchor = path.partition("#")
        assert not anchor or f'id="{anchor}"' in client.get(page).content.decode(), path
    assert html.count("<h3>") == search.PAGE_SIZE


def test_pages_hold_each_text_once(client, edition):
    words, seen, page = "wijkteam or vak or team or vraag", [], 1
    while rows := found(client, words, pagina=page):
        seen += rows
        page += 1
    assert (len(seen), page > 2) == (
        SearchEntry.objects.filter(
            vector=search.SearchQuery(words, config="dutch", search_type="websearch"), readers=Readers.ALL
        ).count(),
        True,
    )


def test_templates_are_for_who_is_signed_in_and_own_ones_for_members(client_of, cast, edition):
    template = ConversationTemplate.objects.published().first()
    own = ConversationTemplate.objects.create(
        edition=template.edition,
        number=1,
        slug="eigen",
        kind=template.kind,
        title="Kwakkelgesprek",
        summary="Eigen",
        purpose="Leren",
        preparation="",
        organisation=cast.home,
        based_on=template,
    )
    search.refresh(findable.TEMPLATES, cast.home.id)
    kind = ("Gesprekssjabloon", reverse("plan_what"))
    assert [kind in found(client_of(user), template.title) for user in (None, cast.lina, cast.tess)] == [
        False,
        True,
        True,
    ]
    assert [len(found(client_of(user), own.title)) for user in (None, cast.lina, cast.tess, cast.ilse)] == [0, 1, 0, 0]


def test_the_song_is_found_without_its_links_and_words(client, edition):
    Song.objects.update(lyrics="Fladderwoord")
    search.refresh(findable.CONTENT)
    assert (found(client, "soundcloud"), found(client, "fladderwoord")) == ([], [])
    assert ("Het lied", "/vak/lied/") in found(client, Song.objects.get().title)


def test_marks_are_safe(client, edition):
    evil = '<script>alert("kwispel")</script> <mark>kwispel</mark> \x02kwispel\x03 <img src=x onerror=kwispel>'
    search.register(Source("test", lambda _: [Entry(uuid4(), "<b>Soort</b>", evil, evil, "/vak/")]))
    try:
        search.refresh("test")
        html = client.get(ADDRESS, {"q": "kwispel"}).content.decode().split("<main")[1]
        assert re.findall(r"<(script|img|b)\b", html) == []
        assert html.count("<mark>") == html.count("</mark>") > 0
        assert "&lt;script&gt;" in html
    finally:
        del search._sources["test"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("de het een", "te gewoon om mee te zoeken"),
        ("flierefluiter", "Probeer een ander woord"),
        ("", "Typ een of meer woorden"),
        ("x" * 101, "Zoek met minder woorden: hooguit 100 tekens."),
        ("kompas\x00", "tekens zijn niet toegestaan"),
        ("'; -- \" ( -", "gewoon om mee te zoeken"),
        ("<script>", "“&lt;script&gt;”"),
    ],
)
def test_what_is_said_where_nothing_is_found(client, edition, words, sentence):
    response = client.get(ADDRESS, {"q": words})
    assert (response.status_code, sentence in response.content.decode()) == (200, True)


@pytest.mark.parametrize("page", ["0", "26", "x", "99999999999999999999"])
def test_a_page_there_can_not_be(client, edition, page):
    assert client.get(ADDRESS, {"q": "vak", "pagina": page}).status_code == 200


class TestIndex:
    def test_a_correction_is_found_and_what_it_replaced_is_not(
        self, client, edition, django_capture_on_commit_callbacks
    ):
        card = QuestionCard.objects.get(number=3)
        card.title = "Kwinkslag"
        with django_capture_on_commit_callbacks(execute=True) as callbacks:
            card.save()
            card.save()
        assert len(callbacks) == 1
        assert found(client, "kwinkslag") == [("Kaart 3", "/vak/vragen/#kaart-3")]
        connection.run_on_commit.clear()  # a test's transaction never ends, and remembers what it did
        with django_capture_on_commit_callbacks(execute=True):
            card.delete()
        assert found(client, "kwinkslag") == []

    def test_publishing_swaps_what_is_found_at_once_and_drafts_are_never_found(self, client, cast, edition):
        draft = copy_edition(Edition.objects.get().id, "Versie 2", by=cast.roos)
        QuestionCard.objects.filter(edition=draft, number=4).delete()
        QuestionCard.objects.filter(edition=draft, number=1).update(title="Kwinkslag")
        assert (search.refresh(findable.CONTENT), found(client, "kwinkslag")) == (0, [])
        publish_edition(draft.id, by=cast.roos)
        assert found(client, "kwinkslag") == [("Kaart 1", "/vak/vragen/#kaart-1")]
        assert found(client, "off-day") == []

    def test_refreshing_writes_only_what_changed(self, edition):
        assert SearchEntry.objects.count() > 70
        assert search.refresh(findable.CONTENT) == 0
        QuestionCard.objects.filter(number=3).update(title="Anders")
        assert search.refresh(findable.CONTENT) == 2  # one out, one in

    def test_the_command_makes_it_anew(self, client, edition):
        SearchEntry.objects.all().delete()
        out = StringIO()
        call_command("reindex_search", stdout=out)
        assert out.getvalue().splitlines() == [
            f"content: {SearchEntry.objects.count()} written",
            "templates: 0 written",
            "ladingen: 0 written",
        ]


def test_queries_do_not_grow(client_of, cast, edition, django_assert_max_num_queries):
    client = client_of(cast.lina)
    client.get(ADDRESS, {"q": "kompas"})
    with django_assert_max_num_queries(4):  # session and person, the ranked keys, the texts
        client.get(ADDRESS, {"q": "vak or team"})
