"""Reading what people upload from Excel, and writing what opens rightly there. Import and export build on these.

import-export's own formats read a file whole before anything can be counted, take one encoding and one delimiter, and
escape formulas that begin with "=" alone.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from xml.etree.ElementTree import ParseError

import openpyxl
import tablib
from import_export.formats.base_formats import CSV, XLSX
from openpyxl.utils.exceptions import InvalidFileException

MOST_BYTES = 5 * 1024 * 1024
MOST_UNZIPPED = 40 * 1024 * 1024
MOST_MARKS = 1_000_000  # "<" and "=" in the XML of a workbook: some 10,000 rows of 14 cells, and seconds to read
MOST_TEXT = 10_000_000  # characters in all cells: a text that is written once can be referred to by every cell
LONGEST_CELL = 1_000  # what is longer is cut off
MOST_ROWS = 10_000
MOST_COLUMNS = 50
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
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
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
    if len(content) > MOST_BYTES:
        raise UnreadableError(TOO_LARGE)
    rows = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    try:
        return _dataset(rows)
    except _BROKEN as error:
        raise UnreadableError(NOT_A_SHEET) from error


def _dataset(rows: Iterator[tuple[object, ...]]) -> tablib.Dataset:
    first = islice(rows, MOST_ROWS * 2 + 2)
    headers: list[str] = []
    table = tablib.Dataset()
    length = 0
    for number, row in enumerate(first, start=1):
        cells = ["" if cell is None else str(cell)[:LONGEST_CELL].strip() for cell in row[:MOST_COLUMNS]]
        length += sum(map(len, cells))
        if length > MOST_TEXT:
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
    if not headers or not len(table):
        raise UnreadableError("In dit bestand staan geen rijen. Gebruik het sjabloon en vul het in.")
    return table


def _xlsx(content: bytes) -> Iterator[tuple[object, ...]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # What is written here bounds what is unpacked: zipfile stops at the size that a member says it has.
            if sum(member.file_size for member in archive.infolist()) > MOST_UNZIPPED:
                raise UnreadableError(UNPACKS_TOO_LARGE)
            # A few kB of zip can hold millions of empty elements: minutes for the parser, and a GB of memory.
            if sum(_marks(archive, member) for member in archive.infolist()) > MOST_MARKS:
                raise UnreadableError(UNPACKS_TOO_LARGE)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
    except _BROKEN as error:
        raise UnreadableError(NOT_A_SHEET) from error
    rows: Iterator[tuple[object, ...]] = sheet.iter_rows(
        max_row=MOST_ROWS * 2 + 3, max_col=MOST_COLUMNS, values_only=True
    )
    return rows


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
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_csv(table: tablib.Dataset) -> bytes:
    """Return ``table`` as Dutch Excel opens it by a double click: UTF-8 that says so, split by semicolons."""
    return codecs.BOM_UTF8 + str(CSV().export_data(_escaped(table), delimiter=";")).encode()


def as_xlsx(table: tablib.Dataset) -> bytes:
    """Return ``table`` as an XLSX file."""
    return bytes(XLSX().export_data(_escaped(table)))


def _escaped(table: tablib.Dataset) -> tablib.Dataset:
    rows: Iterable[Iterable[object]] = table
    return tablib.Dataset(
        *([plain(cell) if isinstance(cell, str) else cell for cell in row] for row in rows),
        headers=table.headers,
        title=table.title,
    )
