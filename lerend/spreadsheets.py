"""Reading what people upload from Excel, and writing what opens rightly there. Import and export build on these.

import-export's own formats read a file whole before anything can be counted, take one encoding and one delimiter, and
escape formulas that begin with "=" alone.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import tablib
from import_export.formats.base_formats import CSV, XLSX
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

MOST_BYTES = 5 * 1024 * 1024
MOST_UNZIPPED = 40 * 1024 * 1024
MOST_MARKS = 1_000_000  # "<" and "=" in the XML of a workbook: some 10,000 rows of 14 cells, and seconds to read
MOST_TEXT = 10_000_000  # characters in all cells: a text that is written once can be referred to by every cell
LONGEST_CELL = 1_000  # what is longer is cut off
MOST_ROWS = 10_000
MOST_COLUMNS = 50
MOST_SHEETS = 30
MOST_IN_A_CELL = 32_767  # characters: Excel holds no more
NUMBER = "rij"  # the column that holds the number of a row as Excel counts it
# What zipfile, the XML parser, openpyxl and csv raise for a file that is broken, or only looks like one.
_BROKEN = (
    csv.Error,
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    InvalidFileException,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
# Also what begins so after an apostrophe or more: then ``as_typed`` knows which one was added.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
TOO_LARGE = f"Dit bestand is te groot. Het mag hooguit {MOST_BYTES // 1024 // 1024} MB zijn."
TOO_MANY = f"Dit bestand heeft te veel rijen. Kies hooguit {MOST_ROWS} rijen per keer."
UNPACKS_TOO_LARGE = "Dit bestand is uitgepakt veel te groot. Bewaar alleen de lijst, zonder plaatjes."
NOT_A_SHEET = "Dit bestand kunnen we niet lezen. Bewaar het in Excel als .xlsx of als .csv, en kies het dan opnieuw."


class UnreadableError(Exception):
    """The file cannot be read; ``str()`` is a Dutch sentence for whoever chose it."""


def read(content: bytes) -> tablib.Dataset:
    """Return the first sheet of an XLSX file, or a CSV file, as text: stripped, without empty rows, with small headers.

    CSV may be UTF-8, UTF-16 or Windows-1252, split by semicolons, commas or tabs. The last column, ``NUMBER``, is the
    row's number in the file. Raises UnreadableError for what is too large or no sheet at all.
    """
    return _tables(content, LONGEST_CELL, most=1)[0]


def read_book(content: bytes, longest: int = LONGEST_CELL) -> list[tablib.Dataset]:
    """Return each sheet of an XLSX file that holds rows, its name as ``title``; a CSV file is one without a name.

    As ``read``, within the same bounds for all sheets together; cells are cut off after ``longest`` characters.
    """
    return _tables(content, longest)


def _tables(content: bytes, longest: int, most: int = MOST_SHEETS + 1) -> list[tablib.Dataset]:
    if len(content) > MOST_BYTES:
        raise UnreadableError(TOO_LARGE)
    sheets = _xlsx(content) if content.startswith(b"PK") else [("", _csv(content))]
    tables, room = [], MOST_TEXT
    try:
        for title, rows in sheets[:most]:
            table, length = _dataset(rows, longest, room)
            table.title, room = title, room - length
            if len(table):
                tables.append(table)
    except _BROKEN as error:
        raise UnreadableError(NOT_A_SHEET) from error
    if len(tables) > MOST_SHEETS:
        raise UnreadableError(f"Dit bestand heeft te veel tabbladen. Het mogen er hooguit {MOST_SHEETS} zijn.")
    if not tables:
        raise UnreadableError("In dit bestand staan geen rijen. Gebruik het sjabloon en vul het in.")
    return tables


def _dataset(rows: Iterator[tuple[object, ...]], longest: int, room: int) -> tuple[tablib.Dataset, int]:
    """Return the rows below the headers and how much text they hold; raises UnreadableError above ``room``."""
    first = islice(rows, MOST_ROWS * 2 + 2)
    headers: list[str] = []
    table = tablib.Dataset()
    length = 0
    for number, row in enumerate(first, start=1):
        cells = ["" if cell is None else str(cell)[:longest].strip() for cell in row[:MOST_COLUMNS]]
        length += sum(map(len, cells))
        if length > room:
            raise UnreadableError(TOO_LARGE)
        if not any(cells):
            continue
        if not headers:
            while not cells[-1]:
                cells.pop()
            headers = [cell.lower() for cell in cells]
            table.headers = [*headers, NUMBER]
            continue
        if len(table) == MOST_ROWS:
            raise UnreadableError(TOO_MANY)
        cells = (cells + [""] * len(headers))[: len(headers)]
        table.append([*cells, number])
    if next(rows, None) is not None:
        raise UnreadableError("Dit bestand heeft te veel rijen, waarvan veel lege. Haal de lege rijen eruit.")
    return table, length


def _xlsx(content: bytes) -> list[tuple[str, Iterator[tuple[object, ...]]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # What is written here bounds what is unpacked: zipfile stops at the size that a member says it has.
            if sum(member.file_size for member in archive.infolist()) > MOST_UNZIPPED:
                raise UnreadableError(UNPACKS_TOO_LARGE)
            # A few kB of zip can hold millions of empty elements: minutes for the parser, and a GB of memory.
            if sum(_marks(archive, member) for member in archive.infolist()) > MOST_MARKS:
                raise UnreadableError(UNPACKS_TOO_LARGE)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        return [
            (
                sheet.title,
                iter(sheet.iter_rows(max_row=MOST_ROWS * 2 + 3, max_col=MOST_COLUMNS, values_only=True)),
            )
            for sheet in book.worksheets
        ]
    except _BROKEN as error:
        raise UnreadableError(NOT_A_SHEET) from error


def _marks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Return how many elements and attributes ``member`` has about, counted without parsing it.

    Whatever it is called: the workbook says itself which of its members are sheets.
    """
    content = archive.read(member)
    return content.count(b"<") + content.count(b"=")


def _csv(content: bytes) -> Iterator[tuple[object, ...]]:
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise UnreadableError(NOT_A_SHEET)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=first.count)
    return (tuple(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter))


def plain(text: str) -> str:
    """Return ``text`` so that Excel shows it and does not calculate it."""
    return f"'{text}" if _FORMULA.match(text) else text


def as_typed(cell: str) -> str:
    """Return what ``plain`` made ``cell`` from."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def as_csv(table: tablib.Dataset) -> bytes:
    """Return ``table`` as Dutch Excel opens it by a double click: UTF-8 that says so, split by semicolons."""
    return codecs.BOM_UTF8 + str(CSV().export_data(_escaped(table), delimiter=";")).encode()


def as_xlsx(table: tablib.Dataset) -> bytes:
    """Return ``table`` as an XLSX file."""
    return bytes(XLSX().export_data(_escaped(table)))


def as_book(tables: Iterable[tablib.Dataset]) -> bytes:
    """Return ``tables`` as the sheets of one XLSX file: headers that stay, wide columns, wrapped text.

    Raises UnreadableError where a text is longer than a cell of Excel can hold: it would be cut off.
    """
    sheets = [_escaped(table) for table in tables]
    if any(len(str(cell)) > MOST_IN_A_CELL for table in sheets for row in table for cell in row):
        raise UnreadableError("Een tekst is te lang voor een cel van Excel. Kies .csv.")
    book = openpyxl.Workbook(write_only=True)
    for table in sheets:
        sheet = book.create_sheet(table.title)
        sheet.freeze_panes = "A2"
        for place, header in enumerate(table.headers):
            longest = max(map(len, map(str, (header, *table[header]))))
            sheet.column_dimensions[get_column_letter(place + 1)].width = min(longest + 2, 60)
        sheet.append([_styled(sheet, header, font=Font(bold=True)) for header in table.headers])
        for row in table:
            sheet.append([_styled(sheet, cell, alignment=Alignment(wrap_text=True, vertical="top")) for cell in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _styled(sheet: Any, value: object, **style: Any) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=value)
    for name, how in style.items():
        setattr(cell, name, how)
    return cell


def _escaped(table: tablib.Dataset) -> tablib.Dataset:
    rows: Iterable[Iterable[object]] = table
    return tablib.Dataset(
        *([plain(cell) if isinstance(cell, str) else cell for cell in row] for row in rows),
        headers=table.headers,
        title=table.title,
    )
