"""Django's Redis cache on the embedded server."""

from typing import Any

import redis

from lerend import embedded


class Pool(redis.ConnectionPool):
    """Connections that make sure there is something to connect to."""

    def make_connection(self) -> Any:
        """Start the services unless they run, then connect. Raises EmbeddedError when they cannot start."""
        embedded.wake()
        return super().make_connection()
