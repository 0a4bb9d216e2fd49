"""The memory of a worker that has sent 50,000 mails against that of one that has sent 5,000. Takes some minutes."""

import time
from collections.abc import Iterator

from tests.bench.database import own_database
from tests.bench.mailing import PARTICIPANTS, Worker, invite, mail_server, queue
from tests.bench.measure import Measure

AIM = 1.05
FEW, MANY = 5_000, 50_000


def measure() -> Iterator[Measure]:
    """Give the memory after all over that after the first 5,000, which are one delivery each."""
    with own_database(), mail_server() as server:
        invite(MANY // PARTICIPANTS)
        worker = Worker(1, server["EMAIL_PORT"])
        try:
            figures = {}
            for first, last in ((0, FEW), (FEW, MANY)):
                count = queue(first, last)
                start = time.perf_counter()
                worker.deliver()
                figures[f"mails/s to {last}"] = count / (time.perf_counter() - start)
                figures[f"MB after {last}"] = worker.memory()
        finally:
            worker.stop()
        ratio = figures[f"MB after {MANY}"] / figures[f"MB after {FEW}"]
        yield Measure("memory", ratio, AIM, figures, at_most=True)
