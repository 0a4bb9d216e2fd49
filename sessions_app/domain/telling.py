"""Telling people of what was planned: one mail each about all that is new to them, however often it was changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, prefetch_related_objects
from django.utils import timezone

from lerend.batches import delete_in_batches
from lerend.mail import outbox
from lerend.mail import queries as mail
from organisations.models import User
from sessions_app.domain import reminders
from sessions_app.models import Participant, Removal, Revision, Session, State
from sessions_app.queries.telling import CALENDAR_KINDS, INVITATION, gathering_id, heard, sessions_of, snapshot

WINDOW = timedelta(minutes=5)  # changes within it go out as one mail
TOLD_KEPT = timedelta(days=30)


def invite(sessions: Collection[Session]) -> None:
    """Queue the first invitation and the reminders of everyone in ``sessions``, which were planned just now.

    The talks of one series share one invitation a person. The sessions may have their reminders prefetched.
    """
    by_id = {session.id: session for session in sessions}
    places = list(Participant.objects.filter(session__in=by_id).select_related("user").order_by("id"))
    invited: dict[tuple[UUID, User], Session] = {}
    for place in places:
        place.session = by_id[place.session_id]
        key = (gathering_id(place.session), place.user)
        # The mail is kept until the last of the talks is over.
        invited[key] = max(invited.get(key, place.session), place.session, key=lambda session: session.span[1])
    outbox.queue_many(
        _draft(INVITATION, about, person, 0, session.span[1]) for (about, person), session in invited.items()
    )
    organisations = reminders.organisations_of(sessions, places)
    by_talk: dict[UUID, list[Participant]] = {}
    for place in places:
        by_talk.setdefault(place.session_id, []).append(place)
    outbox.queue_many(
        draft
        for session in sessions
        for draft in reminders.drafts_before(session, by_talk.get(session.id, []), organisations)
    )


def as_it_was(session: Session) -> Revision:
    """Keep how the gathering of ``session`` stands before a change, and return that. The caller holds its lock."""
    about = gathering_id(session)
    sequence = session.series.sequence if session.series else session.sequence
    kept, _ = Revision.objects.get_or_create(
        about=about, sequence=sequence, defaults={"what": snapshot(sessions_of([about]))}
    )
    return kept


def take_out(place: Participant, session: Session) -> None:
    """Take ``place`` out of ``session``, and remember it until the talk has left that person's calendar."""
    place.delete()
    outbox.drop(session.id, kinds=reminders.KINDS, recipients=[place.user_id])
    if session.state != State.DRAFT:
        Removal.objects.update_or_create(session=session, user_id=place.user_id, defaults={"at": timezone.now()})


def tell(before: Revision, *, only: Collection[UUID] | None = None) -> bool:
    """Queue for each person one mail about all that is new to them since they were last told; return whether any is.

    ``before`` is what ``as_it_was`` gave in this transaction; talks that the caller holds have to be read again, for
    their ``sequence`` grows. The mail waits until five minutes after the first of the changes that it tells of; when
    all is called off it goes at once. ``only`` limits who hears of it to these people, and to who was about to hear
    something anyway: the others hear of it with the next change.
    """
    about = before.about
    sessions = sessions_of([about])
    now = snapshot(sessions)
    changed = [session for session in sessions if now[str(session.id)] != before.what.get(str(session.id))]
    if not changed:
        return False
    sequence = _count_on(sessions, changed)
    Revision.objects.create(about=about, sequence=sequence, what=now)
    goes_on = any(session.state != State.CANCELLED for session in sessions)
    waiting = outbox.take_back(about, kinds=CALENDAR_KINDS)
    if not goes_on:
        outbox.drop(about)  # also what a worker has in hand
    _remind_anew(changed, before.what)
    told = mail.told([about], kinds=CALENDAR_KINDS)
    concerned = {pk for _, pk in told} | {UUID(pk) for talk in now.values() for pk in talk["people"]}
    if only is not None:
        # Who is being written to at this moment may not be left with what was: when that is seen, it is dropped.
        concerned &= {*only, *waiting, *mail.in_hand(about, kinds=CALENDAR_KINDS)}
    people = User.objects.filter(id__in=concerned).order_by("id")
    stands = heard([(about, person) for person in people], told)
    at = timezone.now()
    until = max(session.span[1] for session in sessions)
    outbox.queue_many(
        _draft(
            found.kind,
            about,
            found.person,
            sequence,
            until,
            send_after=min(waiting.get(found.person.id, at + WINDOW), at + WINDOW) if goes_on else at,
        )
        for found in stands.values()
        if found.kind
    )
    return True


def _draft(
    kind: str, about: UUID, person: User, sequence: int, until: datetime, send_after: datetime | None = None
) -> outbox.Draft:
    return outbox.Draft(
        kind=kind,
        about=about,
        recipient=person,
        sequence=sequence,
        key=f"{kind}:{about}:{person.id}:{sequence}",
        send_after=send_after,
        # A cancellation goes only to who got an invitation: that must be known until the talk is over.
        keep_until=until,
    )


def _count_on(sessions: list[Session], changed: list[Session]) -> int:
    """Give ``changed`` and their series the next number; return that of the gathering."""
    for session in changed:
        session.sequence += 1
        session.changed_at = timezone.now()
    Session.objects.bulk_update(changed, ["sequence", "changed_at"])
    series = sessions[0].series
    if series is None:
        return sessions[0].sequence
    for session in sessions:
        session.series = series
    series.sequence += 1
    series.save(update_fields=["sequence"])
    return series.sequence


def _remind_anew(changed: list[Session], was: Mapping[str, Mapping[str, Any]]) -> None:
    """Bring the reminders of talks that changed in step with them."""
    prefetch_related_objects(changed, "participants__user", "reminders")
    outbox.drop([session.id for session in changed if session.state == State.CANCELLED])
    moved: list[UUID] = []
    talks: list[tuple[Session, list[Participant]]] = []
    for session in changed:
        if session.state == State.CANCELLED:
            continue
        before, places = was.get(str(session.id)), list(session.participants.all())
        if before is not None and before["starts_at"] == session.span[0].isoformat():
            # Those that wait stay right; who was taken out gets none, for their place is gone.
            places = [place for place in places if str(place.user_id) not in before["people"]]
        else:
            moved.append(session.id)
        talks.append((session, places))
    outbox.drop(moved, kinds=reminders.KINDS)
    reminders.queue_anew(talks)


def forget_due(now: datetime | None = None) -> int:
    """Delete what was kept for planning when that is of no more use; return how much.

    How talks stood, who was taken out and why one was called off goes 30 days after the last of a gathering: by then it
    has left every calendar. What people said with their answer was for who planned, and goes when the talk is over or
    called off.
    """
    now = now or timezone.now()
    limit = now - TOLD_KEPT
    said = Q(word__isnull=False) | Q(proposes__isnull=False)
    over = Q(session__ends_at__lt=now) | Q(session__state=State.CANCELLED)
    done = Participant.objects.filter(said, over).update(word=None, proposes=None)
    reasons = Session.objects.filter(called_off_because__isnull=False, ends_at__lt=limit)
    done += reasons.update(called_off_because=None)
    old = Revision.objects.filter(created_at__lt=limit)
    living = Session.objects.filter(Q(id=OuterRef("about")) | Q(series=OuterRef("about")), ends_at__gte=limit)
    done += delete_in_batches(old.exclude(Exists(living)))
    return done + delete_in_batches(Removal.objects.filter(at__lt=limit, session__ends_at__lt=limit))
