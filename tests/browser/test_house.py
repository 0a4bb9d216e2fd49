"""The way in, one's own account, and what one sees when something is not there."""

from allauth.account.models import EmailAddress
from django.urls import reverse

from content.starter import load_starter
from organisations.models import User
from tests.browser.conftest import Visitor, press

PASSWORD = "een-lange-zin-om-te-onthouden"


def a_person(password: str | None = PASSWORD) -> User:
    user = User.objects.create_user("mila@voorbeeldstad.test", "Mila Visser", password)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def test_home_tells_what_this_is(visitor: Visitor) -> None:
    load_starter()
    visitor.goto("/")
    assert visitor.page.get_by_role("heading", level=1).inner_text() == "In gesprek over de kern van je vak"
    assert visitor.page.get_by_role("heading", level=2).all_inner_texts() == [
        "Vijf middelen",
        "Enkele van de vragen",
        "Een gesprek is er om van te leren",
        "Doe mee met je organisatie",
    ]
    visitor.check()
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.textContent") == "Naar de inhoud"


def test_home_fits_the_smallest_screen(page_at) -> None:
    load_starter()
    visitor = page_at(320)
    visitor.goto("/")
    visitor.check()
    head = visitor.page.locator(".site-head").bounding_box()
    assert head is not None
    assert head["height"] <= 110


def test_signed_in_menu_fits_the_smallest_screen(page_at) -> None:
    visitor = page_at(320)
    visitor.sign_in(a_person())
    visitor.goto(reverse("account_home"))
    visitor.check()
    links = visitor.page.get_by_role("navigation", name="Hoofdmenu").get_by_role("link")
    assert [link.inner_text() for link in links.all()] == [
        "Vandaag",
        "Gesprekken",
        "Mijn opbrengst",
        "Het vak",
        "Pilot",
    ]


def test_sign_in_with_a_password(visitor: Visitor) -> None:
    a_person()
    visitor.goto(reverse("account_login") + "?next=" + reverse("account_home"))
    visitor.check()
    visitor.page.get_by_label("Wachtwoord", exact=True).fill("iets anders")
    visitor.page.get_by_label("E-mail").fill("mila@voorbeeldstad.test")
    press(visitor.page.get_by_role("button", name="Inloggen"))
    assert visitor.page.get_by_role("alert").get_by_role("heading").inner_text() == "Er klopt nog iets niet"
    assert visitor.page.get_by_label("E-mail").input_value() == "mila@voorbeeldstad.test"
    visitor.check()
    visitor.page.get_by_label("Wachtwoord", exact=True).fill(PASSWORD)
    press(visitor.page.get_by_role("button", name="Inloggen"))
    visitor.page.wait_for_url("**" + reverse("account_home"))
    assert visitor.page.get_by_role("heading", level=1).inner_text() == "Mijn account"
    assert visitor.page.locator("dd").all_inner_texts()[:2] == ["Mila Visser", "mila@voorbeeldstad.test"]
    visitor.check()


def test_sign_in_with_a_code(visitor: Visitor, monkeypatch) -> None:
    from lerend.mail import account_mail

    sent: list[str] = []
    monkeypatch.setattr(account_mail, "queue", lambda prefix, message: sent.append(message.body))
    a_person(password=None)
    visitor.goto(reverse("account_login") + "?next=" + reverse("account_home"))
    press(visitor.page.get_by_role("link", name="Mail mij een code"))
    visitor.check()
    visitor.page.get_by_label("E-mail").fill("mila@voorbeeldstad.test")
    press(visitor.page.get_by_role("button", name="Mail mij een code"))
    visitor.page.wait_for_url("**" + reverse("account_confirm_login_code") + "**")
    visitor.check()
    (body,) = sent
    code = body.split("aan het inloggen bent:")[1].split()[0]
    visitor.page.get_by_label("Code").fill("NIET-GOED")
    press(visitor.page.get_by_role("button", name="Verder"))
    assert visitor.page.get_by_role("alert").is_visible()
    visitor.check()
    visitor.page.get_by_label("Code").fill(code)
    press(visitor.page.get_by_role("button", name="Verder"))
    visitor.page.wait_for_url("**" + reverse("account_home"))


def test_a_stranger_asking_for_a_code_learns_nothing(visitor: Visitor) -> None:
    visitor.goto(reverse("account_request_login_code"))
    visitor.page.get_by_label("E-mail").fill("niemand@elders.test")
    press(visitor.page.get_by_role("button", name="Mail mij een code"))
    assert visitor.page.get_by_role("heading", level=1).inner_text() == "Vul je code in"
    visitor.check()


def test_change_of_address_and_password(visitor: Visitor) -> None:
    visitor.sign_in(a_person())
    for name in ("account_change_password", "account_email", "account_logout"):
        visitor.goto(reverse(name))
        visitor.check()


def test_sign_out(visitor: Visitor) -> None:
    visitor.sign_in(a_person())
    visitor.goto(reverse("account_home"))
    press(visitor.page.get_by_role("button", name="Uitloggen"))
    visitor.page.wait_for_url("**" + reverse("home"))
    assert visitor.page.get_by_role("status").inner_text() == "Je bent uitgelogd."
    visitor.check()


def test_a_page_that_is_not_there_shows_the_way_on(visitor: Visitor) -> None:
    visitor.goto("/bestaat/niet/")
    assert visitor.page.get_by_role("heading", level=1).inner_text() == "Deze pagina is er niet"
    visitor.check(expect=("404 (Not Found)",))
