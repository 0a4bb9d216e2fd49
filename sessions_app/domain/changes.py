"""Changing what was planned: moving, other steps, cancelling, handing over; and answering.

Each verb acts on one talk and tells of it. What it does itself is in a function that takes a talk which the caller
locked and tells of (``apply_move``, ``apply_steps``, ``apply_cancel``, ``apply_hand_over``), so that many talks can be
changed and told of as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from lerend.mail import outbox
from lerend.mail import queries as mail
from organisations.domain.errors import Refused
from organisations.models import User
from sessions_app.domain import links, telling
from sessions_app.domain.holding import recorded_for_others
from sessions_app.domain.planning import StepChange, check_moment, keep_people, lay_steps, lock, move
from sessions_app.domain.reminders import check_may_remind
from sessions_app.models import Answer, Participant, Revision, Session, State
from sessions_app.queries import keeping
from sessions_app.queries.telling import CALENDAR_KINDS, gathering_id

NOT_IN_IT = "Je doet niet meer mee aan dit gesprek. Antwoorden hoeft niet meer."
RECORDED = (
    "Bij dit gesprek is al iets vastgelegd, dus het ging door. Annuleren kan niet meer. Afsluiten doet wie erbij was."
)
CHANGED_SINCE = "Dit gesprek is intussen gewijzigd. Kijk hoe het nu staat, en wijzig het dan."


class ChangedSince(Refused):
    """The talk changed since it was on screen."""


def check_still_to_come(session: Session, sequence: int | None = None) -> None:
    """Raise Refused when ``session`` cannot be changed any more, ChangedSince when it is not what was on screen.

    ``sequence`` is the number that it had there, None for not asked.
    """
    if session.state != State.PLANNED:
        raise Refused("Alleen een gepland gesprek kun je wijzigen.")
    if session.started:
        raise Refused("Dit gesprek is al begonnen. Wijzigen kan niet meer.")
    if sequence not in {None, session.sequence}:
        raise ChangedSince(CHANGED_SINCE)


def ask_anew(sessions: Iterable[Session], by: User) -> None:
    """Make the answers of everyone but ``by`` open again: they were to talks that are other ones now."""
    places = Participant.objects.filter(session__in=sessions).exclude(user=by)
    places.update(answer=Answer.OPEN, answered_at=None, word=None, proposes=None)


def _tell(session: Session, before: Revision) -> None:
    telling.tell(before)
    session.refresh_from_db(fields=["sequence", "changed_at"])


@transaction.atomic
def reschedule(
    session_id: UUID, *, starts_at: datetime, place: str, link: str, sequence: int | None = None, by: User
) -> bool:
    """Move a planned talk, or give it another place; everyone concerned gets one mail that moves the calendar entry.

    Returns whether anything is different.

    Its length stays. A new moment asks everyone anew, also who had declined; another place is told to who had not.
    ``sequence`` is that of the talk as it was on screen. Raises Refused for a talk that is not planned any more or
    changed since, or a moment that cannot be.
    """
    session = lock(session_id, by, manage=True)
    check_still_to_come(session, sequence)
    if (starts_at, place.strip(), link.strip()) == (session.starts_at, session.place, session.link):
        return False
    before = telling.as_it_was(session)
    apply_move(session, starts_at=starts_at, place=place, link=link, by=by)
    return telling.tell(before)


def apply_move(session: Session, *, starts_at: datetime, place: str, link: str, by: User) -> None:
    """Let ``session``, which the caller locked and tells of, begin at ``starts_at``, there; its length stays.

    Raises Refused for a moment that cannot be.
    """
    began_at, ended_at = session.span
    ends_at = starts_at + (ended_at - began_at)
    if starts_at != began_at:
        check_moment(starts_at, ends_at)
        ask_anew([session], by)
    session.starts_at, session.ends_at, session.place, session.link = starts_at, ends_at, place.strip(), link.strip()
    session.save(update_fields=["starts_at", "ends_at", "place", "link"])


@transaction.atomic
def change_steps(session_id: UUID, *, steps: Sequence[StepChange], sequence: int | None = None, by: User) -> bool:
    """Give a planned talk these steps, in this order; its end moves along, its answers stay.

    Returns whether anything is different.

    Raises Refused when it has begun or changed since ``sequence``, when no step is left, or it would last too long.
    """
    session = lock(session_id, by, manage=True)
    check_still_to_come(session, sequence)
    before = telling.as_it_was(session)
    apply_steps(session, steps)
    return telling.tell(before)


def apply_steps(session: Session, steps: Sequence[StepChange]) -> None:
    """Give ``session``, which the caller locked and tells of, other steps. Raises Refused as ``change_steps`` does."""
    starts_at, _ = session.span
    session.ends_at = starts_at + lay_steps(session, steps)
    check_moment(starts_at, session.ends_at)
    session.save(update_fields=["ends_at"])


@transaction.atomic
def cancel(session_id: UUID, *, because: str = "", by: User) -> Session:
    """Cancel a planned talk, and tell why if ``because`` does; done twice it is done once.

    Only who was reached by an invitation gets a cancellation; afterwards it says that the talk did not take place.
    Raises Refused for a talk that was held, or of which somebody recorded something for others.
    """
    session = lock(session_id, by, manage=True)
    if session.state != State.CANCELLED:
        if session.state == State.PLANNED and recorded_for_others(session):
            raise Refused(RECORDED)
        call_off(session, because)
    return session


def call_off(session: Session, because: str = "") -> None:
    """Cancel ``session``, which the caller locked and may change, and tell everyone who was reached."""
    before = telling.as_it_was(session)
    apply_cancel(session, because)
    _tell(session, before)


def apply_cancel(session: Session, because: str = "") -> None:
    """Cancel ``session``, which the caller locked and tells of. Raises Refused for a talk that was held."""
    move(session, State.CANCELLED)
    session.called_off_because = because.strip() or None
    session.save(update_fields=["state", "called_off_because"])


@transaction.atomic
def hand_over(session_id: UUID, *, to: UUID, sequence: int | None = None, by: User) -> Session:
    """Let somebody else look after a planned talk from now on. They need not agree: they can hand it back.

    ``to`` is one of ``queries.keeping.heirs``. Who takes part hears of it with the changes, else they get a mail of
    their own. Raises Refused when the talk has begun or changed since ``sequence``, or cannot go to that person.
    """
    keep_people(session_id)
    session = lock(session_id, by, manage=True)
    check_still_to_come(session, sequence)
    heir = keeping.heirs(session, by).filter(id=to).first()
    if heir is None:
        raise Refused("Aan deze persoon kun je het gesprek niet overdragen. Kies iemand anders.")
    before = telling.as_it_was(session)
    apply_hand_over(session, heir)
    if not Session.objects.manageable_by(heir).filter(id=session.id).exists():
        raise Refused("Deze persoon kan niet voor dit gesprek zorgen. Kies iemand anders.")
    _tell(session, before)
    tell_heir([session], heir, by)
    return session


def apply_hand_over(session: Session, to: User) -> None:
    """Let ``to`` look after ``session``, which the caller locked and tells of.

    What people wrote with their answers was for the former alone, and goes. The key of the form that made the talk is
    renewed: it is unique for one planner, and the new one has forms of their own.
    """
    session.planned_by, session.form_key = to, uuid4()
    session.save(update_fields=["planned_by", "form_key"])
    session.participants.update(word=None)


def tell_heir(sessions: Sequence[Session], heir: User, by: User) -> None:
    """Queue one mail to ``heir``, who looks after ``sessions`` (the first of them first) from now on.

    Who takes part in one hears of it with the changes, and gets none.
    """
    outbox.drop([session.id for session in sessions], kinds={keeping.HANDED_OVER})
    if Participant.objects.filter(session__in=sessions, user=heir).exists():
        return
    first = sessions[0]
    outbox.queue(
        keeping.HANDED_OVER,
        about=first.id,
        about_part=by.id,
        recipient=heir,
        sequence=first.sequence,
        send_after=timezone.now() + telling.WINDOW,
        expires_at=first.starts_at,
    )


@transaction.atomic
def send_now(session_id: UUID, *, by: User) -> int:
    """Let the mail about changes that waits for more of them go at once; return how many go."""
    session = lock(session_id, by, manage=True)
    sent = outbox.send_at_once(gathering_id(session), kinds=CALENDAR_KINDS)
    return sent + outbox.send_at_once(session.id, kinds={keeping.HANDED_OVER})


@transaction.atomic
def nudge(session_id: UUID, *, by: User) -> int:
    """Remind everyone who was invited to a planned talk and has neither answered nor proposed another moment; return
    how many.

    Once in 24 hours, in a series for all its talks together. Who is about to get mail about a change is asked in that.
    Raises Refused when it is too soon, the talk has begun, or nobody is left to remind.
    """
    session = lock(session_id, by, manage=True)
    check_still_to_come(session)
    check_may_remind(keeping.nudged_at(session))
    invited = mail.reached(gathering_id(session), kinds=CALENDAR_KINDS) - set(keeping.waiting(session))
    silent = Participant.objects.still_taking_part().filter(answer=Answer.OPEN, proposes=None)
    places = silent.filter(session=session, user__in=invited)
    now = timezone.now()
    drafts = [
        outbox.Draft(
            kind=keeping.NUDGE,
            about=session.id,
            about_part=place.id,
            recipient=place.user,
            sequence=session.sequence,
            key=f"{keeping.NUDGE}:{session.id}:{place.user_id}:{now:%Y%m%dT%H%M%S}",
            expires_at=session.starts_at,
        )
        for place in places.exclude(user=by).select_related("user")
    ]
    if not drafts:
        raise Refused("Er is nu niemand om te herinneren: wie nog niets zei krijgt al een mail.")
    session.nudged_at = now
    session.save(update_fields=["nudged_at"])
    outbox.queue_many(drafts)
    return len(drafts)


def answer_token(participant: Participant) -> str:
    """Return the signed token with which ``participant`` answers without signing in.

    It names the talk and the person, not the place: who is taken out and comes back before mail about it went, has
    only the link that they had.
    """
    return links.token_for("answer", participant.session_id, participant.user_id)


def by_token(token: str) -> Participant:
    """Return the place at the table that ``token`` stands for, its talk with it.

    Raises Participant.DoesNotExist when the token is not ours, the talk is over, or its owner may not see it any more.
    """
    ids = links.ids_in("answer", token)
    if ids is None or len(ids) != 2:
        raise Participant.DoesNotExist
    places = Participant.objects.select_related("session__planned_by", "user")
    participant = places.get(session=ids[0], user=ids[1])
    holds = participant.user.is_active and not participant.session.over
    if not holds or not Participant.objects.taking_part(participant.user).filter(id=participant.id).exists():
        raise Participant.DoesNotExist
    return participant


@transaction.atomic
def answer(
    participant_id: UUID,
    said: str,
    *,
    word: str = "",
    proposes: datetime | None = None,
    sequence: int | None = None,
) -> Participant:
    """Keep the yes or no of a participant, or that another moment suits better; a later answer replaces it whole.

    ``said`` is Answer.YES, Answer.NO, or Answer.OPEN with a moment in ``proposes``; a yes proposes nothing. No reason
    is asked; a ``word`` is for who plans the talk alone. ``sequence`` is that of the talk as it was on screen.
    Reminders look at the answer when they are sent, so that changing one's mind costs none. Once the talk is over only
    who was there after all may still say so, until it is closed. Raises Refused when it moved since, is over, closed
    or cancelled, when they are in it no more, or when the other moment cannot be.
    """
    session_id = Participant.objects.filter(id=participant_id).values_list("session_id", flat=True).first()
    if session_id is None:
        raise Refused(NOT_IN_IT)
    session = Session.objects.select_for_update().get(id=session_id)
    if session.state != State.PLANNED:
        raise Refused("Dit gesprek gaat niet door, of is al afgesloten. Antwoorden hoeft niet meer.")
    if sequence not in {None, session.sequence}:
        raise Refused("Het gesprek is intussen gewijzigd. Kijk opnieuw wanneer het is, en antwoord dan.")
    if session.over and said != Answer.YES:
        raise Refused("Dit gesprek is al geweest. Antwoorden hoeft niet meer.")
    participant = Participant.objects.filter(id=participant_id).first()
    if participant is None:  # taken out since the page was opened
        raise Refused(NOT_IN_IT)
    if session.started or participant.user_id == session.planned_by_id:
        word, proposes = "", None  # nobody is left who would read it
    if proposes and said != Answer.YES:
        starts_at, ends_at = session.span
        check_moment(proposes, proposes + (ends_at - starts_at))
        if proposes == starts_at:
            raise Refused("Dit is het moment waarop het gesprek al is. Kies een ander.")
    elif said == Answer.OPEN:
        raise Refused("Kies ja of nee, of stel een ander moment voor.")
    if participant.answer != said:
        participant.answer, participant.answered_at = Answer(said), timezone.now()
    participant.word, participant.proposes = word.strip() or None, proposes if said != Answer.YES else None
    participant.save(update_fields=["answer", "answered_at", "word", "proposes"])
    return participant
