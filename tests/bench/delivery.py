"""The outbox against a plain loop: the same invitations, made by the same code, to the same mail server."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median

from tests.bench.database import own_database
from tests.bench.measure import Measure

AIM = 0.8
RUNS = 5
SESSIONS, PARTICIPANTS = 30, 10


def measure() -> Iterator[Measure]:
    """Give how much of the plain loop's speed the outbox reaches: the median of pairs that take turns."""
    with own_database(), _sink() as port:
        from django.conf import settings
        from django.test import override_settings

        server = {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": port,
            "EMAIL_HOST_USER": "",
            "EMAIL_USE_TLS": False,
            "EMAIL_USE_SSL": False,
            "CELERY_TASK_SOFT_TIME_LIMIT": 600,
        }
        with override_settings(**server):
            assert not settings.DEBUG, "DEBUG remembers every query"
            _invite()
            pairs = []
            for _ in range(RUNS + 1):
                loop, outbox = _timed(_loop), _timed(_outbox)
                pairs.append((loop / outbox, loop, outbox))
            pairs = sorted(pairs[1:])  # the first warms up
        ratio, loop, outbox = pairs[len(pairs) // 2]
        assert ratio == median(pair[0] for pair in pairs)
        mails = SESSIONS * PARTICIPANTS
        yield Measure(
            "delivery", ratio, AIM, {"outbox mails/s": mails / outbox, "loop mails/s": mails / loop, "mails": mails}
        )


@contextmanager
def _sink() -> Iterator[int]:
    command = [sys.executable, "-m", "tests.bench.sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def _timed(send: Callable[[], int]) -> float:
    """Queue every invitation anew and return how many seconds it takes to send them."""
    _queue()
    start = time.perf_counter()
    sent = send()
    seconds = time.perf_counter() - start
    assert sent == SESSIONS * PARTICIPANTS
    return seconds


def _invite() -> None:
    """Plan talks with people to invite."""
    from django.utils import timezone

    from content.models import ConversationTemplate
    from content.starter import load_starter
    from organisations.models import Membership, Organisation, User, sort_key
    from sessions_app.models import Participant, Session, State

    load_starter()
    home = Organisation.objects.create(name="Wijkteams Meetstad")
    noor = User.objects.create_user("noor@meetstad.test", "Noor Aydin")
    people = User.objects.bulk_create(
        User(email=f"lina{number}@meetstad.test", name=f"Lina {number}", name_sorted=sort_key(f"Lina {number}"))
        for number in range(PARTICIPANTS)
    )
    Membership.objects.bulk_create(Membership(user=somebody, organisation=home) for somebody in people)
    template = ConversationTemplate.objects.select_related("edition").first()
    assert template is not None
    start = timezone.now() + timedelta(days=10)
    sessions = Session.objects.bulk_create(
        Session(
            organisation=home,
            template=template,
            edition=template.edition,
            kind=template.kind,
            title=template.title,
            purpose=template.purpose,
            preparation=template.preparation,
            state=State.PLANNED,
            planned_by=noor,
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            place="Wijkcentrum De Brug, Dorpsstraat 1",
            participant_count=PARTICIPANTS,
        )
        for _ in range(SESSIONS)
    )
    Participant.objects.bulk_create(
        Participant(session=session, user=somebody, organisation=home) for session in sessions for somebody in people
    )


def _queue() -> None:
    from django.utils import timezone

    from lerend.mail.models import Message
    from lerend.mail.outbox import Draft
    from sessions_app.models import Participant

    Message.objects.all().delete()
    now = timezone.now()
    Message.objects.bulk_create(
        Draft(kind="invitation", about=place.session_id, recipient=place.user, send_after=now).message(now)
        for place in Participant.objects.select_related("user")
    )


def _outbox() -> int:
    from lerend.mail import outbox

    return outbox.deliver().sent


def _loop() -> int:
    """Send the same mails without an outbox: read all once, keep one connection, write nothing down."""
    from django.core.mail import get_connection
    from django.db.models import prefetch_related_objects

    from lerend.mail.delivery.making import build
    from lerend.mail.kinds import registry
    from lerend.mail.models import Message

    kind, messages = registry["invitation"], list(Message.objects.order_by("send_after", "id"))
    prefetch_related_objects(messages, "recipient")
    things, sent = kind.load(messages), 0
    with get_connection() as server:
        for message in messages:
            sent += server.send_messages([build(message, kind.render(message, things[message.pk]))])
    return sent
