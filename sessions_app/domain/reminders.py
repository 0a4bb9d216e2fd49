"""When reminders go, and putting them in the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

from django.utils import timezone

from content.models import Audience, ConversationTemplate, Moment
from lerend.mail import outbox
from lerend.mail import queries as mail
from lerend.moments import AMSTERDAM
from lerend.moments import moment as in_words
from organisations.domain import quiet
from organisations.domain.errors import Refused
from organisations.models import Organisation
from sessions_app.models import OrganisationReminder, Participant, Session
from sessions_app.queries.reminders import again_from

KINDS = frozenset({"reminder", "record_reminder"})


def wall_clock(moment: datetime, days: int, at: time) -> datetime:
    """Return the instant (UTC) at ``at`` o'clock in Amsterdam, ``days`` days from the day of ``moment``."""
    day = moment.astimezone(AMSTERDAM).date() + timedelta(days=days)
    return datetime.combine(day, at, AMSTERDAM).astimezone(UTC)


def instant(moment: Moment, starts_at: datetime) -> datetime:
    """Return the instant (UTC) of ``moment`` for a talk that begins at ``starts_at``.

    Days are wall clock; minutes before are elapsed time, counted in UTC: right on the nights the clock changes.
    """
    if moment.days is not None and moment.at is not None:
        return wall_clock(starts_at, moment.days, moment.at)
    return starts_at.astimezone(UTC) - timedelta(minutes=moment.minutes_before or 0)


def check_may_remind(reminded_at: datetime | None) -> None:
    """Raise Refused where who plans reminded by hand, at ``reminded_at``, less than a day ago."""
    again = again_from(reminded_at)
    if again:
        raise Refused(f"Er ging al een herinnering uit. Vanaf {in_words(again)} kan het weer.")


def moments_for(template: ConversationTemplate, organisation: Organisation) -> list[Moment]:
    """Return the moments with which a new talk from ``template`` in ``organisation`` begins.

    An organisation's own moments go before those of the redactie. A template that it made its own says more than
    either: there somebody chose for this very talk.
    """
    if template.organisation_id is None and organisation.own_reminders:
        return sorted(rule.moment for rule in OrganisationReminder.objects.filter(organisation=organisation))
    return sorted(rule.moment for rule in template.reminders.all())


def moments_before(session: Session, now: datetime, organisation: Organisation | None = None) -> list[datetime]:
    """Return the instants, still to come, at which the invited of ``organisation`` (the talk's own) are reminded.

    When the last of them has passed already, as when a talk is planned for tomorrow, the reminder moves to the same
    hour on the day itself, if that is still ahead and before the start. In quiet hours none goes: it goes before, or
    where that has passed when they are over, if the talk has not begun by then.
    """
    organisation = organisation or session.organisation
    starts_at, _ = session.span
    rules = [rule.moment for rule in session.reminders.all() if rule.audience == Audience.INVITED]
    wanted = [instant(rule, starts_at) for rule in rules]
    on_the_clock = [rule for rule in rules if rule.at is not None]
    if on_the_clock and max(wanted) <= now:
        wanted.append(instant(Moment(0, max(on_the_clock).at), starts_at))
    found = {_in_peace(organisation, moment, now) for moment in wanted if now < moment < starts_at}
    return sorted(moment for moment in found if now < moment < starts_at)


def _in_peace(organisation: Organisation, moment: datetime, now: datetime) -> datetime:
    """Return ``moment``, moved out of the quiet hours of ``organisation``: before them, else after."""
    early = quiet.before(organisation, moment)
    return early if early > now else quiet.after(organisation, moment)


def moment_after(session: Session, now: datetime) -> datetime | None:
    """Return when those present are asked to record: the template's moment, or the next such hour when closed late.

    In quiet hours it waits until they are over.
    """
    first = min((rule.moment for rule in session.reminders.all() if rule.audience == Audience.PRESENT), default=None)
    if first is None or first.at is None:  # after a talk all moments are on the clock
        return None
    moment = instant(first, session.span[0])
    if moment <= now:
        moment = wall_clock(now, 0, first.at)
    moment = moment if moment > now else wall_clock(now, 1, first.at)
    return quiet.after(session.organisation, moment)


def organisations_of(sessions: Iterable[Session], participants: Iterable[Participant]) -> dict[UUID, Organisation]:
    """Return the organisations for which people take part in ``sessions``, by id, in one query at most."""
    known = {
        session.organisation_id: session.organisation for session in sessions if Session.organisation.is_cached(session)
    }
    wanted = {session.organisation_id for session in sessions} | {person.organisation_id for person in participants}
    missing = {pk for pk in wanted if pk is not None and pk not in known}
    return known | (Organisation.objects.in_bulk(list(missing)) if missing else {})


def drafts_before(
    session: Session, participants: Iterable[Participant], organisations: Mapping[UUID, Organisation]
) -> Iterator[outbox.Draft]:
    """Give the reminders of a planned talk as they go into the outbox, by the quiet hours of the organisation for which
    each takes part: those that ``organisations_of`` gives.
    """
    people = list(participants)
    now = timezone.now()
    concerned = {person.organisation_id or session.organisation_id for person in people}
    moments = {pk: moments_before(session, now, organisations[pk]) for pk in concerned}
    # Queued anew, a moment that was dropped may come back: the key of the dropped message is taken.
    turn = uuid4().hex[:12]
    for person in people:
        for moment in moments[person.organisation_id or session.organisation_id]:
            yield outbox.Draft(
                kind="reminder",
                about=session.id,
                about_part=person.id,
                recipient=person.user,
                sequence=session.sequence,
                send_after=moment,
                key=f"reminder:{session.id}:{person.user_id}:{session.sequence}:{moment:%Y%m%dT%H%M}:{turn}",
            )


def queue_anew(talks: Sequence[tuple[Session, Sequence[Participant]]]) -> None:
    """Queue the reminders of planned talks for these places; those queued before were dropped by the caller.

    Whom the daily mail reminded at some moment already is not reminded of it again.
    """
    had = mail.bundled([session.id for session, _ in talks], kind="reminder")
    places = [place for _, some in talks for place in some]
    organisations = organisations_of([session for session, _ in talks], places)
    outbox.queue_many(
        draft
        for session, some in talks
        for draft in drafts_before(session, some, organisations)
        if draft.recipient is None or (draft.about, draft.recipient.pk, draft.send_after) not in had
    )


def queue_after(session: Session, present: Iterable[Participant]) -> None:
    """Queue, once a talk is closed, the question to record what one wants to keep."""
    moment = moment_after(session, timezone.now())
    if moment is None:
        return
    outbox.queue_many(
        outbox.Draft(
            kind="record_reminder",
            about=session.id,
            about_part=person.id,
            recipient=person.user,
            sequence=session.sequence,
            send_after=moment,
            key=f"record_reminder:{session.id}:{person.user_id}",
        )
        for person in present
    )
