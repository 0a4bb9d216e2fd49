"""Keeping row contents out of logs."""

import logging
import re

# PostgreSQL repeats the refused row in DETAIL; psycopg puts that in the exception.
_ROW = re.compile(r"(?m)^(DETAIL|CONTEXT|HINT):.*(?:\n(?![A-Z][A-Za-z.]*(?:Error|Exception)\b|Traceback|  File ).+)*")


def without_rows(text: str) -> str:
    """Return ``text`` with each PostgreSQL DETAIL, CONTEXT and HINT line blanked."""
    return _ROW.sub(r"\1: (left out)", text)


class NoRowContents(logging.Filter):
    """Formats a record early and blanks what PostgreSQL quotes from rows, in message and traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; always let it through."""
        record.msg, record.args = without_rows(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = without_rows(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        elif record.exc_text:
            record.exc_text = without_rows(record.exc_text)
        return True
