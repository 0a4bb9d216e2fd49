"""The side of who uses the services: hold the lease, start a keeper when there is none.

Three files in ``var/locks``, all locked with flock and never read:

``lease``   shared by every user of the services; alone by a keeper that stops them
``keeper``  by who starts a keeper, then by the keeper and both servers: free once nothing of them is left
``ready``   by the keeper, while both servers answer
"""

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from lerend.embedded.errors import EmbeddedError

PATIENCE = 60.0  # seconds; making a database on a slow disk takes its time
_PAUSE = 0.05
_PROJECT = Path(__file__).resolve().parent.parent.parent

_held: dict[Path, int] = {}
_one_at_a_time = threading.Lock()


def ensure(var: Path) -> None:
    """Return once both services in ``var`` answer; they keep running at least as long as this process.

    Raises EmbeddedError with a sentence that says why they cannot start.
    """
    with _one_at_a_time:
        try:
            if var not in _held:
                _held[var] = _lease(var)
            if not ready(var):
                _start(var)
        except OSError as error:
            raise EmbeddedError(f"De diensten starten niet. {error.filename or var}: {error.strerror}.") from error


def leave(var: Path) -> None:
    """Give up this process's lease and, when it was the last, return once both services have ended."""
    with _one_at_a_time:
        lease = _held.pop(var, None)
        if lease is None:
            return
        (var / "locks" / "hurry").touch()
        os.close(lease)
    until = time.monotonic() + PATIENCE
    while _locked(var / "locks" / "keeper", fcntl.LOCK_SH) and not _used(var) and time.monotonic() < until:
        time.sleep(_PAUSE)


def ready(var: Path) -> bool:
    """Return whether a keeper says that both services in ``var`` answer."""
    return _locked(var / "locks" / "ready", fcntl.LOCK_SH)


def _used(var: Path) -> bool:
    """Return whether somebody shares the lease; a keeper that stops has it alone."""
    lease = var / "locks" / "lease"
    return _locked(lease, fcntl.LOCK_EX) and not _locked(lease, fcntl.LOCK_SH)


def _locked(path: Path, kind: int) -> bool:
    """Return whether a lock of ``kind`` on ``path`` would have to wait."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _lock(path: Path, kind: int, until: float) -> int | None:
    """Return an open file with a lock of ``kind`` on it, or None when somebody else keeps it past ``until``."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                os.close(file)
                return None
            time.sleep(_PAUSE)
        else:
            return file


def _lease(var: Path) -> int:
    var.mkdir(parents=True, exist_ok=True)
    if var.stat().st_uid != os.geteuid():
        raise EmbeddedError(
            f"{var} is van een andere gebruiker. Werk als die gebruiker, of kies met LEREND_VAR een eigen map."
        )
    (var / "locks").mkdir(exist_ok=True)
    lease = _lock(var / "locks" / "lease", fcntl.LOCK_SH, time.monotonic() + PATIENCE)
    if lease is None:
        raise EmbeddedError(f"De diensten in {var} zijn aan het stoppen en dat duurt te lang. Zie {var / 'log'}.")
    return lease


def _start(var: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not ready(var):
        keeper = _lock(var / "locks" / "keeper", fcntl.LOCK_EX, 0)
        if keeper is not None:
            try:
                _start_keeper(var, keeper)
            finally:
                os.close(keeper)
            return
        if time.monotonic() >= until:
            raise EmbeddedError(f"De diensten in {var} starten niet. Zie {var / 'log'}.")
        time.sleep(_PAUSE)


def _start_keeper(var: Path, lock: int) -> None:
    """Start a keeper that inherits ``lock``; wait until it says nothing, being ready, or why not, which is raised."""
    (var / "log").mkdir(exist_ok=True)
    with (var / "log" / "keeper.log").open("ab") as log:
        keeper = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "lerend.embedded.keeper", str(var), str(lock)],
            cwd=_PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=[lock],
            start_new_session=True,
            text=True,
            check=False,
        )
    if sentence := keeper.stdout.strip():
        raise EmbeddedError(sentence)
    if not ready(var):
        raise EmbeddedError(f"De diensten in {var} startten niet. Zie {var / 'log'}.")
