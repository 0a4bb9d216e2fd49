"""What whoever runs the platform sees of all mail: how much of which kind stands where, never who gets it.

Mail that looks the same here is the same: it is shown, sent again and taken back by the group. A single row would tell
nothing more to who may not know its receiver, but rows beside each other could be joined into who meets whom.
For the same reason a mail domain shows only when enough people have an address there, and ages are told in rough steps.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Case, CharField, Count, F, Func, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Concat, Lower, NullIf
from django.utils import timezone

from lerend.mail import outbox
from lerend.mail.kinds import registry
from lerend.mail.models import Message, State

ENOUGH_PEOPLE = 5  # with an address at a domain, for the domain to say nothing of one of them
PAGE_SIZE = 50
ALL = "alles"
ATTENTION = "aandacht"
# A queued message waits for its moment, or for a worker; the other states are those of the outbox.
LATER, DUE = "later", "due"
STATUSES: dict[str, str] = {
    DUE: "Wacht op verzending",
    LATER: "Wacht op zijn moment",
    **{value: str(label) for value, label in State.choices if value != State.QUEUED},
}
TO_LOOK_AT = (DUE, State.SENDING, State.FAILED)
_BETWEEN = "|"


def domain_of(address: Any) -> Func:
    """Return the expression for the mail domain of the expression ``address``, in small letters."""
    return Func(Lower(address), Value("@"), Value(-1), function="split_part", output_field=CharField())


_ADDRESS = Coalesce(NullIf(F("address"), Value("")), F("recipient__email"), Value(""))


def known_domains() -> list[str]:
    """Return the mail domains at which enough people have an address, in order."""
    people = get_user_model().objects.order_by().annotate(at=domain_of(F("email"))).values("at")
    loose = Message.objects.filter(recipient=None).order_by().annotate(at=domain_of(F("address"))).values("at")
    found = {
        *people.annotate(many=Count("pk")).filter(many__gte=ENOUGH_PEOPLE).values_list("at", flat=True),
        *loose.annotate(many=Count(Lower("address"), distinct=True))
        .filter(many__gte=ENOUGH_PEOPLE)
        .values_list("at", flat=True),
    }
    return sorted(found - {""})


def label(kind: str) -> str:
    """Return a kind of mail in Dutch; its name when nothing knows it any more."""
    return (registry[kind].label if kind in registry else "") or kind


def roughly(age: timedelta) -> str:
    """Return an age in rough Dutch steps."""
    for limit, words in (
        (timedelta(hours=1), "minder dan een uur"),
        (timedelta(days=1), "minder dan een dag"),
        (timedelta(days=7), "minder dan een week"),
        (timedelta(days=30), "minder dan een maand"),
    ):
        if age < limit:
            return words
    return "een maand of langer"


def how_long(age: timedelta) -> str:
    """Return how long something waits, in Dutch: "3 minuten"."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "minder dan een minuut"
    if minutes < 60:
        return "één minuut" if minutes == 1 else f"{minutes} minuten"
    return f"{minutes // 60} uur" if minutes < 48 * 60 else f"{minutes // (24 * 60)} dagen"


@dataclass(frozen=True)
class Group:
    """Mail that looks the same to whoever runs the platform. ``domain`` is "" for all domains of few people."""

    status: str
    kind: str
    domain: str
    error: str
    many: int = 0
    attempts: int = 0
    age: str = ""

    @property
    def status_label(self) -> str:
        """Where it stands, in Dutch."""
        return STATUSES.get(self.status, self.status)

    @property
    def kind_label(self) -> str:
        """What it is, in Dutch."""
        return label(self.kind)

    @property
    def query(self) -> str:
        """The query that names it in an address."""
        return urlencode({"stand": self.status, "soort": self.kind, "domein": self.domain, "fout": self.error})

    @property
    def may_go_again(self) -> bool:
        """Whether it can be sent again."""
        return self.status == State.FAILED and self._by_hand and not self.error.startswith(outbox.COMPLAINED)

    @property
    def may_be_taken_back(self) -> bool:
        """Whether it can be cancelled."""
        return self.status in {DUE, LATER} and self._by_hand

    @property
    def _by_hand(self) -> bool:
        return self.kind in registry and registry[self.kind].by_hand


@dataclass(frozen=True)
class Groups:
    """A page of groups, and the place that the next page starts after ("" on the last)."""

    rows: list[Group]
    next: str


def groups(*, status: str, kind: str, domain: str, after: str, domains: Iterable[str], now: datetime) -> Groups:
    """Return a page of groups with this ``status`` (one of STATUSES, ATTENTION or ALL), ``kind`` and ``domain``.

    "" is any kind or domain; ``after`` is the place of the last group seen, ``domains`` those that may show.
    """
    found = _seen(_standing(status, now), domains, now)
    if kind:
        found = found.filter(kind=kind)
    if domain:
        found = found.filter(at=domain)
    place = Concat("status", Value(_BETWEEN), "kind", Value(_BETWEEN), "at", Value(_BETWEEN), "error")
    rows = list(
        found.annotate(place=place)
        .filter(place__gt=after)
        .order_by("place")
        .values("status", "kind", "at", "error", "place")
        .annotate(many=Count("pk"), attempts=Max("attempts"), oldest=Min("created_at"))[: PAGE_SIZE + 1]
    )
    shown = [
        Group(
            row["status"], row["kind"], row["at"], row["error"], row["many"], row["attempts"],
            roughly(now - row["oldest"]),
        )
        for row in rows[:PAGE_SIZE]
    ]  # fmt: skip
    return Groups(shown, rows[PAGE_SIZE - 1]["place"] if len(rows) > PAGE_SIZE else "")


def group(status: str, kind: str, domain: str, error: str, now: datetime) -> Group | None:
    """Return one group as it is now; None when no mail is in it."""
    found = _members(Group(status, kind, domain, error), now)
    counted = found.aggregate(many=Count("pk"), most=Max("attempts"), oldest=Min("created_at"))
    if not counted["many"]:
        return None
    return Group(status, kind, domain, error, counted["many"], counted["most"], roughly(now - counted["oldest"]))


@dataclass(frozen=True)
class Totals:
    """How much mail of one kind stands where: a number for each of STATUSES."""

    kind: str
    numbers: list[int]


def totals(now: datetime) -> list[Totals]:
    """Return the numbers of each kind that there is mail of, by its name in Dutch."""
    found = Message.objects.order_by().annotate(status=_status(now)).values_list("kind", "status")
    numbers: dict[str, dict[str, int]] = {}
    for kind, status, many in found.annotate(many=Count("pk")):
        numbers.setdefault(kind, {})[status] = many
    rows = [Totals(label(kind), [many.get(status, 0) for status in STATUSES]) for kind, many in numbers.items()]
    return sorted(rows, key=lambda row: row.kind)


def queue_age(now: datetime) -> timedelta | None:
    """Return for how long the first message in the queue should have been on its way; None for an empty queue."""
    due = Message.objects.filter(state=State.QUEUED, send_after__lte=now).order_by("send_after", "id")
    first = due.values_list("send_after", flat=True).first()
    return now - first if first else None


@transaction.atomic
def send_again(chosen: Group, *, by: AbstractBaseUser) -> int:
    """Queue the failed mail of a group once more; return how many. Done twice it is done once."""
    now = timezone.now()
    many = outbox.send_again(_members(chosen, now)) if chosen.may_go_again else 0
    _note(chosen, many, "opnieuw verstuurd", by)
    return many


@transaction.atomic
def take_back(chosen: Group, *, by: AbstractBaseUser) -> int:
    """Cancel the waiting mail of a group; return how many. Done twice it is done once."""
    now = timezone.now()
    many = outbox.withdraw(_members(chosen, now)) if chosen.may_be_taken_back else 0
    _note(chosen, many, "ingetrokken", by)
    return many


def done_by_hand() -> QuerySet[LogEntry]:
    """Return what was sent again and taken back by hand, newest first, with who did it."""
    return LogEntry.objects.filter(content_type=_content_type()).select_related("user").order_by("-action_time")


def _note(chosen: Group, many: int, what: str, by: AbstractBaseUser) -> None:
    """Keep that it was done, of what kind and how many: nothing that leads to a receiver."""
    if many:
        LogEntry.objects.create(
            user_id=by.pk,
            content_type=_content_type(),
            object_repr=f"{many} × {chosen.kind_label}: {what}"[:200],
            action_flag=CHANGE,
        )


def _content_type() -> ContentType:
    return ContentType.objects.get_for_model(Message)


def _status(now: datetime) -> Case:
    return Case(
        When(state=State.QUEUED, send_after__gt=now, then=Value(LATER)),
        When(state=State.QUEUED, then=Value(DUE)),
        default=F("state"),
    )


def _standing(status: str, now: datetime) -> QuerySet[Message]:
    """The messages with a status; each is found by an index of its own, but those that are closed."""
    if status == ALL:
        return Message.objects.all()
    where = {
        DUE: Q(state=State.QUEUED, send_after__lte=now),
        LATER: Q(state=State.QUEUED, send_after__gt=now),
    }
    condition = Q()
    for one in TO_LOOK_AT if status == ATTENTION else (status,):
        condition |= where.get(one, Q(state=one))
    return Message.objects.filter(condition)


def _seen(messages: QuerySet[Message], domains: Iterable[str], now: datetime) -> QuerySet[Any]:
    known = list(domains)
    at = domain_of(_ADDRESS)
    shown = Case(When(full_domain__in=known, then=F("full_domain")), default=Value("")) if known else Value("")
    return messages.order_by().annotate(full_domain=at).annotate(at=shown, status=_status(now))


def _members(chosen: Group, now: datetime) -> QuerySet[Message]:
    """The messages of a group, by id, so that they can be updated whatever it takes to find them."""
    found = _seen(_standing(chosen.status, now), known_domains(), now)
    found = found.filter(kind=chosen.kind, at=chosen.domain, error=chosen.error)
    return Message.objects.filter(id__in=found.values("id"))
