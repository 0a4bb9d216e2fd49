"""An edition to a workbook and back: lossless, previewed, wrong lines named, all or nothing."""

from __future__ import annotations

import io
import time

import openpyxl
import pytest
import tablib
from django.db import connection
from django.test.utils import CaptureQueriesContext

from content.forms import LONGEST_CELL
from content.models import Edition
from content.resources import SHEETS, Plan, import_into, tables_of
from lerend import spreadsheets

pytestmark = pytest.mark.django_db
MODELS = [kind._meta.model for kind in SHEETS]


def book(*sheets: tuple[str, list[list[object]]]) -> list[tablib.Dataset]:
    """What a workbook typed by hand reads as: sheets of rows, the first their headers."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    made.save(written)
    return spreadsheets.read_book(written.getvalue(), LONGEST_CELL + 1)


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
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        plan = brought_in(first, exported(first), cast.roos)
    assert (plan.to_write, versions()) == ([], before)
    for table in tables_of(first):
        again = spreadsheets.read_book(spreadsheets.as_csv(table), LONGEST_CELL + 1)
        again[0].title = table.title
        assert brought_in(first, again, cast.roos).to_write == []
    assert versions() == before


def test_an_empty_edition_becomes_the_same(cast, first):
    other = Edition.objects.create(name="Versie 2", title="x")
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        brought_in(other, exported(first), cast.roos)
    one, two = tables_of(first), tables_of(other)
    one[0] = two[0] = None  # its name and lineage are its own
    assert [table and table.dict for table in two] == [table and table.dict for table in one]
    assert Edition.objects.get(pk=other.pk).intro == first.intro
