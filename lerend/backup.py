"""Backing up the database as it is, with its texts closed, and bringing it back in an empty one.

A backup is a folder with ``database.dump`` and ``manifest.json``. The keys are never in it: who gets hold of a backup
must not be able to read it. They can be written to a file of their own, which also serves as an environment file.
"""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from lerend.crypto import EncryptedTextField, decrypt
from lerend.logs import without_rows
from lerend.processes import dying_with

DUMP, MANIFEST = "database.dump", "manifest.json"
UNFINISHED = ".unfinished-"
_FORMAT = 1
_ROUNDS = 100_000
_TABLES = """
    SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""


class Keys(NamedTuple):
    """The secrets without which a backup is of no use, as the environment gives them."""

    encryption: list[str]
    mark: str

    def prints(self) -> dict[str, Any]:
        """Return fingerprints, by which the keys can be recognised but not found."""
        return {"ENCRYPTION_KEYS": [fingerprint(key) for key in self.encryption], "MARK_KEY": fingerprint(self.mark)}


def fingerprint(key: str) -> str:
    """Return what ``key`` is recognised by; slow to make, so that guessing keys is of no use."""
    return hashlib.pbkdf2_hmac("sha256", key.encode(), b"lerend backup", _ROUNDS).hex()[:32]


def keys_in_use() -> Keys:
    """Return the keys of this process."""
    return Keys(list(settings.ENCRYPTION_KEYS), settings.MARK_KEY)


def check_key_file(path: Path, folder: Path) -> None:
    """Raise CommandError when ``path`` is no place for the keys of a backup in ``folder``."""
    if path.resolve().is_relative_to(folder.resolve()):
        raise CommandError(
            f"{path} lies with the backups. Whoever gets hold of that folder could read every text. "
            "Keep the keys in another place, on another machine."
        )
    if not path.parent.is_dir():
        raise CommandError(f"There is no folder {path.parent} to write the keys in.")
    if path.exists() and path.read_text() != _key_lines():
        raise CommandError(
            f"{path} holds other keys, which an older backup may need. Keep it, and name another for the present ones."
        )


def write_keys(path: Path) -> None:
    """Write the keys of this process to ``path``, for the eyes of its owner alone."""
    unfinished = path.with_name(f"{UNFINISHED}{path.name}-{os.getpid()}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(_key_lines())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_keys(path: Path) -> Keys:
    """Return the keys in file ``path``. Raises CommandError when they are not there."""
    try:
        values = dict(word.split("=", 1) for word in shlex.split(path.read_text(), comments=True) if "=" in word)
        return Keys([key.strip() for key in values["ENCRYPTION_KEYS"].split(",")], values["MARK_KEY"])
    except (OSError, ValueError, KeyError):
        raise CommandError(f"{path} is no file with keys that manage.py backup wrote.") from None


def _key_lines() -> str:
    """Return the keys as systemd and a shell read them."""
    keys = {
        "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        "MARK_KEY": settings.MARK_KEY,
        "SECRET_KEY": settings.SECRET_KEY,
    }
    return "".join(f"{name}={shlex.quote(key)}\n" for name, key in keys.items())


def make(folder: Path) -> Path:
    """Make a backup in ``folder`` and return its own folder there, which has that name only once it is whole.

    Raises CommandError when it cannot be made.
    """
    program = _program("pg_dump", _server_version())
    now = datetime.now(UTC)
    whole = folder / f"{now:%Y-%m-%dT%H.%M.%SZ}"
    unfinished = folder / f"{UNFINISHED}{whole.name}-{os.getpid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.mkdir(mode=0o700)
        dump = unfinished / DUMP
        os.close(os.open(dump, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _run(program, "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
        manifest = {
            "format": _FORMAT,
            "created_at": now.isoformat(timespec="seconds"),
            "postgresql": _server_version(),
            "migrations": _migrations(),
            "bytes": dump.stat().st_size,
            "sha256": _sha256(dump),
            "keys": keys_in_use().prints(),
        }
        with os.fdopen(os.open(unfinished / MANIFEST, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(manifest, file, indent=2)
        for path in (dump, unfinished / MANIFEST, unfinished):
            _to_disk(path)
        unfinished.rename(whole)
        _to_disk(folder)
    except OSError as error:
        raise CommandError(f"There is no backup: {error.filename or folder}: {error.strerror}.") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return whole


def check(backup: Path) -> dict[str, Any]:
    """Return the manifest of ``backup``; raises CommandError when it is none, or not as it was made."""
    try:
        manifest: dict[str, Any] = json.loads((backup / MANIFEST).read_text())
        size, sha256 = manifest["bytes"], manifest["sha256"]
        whole = manifest["format"] == _FORMAT and (backup / DUMP).stat().st_size == size
        whole = whole and _sha256(backup / DUMP) == sha256
    except FileNotFoundError as error:
        newest = max((path.parent.name for path in backup.glob(f"[!.]*/{MANIFEST}")), default="")
        hint = f" The newest backup in it is {backup / newest}." if newest else ""
        raise CommandError(f"{backup} is no backup: there is no {Path(error.filename).name}.{hint}") from None
    except (OSError, ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise CommandError(f"{backup} is damaged: it is not what manage.py backup wrote. Nothing was restored.")
    return manifest


def check_keys(manifest: dict[str, Any], keys: Keys) -> None:
    """Raise CommandError when ``keys`` are not those of the backup with this ``manifest``."""
    needed, given = manifest["keys"], keys.prints()
    lacking = [name for name in needed["ENCRYPTION_KEYS"] if name not in given["ENCRYPTION_KEYS"]]
    wrong = ["ENCRYPTION_KEYS"] * bool(lacking) + ["MARK_KEY"] * (needed["MARK_KEY"] != given["MARK_KEY"])
    if wrong:
        raise CommandError(
            f"{' and '.join(wrong)} are not those of this backup: its texts would stay closed. Set them in the "
            "environment, or name the file that holds them with --keys. Nothing was restored."
        )


def check_empty() -> None:
    """Raise CommandError when there is anything in the database."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        if cursor.fetchone()[0]:
            raise CommandError(
                "The database is not empty. A backup comes back in an empty one alone, so that nothing is lost: make "
                "a new database, and name that in DATABASE_URL. Nothing was restored."
            )


def bring_back(backup: Path) -> None:
    """Fill the database from ``backup``: all of it or nothing. Raises CommandError when that fails."""
    program = _program("pg_restore", _server_version())
    name = str(connection.settings_dict["NAME"])
    connection.close()
    _run(program, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--dbname", name,
         str(backup / DUMP))  # fmt: skip


def open_one(keys: Keys) -> int:
    """Open one text of each closed field in the database, and return how many that were.

    Raises CommandError when one stays closed. It goes by what the database has: the code may be newer.
    """
    opened = 0
    with connection.cursor() as cursor:
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if isinstance(field, EncryptedTextField) and (
                    token := _first(cursor, model._meta.db_table, field.column)
                ):
                    try:
                        decrypt(token, keys.encryption)
                    except InvalidToken:
                        raise CommandError(
                            f"The database is back, but a text in {model._meta.label} does not open with these keys."
                        ) from None
                    opened += 1
    return opened


def drop_due_mail() -> int:
    """Take back mail that was due before now: it may have been sent after the backup was made. Return how many."""
    from lerend.mail.models import OPEN_STATES, Message, State

    due = Message.objects.filter(state__in=OPEN_STATES, send_after__lte=timezone.now())
    return due.update(state=State.CANCELLED, payload=None, claim=None, claimed_at=None)


def _first(cursor: Any, table: str, column: str | None) -> bytes | None:
    cursor.execute(
        "SELECT 1 FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = %s AND column_name = %s",
        [table, column],
    )
    if cursor.fetchone() is None:
        return None
    table, column = connection.ops.quote_name(table), connection.ops.quote_name(column or "")
    cursor.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL LIMIT 1")  # noqa: S608 - names of models
    row = cursor.fetchone()
    return bytes(row[0]) if row else None


def _migrations() -> dict[str, str]:
    """Return the last migration of each app that the database has had."""
    return dict(sorted(MigrationRecorder(connection).applied_migrations()))


def _server_version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def _program(name: str, server: int) -> Path:
    """Return PostgreSQL's program ``name``. Raises CommandError when there is none, or it is older than the server."""
    if connection.settings_dict["ENGINE"] == "lerend.embedded":
        from lerend.embedded.postgresql import BINARIES

        return BINARIES / name
    found = shutil.which(name)
    if found is None:
        raise CommandError(f"There is no {name} here. Install PostgreSQL's client programs, version {server} or newer.")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    version = re.search(r"(\d+)", told)
    if version is None or int(version[1]) < server:
        raise CommandError(
            f"{found} is version {version[1] if version else 'unknown'}, and the server {server}. "
            f"Install PostgreSQL's client programs, version {server} or newer."
        )
    return Path(found)


def _run(program: Path, *arguments: str) -> None:
    """Run a program on the database; its address and password go along in the environment, where no list shows them."""
    values = connection.settings_dict
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    _, more = connection.client.settings_to_cmd_args_env(values, [])
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGDATABASE": "NAME"}
    environment |= {name: str(values[key]) for name, key in names.items() if values[key]} | (more or {})
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [program, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=dying_with(os.getpid()),
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "error:" in line or "ERROR:" in line]
        raise CommandError(f"{program.name} failed: {without_rows(said[0]) if said else done.returncode}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
