"""The history of a text and of what stands under it: readable, and each part can be put back."""

import re
from datetime import time
from html import unescape

import pytest
from django.core.exceptions import PermissionDenied

from content import domain
from content.models import ConversationTemplate, Edition, Means, QuestionCard, TemplateReminder, TemplateStep, Use
from organisations.domain.errors import Refused
from tests.content.test_admin import address, form_of

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


@pytest.fixture
def roos(cast, edition, client_of):
    return client_of(cast.roos)


@pytest.fixture
def means(edition) -> Means:
    return next(means for means in Means.objects.all() if means.uses.count() >= 3)


def page_of(client, row) -> str:
    return unescape(client.get(address(type(row), "history", row.pk)).content.decode())


def buttons(html: str) -> list[tuple[str, str]]:
    """The address and the word on each button that puts a part back."""
    return re.findall(r'action="([^"]*/onderdeel/[^"]*)">.*?<button type="submit">([^<]+)<', html, re.DOTALL)


def test_rich_text_is_told_as_words(cast, roos):
    card = QuestionCard.objects.get(number=3)
    card.text = "<p>Wat is het <strong>oude</strong>?</p>"
    card.save()
    page = address(QuestionCard, "change", card.pk)
    roos.post(page, form_of(roos.get(page)) | {"text": "<p>Wat is het <strong>nieuwe</strong>?</p>"})
    html = page_of(roos, card)
    assert '<p class="words"><strong>Vraag:</strong> Wat is het<del> oude</del><ins> nieuwe</ins>?</p>' in html
    assert "<td>Roos" in html
    domain.move(card, "up", by=cast.roos)
    assert "<strong>Nummer:</strong> <del>3</del><ins>2</ins>" in page_of(roos, card)


def test_the_oldest_line_of_a_page_is_told_too(cast, roos, monkeypatch):
    monkeypatch.setattr("content.admin.base.ContentAdmin.history_list_per_page", 1)
    card = QuestionCard.objects.get(number=3)
    card.title = "Anders"
    card.save()
    assert "<ins>Anders</ins>" in page_of(roos, card)


def test_where_an_edition_stands_is_told(cast, roos):
    copy = domain.copy_edition(Edition.objects.get().pk, "Versie 2", by=cast.roos)
    domain.publish_edition(copy.pk, by=cast.roos)
    html = page_of(roos, copy)
    assert "<del>concept</del><ins>gepubliceerd</ins>" in html
    assert "<small>Gepubliceerd</small>" in html


def test_a_part_that_changed_and_one_that_went_are_put_back(cast, roos, means):
    before = list(means.uses.values_list("pk", "number", "title"))
    page = address(Means, "change", means.pk)
    roos.post(page, form_of(roos.get(page)) | {"uses-0-title": "Heel anders", "uses-1-DELETE": "on"})
    html = page_of(roos, means)
    assert "<ins>Heel anders</ins>" in html
    assert f"Gebruik: {Use.objects.get(pk=before[0][0])}" in html
    assert "<td>Roos Mulder</td>" in html
    assert "<td>Het platform</td>" in html  # the starter content
    found = {word: address for address, word in buttons(html)}
    changed = Use.history.filter(id=before[0][0]).order_by("history_id").first()
    response = roos.post(address(Means, "restore", means.pk, "use", changed.history_id), follow=True)
    assert f"{before[0][2]} is teruggezet." in unescape(response.content.decode())
    roos.post(found["Haal terug"])
    assert list(means.uses.values_list("pk", "number", "title")) == before
    latest = Use.history.filter(id=before[1][0]).first()
    assert (latest.history_type, latest.history_user, latest.history_change_reason) == ("+", cast.roos, "Teruggezet")
    assert "Haal terug" in dict(map(reversed, buttons(page_of(roos, means))))  # the line stays, and can be used again


def test_a_reminder_comes_back_once(cast, edition):
    template = ConversationTemplate.objects.exclude(reminders=None).first()
    reminder = template.reminders.first()
    gone = (reminder.pk, reminder.days, reminder.at, reminder.audience)
    reminder.delete()
    line = TemplateReminder.history.filter(id=gone[0], history_type="-").get().history_id
    back = domain.restore_part(template, "templatereminder", line, by=cast.roos)
    assert (back.pk, back.days, back.at, back.audience) == gone
    TemplateReminder.objects.filter(pk=back.pk).update(at=time(0, 1))
    TemplateReminder.objects.create(template=template, days=gone[1], at=gone[2], audience=gone[3])
    with pytest.raises(Refused) as caught:
        domain.restore_part(template, "templatereminder", line, by=cast.roos)
    assert caught.value.message == "Er is al net zo een. Daarom kun je deze niet terugzetten."


def test_only_a_part_of_this_text_and_only_for_the_redactie(cast, edition, means, client_of):
    line = Use.history.filter(means_id=means.pk).first().history_id
    other = Means.objects.exclude(pk=means.pk).first()
    for owner, kind, number in ((other, "use", line), (means, "templatestep", line), (means, "use", 0)):
        with pytest.raises(LookupError):
            domain.restore_part(owner, kind, number, by=cast.roos)
    with pytest.raises(PermissionDenied):
        domain.restore_part(means, "use", line, by=cast.ilse)
    assert client_of(cast.roos).post(address(Means, "restore", other.pk, "use", line)).status_code == 404
    assert client_of(cast.lina).post(address(Means, "restore", means.pk, "use", line)).status_code == 302


def test_a_part_that_moved_to_another_text_stays_there(cast, edition):
    one, other = ConversationTemplate.objects.all()[:2]
    step = one.steps.last()
    line = TemplateStep.history.filter(id=step.pk).first().history_id
    step.template, step.number = other, 40
    step.save()
    with pytest.raises(Refused):
        domain.restore_part(one, "templatestep", line, by=cast.roos)
    step.refresh_from_db()
    assert step.template == other
