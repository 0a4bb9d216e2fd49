"""Putting mail down and taking it back."""

import hashlib
import logging
import socket
import threading
import time
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from lerend.celery import app
from lerend.mail import outbox, queries
from lerend.mail.delivery.claiming import expire
from lerend.mail.models import Message, State
from lerend.mail.outbox import Draft
from tests.sessions_app.threads import in_threads

TALK = uuid.UUID(int=1)
PART = uuid.UUID(int=2)


def put(recipient, kind="note", about=TALK, **fields):
    """Queue one message."""
    with transaction.atomic():
        outbox.queue(kind, about=about, recipient=recipient, **fields)


def move(recipient, state, **fields):
    """Bring somebody's messages to a state, as delivery would."""
    claim = {"claim": uuid.uuid4(), "claimed_at": timezone.now()} if state == State.SENDING else {}
    sent = {"sent_at": timezone.now()} if state == State.SENT else {}
    Message.objects.filter(recipient=recipient).update(state=state, **claim, **sent, **fields)


@pytest.mark.django_db(transaction=True)
def test_mail_needs_the_transaction_of_its_reason(person):
    lina = person("Lina")
    with pytest.raises(transaction.TransactionManagementError):
        outbox.queue("note", about=TALK, recipient=lina)
    with transaction.atomic():
        outbox.queue("note", about=TALK, recipient=lina)
        transaction.set_rollback(True)
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_a_row_and_its_key(person):
    lina = person("Lina")
    later = timezone.now() + timedelta(days=1)
    put(lina, about_part=PART, sequence=3, send_after=later)
    put(lina)
    put(None, address="Gast@voorbeeld.test")
    mark = hashlib.sha256(b"gast@voorbeeld.test").hexdigest()[:32]
    rows = Message.objects.order_by("key").values_list("key", "recipient", "address", "sequence", "state")
    assert sorted(rows) == sorted(
        [
            (f"note:{TALK}/{PART}:{lina.pk}:3", lina.pk, "", 3, "queued"),
            (f"note:{TALK}:{lina.pk}:0", lina.pk, "", 0, "queued"),
            (f"note:{TALK}:{mark}:0", None, "Gast@voorbeeld.test", 0, "queued"),
        ]
    )
    assert Message.objects.get(sequence=3).send_after == later
    assert str(Message.objects.get(sequence=3)) == "note (queued)"


@pytest.mark.django_db
def test_many_go_down_in_one_insert_and_known_keys_are_passed_over(person, django_assert_num_queries):
    people = [person(f"Lina{number}") for number in range(30)]
    put(people[3])
    with transaction.atomic(), django_assert_num_queries(1):
        outbox.queue_many(Draft(kind="note", about=TALK, recipient=somebody) for somebody in people)
    with transaction.atomic(), django_assert_num_queries(0):
        outbox.queue_many([])
    assert Message.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_with_one_key_make_one_message(person):
    lina, ready, errors = person("Lina"), threading.Barrier(20), []

    def run():
        try:
            ready.wait()
            put(lina, send_after=timezone.now() + timedelta(days=1))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (errors, Message.objects.count()) == ([], 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "other", [lambda: expire(timezone.now()), lambda: outbox.withdraw(Message.objects.all())], ids=["late", "by hand"]
)
def test_who_takes_mail_back_bit_by_bit_never_waits_for_who_takes_all(person, other):
    """A verb takes back what is about one thing and then about another; whoever takes from everything comes between."""
    now, abouts = timezone.now(), [uuid.uuid4(), uuid.uuid4()]
    for number, about in enumerate(reversed(abouts)):
        put(person(f"Lina{number}"), about=about, send_after=now, expires_at=now - timedelta(minutes=number))
    begun, done = threading.Event(), threading.Event()

    @transaction.atomic
    def verb():
        outbox.drop(abouts[0])
        begun.set()
        done.wait(1)
        outbox.drop(abouts[1])

    @transaction.atomic
    def all_of_it():
        begun.wait(5)
        try:
            return other()
        finally:
            done.set()

    assert sorted(map(str, in_threads(verb, all_of_it))) == ["1", "None"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"address": ""},
        {"state": "lost", "address": "a@b.test"},
        {"state": "sending", "address": "a@b.test"},
        {"claim": TALK, "address": "a@b.test"},
        {"state": "sent", "address": "a@b.test"},
        {"state": "failed", "payload": "geheim", "address": "a@b.test"},
    ],
)
def test_the_database_refuses_what_cannot_be(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(kind="note", key="1", about=TALK, **fields)


@pytest.mark.django_db
def test_drop(person):
    lina, joost = person("Lina"), person("Joost")
    for somebody in (lina, joost):
        put(somebody, kind="reminder", payload="geheim")
        put(somebody, kind="invitation")
    put(lina, kind="reminder", about=PART)
    Message.objects.filter(recipient=joost, kind="invitation").update(state=State.SENT, sent_at=timezone.now())

    outbox.drop(TALK, kinds=["reminder"], recipients=[joost.pk])
    dropped = Message.objects.filter(state=State.OBSOLETE)
    assert list(dropped.values_list("kind", "recipient", "payload")) == [("reminder", joost.pk, None)]

    outbox.drop(TALK)
    rows = Message.objects.values_list("recipient__name", "kind", "about", "state")
    assert sorted(rows) == [
        ("Joost", "invitation", TALK, "sent"),
        ("Joost", "reminder", TALK, "obsolete"),
        ("Lina", "invitation", TALK, "obsolete"),
        ("Lina", "reminder", TALK, "obsolete"),
        ("Lina", "reminder", PART, "queued"),
    ]


@pytest.mark.django_db
def test_who_was_reached_and_who_was_not(person):
    sent, flying, tried, refused, _waiting, dropped, other = people = [
        person(name) for name in ("Sent", "Flying", "Tried", "Refused", "Waiting", "Dropped", "Other")
    ]
    for somebody in people:
        put(somebody, kind="reminder" if somebody == other else "invitation")
    put(None, kind="invitation", address="gast@voorbeeld.test")
    move(sent, State.SENT, attempts=1)
    move(flying, State.SENDING)
    move(tried, State.QUEUED, attempts=1)
    move(refused, State.FAILED, attempts=1)
    move(dropped, State.OBSOLETE)
    move(other, State.SENT, attempts=1)
    assert queries.reached(TALK, kinds=["invitation"]) == {sent.pk, flying.pk, tried.pk}
    assert queries.reached(PART, kinds=["invitation"]) == set()


def sendings() -> list[tuple[str, int, str, int, str]]:
    rows = Message.objects.order_by("recipient__name", "created_at", "sequence")
    return list(rows.values_list("kind", "sequence", "state", "attempts", "error"))


@pytest.mark.django_db
def test_what_failed_last_goes_again_as_new(person):
    """What was dropped since, other kinds and other people's mail count for nothing; a complaint is no failure."""
    lina, joost = person("Lina"), person("Joost")
    for sequence in range(3):
        put(lina, sequence=sequence)
    put(lina, kind="reminder", sequence=9)
    put(lina, about=PART, sequence=8)
    put(joost, sequence=9)
    failed = {"attempts": 6, "error": "450 SMTPRecipientsRefused", "send_after": timezone.now() + timedelta(days=1)}
    move(lina, State.FAILED, **failed)
    move(joost, State.FAILED, **failed)
    Message.objects.filter(recipient=lina, sequence=2).update(state=State.OBSOLETE)
    asked = {"kinds": ["note"], "recipient": lina.pk, "sequence": 7}
    with transaction.atomic():
        assert [outbox.send_last_again(TALK, **asked) for _ in range(2)] == [True, False]
    error = failed["error"]
    assert sendings() == [
        ("note", 9, "failed", 6, error),
        ("note", 0, "failed", 6, error),
        ("note", 7, "queued", 0, ""),
        ("note", 2, "obsolete", 6, error),
        ("reminder", 9, "failed", 6, error),
        ("note", 8, "failed", 6, error),
    ]
    assert Message.objects.get(state=State.QUEUED).send_after <= timezone.now()
    Message.objects.filter(state=State.QUEUED).update(state=State.FAILED, error="complained 550")
    with transaction.atomic():
        assert not outbox.send_last_again(TALK, **asked)


@pytest.mark.django_db
def test_an_earlier_failure_is_mended_by_later_mail(person):
    lina = person("Lina")
    put(lina)
    move(lina, State.FAILED)
    put(lina, sequence=1)
    with transaction.atomic():
        assert not outbox.send_last_again(TALK, kinds=["note"], recipient=lina.pk, sequence=1)
    assert sendings() == [("note", 0, "failed", 0, ""), ("note", 1, "queued", 0, "")]


@pytest.mark.django_db
def test_only_what_waits_is_withdrawn(person):
    waiting, flying = person("Lina"), person("Joost")
    for somebody in (waiting, flying):
        put(somebody, payload="geheim")
    move(flying, State.SENDING)
    assert outbox.withdraw(Message.objects.all()) == 1
    rows = Message.objects.order_by("state").values_list("state", "payload")
    assert list(rows) == [("cancelled", None), ("sending", "geheim")]


@pytest.mark.django_db(transaction=True)
def test_waiting_mail_goes_at_once(person, broker):
    lina = person("Lina")
    later = timezone.now() + timedelta(days=1)
    for kind, about in (("note", TALK), ("note", PART), ("reminder", TALK)):
        put(lina, kind=kind, about=about, send_after=later)
    put(lina, sequence=1, send_after=later)
    Message.objects.filter(sequence=1).update(state=State.OBSOLETE)
    assert broker() == 0
    for many in (1, 0):
        with transaction.atomic():
            assert outbox.send_at_once(TALK, kinds=["note"]) == many
        assert broker() == many
    soon = Message.objects.filter(send_after__lte=timezone.now())
    assert list(soon.values_list("kind", "about", "sequence")) == [("note", TALK, 0)]


@pytest.mark.django_db
def test_tidy_keeps_what_is_young_open_or_still_needed(person, settings):
    settings.MAIL_KEPT_DAYS = 90
    now = timezone.now()
    old, young = now - timedelta(days=91), now - timedelta(days=89)

    def row(name, state, send_after, **fields):
        sent_at = {"sent_at": fields.pop("sent_at", send_after)} if state == State.SENT else {}
        Message.objects.create(
            kind="note",
            key=name,
            about=TALK,
            address="a@b.test",
            state=state,
            send_after=send_after,
            **sent_at,
            **fields,
        )

    for number in range(5):
        row(f"old {number}", State.SENT, old)
    row("old failed", State.FAILED, old)
    row("old obsolete", State.OBSOLETE, old)
    row("needed once", State.SENT, old, keep_until=now - timedelta(days=1))
    row("young", State.SENT, young)
    row("waited long", State.SENT, old, sent_at=young)
    row("needed", State.SENT, old, keep_until=now + timedelta(days=1))
    row("waiting", State.QUEUED, old)
    ahead = now + timedelta(days=500)
    row("dropped long before its moment", State.OBSOLETE, ahead, created_at=old)
    row("dropped lately", State.OBSOLETE, ahead)
    row("waits for its moment", State.QUEUED, ahead, created_at=old)
    assert outbox.tidy(now) == 9
    kept = {"young", "waited long", "needed", "waiting", "dropped lately", "waits for its moment"}
    assert set(Message.objects.values_list("key", flat=True)) == kept
    assert outbox.tidy(now) == 0


@pytest.mark.django_db
def test_of_a_mail_no_text_stays(sink, person, queue_note):
    """Texts are made when a mail leaves. What came closed is wiped when it is sent, fails, is dropped or runs out."""
    now = timezone.now()
    ends = {
        "sent": {},
        "failed": {},
        "missed": {"expires_at": now - timedelta(seconds=1)},
        "cancelled": {"send_after": now + timedelta(days=1)},
    }
    rows = {name: queue_note(person(name), payload="geheim", **fields) for name, fields in ends.items()}
    sink.behaviour = lambda command, argument: "550 no" if (command, argument[:6]) == ("RCPT", "failed") else None
    outbox.deliver()
    outbox.withdraw(Message.objects.filter(id=rows["cancelled"].id))
    found = Message.objects.order_by("recipient__name").values_list("recipient__name", "state", "payload")
    assert list(found) == [(name, name, None) for name in sorted(ends)]
    fields = {field.name for field in Message._meta.get_fields()}
    assert fields & {"subject", "body", "text", "html"} == set()


@pytest.fixture
def own_pools():
    """Leave no connection to a test's broker behind in the app's pools."""
    yield
    app._after_fork()


@pytest.fixture
def broker(monkeypatch, own_pools):
    """A broker inside this process; returns how many tasks wait in it."""
    monkeypatch.setattr(app.conf, "broker_url", "memory://")

    def waiting():
        with app.connection_for_read() as read:
            return read.default_channel.queue_purge(app.conf.task_default_queue)

    with app.connection_for_write() as write:
        app.amqp.queues[app.conf.task_default_queue].bind(write).declare()
    waiting()
    return waiting


@pytest.mark.django_db(transaction=True)
def test_delivery_is_woken_once_a_transaction_and_only_when_something_is_due(person, broker):
    lina = person("Lina")
    with transaction.atomic():
        outbox.queue("note", about=TALK, recipient=lina)
        with transaction.atomic():
            outbox.queue("note", about=PART, recipient=lina)
        assert broker() == 0
    assert broker() == 1
    with transaction.atomic():
        outbox.queue("later", about=TALK, recipient=lina, send_after=timezone.now() + timedelta(hours=1))
    assert broker() == 0
    with transaction.atomic():
        with transaction.atomic():
            outbox.queue("undone", about=TALK, recipient=lina)
            transaction.set_rollback(True)
        outbox.queue("done", about=TALK, recipient=lina)
    assert broker() == 1
    assert not Message.objects.filter(kind="undone").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("death", ["refuses", "says nothing", "has no socket"])
def test_a_dead_broker_is_soon_passed_by(person, own_pools, monkeypatch, caplog, death, tmp_path):
    caplog.set_level(logging.WARNING, "lerend")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if death == "refuses":
            server.close()
        url = f"redis+socket://{tmp_path}/none" if death == "has no socket" else f"redis://127.0.0.1:{port}/0"
        monkeypatch.setattr(app.conf, "broker_url", url)
        lina = person("Lina")
        outbox._wake()  # imports what the first one needs
        start = time.monotonic()
        put(lina)
        assert time.monotonic() - start < 1  # 0.3 s and a busy machine; unbounded it is 6
    assert Message.objects.get().state == State.QUEUED
    assert "the broker cannot be reached" in caplog.text
