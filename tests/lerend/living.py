"""Real processes in a test: starting the project's own, and seeing what is left of them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
_started: dict[Path, list["subprocess.Popen[str]"]] = defaultdict(list)


def python(*arguments: str, var: Path, **more: str) -> "subprocess.Popen[str]":
    """Start Python in the project with ``arguments``, folder ``var`` for its data, and environment ``more``."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=os.environ | {"LEREND_ENV": "local", "LEREND_VAR": str(var), "LEREND_EMBEDDED_FAST": "1"} | more,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _started[var].append(process)
    return process


def processes(var: Path) -> dict[int, str]:
    """Return the processes that work for or in folder ``var``, by number, with their command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes().split(b"\0")
            place = os.readlink(folder / "cwd")
            here = str(var).encode() in command or f"LEREND_VAR={var}".encode() in environment
            if command and int(folder.name) != os.getpid() and (here or place.startswith(str(var))):
                found[int(folder.name)] = command.replace(b"\0", b" ").decode()
    return found


def wait_for(what: Callable[[], bool], seconds: float = 20) -> bool:
    """Return whether ``what()`` came true within ``seconds``."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def nothing_left(var: Path, seconds: float = 20) -> bool:
    """Return whether within ``seconds`` no process is left that works for or in folder ``var``."""
    return wait_for(lambda: not processes(var), seconds)


def kill_all(var: Path) -> None:
    """Kill every process that works for or in folder ``var``."""
    for number in processes(var):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


@contextmanager
def no_trace(var: Path) -> Iterator[None]:
    """End what a failing test leaves in folder ``var``, and close the pipes to what it started there."""
    try:
        yield
    finally:
        kill_all(var)
        for process in _started.pop(var, []):
            process.kill()
            with process:  # waits, and closes its pipes
                pass


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
