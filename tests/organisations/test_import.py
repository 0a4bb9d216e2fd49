"""People from a spreadsheet: previewed, named by row when wrong, invited once, in a number of queries that stays."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from uuid import uuid4

import openpyxl
import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lerend import spreadsheets
from lerend.crypto import decrypt
from lerend.mail import outbox
from lerend.mail.models import Message
from organisations import resources
from organisations.models import Action, AuditEntry, Invitation, Membership, Role, Team, TeamMembership, User
from organisations.queries import Reach
from organisations.resources import MemberResource
from organisations.views.importing import Upload

HEADERS = "naam;mailadres;rol;team"
GOOD = "Mila Visser;mila@elders.test;professional;Team Noord"


def sheet(*rows: tuple[object, ...]) -> bytes:
    """An XLSX file with ``rows`` under the headings."""
    book = openpyxl.Workbook()
    for row in (("Naam", "Mailadres", "Rol", "Team"), *rows):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def lines(*rows: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join((HEADERS, *rows)).encode(encoding)


@pytest.fixture
def desk(cast, client_of):
    """Upload a file as noor: ``desk(content)`` gives the page that comes."""
    noor = client_of(cast.noor)

    def upload(content: bytes, name: str = "mensen.csv"):
        return noor.post(reverse("member_import", args=[cast.home.id]), {"file": SimpleUploadedFile(name, content)})

    upload.client = noor
    upload.run = lambda page, **more: noor.post(
        reverse("member_import_run", args=[cast.home.id]), {"batch": str(page.context["batch"]), **more}, follow=True
    )
    return upload


def error(page) -> str:
    return " ".join(page.context["form"].errors.get("file", []))


@pytest.mark.parametrize(
    "content",
    [
        lines("Zoë Smit;zoe@elders.test;Professional;team noord"),
        lines("Zoë Smit;zoe@elders.test;Professional;team noord", encoding="cp1252"),
        lines("Zoë Smit;zoe@elders.test;Professional;team noord", encoding="utf-8-sig"),
        lines("Zoë Smit;zoe@elders.test;Professional;team noord", encoding="utf-16"),
        lines("Zoë Smit;zoe@elders.test;Professional;team noord").replace(b";", b","),
        lines("Zoë Smit;zoe@elders.test;Professional;team noord").replace(b";", b"\t"),
        lines("", ";;;", "  Zoë   Smit ;ZOE@elders.test;;Team  Noord", ""),
        sheet(("Zoë Smit", "zoe@elders.test", "professional", "Team Noord")),
        sheet((None, None, None, None), ("Zoë Smit", "Zoe@elders.test ", None, "Team Noord")),
    ],
    ids=["utf-8", "windows-1252", "bom", "utf-16", "commas", "tabs", "untidy", "xlsx", "untidy xlsx"],
)
def test_files_as_excel_makes_them(cast, desk, content):
    page = desk(content)
    desk.run(page)
    made = Invitation.objects.get()
    assert (made.name, made.email, made.team, made.team_role, made.role) == (
        "Zoë Smit",
        "zoe@elders.test",
        cast.north,
        Role.PROFESSIONAL,
        "",
    )


def test_the_preview_names_each_wrong_row_and_writes_nothing(cast, desk):
    page = desk(
        lines(
            GOOD,
            ";leeg@elders.test;professional;Team Noord",
            "Piet;piet@;professional;Team Noord",
            "Kees;kees@elders.test;directeur;Team Noord",
            "Ans;ans@elders.test;professional;Team Verderop",
            "Bo;MILA@elders.test;professional;Team Noord",
            "Ed;ed@elders.test;bestuurder;Team Noord",
            "=SOM(A1);som@elders.test;professional;",
        )
    )
    roles = "bestuurder, planner, leidinggevende, professional"
    assert [(row.number, row.name, row.reasons) for row in page.context["wrong"]] == [
        (3, "leeg@elders.test", {"naam": "Vul een naam in."}),
        (4, "Piet", {"mailadres": "“piet@” is geen mailadres. Schrijf het als naam@organisatie.nl."}),
        (5, "Kees", {"rol": f"“directeur” is geen rol. Kies uit: {roles}."}),
        (6, "Ans", {"team": "“Team Verderop” is geen team waarvoor je uitnodigt. Er zijn: Team Noord."}),
        (
            7,
            "Bo",
            {"mailadres": "Dit adres staat ook in rij 2. Laat één rij staan; een tweede team kies je later."},
        ),
        (8, "Ed", {"team": "Een bestuurder krijgt hier geen team. Maak deze cel leeg."}),
        (
            9,
            "=SOM(A1)",
            {
                "naam": "“=SOM(A1)” is geen naam.",
                "team": "Vul een team in. Alleen een bestuurder of planner heeft er geen nodig.",
            },
        ),
    ]
    assert (page.context["new"], Invitation.objects.count(), Message.objects.count()) == (1, 0, 0)


def test_nothing_is_written_unless_all_is_right_or_wrong_rows_are_skipped(cast, desk):
    page = desk(lines(GOOD, "Piet;piet@;;Team Noord"))
    desk.run(page)
    assert Invitation.objects.count() == 0
    done = desk.run(desk(lines(GOOD, "Piet;piet@;;Team Noord")), overslaan="ja")
    assert list(Invitation.objects.values_list("email")) == [("mila@elders.test",)]
    assert done.redirect_chain[-1][0] == reverse(
        "member_import_progress", args=[cast.home.id, Invitation.objects.get().batch]
    )


def test_the_same_form_twice_and_the_same_file_twice_change_nothing(cast, desk):
    page = desk(lines(GOOD))
    desk.run(page)
    desk.run(page)
    before = list(Invitation.objects.values())
    second = desk(lines(GOOD))
    assert (second.context["new"], second.context["known"], second.context["wrong"]) == (0, 1, [])
    desk.run(second)
    assert (list(Invitation.objects.values()), Message.objects.count()) == (before, 1)
    assert list(AuditEntry.objects.values_list("action", "detail")) == [(Action.IMPORTED, "1 collega")]


def test_who_accepted_is_not_invited_again(cast, desk):
    from organisations.domain import invitations

    desk.run(desk(lines(GOOD)))
    invitations.accept(invitations.token_of(Invitation.objects.get()), name="Mila", by=None)
    again = desk(lines(GOOD))
    assert (again.context["new"], again.context["known"]) == (0, 1)


def test_invitations_that_ran_out_are_told_of(cast, desk):
    desk.run(desk(lines(GOOD)))
    Invitation.objects.update(sent_at=timezone.now() - timedelta(days=15))
    page = desk(lines(GOOD))
    assert (page.context["known"], page.context["expired"]) == (1, 1)


def test_an_import_tells_nothing_about_accounts(cast, desk):
    """The address of a colleague or of a stranger's account is a new one, like any other."""
    page = desk(lines(*(f"Iemand;{user.email};;Team Noord" for user in (cast.lina, cast.tess)), GOOD))
    assert (page.context["new"], page.context["known"], page.context["wrong"]) == (3, 0, [])


def test_each_gets_one_mail_in_the_background_with_progress(cast, desk, mailoutbox):
    page = desk(lines(*(f"Mens {number};mens{number}@elders.test;;Team Noord" for number in range(30))))
    done = desk.run(page)
    assert (done.context["progress"].sent, done.context["progress"].total) == (0, 30)
    Message.objects.filter(address="mens7@elders.test").update(state="failed")
    outbox.deliver()
    progress = desk.client.get(done.redirect_chain[-1][0]).context["progress"]
    assert (progress.sent, progress.failed, progress.done, len(mailoutbox)) == (29, 1, True, 29)
    assert len({mail.to[0] for mail in mailoutbox}) == 29


def test_the_number_of_queries_does_not_grow(cast):
    def queries(rows: int) -> int:
        table = spreadsheets.read(lines(*(f"M {n};{uuid4().hex}@elders.test;;Team Noord" for n in range(rows))))
        with CaptureQueriesContext(connection) as asked:
            resource = MemberResource(Reach(cast.noor, cast.home), batch=uuid4())
            assert (resources.run(resource, table), len(resource.made)) == ("", rows)
        return len(asked)

    few, many = queries(1), queries(1_000)
    assert few == many
    assert few <= 20


def test_a_leidinggevende_imports_for_own_teams_alone(cast, client_of):
    Team.objects.create(organisation=cast.home, name="Team Zuid")
    file = SimpleUploadedFile("m.csv", lines(GOOD, "A;a@elders.test;;Team Zuid", "B;b@elders.test;bestuurder;"))
    page = client_of(cast.sem).post(reverse("member_import", args=[cast.home.id]), {"file": file})
    assert [(row.name, list(row.reasons)) for row in page.context["wrong"]] == [("A", ["team"]), ("B", ["rol"])]
    assert page.context["new"] == 1


def bomb() -> bytes:
    """A workbook of a few hundred kB that unpacks to more than anybody's list."""
    stream = io.BytesIO(sheet())
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"0" * (60 * 1024 * 1024))
    return stream.getvalue()


def of_word() -> bytes:
    """A document of Word, which is a zip as well."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("word/document.xml", "<document/>")
    return stream.getvalue()


def with_sheet(xml: str) -> bytes:
    """A workbook whose first sheet is ``xml``."""
    source, made = zipfile.ZipFile(io.BytesIO(sheet())), io.BytesIO()
    with source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, xml if name == "xl/worksheets/sheet1.xml" else source.read(name))
    return made.getvalue()


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = (
    f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">{ENTITIES}]>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>&e9;</t></is></c></row></sheetData></worksheet>'
)
FAR = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>naam</t></is></c></row>'
    '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "leeg"),
        (lines(), "staan geen rijen"),
        (b"PK\x03\x04 maar geen zip", "kunnen we niet lezen"),
        (of_word(), "kunnen we niet lezen"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "kunnen we niet lezen"),
        (b"%PDF-1.7\n" + bytes(range(256)), "kunnen we niet lezen"),
        (lines(*["A;a@b.nl;;T"] * 10_001), "te veel rijen"),
        (lines(*[";;;"] * 30_000, GOOD), "te veel rijen"),
        (b"x" * (5 * 1024 * 1024 + 1), "te groot"),
        (b"voornaam;adres\nA;b", "missen deze koppen: naam, mailadres, rol, team"),
    ],
    ids=["empty", "no rows", "no zip", "word", "png", "pdf", "a row too many", "blank rows", "6 MB", "other headings"],
)
def test_a_wrong_file_gets_a_sentence(desk, content, says):
    page = desk(content)
    assert (page.status_code, says in error(page)) == (200, True), error(page)


@pytest.mark.parametrize("make", [bomb, lambda: with_sheet(LAUGHS), lambda: with_sheet(FAR), lambda: with_sheet("<x")])
def test_a_hostile_workbook_gets_a_sentence(desk, make):
    assert error(desk(make(), "mensen.xlsx")) != ""


def test_a_million_rows_get_a_sentence(desk):
    row = b"\r\nA;a@b.nl;;T"
    assert "te groot" in error(desk(HEADERS.encode() + row * 1_000_000))


def test_a_preview_is_kept_closed_and_for_whoever_made_it(cast, desk, client_of):
    from django.core.cache import cache

    page = desk(lines(GOOD))
    client = cache._cache.get_client()
    kept = [client.get(key) for key in client.keys("*import-export*")]
    assert (len(kept), any(b"mila" in value for value in kept)) == (1, False)
    other = cast.member("Nog een")
    Membership.objects.filter(user=other).update(role=Role.BESTUURDER)
    client_of(other).post(reverse("member_import_run", args=[cast.home.id]), {"batch": str(page.context["batch"])})
    assert Invitation.objects.count() == 0
    cache.clear()
    assert "verlopen" in desk.run(page).content.decode()


def test_the_list_opens_rightly_in_excel(cast, desk):
    User.objects.filter(id=cast.lina.id).update(name="=cmd|' /C calc'!A0", name_sorted="a")
    User.objects.filter(id=cast.joost.id).update(name="Jóost Yıldız", name_sorted="b")
    TeamMembership.objects.filter(membership__user=cast.sem).update(role=Role.LEIDINGGEVENDE)
    content = desk.client.post(reverse("member_export", args=[cast.home.id, "csv"])).content
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["naam", "uitgenodigd op", "rol in de organisatie", "teams", "lid sinds"]
    assert [row[0] for row in rows[1:]] == [
        "'=cmd|' /C calc'!A0",
        "Jóost Yıldız",
        "Noor Aydin",
        "Pim Hendriks",
        "Sem de Wit",
    ]
    assert rows[5][3] == "Team Noord (leidinggevende)"
    book = openpyxl.load_workbook(
        io.BytesIO(desk.client.post(reverse("member_export", args=[cast.home.id, "xlsx"])).content)
    )
    cell = book.active["A2"]
    assert (cell.value, cell.data_type) == ("'=cmd|' /C calc'!A0", "s")
    assert cast.lina.email not in content.decode()
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {Action.EXPORTED}


def test_the_template_imports_when_filled_in(cast, desk):
    content = desk.client.get(reverse("member_import_template", args=[cast.home.id, "xlsx"])).content
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.active.append(["Mila Visser", "mila@elders.test", "", "Team Noord"])
    stream = io.BytesIO()
    book.save(stream)
    assert desk(stream.getvalue()).context["new"] == 1
    assert desk.client.get(reverse("member_import_template", args=[cast.home.id, "exe"])).status_code == 404


def test_exports_escape_whatever_excel_would_calculate():
    table = tablib.Dataset(["=1+1", "+31 6", "-2", "@x", "\tx", "gewoon", 3], headers=list("abcdefg"))
    assert spreadsheets.as_csv(table).decode("utf-8-sig").splitlines()[1] == "'=1+1;'+31 6;'-2;'@x;'\tx;gewoon;3"


NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.mark.parametrize(
    "xml",
    [
        f"<worksheet {NS}>{'<a/>' * 2_000_000}<sheetData/></worksheet>",
        f"<worksheet {NS}><sheetData>{'<row/>' * 2_000_000}</sheetData></worksheet>",
        f"<worksheet {NS}><sheetData><row>{'<c/>' * 2_000_000}</row></sheetData></worksheet>",
    ],
    ids=["elements before the rows", "empty rows", "empty cells"],
)
def test_millions_of_empty_elements_in_a_few_kb_are_not_parsed(desk, monkeypatch, xml):
    monkeypatch.setattr("openpyxl.load_workbook", lambda *args, **kwargs: pytest.fail("parsed"))
    content = with_sheet(xml)
    assert (len(content) < 50_000, error(desk(content, "mensen.xlsx"))) == (True, spreadsheets.UNPACKS_TOO_LARGE)


def test_a_long_text_that_every_cell_refers_to_is_not_copied_a_thousand_times(desk):
    cell = f'<c t="inlineStr"><is><t>{"x" * 600}</t></is></c>'
    content = with_sheet(f"<worksheet {NS}><sheetData>{f'<row>{cell * 50}</row>' * 400}</sheetData></worksheet>")
    assert error(desk(content, "mensen.xlsx")) == spreadsheets.TOO_LARGE


def test_a_list_of_ten_thousand_with_more_columns_can_be_read():
    more = ["Wijkstraat 12", "1234 AB", "Voorbeeldstad", "0612345678", "2021-03-01"]
    table = spreadsheets.read(sheet(*([f"M {n}", f"m{n}@elders.test", "", "Team Noord", *more] for n in range(10_000))))
    assert len(table) == 10_000


def test_only_what_an_import_uses_is_kept_and_only_the_last_upload(cast, desk):
    seen = []
    for name in ("Mila", "Bas"):
        page = desk(f"naam;mailadres;rol;team;bsn\n{name};mila@elders.test;;Team Noord;123456782".encode())
        kept = Upload(name=desk.client.session[f"member_import:{cast.home.id}"])
        seen.append((kept, json.loads(decrypt(kept.read()))))
    table = [["naam", "mailadres", "rol", "team", "rij"], ["Bas", "mila@elders.test", "", "Team Noord", 2]]
    assert (seen[0][0].read(), seen[1][1]) == (None, table)
    assert desk.run(page).context["progress"].total == 1


def test_an_address_that_is_too_long_is_named_by_row(desk):
    address = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.test"
    page = desk(lines(f"Mila;{address};;Team Noord"))
    (wrong,) = page.context["wrong"]
    assert (wrong.number, wrong.reasons) == (2, {"mailadres": "Dit mailadres is te lang: hooguit 254 tekens."})


def test_a_name_with_what_is_unseen_in_it_is_imported_without(desk):
    page = desk(lines("Mi\x01la \u202eVisser;mila@elders.test;;Team Noord"))
    assert [one.name for one in page.context["first"]] == ["Mila Visser"]
