"""A mail server in a process of its own that accepts everything; it prints its port and lives until stdin closes."""

import asyncio
import logging
import sys

from aiosmtpd.smtp import SMTP, Envelope, Session


class _Accept:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take any mail."""
        return "250 OK"


async def main() -> None:
    """Serve on a free port of loopback."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(_Accept(), hostname="sink.test", loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
