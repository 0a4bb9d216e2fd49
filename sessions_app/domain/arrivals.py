"""Mail about a talk that did not arrive: sending it again, and telling the planner that an address fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from lerend.mail import outbox
from lerend.mail import queries as mail
from organisations.domain.errors import Refused
from organisations.models import User
from sessions_app.domain.planning import lock
from sessions_app.models import Participant, State
from sessions_app.queries.arrivals import NEEDED
from sessions_app.queries.telling import gathering_id

ADDRESS_FAILS = "address_fails"
# So that a mail server that refuses a whole team gives one notice a talk.
GATHERED = timedelta(minutes=10)


@transaction.atomic
def send_again(session_id: UUID, participant_id: UUID, *, by: User) -> bool:
    """Send the last calendar mail to a participant again if it failed; returns whether it did.

    Pressed twice it goes once. Raises Refused once the talk has begun, and DoesNotExist for who may not change the talk
    or a participant who is in it no more.
    """
    session = lock(session_id, by, manage=True)
    kinds = NEEDED.get(session.state)
    if kinds is None or (session.state == State.PLANNED and session.started) or session.over:
        raise Refused("Dit gesprek is al begonnen of geweest. Mail erover heeft geen zin meer.")
    person = session.participants.get(id=participant_id)
    sequence = session.series.sequence if session.series else session.sequence
    return outbox.send_last_again(gathering_id(session), kinds=kinds, recipient=person.user_id, sequence=sequence)


def on_address_fails(sender: Any, address: str, **kwargs: Any) -> None:
    """Queue a notice to who plans a coming talk with somebody at ``address``: one a talk or series.

    Planners hear it of participants in their own talks alone. Whether they still may see the talk is looked at again
    when it is sent.
    """
    places = (
        Participant.objects.still_taking_part()
        .filter(user__email=address, session__state=State.PLANNED, session__starts_at__gt=timezone.now())
        .filter(session__planned_by__isnull=False)
        .exclude(session__planned_by=F("user"))
        .select_related("session__planned_by")
        .order_by("session__starts_at", "id")
    )
    first: dict[UUID, Participant] = {}
    for place in places:
        first.setdefault(gathering_id(place.session), place)
    told_soon = mail.queued_about(list(first), kind=ADDRESS_FAILS) if first else set()
    outbox.queue_many(
        outbox.Draft(
            kind=ADDRESS_FAILS,
            about=about,
            about_part=place.session_id,
            recipient=place.session.planned_by,
            key=f"{ADDRESS_FAILS}:{about}:{place.session.planned_by_id}:{place.user_id}",
            send_after=timezone.now() + GATHERED,
            expires_at=place.session.starts_at,
        )
        for about, place in first.items()
        if about not in told_soon
    )
