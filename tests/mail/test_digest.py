"""The daily mail, and what becomes of mail that nobody has to have."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from lerend.mail import digest, outbox
from lerend.mail.choice import MailChoice, last_digest, next_digest, unsubscribe_link, unsubscriber
from lerend.mail.kinds import Short
from lerend.mail.models import DigestDay, Message, State
from lerend.mail.outbox import Counts

pytestmark = pytest.mark.django_db

# Half past seven in Amsterdam, the day before the clock goes forward, and that day.
SATURDAY, SUNDAY = datetime(2027, 3, 27, 6, 30, tzinfo=UTC), datetime(2027, 3, 28, 5, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def optional(note):
    """Notes are optional mail, and of use for as long as ``note.until`` says."""
    note.necessary, note.until = False, None
    note.useful_until = lambda message, thing: note.until
    return note


@pytest.fixture
def daily(person):
    lina = person("Lina")
    lina.mail_choice = MailChoice.DAILY
    lina.save()
    return lina


def states():
    return list(Message.objects.order_by("send_after", "kind").values_list("kind", "state"))


@pytest.mark.parametrize(
    ("now", "last", "next_"),
    [
        (SATURDAY, SATURDAY, SUNDAY),
        (SATURDAY - MINUTE, SATURDAY - DAY, SATURDAY),
        (SUNDAY - MINUTE, SATURDAY, SUNDAY),
        (SUNDAY + HOUR, SUNDAY, SUNDAY + DAY),
        # The clock goes back on 31 October: that day has 25 hours.
        (
            datetime(2027, 10, 30, 12, tzinfo=UTC),
            datetime(2027, 10, 30, 5, 30, tzinfo=UTC),
            datetime(2027, 10, 31, 6, 30, tzinfo=UTC),
        ),
        (
            datetime(2027, 10, 31, 6, 29, tzinfo=UTC),
            datetime(2027, 10, 30, 5, 30, tzinfo=UTC),
            datetime(2027, 10, 31, 6, 30, tzinfo=UTC),
        ),
    ],
)
def test_half_past_seven_on_the_wall(now, last, next_):
    assert (last_digest(now), next_digest(now)) == (last, next_)


def test_it_looks_ahead_and_is_one_mail(mailoutbox, daily, person, queue_note, optional):
    joost = person("Joost")
    queue_note(daily, send_after=SATURDAY + 3 * HOUR)
    queue_note(daily, about=joost.pk, send_after=SUNDAY - MINUTE)
    queue_note(daily, send_after=SUNDAY)
    queue_note(joost, send_after=SATURDAY + HOUR)

    assert outbox.deliver(SATURDAY) == Counts(sent=1, bundled=2)
    assert outbox.deliver(SATURDAY) == Counts()

    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (["lina@voorbeeld.test"], "Je mail van zaterdag 27 maart 2027: 2 berichten")
    assert mail.body.count("- Een bericht") == 2
    row = Message.objects.get(kind="digest")
    assert row.key == f"digest:{daily.pk}:2027-03-27"
    assert set(Message.objects.filter(state=State.BUNDLED).values_list("bundle", flat=True)) == {row.pk}
    # Joost has each by itself; what is due from the next half past seven on is for that day.
    assert outbox.deliver(SUNDAY - MINUTE) == Counts(sent=1)
    assert outbox.deliver(SUNDAY) == Counts(sent=1, bundled=1)
    assert [mail.to[0] for mail in mailoutbox] == ["lina@voorbeeld.test", "joost@voorbeeld.test", "lina@voorbeeld.test"]


def test_what_is_soonest_comes_first_and_what_keeps_comes_last(mailoutbox, daily, person, queue_note, optional):
    until = {"Keeps": None, "Late": SUNDAY + DAY, "Soon": SUNDAY, "Later": SUNDAY + HOUR}
    people = {person(name).pk: name for name in until}
    optional.useful_until = lambda message, thing: until[people[message.about]]
    optional.in_short = lambda message, thing: Short(people[message.about])
    for about in people:
        queue_note(daily, about=about, send_after=SATURDAY)
    outbox.deliver(SATURDAY)
    [mail] = mailoutbox
    assert [line[2:] for line in mail.body.splitlines() if line.startswith("- ")] == ["Soon", "Later", "Late", "Keeps"]
    assert ("Minder mail? Kies alleen wat nodig is:" in mail.body, "één mail per dag, of" in mail.body) == (True, False)


def test_nothing_to_say_is_no_mail(mailoutbox, daily, queue_note, optional):
    message = queue_note(daily, send_after=SATURDAY + HOUR)
    optional.over = {message.about}
    assert outbox.deliver(SATURDAY) == Counts(obsolete=1, bundled=1)
    assert outbox.deliver(SUNDAY) == Counts()
    assert mailoutbox == []


def test_one_that_cannot_be_made_keeps_the_others_not(mailoutbox, daily, person, queue_note, optional):
    broken = person("Joost")
    optional.broken = {broken.pk}
    queue_note(daily, send_after=SATURDAY + HOUR)
    queue_note(daily, about=broken.pk, send_after=SATURDAY + HOUR)
    assert outbox.deliver(SATURDAY) == Counts(sent=1, bundled=2)
    assert mailoutbox[0].body.count("- Een bericht") == 1


@pytest.mark.parametrize(
    ("until", "counts"),
    [(None, Counts(held=1)), (SUNDAY + HOUR, Counts(held=1)), (SUNDAY + HOUR - MINUTE, Counts(sent=1))],
)
def test_what_comes_later_that_day_waits_where_it_keeps(mailoutbox, daily, queue_note, optional, until, counts):
    outbox.deliver(SATURDAY)
    optional.until = until
    queue_note(daily, send_after=SATURDAY + HOUR)
    assert outbox.deliver(SATURDAY + HOUR) == counts
    if counts.held:
        assert (mailoutbox, outbox.deliver(SUNDAY - MINUTE)) == ([], Counts())
        assert outbox.deliver(SUNDAY) == Counts(sent=1, bundled=1)
    assert len(mailoutbox) == 1


def test_a_worker_that_comes_late_bundles_late(mailoutbox, daily, queue_note, optional):
    queue_note(daily, send_after=SATURDAY - 2 * DAY)
    queue_note(daily, send_after=SATURDAY + 5 * HOUR)
    assert outbox.deliver(SATURDAY + 4 * HOUR) == Counts(sent=1, bundled=2)


def test_killed_halfway_leaves_nothing_behind_and_the_next_does_it_all(
    mailoutbox, daily, queue_note, optional, monkeypatch
):
    queue_note(daily, send_after=SATURDAY + HOUR)

    with monkeypatch.context() as patch:
        patch.setattr(digest, "_BUNDLE", "SELECT 1/0")
        assert outbox.deliver(SATURDAY) == Counts()
    assert (states(), DigestDay.objects.count(), mailoutbox) == ([("note", "queued")], 0, [])
    assert outbox.deliver(SATURDAY) == Counts(sent=1, bundled=1)


def test_necessary_mail_goes_at_once_whatever_one_chose(mailoutbox, person, queue_note):
    for choice in MailChoice:
        someone = person(choice)
        someone.mail_choice = choice
        someone.save()
        queue_note(someone, send_after=SATURDAY)
    assert outbox.deliver(SATURDAY) == Counts(sent=3)
    assert [mail.extra_headers.keys() & {"List-Unsubscribe", "List-Unsubscribe-Post"} for mail in mailoutbox] == [
        set()
    ] * 3


def test_who_wants_none_gets_none(mailoutbox, daily, queue_note, optional):
    queue_note(daily, send_after=SATURDAY + HOUR)
    outbox.deliver(SATURDAY)
    queue_note(daily, send_after=SATURDAY + HOUR)
    daily.mail_choice = MailChoice.NONE
    daily.save()
    assert outbox.deliver(SATURDAY + HOUR) == Counts(obsolete=1)
    assert len(mailoutbox) == 1


def test_optional_mail_is_turned_off_with_one_click(mailoutbox, person, queue_note, optional):
    lina = person("Lina")
    queue_note(lina, send_after=SATURDAY)
    outbox.deliver(SATURDAY)
    [mail] = mailoutbox
    assert mail.extra_headers["List-Unsubscribe"] == f"<{unsubscribe_link(lina.pk)}>"
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = unsubscribe_link(lina.pk).rstrip("/").rsplit("/", 1)[1]
    assert unsubscriber(token) == lina.pk
    assert [unsubscriber(other) for other in ("", "x", token[:-1], f"{lina.pk.hex}:x", token + "x")] == [None] * 5


def test_too_late_is_told_apart_from_no_longer_needed(person, queue_note, note, caplog, mailoutbox):
    caplog.set_level("INFO")
    lina = person("Lina")
    note.missed = lambda message, thing, now: thing.name == "Lina"
    note.over = {lina.pk, (joost := person("Joost")).pk}
    queue_note(lina, send_after=SATURDAY)
    queue_note(joost, send_after=SATURDAY)
    queue_note(lina, about=person("Gerda").pk, send_after=SATURDAY - DAY, expires_at=SATURDAY)
    assert outbox.deliver(SATURDAY) == Counts(obsolete=1, missed=2)
    assert "Mail: 1 obsolete, 2 missed" in caplog.text


def test_one_that_somebody_sends_now_is_passed_over(daily, queue_note, optional):
    message = queue_note(daily, send_after=SATURDAY)
    claim = {"state": "sending", "claim": message.pk, "claimed_at": SATURDAY}
    Message.objects.filter(pk=message.pk).update(**claim)
    queue_note(daily, send_after=SATURDAY)
    assert digest.bundle(SATURDAY) == 1
    message.refresh_from_db()
    assert (message.state, message.bundle) == ("sending", None)


@pytest.mark.parametrize("count", [1, 30])
def test_bundling_asks_no_more_for_more_people(person, queue_note, optional, count, django_assert_num_queries):
    for number in range(count):
        someone = person(f"Lina{number}")
        someone.mail_choice = MailChoice.DAILY
        someone.save()
        queue_note(someone, send_after=SATURDAY)
    assert connection.in_atomic_block
    with django_assert_num_queries(10):
        assert digest.bundle(SATURDAY) == count
    with django_assert_num_queries(1):
        assert digest.bundle(SATURDAY) == 0
