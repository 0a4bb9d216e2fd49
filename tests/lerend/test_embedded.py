"""The services of the local environment: real ones, really killed."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from lerend import embedded
from lerend.embedded import postgresql
from lerend.embedded.errors import EmbeddedError
from lerend.embedded.lease import ensure
from lerend.processes import die_with_parent
from tests.lerend.living import kill_all, no_trace, nothing_left, processes, python, wait_for

USER = """
import pathlib, sys
from lerend.embedded.lease import ensure, leave
var = pathlib.Path(sys.argv[1])
ensure(var)
import psycopg
from lerend.embedded import sockets
with psycopg.connect(host=str(sockets(var)), user="lerend", dbname="lerend") as c:
    c.execute("SELECT pg_advisory_xact_lock(1)")  # two at once would both find no table
    c.execute("CREATE TABLE IF NOT EXISTS note (text text)")
    for text in sys.argv[2:]:
        c.execute("INSERT INTO note VALUES (%s)", [text])
    notes = [row[0] for row in c.execute("SELECT text FROM note ORDER BY text")]
server = (var / "postgresql/postmaster.pid").read_text().split()[0]
print(server, *notes, flush=True)
sys.stdin.read()
leave(var)
"""


def use(var: Path, *notes: str) -> "subprocess.Popen[str]":
    """Start somebody who uses the services, writes ``notes`` and stays until told to end."""
    return python("-c", USER, str(var), *notes, var=var, LEREND_EMBEDDED_FAST="")  # that would lose notes when killed


def says(user: "subprocess.Popen[str]") -> list[str]:
    """Return the number of the server that ``user`` found, and all notes."""
    assert user.stdout is not None
    line = user.stdout.readline()
    assert line, user.communicate(timeout=20)[1]
    return line.split()


def end(*users: "subprocess.Popen[str]") -> None:
    for user in users:
        assert user.communicate(timeout=20)[1] == ""
        assert user.returncode == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database in it, at rest."""
    var = tmp_path_factory.mktemp("made")
    with no_trace(var):
        end(use(var))
        assert nothing_left(var)
    return var


@pytest.fixture
def var(made: Path, tmp_path: Path) -> Path:
    """A copy of that folder, for one test."""
    subprocess.run(["cp", "-a", made, tmp_path / "var"], check=True)
    return tmp_path / "var"


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("redis://valkey:6379/2", "redis://valkey:6379/2"),
        ("rediss://:secret@valkey/0?ssl_cert_reqs=required", "rediss://:secret@valkey/0?ssl_cert_reqs=required"),
        ("unix:///srv/valkey.sock?db=3", "redis+socket:///srv/valkey.sock?virtual_host=3"),
        ("unix:///srv/valkey.sock", "redis+socket:///srv/valkey.sock"),
    ],
)
def test_celery_names_a_socket_its_own_way(url: str, broker: str) -> None:
    assert embedded.broker_url(url) == broker


@pytest.mark.parametrize(
    ("var", "folder"),
    [
        ("/srv/app/var", "/srv/app/var/sockets"),
        ("/srv/" + 80 * "a", "/srv/" + 80 * "a" + "/sockets"),
        ("/srv/" + 81 * "a", "/tmp/lerend-e19d3918edfeb93e"),  # noqa: S108
        ("/srv/my app/var", "/tmp/lerend-ba851bf95b791165"),  # noqa: S108
    ],
)
def test_sockets_are_where_an_address_can_name_them(var: str, folder: str) -> None:
    assert str(embedded.sockets(Path(var))) == folder


def test_settings_start_nothing(tmp_path: Path) -> None:
    process = python("-c", "import django; django.setup()", var=tmp_path, DJANGO_SETTINGS_MODULE="lerend.settings")
    assert process.communicate(timeout=60) == ("", "")
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
    assert processes(tmp_path) == {}


@pytest.mark.processes
def test_the_last_to_leave_stops_the_services_and_what_was_written_stays(var: Path) -> None:
    with no_trace(var):
        first, second = use(var, "one"), use(var)
        server = says(first)[0]
        assert says(second)[0] == server
        end(first)
        third = use(var, "two")
        assert says(third) == [server, "one", "two"]
        end(second, third)
        assert nothing_left(var)
        later = use(var)
        assert says(later)[1:] == ["one", "two"]
        end(later)
        assert nothing_left(var)


@pytest.mark.processes
def test_six_at_once_make_and_share_one_database(tmp_path: Path) -> None:
    with no_trace(tmp_path):
        users = [use(tmp_path) for _ in range(6)]
        servers = {says(user)[0] for user in users}
        assert len(servers) == 1
        keepers = [line for line in processes(tmp_path).values() if "lerend.embedded.keeper" in line]
        assert len(keepers) == 1
        end(*users)
        assert nothing_left(tmp_path)


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("victim", ["bin/postgres", "valkey-server", "lerend.embedded.keeper"])
def test_services_come_back_after_any_of_them_is_killed(var: Path, victim: str, number: signal.Signals) -> None:
    with no_trace(var):
        first = use(var, "kept")
        server = says(first)[0]
        (killed,) = [number for number, line in processes(var).items() if victim in line]
        os.kill(killed, number)
        assert wait_for(lambda: killed not in processes(var))
        second = use(var)
        again, *notes = says(second)
        assert (again != server, notes) == (True, ["kept"])
        end(first, second)
        assert nothing_left(var)


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_user_that_is_killed_leaves_nothing(var: Path, number: signal.Signals) -> None:
    with no_trace(var):
        user = use(var)
        assert says(user)
        user.send_signal(number)
        user.communicate()
        assert nothing_left(var)


@pytest.mark.processes
def test_a_database_half_made_is_made_anew(tmp_path: Path) -> None:
    with no_trace(tmp_path):
        cut_off = use(tmp_path)
        assert wait_for((tmp_path / "postgresql.unfinished/pg_wal").exists)
        kill_all(tmp_path)
        cut_off.communicate()
        assert nothing_left(tmp_path)
        assert not (tmp_path / "postgresql").exists()
        user = use(tmp_path, "whole")
        assert says(user)[1:] == ["whole"]
        end(user)
        assert nothing_left(tmp_path)


@pytest.mark.processes
def test_what_it_did_not_make_it_leaves_alone_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "postgresql").mkdir()
    (tmp_path / "postgresql/thesis.txt").write_text("years of work")
    command = python("manage.py", "migrate", var=tmp_path)
    assert command.communicate(timeout=60) == (
        "",
        f"EmbeddedError: {tmp_path}/postgresql is geen map van PostgreSQL. Zet die ergens anders en begin opnieuw.\n",
    )
    assert command.returncode == 1
    assert (tmp_path / "postgresql/thesis.txt").read_text() == "years of work"
    assert nothing_left(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_folder_is_left_alone(tmp_path: Path) -> None:
    os.chown(tmp_path, 1, 1)
    with pytest.raises(EmbeddedError) as refused:
        ensure(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path} is van een andere gebruiker. Werk als die gebruiker, of kies met LEREND_VAR een eigen map."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.processes
@pytest.mark.parametrize("name", ["long" * 25, "with space"])
def test_any_folder_will_do(tmp_path: Path, name: str) -> None:
    var = tmp_path / name
    with no_trace(var):
        user = use(var, "here")
        assert says(user)[1:] == ["here"]
        assert [path.stat().st_mode & 0o777 for path in (embedded.sockets(var),)] == [0o700]
        end(user)
        assert nothing_left(var)
        assert not embedded.sockets(var).exists()


@pytest.mark.processes
@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_root_needs_no_folder_opened(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    var = closed / "var"
    with no_trace(var):
        user = use(var, "in")
        assert says(user)[1:] == ["in"]
        end(user)
        assert nothing_left(var)
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_full_disk_is_said_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=3 * 1024 * 1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(postgresql.RefusedError) as refused:
        postgresql.make(tmp_path / "postgresql", 0)
    assert str(refused.value) == f"De schijf van {tmp_path} is vol: er is 3 MB vrij en 200 MB nodig."
    assert list(tmp_path.iterdir()) == []


def test_a_newer_or_older_database_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "postgresql"
    data.mkdir()
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(postgresql.RefusedError) as refused:
        postgresql.make(data, 0)
    assert str(refused.value) == (
        f"{data} is van PostgreSQL 16, dit is 18. Zet die map ergens anders en begin opnieuw."
    )
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_the_server_keeps_rows_out_of_its_log() -> None:
    closed = {name: postgresql.SETTINGS[name] for name in ("log_error_verbosity", "log_min_error_statement")}
    assert closed == {"log_error_verbosity": "terse", "log_min_error_statement": "panic"}


def test_dying_with_a_parent_is_asked_of_linux_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lerend.processes.sys.platform", "darwin")
    monkeypatch.setattr("lerend.processes.ctypes.CDLL", None)
    die_with_parent()
