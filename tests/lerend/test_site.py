"""What holds on every page: headers, templates without inline code, forms, errors, and the way in."""

import logging
import re
from pathlib import Path

import pytest
from django import forms
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.log import AdminEmailHandler
from django.views.csrf import csrf_failure
from django.views.defaults import bad_request, permission_denied, server_error

from content.starter import load_starter
from lerend.forms import Explained
from organisations.models import User

ROOT = Path(__file__).parents[2]
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


@pytest.fixture
def boss(db) -> User:
    return User.objects.create_superuser("beheer@lerend.test", "Bea Heer", "een-lange-zin-om-te-onthouden")


@pytest.mark.parametrize(
    "name", ["home", "account_login", "account_home", "admin:index", "admin:organisations_user_changelist"]
)
def test_headers(client: Client, boss: User, name: str) -> None:
    if name != "account_login":
        client.force_login(boss)
    response = client.get(reverse(name))
    directives = {part.strip() for part in response.headers["Content-Security-Policy"].split(";")}
    wanted = {part.strip() for part in POLICY.split(";")}
    assert (response.status_code, directives) == (200, wanted)
    assert {
        header: response.headers.get(header)
        for header in ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")
    } == {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert set(response.headers["Permissions-Policy"].split(", ")) == {
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "camera",
            "display-capture",
            "geolocation",
            "gyroscope",
            "microphone",
            "payment",
            "usb",
        )
    }


@pytest.mark.django_db
def test_over_https_browsers_remember_to_stay_there(client: Client, settings) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS, settings.SECURE_HSTS_PRELOAD = (
        31536000,
        True,
        True,
    )
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/").headers["Location"] == "https://testserver/"
    response = client.get("/", secure=True)
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a script in the page": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "a handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript address": re.compile(r"=\s*[\"']javascript:", re.IGNORECASE),
}


def test_templates_hold_no_inline_style_or_script() -> None:
    # Mail has no policy and needs its styles inline: mail programs drop style sheets.
    pages = [
        path
        for path in (ROOT / "templates").rglob("*.html")
        if "mail" not in path.relative_to(ROOT / "templates").parts[:1]
    ]
    assert [
        f"{path.relative_to(ROOT)} has {what}"
        for path in sorted(pages)
        for what, pattern in INLINE.items()
        if pattern.search(path.read_text())
    ] == []


@pytest.mark.django_db
def test_what_is_not_there_is_404(client: Client) -> None:
    response = client.get("/bestaat/niet/")
    assert response.status_code == 404
    assert [template.name for template in response.templates][:2] == ["404.html", "base.html"]
    assert "<h1>Deze pagina is er niet</h1>" in response.content.decode()


def test_an_error_page_needs_nothing(rf: RequestFactory) -> None:
    request = rf.get("/")
    failed, refused = server_error(request), bad_request(request, ValueError("a secret"))
    assert (failed.status_code, refused.status_code) == (500, 400)
    assert "<h1>Er ging iets mis</h1>" in failed.content.decode()
    assert "<h1>Dit verzoek klopt niet</h1>" in refused.content.decode()
    assert "a secret" not in refused.content.decode()


@pytest.mark.django_db
def test_refusals_say_why_and_the_way_on(client: Client, boss: User) -> None:
    request = client.get("/").wsgi_request
    refused = permission_denied(request, PermissionError("Alleen je leidinggevende mag dit verplaatsen."))
    assert "<p>Alleen je leidinggevende mag dit verplaatsen.</p>" in refused.content.decode()
    late = csrf_failure(request)
    assert (late.status_code, "<h1>Deze pagina stond te lang open</h1>" in late.content.decode()) == (403, True)


@pytest.mark.django_db
def test_who_tries_too_often_has_to_wait(client: Client, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    tries = [client.post(reverse("account_login"), {"login": "a@b.test", "password": "x"}) for _ in range(2)]
    response = tries[-1]
    assert [one.status_code for one in tries] == [200, 429]
    assert "<h1>Even wachten</h1>" in response.content.decode()


@pytest.mark.django_db
def test_home_for_who_is_signed_in_leads_to_today(client: Client, boss: User) -> None:
    outside = client.get("/").content.decode()
    client.force_login(boss)
    inside = client.get("/").content.decode()
    assert ("Log in en plan een gesprek" in outside, "Naar vandaag" in outside) == (True, False)
    assert ("Log in en plan een gesprek" in inside, "Naar vandaag" in inside) == (False, True)


@pytest.mark.django_db
def test_home_shows_the_five_means_and_three_cards(client: Client) -> None:
    empty = client.get("/").context
    load_starter()
    full = client.get("/").context
    assert ([*empty["all_means"]], [*empty["cards"]]) == ([], [])
    assert [means.kind for means in full["all_means"]] == ["vragen", "wolkjes", "vuistregels", "lied", "dagdeel"]
    assert [card.number for card in full["cards"]] == [3, 4, 12]


@pytest.mark.django_db
def test_only_the_demo_says_that_it_is_one(client: Client, settings) -> None:
    strip = '<p class="demo-strip"><span>Demo: verzonnen mensen en organisaties.</span> <a href="/demo/">'
    plain = client.get("/").content.decode()
    settings.DEMO = True
    assert (strip in plain, strip in client.get("/").content.decode()) == (False, True)


@pytest.mark.django_db
def test_the_menu_marks_where_one_is(client: Client) -> None:
    def marked(address: str) -> list[str]:
        menu = client.get(address).content.decode().split("</nav>")[0]
        return re.findall(r'<a href="[^"]*" aria-current="\w+">[^<]*</a>', menu)

    load_starter()
    assert [marked("/"), marked("/vak/"), marked("/vak/vragen/")] == [
        [],
        ['<a href="/vak/" aria-current="page">Het vak</a>'],
        ['<a href="/vak/" aria-current="true">Het vak</a>'],
    ]


def test_the_menu_marks_what_a_page_belongs_to(cast, client_of) -> None:
    def marked(address: str) -> list[str]:
        menu = client_of(cast.noor).get(address).content.decode().split("</nav>")[0]
        return re.findall(r'aria-current="\w+">[^<]*<', menu)

    pages = ["/gesprekken/", "/seizoenen/", "/vandaag/", "/nergens/"]
    assert [marked(page) for page in pages] == [
        ['aria-current="page">Gesprekken<'],
        ['aria-current="true">Gesprekken<'],
        ['aria-current="page">Vandaag<'],
        [],
    ]


@pytest.mark.django_db
def test_the_account_page_asks_to_sign_in(client: Client) -> None:
    response = client.get(reverse("account_home"))
    assert (response.status_code, response.headers["Location"]) == (302, "/account/login/?next=/account/")


@pytest.mark.django_db
def test_nobody_makes_their_own_account(client: Client) -> None:
    response = client.post(
        reverse("account_signup"), {"email": "nieuw@elders.test", "password1": "een-lange-zin-12345"}
    )
    assert "<h1>Je organisatie nodigt je uit</h1>" in response.content.decode()
    assert User.objects.count() == 0


class EveryKindForm(forms.Form):
    name = forms.CharField(label="Naam", help_text="Zoals collega's je noemen.")
    note = forms.CharField(label="Opmerking", required=False, widget=forms.Textarea)
    reader = forms.ChoiceField(
        label="Wie mag dit lezen?",
        widget=forms.RadioSelect,
        choices=[("ik", "Alleen ik"), ("team", Explained("Ons team", help="Ook jullie leidinggevende."))],
    )
    agreed = forms.BooleanField(label="Ik ben erbij")

    def clean(self) -> None:
        raise forms.ValidationError("Deze twee horen niet samen.")


def _squeezed(html: str) -> str:
    return re.sub(r">\s+<", "><", html).strip()


def test_a_field_names_its_help_and_error() -> None:
    form = EveryKindForm({"name": ""})
    assert _squeezed(form["name"].as_field_group()) == (
        '<div class="field has-error"><label for="id_name">Naam</label>'
        '<div class="help" id="id_name_helptext">Zoals collega\'s je noemen.</div>'
        '<div class="error" id="id_name_error"><p>Dit veld is verplicht.</p></div>'
        '<input type="text" name="name" required aria-invalid="true" '
        'aria-describedby="id_name_helptext id_name_error" id="id_name">'
        "</div>"
    )


def test_a_field_that_may_stay_empty_says_so() -> None:
    assert _squeezed(EveryKindForm()["note"].as_field_group()) == (
        '<div class="field"><label for="id_note">Opmerking <small>(niet verplicht)</small></label>'
        '<textarea name="note" cols="40" rows="10" id="id_note"></textarea></div>'
    )


def test_choices_carry_their_explanation() -> None:
    assert _squeezed(EveryKindForm()["reader"].as_field_group()) == (
        '<fieldset class="field choices"><legend>Wie mag dit lezen?</legend><div id="id_reader" class="options">'
        '<label for="id_reader_0"><input type="radio" name="reader" value="ik" required id="id_reader_0">'
        "<span>Alleen ik</span></label>"
        '<label for="id_reader_1"><input type="radio" name="reader" value="team" required id="id_reader_1">'
        "<span>Ons team</span><small>Ook jullie leidinggevende.</small></label></div></fieldset>"
    )


def test_a_checkbox_stands_in_its_label() -> None:
    assert _squeezed(EveryKindForm()["agreed"].as_field_group()) == (
        '<div class="field choices"><label for="id_agreed"><input type="checkbox" name="agreed" '
        'required id="id_agreed">'
        "<span>Ik ben erbij</span></label></div>"
    )


def test_the_summary_links_to_each_field() -> None:
    html = render_to_string("parts/errors.html", {"form": EveryKindForm({"name": "Mila"})})
    assert re.findall(r"<li>(.*?)</li>", html) == [
        "Deze twee horen niet samen.",
        '<a href="#id_reader_0">Wie mag dit lezen? – Dit veld is verplicht.</a>',
        '<a href="#id_agreed">Ik ben erbij – Dit veld is verplicht.</a>',
    ]


def test_a_form_without_errors_has_no_summary() -> None:
    assert render_to_string("parts/errors.html", {"form": EveryKindForm()}).strip() == ""


def test_no_error_is_mailed_with_what_was_typed() -> None:
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    assert [
        logger.name for logger in loggers for handler in logger.handlers if isinstance(handler, AdminEmailHandler)
    ] == []
