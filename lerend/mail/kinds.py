"""What a kind of message is: when it still matters, and what it says at the moment it is sent.

Each app keeps its kinds in ``<app>/mail`` and imports them in ``AppConfig.ready``; ``@register`` does the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded

from lerend.mail.models import Message

T = TypeVar("T")
Method = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True)
class Rendered:
    """What one receiver gets. ``calendar`` is an iCalendar file, ``calendar_method`` its METHOD."""

    subject: str
    text: str
    html: str = ""
    calendar: bytes | None = None
    calendar_method: Method = "REQUEST"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Short:
    """A message as one item of the daily mail: what it says, and where to go on (``url``, "" for nowhere)."""

    what: str
    url: str = ""
    action: str = ""


class MailKind(Generic[T]):
    """A kind of message about things of type ``T``. ``name`` is what ``Message.kind`` holds, ``label`` its Dutch name.

    What is ``necessary`` goes to everybody at once: somebody asks something of this person, or what they counted on
    changed. The rest is optional: a person may have it in one mail a day, or not at all. Its mail carries a link to
    turn it off (``unsubscribe`` in what is rendered). Whoever runs the platform may send one of a kind that is
    ``by_hand`` again, or take it back.
    """

    name: ClassVar[str]
    label: ClassVar[str] = ""
    by_hand: ClassVar[bool] = True
    necessary: ClassVar[bool] = True

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, T]:
        """Return what each message is about, by the message's id, in a number of queries that does not grow.

        A message that is left out is obsolete. ``message.recipient`` is there already and costs no query.
        """
        raise NotImplementedError

    def matters(self, message: Message, thing: T, now: datetime) -> bool:
        """Return whether the message is still worth sending at ``now``."""
        return True

    def missed(self, message: Message, thing: T, now: datetime) -> bool:
        """Return, of a message that matters no more, whether that is only because it was late."""
        return False

    def useful_until(self, message: Message, thing: T) -> datetime | None:
        """Return when an optional message is of no use any more; None when it keeps."""
        return None

    def render(self, message: Message, thing: T) -> Rendered:
        """Return what the mail says, as things stand."""
        raise NotImplementedError

    def in_short(self, message: Message, thing: T) -> Short:
        """Return what an optional message says in the daily mail; its subject, unless a kind says it better."""
        return Short(self.render(message, thing).subject)


registry: dict[str, MailKind[Any]] = {}
_K = TypeVar("_K", bound=type[MailKind[Any]])


def register(kind_class: _K) -> _K:
    """Make a kind known under its name; a second class with that name raises ValueError."""
    known = registry.get(kind_class.name)
    if known is not None and type(known) is not kind_class:
        raise ValueError(f"There are two kinds of mail called {kind_class.name!r}.")
    registry[kind_class.name] = kind_class()
    return kind_class


def loaded(kind: MailKind[Any], messages: Sequence[Message]) -> dict[UUID, Any]:
    """Return what ``messages`` of one kind are about, by message id; an exception in its place where loading failed."""
    try:
        return dict(kind.load(messages))
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        if len(messages) == 1:
            return {messages[0].pk: error}
    # One of them is not well: each by itself, so that it stands in nobody's way.
    return {pk: thing for message in messages for pk, thing in loaded(kind, [message]).items()}
