"""Django's PostgreSQL backend on the embedded server, which starts at the first connection."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base, client

from lerend.embedded.lease import ensure
from lerend.embedded.postgresql import BINARIES


class DatabaseClient(client.DatabaseClient):
    """``manage.py dbshell`` with the wheel's own psql."""

    executable_name = str(BINARIES / "psql")

    def runshell(self, parameters: Iterable[str]) -> None:
        """Start the services, then the shell."""
        ensure(Path(self.connection.settings_dict["VAR"]))
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that makes sure there is something to connect to."""

    client_class = DatabaseClient

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Start the services unless they run, then connect. Raises EmbeddedError when they cannot start."""
        ensure(Path(self.settings_dict["VAR"]))
        return super().get_new_connection(conn_params)
