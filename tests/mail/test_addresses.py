"""Addresses that take no mail."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lerend.mail import addresses, outbox
from lerend.mail.models import FailingAddress
from lerend.mail.outbox import Counts
from lerend.mail.signals import address_fails

pytestmark = pytest.mark.django_db
LINA = "lina@voorbeeld.test"


@pytest.fixture
def told():
    """The addresses that the apps above were told of."""
    heard = []

    def hear(sender, address, **kwargs):
        heard.append(address)

    address_fails.connect(hear)
    yield heard
    address_fails.disconnect(hear)


@pytest.mark.parametrize(
    ("command", "answer", "fails"),
    [
        ("RCPT", "550 5.1.1 nobody here", True),
        ("RCPT", "550 nobody here", True),
        ("RCPT", "552 5.2.2 full", True),
        ("RCPT", "550 5.7.1 not from you", False),  # about us
        ("RCPT", "554 no", False),
        ("DATA", "550 looks like spam", False),
        ("RCPT", "450 later", False),
    ],
)
def test_an_address_fails_when_its_server_wants_no_mail_for_it(sink, person, queue_note, told, command, answer, fails):
    queue_note(person("Lina"))
    sink.behaviour = lambda asked, argument: answer if asked == command else None
    outbox.deliver()
    found = addresses.failing(["LINA@voorbeeld.test", "joost@voorbeeld.test", ""])
    assert (found, told) == (({LINA}, [LINA]) if fails else (set(), []))


def test_an_address_that_takes_mail_again_fails_no_more(sink, person, queue_note, django_assert_num_queries):
    lina, joost = person("Lina"), person("Joost")
    at = timezone.now() - timedelta(days=1)
    for address in (lina.email, joost.email):
        addresses.fails(address, at)
    queue_note(lina)
    assert outbox.deliver() == Counts(sent=1)
    with django_assert_num_queries(1):
        assert addresses.failing([lina.email, joost.email]) == {joost.email}
    with django_assert_num_queries(0):
        assert addresses.failing([]) == set()


def test_within_one_run_an_address_may_fail_and_work_again(sink, person, queue_note):
    lina = person("Lina")
    queue_note(lina)
    queue_note(lina)
    answers = iter(["550 nobody"])
    sink.behaviour = lambda command, argument: next(answers, None) if command == "RCPT" else None
    assert outbox.deliver() == Counts(sent=1, failed=1)
    assert addresses.failing([LINA]) == set()


def test_what_works_ends_no_failure_of_later():
    now = timezone.now()
    addresses.fails(LINA, now)
    addresses.works(LINA, now - timedelta(seconds=1))
    assert addresses.failing([LINA]) == {LINA}
    addresses.works(LINA, now)
    assert addresses.failing([LINA]) == set()


def test_no_address_is_kept_and_marks_are_forgotten(settings):
    now = timezone.now()
    addresses.fails(LINA, now - timedelta(days=settings.MAIL_KEPT_DAYS + 1))
    addresses.fails("joost@voorbeeld.test", now)
    assert not any("voorbeeld" in value for row in FailingAddress.objects.values_list() for value in map(str, row))
    outbox.tidy(now)
    assert addresses.failing([LINA, "joost@voorbeeld.test"]) == {"joost@voorbeeld.test"}
