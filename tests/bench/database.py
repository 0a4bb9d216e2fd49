"""A database of the bench's own, made for one run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.db import connection
from django.test.utils import setup_databases, teardown_databases


@contextmanager
def own_database() -> Iterator[None]:
    """Start Django on an empty, migrated database that is gone afterwards."""
    django.setup()
    connection.settings_dict["TEST"]["NAME"] = f"bench_{os.getpid()}"
    old = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        yield
    finally:
        teardown_databases(old, verbosity=0)
