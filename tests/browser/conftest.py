"""A real browser for the journeys: any installed Chromium, driven by Playwright.

Without a browser these tests skip and say so; with REQUIRE_BROWSER=1 they fail instead.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, sync_playwright

from organisations.models import User
from tests.signing_in import passkey_records

PHONE, DESK = 390, 1280
# The shell first: the same browser without windows, which takes a third less time of the processor.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Playwright's sync API keeps an event loop in this thread, in which Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A server in another thread reads what a test writes, so each test here commits."""
    for item in items:
        if "/tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless browser for all journeys of this process."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        sentence = "No Chromium or Chrome is installed, so the journeys in a real browser are left out."
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip)(sentence)
    as_root = sys.platform == "linux" and os.geteuid() == 0
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path, args=[*FLAGS, *(["--no-sandbox"] if as_root else [])]
        )
        yield launched
        launched.close()
        # While Playwright's loop runs, Django keeps this thread's connections in another place than afterwards.
        connections.close_all()


@dataclass
class Visitor:
    """A browser page of one width, and what it complained about."""

    page: Page
    base: str
    width: int
    complaints: list[str] = field(default_factory=list)

    def goto(self, path: str) -> Response | None:
        """Open ``path`` of the site."""
        return self.page.goto(self.base + path)

    def sign_in(self, user: User) -> None:
        """Give the browser a session of ``user``, as signing in with a passkey would."""
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.update(passkey_records(user))
        session.save()
        self.page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": str(session.session_key), "url": self.base}]
        )

    def check(self, *, expect: tuple[str, ...] = ()) -> None:
        """Hold this page to the floor: axe finds nothing, nothing scrolls sideways, the console is silent.

        ``expect`` names pieces of console messages that belong here, such as the 404 of a page that is not there.
        """
        # Not by asking the page in a loop: its policy forbids the script that Playwright would do that with.
        self.page.locator("body").wait_for(state="attached")
        self.page.wait_for_load_state("load")
        # Of what is well only the names: with all that it looked at, half of the time would go to telling so.
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = Axe().run(self.page, options={"runOnly": rules, "resultTypes": ["violations"]})
        assert found.response["violations"] == [], found.generate_report()
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.width, f"{self.page.url} is {width} px wide on a screen of {self.width} px."
        assert [said for said in self.complaints if not any(piece in said for piece in expect)] == []


def press(button: Locator, times: int = 1) -> None:
    """Click a button or link, and wait for the page it leads to: a click by itself does not. More ``times`` are as fast
    as a finger: slow enough for each to be sent."""
    with button.page.expect_navigation():
        button.click(click_count=times, delay=80 * (times - 1))


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def width(request: pytest.FixtureRequest) -> int:
    """The width of the screen: each journey is made on a phone and at a desk."""
    return int(request.param)


@pytest.fixture
def page_at(browser: Browser, live_server) -> Iterator[Callable[[int], Visitor]]:
    """Open a fresh visitor at a width; what the browser complains about is kept."""
    contexts: list[BrowserContext] = []

    def opened(width: int) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 844}, locale="nl-NL", timezone_id="Asia/Tokyo"
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        visitor = Visitor(context.new_page(), live_server.url, width)

        def hear(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                visitor.complaints.append(f"{visitor.page.url}: {message.text}")

        visitor.page.on("console", hear)
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(f"{visitor.page.url}: {error}"))
        return visitor

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(page_at: Callable[[int], Visitor], width: int) -> Visitor:
    """Somebody with a browser of this width."""
    return page_at(width)
