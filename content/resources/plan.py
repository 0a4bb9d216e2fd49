"""What a file would change in an edition, and doing that: all of it, in one transaction, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

import tablib
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from content.models import Edition, EditionState
from content.resources.kinds import SHEETS
from content.resources.sheets import ContentResource, Line
from organisations.models import User

MOST_LINES = 1_000  # of all sheets together: an edition has some 170
REASON = "Import uit bestand"
ARCHIVED = "Een uitgave uit het archief verandert niet meer. Kies een concept, of de uitgave die op de site staat."


class WrongFileError(Exception):
    """The file as a whole cannot be imported; ``str()`` is a Dutch sentence for whoever chose it."""


class Plan:
    """What ``tables`` would change in ``edition``; making one writes nothing.

    Raises WrongFileError for a sheet or a column that is not known, or too many lines.
    """

    def __init__(self, edition: Edition, tables: Iterable[tablib.Dataset], *, lock: bool = False) -> None:
        self.edition = edition
        given = _by_sheet(tables)
        self.sheets = list(_sheets(edition).values())
        for sheet in self.sheets:
            sheet.load(lock=lock)
        # What the preview showed: what somebody changed since makes another one.
        self.fingerprint = sha256(
            json.dumps(
                [
                    [sheet.title, sorted((str(pk), *map(str, cells.values())) for pk, cells in sheet.before.items())]
                    for sheet in self.sheets
                    if sheet.title in given
                ]
            ).encode()
        ).hexdigest()
        self.read = [sheet for sheet in self.sheets if sheet.title in given]
        for sheet in self.read:
            _read(sheet, given[sheet.title])
        for sheet in self.read:
            sheet.check_once()

    @property
    def wrong(self) -> bool:
        """Return whether a line is wrong: then nothing may be written."""
        return any(line.problems for sheet in self.read for line in sheet.lines)

    @property
    def to_write(self) -> list[tuple[ContentResource, Line]]:
        """Return the lines that change something, in the order in which they can be written."""
        return [(sheet, line) for sheet in self.read for line in sheet.lines if line.new or line.changes]

    def write(self, by: User) -> int:
        """Write what the file changes, each row with its history; return how many rows that were."""
        changed = self.to_write
        for place, (sheet, line) in enumerate(changed):
            aside = sheet.aside(place)
            if not line.new and aside:
                # Without a history of its own: it is gone before anybody can see it.
                sheet.model._default_manager.filter(pk=line.instance.pk).update(**aside)
        for _, line in changed:
            line.instance._history_user = by  # type: ignore[attr-defined]
            line.instance._change_reason = REASON  # type: ignore[attr-defined]
            line.instance.save(force_insert=line.new)
        return len(changed)


def _by_sheet(tables: Iterable[tablib.Dataset]) -> dict[str, tablib.Dataset]:
    known = {kind.title.casefold(): kind.title for kind in SHEETS}
    given: dict[str, tablib.Dataset] = {}
    for table in tables:
        title = known.get((table.title or "").strip().casefold())
        if not title:
            raise WrongFileError(
                f"Het tabblad “{table.title}” kennen we niet. Deze kunnen: {', '.join(known.values())}."
            )
        given[title] = table
    if sum(map(len, given.values())) > MOST_LINES:
        raise WrongFileError(f"Dit bestand heeft te veel rijen. Kies hooguit {MOST_LINES} rijen per keer.")
    return given


def _read(sheet: ContentResource, table: tablib.Dataset) -> None:
    if wrong := sheet.wrong_headers(table.headers):
        raise WrongFileError(f"Tabblad {sheet.title}: {wrong}")
    # Not as a rehearsal of import-export's, which would make a savepoint a line: the sheet writes nothing.
    result = sheet.import_data(sheet.in_order(table), use_transactions=False)
    for failed in (*result.base_errors, *(error for row in result.error_rows for error in row.errors)):
        raise failed.error


def tables_of(edition: Edition, titles: Iterable[str] = ()) -> list[tablib.Dataset]:
    """Return ``edition`` as sheets, one for each sort of content, or only those with ``titles``."""
    sheets = _sheets(edition)
    return [sheet.table() for sheet in sheets.values() if not titles or sheet.title in titles]


def _sheets(edition: Edition) -> dict[type, ContentResource]:
    sheets: dict[type, ContentResource] = {}
    for kind in SHEETS:
        sheet = kind(edition, sheets)
        sheets[sheet.model] = sheet
    return sheets


def may_import(user: User) -> bool:
    """Return whether ``user`` may change every sort of content."""
    return _may(user, "add", "change")


def may_export(user: User) -> bool:
    """Return whether ``user`` may see every sort of content in the admin."""
    return _may(user, "view")


def _may(user: User, *actions: str) -> bool:
    models = [kind._meta.model._meta.model_name for kind in SHEETS]
    wanted = [f"content.{action}_{model}" for action in actions for model in models]
    return user.is_staff and user.has_perms([one for one in wanted if one != "content.add_edition"])


def import_into(edition_id: UUID, tables: list[tablib.Dataset], fingerprint: str, *, by: User) -> tuple[Plan, bool]:
    """Write what ``tables`` change in an edition; return what was planned, and whether it stands there now.

    It does not where a line is wrong, or where somebody changed since a preview with ``fingerprint`` what the file is
    about. Raises PermissionDenied, Edition.DoesNotExist, and WrongFileError as Plan does or for an archived edition.
    """
    if not may_import(by):
        raise PermissionDenied("Alleen de redactie leest inhoud in.")
    try:
        with transaction.atomic():
            edition = Edition.objects.select_for_update().get(pk=edition_id)
            if edition.state == EditionState.ARCHIVED:
                raise WrongFileError(ARCHIVED)
            plan = Plan(edition, tables, lock=True)
            if plan.wrong or (plan.to_write and plan.fingerprint != fingerprint):
                return plan, False
            plan.write(by)
            return plan, True
    except IntegrityError:  # somebody made a row with the same number at this very moment
        return Plan(Edition.objects.get(pk=edition_id), tables), False
