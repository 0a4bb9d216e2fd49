"""Carrying mail out, against a real mail server and a real database."""

import hashlib
import logging
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from lerend.mail import outbox, queries
from lerend.mail.delivery import making
from lerend.mail.delivery.claiming import claim_due, claim_run_out, lease, release
from lerend.mail.delivery.line import Line
from lerend.mail.models import Message, State
from lerend.mail.outbox import Counts
from tests.mail.conftest import states

pytestmark = pytest.mark.django_db


def test_what_is_due_is_sent_and_told(sink, person, queue_note, caplog):
    caplog.set_level(logging.INFO)
    lina = person("Lina")
    message = queue_note(lina, key="note:1")
    later = queue_note(lina, send_after=timezone.now() + timedelta(hours=1))

    assert outbox.deliver() == Counts(sent=1)

    [mail] = sink.messages
    assert sink.receivers == ["lina@voorbeeld.test"]
    assert (mail["To"], mail["From"]) == ("lina@voorbeeld.test", "Lerend Versterken <post@lerend.test>")
    assert (mail["Subject"], mail["Auto-Submitted"]) == ("Een bericht", "auto-generated")
    assert mail["Message-ID"] == f"<{hashlib.sha256(b'note:1').hexdigest()[:32]}@localhost>"
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert mail.get_body(("plain",)).get_content() == "Dag Lina"
    message.refresh_from_db()
    assert (message.state, message.attempts, message.error, message.claim) == (State.SENT, 1, "", None)
    assert message.sent_at <= timezone.now()
    later.refresh_from_db()
    assert later.state == State.QUEUED
    assert "Mail: 1 sent" in caplog.text
    assert "voorbeeld" not in caplog.text


def test_the_clock_may_be_run_forward(sink, person, queue_note):
    in_a_week = timezone.now() + timedelta(days=7)
    message = queue_note(person("Lina"), send_after=in_a_week)
    assert outbox.deliver(in_a_week - timedelta(seconds=1)) == Counts()
    assert outbox.deliver(in_a_week) == Counts(sent=1)
    assert outbox.deliver(in_a_week) == Counts()
    message.refresh_from_db()
    assert message.sent_at == in_a_week
    assert len(sink.messages) == 1


def test_no_more_than_the_limit(sink, person, queue_note):
    lina = person("Lina")
    for _ in range(25):
        queue_note(lina)
    left = queue_note(lina)
    Message.objects.filter(pk=left.pk).update(
        state=State.SENDING, claim=uuid.uuid4(), claimed_at=timezone.now() - timedelta(days=1)
    )
    assert outbox.deliver(limit=22) == Counts(sent=22)
    assert outbox.deliver() == Counts(sent=4)
    assert (len(sink.messages), sink.connections) == (26, 2)


def test_what_was_due_first_goes_first(sink, person, queue_note):
    now = timezone.now()
    for minutes in (2, 3, 1):
        queue_note(person(f"Lina{minutes}"), send_after=now - timedelta(minutes=minutes))
    assert outbox.deliver(limit=2) == Counts(sent=2)
    outbox.deliver()
    assert [address[:5] for address in sink.receivers] == ["lina3", "lina2", "lina1"]


def test_a_mail_goes_to_the_address_of_that_moment(sink, person, queue_note):
    lina = person("Lina")
    queue_note(lina)
    lina.email = "lina.nieuw@voorbeeld.test"
    lina.save()
    outbox.deliver()
    assert sink.receivers == ["lina.nieuw@voorbeeld.test"]


def test_a_given_address_goes_before(sink, person, queue_note):
    queue_note(person("Lina"), address="team@voorbeeld.test")
    queue_note(person("Joost"), recipient=None, address="gast@voorbeeld.test")
    outbox.deliver()
    assert sink.receivers == ["team@voorbeeld.test", "gast@voorbeeld.test"]


def test_a_line_break_in_a_subject_or_header_adds_no_header(sink, person, queue_note, note):
    note.subject = "Gesprek\r\nBcc: iemand@elders.test\nover\tvak"
    queue_note(person("Lina"))
    outbox.deliver()
    [mail] = sink.messages
    assert (mail["Subject"], mail["Bcc"]) == ("Gesprek Bcc: iemand@elders.test over vak", None)


def test_obsolete_when_gone_or_over_or_left(sink, person, queue_note, note):
    gone, over, left, here = (person(name) for name in ("Gerda", "Otto", "Linda", "Hans"))
    for somebody in (gone, over, left, here):
        queue_note(here, recipient=somebody, about=somebody.pk)
    Message.objects.filter(about=gone.pk).update(about=uuid.uuid4())
    note.over = {over.pk}
    left.is_active = False
    left.save()
    assert outbox.deliver() == Counts(sent=1, obsolete=3)
    assert states() == [
        ("Gerda", "obsolete", 0, ""),
        ("Hans", "sent", 1, ""),
        ("Linda", "obsolete", 0, ""),
        ("Otto", "obsolete", 0, ""),
    ]


def test_one_bad_message_never_stops_a_batch(sink, person, queue_note, note, caplog):
    people = {name: person(name) for name in ("Anna", "Bad", "Carla", "Dirk", "Evert", "Fleur")}
    for somebody in people.values():
        queue_note(somebody)
    note.broken, note.unloadable = {people["Carla"].pk}, {people["Dirk"].pk}
    type(people["Bad"]).objects.filter(pk=people["Bad"].pk).update(email="geen adres")
    Message.objects.filter(about=people["Evert"].pk).update(kind="unheard-of")

    assert outbox.deliver() == Counts(sent=2, retried=2, failed=2)

    assert states() == [
        ("Anna", "sent", 1, ""),
        ("Bad", "failed", 1, "invalid address"),
        ("Carla", "queued", 1, "ZeroDivisionError"),
        ("Dirk", "queued", 1, "LookupError"),
        ("Evert", "failed", 1, "unknown kind"),
        ("Fleur", "sent", 1, ""),
    ]
    assert "conftest.py:" in caplog.text
    assert "geheim" not in caplog.text


def test_pauses_grow_until_it_is_given_up(sink, person, queue_note):
    message = queue_note(person("Lina"))
    sink.behaviour = lambda command, argument: "450 busy" if command == "RCPT" else None
    now, pauses = timezone.now(), []
    while True:
        outbox.deliver(now)
        message.refresh_from_db()
        if message.state == State.FAILED:
            break
        pauses.append(message.send_after - now)
        assert outbox.deliver(message.send_after - timedelta(seconds=1)) == Counts()
        now = message.send_after
    assert [pause / timedelta(minutes=1) for pause in pauses] == [1, 5, 15, 60, 240]
    assert states() == [("Lina", "failed", 6, "450 SMTPRecipientsRefused")]


def test_a_retry_is_the_same_message(sink, person, queue_note):
    queue_note(person("Lina"), key="note:again")
    ids = []

    def lose_the_answer_once(command, argument):
        if command == "DATA":
            ids.append(making.message_id("note:again"))
            return "451 later" if len(ids) == 1 else None
        return None

    sink.behaviour = lose_the_answer_once
    outbox.deliver()
    outbox.deliver(timezone.now() + timedelta(minutes=2))
    assert [mail["Message-ID"] for mail in sink.messages] == [ids[0]]
    assert states() == [("Lina", "sent", 2, "")]


@pytest.fixture
def slow(sink, monkeypatch):
    """Make each mail take some seconds of a clock: ``slow(9)``."""
    clock = [0.0]
    monkeypatch.setattr("lerend.mail.delivery.running.monotonic", lambda: clock[0])

    def takes(seconds):
        sink.behaviour = lambda command, argument: clock.append(clock.pop() + seconds) if command == "DATA" else None

    return takes


def test_what_was_loaded_is_used_for_a_while_only(sink, person, queue_note, note, slow):
    for number in range(5):
        queue_note(person(f"Lina{number}"))
    loaded = []
    note.on_load = lambda: loaded.append(len(sink.messages))
    slow(6)
    assert outbox.deliver() == Counts(sent=5, released=3 + 1)
    assert loaded == [0, 2, 4]


def test_time_that_is_up_leaves_the_rest(sink, person, queue_note, slow):
    lina = person("Lina")
    for _ in range(3):
        queue_note(lina)
    slow(61)
    assert outbox.deliver() == Counts(sent=2, released=2 + 1)
    assert Message.objects.filter(state=State.QUEUED, attempts=0, send_after__lte=timezone.now()).count() == 1


def test_an_error_of_our_own_gives_the_rest_of_the_batch_back(sink, person, queue_note, note, monkeypatch):
    people = [person(name) for name in ("Anna", "Lina", "Noor")]
    for somebody in people:
        queue_note(somebody)

    def fail(self, mail):
        raise KeyboardInterrupt

    monkeypatch.setattr(Line, "send", fail)
    with pytest.raises(KeyboardInterrupt):
        outbox.deliver()
    assert [state for _, state, _, _ in states()] == ["sending", "queued", "queued"]


def test_a_claim_that_ran_out_is_taken_up_and_counted(sink, person, queue_note):
    dead, alive = queue_note(person("Anna")), queue_note(person("Lina"))
    for message, age in ((dead, lease() + timedelta(seconds=5)), (alive, timedelta(seconds=30))):
        Message.objects.filter(pk=message.pk).update(
            state=State.SENDING, claim=uuid.uuid4(), claimed_at=timezone.now() - age
        )
    assert outbox.deliver() == Counts(sent=1)
    assert states() == [("Anna", "sent", 2, ""), ("Lina", "sending", 0, "")]


def test_only_what_waits_expires(person, queue_note):
    now = timezone.now()
    for number, (state, fields) in enumerate(
        {
            State.QUEUED: {},
            State.SENT: {"sent_at": now},
            State.SENDING: {"claim": uuid.uuid4(), "claimed_at": now},
            State.CANCELLED: {},
        }.items()
    ):
        message = queue_note(person(f"Lina{number}"), send_after=now + timedelta(hours=1), expires_at=now)
        Message.objects.filter(pk=message.pk).update(state=state, **fields)
    assert outbox.deliver(now) == Counts(missed=1)
    assert [state for _, state, _, _ in states()] == ["missed", "sent", "sending", "cancelled"]


@pytest.mark.django_db(transaction=True)
def test_what_somebody_holds_is_neither_given_back_nor_taken_up(person, queue_note):
    """Who is just taking messages back may wait for others of ours: waiting for theirs would end badly."""
    for name in ("Anna", "Lina"):
        queue_note(person(name))
    held, free = batch = claim_due(timezone.now(), 2)
    Message.objects.filter(pk=held.pk).update(claimed_at=timezone.now() - timedelta(days=1))
    found = []

    def run():
        found.extend([release(batch), claim_run_out()])
        connection.close()

    with transaction.atomic():
        Message.objects.select_for_update().get(pk=held.pk)
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(3)
        assert found == [1, []]
    thread.join()
    free.refresh_from_db()
    assert (free.state, free.claim) == (State.QUEUED, None)


def test_what_expired_while_a_dead_worker_had_it_is_not_sent(sink, person, queue_note):
    now = timezone.now()
    message = queue_note(person("Lina"), expires_at=now)
    Message.objects.filter(pk=message.pk).update(
        state=State.SENDING, claim=uuid.uuid4(), claimed_at=now - timedelta(days=1)
    )
    assert (outbox.deliver(now), sink.messages) == (Counts(missed=1), [])


def test_run_out_claims_and_what_is_due_wait_for_each_other_a_batch_at_most(sink, person, queue_note, monkeypatch):
    monkeypatch.setattr("lerend.mail.delivery.claiming.BATCH", 20)
    for number in range(45):
        queue_note(person(f"Lina{number}"))
    left = [queue_note(person(name)) for name in ("Anna", "Bert")]
    Message.objects.filter(pk__in=[message.pk for message in left]).update(
        state=State.SENDING, claim=uuid.uuid4(), claimed_at=timezone.now() - lease() - timedelta(seconds=5)
    )
    assert outbox.deliver() == Counts(sent=47)
    places = [number for number, address in enumerate(sink.receivers) if not address.startswith("lina")]
    assert places == [20, 41]


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_stays_here_though_it_was_claimed(sink, person, queue_note):
    people = [person(f"Lina{number}") for number in range(5)]
    for somebody in people:
        queue_note(somebody)

    def take_back():
        for number in (1, 2, 4):
            outbox.drop(people[number].pk)
        connection.close()

    def take_back_while_the_second_leaves(command, argument):
        if (command, argument[:5]) == ("DATA", "lina1"):
            thread = threading.Thread(target=take_back)
            thread.start()
            thread.join()

    sink.behaviour = take_back_while_the_second_leaves
    assert outbox.deliver() == Counts(sent=3, lost=2)
    assert [address[:5] for address in sink.receivers] == ["lina0", "lina1", "lina3"]
    assert states() == [
        ("Lina0", "sent", 1, ""),
        ("Lina1", "sent", 2, ""),
        ("Lina2", "obsolete", 1, ""),
        ("Lina3", "sent", 1, ""),
        ("Lina4", "obsolete", 1, ""),
    ]
    assert queries.reached(people[2].pk, kinds={"note"}) == {people[2].pk}  # nobody can be sure that it did not leave


def test_a_message_that_kills_its_workers_fails_in_the_end(sink, person, queue_note):
    message = queue_note(person("Anna"))
    Message.objects.filter(pk=message.pk).update(
        state=State.SENDING, claim=uuid.uuid4(), claimed_at=timezone.now() - timedelta(days=1), attempts=5
    )
    assert outbox.deliver() == Counts(failed=1)
    assert sink.messages == []
    assert states() == [("Anna", "failed", 7, "its workers keep dying")]


def test_a_lease_outlasts_every_worker(settings):
    settings.CELERY_TASK_TIME_LIMIT, settings.MAIL_CLAIM_MARGIN = 300, 60
    assert lease() == timedelta(seconds=360)


@pytest.mark.parametrize("count", [1, 20])
def test_queries_do_not_grow(sink, person, queue_note, count, django_assert_num_queries):
    outbox.deliver()  # the first run of a day puts the daily mails together
    for number in range(count):
        queue_note(person(f"Lina{number}"))
    # Expiring, were daily mails made, claiming, reading, what it is about, which addresses fail; then nothing due
    # and nothing run out. Results are not counted here.
    with django_assert_num_queries(6 + 2):
        assert outbox.deliver() == Counts(sent=count)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_passed_over(sink, person, queue_note):
    held, free = queue_note(person("Anna")), queue_note(person("Lina"))
    counts = []

    def run():
        counts.append(outbox.deliver())
        connection.close()

    with transaction.atomic():
        Message.objects.select_for_update().get(pk=held.pk)
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(10)
        assert counts == [Counts(sent=1)]
    free.refresh_from_db()
    assert free.state == State.SENT


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_message_once(sink, person, queue_note, monkeypatch):
    monkeypatch.setattr("lerend.mail.delivery.claiming.BATCH", 10)
    people = [person(f"Lina{number}") for number in range(90)]
    for somebody in people:
        queue_note(somebody)
    ready, counts = threading.Barrier(3), []

    def run():
        ready.wait()
        counts.append(outbox.deliver())
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(count.sent for count in counts) == 90
    assert sorted(sink.receivers) == sorted(somebody.email for somebody in people)
