"""A browser that does not look: for each line of JSON on stdin it asks a page many times and prints how long it took.

It is a process of its own, so that it does not share Python's lock with who starts it. A line has the ``port``,
``path``, ``cookie``, number of ``requests`` and ``concurrency``; it prints ``seconds``. Each thread keeps its
connection.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any


def ask(port: int, path: str, cookie: str, requests: int, concurrency: int) -> float:
    """Return how many seconds the requests take. Raises RuntimeError for an answer that is not 200."""

    def some(number: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            for _ in range(number):
                connection.request("GET", path, headers={"Cookie": cookie})
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    raise RuntimeError(f"{path} gives {response.status}")
        finally:
            connection.close()

    shares = [requests // concurrency] * concurrency
    started = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(some, shares))
    return time.perf_counter() - started


def main() -> None:
    """Answer each line until stdin closes."""
    for line in sys.stdin:
        job: dict[str, Any] = json.loads(line)
        print(json.dumps({"seconds": ask(**job)}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
