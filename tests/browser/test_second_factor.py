"""Passkeys, the code app, recovery codes and one's sessions, with a virtual authenticator."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.urls import reverse
from playwright.sync_api import CDPSession

from organisations.models import NJI_GROUP, User
from tests.browser.conftest import Visitor, press
from tests.signing_in import code_now

PASSWORD = "een-lange-zin-om-te-onthouden"
HOME = reverse("account_home")


@pytest.fixture
def visitor(visitor: Visitor) -> Visitor:
    """Somebody who comes by a name: browsers make no passkeys for a bare number."""
    visitor.base = visitor.base.replace("127.0.0.1", "localhost")
    return visitor


@pytest.fixture
def mila() -> User:
    return a_person("mila@voorbeeldstad.test", "Mila Visser")


@pytest.fixture
def ilse() -> User:
    user = a_person("ilse@nji.test", "Ilse Vos")
    user.groups.add(Group.objects.get_or_create(name=NJI_GROUP)[0])
    return user


def a_person(email: str, name: str) -> User:
    user = User.objects.create_user(email, name, PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@dataclass
class Key:
    """A device that makes passkeys, and says yes when it is asked for a finger."""

    session: CDPSession
    name: str

    @classmethod
    def of(cls, visitor: Visitor) -> Key:
        session = visitor.page.context.new_cdp_session(visitor.page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return cls(session, made["authenticatorId"])

    def refuse(self, refused: bool) -> None:
        """Say no from now on, or yes again."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.name, "isUserVerified": not refused})


def heading(visitor: Visitor) -> str:
    return visitor.page.get_by_role("heading", level=1).inner_text()


def seen(visitor: Visitor) -> None:
    """Hold the page to the floor, and keep a picture of it where somebody asked for one."""
    visitor.check()
    if folder := os.environ.get("PICTURES"):
        count = len(os.listdir(folder))
        visitor.page.screenshot(path=f"{folder}/{count:03}-{visitor.width}.png", full_page=True)


def sign_in(visitor: Visitor, user: User) -> None:
    visitor.goto(reverse("account_login"))
    visitor.page.get_by_label("E-mail").fill(user.email)
    visitor.page.get_by_label("Wachtwoord", exact=True).fill(PASSWORD)
    press(visitor.page.get_by_role("button", name="Inloggen"))


def sign_out(visitor: Visitor) -> None:
    visitor.goto(reverse("account_logout"))
    press(visitor.page.locator("main").get_by_role("button", name="Uitloggen"))


def confirm_password(visitor: Visitor) -> None:
    assert heading(visitor) == "Even controleren of jij het bent"
    visitor.page.get_by_label("Wachtwoord").fill(PASSWORD)
    press(visitor.page.get_by_role("button", name="Verder"))


def add_passkey(visitor: Visitor, name: str) -> list[str]:
    """Make a passkey from the page about it; return the recovery codes that were shown, if any."""
    visitor.page.get_by_label("Hoe noem je deze passkey?").fill(name)
    press(visitor.page.get_by_role("button", name="Maak een passkey"))
    return visitor.page.locator(".codes code").all_inner_texts()


def test_a_passkey_from_making_it_to_taking_it_away(visitor: Visitor, mila: User) -> None:
    key = Key.of(visitor)
    sign_in(visitor, mila)
    visitor.goto(HOME)
    seen(visitor)
    press(visitor.page.get_by_role("link", name="Maak inloggen veiliger"))
    seen(visitor)
    press(visitor.page.get_by_role("link", name="Maak een passkey"))
    seen(visitor)
    confirm_password(visitor)
    seen(visitor)
    codes = add_passkey(visitor, "Telefoon van het werk")
    assert heading(visitor) == "Bewaar je herstelcodes"
    assert len(set(codes)) == 10
    seen(visitor)
    visitor.goto(reverse("mfa_view_recovery_codes"))
    assert (heading(visitor), visitor.page.locator(".codes").count()) == ("Je herstelcodes", 0)
    seen(visitor)

    sign_out(visitor)
    visitor.goto(reverse("account_login") + "?next=" + HOME)
    seen(visitor)
    key.refuse(True)
    visitor.page.get_by_role("button", name="Gebruik je passkey").click()
    wrong = visitor.page.get_by_role("alert").filter(has_text="Dat is niet gelukt.")
    wrong.wait_for()
    seen(visitor)
    key.refuse(False)
    press(visitor.page.get_by_role("button", name="Gebruik je passkey"))
    assert (visitor.page.url, heading(visitor)) == (visitor.base + HOME, "Mijn account")
    assert visitor.page.locator("dd").all_inner_texts() == [
        "Mila Visser",
        "mila@voorbeeldstad.test",
        "Eén passkey",
        "Staat uit",
        "Nog 10",
        "Elke mail apart",
    ]

    visitor.goto(reverse("mfa_list_webauthn"))
    seen(visitor)
    press(visitor.page.get_by_role("link", name="Andere naam"))
    assert heading(visitor) == "Even controleren of jij het bent"
    seen(visitor)
    press(visitor.page.get_by_role("button", name="Gebruik je passkey"))
    visitor.page.get_by_label("Naam").fill("")
    press(visitor.page.get_by_role("button", name="Naam bewaren"))
    seen(visitor)
    visitor.page.get_by_label("Naam").fill("Mijn telefoon")
    press(visitor.page.get_by_role("button", name="Naam bewaren"))
    assert visitor.page.get_by_role("heading", level=2).all_inner_texts() == ["Mijn telefoon"]
    press(visitor.page.get_by_role("link", name="Haal weg"))
    seen(visitor)
    press(visitor.page.get_by_role("button", name="Haal de passkey weg"))
    assert visitor.page.get_by_role("status").inner_text() == "De passkey is weg."
    seen(visitor)


def test_the_code_app_and_a_recovery_code(visitor: Visitor, mila: User) -> None:
    sign_in(visitor, mila)
    visitor.goto(reverse("mfa_activate_totp"))
    confirm_password(visitor)
    seen(visitor)
    visitor.page.get_by_label("Code uit de app").fill("123")
    press(visitor.page.get_by_role("button", name="Zet de code-app aan"))
    assert visitor.page.get_by_role("alert").get_by_role("link").inner_text() == (
        "Code – Dit klopt niet. Probeer het nog een keer."
    )
    seen(visitor)
    secret = visitor.page.locator(".secret").inner_text()
    visitor.page.get_by_label("Code uit de app").fill(code_now(secret))
    press(visitor.page.get_by_role("button", name="Zet de code-app aan"))
    codes = visitor.page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    visitor.goto(reverse("mfa_index"))
    seen(visitor)

    sign_out(visitor)
    sign_in(visitor, mila)
    assert heading(visitor) == "Nog een stap"
    visitor.page.get_by_label("Code").fill(code_now(secret))
    press(visitor.page.get_by_role("button", name="Inloggen", exact=True))
    assert visitor.page.url == visitor.base + reverse("today")

    sign_out(visitor)
    sign_in(visitor, mila)
    seen(visitor)
    visitor.page.get_by_label("Code").fill("000000")
    press(visitor.page.get_by_role("button", name="Inloggen", exact=True))
    seen(visitor)
    visitor.page.get_by_label("Code").fill(codes[0])
    press(visitor.page.get_by_role("button", name="Inloggen", exact=True))
    assert visitor.page.url == visitor.base + reverse("today")

    visitor.goto(reverse("mfa_generate_recovery_codes"))
    assert heading(visitor) == "Even controleren of jij het bent"
    seen(visitor)
    visitor.page.get_by_label("Code").fill(codes[0])
    press(visitor.page.get_by_role("button", name="Verder"))
    assert visitor.page.get_by_role("alert").is_visible()
    visitor.page.get_by_label("Code").fill(codes[1])
    press(visitor.page.get_by_role("button", name="Verder"))
    seen(visitor)
    press(visitor.page.get_by_role("button", name="Maak nieuwe herstelcodes"))
    assert set(visitor.page.locator(".codes code").all_inner_texts()).isdisjoint(codes)

    visitor.goto(reverse("mfa_deactivate_totp"))
    seen(visitor)
    press(visitor.page.get_by_role("button", name="Zet de code-app uit"))
    assert visitor.page.get_by_role("status").inner_text() == "De code-app staat uit."


def test_somebody_of_the_nji_is_led_to_make_one_and_then_gets_in(visitor: Visitor, ilse: User) -> None:
    Key.of(visitor)
    sign_in(visitor, ilse)
    assert visitor.page.url == visitor.base + reverse("mfa_index")
    assert "Voor jouw rol is een extra stap bij het inloggen verplicht." in visitor.page.inner_text("main")
    seen(visitor)
    visitor.goto(reverse("nji_contributions"))
    assert visitor.page.url == visitor.base + reverse("mfa_index")
    press(visitor.page.get_by_role("link", name="Maak een passkey"))
    seen(visitor)
    confirm_password(visitor)
    add_passkey(visitor, "Laptop")
    press(visitor.page.get_by_role("link", name="Ik heb ze bewaard, verder"))
    assert visitor.page.url == visitor.base + reverse("today")
    visitor.goto(reverse("nji_contributions"))
    assert visitor.page.url == visitor.base + reverse("nji_contributions")

    sign_out(visitor)
    sign_in(visitor, ilse)
    assert heading(visitor) == "Nog een stap"
    seen(visitor)
    press(visitor.page.get_by_role("button", name="Gebruik je passkey"))
    assert visitor.page.url == visitor.base + reverse("today")


def test_logging_out_everywhere_else(visitor: Visitor, page_at, mila: User) -> None:
    elsewhere = page_at(visitor.width)
    elsewhere.base = visitor.base
    for one in (elsewhere, visitor):
        sign_in(one, mila)
    visitor.goto(reverse("usersessions_list"))
    assert visitor.page.locator(".sessions .tag").all_inner_texts() == ["Hier"]
    assert visitor.page.locator(".sessions > li").count() == 2
    seen(visitor)
    press(visitor.page.get_by_role("button", name="Log overal anders uit"))
    assert visitor.page.get_by_role("status").inner_text() == "Je bent nu alleen nog hier ingelogd."
    seen(visitor)
    elsewhere.goto(HOME)
    assert heading(elsewhere) == "Inloggen"


def test_a_browser_without_passkeys_says_so(visitor: Visitor) -> None:
    visitor.page.add_init_script("delete window.PublicKeyCredential")
    visitor.goto(reverse("account_login"))
    section = visitor.page.locator(".passkey")
    assert section.get_by_role("button").count() == 0
    assert "Hier kun je nu geen passkey gebruiken." in section.inner_text()
    seen(visitor)
