"""What leaving an organisation does to talks and texts: at once, while one decides, and when the 30 days are over."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lerend.crypto import mark
from lerend.mail import outbox
from organisations.domain.errors import Refused
from organisations.domain.members import lock_organisation
from organisations.models import Departure, User
from sessions_app.domain import poll_people, telling
from sessions_app.domain.changes import apply_cancel, apply_hand_over
from sessions_app.domain.contributions import erase, start_of_day, unnamed_written_at
from sessions_app.domain.planning import COMPANY_FIELDS, count_company
from sessions_app.domain.reminders import wall_clock
from sessions_app.domain.repeating import set_repeat
from sessions_app.models import Consent, Contribution, Kept, Part, Participant, Series, Session, State
from sessions_app.queries import departures as reads
from sessions_app.queries.telling import gathering_id

logger = logging.getLogger(__name__)

REMIND_DAYS, REMIND_AT = 7, time(9)


def on_member_left(sender: object, departure: Departure, **signal: Any) -> None:
    """Begin ``departure``; the receiver of ``organisations.signals.member_left``."""
    begin(departure)


@transaction.atomic
def begin(departure: Departure) -> None:
    """Let somebody leave: open questions become no, places in coming talks go, and whoever it concerns is told.

    Talks that have begun stay as they were: who was there decides who reads.
    """
    user, organisation = departure.user, departure.organisation
    now = timezone.now()
    Consent.objects.filter(participant__user=user, participant__organisation=organisation, agreed=None).update(
        agreed=False, answered_at=now
    )
    concerned: dict[User, list[dict[str, object]]] = {}
    for talks in _gatherings(departure, now):
        _leave(talks, departure, concerned)
    outbox.queue_many(
        outbox.Draft(
            kind="participant_left",
            about=departure.id,
            recipient=keeper,
            # The places are gone, so that nothing else tells which talks this is about.
            payload=json.dumps({"who": str(user.id), "talks": told}),
        )
        for keeper, told in concerned.items()
    )
    outbox.queue("departed", about=departure.id, recipient=user, expires_at=departure.until)
    outbox.queue(
        "departure_reminder",
        about=departure.id,
        recipient=user,
        send_after=wall_clock(departure.until, -REMIND_DAYS, REMIND_AT),
        expires_at=departure.until,
    )


def _gatherings(departure: Departure, now: datetime) -> list[list[Session]]:
    """Return what is to come that ``departure`` is about, locked: drafts and talks, those of one series together."""
    user, organisation = departure.user, departure.organisation
    places = Participant.objects.filter(user=user, organisation=organisation)
    ways = Session.objects.filter(
        Q(id__in=places.values("session_id")) | Q(planned_by=user, organisation=organisation),
        Q(state=State.DRAFT) | Q(state=State.PLANNED, starts_at__gt=now),
    )
    series = Series.objects.filter(id__in=ways.exclude(series=None).values("series"))
    list(series.select_for_update().order_by("id").values_list("id"))
    talks = ways.select_related("organisation", "planned_by", "series").select_for_update(of=("self",)).order_by("id")
    found: dict[UUID, list[Session]] = {}
    for talk in talks:
        found.setdefault(gathering_id(talk) if talk.state != State.DRAFT else talk.id, []).append(talk)
    return list(found.values())


def _leave(talks: list[Session], departure: Departure, concerned: dict[User, list[dict[str, object]]]) -> None:
    """Take somebody out of ``talks`` of one gathering, with one mail to them; add whom it touches to ``concerned``."""
    user, organisation = departure.user, departure.organisation
    draft = talks[0].state == State.DRAFT
    if draft and talks[0].planned_by_id == user.id and talks[0].organisation_id == organisation.id:
        set_repeat(talks[0], None)
        poll_people.withdraw_with(talks[0])
        talks[0].delete()
        return
    held = Participant.objects.filter(user=user, organisation=organisation, session__in=talks)
    places = {place.session_id: place for place in held}
    before = None if draft else telling.as_it_was(talks[0])
    for talk in talks:
        if talk.id in places:
            telling.take_out(places[talk.id], talk)
            count_company(talk, list(talk.participants.all()))
            talk.save(update_fields=COMPANY_FIELDS)
    if before is None:
        poll_people.leave(talks[0], user.id)
        return
    # The others are told by who looks after the talk, when they chose somebody else or called it off.
    telling.tell(before, only={user.id})
    handed = _hand_over(talks, departure)
    for talk in talks:
        if talk.state == State.PLANNED and talk.planned_by and talk.planned_by != user:
            told = {"talk": str(talk.id), "left": talk.id in places, "handed": talk.id in handed}
            concerned.setdefault(talk.planned_by, []).append(told)


def _hand_over(talks: list[Session], departure: Departure) -> set[UUID]:
    """Let somebody of the organisation who takes part look after those of ``talks``, of one gathering, that the leaver
    did; cancel those in which nobody is left. Returns the ids of those that changed hands.

    Never somebody outside the talk: who talks with whom is for those who do.
    """
    user = departure.user
    mine = [talk for talk in talks if talk.planned_by_id == user.id]
    # They may have planned it for the Associatie, or take part from elsewhere too.
    still = Session.objects.manageable_by(user).filter(id__in=[talk.id for talk in mine])
    kept = set(still.values_list("id", flat=True))
    handed, left = set(), []
    for talk in mine:
        heir = None if talk.id in kept else _heir(talk, departure)
        if heir:
            apply_hand_over(talk, heir)
            handed.add(talk.id)
            if talk.series and talk.series.planned_by_id == user.id:
                talk.series.planned_by, talk.series.form_key = heir, uuid4()
                talk.series.save(update_fields=["planned_by", "form_key"])
        elif talk.id not in kept:
            left.append(talk)
    if left:
        left[0].refresh_from_db(fields=["sequence"])
        if left[0].series:
            left[0].series.refresh_from_db(fields=["sequence"])
        before = telling.as_it_was(left[0])
        for talk in left:
            apply_cancel(talk)
        telling.tell(before)
    return handed


def _heir(talk: Session, departure: Departure) -> User | None:
    place = (
        Participant.objects.still_taking_part()
        .filter(session=talk, organisation=departure.organisation, user__is_active=True)
        .exclude(part=Part.GUIDE)
        .select_related("user")
        .order_by("-leads", "user__name_sorted", "id")
        .first()
    )
    return place.user if place else None


@transaction.atomic
def decide(departure_id: UUID, chosen: Mapping[UUID, str], *, by: User) -> int:
    """Carry out at once what ``by`` chose for own texts: keep with or without the name, or erase. Returns how many.

    ``chosen`` holds Kept.NAMED, Kept.UNNAMED or ERASE by contribution; what is gone already is passed over. Raises
    Departure.DoesNotExist for somebody else's, Refused when the time is over or a choice does not fit.
    """
    found = Departure.objects.own(by).select_for_update(of=("self",))
    departure = found.select_related("user", "organisation").get(id=departure_id)
    closed = reads.why_closed(departure)
    if closed:
        raise Refused(closed)
    texts = _locked(departure, Q(id__in=list(chosen)))
    small = reads.small_talks(departure, texts)
    for text in texts:
        choice = chosen[text.id]
        if choice not in reads.choices(text, small):
            raise Refused("Dit kun je voor deze tekst niet kiezen. Misschien koos je intussen al iets anders.")
        if choice == reads.ERASE:
            erase(text)
            continue
        text.kept = choice
        if choice == Kept.UNNAMED and text.author_id:
            _take_name_off(text, departure)
        text.save(update_fields=["author", "mark", "created_at", "written_at", "kept"])
    return len(texts)


def _locked(departure: Departure, which: Q) -> list[Contribution]:
    """Return own texts with their talk, locked; the texts themselves stay closed."""
    found = reads.own_texts(departure).filter(which).select_related("session").defer("text", "who")
    return list(found.select_for_update(of=("self",)).order_by("id"))


def _take_name_off(text: Contribution, departure: Departure) -> None:
    text.author, text.mark = None, mark(departure.user_id, departure.organisation_id)
    text.created_at = start_of_day(text.created_at)
    text.written_at = unnamed_written_at(text, text.session)


def settle_due() -> int:
    """Settle the departures whose 30 days are over, each in a transaction of its own; returns how many.

    One that goes wrong does not keep the others from it, and is tried again the next day.
    """
    settled = 0
    for departure_id in list(Departure.objects.due().order_by("until", "id").values_list("id", flat=True)):
        try:
            settled += settle(departure_id)
        except Exception as error:  # its words could quote a row
            logger.error("Departure %s could not be settled (%s)", departure_id, type(error).__name__)
    return settled


@transaction.atomic
def settle(departure_id: UUID) -> bool:
    """Do what was not decided: erase what vanishes, and take the name off what was not kept with it.

    Does nothing for who came back, and returns False for what was settled or is not over.
    """
    place = Departure.objects.due().filter(id=departure_id).values_list("organisation_id", flat=True).first()
    if place is None:
        return False
    lock_organisation(place)  # who comes back does so before or after this, not meanwhile
    found = Departure.objects.due().select_for_update(of=("self",)).select_related("user", "organisation")
    departure = found.filter(id=departure_id).first()
    if departure is None:
        return False
    if not reads.came_back([departure]):
        _do_the_rest(departure)
    departure.settled_at = timezone.now()
    departure.save(update_fields=["settled_at"])
    return True


def _do_the_rest(departure: Departure) -> None:
    texts = _locked(departure, Q())
    small = reads.small_talks(departure, texts)
    staying = []
    for text in texts:
        if reads.vanishes(text, small):
            erase(text)
            continue
        if text.author_id and text.kept != Kept.NAMED:
            _take_name_off(text, departure)
        # What was chosen is done. Left there, it would tell of a text without a name that its writer went away.
        text.kept = ""
        staying.append(text)
    Contribution.objects.bulk_update(staying, ["author", "mark", "created_at", "written_at", "kept"], batch_size=500)
