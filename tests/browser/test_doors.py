"""From a request to join to a team that is aboard, and the pages of running an organisation, at both widths."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from lerend.mail import outbox
from organisations.domain import invitations, teams
from organisations.domain.invitations import Invitee
from organisations.forms import JoinForm
from organisations.models import Invitation, JoinRequest, Membership, Organisation, Role, TeamMembership
from tests.browser.conftest import Visitor, press


@pytest.fixture
def unhurried(monkeypatch) -> None:
    """Playwright fills a form in faster than anybody does."""
    monkeypatch.setattr(JoinForm, "QUICKEST", 0)


TEAM = re.compile(r"^Team( \(niet verplicht\))?$")


def link_to(mailoutbox, address: str) -> str:
    """Return the path of the invitation that was mailed to ``address``."""
    body = next(mail.body for mail in reversed(mailoutbox) if mail.to == [address])
    return re.search(r"/uitnodiging/\S+", body)[0]


def test_an_organisation_comes_aboard(cast, page_at, width, mailoutbox, unhurried, tmp_path, monkeypatch) -> None:
    visitor = page_at(width)
    page = visitor.page
    visitor.goto("/")
    press(page.get_by_role("link", name="Vraag toegang"))
    visitor.check()
    page.get_by_label("Naam van de organisatie").fill("Wijkteams Nieuwstad")
    page.get_by_label("Gemeente").fill("Nieuwstad")
    page.get_by_label("Jouw naam").fill("Bo Nieuw")
    page.get_by_label("Jouw mailadres op het werk").fill("bo@nieuwstad.test")
    press(page.get_by_role("button", name="Vraag toegang"))
    assert page.get_by_role("heading", level=1).inner_text() == "Je aanvraag is binnen"
    visitor.check()

    desk = page_at(width)
    desk.sign_in(cast.ilse)
    desk.goto(reverse("today"))
    press(desk.page.get_by_role("link", name="Bekijk de aanvragen"))
    desk.check()
    press(desk.page.get_by_role("button", name="Laat toe"))
    assert "Wijkteams Nieuwstad doet mee" in desk.page.get_by_role("status").inner_text()
    desk.check()

    outbox.deliver()
    visitor.goto(link_to(mailoutbox, "bo@nieuwstad.test"))
    visitor.check()
    press(page.get_by_role("button", name="Neem de uitnodiging aan"))
    assert page.get_by_role("heading", level=1).inner_text() == "Dag Bo"
    press(page.get_by_role("link", name="Wijkteams Nieuwstad"))
    visitor.check()
    press(page.get_by_role("link", name="Mensen"))
    visitor.check()
    press(page.get_by_role("link", name="Teams", exact=True))
    page.get_by_label("Nieuwe teams").fill("Team Noord\nTeam Zuid")
    press(page.get_by_role("button", name="Maak deze teams"))
    visitor.check()
    press(page.get_by_role("navigation", name="Beheer van de organisatie").get_by_role("link", name="Mensen"))
    press(page.get_by_role("link", name="Nodig uit met een lijst"))
    visitor.check()

    rows = [
        f"Mens {number};mens{number}@nieuwstad.test;;Team {'Noord' if number % 2 else 'Zuid'}" for number in range(200)
    ]
    wrong = dict(
        zip(
            (3, 20, 50, 51, 99, 150, 199),
            (
                ";x@n.test;;Team Noord",
                "Piet;piet@;;Team Noord",
                "Kees;k@n.test;baas;Team Noord",
                "Ans;a@n.test;;Team Oost",
                "Bo;mens0@nieuwstad.test;;Team Noord",
                "Ed;e@n.test;planner;Team Zuid",
                "Els;e2@n.test;;",
            ),
            strict=True,
        )
    )
    file = tmp_path / "mensen.csv"
    write(file, [wrong.get(number, row) for number, row in enumerate(rows)])
    preview(visitor, file)
    assert "7 rijen kloppen nog niet" in page.locator("main").inner_text()
    assert page.locator("tbody tr").count() == 7
    visitor.check()
    assert Invitation.objects.filter(organisation__name="Wijkteams Nieuwstad").count() == 1
    press(page.get_by_role("link", name="Kies het verbeterde bestand"))
    write(file, rows)
    preview(visitor, file)
    visitor.check()
    press(page.get_by_role("button", name="Verstuur 200 uitnodigingen"))
    assert "0 van 200 verstuurd" in page.locator("#voortgang").inner_text()
    visitor.check()
    outbox.deliver()
    page.get_by_text("200 van 200 verstuurd").wait_for()
    sent = [mail.to[0] for mail in mailoutbox if mail.to[0].startswith("mens")]
    assert (len(sent), len(set(sent))) == (200, 200)
    visitor.check()


def write(file: Path, rows: list[str]) -> None:
    file.write_bytes("\r\n".join(["naam;mailadres;rol;team", *rows]).encode("cp1252"))


def preview(visitor: Visitor, file: Path) -> None:
    visitor.page.get_by_label("Bestand uit Excel").set_input_files(file)
    press(visitor.page.get_by_role("button", name="Bekijk het bestand"))


def test_a_wrong_file_and_an_empty_form_say_so_beside_the_field(cast, visitor, tmp_path) -> None:
    visitor.sign_in(cast.noor)
    visitor.goto(reverse("member_import", args=[cast.home.id]))
    picture = tmp_path / "foto.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    preview(visitor, picture)
    assert "kunnen we niet lezen" in visitor.page.get_by_role("alert").inner_text()
    visitor.check()
    for name in ("invite", "team_list", "organisation_settings"):
        visitor.goto(reverse(name, args=[cast.home.id]))
        visitor.page.evaluate("document.querySelectorAll('main form').forEach(form => form.noValidate = true)")
        if name == "organisation_settings":
            visitor.page.get_by_label("Kleinste groep").fill("3")
        press(visitor.page.locator("main form").last.get_by_role("button"))
        assert visitor.page.get_by_role("alert").get_by_role("heading").inner_text() == "Er klopt nog iets niet"
        visitor.check()


def test_inviting_moving_and_removing_somebody(cast, visitor, mailoutbox) -> None:
    teams.make_teams(cast.home.id, ["Team Zuid"], by=cast.noor)
    visitor.sign_in(cast.noor)
    page = visitor.page
    visitor.goto(reverse("people", args=[cast.home.id]))
    press(page.get_by_role("link", name="Nodig iemand uit"))
    visitor.check()
    page.get_by_label("Naam", exact=True).fill("Zoë <b>Smit</b>")
    page.get_by_label("Mailadres").fill("zoe@elders.test")
    page.get_by_role("combobox", name=TEAM).select_option("Team Noord")
    press(page.get_by_role("button", name="Verstuur de uitnodiging"))
    assert page.get_by_role("heading", name="Zoë <b>Smit</b>").is_visible()
    visitor.check()
    press(page.get_by_role("button", name="Stuur opnieuw"))
    press(page.get_by_role("button", name="Trek in"))
    press(page.get_by_role("link", name="Toon ook wat klaar is"))
    assert page.get_by_text("Ingetrokken", exact=True).is_visible()
    visitor.check()

    visitor.goto(reverse("people", args=[cast.home.id]))
    page.get_by_label("Zoek op naam").fill("lina")
    press(page.get_by_role("button", name="Zoek"))
    visitor.check()
    press(page.get_by_role("link", name="Lina Bakker"))
    visitor.check()
    page.get_by_role("combobox", name=TEAM).select_option("Team Zuid")
    page.get_by_label(re.compile("^Gaat daarvoor uit")).select_option("Team Noord")
    press(page.get_by_role("button", name="Plaats in dit team"))
    assert "Lina Bakker is nu professional in Team Zuid." in page.get_by_role("status").inner_text()
    press(page.get_by_role("button", name="Haal uit dit team"))
    assert not TeamMembership.objects.filter(membership__user=cast.lina).exists()
    page.get_by_label("Planner").check()
    press(page.get_by_role("button", name="Bewaar de rol"))
    visitor.check()
    press(page.get_by_role("link", name="Haal uit de organisatie"))
    visitor.check()
    press(page.get_by_role("button", name="Ja, haal uit de organisatie"))
    assert not Membership.objects.filter(user=cast.lina).exists()
    press(page.get_by_role("link", name="Logboek"))
    assert "haalde uit de organisatie: Lina Bakker" in page.locator("ol").inner_text()
    visitor.check()


def test_closing_a_team_and_the_settings(cast, visitor) -> None:
    teams.make_teams(cast.home.id, ["Team Zuid"], by=cast.noor)
    visitor.sign_in(cast.noor)
    page = visitor.page
    visitor.goto(reverse("team_list", args=[cast.home.id]))
    press(page.get_by_role("link", name=re.compile("Andere naam.*Team Zuid")))
    visitor.check()
    page.get_by_label("Naam van het team").fill("Team Zuidrand")
    press(page.get_by_role("button", name="Bewaar de naam"))
    press(page.get_by_role("link", name=re.compile("Sluiten.*Team Noord")))
    visitor.check()
    page.get_by_label(re.compile("^Waar gaan de mensen heen")).select_option("Team Zuidrand")
    press(page.get_by_role("button", name="Sluit Team Noord"))
    visitor.check()
    assert TeamMembership.objects.filter(team__name="Team Zuidrand").count() == 3
    press(page.get_by_role("link", name="Team Noord"))
    assert "gesloten op" in page.locator("main").inner_text()
    visitor.check()
    visitor.goto(reverse("organisation_settings", args=[cast.home.id]))
    page.get_by_label(re.compile("^Contactpersoon")).select_option("Sem de Wit")
    press(page.get_by_role("button", name="Bewaar"))
    visitor.check()
    assert Organisation.objects.get(id=cast.home.id).contact == cast.sem


def test_coming_in_with_an_account_and_with_a_link_that_is_gone(cast, visitor) -> None:
    EmailAddress.objects.create(user=cast.tess, email=cast.tess.email, primary=True, verified=True)
    made = invitations.invite(cast.home.id, Invitee("Tess", cast.tess.email, Role.PLANNER), by=cast.noor)
    path = reverse("invitation", args=[invitations.token_of(made)])
    visitor.goto(path)
    press(visitor.page.get_by_role("button", name="Neem de uitnodiging aan"))
    assert "Log in om verder te gaan" in visitor.page.get_by_role("status").inner_text()
    visitor.check()
    visitor.goto(path)
    assert visitor.page.get_by_role("heading", level=1).inner_text() == "Deze uitnodiging werkt niet"
    visitor.check(expect=("404 (Not Found)",))


def test_the_desk_of_who_opens_doors(cast, visitor) -> None:
    JoinRequest.objects.create(
        name="WIJKTEAMS voorbeeld", municipality="Elders", contact_name="Bo", contact_email="bo@e.test"
    )
    visitor.sign_in(cast.aart)
    page = visitor.page
    visitor.goto(reverse("join_list"))
    press(page.get_by_role("button", name="Laat toe"))
    assert "Er is al een organisatie" in page.get_by_role("alert").inner_text()
    visitor.check()
    page.get_by_label("Naam van de organisatie").fill("Wijkteams Voorbeeld-Oost")
    press(page.get_by_role("button", name="Laat toe met deze naam"))
    press(page.get_by_role("link", name="Besloten"))
    visitor.check()
    press(page.get_by_role("link", name="Alle organisaties"))
    page.get_by_label("Zoek op naam of gemeente").fill("oost")
    press(page.get_by_role("button", name="Zoek"))
    visitor.check()
    press(page.get_by_role("link", name="Wijkteams Voorbeeld-Oost"))
    visitor.check()
    visitor.goto(reverse("door_organisation", args=[cast.home.id]))
    page.get_by_label("Naam", exact=True).fill("Nieuwe Bestuurder")
    page.get_by_label("Mailadres").fill("nieuw@elders.test")
    page.get_by_role("radio", name=re.compile("Noor Aydin")).check()
    press(page.get_by_role("button", name="Nodig uit"))
    visitor.check()
    assert Invitation.objects.get(email="nieuw@elders.test").replaces.user == cast.noor


def test_leaving_asks_whether_it_is_meant(cast, visitor) -> None:
    visitor.sign_in(cast.joost)
    visitor.goto(reverse("organisation", args=[cast.home.id]))
    press(visitor.page.get_by_role("link", name="Weg bij deze organisatie?"))
    visitor.check()
    press(visitor.page.get_by_role("button", name="Ja, ik vertrek"))
    visitor.check()
    assert not Membership.objects.filter(user=cast.joost).exists()
