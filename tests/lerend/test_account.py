"""Signing in and one's own account: allauth's pages and mail, in our words."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from lerend.mail import account_mail
from organisations.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "een-lange-zin-om-te-onthouden"


@pytest.fixture
def mila() -> User:
    user = User.objects.create_user("mila@voorbeeldstad.test", "Mila Visser", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[EmailMessage]:
    """What allauth wants to have mailed."""
    messages: list[EmailMessage] = []
    monkeypatch.setattr(account_mail, "queue", lambda prefix, message: messages.append(message))
    return messages


def heading(response) -> str:
    (found,) = re.findall(r"<h1>(.*?)</h1>", response.content.decode())
    return found


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("account_login", "Inloggen"),
        ("account_request_login_code", "Inloggen met een code"),
        ("account_signup", "Je organisatie nodigt je uit"),
        ("account_reset_password", "Wachtwoord vergeten"),
        ("account_reset_password_done", "Kijk in je mail"),
        ("account_reset_password_from_key_done", "Je wachtwoord is gewijzigd"),
        ("account_inactive", "Je account staat uit"),
        ("account_email_verification_sent", "Kijk in je mail"),
    ],
)
def test_pages_for_who_is_signed_out(client: Client, name: str, title: str) -> None:
    assert heading(client.get(reverse(name))) == title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("account_change_password", "Wachtwoord wijzigen"),
        ("account_email", "Mailadres wijzigen"),
        ("account_logout", "Uitloggen"),
        ("account_home", "Mijn account"),
    ],
)
def test_pages_for_who_is_signed_in(client: Client, mila: User, name: str, title: str) -> None:
    client.force_login(mila)
    assert heading(client.get(reverse(name))) == title


def test_who_signed_in_by_code_may_choose_a_password(client: Client, mila: User) -> None:
    mila.set_unusable_password()
    mila.save()
    client.force_login(mila)
    assert heading(client.get(reverse("account_change_password"), follow=True)) == "Wachtwoord kiezen"


def test_who_signed_in_long_ago_is_asked_again(client: Client, mila: User) -> None:
    client.force_login(mila)
    assert heading(client.get(reverse("account_reauthenticate"))) == "Even controleren of jij het bent"


def test_a_link_that_no_longer_works_says_so(client: Client) -> None:
    reset = client.get(reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "oud"}), follow=True)
    confirm = client.get(reverse("account_confirm_email", args=["oud"]))
    assert (heading(reset), heading(confirm)) == ("Deze link werkt niet meer", "Deze link werkt niet meer")


def test_an_unknown_address_learns_and_gets_nothing(client: Client, mila: User, sent: list[EmailMessage]) -> None:
    known, unknown = (
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in ("mila@voorbeeldstad.test", "niemand@elders.test")
    )
    assert [message.to for message in sent] == [["mila@voorbeeldstad.test"]]
    assert (heading(known), known.redirect_chain) == (heading(unknown), unknown.redirect_chain)


def test_the_mail_with_a_code(client: Client, mila: User, sent: list[EmailMessage]) -> None:
    client.post(reverse("account_request_login_code"), {"email": mila.email})
    (message,) = sent
    assert (message.subject, message.to) == ("Je code om in te loggen", ["mila@voorbeeldstad.test"])
    assert re.sub(r"\n\n[A-Z0-9-]{6,}\n\n", "\n\nCODE\n\n", str(message.body)) == (
        "Dag,\n\nVul deze code in op het scherm waar je aan het inloggen bent:\n\nCODE\n\n"
        "De code is kort geldig en werkt één keer. Vroeg je hem niet zelf aan? Dan hoef je niets te doen. "
        "Geef de code aan niemand door.\n\nLerend Versterken"
    )


def test_choosing_a_new_password(client: Client, mila: User, sent: list[EmailMessage]) -> None:
    client.post(reverse("account_reset_password"), {"email": mila.email})
    address = re.findall(r"http://localhost:8000(\S+)", str(sent[0].body))[0]
    page = client.get(address, follow=True)
    assert heading(page) == "Nieuw wachtwoord kiezen"
    new = {"password1": "nog-een-lange-zin-erbij", "password2": "nog-een-lange-zin-erbij"}
    assert heading(client.post(page.redirect_chain[-1][0], new, follow=True)) == "Je wachtwoord is gewijzigd"
    mila.refresh_from_db()
    assert mila.check_password("nog-een-lange-zin-erbij")
    assert [message.subject for message in sent] == ["Kies een nieuw wachtwoord", "Je hebt een nieuw wachtwoord"]


def test_a_new_address_counts_once_confirmed(client: Client, mila: User, sent: list[EmailMessage]) -> None:
    client.force_login(mila)
    asked = client.post(reverse("account_email"), {"email": "mila@elders.test", "action_add": ""})
    assert asked.url == "/account/reauthenticate/?next=%2Faccount%2Femail%2F"
    assert sent == []
    client.post(asked.url, {"password": PASSWORD})
    mila.refresh_from_db()
    assert (mila.email, [(*message.to, message.subject) for message in sent]) == (
        "mila@voorbeeldstad.test",
        [
            ("mila@elders.test", "Bevestig je mailadres"),
            ("mila@voorbeeldstad.test", "Iemand wil je mailadres wijzigen"),
        ],
    )
    assert Client().post(reverse("account_login"), {"login": mila.email, "password": PASSWORD}).status_code == 302

    address = re.findall(r"http://localhost:8000(\S+)", str(sent[0].body))[0]
    assert heading(client.get(address)) == "Mailadres bevestigen"
    client.post(address)
    mila.refresh_from_db()
    assert mila.email == "mila@elders.test"
    assert sorted((*message.to, message.subject) for message in sent[2:]) == [
        ("mila@elders.test", "Je mailadres is gewijzigd"),
        ("mila@voorbeeldstad.test", "Je mailadres is gewijzigd"),
    ]
    old, new = (
        Client().post(reverse("account_login"), {"login": email, "password": PASSWORD}).status_code
        for email in ("mila@voorbeeldstad.test", "mila@elders.test")
    )
    assert (old, new) == (200, 302)


def test_a_new_password_ends_every_session(mila: User, sent: list[EmailMessage]) -> None:
    here, elsewhere = Client(), Client()
    for browser in (here, elsewhere):
        browser.post(reverse("account_login"), {"login": mila.email, "password": PASSWORD})
        assert browser.get(reverse("account_home")).status_code == 200
    new = {"oldpassword": PASSWORD, "password1": "nog-een-lange-zin-erbij", "password2": "nog-een-lange-zin-erbij"}
    here.post(reverse("account_change_password"), new)
    assert [browser.get(reverse("account_home")).status_code for browser in (here, elsewhere)] == [302, 302]
    assert [(*message.to, message.subject) for message in sent] == [
        ("mila@voorbeeldstad.test", "Je wachtwoord is gewijzigd")
    ]
