"""A mail server in a process of its own that can be told to misbehave: ``python -m tests.fire.sink PORT FILE``.

Into FILE goes a line of JSON for each mail, before it is acknowledged, and for each connection that ends well; so what
was in flight at a kill is the last mail of a connection that did not. It is told what to do by lines of JSON on its
standard input, and answers each with a line: ``{"hold": STAGE or null}`` holds every connection that comes to a stage,
``{"answers": [[STAGE, START OF THE ADDRESS, ANSWER], ...]}`` has it give these answers (HANG: none; CUT: hang up), and
``{}`` does nothing. What it says is how many connections are held.
"""

import asyncio
import json
import os
import re
import sys
import time

STAGES = ("CONNECT", "MAIL", "RCPT", "DATA", "BODY", "ACCEPTED")
HANG, CUT = "HANG", "CUT"


class Server:
    """What all connections share."""

    def __init__(self, path: str) -> None:
        self.log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.hold: str | None = None
        self.held: dict[Conversation, bytes] = {}
        self.answers: list[tuple[str, str, str]] = []
        self.connections = 0

    def note(self, **what: object) -> None:
        os.write(self.log, json.dumps(what).encode() + b"\n")

    def told(self, line: bytes) -> str:
        command = json.loads(line)
        if "hold" in command:
            self.hold = command["hold"]
            for conversation, rest in list(self.held.items()) if self.hold is None else ():
                del self.held[conversation]
                conversation.go_on(rest)
        self.answers = command.get("answers", self.answers)
        return json.dumps({"held": len(self.held)})


class Conversation(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.buffer = b""
        self.to = ""
        self.body: bytearray | None = None
        self.began = 0.0
        self.stuck = False
        server.connections += 1
        self.name = f"{os.getpid()}-{server.connections}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.at("CONNECT", b"220 sink.test ESMTP")

    def connection_lost(self, error: Exception | None) -> None:
        self.server.held.pop(self, None)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while not self.stuck and self.buffer:
            if self.body is not None:
                if not self.more_of_the_body():
                    return
            elif b"\r\n" in self.buffer:
                line, self.buffer = self.buffer.split(b"\r\n", 1)
                self.command(line.decode())
            else:
                return

    def at(self, stage: str, answer: bytes) -> None:
        """Answer, unless something else was asked for at this stage."""
        for where, start, other in self.server.answers:
            if where == stage and self.to.startswith(start):
                if other == CUT:
                    self.transport.abort()
                if other in {HANG, CUT}:
                    self.stuck = True
                    return
                answer = other.encode()
        if self.server.hold == stage:
            self.stuck = True
            self.server.held[self] = answer
        else:
            self.say(answer)

    def go_on(self, answer: bytes) -> None:
        self.stuck = False
        self.say(answer)
        self.data_received(b"")

    def say(self, answer: bytes) -> None:
        if answer:
            self.transport.write(answer + b"\r\n")
        if answer.startswith(b"354"):
            self.body = bytearray()

    def command(self, line: str) -> None:
        word = line[:4].upper()
        if word in {"EHLO", "HELO", "RSET", "NOOP"}:
            self.say(b"250 sink.test")
        elif word == "MAIL":
            self.to, self.began = "", time.time()
            self.at("MAIL", b"250 OK")
        elif word == "RCPT":
            self.to = line[line.index("<") + 1 : line.index(">")]
            self.at("RCPT", b"250 OK")
        elif word == "DATA":
            self.at("DATA", b"354 go on")
        elif word == "QUIT":
            self.server.note(ended=self.name)
            self.say(b"221 bye")
            self.transport.close()
        else:
            self.say(b"502 what?")

    def more_of_the_body(self) -> bool:
        """Take what there is; return whether the mail is complete."""
        assert self.body is not None
        if not self.body and self.server.hold == "BODY":
            self.stuck = True
            self.server.held[self] = b""
        self.body += self.buffer
        self.buffer = b""
        if self.stuck or not self.body.endswith(b"\r\n.\r\n"):
            return False
        body, self.body = bytes(self.body), None
        refused = any(
            where == "ACCEPTED" and self.to.startswith(start) and answer[0] in "45"
            for where, start, answer in self.server.answers
        )
        if not refused:
            self.server.note(
                mail=_header(body, b"Message-ID"),
                method=_header(body, b"Content-Type: text/calendar; method", b"="),
                to=self.to,
                began=self.began,
                at=time.time(),
                by=self.name,
            )
        self.at("ACCEPTED", b"250 OK")
        return True


def _header(body: bytes, name: bytes, colon: bytes = b": ") -> str:
    found = re.search(rb"^" + re.escape(name + colon) + rb'"?([^\s;"]+)', body, re.M | re.I)
    return found[1].decode() if found else ""


async def main(port: int, path: str) -> None:
    """Serve on loopback until the standard input closes; print the port first."""
    loop, server = asyncio.get_running_loop(), Server(path)
    listening = await loop.create_server(lambda: Conversation(server), "127.0.0.1", port, reuse_address=True)
    print(listening.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(server.told(line), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
