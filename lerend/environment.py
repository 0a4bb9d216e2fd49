"""Reading the environment, so that ``settings`` is one flat list of values.

In the local environment a missing secret is made once and kept in ``var/keys.json`` (mode 0600). In
production a missing value stops the start with a sentence that names it.
"""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

LOCAL_SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "ENCRYPTION_KEYS": lambda: Fernet.generate_key().decode(),
    "MARK_KEY": lambda: secrets.token_urlsafe(50),
}


class Environment(NamedTuple):
    """The values of one process. ``var`` is the folder for local data."""

    name: str
    var: Path

    @property
    def local(self) -> bool:
        """Whether this is the local environment, in which services and keys may be made on the spot."""
        return self.name == "local"

    def text(self, name: str, default: str | None = None, *, local: str | None = None) -> str:
        """Return variable ``name``; else ``local`` in the local environment; else ``default``.

        Raises ImproperlyConfigured, naming the variable, when nothing of these is there.
        """
        value = os.environ.get(name) or (local if self.local else None) or default
        if value is None:
            raise ImproperlyConfigured(f"The {self.name} environment needs {name}. README.md explains every variable.")
        return value

    def number(self, name: str, default: int) -> int:
        """Return variable ``name`` as a whole number."""
        value = os.environ.get(name) or default
        try:
            return int(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None

    def flag(self, name: str, default: bool = False) -> bool:
        """Return variable ``name`` as yes (1, true, yes, on) or no."""
        value = os.environ.get(name, "")
        return value.lower() in {"1", "true", "yes", "on"} if value else default

    def words(self, name: str, default: str = "") -> list[str]:
        """Return variable ``name`` as a list, split at commas."""
        return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]

    def starting_with(self, start: str) -> dict[str, str]:
        """Return every variable whose name begins with ``start``, by the rest of its name."""
        return {name.removeprefix(start): value for name, value in os.environ.items() if name.startswith(start)}

    def secret(self, name: str) -> str:
        """Return a secret from the environment, or in the local environment from ``var/keys.json``."""
        return self.text(name, local=None if os.environ.get(name) or not self.local else self._local_secret(name))

    def _local_secret(self, name: str) -> str:
        try:
            return self._kept_secret(name)
        except OSError as error:
            where = error.filename or self.var
            raise ImproperlyConfigured(f"{where}: {error.strerror}. LEREND_VAR can name another folder.") from error

    def _kept_secret(self, name: str) -> str:
        path = self.var / "keys.json"
        if not path.exists():
            self.var.mkdir(parents=True, exist_ok=True)
            made = json.dumps({key: make() for key, make in LOCAL_SECRETS.items()}, indent=2)
            unfinished = self.var / f"keys.{os.getpid()}.{secrets.token_hex(4)}"
            try:
                with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                    file.write(made)
                    file.flush()
                    os.fsync(file.fileno())
                os.link(unfinished, path)  # two processes that start at once agree on the first one's keys
            except FileExistsError:
                pass
            finally:
                unfinished.unlink(missing_ok=True)
        return str(json.loads(path.read_text())[name])
