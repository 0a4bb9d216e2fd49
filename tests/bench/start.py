"""How long the demo takes to start the second time: from the command to the line that says it is ready."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Measure

SECONDS = 8.0
PROJECT = Path(__file__).resolve().parent.parent.parent


def measure() -> Iterator[Measure]:
    """Start the demo twice in a new folder; give ``SECONDS`` over what the second start took."""
    with tempfile.TemporaryDirectory(prefix="lerend-bench-") as var:
        first, second = _start(var), _start(var)
    yield Measure("start", SECONDS / second, 1.0, {"first_seconds": first, "second_seconds": second})


def _start(var: str) -> float:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        cwd=PROJECT,
        env=environment | {"LEREND_ENV": "local", "LEREND_VAR": var},
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        line = demo.stdout.readline()
        took = time.perf_counter() - started
        demo.send_signal(signal.SIGTERM)
    if not line.startswith("Klaar"):
        raise RuntimeError(f"The demo did not start: {line}")
    return took
