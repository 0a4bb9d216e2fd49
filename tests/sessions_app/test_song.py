"""The song: its links come in the answer to a promise and nowhere else; playings, verses and the travelling story."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from uuid import uuid4

import pytest
from django.contrib import admin
from django.urls import reverse

from content.models import Song
from organisations.domain.errors import Refused
from organisations.models import AuditEntry, Organisation, Team
from sessions_app.domain import song
from sessions_app.domain.song import Place, VerseWords
from sessions_app.models import SongPlaying, Verse, VerseMaker
from sessions_app.models.song import song_mark
from tests.sessions_app.threads import in_threads

LINKS = [
    "https://soundcloud.com/associatie-wijkteams/daarop-dansen",
    "https://soundcloud.com/associatie-wijkteams/daarop-dansen-om-in-te-vullen",
]
PROMISE = {"present": "on", "what": "Samen zingen in de wijk."}
SHARING = re.compile(r"\b(?:deel dit|delen|share|doorsturen|stuur door|whatsapp|mailto:\?)", re.IGNORECASE)


def words(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def main_of(response) -> str:
    return response.content.decode().split("<main")[1].split("</main>")[0]


def play(by, place=None, *, what="Samen zingen.", shown=False):
    return song.play(what, place or Place(), shown=shown, form_key=uuid4(), by=by)


def write(by, text="Wij dansen mee.", **more):
    return song.write_verse(VerseWords(text=text, **more), form_key=uuid4(), by=by)


class TestPromise:
    """First one says that one is there and what one will do."""

    def test_it_gives_the_links_on_that_page_alone(self, client, edition):
        response = client.post("/vak/lied/", PROMISE)
        html = response.content.decode()
        assert re.findall(r'href="([^"]+)" rel="noreferrer noopener"', html) == LINKS
        assert "Samen zingen in de wijk." in words(response)
        assert response["Cache-Control"] == "no-store"
        assert "soundcloud" not in client.get("/vak/lied/").content.decode().lower()
        assert (SongPlaying.objects.count(), "sessionid" in client.cookies) == (0, False)

    @pytest.mark.parametrize(
        ("data", "wrong"),
        [
            ({}, ["present", "what"]),
            ({"present": "on"}, ["what"]),
            ({"present": "on", "what": "   \n "}, ["what"]),
            ({"what": "Zingen."}, ["present"]),
            ({"present": "false", "what": "Zingen."}, ["present"]),
            ({"present": "on", "what": "a" * 501}, ["what"]),
            ({"present": "on", "what": "a" * 10_000}, ["what"]),
        ],
    )
    @pytest.mark.parametrize("person", ["nobody", "lina"])
    def test_without_it_an_error_beside_the_field(self, client_of, cast, edition, data, wrong, person):
        client = client_of(getattr(cast, person, None))
        response = client.post("/vak/lied/", {"form_key": uuid4(), **data})
        html = response.content.decode()
        assert "soundcloud" not in html.lower()
        assert (list(response.context["form"].errors), html.count('aria-invalid="true"')) == (wrong, len(wrong))
        assert SongPlaying.objects.count() == 0

    def test_what_is_typed_comes_back_as_text(self, client, edition):
        said = "<b>dansen</b> 💃🏽 & zingen"
        response = client.post("/vak/lied/", {**PROMISE, "what": said})
        assert "“&lt;b&gt;dansen&lt;/b&gt; 💃🏽 &amp; zingen”" in response.content.decode()

    def test_the_words_come_where_the_maker_lets_them(self, client, edition):
        assert "De woorden van het lied" not in words(client.post("/vak/lied/", PROMISE))
        Song.objects.update(lyrics="Regel een\nRegel <twee>")
        assert "Regel" not in words(client.get("/vak/lied/"))
        assert "De woorden van het lied Regel een Regel <twee>" in words(client.post("/vak/lied/", PROMISE))

    def test_no_share_or_send_button(self, client_of, cast, edition):
        for person in (None, cast.lina):
            pages = [client_of(person).post("/vak/lied/", {**PROMISE, "form_key": uuid4()})]
            pages += [client_of(person).get(path) for path in ("/vak/lied/", "/vak/lied/reis/")]
            assert [SHARING.findall(words(page)) + SHARING.findall(main_of(page)) for page in pages] == [[]] * 3


@pytest.mark.ignore_template_errors
def test_the_links_stand_nowhere_else(client_of, cast, edition):
    play(cast.lina, Place(cast.home), shown=True)
    write(cast.lina, release=True)
    public = ["home", "vak", "vak_vragen", "vak_wolkjes", "vak_vuistregels", "vak_lied", "vak_dagdeel", "vak_traject"]
    public += ["song_story", "pilot", "join", "privacy", "who_reads", "help", "accessibility"]
    private = ["today", "session_list", "plan_what", "contribution_list", "song_own", "verse_new", "song_desk"]
    lists = [reverse(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist") for m in admin.site._registry]
    found = []
    for person, paths in (
        (None, [reverse(name) for name in public]),
        (cast.noor, [reverse(name) for name in public + private]),
        (cast.beheer, [*lists, reverse("admin:index")]),
    ):
        client = client_of(person)
        for path in paths:
            response = client.get(path)
            assert response.status_code == 200, path
            found += [path] if "soundcloud" in response.content.decode().lower() else []
    assert found == []
    assert {SongPlaying, Verse} & set(admin.site._registry) == set()


class TestPlaying:
    """What a member promised is theirs alone."""

    def test_it_is_kept_closed_without_a_name(self, client_of, cast, edition):
        key = uuid4()
        data = {**PROMISE, "form_key": key, "place": str(cast.north.id), "shown": "on"}
        for _ in range(2):  # the button twice
            assert client_of(cast.lina).post("/vak/lied/", data).status_code == 200
        made = SongPlaying.objects.get()
        assert (made.mark, made.organisation, made.team, made.what, made.shown, made.form_key) == (
            song_mark(cast.lina),
            cast.home,
            cast.north,
            "Samen zingen in de wijk.",
            True,
            key,
        )
        assert (made.played_at.astimezone().minute, made.month.day) == (0, 1)

    def test_for_oneself(self, client_of, cast, edition):
        client_of(cast.ilse).post("/vak/lied/", {**PROMISE, "form_key": uuid4()})
        client_of(cast.lina).post("/vak/lied/", {**PROMISE, "form_key": uuid4(), "place": ""})
        assert list(SongPlaying.objects.values_list("organisation", "team", "shown")) == [(None, None, False)] * 2

    @pytest.mark.django_db(transaction=True)
    def test_sent_twice_at_once_is_once(self, cast):
        key, words = uuid4(), VerseWords("Wij dansen mee.")
        found = in_threads(*[lambda: song.play("Zingen.", Place(), shown=False, form_key=key, by=cast.lina).id] * 3)
        found += in_threads(*[lambda: song.write_verse(words, form_key=key, by=cast.lina).id] * 3)
        assert found == [SongPlaying.objects.get().id] * 3 + [Verse.objects.get().id] * 3

    def test_the_story_needs_an_organisation(self, client_of, cast, edition):
        response = client_of(cast.lina).post("/vak/lied/", {**PROMISE, "form_key": uuid4(), "place": "", "shown": "on"})
        assert (list(response.context["form"].errors), SongPlaying.objects.count()) == (["place"], 0)

    def test_of_somebody_else_s_place(self, client_of, cast, edition):
        for place in (cast.elsewhere.id, cast.away.id, "iets"):
            data = {**PROMISE, "form_key": uuid4(), "place": str(place)}
            assert "soundcloud" not in client_of(cast.lina).post("/vak/lied/", data).content.decode().lower()
        south = Team.objects.create(organisation=cast.home, name="Team Zuid")
        for place in (Place(cast.elsewhere), Place(cast.home, cast.away), Place(cast.home, south)):
            with pytest.raises(Refused):
                play(cast.lina, place)

    def test_one_sees_and_erases_only_one_s_own(self, client_of, cast, edition):
        mine, other = play(cast.lina, what="van lina"), play(cast.joost, what="van joost")
        page = words(client_of(cast.lina).get("/lied/mijn-keren/"))
        assert ("van lina" in page, "van joost" in page) == (True, False)
        for playing in (mine, other):
            client_of(cast.lina).post(reverse("song_playing_forget", args=[playing.id]))
        assert list(SongPlaying.objects.all()) == [other]

    def test_too_often(self, client_of, cast, edition, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "song_playing": "1/h/user"}
        told = [client_of(cast.lina).post("/vak/lied/", {**PROMISE, "form_key": uuid4()}).status_code for _ in range(2)]
        assert (told, SongPlaying.objects.count()) == ([200, 429], 1)


class TestVerse:
    """A verse is for its writer, until released."""

    def test_alone_in_the_story_and_back(self, client_of, client, cast, edition):
        data = {"text": "Regel een\n<b>Regel</b> twee 🎶", "readers": "wij", "maker": "unnamed", "form_key": uuid4()}
        for _ in range(2):
            client_of(cast.lina).post(reverse("verse_new"), data)
        verse = Verse.objects.get()
        assert (verse.text, verse.released_text, verse.released_month) == (data["text"], "", None)
        assert "Regel een" not in words(client.get("/vak/lied/reis/"))
        address = reverse("verse", args=[verse.id])
        client_of(cast.lina).post(address, {**data, "readers": "verhaal", "maker": "named", "name": "Team Noord danst"})
        html = client.get("/vak/lied/reis/").content.decode()
        assert "Regel een<br>&lt;b&gt;Regel&lt;/b&gt; twee 🎶" in html
        assert "Team Noord danst, " in html
        client_of(cast.lina).post(address, data)
        verse.refresh_from_db()
        assert (verse.text, verse.released_text, verse.released_name, verse.released_month) == (
            data["text"],
            "",
            "",
            None,
        )
        assert "Regel een" not in words(client.get("/vak/lied/reis/"))

    @pytest.mark.parametrize(
        ("more", "wrong"),
        [
            ({"text": ""}, ["text"]),
            ({"text": "a" * 10_000}, ["text"]),
            ({"readers": "verhaal", "maker": "named"}, ["name"]),
            ({"readers": "verhaal", "maker": "organisation"}, ["place"]),
            ({"readers": "iedereen"}, ["readers"]),
        ],
    )
    def test_an_error_beside_the_field(self, client_of, cast, edition, more, wrong):
        data = {"text": "Woorden.", "readers": "wij", "maker": "unnamed", "form_key": uuid4(), **more}
        response = client_of(cast.lina).post(reverse("verse_new"), data)
        assert (list(response.context["form"].errors), Verse.objects.count()) == (wrong, 0)

    def test_who_stands_under_it(self, cast):
        unnamed = write(cast.lina, release=True, place=Place(cast.home, cast.north))
        team = write(cast.lina, release=True, maker=VerseMaker.ORGANISATION, place=Place(cast.home, cast.north))
        named = write(cast.lina, release=True, maker=VerseMaker.NAMED, name="De dansers", place=Place(cast.home))
        private = write(cast.lina, maker=VerseMaker.NAMED, name="De dansers", place=Place(cast.home))
        lines = [(verse.maker_line, verse.organisation) for verse in (unnamed, team, named, private)]
        assert lines == [
            ("", None),
            ("Team Noord, Wijkteams Voorbeeld", cast.home),
            ("De dansers", None),
            ("", None),
        ]
        with pytest.raises(Refused):
            write(cast.lina, release=True, maker=VerseMaker.ORGANISATION, place=Place(cast.elsewhere))

    def test_who_may_hide_it(self, cast):
        told = write(cast.lina, release=True, maker=VerseMaker.ORGANISATION, place=Place(cast.home))
        untold = write(cast.lina, release=True)
        write(cast.lina)
        people = ("noor", "sem", "lina", "pim", "tess", "ilse", "aart", "roos")
        may = {name: set(Verse.objects.hideable_by(getattr(cast, name))) for name in people}
        assert may == {**{name: set() for name in people}, "noor": {told}, "roos": {told, untold}}

    def test_hidden_it_is_for_the_writer_alone_and_stays_so(self, client_of, client, cast, edition):
        verse = write(cast.lina, text="Wat hier niet hoort.", release=True)
        client_of(cast.roos).post(reverse("verse_hide", args=[verse.id]), {"doe": "verberg"})
        assert "Wat hier niet hoort" not in words(client.get("/vak/lied/reis/"))
        song.change_verse(verse.id, VerseWords(text="Toch nog eens.", release=True), by=cast.lina)
        assert "Toch nog eens" not in words(client.get("/vak/lied/reis/"))
        assert "Verborgen in het reisverhaal" in words(client_of(cast.lina).get("/lied/mijn-keren/"))
        client_of(cast.roos).post(reverse("verse_hide", args=[verse.id]), {"doe": "toon"})
        assert "Toch nog eens" in words(client.get("/vak/lied/reis/"))

    def test_hiding_is_noted_without_words(self, cast):
        told = write(cast.lina, release=True, maker=VerseMaker.ORGANISATION, place=Place(cast.home))
        song.hide_verse(told.id, hide=True, by=cast.noor)
        assert list(AuditEntry.objects.values_list("action", "about_name", "detail")) == [("text_hidden", "", "")]


class TestStory:
    """What travels along: organisations and months."""

    def test_an_organisation_once_a_month_where_somebody_said_so(self, client, cast, edition):
        for person in (cast.lina, cast.joost):
            play(person, Place(cast.home, cast.north), shown=True)
        play(cast.tess, Place(cast.elsewhere))
        past = play(cast.lina, Place(cast.home), shown=True)
        SongPlaying.objects.filter(id=past.id).update(month=date(2026, 3, 1))
        html = main_of(client.get("/vak/lied/reis/"))
        stops = re.findall(r"<li><strong>(.*?)</strong> <span class=\"soft\">(.*?)</span>", html)
        assert [name for name, _ in stops] == [cast.home.name] * 2
        assert stops[1][1] == "maart 2026"
        assert [name for name in ("Lina", "Joost", "Verderop", "Samen zingen") if name in html] == []

    def test_the_song_leads_to_where_it_was_and_to_the_verses(self, client, cast, edition):
        story = reverse("song_story")
        play(cast.lina, Place(cast.home), shown=True)
        play(cast.tess, Place(cast.elsewhere), shown=False)
        page = client.get(reverse("vak_lied"))
        assert ("bij: Wijkteams Voorbeeld Lees" in words(page), "Verderop" in words(page)) == (True, False)
        assert [f"{story}#{part}" in main_of(page) for part in ("route", "coupletten")] == [True, True]

    def test_empty(self, client, edition):
        page = words(client.get("/vak/lied/reis/"))
        assert "De reis begint nog." in page
        assert "Er reist nog geen couplet mee." in page

    def test_it_is_cached_but_not_with_a_name(self, client, client_of, cast, edition):
        first = client.get("/vak/lied/reis/")
        again = client.get("/vak/lied/reis/", HTTP_IF_NONE_MATCH=first["ETag"])
        signed = client_of(cast.lina).get("/vak/lied/reis/")
        client.cookies["messages"] = "something of one visitor"
        told = client.get("/vak/lied/reis/")
        assert [first["Cache-Control"], again.status_code, signed["Cache-Control"], told["Cache-Control"]] == [
            "public, max-age=60",
            304,
            "private, no-cache",
            "private, no-cache",
        ]

    def test_the_name_of_an_organisation_is_taken_out(self, client_of, client, cast, edition):
        play(cast.lina, Place(cast.home), shown=True)
        verse = write(cast.lina, release=True, maker=VerseMaker.ORGANISATION, place=Place(cast.home))
        address = reverse("song_name_out", args=[cast.home.id])
        told = {
            name: client_of(getattr(cast, name)).post(address).status_code
            for name in ("sem", "lina", "pim", "tess", "roos", "noor")
        }
        assert told == {"sem": 404, "lina": 404, "pim": 404, "tess": 404, "roos": 404, "noor": 302}
        assert cast.home.name not in words(client.get("/vak/lied/reis/"))
        verse.refresh_from_db()
        assert (verse.maker, verse.maker_line, verse.released_text) == ("unnamed", "", "Wij dansen mee.")

    def test_it_costs_as_much_for_many(self, client, cast, edition, django_assert_num_queries):
        for number in range(30):
            place = Organisation.objects.create(name=f"Organisatie {number:02}")
            SongPlaying.objects.create(mark="m", organisation=place, what="x", shown=True)
            Verse.objects.create(mark="m", text="x", released_text="x", released_month=date(2026, 3, 1))
        with django_assert_num_queries(2):
            page = client.get("/vak/lied/reis/")
        assert main_of(page).count("<li><strong>") == 24
        rest = client.get("/vak/lied/reis/?" + page.context["next_stops"])
        names = [stop.organisation.name for part in (page, rest) for stop in part.context["stops"]]
        assert (len(names), len(set(names)), rest.context["next_stops"]) == (30, 30, "")

    def test_my_page_costs_as_much_for_many(self, client_of, cast, edition, django_assert_max_num_queries):
        for _ in range(30):
            play(cast.lina, Place(cast.home, cast.north), shown=True)
            write(cast.lina, release=True, maker=VerseMaker.ORGANISATION, place=Place(cast.home, cast.north))
        client = client_of(cast.lina)
        with django_assert_max_num_queries(8):
            client.get("/lied/mijn-keren/")
        client = client_of(cast.noor)
        with django_assert_max_num_queries(9):
            client.get("/lied/waken/")
