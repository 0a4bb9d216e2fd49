"""Who needs a second factor is let in with one only, and the secrets of each lie closed."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet
from django.contrib.auth.models import Group
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.urls import reverse

from lerend.mail import account_mail
from organisations.models import NJI_GROUP, User
from organisations.second_factor import ALWAYS, MAKE_ONE, SHOW_ONE, Factors, factors_of
from tests.addresses import every_address
from tests.conftest import Cast
from tests.signing_in import SECRET, Browser, code_now, make_passkey

pytestmark = pytest.mark.django_db
commits = pytest.mark.django_db(transaction=True)  # allauth says that something was made once that is committed
PASSWORD = "een-lange-zin-om-te-onthouden"
INDEX, CODE, TODAY = reverse("mfa_index"), reverse("mfa_reauthenticate"), reverse("today")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[EmailMessage]:
    """What allauth wants to have mailed."""
    messages: list[EmailMessage] = []
    monkeypatch.setattr(account_mail, "queue", lambda prefix, message: messages.append(message))
    return messages


def without(user: User) -> Client:
    """A browser of somebody who signed in with a password or a code by mail alone."""
    browser = Client()
    browser.force_login(user)
    return browser


def where(response) -> str:
    """Where a response leads to, without what comes after."""
    return response.headers.get("Location", "").partition("?")[0] or str(response.status_code)


def make_app(browser: Client) -> str:
    """Set up a code app from its page, and return its secret."""
    page = browser.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    browser.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
    return secret


@pytest.mark.parametrize("name", ["ilse", "aart", "roos", "beheer", "noor", "pim", "sem", "lina", "tess"])
def test_who_needs_one(cast: Cast, name: str) -> None:
    user = getattr(cast, name)
    found = [where(browser.get(TODAY)) for browser in (without(user), Browser())]
    guarded = name in {"ilse", "aart", "roos", "beheer"}
    assert found == [INDEX if guarded else "200", reverse("account_login")]
    signed_in = Browser()
    signed_in.force_login(user)
    assert where(signed_in.get(TODAY)) == "200"


def test_staff_of_any_kind_needs_one(cast: Cast) -> None:
    User.objects.filter(pk=cast.pim.pk).update(is_staff=True)
    assert where(without(cast.pim).get(reverse("admin:index"))) == INDEX


def test_no_address_is_left_open(cast: Cast) -> None:
    browser = without(cast.ilse)
    led = {name for name, path in every_address().items() if where(browser.get(path)) == INDEX}
    assert set(every_address()) - led == ALWAYS | MAKE_ONE
    assert {where(browser.post(path)) for name, path in every_address().items() if name in led} == {INDEX}


def test_no_address_is_left_open_to_who_has_one_but_did_not_show_it(cast: Cast) -> None:
    TOTP.activate(cast.ilse, SECRET)
    browser = without(cast.ilse)
    led = {name for name, path in every_address().items() if where(browser.get(path)) == CODE}
    assert set(every_address()) - led == (ALWAYS | SHOW_ONE) - {"mfa_reauthenticate_webauthn"}


def test_who_has_a_passkey_is_asked_for_that_first(cast: Cast) -> None:
    make_passkey(cast.ilse)
    RecoveryCodes.activate(cast.ilse)
    browser = without(cast.ilse)
    asked = browser.get(TODAY)
    assert where(asked) == reverse("mfa_reauthenticate_webauthn")
    page = browser.get(asked.headers["Location"])
    assert [way["description"] for way in page.context["reauthentication_alternatives"]] == ["Met een code"]
    assert page.context["js_data"]["request_options"]["publicKey"]["rpId"] == "localhost"


def test_showing_it_leads_back_to_where_one_wanted_to_be(cast: Cast) -> None:
    TOTP.activate(cast.ilse, SECRET)
    browser, wanted = without(cast.ilse), reverse("nji_contributions")
    asked = browser.get(wanted)
    assert asked.headers["Location"] == f"{CODE}?{urlencode({'next': wanted})}"
    page = browser.get(asked.headers["Location"]).content.decode()
    assert "Voor jouw rol is een extra stap bij het inloggen verplicht." in page
    assert where(browser.post(asked.headers["Location"], {"code": "000000"})) == "200"
    assert where(browser.get(wanted)) == CODE
    assert where(browser.post(asked.headers["Location"], {"code": code_now()})) == wanted
    assert where(browser.get(wanted)) == "200"


@commits
def test_making_the_first_one_lets_in(cast: Cast) -> None:
    browser = without(cast.ilse)
    assert "Maak hieronder een passkey" in browser.get(INDEX).content.decode()
    make_app(browser)
    assert where(browser.get(TODAY)) == "200"
    page = browser.get(reverse("mfa_view_recovery_codes"))
    assert (len(page.context["unused_codes"]), page.context["can_view_codes"]) == (10, True)
    assert factors_of(cast.ilse) == Factors(passkeys=0, app=True, codes=10)


@commits
def test_a_session_from_before_does_not_slip_through(cast: Cast) -> None:
    before, here = without(cast.ilse), without(cast.ilse)
    prepared = before.get(reverse("mfa_activate_totp")).context["form"].secret
    secret = make_app(here)
    assert where(before.get(TODAY)) == CODE
    for name in ("mfa_activate_totp", "mfa_add_webauthn"):
        assert where(before.post(reverse(name), {"code": code_now(prepared)})) == CODE
    assert where(before.get(TODAY)) == CODE
    before.post(CODE, {"code": code_now(secret)})
    assert where(before.get(TODAY)) == "200"


def test_a_further_one_does_not_count_in_a_session_that_showed_none(cast: Cast, rf) -> None:
    from allauth.mfa.signals import authenticator_added

    from organisations.second_factor import shown

    request = rf.get("/")
    request.session, request.user = {}, cast.ilse
    TOTP.activate(cast.ilse, SECRET)
    key = make_passkey(cast.ilse)
    authenticator_added.send(sender=Authenticator, request=request, user=cast.ilse, authenticator=key)
    assert not shown(request, cast.ilse)
    Authenticator.objects.exclude(pk=key.pk).delete()
    authenticator_added.send(sender=Authenticator, request=request, user=cast.ilse, authenticator=key)
    assert shown(request, cast.ilse)
    assert not shown(request, cast.aart)


def test_a_password_does_not_do_for_who_has_one(cast: Cast) -> None:
    cast.lina.set_password(PASSWORD)
    cast.lina.save()
    TOTP.activate(cast.lina, SECRET)
    browser = without(cast.lina)
    for name in ("mfa_deactivate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"):
        assert where(browser.get(reverse(name))) == CODE
    assert where(browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})) == CODE
    assert where(browser.post(reverse("mfa_deactivate_totp"))) == CODE
    assert factors_of(cast.lina).app


def test_signing_in_asks_for_it(cast: Cast) -> None:
    cast.ilse.set_password(PASSWORD)
    cast.ilse.save()
    TOTP.activate(cast.ilse, SECRET)
    browser = Client()
    login = {"login": cast.ilse.email, "password": PASSWORD}
    assert where(browser.post(reverse("account_login"), login)) == reverse("mfa_authenticate")
    assert where(browser.get(TODAY)) == reverse("account_login")
    code = code_now()
    assert where(browser.post(reverse("mfa_authenticate"), {"code": code})) == TODAY
    assert where(browser.get(TODAY)) == "200"
    again = Client()
    again.post(reverse("account_login"), login)
    assert where(again.post(reverse("mfa_authenticate"), {"code": code})) == "200"  # that code was used


def test_guessing_codes_stops_after_five(cast: Cast) -> None:
    cast.lina.set_password(PASSWORD)
    cast.lina.save()
    TOTP.activate(cast.lina, SECRET)
    browser, address = Client(), reverse("mfa_authenticate")
    browser.post(reverse("account_login"), {"login": cast.lina.email, "password": PASSWORD})
    said = [browser.post(address, {"code": "000000"}).context["form"].errors["code"][0] for _ in range(6)]
    assert said == ["Dit klopt niet. Probeer het nog een keer."] * 5 + [
        "Te veel inlogpogingen. Probeer het later nogmaals."
    ]
    assert where(browser.post(address, {"code": code_now()})) == "200"
    assert where(browser.get(TODAY)) == reverse("account_login")


def test_who_is_put_in_a_group_is_asked_at_the_next_page(cast: Cast) -> None:
    browser = without(cast.lina)
    assert where(browser.get(TODAY)) == "200"
    cast.lina.groups.add(Group.objects.get(name=NJI_GROUP))
    assert where(browser.get(TODAY)) == INDEX


def test_the_groups_come_along_with_the_person(cast: Cast, client_of, django_assert_num_queries) -> None:
    for user in (cast.lina, cast.ilse):
        browser = client_of(user)
        with django_assert_num_queries(3):  # the session, the person, their factors
            assert browser.get(reverse("account_home")).status_code == 200


def test_who_needs_one_keeps_one(cast: Cast, client_of, sent: list[EmailMessage]) -> None:
    TOTP.activate(cast.ilse, SECRET)
    browser = without(cast.ilse)
    browser.post(CODE, {"code": code_now()})
    refused = browser.post(reverse("mfa_deactivate_totp"))
    assert "<h1>De code-app blijft nog aan</h1>" in refused.content.decode()
    key = make_passkey(cast.ilse)
    assert where(browser.post(reverse("mfa_deactivate_totp"))) == INDEX
    assert where(browser.get(TODAY)) == "200"
    browser.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert factors_of(cast.ilse) == Factors()
    assert where(browser.get(TODAY)) == INDEX


def test_nobody_touches_the_passkey_of_another(cast: Cast, client_of) -> None:
    key = make_passkey(cast.sem)
    browser = client_of(cast.lina)
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        assert [
            where(browser.get(reverse(name, args=[key.pk]))),
            where(browser.post(reverse(name, args=[key.pk]))),
        ] == [
            "404",
            "404",
        ]


@commits
def test_each_change_is_told_by_mail(cast: Cast, sent: list[EmailMessage]) -> None:
    browser = without(cast.lina)
    browser.get(reverse("account_email"))  # has allauth know the address
    make_app(browser)
    browser.post(reverse("mfa_generate_recovery_codes"))
    browser.post(reverse("mfa_deactivate_totp"))
    assert [(*message.to, message.subject) for message in sent] == [
        ("lina@voorbeeld.test", "Je code-app staat aan"),
        ("lina@voorbeeld.test", "Je hebt nieuwe herstelcodes"),
        ("lina@voorbeeld.test", "Je code-app staat uit"),
    ]
    assert str(sent[0].body) == (
        "Dag Lina,\n\n"
        "Bij je account is een code-app aangezet. Bij het inloggen vragen we voortaan een code uit die app.\n\n"
        'Was jij dit niet? Kies dan meteen een nieuw wachtwoord via "Wachtwoord vergeten" op de inlogpagina, en vertel '
        "het je bestuurder of contactpersoon.\n\nLerend Versterken"
    )


def test_secrets_lie_closed(cast: Cast, settings) -> None:
    TOTP.activate(cast.lina, SECRET)
    codes = RecoveryCodes.activate(cast.lina)
    shown = codes.get_unused_codes()
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, data FROM mfa_authenticator ORDER BY type")
        rows = {kind: json.loads(data) for kind, data in cursor.fetchall()}
    assert SECRET not in json.dumps(rows)
    assert (sorted(rows["totp"]), sorted(rows["recovery_codes"])) == (["secret"], ["seed", "used_mask"])
    assert rows["totp"]["secret"].startswith("gAAAA")
    assert rows["recovery_codes"]["seed"].startswith("gAAAA")

    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    app, again = Authenticator.objects.order_by("-type")
    assert app.wrap().validate_code(code_now())
    assert again.wrap().get_unused_codes() == shown


def test_becoming_somebody_of_the_demo_counts_as_one(cast: Cast, settings) -> None:
    settings.DEMO = True
    User.objects.filter(pk=cast.ilse.pk).update(email="ilse@nji.test")
    browser = Client()
    browser.post(reverse("demo_become", args=["ilse"]))
    assert where(browser.get(reverse("nji_contributions"))) == "200"
    assert UserSession.objects.values_list("user", flat=True).get() == cast.ilse.pk


def test_ending_all_other_sessions(cast: Cast) -> None:
    cast.lina.set_password(PASSWORD)
    cast.lina.save()
    cast.sem.set_password(PASSWORD)
    cast.sem.save()
    agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
    here, elsewhere, of_sem = Client(HTTP_USER_AGENT=agent), Client(), Client()
    for browser, user in ((here, cast.lina), (elsewhere, cast.lina), (of_sem, cast.sem)):
        browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    page = here.get(reverse("usersessions_list")).content.decode()
    assert [name in page for name in ("<h2>Chrome op Android</h2>", "<h2>Een browser</h2>")] == [True, True]
    here.post(reverse("usersessions_list"))
    assert [where(browser.get(TODAY)) for browser in (here, elsewhere, of_sem)] == [
        "200",
        reverse("account_login"),
        "200",
    ]


@pytest.mark.ignore_template_errors
def test_a_superuser_helps_who_lost_everything(cast: Cast, client_of, sent: list[EmailMessage]) -> None:
    cast.ilse.set_password(PASSWORD)
    cast.ilse.save()
    make_passkey(cast.aart)
    TOTP.activate(cast.ilse, SECRET)
    theirs, people = Client(), reverse("admin:organisations_user_changelist")
    theirs.post(reverse("account_login"), {"login": cast.ilse.email, "password": PASSWORD})
    theirs.post(reverse("mfa_authenticate"), {"code": code_now()})
    asked = {"action": "take_factors_away", "_selected_action": [str(cast.ilse.pk)]}
    client_of(cast.roos).post(people, asked)
    assert factors_of(cast.ilse).app
    client_of(cast.beheer).post(people, asked)
    assert (factors_of(cast.ilse), factors_of(cast.aart)) == (Factors(), Factors(passkeys=1))
    assert where(theirs.get(TODAY)) == reverse("account_login")
    assert [(*message.to, message.subject) for message in sent] == [
        ("ilse@voorbeeld.test", "Je extra stap bij het inloggen is weggehaald")
    ]
