"""A real mail server on loopback, for tests: it keeps what it is sent and can be told to misbehave."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any, Self

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

HANG_UP = "hang up"
SILENCE = "silence"
logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd tells of each command
Behaviour = Callable[[str, str], str | None]


class _Conversation(SMTP):
    def hang_up(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class Sink:
    """A mail server in a thread of this process, between ``with`` and its end.

    ``messages`` are the mails it accepted, parsed; ``raw`` their bytes; ``receivers`` their envelope addresses;
    ``connections`` how often somebody connected. ``behaviour(command, argument)`` is asked at each EHLO, HELO, MAIL,
    RCPT, DATA and QUIT (argument: what came with it; for DATA the receiver). It returns None to accept, an answer such
    as "550 nobody here", HANG_UP to break the connection, or SILENCE to say nothing any more.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.receivers: list[str] = []
        self.connections = 0
        self.behaviour: Behaviour = lambda command, argument: None
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._sessions: set[_Conversation] = set()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._connected, sock=self._socket))
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        for session in self._sessions:
            session.hang_up()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _connected(self) -> _Conversation:
        self.connections += 1
        session = _Conversation(self, hostname="sink.test", loop=self._loop)
        self._sessions.add(session)
        return session

    async def _answer(self, server: _Conversation, command: str, argument: str) -> str | None:
        answer = self.behaviour(command, argument)
        if answer == HANG_UP:
            server.hang_up()
            return "421 gone"
        if answer == SILENCE:
            await asyncio.sleep(3600)
        return answer

    async def handle_EHLO(  # noqa: N802
        self, server: _Conversation, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        """Answer to a greeting."""
        answer = await self._answer(server, "EHLO", hostname)
        session.host_name = hostname
        return [answer] if answer else answers

    async def handle_HELO(  # noqa: N802
        self, server: _Conversation, session: Session, envelope: Envelope, hostname: str
    ) -> str:
        """Answer to a greeting of the old kind."""
        answer = await self._answer(server, "HELO", hostname)
        session.host_name = hostname
        return answer or "250 sink.test"

    async def handle_QUIT(self, server: _Conversation, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer to a goodbye."""
        return await self._answer(server, "QUIT", "") or "221 Bye"

    async def handle_MAIL(  # noqa: N802
        self, server: _Conversation, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        """Answer to a sender."""
        if answer := await self._answer(server, "MAIL", address):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: _Conversation, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        """Answer to a receiver."""
        if answer := await self._answer(server, "RCPT", address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: _Conversation, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer to a whole mail, and keep it when it is accepted."""
        if answer := await self._answer(server, "DATA", envelope.rcpt_tos[0]):
            return answer
        content = envelope.original_content
        assert content is not None
        self.raw.append(content)
        self.receivers += envelope.rcpt_tos
        self.messages.append(email.message_from_bytes(content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """A Sink to which all of the platform's mail goes."""
    with Sink() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 10  # a machine may be busy; who tests silence waits less
        yield server
