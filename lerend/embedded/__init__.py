"""PostgreSQL and Valkey from their wheels, for the local environment.

Settings name the addresses; nothing starts before somebody connects. Then:

- each process that connects holds a shared lock on a lease file in ``var/`` for as long as it lives (``lease``);
- a keeper, in a session of its own, owns both servers and stops them once it can take that lock alone (``keeper``).

The kernel drops locks when a process ends, however it ends, so there is nothing to clean up and nothing to get wrong.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

_LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432")  # a socket's address holds 107 characters


def sockets(var: Path) -> Path:
    """Return the folder of the sockets: in ``var``, or a private one in /tmp where that path is no good as address."""
    folder = var / "sockets"
    if len(os.fsencode(folder)) <= _LONGEST_FOLDER and re.fullmatch(r"[\w./-]+", str(folder), re.ASCII):
        return folder
    return Path("/tmp") / f"lerend-{hashlib.sha256(os.fsencode(var)).hexdigest()[:16]}"  # noqa: S108 - made 0700, owner checked


def database(var: Path) -> dict[str, Any]:
    """Return the entry for ``DATABASES``; its backend starts the services at the first connection.

    Raises ImproperlyConfigured on Windows, for which there is no Valkey.
    """
    if os.name == "nt":
        raise ImproperlyConfigured("Valkey is er niet voor Windows. Stel DATABASE_URL en REDIS_URL in, of werk in WSL.")
    return {
        "ENGINE": "lerend.embedded",
        "NAME": "lerend",
        "USER": "lerend",
        "HOST": str(sockets(var)),
        "PORT": "5432",
        "VAR": str(var),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def redis_url(var: Path) -> str:
    """Return the address of the embedded Valkey. LEREND_VALKEY_DB chooses one of its 16 databases."""
    return f"unix://{sockets(var)}/valkey.sock?db={os.environ.get('LEREND_VALKEY_DB') or 0}"


def broker_url(url: str) -> str:
    """Return ``url`` as Celery writes it: it names a Unix socket differently from the Redis client."""
    if not url.startswith("unix://"):
        return url
    return "redis+socket://" + url.removeprefix("unix://").replace("?db=", "?virtual_host=")


def wake() -> None:
    """Start the embedded services when the settings' ``REDIS_URL`` is theirs; else do nothing.

    Raises EmbeddedError with a sentence that says why they cannot start.
    """
    from django.conf import settings

    if redis_url(settings.VAR_DIR) == settings.REDIS_URL:
        from lerend.embedded.lease import ensure

        ensure(settings.VAR_DIR)
