"""The connection to the mail server: what it says, and where it breaks."""

import smtplib
import socket
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from lerend.mail import outbox
from lerend.mail.delivery import making
from lerend.mail.models import Message
from lerend.mail.outbox import Counts
from tests.mail.conftest import states
from tests.smtp import HANG_UP, SILENCE

pytestmark = pytest.mark.django_db


def a_closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def five(person, queue_note):
    """Five mails that wait."""
    for number in range(5):
        queue_note(person(f"Lina{number}"))


def in_turn(sink, *answers):
    """Have the server give these answers to one receiver after the other, then accept; None accepts."""
    waiting = list(answers)
    sink.behaviour = lambda command, argument: waiting.pop(0) if command == "RCPT" and waiting else None


def test_an_address_that_cannot_be_written_fails_alone(sink, person, queue_note, monkeypatch):
    monkeypatch.setattr(making, "validate_email", lambda address: None)
    for name, address in (("Anna", None), ("Bad", "é\u0000@voorbeeld.test"), ("Carla", None)):
        user = person(name)
        queue_note(user, **({"recipient": user, "address": address.replace("\u0000", "\n")} if address else {}))
    assert outbox.deliver() == Counts(sent=2, failed=1)
    assert sink.receivers == ["anna@voorbeeld.test", "carla@voorbeeld.test"]


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        ("550 <lina@voorbeeld.test> unknown", "failed", "550 SMTPRecipientsRefused"),
        ("450 <lina@voorbeeld.test> busy", "queued", "450 SMTPRecipientsRefused"),
        ("421 <lina@voorbeeld.test> closing", "queued", "421 SMTPRecipientsRefused"),
        (HANG_UP, "queued", "SMTPServerDisconnected"),
        (SILENCE, "queued", "SMTPServerDisconnected"),
    ],
)
def test_what_the_server_says_of_a_receiver(sink, person, queue_note, answer, state, error, settings, caplog):
    settings.EMAIL_TIMEOUT = 1
    for name in ("Anna", "Lina", "Noor"):
        queue_note(person(name))
    sink.behaviour = lambda command, argument: answer if (command, argument[:4]) == ("RCPT", "lina") else None
    assert outbox.deliver().sent == 2
    assert states() == [("Anna", "sent", 1, ""), ("Lina", state, 1, error), ("Noor", "sent", 1, "")]
    assert "voorbeeld" not in caplog.text


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [("554 spam", "failed", "554 SMTPDataError"), ("451 later", "queued", "451 SMTPDataError")],
)
def test_what_the_server_says_of_a_mail(sink, person, queue_note, answer, state, error):
    for name in ("Anna", "Lina", "Noor"):
        queue_note(person(name))
    sink.behaviour = lambda command, argument: answer if (command, argument[:4]) == ("DATA", "lina") else None
    outbox.deliver()
    assert states() == [("Anna", "sent", 1, ""), ("Lina", state, 1, error), ("Noor", "sent", 1, "")]


def test_a_dead_server_costs_no_attempts(sink, person, queue_note, settings, monkeypatch, caplog):
    monkeypatch.setattr("lerend.mail.delivery.claiming.BATCH", 20)
    settings.EMAIL_PORT = a_closed_port()
    lina = person("Lina")
    for _ in range(30):
        queue_note(lina)
    now = timezone.now()
    assert outbox.deliver(now) == Counts(released=20)
    assert set(Message.objects.values_list("state", "attempts", "claim")) == {("queued", 0, None)}
    assert Message.objects.filter(send_after=now + timedelta(minutes=1)).count() == 20
    assert "ConnectionRefusedError" in caplog.text
    settings.EMAIL_PORT = sink.port
    assert outbox.deliver(now + timedelta(minutes=1)) == Counts(sent=30)


@pytest.mark.parametrize("commands", [("MAIL",), ("EHLO", "HELO")])
@pytest.mark.parametrize("answer", ["421 too busy", "451 slow down", "530 sign in first", "550 not from you"])
def test_a_server_that_refuses_us_costs_no_attempts(sink, person, queue_note, commands, answer):
    lina = person("Lina")
    for _ in range(12):
        queue_note(lina)
    sink.behaviour = lambda command, argument: answer if command in commands else None
    assert outbox.deliver() == Counts(released=12)
    assert set(Message.objects.values_list("state", "attempts")) == {("queued", 0)}


def test_a_mail_that_is_too_big_is_its_own_fault(sink, person, queue_note):
    queue_note(person("Lina"))
    sink.behaviour = lambda command, argument: "552 too big" if command == "MAIL" else None
    assert outbox.deliver() == Counts(failed=1)


def test_a_server_that_closes_midway_is_called_again(sink, person, queue_note):
    lina = person("Lina")
    for _ in range(12):
        queue_note(lina)
    asked = []

    def close_after_five(command, argument):
        if command == "MAIL":
            asked.append(sink.connections)
            if asked.count(sink.connections) > 5:
                return HANG_UP
        return None

    sink.behaviour = close_after_five
    assert outbox.deliver() == Counts(sent=12)
    assert (sink.connections, set(Message.objects.values_list("state", "attempts"))) == (3, {("sent", 1)})


def test_a_mail_that_a_server_took_before_it_broke_off_is_not_sent_again_at_once(sink, person, queue_note):
    for name in ("Anna", "Lina", "Noor"):
        queue_note(person(name))
    asked = []

    def break_off_at_lina(command, argument):
        asked.append((command, argument[:4]))
        return HANG_UP if asked[-1] == ("DATA", "lina") else None

    sink.behaviour = break_off_at_lina
    assert outbox.deliver() == Counts(sent=2, retried=1)
    assert asked.count(("DATA", "lina")) == 1


def test_a_server_that_breaks_every_time_costs_three_attempts(sink, person, queue_note):
    lina = person("Lina")
    for _ in range(20):
        queue_note(lina)
    sink.behaviour = lambda command, argument: HANG_UP if command == "DATA" else None
    assert outbox.deliver() == Counts(retried=3, released=17)


def test_a_new_connection_that_breaks_is_not_made_again_for_the_same_mail(sink, person, queue_note):
    for name in ("Anna", "Lina", "Noor"):
        queue_note(person(name))
    sink.behaviour = lambda command, argument: HANG_UP if command == "MAIL" and sink.messages else None
    assert outbox.deliver() == Counts(sent=1, retried=2)
    assert sink.connections == 1 + 1 + 1  # Lina's breaks and is made again, and breaks; then one for Noor's


def test_breaks_count_only_when_they_come_in_a_row(sink, person, queue_note):
    for number in range(8):
        queue_note(person(f"Lina{number}"))
    sink.behaviour = lambda command, argument: HANG_UP if command == "DATA" and argument[4] in "0246" else None
    assert outbox.deliver() == Counts(sent=4, retried=4)


def test_a_receiver_who_is_refused_ends_a_row_of_breaks(sink, five):
    in_turn(sink, HANG_UP, HANG_UP, "550 nobody here", HANG_UP, HANG_UP, "550 nobody here")
    # After the refusal the connection is one that worked: it is made again at once when it breaks.
    assert outbox.deliver() == Counts(retried=3, failed=2)


def test_a_server_that_ends_each_connection_costs_three_attempts(sink, five):
    sink.behaviour = lambda command, argument: "421 closing" if command == "RCPT" else None
    assert outbox.deliver() == Counts(retried=3, released=2)


def test_what_went_wrong_halfway_is_not_in_the_way_of_the_next(sink, five, monkeypatch):
    ask = smtplib.SMTP.rcpt

    def cannot_be_written(self, receiver, options=()):
        if receiver.startswith("lina1"):
            raise UnicodeError
        return ask(self, receiver, options)

    monkeypatch.setattr(smtplib.SMTP, "rcpt", cannot_be_written)
    assert outbox.deliver() == Counts(sent=4, failed=1)


def test_time_that_runs_out_while_a_mail_leaves_is_no_fault_of_it(sink, person, queue_note, monkeypatch):
    queue_note(person("Lina"))

    def run_out(self, *mail):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(smtplib.SMTP, "sendmail", run_out)
    with pytest.raises(SoftTimeLimitExceeded):
        outbox.deliver()
    assert states() == [("Lina", "sending", 0, "")]  # until its claim runs out: it may have left


def test_a_server_that_says_no_good_goodbye_changes_nothing(sink, five):
    sink.behaviour = lambda command, argument: "221 " + 10_000 * "-" if command == "QUIT" else None
    assert outbox.deliver() == Counts(sent=5)
