"""The redactie at work in the admin."""

import re

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.apps import grant_redactie
from content.domain import copy_edition
from content.models import (
    Assignment,
    ConversationTemplate,
    Edition,
    Means,
    Programme,
    QuestionCard,
    RuleOfThumb,
    Song,
    Theme,
)
from content.starter import load_starter
from organisations.models import REDACTIE_GROUP, User

EDITED = [Edition, Means, QuestionCard, Theme, RuleOfThumb, Assignment, Song, Programme, ConversationTemplate]
pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    load_starter()
    person = User.objects.create_user("redactie@example.nl", "Rosa Redactie", is_staff=True)
    person.groups.add(Group.objects.get(name=REDACTIE_GROUP))
    client.force_login(person)
    return person


def address(model, page, *args) -> str:
    return reverse(f"admin:content_{model._meta.model_name}_{page}", args=args)


def form_of(response) -> dict[str, object]:
    """What the forms of an admin page would send unchanged."""
    forms = [response.context["adminform"].form]
    for formset in response.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    sent = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value not in (None, False):
                sent[field.html_name] = "on" if value is True else value
    return sent


def test_the_group_may_edit_all_content_and_nothing_else():
    actions, group = ["add", "change", "delete", "view"], Group.objects.get(name=REDACTIE_GROUP)
    models = ["assignment", "conversationtemplate", "edition", "means", "programme", "programmestep", "questioncard"]
    models += ["ruleofthumb", "song", "templatereminder", "templatestep", "theme", "use"]
    expected = sorted(f"{action}_{model}" for action in actions for model in models)
    assert sorted(group.permissions.values_list("codename", flat=True)) == expected
    grant_redactie(apps.get_app_config("content"), using="default")
    assert group.permissions.count() == len(expected)


@pytest.mark.parametrize("model", EDITED)
def test_pages_open_without_inline_script_or_style(client, editor, model):
    row = model.objects.first()
    version = row.history.first().pk
    pages = [
        address(model, "changelist"),
        address(model, "changelist") + "?q=vak",
        address(model, "add"),
        address(model, "change", row.pk),
        address(model, "history", row.pk),
        address(model, "simple_history", row.pk, version),
    ]
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200, page
        html = response.content.decode()
        nonce = re.search(r"'nonce-([^']+)'", response.headers["Content-Security-Policy"])
        if nonce:  # the import map of the editor, and nothing else inline
            html = html.replace(f'<script type="importmap" nonce="{nonce[1]}">', "")
        assert re.findall(r"<script(?![^>]*(src=|application/json))|<style|\sstyle=|\son[a-z]+=", html) == [], page


@pytest.mark.parametrize("model", EDITED)
def test_a_page_saves_as_it_stands(client, editor, model):
    row = model.objects.first()
    before = model.objects.filter(pk=row.pk).values().get()
    page = address(model, "change", row.pk)
    response = client.post(page, form_of(client.get(page)))
    assert response.status_code == 302, response.context["errors"]
    assert model.objects.filter(pk=row.pk).values().get() == before


def test_a_list_takes_as_many_queries_for_thirty_as_for_one(client, editor):
    edition, page = Edition.objects.get(), address(QuestionCard, "changelist")
    QuestionCard.objects.exclude(number=1).delete()
    client.get(page)
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    for number in range(20, 49):
        QuestionCard.objects.create(edition=edition, number=number, title="x", text="x")
    with CaptureQueriesContext(connection) as thirty:
        assert client.get(page).context["cl"].result_count == 30
    assert len(thirty) == len(one) <= 12


def test_a_change_is_kept_and_can_be_put_back(client, editor):
    card = QuestionCard.objects.get(number=3)
    page = address(QuestionCard, "change", card.pk)
    client.post(page, form_of(client.get(page)) | {"text": "Nieuwe woorden"})
    assert client.get("/vak/vragen/").content.decode().count("Nieuwe woorden") == 1
    latest, first = card.history.all()
    assert (latest.text, latest.history_user, first.text) == ("Nieuwe woorden", editor, card.text)

    earlier = address(QuestionCard, "simple_history", card.pk, first.pk)
    assert client.post(earlier, form_of_earlier(client.get(earlier))).status_code == 302
    assert QuestionCard.objects.get(pk=card.pk).text == card.text


def form_of_earlier(response) -> dict[str, object]:
    form = response.context["adminform"].form
    return {field.html_name: field.value() for field in form if field.value() not in (None, False)}


def test_an_earlier_version_of_an_edition_brings_back_text_not_its_state(client, editor):
    edition = Edition.objects.get()
    first = edition.history.get()
    other = copy_edition(edition.pk, "Versie 2", by=editor)
    client.post(address(Edition, "publish", other.pk))
    assert dict(Edition.objects.values_list("name", "state")) == {"Versie 1": "archived", "Versie 2": "published"}
    earlier = address(Edition, "simple_history", edition.pk, first.pk)
    assert client.post(earlier, form_of_earlier(client.get(earlier)) | {"phase": "fase 1b"}).status_code == 302
    edition.refresh_from_db()
    assert (edition.phase, edition.state) == ("fase 1b", "archived")


def test_content_in_use_says_why_it_stays(client, editor):
    edition = Edition.objects.get()
    response = client.post(address(Edition, "delete", edition.pk), {"post": "yes"})
    assert response.status_code == 200
    assert Edition.objects.count() == 1


def test_others_stay_out(client):
    load_starter()
    client.force_login(User.objects.create_user("lina@example.nl", "Lina Bakker"))
    assert client.get(address(QuestionCard, "changelist")).status_code == 302
    client.force_login(User.objects.create_user("staf@example.nl", "Staf", is_staff=True))
    assert client.get(address(QuestionCard, "changelist")).status_code == 403
