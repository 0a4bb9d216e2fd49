"""Workers against a plain loop: the same invitations, made by the same code, to the same mail server.

All are processes of their own: the loop, a worker with one process and a worker with two, as in production.
"""

from collections.abc import Iterator
from statistics import median

from tests.bench.database import own_database
from tests.bench.mailing import PARTICIPANTS, Loop, Worker, invite, mail_server, timed
from tests.bench.measure import Measure

AIM, AIM_TOGETHER = 0.8, 1.4
RUNS = 5
SESSIONS = 100


def measure() -> Iterator[Measure]:
    """Give the speed of one process over the loop's, and of two over one's: medians of rounds in turn."""
    mails = SESSIONS * PARTICIPANTS
    with own_database(), mail_server() as server:
        invite(SESSIONS)
        contenders = [Loop(server["EMAIL_PORT"]), Worker(1, server["EMAIL_PORT"]), Worker(2, server["EMAIL_PORT"])]
        try:
            rounds = [[timed(one.deliver) for one in contenders] for _ in range(RUNS + 1)][1:]  # the first warms up
        finally:
            for one in contenders:
                one.stop()
        loop, alone, together = ([seconds[number] for seconds in rounds] for number in range(3))
        figures = {"loop mails/s": loop, "one process mails/s": alone, "two processes mails/s": together}
        speeds = {name: mails / median(seconds) for name, seconds in figures.items()}
        ratios = (
            ("delivery", AIM, [one / other for one, other in zip(loop, alone, strict=True)]),
            ("delivery by two", AIM_TOGETHER, [one / other for one, other in zip(alone, together, strict=True)]),
        )
        for name, aim, found in ratios:
            spread = {"lowest": min(found), "highest": max(found)}
            yield Measure(name, median(found), aim, {**speeds, **spread, "mails": mails})
