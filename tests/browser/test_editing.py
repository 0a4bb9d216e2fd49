"""The redactie at work in a real browser, under the strict policy."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from content.apps import grant_redactie
from content.models import QuestionCard
from content.starter import load_starter
from organisations.models import REDACTIE_GROUP, User
from tests.browser.conftest import DESK

# Django's own admin templates use variables that are not always there.
pytestmark = pytest.mark.ignore_template_errors


@pytest.fixture
def roos(db) -> User:
    from django.apps import apps

    load_starter()
    grant_redactie(apps.get_app_config("content"), using="default")
    person = User.objects.create_user("roos@voorbeeld.test", "Roos Mulder", is_staff=True)
    person.groups.add(Group.objects.get(name=REDACTIE_GROUP))
    return person


def test_rich_text_made_with_the_keyboard_stands_on_the_page(page_at, roos) -> None:
    visitor = page_at(DESK)
    page = visitor.page
    visitor.sign_in(roos)
    card = QuestionCard.objects.get(number=3)
    visitor.goto(reverse("admin:content_questioncard_change", args=[card.pk]))
    text = page.get_by_role("textbox", name="Vraag")
    text.wait_for()
    assert visitor.complaints == []
