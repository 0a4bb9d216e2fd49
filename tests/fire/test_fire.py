"""Mail while everything that it needs breaks: nothing is lost, and no more comes twice than was in flight."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC
from typing import Any

import pytest
import time_machine
from django.db import connection

from lerend.mail.delivery.making import message_id
from tests.fire.house import Arrivals, House, until
from tests.lerend.living import no_trace

pytestmark = [pytest.mark.processes, pytest.mark.django_db]  # of the database, only the tables are copied

TALKS = 200  # with ten people each
KILLS = 10
EACH = 2  # processes of a worker that send


@pytest.fixture(scope="module", autouse=True)
def real_clock() -> Iterator[None]:
    """The clock of the processes that are started here."""
    with time_machine.travel(time_machine.escape_hatch.datetime.datetime.now(UTC)):
        yield


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    var = tmp_path_factory.mktemp("fire")
    with django_db_blocker.unblock():
        tables_of = connection.get_connection_params()
    with no_trace(var), pytest.MonkeyPatch.context() as patch:
        patch.delenv("LEREND_EMBEDDED_FAST", raising=False)  # what is written down has to outlive a crash
        house = House(var)
        try:
            house.open(tables_of)
            yield house
        finally:
            house.close()


class Story:
    """What happens to the mail that is queued from here on."""

    def __init__(self, house: House, talks: int) -> None:
        self.house = house
        self._before = {pk for (pk,) in house.ask("SELECT id FROM sessions_app_session")}
        self._arrived = len(house.arrivals().lines)
        self._begun = time.monotonic()
        self.cancelled: dict[str, float] = {}
        self.plan(talks)

    def plan(self, talks: int) -> None:
        self.house.office.tell(["plan", talks])

    @property
    def came(self) -> Arrivals:
        return Arrivals(self.house.arrivals().lines[self._arrived :])

    def come(self, count: int) -> None:
        """Wait until so many mails came."""
        until(lambda: len(self.came.mails) >= count, f"{count} mails")

    def messages(self, what: str = "TRUE") -> dict[str, tuple[str, str, str]]:
        """Return (state, kind, talk) by Message-ID of the invitations and cancellations for which ``what`` holds."""
        rows = self.house.ask(
            "SELECT key, state, kind, about FROM mail_message"  # noqa: S608
            f" WHERE kind IN ('invitation', 'cancelled') AND NOT about = ANY(%s) AND {what}",
            list(self._before),
        )
        return {message_id(key): (state, kind, str(about)) for key, state, kind, about in rows}

    def _all_is_gone(self) -> bool:
        if self.messages("state = 'queued' AND send_after > now()"):
            self.house.pass_a_minute()
        return self.messages("state IN ('queued', 'sending')") == {}

    def cancel(self, count: int) -> None:
        """Cancel talks of which a worker has invitations in hand at this moment."""
        in_hand = {talk for _, _, talk in self.messages("state = 'sending'").values()} - set(self.cancelled)
        chosen = sorted(in_hand)[:count]
        self.cancelled |= dict(zip(chosen, self.house.office.tell(["cancel", chosen]), strict=True))

    def end(
        self, name: str, tell: Callable[[str, str], None], in_flight: int = 0
    ) -> tuple[Arrivals, dict[str, tuple[str, str, str]]]:
        """Wait until all mail is gone, see that it is well, and return what came and what was queued.

        ``in_flight`` is how much may come twice besides the last mails of connections that were cut.
        """
        until(self._all_is_gone, "all mail is gone")
        came, messages = self.came, self.messages()
        states = Counter(state for state, _, _ in messages.values())
        told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        tell(
            "counts",
            f"{name}: {len(messages)} queued ({told}), {len(came.by_id)} distinct at the mail server,"
            f" {len(came.twice())} of them twice; {time.monotonic() - self._begun:.0f} s",
        )
        assert {pk for pk, (state, _, _) in messages.items() if state == "sent"} <= set(came.by_id)  # nothing is lost
        assert set(came.by_id) <= set(messages)
        assert len(came.doubled_without_reason()) <= in_flight
        return came, messages


def moments(house: House) -> dict[str, AbstractContextManager[None]]:
    """Return ten moments in the life of a batch; a worker is at that moment between ``with`` and its end."""
    return {
        "when it claimed, before it reads the batch": house.locked(
            "organisations_user", "ACCESS EXCLUSIVE", '"mail_message" LEFT OUTER JOIN "organisations_user"'
        ),
        "while it reads what the mails are about": house.locked(
            "sessions_app_participant", "ACCESS EXCLUSIVE", "sessions_app_participant"
        ),
        "while it connects": house.held_at("CONNECT"),
        "while it says from whom": house.held_at("MAIL"),
        "while it says to whom": house.held_at("RCPT"),
        "while it asks to send": house.held_at("DATA"),
        "halfway a mail": house.held_at("BODY"),
        "when a mail was taken, before it heard so": house.held_at("ACCEPTED"),
        "while it writes that a mail was sent": house.locked("mail_message", "SHARE", "UPDATE mail_message"),
        "at full speed": nullcontext(),
    }


def test_a_worker_is_killed_at_ten_moments(house: House, record_property: Callable[[str, object], None]) -> None:
    story = Story(house, TALKS)
    house.start_workers()
    for number, (when, moment) in enumerate(moments(house).items(), start=1):
        story.come(number * 150)
        with moment:
            if when == "while it says to whom":
                story.cancel(5)  # in the hands of who is killed
            house.kill_workers()
        house.start_workers()
    story.come(1700)
    with house.held_at("RCPT"):
        story.cancel(5)  # in the hands of who lives on
    came, messages = story.end(f"{KILLS} kills", record_property)

    assert len(came.twice()) <= KILLS * EACH
    kept = {pk for pk, (_, kind, talk) in messages.items() if kind == "invitation" and talk not in story.cancelled}
    assert len(kept) == (TALKS - len(story.cancelled)) * 10
    assert kept <= set(came.by_id)
    late = Counter(
        story.cancelled[talk]
        for pk, (_, kind, talk) in messages.items()
        if kind == "invitation" and talk in story.cancelled
        for mail in came.by_id.get(pk, ())
        if mail["at"] > story.cancelled[talk]
    )
    assert len(story.cancelled) == 10
    assert all(count <= EACH for count in late.values()), late  # who was being written to at that moment
    # Whoever got an invitation that does not stand any more got to hear so.
    called_off = {
        kind: Counter(
            (talk, came.by_id[pk][0]["to"])
            for pk, (_, of, talk) in messages.items()
            if of == kind and talk in story.cancelled and pk in came.by_id
        )
        for kind in ("invitation", "cancelled")
    }
    assert set(called_off["invitation"]) <= set(called_off["cancelled"])


def test_two_beats_and_four_workers(house: House, record_property: Callable[[str, object], None]) -> None:
    house.kill_workers()
    house.start_beat()
    story = Story(house, 40)
    house.start_workers(4)
    came, messages = story.end("two beats and four workers", record_property)
    assert (set(came.by_id), came.twice()) == (set(messages), [])
    assert len(messages) == 400
    house.kill_workers()


@pytest.fixture
def one_worker(house: House) -> None:
    house.kill_workers()
    house.start_workers()


def test_valkey_stops_and_comes_back(
    house: House, one_worker: None, record_property: Callable[[str, object], None]
) -> None:
    story = Story(house, 10)
    story.come(20)
    house.services.end(house.services.valkey, signal.SIGKILL)
    story.plan(10)  # while nobody can be woken
    house.services.start_valkey()
    came, messages = story.end("Valkey stops", record_property)
    assert (set(came.by_id), came.twice(), len(messages)) == (set(messages), [], 200)


def test_postgresql_stops_and_comes_back(
    house: House, one_worker: None, record_property: Callable[[str, object], None]
) -> None:
    story = Story(house, 30)
    story.come(60)
    house.services.end(house.services.postgresql, signal.SIGINT)
    house.services.start_postgresql()
    came, messages = story.end("PostgreSQL stops", record_property, in_flight=EACH)
    assert (set(came.by_id), len(messages)) == (set(messages), 300)


def test_postgresql_crashes_and_comes_back(
    house: House, one_worker: None, record_property: Callable[[str, object], None]
) -> None:
    story = Story(house, 20)
    story.come(60)
    house.services.end(house.services.postgresql, signal.SIGQUIT)
    house.services.start_postgresql()
    came, messages = story.end("PostgreSQL crashes", record_property, in_flight=EACH)
    assert (set(came.by_id), len(messages)) == (set(messages), 200)


def test_the_mail_server_stops_and_comes_back(
    house: House, one_worker: None, record_property: Callable[[str, object], None]
) -> None:
    story = Story(house, 20)
    story.come(50)
    house.sink.kill()
    waits = "state = 'queued' AND send_after > now()"
    until(lambda: story.messages(waits) != {}, "the workers see that it is gone")
    house.open_sink()
    house.pass_a_minute()
    came, messages = story.end("the mail server stops", record_property)
    assert (set(came.by_id), len(messages)) == (set(messages), 200)
    assert len(came.twice()) <= EACH


def test_a_mail_server_that_says_all_sorts_of_things(
    house: House, one_worker: None, record_property: Callable[[str, object], None]
) -> None:
    house.sink.tell(
        {
            "answers": [
                ["RCPT", "lina1@", "450 busy"],
                ["RCPT", "lina2@", "550 nobody here"],
                ["RCPT", "lina3@", "421 closing"],
                ["DATA", "lina4@", "HANG"],
                ["ACCEPTED", "lina5@", "CUT"],
                ["ACCEPTED", "lina6@", "450 later"],
            ]
        }
    )
    story = Story(house, 3)
    tried = "state = 'queued' AND attempts > 0"

    def all_were_tried() -> bool:
        house.pass_a_minute("attempts = 0")  # three broken connections in a row, and the rest waits
        return (len(story.messages(tried)), len(story.messages("state = 'failed'"))) == (5 * 3, 3)

    until(all_were_tried, "all have been tried")
    house.sink.tell({"answers": [["MAIL", "", "421 too busy"]]})
    house.pass_a_minute()
    until(lambda: len(story.messages(f"{tried} AND send_after > now()")) == 5 * 3, "all are put off")
    house.sink.tell({"answers": []})
    house.pass_a_minute()
    came, messages = story.end("a mail server in a bad mood", record_property)
    count = {f"lina{number}@meetstad.test": 3 for number in range(10)}
    del count["lina2@meetstad.test"]
    count["lina5@meetstad.test"] *= 2  # taken, though it never said so
    assert Counter(mail["to"] for mail in came.mails) == count
    assert Counter(state for state, _, _ in messages.values()) == {"sent": 27, "failed": 3}
