"""What a mail costs us with few and with many rows of old mail: claiming, reading, making, writing what became of it.

Two databases, the one with 10,000 messages and the other with a million, take turns. No mail leaves.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from tests.bench.database import own_database
from tests.bench.mailing import invite, queue
from tests.bench.measure import Measure

AIM = 1.3
ROUNDS = 9
SESSIONS = 20
FEW, MANY = 10_000, 1_000_000

# Of old mail, most was sent in the past two years; a tenth waits for its day. What it is about is anything.
_FILL = """
    INSERT INTO mail_message (
        id, kind, key, recipient_id, address, about, about_part, sequence, send_after, expires_at, keep_until, state,
        attempts, claim, claimed_at, error, sent_at, created_at, payload
    )
    SELECT
        gen_random_uuid(), (ARRAY['invitation', 'changed', 'reminder', 'record_reminder'])[1 + n %% 4], 'old:' || n,
        people.ids[1 + n %% cardinality(people.ids)], '', md5((n / 10)::text)::uuid, NULL, n %% 3,
        CASE state WHEN 'queued' THEN now() + interval '1 hour' * (1 + n %% 2000) ELSE long_ago END,
        CASE state WHEN 'queued' THEN now() + interval '1 hour' * (2 + n %% 2000) END, NULL, state,
        CASE state WHEN 'queued' THEN 0 ELSE 1 END, NULL, NULL, '',
        CASE state WHEN 'sent' THEN long_ago END, long_ago, NULL
    FROM
        generate_series(%s, %s) n,
        (SELECT array_agg(id) ids FROM organisations_user) people,
        LATERAL (SELECT now() - interval '1 minute' * (n %% 1000000)) age(long_ago),
        LATERAL (SELECT CASE
            WHEN n %% 10 = 0 THEN 'queued' WHEN n %% 97 = 0 THEN 'failed' WHEN n %% 11 = 0 THEN 'obsolete' ELSE 'sent'
        END) as_it_is(state)
"""


def measure() -> Iterator[Measure]:
    """Give the time a message with a million rows over that with ten thousand: the median of rounds in turn."""
    with own_database():
        from django.db import connection
        from django.test import override_settings

        invite(SESSIONS)
        few = connection.settings_dict["NAME"]
        with _twin(few) as many:
            for name, rows in ((few, FEW), (many, MANY)):
                _go_to(name)
                _fill(rows)
            with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
                rounds = [[_milliseconds(name) for name in (few, many)] for _ in range(ROUNDS + 1)][1:]
            _go_to(few)
    ratios = [large / small for small, large in rounds]
    figures = {
        f"ms a message with {rows} rows": median(found)
        for rows, found in zip((FEW, MANY), zip(*rounds, strict=True), strict=True)
    }
    yield Measure(
        "outbox", median(ratios), AIM, {**figures, "lowest": min(ratios), "highest": max(ratios)}, at_most=True
    )


@contextmanager
def _twin(name: str) -> Iterator[str]:
    """Make a copy of database ``name``, which is gone afterwards; give its name."""
    twin = f"{name}_many"
    _on_the_server(f"CREATE DATABASE {twin} TEMPLATE {name}")
    try:
        yield twin
    finally:
        _on_the_server(f"DROP DATABASE IF EXISTS {twin} WITH (FORCE)")


def _on_the_server(statement: str) -> None:
    from django.db import connection

    connection.close()
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement)


def _go_to(name: str) -> None:
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name


def _fill(rows: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for first in range(0, rows, 100_000):
            cursor.execute(_FILL, [first, min(rows, first + 100_000) - 1])
        cursor.execute("VACUUM ANALYZE mail_message")


def _milliseconds(name: str) -> float:
    """Return how long a message takes to deliver in database ``name``; with each round some more dead rows are left."""
    from lerend.mail import outbox
    from lerend.mail.models import Message

    _go_to(name)
    Message.objects.exclude(key__startswith="old:").delete()
    count = queue()
    start = time.perf_counter()
    counts = outbox.deliver()
    seconds = time.perf_counter() - start
    assert counts == outbox.Counts(sent=count), counts
    return seconds / count * 1000
