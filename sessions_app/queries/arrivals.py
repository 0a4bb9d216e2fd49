"""What became of the mail about a talk, as its planner may know it.

No more than the page of the talk tells. A change of a larger talk goes to who did not decline. A planner who does not
take part reads nobody's answer, and would learn from that who did decline: they are told of all together. Reminders are
told of all together to everyone: who gets one tells besides who wants less mail, and that is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lerend.mail import addresses
from lerend.mail import queries as mail
from lerend.mail.models import OPEN_STATES, State
from lerend.moments import day, moment
from organisations.models import User
from sessions_app.models import Participant, Session
from sessions_app.models import State as Stage
from sessions_app.queries.telling import CANCELLED, CHANGED, INVITATION, gathering_id

# What a planner needs to arrive, by the stage of the talk; in the other stages there is nothing to mend.
NEEDED: dict[str, tuple[str, ...]] = {Stage.PLANNED: (INVITATION, CHANGED), Stage.CANCELLED: (CANCELLED,)}
REMINDER = "reminder"


@dataclass(frozen=True)
class Arrival:
    """The mail to one participant. ``fails`` is what goes wrong ("" when nothing does), ``again`` whether to offer a
    button."""

    participant: Participant
    tag: str
    tag_class: str
    told: list[str]
    fails: str
    advice: str
    again: bool


@dataclass(frozen=True)
class Arrivals:
    """The mail to all participants, and when the last reminder went out."""

    people: list[Arrival]
    reminded: str

    @property
    def failing(self) -> list[Arrival]:
        """Those to whom something went wrong."""
        return [one for one in self.people if one.fails]


def of(session: Session, participants: Sequence[Participant], reader: User) -> Arrivals | None:
    """Return what became of the mail about ``session``, which ``reader`` may manage; None once it is of no use.

    ``participants`` come with their ``user``. Two queries.
    """
    needed = NEEDED.get(session.state)
    if needed is None or session.over:
        return None
    takes_part = any(person.user_id == reader.id for person in participants)
    sent: dict[UUID, list[mail.Letter]] = {}
    for told in mail.letters({session.id, gathering_id(session)}, kinds=(*needed, REMINDER)):
        sent.setdefault(told.recipient_id, []).append(told)
    failing = addresses.failing(person.user.email for person in participants)
    people = [
        _arrival(person, sent.get(person.user_id, []), person.user.email.lower() in failing, needed, takes_part, reader)
        for person in participants
    ]
    reminders = [told.sent_at for mails in sent.values() for told in mails if told.kind == REMINDER and told.sent_at]
    if session.nudged_at:
        # By hand: when they asked for it, not when mail went, or that none went to somebody would tell.
        reminders.append(session.nudged_at)
    return Arrivals(people, moment(max(reminders)) if reminders else "")


def _arrival(
    person: Participant,
    mails: Sequence[mail.Letter],
    address_fails: bool,
    needed: Sequence[str],
    takes_part: bool,
    reader: User,
) -> Arrival:
    calendar = [
        told for told in mails if told.kind in needed and told.state in {*OPEN_STATES, State.SENT, State.FAILED}
    ]
    last = calendar[-1] if calendar else None
    failed = last is not None and last.state == State.FAILED
    # Mail to everybody alike; of the other kinds only a planner who reads the answers hears by person.
    open_to_all = [told for told in calendar if takes_part or told.kind in {INVITATION, CANCELLED}]
    tag, tag_class = _tag(open_to_all[-1] if open_to_all else None)
    if failed or address_fails:
        tag, tag_class = ("Mislukt" if failed else "Adres faalt"), "warn"
    told = _told(open_to_all)
    own = person.user_id == reader.id
    fails, advice = _words(person.user.get_short_name(), own, failed, address_fails)
    return Arrival(person, tag, tag_class, told, fails, advice, failed)


def _tag(last: mail.Letter | None) -> tuple[str, str]:
    if last is None:
        return "Nog geen mail", ""
    if last.state in OPEN_STATES:
        return "Onderweg", ""
    return {INVITATION: "Uitgenodigd", CHANGED: "Gewijzigd"}.get(last.kind, "Afgezegd"), "good"


def _told(calendar: Sequence[mail.Letter]) -> list[str]:
    words = {INVITATION: "Uitgenodigd op", CHANGED: "Hoorde van een wijziging op", CANCELLED: "Hoorde het op"}
    last: dict[str, datetime] = {told.kind: told.sent_at for told in calendar if told.sent_at}
    return [f"{word} {day(last[kind])}" for kind, word in words.items() if kind in last]


def _words(name: str, own: bool, failed: bool, address_fails: bool) -> tuple[str, str]:
    if not failed and not address_fails:
        return "", ""
    if own:
        return "Jouw adres neemt geen mail aan.", "Wijzig je adres bij Mijn account, of vraag wie je mail verzorgt."
    if address_fails:
        advice = f"Bel {name}, of vraag {name} het adres te wijzigen bij Mijn account."
        return f"Het adres van {name} neemt geen mail aan.", advice
    return f"De mail aan {name} kwam niet aan.", f"Stuur hem opnieuw. Blijft het misgaan, bel {name} dan."
