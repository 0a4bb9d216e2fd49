"""A kind of mail for tests, and people to send it to."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from lerend.mail import outbox
from lerend.mail.kinds import MailKind, Rendered, registry
from lerend.mail.models import Message
from organisations.models import User
from tests.smtp import sink

__all__ = ["sink"]


def states() -> list[tuple[str, str, int, str]]:
    """Return (name of the recipient, state, attempts, error) of each message, by name."""
    return list(
        Message.objects.order_by("recipient__name").values_list("recipient__name", "state", "attempts", "error")
    )


class Note(MailKind[User]):
    """A mail about a person; tests change what it does through its attributes."""

    name = "note"

    def __init__(self) -> None:
        self.unloadable: set[UUID] = set()
        self.over: set[UUID] = set()
        self.broken: set[UUID] = set()
        self.subject = "Een bericht"
        self.on_load: Callable[[], None] = lambda: None
        self.on_render: Callable[[], None] = lambda: None

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, User]:
        self.on_load()
        if self.unloadable & {message.about for message in messages}:
            raise LookupError("geheim")
        people = User.objects.in_bulk([message.about for message in messages])
        return {message.pk: people[message.about] for message in messages if message.about in people}

    def matters(self, message: Message, thing: User, now: datetime) -> bool:
        return thing.pk not in self.over

    def render(self, message: Message, thing: User) -> Rendered:
        self.on_render()
        if thing.pk in self.broken:
            raise ZeroDivisionError("geheim")
        return Rendered(subject=self.subject, text=f"Dag {thing.name}", html=f"<p>Dag {thing.name}</p>")


@pytest.fixture
def note(monkeypatch: pytest.MonkeyPatch) -> Note:
    """The kind, known as long as the test runs."""
    kind = Note()
    monkeypatch.setitem(registry, Note.name, kind)
    return kind


@pytest.fixture
def person() -> Callable[..., User]:
    """Make a person with this name."""

    def make(name: str, email: str | None = None) -> User:
        return User.objects.create_user(email or f"{name.lower()}@voorbeeld.test", name)

    return make


@pytest.fixture
def queue_note(note: Note) -> Callable[..., Message]:
    """Put a note to and about somebody down, and return the row."""

    def put(user: User, **fields: Any) -> Message:
        values = {"about": user.pk, "recipient": user, "key": f"note:{uuid.uuid4()}", **fields}
        with transaction.atomic():
            outbox.queue("note", **values)
        return Message.objects.get(key=values["key"])

    return put
