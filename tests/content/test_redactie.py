"""What an editor does in the admin: the whole of an edition, two at one text, what is in use, the order."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content import comparison, domain
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
    Use,
)
from lerend.moments import in_amsterdam
from sessions_app.domain import templates
from sessions_app.queries.templates import words_of
from tests.content.test_admin import address, form_of
from tests.sessions_app.own_templates import own_version

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

PUBLIC = (
    "vak",
    "vak_vragen",
    "vak_op_scherm",
    "vak_wolkjes",
    "vak_vuistregels",
    "vak_lied",
    "vak_dagdeel",
    "vak_traject",
)


@pytest.fixture
def roos(cast, edition, client_of):
    return client_of(cast.roos)


def words(response) -> str:
    main = response.content.decode().partition('<div id="content"')[2] or response.content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def copied(cast) -> Edition:
    return domain.copy_edition(Edition.objects.published().get().pk, "Versie 2", by=cast.roos)


def test_from_copy_to_publication(cast, roos):
    first = Edition.objects.get()
    response = roos.post(address(Edition, "copy", first.pk), {"name": "Versie 1"})
    assert "Er is al een uitgave met de naam Versie 1." in words(response)
    response = roos.post(address(Edition, "copy", first.pk), {"name": "Versie 2"})
    draft = Edition.objects.get(name="Versie 2")
    assert response.headers["Location"] == address(Edition, "change", draft.pk)

    card = QuestionCard.objects.get(edition=draft, number=1)
    page = address(QuestionCard, "change", card.pk)
    assert roos.post(page, form_of(roos.get(page)) | {"title": "Een nieuwe titel"}).status_code == 302
    add = address(QuestionCard, "add") + f"?_changelist_filters=edition__id__exact={draft.pk}"
    sent = form_of(roos.get(add))
    assert sent["number"] == 13
    roos.post(add, sent | {"edition": str(draft.pk), "title": "De dertiende", "text": "<p>Wat nog?</p>"})
    assert QuestionCard.objects.filter(edition=draft).count() == 13

    compared = words(roos.get(address(Edition, "compare", draft.pk)))
    assert "gewijzigd 1. Een nieuwe titel" in compared
    assert "nieuw 13. De dertiende" in compared
    asked = words(roos.get(address(Edition, "publish", draft.pk)))
    assert "Vragenkaarten: 1 gewijzigd, 1 nieuw" in asked
    roos.post(address(Edition, "publish", draft.pk))
    assert Edition.objects.published().get() == draft
    assert "De dertiende" in roos.get("/vak/vragen/").content.decode()
    assert "Zet Versie 1 terug" in words(roos.get(address(Edition, "changelist")))
    roos.post("/beheer/content/edition/roll-back/")
    assert Edition.objects.published().get() == first


@pytest.mark.parametrize("name", ["copy", "compare", "publish"])
def test_the_pages_keep_to_the_policy(cast, roos, name):
    html = roos.get(address(Edition, name, copied(cast).pk)).content.decode()
    assert re.findall(r"<script(?![^>]*(src=|application/json))|<style|\sstyle=|\son[a-z]+=", html) == []


def test_planned_in_local_time_and_taken_back(cast, roos):
    draft, when = copied(cast), timezone.now() + timedelta(days=3)
    local = in_amsterdam(when)
    page = address(Edition, "plan", draft.pk)
    roos.post(page, {"at_datum": f"{local:%Y-%m-%d}", "at_tijd": f"{local:%H:%M}"})
    draft.refresh_from_db()
    assert (draft.planned_for, draft.planned_by) == (when.replace(second=0, microsecond=0), cast.roos)
    roos.post(address(Edition, "unplan", draft.pk))
    draft.refresh_from_db()
    assert draft.planned_for is None
    gap = roos.post(page, {"at_datum": "2027-03-28", "at_tijd": "02:30"})
    assert "In deze nacht gaat de klok een uur vooruit." in words(gap)
    past = roos.post(page, {"at_datum": "2020-03-28", "at_tijd": "12:30"})
    assert "Dit moment is al voorbij." in words(past)


def test_a_preview_is_the_whole_site_for_this_editor_alone(cast, roos, client_of):
    draft = copied(cast)
    QuestionCard.objects.filter(edition=draft, number=3).update(title="Alleen in het concept")
    assert roos.post(address(Edition, "preview", draft.pk)).headers["Location"] == "/"
    for page in ("/", "/vak/vragen/"):
        response = roos.get(page)
        assert "Alleen in het concept" in response.content.decode()
        assert "Je bekijkt de site in <strong>Versie 2</strong>." in response.content.decode()
        assert response.headers["Cache-Control"] == "private, no-store"
        others = client_of(cast.lina).get(page)
        assert "Alleen in het concept" not in others.content.decode()
        assert others.headers.get("Cache-Control") != "private, no-store"
    roos.post("/vak/voorbeeld/stop/")
    assert "Alleen in het concept" not in roos.get("/vak/vragen/").content.decode()
    roos.post(address(Edition, "preview", draft.pk))
    cast.roos.groups.clear()
    assert "Alleen in het concept" not in roos.get("/vak/vragen/").content.decode()


def test_every_public_page_shows_what_is_previewed(cast, roos, client):
    draft = copied(cast)
    Edition.objects.filter(pk=draft.pk).update(title="PROEF", afterword="<p>PROEF</p>")
    for model in (Means, QuestionCard, Theme, RuleOfThumb, Assignment, Song):
        model.objects.filter(edition=draft).update(title="PROEF")
    Programme.objects.filter(edition=draft).update(text="<p>PROEF</p>")
    roos.post(address(Edition, "preview", draft.pk))
    pages = ["/", *(reverse(name) for name in PUBLIC), reverse("vak_wolkje", args=["het-werk"])]
    found = {}
    for page in [*pages, reverse("song_story")]:
        response = roos.get(page)
        seen, others = (each.content.decode().split("<main")[1] for each in (response, client.get(page)))
        found[page] = ("PROEF" in seen, "PROEF" in others, response["Cache-Control"])
    private = "private, no-store"
    assert found == {
        **dict.fromkeys(pages, (True, False, private)),
        reverse("song_story"): (False, False, private),  # no words of an edition are in it
    }
    domain.discard_edition(draft.pk, by=cast.roos)
    own, others = (
        each.get("/vak/vragen/").content.decode().split("<main")[1].split("</main>")[0] for each in (roos, client)
    )
    assert own == others


def test_a_comparison_marks_words_moves_and_what_went(cast, edition):
    first, draft = Edition.objects.get(), copied(cast)
    assert comparison.compare(first, draft)[0].title == "Uitgave"  # the name only
    draft.name = first.name
    assert comparison.compare(first, draft) == []
    card = QuestionCard.objects.get(edition=draft, number=2)
    before = card.title
    card.title = f"{before} <b>"
    card.save()
    QuestionCard.objects.get(edition=draft, number=12).delete()
    domain.move(QuestionCard.objects.get(edition=draft, number=5), "up", by=cast.roos)
    (section,) = comparison.compare(first, draft)
    assert [change.kind for change in section.changes] == ["gewijzigd", "verplaatst", "weggehaald"]
    assert section.changes[0].differences[0].after.endswith("<ins> &lt;b&gt;</ins>")
    assert comparison.summary([section]) == ["Vragenkaarten: 1 gewijzigd, 1 verplaatst, 1 weggehaald"]


def test_a_comparison_takes_as_many_queries_for_more(cast, edition):
    first, draft = Edition.objects.get(), copied(cast)
    with CaptureQueriesContext(connection) as few:
        comparison.compare(first, draft)
    for number in range(13, 40):
        QuestionCard.objects.create(edition=draft, number=number, title="x", text="<p>x</p>")
    with CaptureQueriesContext(connection) as many:
        comparison.compare(first, draft)
    assert len(many) == len(few) <= 24


def test_the_second_editor_is_told_and_chooses(cast, roos, client_of):
    boss = client_of(cast.beheer)
    card = QuestionCard.objects.get(number=3)
    page = address(QuestionCard, "change", card.pk)
    mine, theirs = form_of(roos.get(page)), form_of(boss.get(page))
    assert boss.post(page, theirs | {"title": "Van de ander"}).status_code == 302
    response = roos.post(page, mine | {"title": "Van mij"})
    assert response.status_code == 200
    assert "Beheer wijzigde deze tekst" in words(response)
    html = response.content.decode()
    assert 'value="Van mij"' in html
    assert "<td>Van<del> de ander</del></td><td>Van<ins> mij</ins></td>" in html
    card.refresh_from_db()
    assert card.title == "Van de ander"
    chosen = {"go_on": re.search(r'name="go_on" value="([^"]+)"', html)[1]}
    assert roos.post(page, mine | {"title": "Van mij"} | chosen).status_code == 302
    card.refresh_from_db()
    assert card.title == "Van mij"
    boss.post(page, form_of(boss.get(page)) | {"title": "Weer de ander"})
    assert roos.post(page, mine | {"title": "Van mij"} | chosen).status_code == 200  # what was agreed to is past


def test_the_second_editor_is_told_about_parts_and_order(cast, roos, client_of):
    means = Means.objects.filter(uses__isnull=False).first()
    page = address(Means, "change", means.pk)
    mine = form_of(roos.get(page))
    boss = client_of(cast.beheer)
    boss.post(page, form_of(boss.get(page)) | {"uses-0-title": "Anders"})
    response = roos.post(page, mine | {"uses-0-title": "Van mij"})
    assert "Beheer wijzigde deze tekst" in words(response)
    assert 'value="Van mij"' in response.content.decode()
    card = QuestionCard.objects.get(number=3)
    page = address(QuestionCard, "change", card.pk)
    mine = form_of(roos.get(page))
    domain.move(card, "up", by=cast.beheer)
    assert "Beheer wijzigde deze tekst" in words(roos.post(page, mine))


def test_parts_change_places(cast, roos):
    means = next(means for means in Means.objects.all() if means.uses.count() >= 3)
    before = list(means.uses.values_list("title", flat=True))
    page = address(Means, "change", means.pk)
    sent = form_of(roos.get(page))
    response = roos.post(page, sent | {"uses-0-number": "2", "uses-1-number": "1"})
    assert response.status_code == 302, response.context["errors"]
    assert list(means.uses.values_list("number", "title")) == list(enumerate([before[1], before[0], *before[2:]], 1))
    sent = form_of(roos.get(page))
    assert roos.post(page, sent | {"uses-0-DELETE": "on"}).status_code == 302
    assert list(means.uses.values_list("number", "title")) == list(enumerate([before[0], *before[2:]], 1))


def test_the_list_moves_rows(cast, roos):
    before = list(QuestionCard.objects.values_list("title", flat=True))
    second = QuestionCard.objects.get(number=2)
    roos.post(address(QuestionCard, "move", second.pk), {"to": "up"})
    assert list(QuestionCard.objects.values_list("title", flat=True)) == [before[1], before[0], *before[2:]]
    assert roos.post(address(QuestionCard, "move", second.pk), {"to": "x"}).status_code == 404


def test_what_is_used_says_where_and_nothing_of_what_people_wrote(cast, roos, plan):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    response = roos.post(address(ConversationTemplate, "delete", session.template_id), {"post": "yes"})
    assert "Er zijn gesprekken mee gepland." in words(response)
    assert "Lina" not in words(response)
    card = QuestionCard.objects.get(number=1)
    chosen = {"action": "delete_selected", "_selected_action": [str(card.pk)]}
    response = roos.post(address(QuestionCard, "changelist"), chosen | {"post": "yes"})
    assert "Versie 1 staat nu op de site." in words(response)
    assert QuestionCard.objects.count() == 12
    draft = copied(cast)
    mine = QuestionCard.objects.get(edition=draft, number=12)
    assert roos.post(address(QuestionCard, "delete", mine.pk), {"post": "yes"}).status_code == 302
    wolkje = Theme.objects.filter(edition=draft, parts__isnull=False).first()
    response = roos.post(address(Theme, "delete", wolkje.pk), {"post": "yes"})
    assert "Er horen onderdelen bij." in words(response)


def test_an_organisation_s_own_version_is_not_the_redactie_s_to_read(cast, roos):
    own = own_version(cast.home, cast.sem)
    words = replace(words_of(own), invitation="Fijn dat je komt.")
    templates.change_template(own.id, words, version=own.version, by=cast.sem)
    base, versions = own.based_on, list(own.history.values_list("history_id", flat=True))
    pages = [address(ConversationTemplate, name, own.pk) for name in ("change", "history", "delete")]
    pages += [f"/beheer/content/conversationtemplate/{own.pk}/history/{version}/" for version in versions]
    assert [roos.get(page).status_code in {302, 404} for page in pages] == [True] * len(pages)
    assert ["Fijn dat" in roos.get(page, follow=True).content.decode() for page in pages] == [False] * len(pages)
    assert roos.get(address(ConversationTemplate, "history", base.pk)).status_code == 200
    version = base.history.first().history_id
    assert roos.get(f"/beheer/content/conversationtemplate/{base.pk}/history/{version}/").status_code == 200


@pytest.mark.parametrize("how", ["page", "list"])
def test_what_comes_into_use_between_question_and_answer_stays(cast, roos, plan, monkeypatch, how):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    monkeypatch.setattr("content.admin.base.reasons_to_stay", lambda rows: [])
    before = ConversationTemplate.objects.count()
    if how == "page":
        response = roos.post(address(ConversationTemplate, "delete", session.template_id), {"post": "yes"}, follow=True)
    else:
        chosen = {"action": "delete_selected", "_selected_action": [str(session.template_id)], "post": "yes"}
        response = roos.post(address(ConversationTemplate, "changelist"), chosen, follow=True)
    assert "Dit kwam intussen in gebruik. Er is niets verwijderd." in response.content.decode()
    assert ConversationTemplate.objects.count() == before
    assert LogEntry.objects.count() == 0


def test_a_draft_that_came_on_show_meanwhile_is_not_thrown_away(cast, roos, monkeypatch):
    draft = copied(cast)

    def published_first(edition_id, *, by):
        domain.publish_edition(edition_id, by=by)
        discard(edition_id, by=by)

    discard = domain.discard_edition
    monkeypatch.setattr(domain, "discard_edition", published_first)
    response = roos.post(address(Edition, "delete", draft.pk), {"post": "yes"}, follow=True)
    assert "Er is niets verwijderd." in response.content.decode()
    assert Edition.objects.filter(pk=draft.pk).exists()


def test_the_admin_leads_to_the_guide(cast, roos, client_of):
    html = roos.get("/beheer/").content.decode()
    assert '<a href="/hulp/redactie/">Hulp voor de redactie</a>' in html
    guide = words(roos.get("/hulp/redactie/"))
    for asked in ("nieuwe uitgave", "dertiende kaart", "volgorde", "tegelijk", "Excel", "terugdraaien"):
        assert asked in guide


def test_a_draft_is_thrown_away_whole(cast, roos):
    draft = copied(cast)
    assert roos.post(address(Edition, "delete", draft.pk), {"post": "yes"}).status_code == 302
    assert list(Edition.objects.values_list("name", flat=True)) == ["Versie 1"]
    assert Use.objects.exclude(means__edition__name="Versie 1").count() == 0


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<p></p>", "Dit veld kan niet leeg zijn"),
        (
            '<p><a href="www.voorbeeld.nl">link</a></p>',
            "De link naar “www.voorbeeld.nl” werkt niet. Begin het adres met https://.",
        ),
        ("<p>" + "a" * 1201 + "</p>", "Dit zijn 1201 tekens. Er passen er 1200 op een kaart of in dit veld."),
    ],
)
def test_errors_stand_beside_the_field(cast, roos, text, error):
    page = address(QuestionCard, "change", QuestionCard.objects.get(number=3).pk)
    response = roos.post(page, form_of(roos.get(page)) | {"text": text})
    assert [str(found) for found in response.context["adminform"].form.errors["text"]] == [error]


def test_what_the_editor_cannot_make_is_left_out(cast, roos):
    card = QuestionCard.objects.get(number=3)
    page = address(QuestionCard, "change", card.pk)
    text = '<p onclick="x()">Goed<script>x()</script> <a href="javascript:x()">link</a> <strong>vet</strong></p>'
    roos.post(page, form_of(roos.get(page)) | {"text": text, "follow_up": "a"})
    card.refresh_from_db()
    assert "javascript" not in card.text
    assert "script" not in card.text
    assert "onclick" not in card.text
    assert "<strong>vet</strong>" in card.text
    assert "<a" not in card.text
    response = roos.post(page, form_of(roos.get(page)) | {"follow_up": "a" * 10_001})
    assert list(response.context["adminform"].form.errors) == ["follow_up"]


def test_line_ends_of_a_browser_are_no_difference(cast, roos):
    draft = copied(cast)
    card = QuestionCard.objects.filter(edition=draft, follow_up__contains="\n").earliest("number")
    page = address(QuestionCard, "change", card.pk)
    sent = form_of(roos.get(page))
    follow_up = card.follow_up.replace("\n", "\r\n")
    roos.post(page, sent | {"title": "Een nieuwe titel", "follow_up": follow_up})
    compared = words(roos.get(address(Edition, "compare", draft.pk)))
    assert "Een nieuwe titel" in compared
    assert "Doorvragen" not in compared


def test_no_two_editions_differ_in_capitals_alone(cast, roos):
    first = Edition.objects.get()
    response = roos.post(address(Edition, "copy", first.pk), {"name": " versie 1"})
    assert "Er is al een uitgave met de naam Versie 1." in words(response)
    page = address(Edition, "change", copied(cast).pk)
    response = roos.post(page, form_of(roos.get(page)) | {"name": "VERSIE 1"})
    assert "Er is al een uitgave met de naam Versie 1." in words(response)


def test_what_is_not_planned_says_so(cast, roos):
    assert "Gepland voor: - " in words(roos.get(address(Edition, "change", copied(cast).pk)))


def test_wolkjes_stand_before_their_parts(cast, roos):
    rows = roos.get(address(Theme, "changelist")).context["cl"].result_list
    wolkjes = list(Theme.objects.filter(parent=None).order_by("number"))
    assert list(rows)[: len(wolkjes)] == wolkjes
