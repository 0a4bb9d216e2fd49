"""An editor brings a workbook in: choose, look, confirm."""

import io
import re

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from content.models import Edition, RuleOfThumb
from content.starter import load_starter
from organisations.models import User
from tests.browser.conftest import DESK, Visitor, press

# Django's own admin templates use variables that are not always there.
pytestmark = pytest.mark.ignore_template_errors


def assert_quiet(visitor: Visitor) -> None:
    """Nothing in the console, nothing sideways, and axe finds nothing in what is ours: the rest is Django's."""
    assert visitor.complaints == []
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(visitor.page, context="#content", options=rules)
    assert found.response["violations"] == [], found.generate_report()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= visitor.width
    visitor.complaints.clear()  # axe itself tries styles that the policy stops


def test_a_workbook_is_looked_over_and_brought_in(page_at) -> None:
    load_starter()
    edition = Edition.objects.get()
    boss = User.objects.create_superuser("beheer@lerend.test", "Bea Heer")
    visitor = page_at(DESK)
    visitor.sign_in(boss)
    page = visitor.page
    visitor.goto(reverse("admin:content_edition_export", args=[edition.pk]))
    assert_quiet(visitor)
    with page.expect_download() as download:
        page.get_by_role("link", name="De hele uitgave als één werkmap").click()
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    rules = book["Vuistregels"]
    rules["B2"] = "Een andere titel"
    rules.append([0, "Zonder nummer", "Uitleg"])
    visitor.goto(reverse("admin:content_edition_import", args=[edition.pk]))
    assert_quiet(visitor)

    def choose() -> None:
        written = io.BytesIO()
        book.save(written)
        files = {"name": "versie-1.xlsx", "mimeType": "application/octet-stream", "buffer": written.getvalue()}
        page.get_by_label("Bestand uit Excel").set_input_files(files)
        press(page.get_by_role("button", name="Bekijk wat er verandert"))

    choose()
    assert_quiet(visitor)
    assert page.get_by_text("1 rij klopt nog niet").count() == 1
    press(page.get_by_role("link", name="Kies een ander bestand"))
    rules["A7"] = 6
    choose()
    assert_quiet(visitor)
    changed = page.get_by_role("table", name="Gewijzigd in Vuistregels")
    assert changed.locator("ins").count() > 0
    press(page.get_by_role("button", name="Lees 2 rijen in"))
    assert re.search("Er zijn 2 rijen ingelezen in Versie 1", page.content())
    assert list(RuleOfThumb.objects.filter(number__in=[1, 6]).values_list("title", flat=True)) == [
        "Een andere titel",
        "Zonder nummer",
    ]
