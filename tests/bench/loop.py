"""The plain loop that delivery is measured against: ``python -m tests.bench.loop`` sends for each line on its stdin.

It reads all once, keeps one connection and writes nothing down. What it sends is made by the same code.
"""

import sys

import django


def send() -> int:
    """Send what is queued; return how many that is."""
    from django.core.mail import get_connection
    from django.db.models import prefetch_related_objects

    from lerend.mail.delivery.making import build
    from lerend.mail.kinds import registry
    from lerend.mail.models import Message

    kind, messages = registry["invitation"], list(Message.objects.order_by("send_after", "about"))
    prefetch_related_objects(messages, "recipient")
    things, sent = kind.load(messages), 0
    with get_connection() as server:
        for message in messages:
            sent += server.send_messages([build(message, kind.render(message, things[message.pk]))])
    return sent


if __name__ == "__main__":
    django.setup()
    for _ in sys.stdin:
        print(send(), flush=True)  # noqa: T201
