"""Parts that live and die together."""

import os
import signal
from pathlib import Path

import pytest

from tests.lerend.living import no_trace, nothing_left, processes, python, wait_for

PARTS = """
import pathlib, signal, sys, time
from lerend.supervisor import PartEndedError, Supervisor
var = pathlib.Path(sys.argv[1])
def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("here", flush=True)
    time.sleep(100)
try:
    with Supervisor(var / "log") as parts:
        (var / "log/stubborn.log").touch()
        parts.start("gentle", lambda: time.sleep(100))
        parts.start("stubborn", stubborn)
        print(parts.wait(lambda: "here" in (var / "log/stubborn.log").read_text(), 10), flush=True)
        print(parts.wait(seconds=0.2), flush=True)
        if sys.argv[2:]:
            parts.start("brief", lambda: sys.exit(3))
            parts.wait()
        sys.stdin.readline()
        parts.stop(0.5)
except PartEndedError as error:
    print(error.name, error.status, error.log.name, flush=True)
"""


@pytest.mark.processes
def test_leaving_ends_all_also_who_does_not_listen(tmp_path: Path) -> None:
    with no_trace(tmp_path):
        parent = python("-c", PARTS, str(tmp_path), var=tmp_path)
        assert wait_for(lambda: len(processes(tmp_path)) == 3)
        assert parent.communicate("end\n", timeout=20) == ("True\nFalse\n", "")
        assert processes(tmp_path) == {}


@pytest.mark.processes
def test_a_part_that_ends_is_named_and_takes_the_others_along(tmp_path: Path) -> None:
    with no_trace(tmp_path):
        parent = python("-c", PARTS, str(tmp_path), "brief", var=tmp_path)
        assert parent.communicate(timeout=20) == ("True\nFalse\nbrief 3 brief.log\n", "")
        assert processes(tmp_path) == {}


@pytest.mark.processes
def test_parts_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    with no_trace(tmp_path):
        parent = python("-c", PARTS, str(tmp_path), var=tmp_path)
        assert wait_for(lambda: len(processes(tmp_path)) == 3)
        os.kill(parent.pid, signal.SIGKILL)
        parent.communicate()
        assert nothing_left(tmp_path, seconds=3)
