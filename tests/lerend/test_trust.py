"""The pages of trust are there, lead somewhere, and say what the code does."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from django.test import Client
from django.urls import reverse

from lerend.trust import views
from lerend.trust.audiences import CIRCLES, LIVE, PEOPLE, SMALL_TALK, WAS_THERE, Reads
from lerend.trust.operator import operator_is_known
from lerend.trust.views import HELP
from organisations.models import SMALLEST_GROUP, Team
from sessions_app.domain.contributions import Words, record_contribution
from sessions_app.domain.polls import ABANDONED_AFTER, KEPT_AFTER
from sessions_app.domain.surveys import LONGEST_DAYS
from sessions_app.domain.telling import TOLD_KEPT
from sessions_app.models import Audience, Contribution, Part, Session
from sessions_app.models.season import SEASON_DRAFTS_KEPT

ROOT = Path(__file__).parents[2]
PACK = ROOT / "docs" / "gegevensbescherming"
ADDRESSES = [
    *(reverse(name) for name in ("who_reads", "privacy", "accessibility", "help")),
    *(reverse("help_for", args=[slug]) for slug in HELP),
]


def main_of(response) -> str:
    return response.content.decode().split("<main")[1].partition(">")[2].split("</main>")[0]


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def headings(response, level: int) -> list[str]:
    return [words(found).strip() for found in re.findall(rf"<h{level}[^>]*>(.*?)</h{level}>", main_of(response), re.S)]


@pytest.mark.django_db
class TestPages:
    def test_addresses_and_headings(self, client: Client) -> None:
        assert {address: headings(client.get(address), 1) for address in ADDRESSES} == {
            "/wie-leest-wat/": ["Wie leest wat?"],
            "/privacy/": ["Zo gaat het met je gegevens"],
            "/toegankelijkheid/": ["Toegankelijkheid"],
            "/hulp/": ["Hulp"],
            "/hulp/professional/": ["Hulp voor professionals"],
            "/hulp/leidinggevende/": ["Hulp voor leidinggevenden"],
            "/hulp/bestuurder/": ["Hulp voor bestuurders"],
            "/hulp/planner/": ["Hulp voor planners"],
            "/hulp/nji-programma/": ["Hulp voor het NJi-programma"],
            "/hulp/associatie/": ["Hulp voor de Associatie Wijkteams"],
            "/hulp/redactie/": ["Hulp voor de redactie"],
        }

    def test_every_role_has_the_same_parts(self, client: Client) -> None:
        parts = ["Je eerste stappen", "Vragen", "Wat je kunt doen", "Wie helpt"]
        found = [headings(client.get(reverse("help_for", args=[slug])), 2) for slug in HELP]
        assert found == [parts] * len(HELP)

    def test_a_role_there_is_not(self, client: Client) -> None:
        assert client.get("/hulp/directeur/").status_code == 404

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_every_link_leads_somewhere(self, client: Client, edition, address: str) -> None:
        html = client.get(address).content.decode()
        anchors = set(re.findall(r'\bid="([^"]+)"', html))
        for link in re.findall(r'href="([^"]+)"', main_of(client.get(address))):
            path, anchor = urldefrag(link)
            if path.startswith("/"):
                assert client.get(path).status_code in {200, 302}, path
            elif anchor and not path:
                assert anchor in anchors
            else:
                assert path.startswith(("mailto:", "https://www.autoriteitpersoonsgegevens.nl/"))

    def test_found_from_where_people_need_them(self, client: Client, cast, plan, held) -> None:
        talk = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina)
        for address in ("/", reverse("account_login"), reverse("account_request_login_code")):
            assert f'href="{reverse("privacy")}"' in client.get(address).content.decode()
        client.force_login(cast.lina)
        form = client.get(reverse("record", args=[talk.id])).content.decode().split("<form")[1].split("</form>")[0]
        assert f'href="{reverse("who_reads")}"' in form
        assert f'href="{reverse("help")}"' in main_of(client.get(reverse("account_home")))


@pytest.mark.django_db
class TestCaches:
    @pytest.mark.parametrize("address", ADDRESSES)
    def test_a_stranger_costs_no_query_and_gets_a_page_to_keep(
        self, client: Client, django_assert_num_queries, address: str
    ) -> None:
        with django_assert_num_queries(0):
            response = client.get(address)
        assert (response["Cache-Control"], response["Vary"]) == ("public, max-age=300", "Cookie")
        again = client.get(address, headers={"If-None-Match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_a_page_with_a_name_on_it_is_not_shared(self, client: Client, cast) -> None:
        client.force_login(cast.lina)
        response = client.get(reverse("privacy"))
        assert (response["Cache-Control"], "Lina Bakker" in response.content.decode()) == ("private, no-cache", True)

    def test_who_signs_out_gets_a_page_of_their_own(self, client: Client, cast) -> None:
        client.force_login(cast.lina)
        kept = client.get(reverse("privacy"))["ETag"]
        client.post(reverse("account_logout"))
        assert client.get(reverse("privacy"), headers={"If-None-Match": kept}).status_code == 200


@pytest.mark.django_db
class TestNumbers:
    """What a page says is what the code does: another number in the code is another number on the page."""

    def test_privacy_says_the_settings(self, client: Client, settings, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.MAIL_KEPT_DAYS, settings.SESSION_COOKIE_AGE = 41, 42 * 24 * 3600
        settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 43 * 60
        for number, name in enumerate(("INVITATION_LASTS", "DOORS_KEPT", "DEPARTURE_LASTS"), start=44):
            monkeypatch.setattr(views, name, timedelta(days=number))
        monkeypatch.setattr(views, "AUDIT_KEPT", timedelta(days=47 * 365))
        monkeypatch.setattr(views, "GUEST_SHEETS_KEPT", timedelta(days=48 * 30))
        monkeypatch.setattr(views, "TOLD_KEPT", timedelta(days=49))
        text = words(main_of(client.get(reverse("privacy"))))
        for sentence in (
            "49 dagen na het moment van het gesprek",
            "41 dagen. Hoort de mail bij een gesprek dat nog komt",
            "Inloggen geldt 42 dagen. Een code om in te loggen geldt 43 minuten.",
            "Onthoudt 42 dagen dat je bent ingelogd.",
            "De link werkt 44 dagen. Nam je hem aan, dan bewaren we hem zolang je lid bent. Anders gaat hij 45 dagen",
            "Een afgewezen aanvraag gaat na 45 dagen weg.",
            "Je houdt 46 dagen om je eigen notities mee te nemen",
            "47 jaar.",
            "48 maanden na het einde van de vraag.",
        ):
            assert sentence in text
        assert sorted(set(re.findall(r"\b\d+\b", text))) == ["41", "42", "43", "44", "45", "46", "47", "48", "49"]

    def test_who_reads_says_the_smallest_group(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(views, "SMALLEST_GROUP", 8)
        monkeypatch.setattr(views, "CONSENT_DAYS", 21)
        text = words(main_of(client.get(reverse("who_reads"))))
        assert "Waren er minder dan 8 mensen?" in text
        assert "Komt er binnen 21 dagen geen ja van iedereen" in text

    def test_help_says_the_same(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(views, "SMALLEST_GROUP", 8)
        for number, name in enumerate(("INVITATION_LASTS", "DEPARTURE_LASTS"), start=44):
            monkeypatch.setattr(views, name, timedelta(days=number))
        monkeypatch.setattr(views, "AUDIT_KEPT", timedelta(days=47 * 365))
        monkeypatch.setattr(views, "CONSENT_DAYS", 21)
        numbers = {
            slug: sorted(set(re.findall(r"\b\d+\b", words(main_of(client.get(reverse("help_for", args=[slug])))))))
            for slug in HELP
        }
        assert numbers == {
            "professional": ["21", "45", "8"],
            "leidinggevende": ["8"],
            "bestuurder": ["44", "45", "47", "8"],
            "planner": [],
            "nji-programma": [],
            "associatie": [],
            "redactie": [],
        }

    def test_every_cookie_is_told(self, client: Client, cast, settings) -> None:
        names = re.findall(r"<dt>(\w+)</dt>", main_of(client.get(reverse("privacy"))).split('id="cookies"')[1])
        assert names == [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages"]
        client.get(reverse("account_login"))
        client.force_login(cast.lina)
        client.post(reverse("account_logout"))
        assert set(client.cookies) <= set(names)


class TestOperator:
    @pytest.mark.django_db
    def test_what_was_not_filled_in_is_said(self, client: Client, settings) -> None:
        settings.OPERATOR_NAME = settings.OPERATOR_CONTACT = settings.OPERATOR_HOSTING = ""
        assert words(main_of(client.get(reverse("privacy")))).count("De beheerder vulde dit nog niet in.") == 3
        assert [warning.msg.split()[0] for warning in operator_is_known()] == [
            "OPERATOR_NAME",
            "OPERATOR_CONTACT",
            "OPERATOR_HOSTING",
        ]

    @pytest.mark.django_db
    def test_what_was_filled_in_is_said(self, client: Client, settings) -> None:
        settings.OPERATOR_NAME, settings.OPERATOR_CONTACT = "Stichting Voorbeeld", "privacy@voorbeeld.test"
        settings.OPERATOR_HOSTING = "In Nederland, bij Voorbeeldhosting."
        html = main_of(client.get(reverse("privacy")))
        assert re.findall(r"<dd>(.*?)</dd>", html)[:3] == [
            "Stichting Voorbeeld",
            '<a href="mailto:privacy@voorbeeld.test">privacy@voorbeeld.test</a>',
            "In Nederland, bij Voorbeeldhosting.",
        ]
        assert operator_is_known() == []
        assert "mailto:privacy@voorbeeld.test" in main_of(client.get(reverse("accessibility")))


class TestWhoReads:
    """The pictures against the queryset that decides."""

    def test_every_audience_is_drawn(self) -> None:
        assert [circle.audience for circle in CIRCLES] == list(Audience)

    def test_a_picture_in_words(self) -> None:
        assert CIRCLES[1].in_words == (
            "Leest mee: jij, wie erbij was."
            " Soms: je leidinggevende (als die erbij was), je bestuurder (als die erbij was), het NJi (tot het"
            " afsluiten)."
            " Leest niet mee: de rest van je team, andere collega’s, wie alleen plande, beheer van het platform."
        )

    @pytest.fixture
    def people(self, cast) -> dict:
        """Somebody for each place on a picture; who was there is of another team than the writer."""
        south = Team.objects.create(organisation=cast.home, name="Team Zuid")
        return {
            "you": cast.lina,
            "there": cast.member("Bo Zuid", south),
            "team": cast.joost,
            "colleagues": cast.member("Cas Zuid", south),
            "leader": cast.sem,
            "board": cast.noor,
            "planner": cast.pim,
            "nji": cast.ilse,
            "admin": cast.beheer,
        }

    @pytest.fixture
    def talk(self, cast, plan, held, people):
        """A talk with a guide of the NJi: large unless ``small``, with the leaders or without, closed or ``live``."""

        def talk(*, small: bool = False, leaders: bool = False, live: bool = False) -> Session:
            others = [people["there"], *([] if small else [cast.member(f"Mens {n}") for n in range(SMALLEST_GROUP)])]
            others += [cast.sem, cast.noor] if leaders else []
            slug = "collegiaal-interview" if small else "vuistregels-verkennen"
            by, join = (cast.lina, True) if small else (cast.pim, False)
            planned = plan(by, slug, others if small else [cast.lina, *others], join=join)
            planned.participants.create(user=cast.ilse, part=Part.GUIDE)
            return held(planned, cast.lina, close=not live)

        return talk

    @pytest.mark.parametrize("circle", CIRCLES, ids=[circle.audience.value for circle in CIRCLES])
    def test_a_circle_is_who_really_reads(self, cast, people, talk, circle) -> None:
        team = cast.north if circle.audience == Audience.TEAM else None
        worlds = {"": {}, WAS_THERE: {"leaders": True}, SMALL_TALK: {"small": True}}
        if circle.audience in {Audience.PRIVATE, Audience.PRESENT}:
            worlds[LIVE] = {"live": True}
        readers: dict[str, set[str]] = {key: set() for key in PEOPLE}
        for world, how in worlds.items():
            made = record_contribution(
                talk(**how).id, Words(text="Gezien.", audience=circle.audience, team=team), by=cast.lina
            )
            for key, person in people.items():
                if Contribution.objects.visible_to(person).filter(id=made.id).exists():
                    readers[key].add(world)
        found = {
            key: (Reads.YES, "") if "" in seen else (Reads.SOMETIMES, *seen) if seen else (Reads.NO, "")
            for key, seen in readers.items()
        }
        assert found == {key: (circle.reads(key), circle.when(key)) for key in PEOPLE}

    def test_the_short_answer_is_that_of_the_picture(self) -> None:
        assert {circle.audience: circle.leader for circle in CIRCLES} == {
            circle.audience: circle.reads("leader") for circle in CIRCLES
        }


class TestPack:
    """The documents for the officer of an organisation."""

    def test_documents(self) -> None:
        assert sorted(path.name for path in PACK.iterdir()) == [
            "README.md",
            "bewaartermijnen.md",
            "datalek.md",
            "dpia.md",
            "grondslag.md",
            "ondernemingsraad.md",
            "rollen.md",
            "verwerkersovereenkomst.md",
            "verwerkingsregister.md",
        ]

    def test_links_lead_somewhere(self) -> None:
        documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        missing = [
            f"{document.relative_to(ROOT)}: {link}"
            for document in documents
            for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text())
            if not re.match(r"[a-z]+:", link) and not (document.parent / link).exists()
        ]
        assert missing == []

    def test_sentences_with_a_number_have_that_of_the_code(self, settings) -> None:
        group, departure = views.SMALLEST_GROUP, views.DEPARTURE_LASTS.days
        session, code = settings.SESSION_COOKIE_AGE // views.DAY, settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60
        (length,) = (
            validator["OPTIONS"]["min_length"]
            for validator in settings.AUTH_PASSWORD_VALIDATORS
            if "min_length" in validator.get("OPTIONS", {})
        )
        told = {
            "dpia.md": [f"minder dan {group} mensen", f"heeft {departure} dagen", f"({code} minuten geldig)"],
            "grondslag.md": [f"een kleinste groep van {group} "],
            "datalek.md": [f"{views.AUDIT_KEPT.days // 365} jaar |", f"{settings.MAIL_KEPT_DAYS} dagen, zonder"],
            "verwerkersovereenkomst.md": [
                f"({code} minuten geldig)",
                f"ten minste {length} tekens",
                f"een sessie duurt {session} dagen",
            ],
        }
        texts = {name: " ".join((PACK / name).read_text().split()) for name in told}
        assert [text for name, sentences in told.items() for text in sentences if text not in texts[name]] == []

    def test_the_table_of_retention_has_the_numbers_of_the_code(self, settings) -> None:
        text = (PACK / "bewaartermijnen.md").read_text()
        told = dict(re.findall(r"`([A-Z_]+)` = (\d+)", text))
        assert told == {
            "MAIL_KEPT_DAYS": str(settings.MAIL_KEPT_DAYS),
            "SESSION_COOKIE_AGE": str(settings.SESSION_COOKIE_AGE // views.DAY),
            "INVITATION_LASTS": str(views.INVITATION_LASTS.days),
            "DOORS_KEPT": str(views.DOORS_KEPT.days),
            "DEPARTURE_LASTS": str(views.DEPARTURE_LASTS.days),
            "AUDIT_KEPT": str(views.AUDIT_KEPT.days),
            "CONSENT_DAYS": str(views.CONSENT_DAYS),
            "GUEST_SHEETS_KEPT": str(views.GUEST_SHEETS_KEPT.days),
            "SMALLEST_GROUP": str(views.SMALLEST_GROUP),
            "LONGEST_DAYS": str(LONGEST_DAYS),
            "SEASON_DRAFTS_KEPT": str(SEASON_DRAFTS_KEPT.days),
            "TOLD_KEPT": str(TOLD_KEPT.days),
            "ABANDONED_AFTER": str(ABANDONED_AFTER.days),
            "KEPT_AFTER": str(KEPT_AFTER.days),
        }
