"""What somebody with bad intentions would try, each seen to fail."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from lerend.mail import account_mail
from organisations.models import User
from tests.addresses import every_address
from tests.signing_in import SECRET, Browser, code_now, make_passkey

pytestmark = pytest.mark.django_db
PASSWORD = "een-lange-zin-om-te-onthouden"
LOGIN = reverse("account_login")


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


# --- The Host header -----------------------------------------------------------
def test_an_unknown_host_is_refused(client: Client) -> None:
    refused = client.get("/", headers={"host": "kwaad.test"})
    assert (refused.status_code, "kwaad.test" in refused.content.decode()) == (400, False)
    assert "<h1>Dit verzoek klopt niet</h1>" in refused.content.decode()
    assert client.get("/", headers={"x-forwarded-host": "kwaad.test"}).wsgi_request.get_host() == "testserver"


def test_links_in_mail_lead_to_the_site_alone(client: Client, mila: User, sent: list[EmailMessage], settings) -> None:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "ook.lerend.test"]
    settings.SITE_URL = "https://lerend.test"
    other = {"host": "ook.lerend.test"}
    client.post(reverse("account_reset_password"), {"email": mila.email}, headers=other)
    client.force_login(mila)
    asked = client.post(reverse("account_email"), {"email": "mila@elders.test", "action_add": ""}, headers=other)
    client.post(asked.headers["Location"], {"password": PASSWORD}, headers=other)
    links = [link for message in sent for link in re.findall(r"https?://[^/\s]+/account/[a-z-]+/", str(message.body))]
    assert links == [
        "https://lerend.test/account/password/",
        "https://lerend.test/account/confirm-email/",
    ]


# --- Sent elsewhere --------------------------------------------------------------
ELSEWHERE = (
    "https://kwaad.test/",
    "//kwaad.test/",
    "/\\kwaad.test/",
    "\\\\kwaad.test/",
    "https:kwaad.test",
    "http:///kwaad.test/",
    "javascript:alert(1)",
    " //kwaad.test/",
    "https://localhost@kwaad.test/",
    "https://testserver.kwaad.test/",
)


def with_a_password(browser: Client, mila: User, onward: str):
    return browser.post(LOGIN, {"login": mila.email, "password": PASSWORD, "next": onward})


def with_a_password_and_a_code(browser: Client, mila: User, onward: str):
    TOTP.activate(mila, SECRET)
    asked = with_a_password(browser, mila, onward)
    return browser.post(asked.headers["Location"], {"code": code_now()})


def with_a_passkey(browser: Client, mila: User, onward: str):
    key = make_passkey(mila)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webauthn, "parse_authentication_response", lambda credential: None)
        patch.setattr(webauthn, "extract_user_from_response", lambda credential: mila)
        patch.setattr(webauthn, "complete_authentication", lambda user, credential: key)
        return browser.post(reverse("mfa_login_webauthn"), {"credential": '{"id": "x"}', "next": onward})


def showing_it_again(browser: Client, mila: User, onward: str):
    browser.force_login(mila)
    return browser.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": onward})


def showing_a_code_again(browser: Client, mila: User, onward: str):
    TOTP.activate(mila, SECRET)
    browser.force_login(mila)
    return browser.post(reverse("mfa_reauthenticate"), {"code": code_now(), "next": onward})


def signing_out(browser: Client, mila: User, onward: str):
    browser.force_login(mila)
    return browser.post(reverse("account_logout"), {"next": onward})


WAYS = {
    with_a_password: "/vandaag/",
    with_a_password_and_a_code: "/vandaag/",
    with_a_passkey: "/vandaag/",
    showing_it_again: "/vandaag/",
    showing_a_code_again: "/vandaag/",
    signing_out: "/",
}


@pytest.mark.parametrize("onward", ELSEWHERE)
@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_sent_to_another_site(mila: User, way, onward: str) -> None:
    assert way(Client(), mila, onward).headers["Location"] == WAYS[way]


@pytest.mark.parametrize("way", WAYS)
def test_people_are_sent_to_where_they_were_going(mila: User, way) -> None:
    assert way(Client(), mila, "/account/").headers["Location"] == "/account/"


# --- Forms sent from another site, and our pages in a frame of another -----------------
def test_no_form_is_taken_without_its_token(mila: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(mila)
    found = {name: browser.post(path).status_code for name, path in every_address().items()}
    # A mail program that turns mail off (RFC 8058) has no page to take a token from; its address holds a signature.
    assert found == {**dict.fromkeys(found, 403), "unsubscribe": 200}
    assert browser.post(reverse("admin:index")).status_code == 403


def test_signing_in_needs_its_token_as_well(mila: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    refused = browser.post(LOGIN, {"login": mila.email, "password": PASSWORD})
    assert (refused.status_code, "<h1>Deze pagina stond te lang open</h1>" in refused.content.decode()) == (403, True)


def test_no_page_stands_in_a_frame(mila: User, client_of) -> None:
    for browser in (client_of(None), client_of(mila)):
        for name, path in {**every_address(), "admin:index": reverse("admin:index")}.items():
            headers = browser.get(path).headers
            assert (name, headers["X-Frame-Options"]) == (name, "DENY")
            assert (name, "frame-ancestors 'none'" in headers["Content-Security-Policy"]) == (name, True)


# --- Sessions ------------------------------------------------------------------------
def test_a_session_known_before_is_worth_nothing_after(mila: User) -> None:
    browser = Client()
    session = browser.session
    session["known"] = "before"
    session.save()
    browser.cookies["sessionid"] = session.session_key
    with_a_password(browser, mila, "")
    assert browser.get(reverse("account_home")).status_code == 200
    assert browser.cookies["sessionid"].value != session.session_key
    assert not Session.objects.filter(pk=session.session_key).exists()


def test_who_is_put_out_of_use_is_out_at_once(mila: User, client_of) -> None:
    browser = client_of(mila)
    assert browser.get(reverse("account_home")).status_code == 200
    User.objects.filter(pk=mila.pk).update(is_active=False)
    assert browser.get(reverse("account_home")).headers["Location"] == f"{LOGIN}?next=/account/"
    mila.refresh_from_db()
    for way in (with_a_password, with_a_passkey):
        outside = Client()
        way(outside, mila, "")
        assert outside.get(reverse("account_home")).status_code == 302


# --- Trying often ----------------------------------------------------------------------
@pytest.fixture
def tries(settings):
    """Sign in wrongly from an address: ``tries("203.0.113.1")`` gives the status."""
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}

    def tries(forwarded: str, address: str = "10.0.0.1"):
        return Client(REMOTE_ADDR=address).post(
            LOGIN, {"login": "a@b.test", "password": "x"}, headers={"x-forwarded-for": forwarded}
        )

    return tries


def test_behind_a_proxy_each_has_their_own_limit(tries, settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert [tries("203.0.113.1").status_code for _ in range(3)] == [200, 200, 429]
    assert tries("203.0.113.2").status_code == 200


def test_nobody_chooses_their_own_address(tries, settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    made_up = [tries(f"198.51.100.{number}, 203.0.113.1").status_code for number in range(3)]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    straight = [tries(f"198.51.100.{number}", "203.0.113.9").status_code for number in range(3)]
    assert (made_up, straight) == ([200, 200, 429], [200, 200, 429])


def test_limits_stand_in_the_shared_cache(tries) -> None:
    refused = [tries("", "203.0.113.3") for _ in range(3)][-1]
    assert "<h1>Even wachten</h1>" in refused.content.decode()
    keys = cache._cache.get_client().keys("lerend:*:allauth:rl:*:login:*203.0.113.3")  # type: ignore[attr-defined]
    assert len(keys) == 1


def test_guessing_a_password_stops_after_five_from_wherever(mila: User) -> None:
    def guess(number: int, password: str):
        browser = Client(REMOTE_ADDR=f"203.0.113.{number}")
        return browser.post(LOGIN, {"login": mila.email, "password": password}).status_code

    assert [guess(number, "geraden") for number in range(5)] == [200] * 5
    assert guess(6, PASSWORD) == 200  # the right one is not looked at any more


def test_guessing_a_code_by_mail_stops_after_three(mila: User, sent: list[EmailMessage]) -> None:
    browser, address = Client(), reverse("account_confirm_login_code")
    browser.post(reverse("account_request_login_code"), {"email": mila.email})
    (code,) = re.findall(r"\n\n([A-Z0-9-]{6,})\n\n", str(sent[0].body))
    assert [browser.post(address, {"code": "FOUT-FOUT"}).status_code for _ in range(3)] == [200, 200, 302]
    browser.post(address, {"code": code})
    assert browser.get(reverse("account_home")).status_code == 302
