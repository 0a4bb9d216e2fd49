"""An edition to a workbook and back: lossless, previewed, wrong lines named, all or nothing."""

from __future__ import annotations

import io
import re
import time
from uuid import uuid4

import openpyxl
import pytest
import tablib
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.domain import copy_edition
from content.forms.importing import LONGEST_CELL
from content.models import ConversationTemplate, Edition, QuestionCard, RuleOfThumb, TemplateReminder, Theme
from content.models.prose import ProseField
from content.resources import LINEAGE, REASON, SHEETS, Plan, WrongFileError, import_into, tables_of
from content.resources.cells import from_prose, normal, to_prose
from content.views.importing import CHANGED, GONE, Upload
from lerend import spreadsheets
from tests.content.test_editions import at_once

pytestmark = pytest.mark.django_db
MODELS = [kind._meta.model for kind in SHEETS]


def book(*sheets: tuple[str, list[list[object]]]) -> list[tablib.Dataset]:
    """What a workbook typed by hand reads as: sheets of rows, the first their headers."""
    return spreadsheets.read_book(book_bytes(*sheets), LONGEST_CELL + 1)


def book_bytes(*sheets: tuple[str, list[list[object]]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def versions() -> int:
    return sum(model.history.count() for model in MODELS)


def exported(edition: Edition) -> list[tablib.Dataset]:
    return spreadsheets.read_book(spreadsheets.as_book(tables_of(edition)), LONGEST_CELL + 1)


def brought_in(edition: Edition, tables: list[tablib.Dataset], by) -> Plan:
    plan = Plan(edition, tables)
    done, written = import_into(edition.pk, tables, plan.fingerprint, by=by)
    assert ([line.problems for sheet in done.read for line in sheet.lines if line.problems], written) == ([], True)
    return done


@pytest.fixture
def first(edition) -> Edition:
    return Edition.objects.get()


def test_what_was_exported_changes_nothing(cast, first):
    before = versions()
    assert (brought_in(first, exported(first), cast.roos).to_write, versions()) == ([], before)
    for table in tables_of(first):
        again = spreadsheets.read_book(spreadsheets.as_csv(table), LONGEST_CELL + 1)
        again[0].title = table.title
        assert brought_in(first, again, cast.roos).to_write == []
    assert versions() == before


def test_an_empty_edition_becomes_the_same(cast, first):
    other = Edition.objects.create(name="Versie 2", title="x")
    brought_in(other, exported(first), cast.roos)
    one, two = ([table.dict for table in tables_of(edition)[1:]] for edition in (first, other))
    assert two == one  # with the same lineages
    other.refresh_from_db()
    assert (other.name, other.state, other.intro, other.lineage == first.lineage) == (
        "Versie 2",
        "draft",
        first.intro,
        False,
    )


def test_the_number_of_queries_and_seconds(cast, first):
    """A whole edition, looked over: the queries do not grow with the rows, but those for each new reminder."""
    tables = exported(first)
    with CaptureQueriesContext(connection) as queries:
        started = time.perf_counter()
        plan = Plan(first, tables)
        same = time.perf_counter() - started
    assert (sum(len(sheet.lines) for sheet in plan.read), len(queries) < 20, same < 3) == (174, True, True)
    other = Edition.objects.create(name="Versie 2", title="x")
    with CaptureQueriesContext(connection) as queries:
        started = time.perf_counter()
        assert len(Plan(other, tables).to_write) == 174
        new = time.perf_counter() - started
    # A new reminder is held against two constraints, each of which asks the database.
    assert (len(queries) < 300, new < 3) == (True, True)


# What is awkward in a cell: each must come back as it was.
AWKWARD = [
    "=SOM(A1:A9)",
    "+31 6 12345678",
    "-2 is minder; \"dan\" 'nul'",
    "@home",
    "'=al een apostrof",
    "''-twee",
    "'s Morgens, 's avonds",
    "Puntkomma; komma, en \ttab",
    "<b>geen vet</b> en <naam> & &amp;",
    "Kus 💋 en 👩‍👩‍👧, ½ €",
    "_x0041_ en #N/B",
    "TRUE",
    "1.0",
    "2024-02-01",
]
RICH = [
    "",
    "<p>Eén alinea.</p>",
    "<p>Eén</p><p>Twee<br>met een regel.</p>",
    "<p>- geen punt</p>",
    "<ul><li><p>a</p></li><li><p>b</p></li></ul>",
    "<p>Let op:</p><ul><li><p>a &amp; b</p></li></ul><p>klaar</p>",
    "<h3>Kop</h3><p><strong>Vet</strong> en <em>schuin</em>.</p><ol><li><p>een</p></li></ol>",
    '<p>Zie <a href="https://www.nji.nl/x?a=1&amp;b=2">het NJi</a>.</p>',
    "<blockquote><p>Gezegd</p><p>en herhaald</p></blockquote>",
    "<p>&lt;b&gt;niet vet&lt;/b&gt; &lt;script&gt;</p>",
    "<p>=1+1</p><p>'=2</p>",
    "<p>a&nbsp;b</p>",
    "<p>mail naar iemand@voorbeeld.nl of https://nji.nl</p>",
    "<p>" + "lang en breed " * 715 + "💋</p>",
    "<ul><li><p>a</p><ul><li><p>dieper</p></li></ul></li></ul>",
    "zonder alinea",
    "<p></p><p>na een lege</p>",
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_awkward_texts_come_back(cast, first, model, form):
    kind = next(kind for kind in SHEETS if kind._meta.model is model)
    texts = [
        field for field in model._meta.concrete_fields if field.editable and field.get_internal_type() == "TextField"
    ]
    chars = [
        field
        for field in model._meta.concrete_fields
        if field.editable and field.get_internal_type() == "CharField" and not field.choices and field.name != "name"
    ]
    rows = list(kind(first, {}).of_edition())
    for turn in range(0, len(RICH), max(len(rows), 1)):
        for at, row in enumerate(rows):
            for field in chars:
                setattr(row, field.name, AWKWARD[(turn + at) % len(AWKWARD)][: field.max_length])
            for field in texts:
                rich = isinstance(field, ProseField)
                awkward = AWKWARD[(turn + at) % len(AWKWARD)]
                setattr(row, field.name, RICH[(turn + at) % len(RICH)] if rich else f"{awkward}\r\n\r\n{awkward}\n")
            if chars or texts:
                model.objects.filter(pk=row.pk).update(**{f.name: getattr(row, f.name) for f in (*chars, *texts)})
        [table] = tables_of(first, [kind.title])
        again = spreadsheets.read_book(
            spreadsheets.as_csv(table) if form == "csv" else spreadsheets.as_book([table]), LONGEST_CELL + 1
        )
        again[0].title = table.title
        assert [line.changes for _, line in Plan(first, again).to_write] == []


@pytest.mark.parametrize("html", RICH)
def test_rich_text_in_a_cell_reads_back(html):
    def squeezed(text):
        return re.sub(r">\s+<", "><", text)

    cell = from_prose(html)
    assert from_prose(to_prose(normal(cell))) == cell
    if html not in {"zonder alinea", "<p></p><p>na een lege</p>"}:
        assert squeezed(to_prose(normal(cell))) == html


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("Gewoon", "<p>Gewoon</p>"),
        ("Een\n\nTwee", "<p>Een</p>\n\n<p>Twee</p>"),
        ("Let op:\n- a\n- b\nklaar", "<p>Let op:</p>\n\n<ul><li><p>a</p></li><li><p>b</p></li></ul>\n\n<p>klaar</p>"),
        ("Dit is <b>vet</b>", "<p>Dit is <strong>vet</strong></p>"),
        ("<p>x</p>\n<p onclick='y'>z</p>", "<p>x</p><p>z</p>"),
        ("Voor <script>alert(1)</script> na", "<p>Voor  na</p>"),
        ("Beste <naam>, 3 < 4", "<p>Beste &lt;naam&gt;, 3 &lt; 4</p>"),
    ],
)
def test_what_somebody_types_becomes_rich_text(typed, html):
    assert to_prose(typed) == html


def test_the_official_wording_over_the_starter(cast, first):
    before = {model: set(model.objects.values_list("pk", "lineage")) for model in (QuestionCard, Theme, RuleOfThumb)}
    slugs = list(Theme.objects.filter(parent=None).values_list("slug", flat=True))
    tables = book(
        ("Vragenkaarten", [["nummer", "titel", "vraag"], *([n, f"Kaart {n}", f"Vraag {n}?"] for n in range(1, 13))]),
        ("Wolkjes", [["nummer", "titel", "tekst"], *([n, f"Wolkje {n}", f"Woord {n}.\n\nMeer."] for n in range(1, 8))]),
        ("Vuistregels", [["nummer", "titel", "uitleg"], *([n, f"Regel {n}", ""] for n in range(1, 6))]),
    )
    plan = brought_in(first, tables, cast.roos)
    assert len(plan.to_write) == 24
    assert list(QuestionCard.objects.values_list("title", "text")) == [
        (f"Kaart {n}", f"<p>Vraag {n}?</p>") for n in range(1, 13)
    ]
    assert list(Theme.objects.filter(parent=None).values_list("title", "slug")) == [
        (f"Wolkje {n}", slug) for n, slug in enumerate(slugs, 1)
    ]
    assert list(RuleOfThumb.objects.values_list("title", "text")) == [(f"Regel {n}", "") for n in range(1, 6)]
    assert {model: set(model.objects.values_list("pk", "lineage")) for model in before} == before
    version = QuestionCard.objects.get(number=3).history.first()
    assert (version.title, version.history_user, version.history_change_reason) == ("Kaart 3", cast.roos, REASON)
    now = versions()
    assert (brought_in(first, tables, cast.roos).to_write, versions()) == ([], now)


def cells(first, title: str) -> tuple[list[str], list[list[object]]]:
    table = next(table for table in tables_of(first) if table.title == title)
    return table.headers, [list(row) for row in table]


def test_cards_change_places_with_their_mark(cast, first):
    headers, rows = cells(first, "Vragenkaarten")
    third, fourth = QuestionCard.objects.get(number=3), QuestionCard.objects.get(number=4)
    at = headers.index("nummer")
    rows[2][at], rows[3][at] = rows[3][at], rows[2][at]
    now = versions()
    plan = brought_in(first, book(("Vragenkaarten", [headers, *rows])), cast.roos)
    assert [(line.name, [c.column for c in line.changes]) for _, line in plan.to_write] == [
        (f"4. {third.title}", ["nummer"]),
        (f"3. {fourth.title}", ["nummer"]),
    ]
    assert QuestionCard.objects.get(number=4).pk == third.pk
    assert QuestionCard.objects.get(number=3).pk == fourth.pk
    assert versions() == now + 2
    assert [row.number for row in third.history.all()] == [4, 3]


def test_all_that_is_once_can_change_places(cast, first):
    """Wolkjes, parts, addresses, the red line, templates, steps and reminders, all in one file."""
    changed = []
    for title, columns in (
        ("Wolkjes", ("nummer", "adres", "loopt door alle wolkjes heen", "onderdeel van")),
        ("Sjablonen", ("nummer", "korte naam")),
        ("Herinneringen", ("dagen", "hoe laat", "voor")),
        ("Middelen", ("nummer",)),
    ):
        headers, rows = cells(first, title)
        if title == "Wolkjes":
            one, two = rows[0], rows[1]  # two wolkjes with parts elsewhere
            parts = [row for row in rows if row[headers.index("onderdeel van")]]
            used = {row[headers.index("onderdeel van")] for row in parts}
            whole = [row for row in rows if row not in parts and row[headers.index("adres")] not in used]
            one, two = (whole or rows)[:2]
        else:
            one, two = rows[0], rows[1]
        for column in columns:
            at = headers.index(column)
            one[at], two[at] = two[at], one[at]
        changed.append((title, [headers, *rows]))
    brought_in(first, book(*changed), cast.roos)
    for title, rows in changed:
        there = {tuple(map(str, row)) for row in cells(first, title)[1]}
        assert there == {tuple(map(str, row)) for row in rows[1:]}


def test_a_reminder_goes_from_days_to_minutes_and_back(cast, first):
    headers, rows = cells(first, "Herinneringen")
    days, at, minutes = (headers.index(column) for column in ("dagen", "hoe laat", "minuten voor het begin"))
    line = next(row for row in rows if row[days] == -1)
    was = list(line)
    line[days], line[at], line[minutes] = "", "", 90
    brought_in(first, book(("Herinneringen", [headers, *rows])), cast.roos)
    there = [list(map(str, row)) for row in cells(first, "Herinneringen")[1]]
    assert (list(map(str, line)) in there, list(map(str, was)) in there, len(there)) == (True, False, len(rows))
    reminder = TemplateReminder.objects.get(minutes_before=90)
    assert str(reminder) == "1 uur en 30 minuten voor het begin"
    line[days], line[at], line[minutes] = was[days], was[at], ""
    brought_in(first, book(("Herinneringen", [headers, *rows])), cast.roos)
    assert list(map(str, was)) in [list(map(str, row)) for row in cells(first, "Herinneringen")[1]]
    assert list(reminder.history.order_by("history_id").values_list("days", "minutes_before")) == [
        (-1, None),
        (None, 90),
        (-1, None),
    ]
    copy = copy_edition(first.pk, "Versie 2", by=cast.roos)
    assert TemplateReminder.objects.filter(template__edition=copy).count() == len(rows)


def test_a_copied_line_is_a_new_card(cast, first):
    headers, rows = cells(first, "Vragenkaarten")
    more = list(rows[4])
    more[headers.index("nummer")] = 13
    plan = brought_in(first, book(("Vragenkaarten", [headers, *rows, more])), cast.roos)
    assert [line.number for _, line in plan.to_write] == [14]
    fifth, last = QuestionCard.objects.get(number=5), QuestionCard.objects.get(number=13)
    assert (last.title, last.lineage == fifth.lineage, last.pk == fifth.pk) == (fifth.title, False, False)


def test_what_is_not_in_the_file_stays(client, cast, first):
    QuestionCard.objects.create(edition=first, number=13, title="Dertien", text="x")
    headers, rows = cells(first, "Vragenkaarten")
    shown = look(client, cast, first, book_bytes(("Vragenkaarten", [headers, *rows[:12]])))
    assert "Dit staat niet in het bestand en blijft: 13. Dertien." in shown.content.decode()


def test_new_means_with_uses_and_a_template_with_steps(cast, first):
    new = Edition.objects.create(name="Versie 2", title="x")
    brought_in(
        new,
        book(
            ("Herinneringen", [["sjabloon", "dagen", "hoe laat", "voor"], ["Praat bij", -3, "9.30", "invited"]][:1]),
            ("Gebruik", [["middel", "nummer", "titel", "uitleg"], ["De vragen", 1, "Samen", "Doe het."]]),
            (
                "Middelen",
                [
                    ["soort", "nummer", "korte naam", "in één zin", "titel"],
                    ["vragen", 1, "De vragen", "Kort.", "Een set"],
                ],
            ),
            ("Programmastappen", [["nummer", "titel", "minuten"], [1, "Begin", "15,0"]]),
            ("Programma", [["titel"], ["Een dagdeel"]]),
            (
                "Sjablonen",
                [
                    ["nummer", "soort", "titel", "in één zin", "doel", "voorbereiding", "met de vragenkaarten"],
                    [1, "Collegiaal interview", "Praat bij", "Kort.", "Nooit beoordelen.", "Niets", "Ja"],
                ],
            ),
            ("Sjabloonstappen", [["sjabloon", "nummer", "titel", "minuten", "met"], ["praat-bij", 1, "Begin", 10, ""]]),
        ),
        cast.roos,
    )
    template = ConversationTemplate.objects.get(edition=new)
    assert (template.slug, template.kind, template.uses_cards, template.steps.get().means) == (
        "praat-bij",
        "interview",
        True,
        "none",
    )
    assert new.means.get().uses.get().text == "<p>Doe het.</p>"
    assert new.programmes.get().steps.get().minutes == 15


@pytest.mark.parametrize(
    ("sheet", "rows", "problems"),
    [
        (
            "Vragenkaarten",
            [["nummer", "titel", "vraag"], ["drie", "x", "y"]],
            {2: {"nummer": ["“drie” is geen heel getal."]}},
        ),
        ("Vragenkaarten", [["nummer", "titel"], [0, "x"]], {2: {"nummer", "vraag"}}),
        ("Vragenkaarten", [["nummer", "titel"], [3, ""]], {2: {"titel": ["Dit veld kan niet leeg zijn"]}}),
        ("Vragenkaarten", [["nummer", "titel"], [3, "x" * 201]], {2: {"titel"}}),
        (
            "Vragenkaarten",
            [["nummer", "titel"], [3, "x"], [3, "y"]],
            {3: {"rij": ["Deze rij gaat over hetzelfde als rij 2."]}},
        ),
        (
            "Vragenkaarten",
            [["nummer", "titel", "vraag"], [13, "x", "y"], ["13", "z", "y"]],
            {3: {"nummer": ["“13” is al van rij 2."]}},
        ),
        (
            "Vragenkaarten",
            [["nummer", "titel", "alleen als dat nodig is"], [3, "x", "soms"]],
            {2: {"alleen als dat nodig is": ["“soms” kan hier niet. Vul ja of nee in."]}},
        ),
        ("Gebruik", [["middel", "nummer", "titel"], ["dansen", 1, "x"]], {2: {"middel", "uitleg"}}),
        (
            "Gebruik",
            [["middel", "nummer", "titel", "uitleg"], ["", 1, "x", "y"]],
            {2: {"middel": ["Vul in waar deze rij bij hoort."]}},
        ),
        (
            "Wolkjes",
            [["adres", "nummer", "titel", "tekst"], ["anders", 3, "x", "y"]],
            {2: {"nummer"}},
        ),
        ("Wolkjes", [["adres", "onderdeel van"], ["het-team", "het-team"]], {2: {"onderdeel van"}}),
        ("Wolkjes", [["adres", "titel", "tekst", "nummer"], ["niet goed!", "x", "y", 8]], {2: {"adres"}}),
        (
            "Lied",
            [["titel", "link naar het hele lied"], ["x", "javascript:alert(1)"]],
            {2: {"link naar het hele lied"}},
        ),
        ("Sjabloonstappen", [["sjabloon", "nummer", "minuten"], ["collegiaal-interview", 1, 481]], {2: {"minuten"}}),
        (
            "Herinneringen",
            [["sjabloon", "dagen", "hoe laat", "voor"], ["collegiaal-interview", -3, "25:00", "wie erbij was"]],
            {2: {"hoe laat": ["“25:00” is geen tijd. Schrijf bijvoorbeeld 09:00."]}},
        ),
        (
            "Herinneringen",
            [["sjabloon", "dagen", "hoe laat", "voor"], ["collegiaal-interview", -3, "08:00", "wie erbij was"]],
            {2: {"rij": ["Vóór het gesprek gaat een herinnering naar wie is uitgenodigd, erna naar wie erbij was."]}},
        ),
        (
            "Herinneringen",
            [
                ["sjabloon", "dagen", "hoe laat", "minuten voor het begin", "voor"],
                ["collegiaal-interview", -3, "08:00", 60, "wie is uitgenodigd en niet heeft afgezegd"],
            ],
            {2: {"rij": ["Vul dagen en hoe laat in, of alleen de minuten voor het begin."]}},
        ),
        ("Uitgave", [["titel", "naam"], ["", "Versie 9"]], {2: {"titel": ["Dit veld kan niet leeg zijn"]}}),
    ],
)
def test_wrong_lines_are_named_and_nothing_is_written(cast, first, sheet, rows, problems):
    now = versions()
    tables = book(
        (sheet, rows), ("Vuistregels", [["nummer", "titel"], [1, "Anders"]])[: 2 if sheet != "Vuistregels" else 0]
    )
    plan = Plan(first, tables)
    found = {line.number: line.problems for line in next(one for one in plan.read if one.title == sheet).lines}
    found = {number: wrong for number, wrong in found.items() if wrong}
    if any(isinstance(columns, set) for columns in problems.values()):
        found = {number: set(wrong) for number, wrong in found.items()}
    assert found == problems
    assert import_into(first.pk, tables, plan.fingerprint, by=cast.roos)[1] is False
    assert (versions(), RuleOfThumb.objects.filter(title="Anders").exists()) == (now, False)


@pytest.mark.parametrize(
    ("sheets", "sentence"),
    [
        ([("Kaartjes", [["nummer"], [1]])], "Het tabblad “Kaartjes” kennen we niet."),
        ([("Vuistregels", [["nummer", "naam"], [1, "x"]])], "Tabblad Vuistregels: Deze koppen kennen we niet: naam."),
        (
            [("Vuistregels", [["nummer", "titel", "Titel"], [1, "x", "y"]])],
            "Tabblad Vuistregels: Deze kop staat er twee keer: titel.",
        ),
        ([("Vuistregels", [["titel"], ["x"]])], "Tabblad Vuistregels: Deze koppen missen: nummer."),
        ([("Vuistregels", [["nummer"], *([n] for n in range(1001))])], "Dit bestand heeft te veel rijen."),
    ],
)
def test_wrong_files_get_a_sentence(first, sheets, sentence):
    with pytest.raises(WrongFileError) as refused:
        Plan(first, book(*sheets))
    assert str(refused.value).startswith(sentence)


def test_templates_of_organisations_stay_out(cast, first):
    redactie = ConversationTemplate.objects.first()
    own = ConversationTemplate.objects.get(pk=redactie.pk)
    own.pk, own.organisation, own.based_on, own.title = None, cast.home, redactie, "Van ons"
    own.lineage, own._state.adding = uuid4(), True
    own.id = uuid4()
    own.save()
    own.steps.create(number=1, title="Van ons alleen", minutes=5)
    assert "Van ons" not in str([table.dict for table in tables_of(first)])
    assert brought_in(first, exported(first), cast.roos).to_write == []


def look(client, cast, edition: Edition, content: bytes, kind: str = "", name: str = "inhoud.xlsx"):
    client.force_login(cast.roos)
    upload = SimpleUploadedFile(name, content)
    return client.post(reverse("admin:content_edition_import", args=[edition.pk]), {"file": upload, "kind": kind})


RULE = ("Vuistregels", [["nummer", "titel"], [1, "Anders <script>alert(1)</script>"]])


@pytest.mark.ignore_template_errors
def test_from_the_page_to_the_database(client, cast, first):
    old = RuleOfThumb.objects.get(number=1).title
    shown = look(client, cast, first, book_bytes(RULE))
    html = shown.content.decode()
    assert RuleOfThumb.objects.get(number=1).title == old
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert re.findall(r"<script(?![^>]*(src=|application/json))|<style|\sstyle=|\son[a-z]+=", html) == []
    run = reverse("admin:content_edition_import_run", args=[first.pk])
    form = {"upload": shown.context["upload"]}
    assert client.post(run, {"upload": "anders"}).url == reverse("admin:content_edition_import", args=[first.pk])
    assert client.post(run, form).url == reverse("admin:content_edition_change", args=[first.pk])
    rule = RuleOfThumb.objects.get(number=1)
    assert (rule.title, rule.history.count(), rule.history.first().history_user) == (RULE[1][1][1], 2, cast.roos)
    again = client.post(run, form, follow=True)  # sent twice
    assert GONE in again.content.decode()
    assert rule.history.count() == 2


@pytest.mark.ignore_template_errors
def test_what_somebody_changed_meanwhile_is_shown_first(client, cast, first):
    shown = look(client, cast, first, book_bytes(RULE))
    rule = RuleOfThumb.objects.get(number=2)
    rule.title = "Net veranderd"
    rule.save()
    run = reverse("admin:content_edition_import_run", args=[first.pk])
    refused = client.post(run, {"upload": shown.context["upload"]})
    assert (CHANGED in refused.content.decode(), RuleOfThumb.objects.filter(title__startswith="Anders").count()) == (
        True,
        0,
    )
    client.post(run, {"upload": refused.context["upload"]})
    assert RuleOfThumb.objects.filter(title__startswith="Anders").count() == 1


@pytest.mark.ignore_template_errors
def test_an_upload_is_of_one_person_and_closed(client, client_of, cast, first):
    shown = look(client, cast, first, book_bytes(RULE))
    kept = Upload(name=shown.context["upload"]).read()
    assert (b"Anders" in kept.encode() if isinstance(kept, str) else b"Anders" in kept) is False
    other = client_of(cast.beheer)
    run = reverse("admin:content_edition_import_run", args=[first.pk])
    assert GONE in other.post(run, {"upload": shown.context["upload"]}, follow=True).content.decode()
    assert RuleOfThumb.objects.filter(title__startswith="Anders").count() == 0


@pytest.mark.ignore_template_errors
@pytest.mark.parametrize(
    ("content", "kind", "field", "sentence"),
    [
        (b"", "", "file", "Dit bestand is leeg."),
        (b"PK\x03\x04kapot", "", "file", spreadsheets.NOT_A_SHEET),
        (b"%PDF-1.7 \x00", "", "file", spreadsheets.NOT_A_SHEET),
        (b"x" * (spreadsheets.MOST_BYTES + 1), "", "file", spreadsheets.TOO_LARGE),
        (b"nummer;titel\n1;x", "", "kind", "Kies wat er in dit bestand staat: dat staat er zelf niet in."),
        (b"nummer;soep\n1;x", "Vuistregels", "file", "Tabblad Vuistregels: Deze koppen kennen we niet: soep."),
        (book_bytes(RULE, ("Lied", [["titel"], ["x"]])), "Lied", "kind", "Dit bestand heeft meer tabbladen."),
    ],
)
def test_a_file_that_cannot_be_read(client, cast, first, content, kind, field, sentence):
    form = look(client, cast, first, content, kind).context["form"]
    assert form.errors[field][0].startswith(sentence)


@pytest.mark.ignore_template_errors
def test_one_sort_as_csv_and_one_sheet_by_another_name(client, cast, first):
    for content in (b'nummer;titel\r\n1;"a;b"\r\n', book_bytes(("Blad1", [["nummer", "titel"], [1, "a;b"]]))):
        sheet = look(client, cast, first, content, "Vuistregels").context["sheets"][0]
        assert [(line.number, line.changes[0].new) for line, _ in sheet["changed"]] == [(2, "a;b")]


@pytest.mark.ignore_template_errors
def test_an_archived_edition_takes_no_file(client, cast, first):
    Edition.objects.update(state="archived")
    refused = look(client, cast, first, book_bytes(RULE))
    assert refused.url == reverse("admin:content_edition_change", args=[first.pk])
    with pytest.raises(WrongFileError):
        import_into(first.pk, book(RULE), "", by=cast.roos)


def test_only_the_redactie_imports(cast, first):
    for person in (cast.noor, cast.ilse, cast.aart):
        with pytest.raises(PermissionDenied):
            import_into(first.pk, book(RULE), "", by=person)


@pytest.mark.ignore_template_errors
def test_exports(client, cast, first):
    client.force_login(cast.roos)
    page = reverse("admin:content_edition_export", args=[first.pk])
    assert client.get(page).status_code == 200
    html = client.get(reverse("admin:content_edition_change", args=[first.pk])).content.decode()
    assert [html.count(words) for words in ("Exporteer deze uitgave", "Importeer in deze uitgave")] == [1, 1]
    whole = client.get(page, {"vorm": "xlsx"})
    assert whole["Content-Disposition"] == 'attachment; filename="versie-1.xlsx"'
    assert openpyxl.load_workbook(io.BytesIO(whole.content)).sheetnames == [kind.title for kind in SHEETS]
    one = client.get(page, {"vorm": "csv", "soort": "vuistregels"})
    assert one.content.decode("utf-8-sig").splitlines()[0] == f"nummer;titel;uitleg;vragen bij de opdracht;{LINEAGE}"
    assert [
        client.get(page, query).status_code
        for query in ({"vorm": "ods"}, {"vorm": "csv"}, {"vorm": "xlsx", "soort": "x"})
    ] == [404] * 3
    RuleOfThumb.objects.filter(number=1).update(prompts="x" * 40_000)
    assert client.get(page, {"vorm": "xlsx"}).status_code == 302
    assert client.get(page, {"vorm": "csv", "soort": "vuistregels"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_bring_a_file_in_at_once(cast, edition):
    first = Edition.objects.get()
    files = [book(("Vuistregels", [["nummer", "titel"], [1, f"Titel van {name}"]])) for name in ("roos", "beheer")]
    seen = [Plan(first, tables).fingerprint for tables in files]
    done = at_once(
        lambda: import_into(first.pk, files[0], seen[0], by=cast.roos),
        lambda: import_into(first.pk, files[1], seen[1], by=cast.beheer),
    )
    assert sorted(written for _, written in done) == [False, True]
    winner = [name for name, (_, written) in zip(("roos", "beheer"), done, strict=True) if written]
    rule = RuleOfThumb.objects.get(number=1)
    assert rule.title == f"Titel van {winner[0]}"
    assert rule.history.count() == 2


def test_a_correction_of_what_is_on_show(client, cast, first, plan, django_capture_on_commit_callbacks):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    steps = list(session.steps.values_list("number", "title", "minutes"))
    printed = client.get(reverse("cards_pdf"))
    step = session.template.steps.first()
    tables = book(
        ("Vragenkaarten", [["nummer", "titel"], [1, "Verbazingwekkende titel"]]),
        ("Sjabloonstappen", [["sjabloon", "nummer", "titel"], [session.template.slug, step.number, "Heel anders"]]),
    )
    with django_capture_on_commit_callbacks(execute=True):
        brought_in(first, tables, cast.roos)
    step.refresh_from_db()
    session.refresh_from_db()
    assert step.title == "Heel anders"
    assert list(session.steps.values_list("number", "title", "minutes")) == steps
    assert "Verbazingwekkende" in client.get("/zoeken/", {"q": "verbazingwekkende"}).content.decode()
    again = client.get(reverse("cards_pdf"), headers={"If-None-Match": printed.headers["ETag"]})
    assert (again.status_code, again.content == printed.content) == (200, False)
