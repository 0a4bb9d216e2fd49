"""Writing down what became of a mail, with the database doing so while the worker goes on."""

import threading
import uuid
from datetime import timedelta

import psycopg
import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection
from django.utils import timezone

from lerend.mail import outbox
from lerend.mail.delivery.claiming import claim_due, lease
from lerend.mail.delivery.results import Writing
from lerend.mail.models import Message, State
from lerend.mail.outbox import Counts

pytestmark = pytest.mark.django_db


@pytest.fixture
def claimed(person, queue_note):
    """Two messages that we have in hand."""
    for name in ("Anna", "Lina"):
        queue_note(person(name))
    return claim_due(timezone.now(), 2)


@pytest.fixture
def told():
    """What was told of results, in their order."""
    return []


@pytest.fixture
def writing(told):
    return Writing(lambda *result: told.append(result))


def states():
    """Return (name of the recipient, state, attempts) of each message, by name."""
    return list(Message.objects.order_by("recipient__name").values_list("recipient__name", "state", "attempts"))


def test_a_result_is_written_only_where_the_claim_stands(sink, person, queue_note, note):
    message = queue_note(person("Lina"))
    taken = uuid.uuid4()
    sink.behaviour = lambda command, argument: None
    note.on_load = lambda: Message.objects.filter(pk=message.pk).update(claim=taken)
    assert outbox.deliver() == Counts(lost=1)
    message.refresh_from_db()
    assert (message.state, message.claim, message.attempts) == (State.SENDING, taken, 0)


def sent_so_far():
    """Count the messages that stand as sent, over a connection of its own."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        return other.execute("SELECT count(*) FROM mail_message WHERE state = 'sent'").fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_result_is_known_before_the_next_mail_leaves(sink, person, queue_note):
    for number in range(4):
        queue_note(person(f"Lina{number}"))
    seen = []

    def behaviour(command, argument):
        if command == "MAIL":
            seen.append(sent_so_far())

    sink.behaviour = behaviour
    assert outbox.deliver() == Counts(sent=4)
    assert (seen, sent_so_far()) == ([0, 1, 2, 3], 4)


def test_a_mail_that_asks_the_database_waits_for_the_result_before_it(sink, note, person, queue_note):
    for number in range(3):
        queue_note(person(f"Lina{number}"))
    seen = []
    note.on_render = lambda: seen.append(Message.objects.filter(state=State.SENT).count())
    assert outbox.deliver() == Counts(sent=3)
    assert seen == [0, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_loses_nothing(sink, note, person, queue_note):
    people = [person(f"Lina{number}") for number in range(4)]
    for somebody in people:
        queue_note(somebody)
    made = []

    def fall_away_at_the_third():
        made.append(1)
        if len(made) == 3:
            with psycopg.connect(**connection.get_connection_params()) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])

    note.on_render = fall_away_at_the_third
    counts = outbox.deliver()
    assert counts.sent + counts.lost == 4  # the result of the second may have arrived just in time
    assert {state for _, state, _ in states()} == {"sent"}
    assert sorted(sink.receivers) == [somebody.email for somebody in people]


@pytest.mark.django_db(transaction=True)
def test_what_may_have_left_when_the_database_goes_away_waits_until_its_claim_runs_out(sink, person, queue_note):
    for name in ("Anna", "Lina"):
        queue_note(person(name))
    ours, params = connection.connection.info.backend_pid, connection.get_connection_params()

    def fall_away(command, argument):
        if (command, argument[:4]) != ("DATA", "anna"):
            return None
        with psycopg.connect(**params) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [ours])
        return "451 later"

    sink.behaviour = fall_away
    assert outbox.deliver() == Counts(sent=1, released=1)
    assert states() == [("Anna", "sending", 0), ("Lina", "sent", 1)]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_stays_away_leaves_the_claims_to_run_out(sink, note, person, queue_note, monkeypatch):
    people = [person(f"Lina{number}") for number in range(3)]
    for somebody in people:
        queue_note(somebody)
    clock = [0.0]
    monkeypatch.setattr("lerend.mail.delivery.running.monotonic", lambda: clock[0])
    monkeypatch.setattr("lerend.mail.delivery.running.sleep", lambda seconds: clock.append(clock.pop() + 1000))
    port = connection.settings_dict["PORT"]

    def fall_away():
        with psycopg.connect(**connection.get_connection_params()) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        monkeypatch.setitem(connection.settings_dict, "PORT", "1")

    note.on_render = fall_away
    with pytest.raises(OperationalError):
        outbox.deliver()
    monkeypatch.setitem(connection.settings_dict, "PORT", port)
    connection.close()
    note.on_render = lambda: None
    with time_machine.travel(timezone.now() + lease() + timedelta(seconds=1)):
        clock[0] = 0.0
        assert outbox.deliver() == Counts(sent=3)
    assert set(sink.receivers) == {somebody.email for somebody in people}


@pytest.mark.django_db(transaction=True)
def test_a_mail_refused_after_it_was_taken_back_stays_taken_back(sink, person, queue_note):
    lina = person("Lina")
    queue_note(lina)

    def take_back():
        outbox.drop(lina.pk)
        connection.close()

    def take_back_and_refuse(command, argument):
        if command != "RCPT":
            return None
        thread = threading.Thread(target=take_back)
        thread.start()
        thread.join()
        return "550 nobody here"

    sink.behaviour = take_back_and_refuse
    assert outbox.deliver() == Counts(lost=1)
    assert states() == [("Lina", "obsolete", 1)]


@pytest.mark.django_db(transaction=True)
def test_a_result_that_the_database_refuses_is_written_again(claimed, writing, told):
    anna, lina = claimed
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT FROM mail_message WHERE id = %s FOR UPDATE", [anna.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 50")
            writing.start(anna, timezone.now(), lina)
            with pytest.raises(OperationalError, match="lock timeout"):
                writing.finish()
            cursor.execute("RESET lock_timeout")
        assert told == []
    writing.again()
    assert (told, states()) == ([(lina, True, True)], [("Anna", "sent", 1), ("Lina", "sending", 0)])
    writing.again()
    assert len(told) == 1


@pytest.mark.django_db(transaction=True)
def test_a_result_that_found_no_connection_is_written_again(claimed, writing, told):
    anna, lina = claimed
    connection.connection.close()
    with pytest.raises(OperationalError):
        writing.start(anna, timezone.now(), lina)
    connection.close()
    writing.again()
    assert (told, states()) == ([(lina, True, True)], [("Anna", "sent", 1), ("Lina", "sending", 0)])


def test_time_that_runs_out_while_a_result_is_written_leaves_it_on_its_way(claimed, writing, told, monkeypatch):
    anna, lina = claimed

    def run_out(generator):
        raise SoftTimeLimitExceeded

    with writing.allowed():
        writing.start(anna, timezone.now(), lina)
        with monkeypatch.context() as patch:
            patch.setattr(connection.connection, "wait", run_out)
            with pytest.raises(SoftTimeLimitExceeded):
                writing.finish()
        assert told == []
    assert (told, states()) == ([(lina, True, True)], [("Anna", "sent", 1), ("Lina", "sending", 0)])


def test_a_result_is_known_when_nothing_more_is_to_be_written(claimed, writing, told):
    anna, lina = claimed
    Message.objects.filter(pk=lina.pk).update(state=State.OBSOLETE, claim=None, claimed_at=None)
    with writing.allowed():
        writing.start(anna, timezone.now(), lina)
    assert told == [(lina, True, False)]
