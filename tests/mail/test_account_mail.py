"""allauth's mail: closed in the table, gone once sent, failed or expired."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import connection
from django.utils import timezone

from lerend.mail import account_mail, outbox
from lerend.mail.models import Message, State
from lerend.mail.outbox import Counts

pytestmark = pytest.mark.django_db
CODE = "account/email/login_code"


def code_mail(to="lina@voorbeeld.test"):
    """A mail as allauth makes it."""
    return EmailMessage("Je code", "De code is QK7-PLM", to=[to])


def stored():
    """Return all that the table holds, as bytes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT m::text, coalesce(payload, '') FROM mail_message m")
        return b"".join(text.encode() + bytes(payload) for text, payload in cursor.fetchall())


def test_it_is_closed_until_it_is_sent_and_gone_after(sink):
    account_mail.queue(CODE, code_mail())
    assert b"account" in stored()
    assert b"QK7" not in stored()
    assert Message.objects.filter(payload__isnull=False).count() == 1

    assert outbox.deliver() == Counts(sent=1)
    [mail] = sink.messages
    assert (mail["Subject"], mail["To"], mail.get_content().strip()) == (
        "Je code",
        "lina@voorbeeld.test",
        "De code is QK7-PLM",
    )
    assert list(Message.objects.values_list("state", "payload")) == [("sent", None)]


def test_html_goes_along(sink):
    message = EmailMultiAlternatives("Onderwerp", "Tekst", to=["lina@voorbeeld.test"])
    message.attach_alternative("<p>Tekst</p>", "text/html")
    account_mail.queue("account/email/password_reset_key", message)
    outbox.deliver()
    assert sink.messages[0].get_body(("html",)).get_content() == "<p>Tekst</p>"


@pytest.mark.parametrize(
    ("prefix", "lasts"),
    [
        (CODE, timedelta(minutes=15)),
        ("account/email/password_reset_code", timedelta(minutes=15)),
        ("account/email/password_reset_key", timedelta(hours=24)),
        ("account/email/email_confirmation", timedelta(hours=24)),
    ],
)
def test_it_is_not_sent_late(sink, prefix, lasts):
    account_mail.queue(prefix, code_mail())
    expires_at = Message.objects.values_list("expires_at", flat=True).get()
    assert expires_at is not None
    assert abs(expires_at - timezone.now() - lasts) < timedelta(seconds=5)
    assert outbox.deliver(expires_at) == Counts(missed=1)
    assert list(Message.objects.values_list("state", "payload")) == [("missed", None)]
    assert sink.messages == []


def test_what_waits_for_another_attempt_is_wiped_when_it_expires(sink):
    account_mail.queue(CODE, code_mail())
    sink.behaviour = lambda command, argument: "450 busy" if command == "RCPT" else None
    now = timezone.now()
    for _ in range(3):
        outbox.deliver(now)
        now = Message.objects.get().send_after
    expires_at = Message.objects.get().expires_at
    assert expires_at is not None
    assert expires_at < now
    assert outbox.deliver(expires_at) == Counts(missed=1)
    assert list(Message.objects.values_list("state", "payload")) == [("missed", None)]


def test_a_failed_one_is_wiped(sink):
    account_mail.queue(CODE, code_mail())
    sink.behaviour = lambda command, argument: "550 unknown" if command == "RCPT" else None
    assert outbox.deliver() == Counts(failed=1)
    assert list(Message.objects.values_list("state", "payload")) == [("failed", None)]


def test_one_that_no_key_opens_stands_in_nobodys_way(sink, settings):
    keys = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    account_mail.queue(CODE, code_mail("joost@voorbeeld.test"))
    settings.ENCRYPTION_KEYS = keys
    account_mail.queue(CODE, code_mail())
    assert outbox.deliver() == Counts(sent=1, retried=1)
    assert sink.receivers == ["lina@voorbeeld.test"]
    assert Message.objects.exclude(state=State.SENT).values_list("error", flat=True).get() == "InvalidToken"


@pytest.mark.parametrize("count", [1, 20])
def test_queries_do_not_grow(sink, count, django_assert_num_queries):
    outbox.deliver()  # the first run of a day puts the daily mails together
    for number in range(count):
        account_mail.queue(CODE, code_mail(f"lina{number}@voorbeeld.test"))
    with django_assert_num_queries(6 + 2):
        assert outbox.deliver() == Counts(sent=count)
