"""Guests from outside: the link, their page without an account, and what comes out once it is over."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.urls import reverse

from lerend.moments import AMSTERDAM
from organisations.domain.errors import Refused
from organisations.domain.teams import close_team
from organisations.models import AuditEntry, Organisation, Role, Team
from sessions_app.domain import guests
from sessions_app.domain.guests import Asking, Sheet, Words
from sessions_app.forms.guests import GuestForm
from sessions_app.models import GuestAnswer, GuestLink, GuestSheet
from sessions_app.queries import guests as queries
from sessions_app.queries.guests import STEPS

PEOPLE = ("noor", "sem", "lina", "joost", "pim", "tess", "ilse", "aart", "roos", "beheer")


def words(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def soon(days: int = 14):
    return datetime.now(AMSTERDAM).date() + timedelta(days=days)


@pytest.fixture
def ask(cast, edition):
    """Ask guests, as sem for Team Noord unless given: the link and its token."""

    def ask(team="north", about="wolkjes", by=None, days=14):
        team = getattr(cast, team) if team else None
        asking = Asking(about, "Wij zijn benieuwd.", soon(days))
        return guests.make_link(cast.home, team, asking, form_key=uuid4(), by=by or (cast.sem if team else cast.noor))

    return ask


def over(link: GuestLink) -> GuestLink:
    GuestLink.objects.filter(id=link.id).update(revoked_at=datetime.now(UTC))
    return GuestLink.objects.select_related("organisation", "team", "edition").get(id=link.id)


def reply(link, token, *, says="ja", text="", kind="partner", alone=False, live=False, view="", item=0):
    thing = queries.items_of(link.about, link.edition)[item]
    said = [Words(theme=thing.theme, rule=thing.rule, says=says, live=live, text=text), Words(text=view)]
    return guests.answer(token, Sheet(kind, alone, said), form_key=uuid4())


@pytest.fixture
def fill(monkeypatch, client):
    """Send the page of a guest: ``fill(token, text_0="…")``, where 0 is the first item."""
    monkeypatch.setattr(GuestForm, "QUICKEST", 0)

    def fill(token, *, key=None, **fields):
        address = reverse("guest", args=[token])
        form = client.get(address).context["form"]
        keys = [item.key for item in form._all_items()]
        data = {"started": form["started"].value(), "form_key": key or form["form_key"].value()}
        for name, value in fields.items():
            base, _, number = name.partition("_")
            data[f"{base}_{keys[int(number)]}" if number else name] = value
        return client.post(address, data)

    return fill


class TestAsking:
    def test_who_may_ask_is_who_may_plan_such_a_talk(self, cast, edition):
        south = Team.objects.create(organisation=cast.home, name="Team Zuid")
        may = {
            name: [queries.may_ask(getattr(cast, name), cast.home, team) for team in (cast.north, south, None)]
            for name in PEOPLE
        }
        no = [False] * 3
        assert may == {
            **dict.fromkeys(PEOPLE, no),
            "noor": [True] * 3,
            "pim": [True] * 3,
            "sem": [True, False, False],
        }

    def test_the_link_is_shown_once_and_stored_hashed(self, client_of, cast, edition):
        address, key = reverse("team_guests", args=[cast.north.id]), uuid4()
        data = {"about": "wolkjes", "introduction": "Wij <b>vragen</b> 🙂", "last_day": soon(), "form_key": key}
        client = client_of(cast.sem)
        first, again = client.post(address, data), client.post(address, data)
        token = re.search(r"/gast/([\w-]+)/", first.content.decode()).group(1)
        assert (len(token), GuestLink.objects.count(), first["Cache-Control"]) == (43, 1, "private, no-store")
        assert "Wij &lt;b&gt;vragen&lt;/b&gt; 🙂" in first.content.decode()
        assert [token in page.content.decode() for page in (again, client.get(address))] == [False, False]
        assert "Deze vraag is er al" in words(again)
        with connection.cursor() as cursor:
            cursor.execute("SELECT t::text FROM sessions_app_guestlink t")
            assert token not in str(cursor.fetchall())
        assert GuestLink.objects.by_token(token).introduction == "Wij <b>vragen</b> 🙂"

    @pytest.mark.parametrize(
        ("more", "wrong"),
        [
            ({"about": ""}, ["about"]),
            ({"about": "lied"}, ["about"]),
            ({"introduction": " "}, ["introduction"]),
            ({"introduction": "a" * 10_000}, ["introduction"]),
            ({"last_day": soon(0)}, ["last_day"]),
            ({"last_day": soon(92)}, ["last_day"]),
            ({"last_day": "morgen"}, ["last_day"]),
        ],
    )
    def test_an_error_beside_the_field(self, client_of, cast, edition, more, wrong):
        data = {"about": "wolkjes", "introduction": "Wij vragen", "last_day": soon(), "form_key": uuid4(), **more}
        response = client_of(cast.sem).post(reverse("team_guests", args=[cast.north.id]), data)
        assert (list(response.context["form"].errors), GuestLink.objects.count()) == (wrong, 0)

    def test_it_lasts_until_the_end_of_the_last_day(self, ask):
        link, _ = ask()
        local = link.ends_at.astimezone(link.ends_at.tzinfo)
        assert (local.hour, local.minute, link.last_moment.date()) == (0, 0, soon())

    def test_somebody_else_may_not(self, cast, edition, client_of):
        for by, team in ((cast.lina, cast.north), (cast.tess, cast.north), (cast.sem, None), (cast.ilse, cast.north)):
            with pytest.raises(Refused):
                guests.make_link(cast.home, team, Asking("wolkjes", "x", soon()), form_key=uuid4(), by=by)
        address = reverse("team_guests", args=[cast.north.id])
        assert [client_of(by).post(address, {}).status_code for by in (cast.lina, cast.tess)] == [404, 404]

    def test_a_new_link_ends_the_old_one(self, client, client_of, cast, ask):
        link, token = ask()
        page = client_of(cast.sem).post(reverse("guest_link_renew", args=[link.id]))
        newer = re.search(r"/gast/([\w-]+)/", page.content.decode()).group(1)
        assert [client.get(reverse("guest", args=[one])).status_code for one in (token, newer)] == [404, 200]
        over(link)
        assert client_of(cast.sem).post(reverse("guest_link_renew", args=[link.id])).status_code == 302

    def test_a_team_that_closes_asks_no_more(self, cast, ask):
        link, _ = ask()
        other, _ = ask(team=None)
        close_team(cast.north.id, into=None, by=cast.noor)
        assert [GuestLink.objects.get(id=one.id).ended for one in (link, other)] == [True, False]


class TestPage:
    """The page of a guest."""

    def test_a_guessed_link_does_not_exist(self, client, ask):
        _, token = ask()
        for guess in ("x", token[:-1], token + "a", "a" * 500, "é"):
            assert client.get(reverse("guest", args=[guess])).status_code == 404
            assert client.get(reverse("guest_sheet", args=[guess])).status_code == 404
            assert client.post(reverse("guest_sheet", args=[guess])).status_code == 404

    def test_over_there_is_a_kind_page(self, client, ask):
        stopped, first = ask()
        late, second = ask()
        over(stopped)
        GuestLink.objects.filter(id=late.id).update(
            created_at=datetime.now(UTC) - timedelta(days=9), ends_at=datetime.now(UTC)
        )
        for token in (first, second):
            for method in (client.get, client.post):
                page = method(reverse("guest", args=[token]))
                assert (page.status_code, "Fijn dat je wilde meedenken." in words(page)) == (410, True)
            with pytest.raises(Refused):
                guests.answer(token, Sheet(words=[Words(text="Nog iets.")]), form_key=uuid4())
        assert GuestSheet.objects.count() == 0

    def test_it_is_for_nobody_to_keep(self, client, ask):
        _, token = ask()
        page = client.get(reverse("guest", args=[token]))
        assert "no-store" in page["Cache-Control"]
        assert (page["X-Robots-Tag"], page["Referrer-Policy"]) == ("noindex, nofollow", "same-origin")
        assert set(client.cookies) == {django_settings.CSRF_COOKIE_NAME}
        assert "Geen herleidbare gegevens van inwoners" in words(page)

    @pytest.mark.parametrize("about", ["wolkjes", "vuistregels"])
    def test_a_sheet_is_kept_without_a_trace_of_who(self, client, ask, fill, about):
        link, token = ask(about=about)
        more = {"live_0": "on"} if about == "wolkjes" else {}
        response = fill(token, kind="gemeente", says_0="ja", text_0="<b>Mooi</b> 👋🏽", view="Dichtbij.", **more)
        sheet = GuestSheet.objects.get()
        assert response["Location"] == reverse("guest_sheet", args=[sheet.token])
        assert (sheet.kind, sheet.alone, sheet.link) == ("gemeente", False, link)
        first = queries.items_of(about, link.edition)[0]
        kept = {
            (answer.theme or answer.rule, answer.says, answer.live, answer.text)
            for answer in GuestAnswer.objects.select_related("theme", "rule")
        }
        assert kept == {
            (first.theme or first.rule, "ja", about == "wolkjes", "<b>Mooi</b> 👋🏽"),
            (None, "", False, "Dichtbij."),
        }
        assert {field.name for field in GuestSheet._meta.get_fields()} == {
            "id",
            "link",
            "kind",
            "alone",
            "form_key",
            "answers",
        }

    def test_sent_twice_is_once(self, ask, fill):
        _, token = ask()
        key = uuid4()
        first, again = (fill(token, key=key, view="Dichtbij.") for _ in range(2))
        assert (first["Location"], GuestSheet.objects.count()) == (again["Location"], 1)

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({}, ["__all__"]),
            ({"kind": "partner", "alone": "on"}, ["__all__"]),
            ({"view": "  \n"}, ["__all__"]),
            ({"view": "a" * 10_000}, ["view"]),
            ({"view": "Goed.", "website": "http://spam"}, ["website"]),
            ({"view": "Goed.", "kind": "bestuurder"}, ["kind"]),
        ],
    )
    def test_an_error_and_nothing_is_lost(self, ask, fill, fields, wrong):
        _, token = ask()
        response = fill(token, **fields)
        assert (list(response.context["form"].errors), GuestSheet.objects.count()) == (wrong, 0)
        assert fields.get("view", "").strip() in response.content.decode()

    def test_too_long_a_remark_or_an_unknown_choice(self, ask, fill):
        _, token = ask()
        form = fill(token, text_0="a" * 10_000, says_1="soms").context["form"]
        assert [name.partition("_")[0] for name in form.errors] == ["text", "says"]
        assert GuestSheet.objects.count() == 0

    def test_a_machine_is_too_fast(self, client, ask):
        _, token = ask()
        address = reverse("guest", args=[token])
        form = client.get(address).context["form"]
        data = {"started": form["started"].value(), "form_key": form["form_key"].value(), "view": "Koop dit"}
        response = client.post(address, data)
        assert (list(response.context["form"].errors), GuestSheet.objects.count()) == (["started"], 0)
        assert "Dat ging wel heel snel." in words(response)

    def test_one_may_take_it_back_until_the_end(self, client, ask, fill):
        link, token = ask()
        first, second = (fill(token, view="Dichtbij.")["Location"] for _ in range(2))
        assert "Dichtbij." not in words(client.get(first))
        assert "Er is niets bewaard van wat je stuurde." in words(client.post(first))
        assert (GuestSheet.objects.count(), client.get(first).status_code) == (1, 404)
        over(link)
        assert "Deze vraag is voorbij." in words(client.post(second))
        assert GuestSheet.objects.count() == 1

    def test_enough_is_enough(self, ask, fill, monkeypatch):
        monkeypatch.setattr(guests, "MOST_SHEETS", 2)
        _, token = ask()
        told = [fill(token, view="Dichtbij.").status_code for _ in range(3)]
        assert (told, GuestSheet.objects.count()) == ([302, 302, 200], 2)

    def test_too_often_from_one_address(self, ask, fill, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "guest": "1/h/ip"}
        _, token = ask()
        assert [fill(token, view="Dichtbij.").status_code for _ in range(2)] == [302, 429]

    def test_it_costs_few_queries(self, client, ask, django_assert_max_num_queries):
        _, token = ask()
        with django_assert_max_num_queries(3):
            client.get(reverse("guest", args=[token]))


class TestResults:
    """What comes out, and for whom."""

    def test_nothing_as_long_as_it_runs(self, client_of, cast, ask):
        link, token = ask()
        for _ in range(6):
            reply(link, token, text="Nabij en rustig.", alone=True)
        page = words(client_of(cast.lina).get(reverse("guest_results", args=[link.id])))
        assert ("De vraag loopt nog" in page, "Nabij en rustig." in page) == (True, False)
        with pytest.raises(ValueError, match="still runs"):
            queries.results(link)

    def test_who_reads(self, client_of, cast, ask):
        south = Team.objects.create(organisation=cast.home, name="Team Zuid")
        cast.zus = cast.member("Zus Zuid", south)
        cast.baas = cast.member("Baas Zuid", south, Role.LEIDINGGEVENDE)
        of_team, of_organisation = over(ask()[0]), over(ask(team=None)[0])
        reads = {
            link: {
                name
                for name in (*PEOPLE, "zus", "baas")
                if client_of(getattr(cast, name)).get(reverse("guest_results", args=[link.id])).status_code == 200
            }
            for link in (of_team, of_organisation)
        }
        assert reads == {
            of_team: {"sem", "lina", "joost"},
            of_organisation: {"noor", "sem", "lina", "joost", "zus", "baas"},
        }

    @pytest.mark.parametrize(("sheets", "k", "enough"), [(4, 5, False), (5, 5, True), (6, 7, False), (7, 7, True)])
    def test_k_counts_sheets(self, client_of, cast, ask, sheets, k, enough):
        Organisation.objects.filter(id=cast.home.id).update(smallest_group=k)
        link, token = ask()
        for _ in range(sheets):
            reply(link, token, text="Nabij en rustig.")
        page = words(client_of(cast.lina).get(reverse("guest_results", args=[over(link).id])))
        assert ("bijna iedereen of iedereen" in page, "Nabij en rustig." in page) == (enough, enough)
        assert (f"minder dan {k} gasten" in page) == (not enough)

    def test_below_k_only_who_said_so(self, ask):
        link, token = ask()
        reply(link, token, text="Stil.", view="Ook stil.", kind="gemeente")
        reply(link, token, text="Mag gelezen.", kind="inwoner", alone=True)
        found = queries.results(over(link))
        assert (found.items[0].shares, found.view) == ([], [])
        assert [(one.answer.text, one.by) for one in found.items[0].said] == [("Mag gelezen.", "een inwoner")]

    def test_a_lone_kind_is_not_told(self, ask):
        link, token = ask()
        for _ in range(5):
            reply(link, token, text="Van een partner.")
        reply(link, token, text="Van de gemeente.", kind="gemeente")
        reply(link, token, text="Zonder soort.", kind="")
        said = {one.answer.text: one.by for one in queries.results(over(link)).items[0].said}
        assert said == {"Van een partner.": "een partner", "Van de gemeente.": "", "Zonder soort.": ""}

    def test_shares_are_coarse(self, ask):
        link, token = ask()
        for says, live in (("ja", True), ("ja", False), ("ja", False), ("anders", False), ("weet_niet", False)):
            reply(link, token, says=says, live=live)
        for _ in range(4):
            reply(link, token, item=1)
        first, second = queries.results(over(link)).items[:2]
        assert [(share.name, share.words) for share in first.shares] == [
            ("Ja", STEPS[2]),
            ("Ik zie het anders", STEPS[1]),
            ("Weet ik niet", STEPS[1]),
            ("Speelt nu", STEPS[1]),
        ]
        assert second.shares == []

    def test_words_are_text(self, client_of, cast, ask):
        link, token = ask(about="vuistregels")
        reply(link, token, says="soms", text="<b>Regel</b>\nen 👋🏽", alone=True)
        html = client_of(cast.lina).get(reverse("guest_results", args=[over(link).id])).content.decode()
        assert "&lt;b&gt;Regel&lt;/b&gt;<br>en 👋🏽" in html

    def test_who_hides(self, client_of, cast, ask):
        for team, may in (("north", {"sem"}), (None, {"noor"})):
            link, token = ask(team=team)
            reply(link, token, text="Te herkennen.", alone=True)
            words_ = GuestAnswer.objects.get(sheet__link=over(link), text__isnull=False)
            address = reverse("guest_hide", args=[link.id, words_.id])
            hid = set()
            for name in PEOPLE:
                if client_of(getattr(cast, name)).post(address, {"doe": "verberg"}).status_code == 302:
                    hid.add(name)
            page = words(client_of(cast.lina).get(reverse("guest_results", args=[link.id])))
            assert (hid, "Te herkennen." in page, "Een tekst is verborgen." in page) == (may, False, True)
            client_of(getattr(cast, may.pop())).post(address, {"doe": "toon"})
            page = words(client_of(cast.lina).get(reverse("guest_results", args=[link.id])))
            assert "Te herkennen." in page
        assert list(AuditEntry.objects.filter(action__startswith="text_").values_list("detail", flat=True)) == [""] * 4

    def test_a_year_after_the_end_all_is_erased(self, ask):
        now = datetime.now(UTC)
        links = []
        for days in (366, 364):
            link, token = ask()
            reply(link, token, text="Nabij.")
            GuestLink.objects.filter(id=link.id).update(
                created_at=now - timedelta(days=400), ends_at=now - timedelta(days=days)
            )
            links.append(link)
        assert (guests.forget_due(), guests.forget_due()) == (1, 0)
        assert (list(GuestLink.objects.all()), GuestSheet.objects.count(), GuestAnswer.objects.count()) == (
            [links[1]],
            1,
            1,
        )

    def test_it_costs_as_much_for_many(self, client_of, cast, ask, django_assert_max_num_queries):
        for count in (1, 30):
            link, token = ask()
            for _ in range(count):
                reply(link, token, text="Nabij.", view="Rustig.", alone=True)
            address = reverse("guest_results", args=[over(link).id])
            client = client_of(cast.lina)
            with django_assert_max_num_queries(9):
                client.get(address)
        for _ in range(27):
            ask()
        for person in (cast.sem, cast.lina):
            client = client_of(person)
            with django_assert_max_num_queries(10):
                client.get(reverse("team_guests", args=[cast.north.id]))
