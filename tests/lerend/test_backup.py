"""A backup of the real database, brought back on a machine where there is nothing yet."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from lerend import backup, embedded
from lerend.mail.models import Message
from tests.lerend.living import no_trace, nothing_left, python
from tests.rows import add_contributions, add_talks

NOTE = "Een gedachte voor mij alleen"
READ = """
import django; django.setup()
from organisations.models import User
from sessions_app.models import Contribution
lina = User.objects.get(email="lina@voorbeeld.test")
print(*[(c.text, c.audience) for c in Contribution.objects.visible_to(lina)], sep="\\n")
print(Contribution.objects.visible_to(User.objects.get(email="sem@voorbeeld.test")).count())
from lerend.mail.models import Message
print(*Message.objects.order_by("key").values_list("key", "state"), sep="\\n")
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def note(cast, edition):
    """A private text of lina's, and mail that was due and that is to come."""
    talk = add_talks(
        cast.home, [[cast.lina, cast.sem]], planned_by=cast.lina, first=datetime(2026, 3, 1, tzinfo=UTC), state="held"
    )[0]
    (made,) = add_contributions([talk], [cast.lina], audience="private")
    made.text = NOTE
    made.save()
    for key, moment in (("due", datetime(2026, 3, 1, tzinfo=UTC)), ("later", datetime(2099, 3, 1, tzinfo=UTC))):
        Message.objects.create(kind="none", key=key, recipient=cast.lina, about=talk.id, send_after=moment)
    return made


def keys(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def make(folder: Path, **options: Path) -> tuple[Path, list[str]]:
    out = StringIO()
    call_command("backup", str(folder), stdout=out, **options)
    return next(path for path in folder.iterdir() if not path.name.startswith(".")), out.getvalue().splitlines()


def restore(backup_folder: Path, **options) -> None:
    call_command("restore", str(backup_folder), stdout=StringIO(), **options)


@pytest.mark.processes
def test_a_private_note_comes_back_on_an_empty_machine(note, settings, tmp_path) -> None:
    made, told = make(tmp_path / "backups", keys=tmp_path / "keys.env")
    assert told == [
        f"Backup made: {made}",
        f"Keys written: {tmp_path / 'keys.env'}. Keep them on another machine than the backup.",
    ]
    assert NOTE.encode() not in (made / "database.dump").read_bytes()
    var = tmp_path / "empty"
    environment = {
        **keys(tmp_path / "keys.env"),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "lerend.settings",
    }
    with no_trace(var):
        started = python("manage.py", "restore", str(made), "--drop-due-mail", var=var, **environment)
        out, errors = started.communicate(timeout=100)
        assert (started.returncode, errors) == (0, "")
        created_at = json.loads((made / "manifest.json").read_text())["created_at"]
        assert out.splitlines() == [
            f"The backup of {created_at} is back.",
            "Its texts open with these keys.",
            "Mail that was due and is not sent any more: 1.",
            "Now run manage.py migrate, then start web, worker and beat.",
        ]
        migrated = python("manage.py", "migrate", "--check", var=var, **environment)
        assert (migrated.communicate(timeout=100)[1], migrated.returncode) == ("", 0)
        reader = python("-c", READ, var=var, **environment)
        out, errors = reader.communicate(timeout=100)
        assert (errors, out.splitlines()) == (
            "",
            [str((NOTE, "private")), "0", "('due', 'cancelled')", "('later', 'queued')"],
        )
        again = python("manage.py", "restore", str(made), var=var, **environment)
        assert again.communicate(timeout=100)[1].startswith("CommandError: The database is not empty.")
        assert nothing_left(var)


def test_only_their_owner_reads_the_files_and_the_keys_are_in_none(note, settings, tmp_path) -> None:
    made, _ = make(tmp_path / "backups", keys=tmp_path / "keys.env")
    files = [*made.iterdir(), tmp_path / "keys.env"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert sorted(path.name for path in made.iterdir()) == ["database.dump", "manifest.json"]
    manifest = json.loads((made / "manifest.json").read_text())
    assert set(manifest) == {
        "format",
        "created_at",
        "postgresql",
        "migrations",
        "bytes",
        "sha256",
        "keys",
    }
    assert manifest["migrations"]["sessions"] == "0001_initial"
    whole = b"".join(path.read_bytes() for path in made.iterdir())
    secrets = [*settings.ENCRYPTION_KEYS, settings.MARK_KEY, settings.SECRET_KEY]
    assert [secret for secret in secrets if secret.encode() in whole] == []
    assert keys(tmp_path / "keys.env") == {
        "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        "MARK_KEY": settings.MARK_KEY,
        "SECRET_KEY": settings.SECRET_KEY,
    }


def test_keys_do_not_go_with_the_backup_and_older_ones_are_kept(settings, tmp_path) -> None:
    with pytest.raises(CommandError, match=r"lies with the backups. Whoever gets hold"):
        make(tmp_path / "backups", keys=tmp_path / "backups" / "x" / "keys.env")
    assert not (tmp_path / "backups").exists()
    with pytest.raises(CommandError, match=r"^There is no folder .*/nowhere to write the keys in\.$"):
        make(tmp_path / "backups", keys=tmp_path / "nowhere" / "keys.env")
    make(tmp_path / "one", keys=tmp_path / "keys.env")
    make(tmp_path / "two", keys=tmp_path / "keys.env")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    with pytest.raises(CommandError, match="holds other keys, which an older backup may need"):
        make(tmp_path / "three", keys=tmp_path / "keys.env")


def test_a_database_with_anything_in_it_is_refused(tmp_path) -> None:
    made, _ = make(tmp_path / "backups")
    with pytest.raises(CommandError, match=r"^The database is not empty\. .* Nothing was restored\.$"):
        restore(made)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ENCRYPTION_KEYS": [Fernet.generate_key().decode()]}, "ENCRYPTION_KEYS"),
        ({"MARK_KEY": "another"}, "MARK_KEY"),
        ({"ENCRYPTION_KEYS": [Fernet.generate_key().decode()], "MARK_KEY": "x"}, "ENCRYPTION_KEYS and MARK_KEY"),
    ],
)
def test_other_keys_are_refused(settings, tmp_path, change, named) -> None:
    made, _ = make(tmp_path / "backups", keys=tmp_path / "keys.env")
    for name, value in change.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError, match=rf"^{named} are not those of this backup: its texts would stay closed"):
        restore(made)
    with pytest.raises(CommandError, match="The database is not empty"):  # the keys of the file pass
        restore(made, keys=tmp_path / "keys.env")


def test_keys_come_back_from_their_file_whatever_they_look_like(settings, tmp_path) -> None:
    settings.MARK_KEY = "it's $HOME # and \\ more = "
    backup.write_keys(tmp_path / "keys.env")
    assert backup.read_keys(tmp_path / "keys.env") == backup.keys_in_use()


def test_a_file_without_keys_is_refused(tmp_path) -> None:
    made, _ = make(tmp_path / "backups")
    with pytest.raises(CommandError, match=r"manifest.json is no file with keys"):
        restore(made, keys=made / "manifest.json")


def test_a_damaged_dump_is_refused(tmp_path) -> None:
    made, _ = make(tmp_path / "backups")
    dump = made / "database.dump"
    whole = dump.read_bytes()
    for damaged in (whole[:-100], whole[:5000] + b"\0\1\2" + whole[5003:], b""):
        dump.write_bytes(damaged)
        with pytest.raises(CommandError, match=r"is damaged: it is not what manage.py backup wrote\."):
            restore(made)
    dump.write_bytes(whole)
    (made / "manifest.json").write_text("{")
    with pytest.raises(CommandError, match="is damaged"):
        restore(made)


def test_who_names_the_folder_of_all_backups_is_told_of_the_newest(tmp_path) -> None:
    made, _ = make(tmp_path)
    with pytest.raises(CommandError, match=rf"is no backup: there is no manifest.json. The newest .* is {made}\.$"):
        restore(tmp_path)


@pytest.mark.parametrize("ending", ["exit 3", "kill -9 $$"])
def test_what_was_cut_off_halfway_never_looks_whole(tmp_path, monkeypatch, ending) -> None:
    seen = tmp_path / "seen"
    stub = tmp_path / "pg_dump"
    stub.write_text(
        "#!/bin/sh\n"
        "for last; do :; done\n"
        'file="${last#--file=}"\n'
        'echo half > "$file"\n'
        f'ls -A "$(dirname "$(dirname "$file")")" > {seen}\n'
        'echo "pg_dump: error: the disk is full" >&2\n'
        f"{ending}\n"
    )
    stub.chmod(0o700)
    monkeypatch.setattr(backup, "_program", lambda name, server: stub)
    with pytest.raises(CommandError, match=r"^pg_dump failed: pg_dump: error: the disk is full$"):
        make(tmp_path / "backups")
    (name,) = seen.read_text().split()
    assert (name.startswith(".unfinished-"), list((tmp_path / "backups").iterdir())) == (True, [])


def test_programs_that_are_not_there_or_older_than_the_server_are_named(monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(connection.settings_dict, "ENGINE", "django.db.backends.postgresql")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match=r"^There is no pg_dump here\. Install .*, version 18 or newer\.$"):
        make(tmp_path / "backups")
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)'\n")
    (tmp_path / "pg_dump").chmod(0o700)
    with pytest.raises(CommandError, match=r"pg_dump is version 15, and the server 18\. Install"):
        make(tmp_path / "backups")
    assert not (tmp_path / "backups").exists()


def test_a_password_is_in_no_list_of_processes(monkeypatch, tmp_path) -> None:
    stub = tmp_path / "pg_dump"
    stub.write_text('#!/bin/sh\necho "pg_dump: error: $* / $PGPASSWORD $PGSSLMODE $PGHOST" >&2\nexit 1\n')
    stub.chmod(0o700)
    monkeypatch.setattr(backup, "_program", lambda name, server: stub)
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "s3cret")
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"sslmode": "prefer"})
    with pytest.raises(CommandError) as refused:
        make(tmp_path / "backups")
    said, told = str(refused.value).rsplit(" / ", 1)
    assert ("s3cret" in said, told) == (False, f"s3cret prefer {embedded.sockets(Path(os.environ['LEREND_VAR']))}")
