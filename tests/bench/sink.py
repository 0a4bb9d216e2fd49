"""A mail server in a process of its own that accepts everything; it prints its port and lives until stdin closes.

It does as little as a mail server can: what is measured is what is sent to it.
"""

import asyncio
import sys

_END = b"\r\n.\r\n"


class _Conversation(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""
        self._in_body = False
        transport.write(b"220 sink.test ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._received += data
        while self._next():
            pass

    def _next(self) -> bool:
        end = _END if self._in_body else b"\r\n"
        taken, found, rest = self._received.partition(end)
        if not found:
            return False
        self._received = rest
        word = b"" if self._in_body else taken[:4].upper()
        self._in_body = word == b"DATA"
        self._transport.write(b"354 go on\r\n" if self._in_body else b"250 OK\r\n")
        if word == b"QUIT":
            self._transport.close()
        return bool(rest)


async def main() -> None:
    """Serve on a free port of loopback."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Conversation, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
