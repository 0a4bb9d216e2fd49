"""The starter edition, loaded once for a whole run: making it anew takes most of the time of a test that needs it."""

from __future__ import annotations

from django.apps import apps
from django.db import connection, transaction

from content.starter import load_starter

_COLUMNS = """
    SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns
    WHERE table_name = %s AND is_generated = 'NEVER'
"""
_kept: list[tuple[str, bytes]] = []


def keep() -> None:
    """Load the starter edition, remember its rows, and take it out again."""
    with transaction.atomic(), connection.cursor() as cursor:
        load_starter()
        for model in apps.get_app_config("content").get_models(include_auto_created=True):
            table = model._meta.db_table
            cursor.execute(_COLUMNS, [table])
            what = f"{table} ({cursor.fetchone()[0]})"
            with cursor.copy(f"COPY {what} TO STDOUT") as rows:
                content = b"".join(rows)
            if content:
                _kept.append((what, content))
        transaction.set_rollback(True)


def restore() -> None:
    """Put the rows of the starter edition where ``load_starter`` would."""
    with connection.cursor() as cursor:
        for what, content in _kept:
            with cursor.copy(f"COPY {what} FROM STDIN") as rows:
                rows.write(content)
