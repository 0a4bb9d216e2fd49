"""All content to and from a spreadsheet: a sheet for each sort, a workbook for a whole edition."""

from content.resources.kinds import SHEETS
from content.resources.plan import (
    ARCHIVED,
    MOST_LINES,
    REASON,
    Plan,
    WrongFileError,
    import_into,
    may_export,
    may_import,
    tables_of,
)
from content.resources.sheets import LINEAGE

__all__ = [
    "ARCHIVED",
    "LINEAGE",
    "MOST_LINES",
    "REASON",
    "SHEETS",
    "Plan",
    "WrongFileError",
    "import_into",
    "may_export",
    "may_import",
    "tables_of",
]
