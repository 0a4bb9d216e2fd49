"""An organisation asks to take part; the NJi-programma or the Associatie lets it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from lerend.mail import outbox
from lerend.moments import AMSTERDAM, in_amsterdam
from organisations.domain import audit
from organisations.domain.errors import Refused
from organisations.domain.invitations import invite_bestuurder
from organisations.models import ASSOCIATIE_GROUP, NJI_GROUP, Action, JoinRequest, Organisation, User, one_line

MORNING = time(8)


class NameTaken(Refused):
    """There is an organisation of that name already: who approves gives this one another."""


@dataclass(frozen=True)
class Asking:
    """What an organisation writes on the form."""

    name: str
    municipality: str
    contact_name: str
    contact_email: str
    remark: str = ""


@transaction.atomic
def ask_to_join(asking: Asking, *, form_key: UUID) -> JoinRequest:
    """Keep the request; who opens doors hears by mail, at most once a day. The same form sent twice is one request."""
    request, created = JoinRequest.objects.get_or_create(
        form_key=form_key,
        defaults={
            "name": asking.name,
            "municipality": asking.municipality,
            "contact_name": asking.contact_name,
            "contact_email": asking.contact_email.lower(),
            "remark": asking.remark,
        },
    )
    if created:
        # Now, and the next morning when something is still open: a second request on one day waits until then.
        now = in_amsterdam(timezone.now())
        tomorrow = datetime.combine(now.date() + timedelta(days=1), MORNING, AMSTERDAM)
        doors = User.objects.filter(groups__name__in=[NJI_GROUP, ASSOCIATIE_GROUP], is_active=True)
        outbox.queue_many(
            outbox.Draft(
                kind="join_asked",
                about=request.id,
                recipient=user,
                key=f"join_asked:{user.id}:{moment:%Y%m%d}",
                send_after=moment,
            )
            for user in doors
            for moment in (now, tomorrow)
        )
    return request


@transaction.atomic
def approve(request_id: UUID, *, name: str = "", by: User) -> Organisation:
    """Let an organisation in: make it, and invite its contact as the first bestuurder. Done twice it is done once.

    ``name`` replaces the one it asked with. Raises JoinRequest.DoesNotExist for who opens no doors, NameTaken when
    there is an organisation of that name, Refused for a request that was declined.
    """
    request = _lock(request_id, by)
    if request.state == JoinRequest.State.APPROVED and request.organisation:
        return request.organisation
    if request.state == JoinRequest.State.DECLINED:
        raise Refused("Deze aanvraag is al afgewezen.")
    name = one_line(name or request.name)
    try:
        with transaction.atomic():
            organisation = Organisation.objects.create(name=name, municipality=request.municipality)
    except IntegrityError:
        raise NameTaken(
            f"Er is al een organisatie die {name} heet. Is dit een andere? Geef haar dan een andere naam."
        ) from None
    audit.note(organisation, Action.ORGANISATION_MADE, by=by)
    invite_bestuurder(organisation.id, request.contact_name, request.contact_email, by=by)
    _decide(request, JoinRequest.State.APPROVED, by, organisation)
    return organisation


@transaction.atomic
def decline(request_id: UUID, *, by: User) -> JoinRequest:
    """Decline a request and tell its contact by mail. Done twice it is done once.

    Raises JoinRequest.DoesNotExist for who opens no doors, Refused for a request that was approved.
    """
    request = _lock(request_id, by)
    if request.state == JoinRequest.State.DECLINED:
        return request
    if request.state == JoinRequest.State.APPROVED:
        raise Refused("Deze organisatie is al toegelaten.")
    _decide(request, JoinRequest.State.DECLINED, by, None)
    outbox.queue("join_declined", about=request.id, address=request.contact_email)
    return request


def _lock(request_id: UUID, by: User) -> JoinRequest:
    return JoinRequest.objects.manageable_by(by).select_for_update(of=("self",)).get(id=request_id)


def _decide(request: JoinRequest, state: JoinRequest.State, by: User, organisation: Organisation | None) -> None:
    request.state, request.organisation = state, organisation
    request.decided_by, request.decided_at = by, timezone.now()
    request.save(update_fields=["state", "organisation", "decided_by", "decided_at"])
