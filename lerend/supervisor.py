"""Running a few parts of the platform together: all of them, or none.

Parts are forked from a process that has loaded Django already: loading it is most of what starting costs, and this
way it is done once.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from lerend.processes import dying_with

_PAUSE = 0.1
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_fork = multiprocessing.get_context("fork")


class PartEndedError(Exception):
    """A part ended that should have gone on."""

    def __init__(self, name: str, status: int, log: Path) -> None:
        super().__init__(name, status, log)
        self.name, self.status, self.log = name, status, log


class Supervisor:
    """Parts that end together, also when this process is killed. Each writes to ``<name>.log`` in folder ``logs``.

    A context manager; leaving it stops all parts.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._parts: dict[str, multiprocessing.process.BaseProcess] = {}

    def __enter__(self) -> "Supervisor":
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self, name: str, part: Callable[[], object]) -> None:
        """Run ``part`` in a process of its own. Connections to the outside must be closed before."""
        process = _fork.Process(target=_run, args=(part, self._log(name), os.getpid()), name=name)
        process.start()
        self._parts[name] = process

    def wait(self, until: Callable[[], bool] = lambda: False, seconds: float = float("inf")) -> bool:
        """Wait until ``until()`` is true and return True, or return False after ``seconds``.

        Raises PartEndedError when a part ends first.
        """
        end = time.monotonic() + seconds
        while not until():
            for name, process in self._parts.items():
                if process.exitcode is not None:
                    raise PartEndedError(name, process.exitcode, self._log(name))
            if time.monotonic() > end:
                return False
            time.sleep(_PAUSE)
        return True

    def stop(self, seconds: float = 2.5) -> None:
        """Ask all parts to end, and kill those that take longer than ``seconds``. A second Ctrl-C changes nothing."""
        for number in _ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        for process in self._parts.values():
            process.terminate()
        end = time.monotonic() + seconds
        for process in self._parts.values():
            process.join(max(0.0, end - time.monotonic()))
            if process.exitcode is None:
                process.kill()
                process.join()

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"


def _run(part: Callable[[], object], log: Path, parent: int) -> None:
    dying_with(parent)()
    os.setsid()  # Ctrl-C in the terminal comes to the parent alone
    for number in _ENDINGS:
        signal.signal(number, signal.SIG_DFL)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    for output in (1, 2):
        os.dup2(file, output)
    part()
