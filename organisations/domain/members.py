"""Roles and places of members, and leaving. What may be given to whom stands in ``organisations.queries``."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from organisations.domain import audit
from organisations.domain.errors import Refused
from organisations.models import (
    DEPARTURE_LASTS,
    Action,
    Departure,
    Invitation,
    Membership,
    Organisation,
    Role,
    User,
)
from organisations.signals import member_left

LAST_BESTUURDER = "Een organisatie heeft altijd een bestuurder. Maak eerst iemand anders bestuurder."


def lock_organisation(organisation_id: UUID) -> Organisation:
    """Return the organisation, its row locked until the end of the transaction: its people change one at a time."""
    # no_key: who writes in a talk holds that talk and refers to this row, while who leaves holds this row and wants
    # the talk. A full lock would let them wait for each other.
    return Organisation.objects.select_for_update(no_key=True).get(id=organisation_id)


@transaction.atomic
def end_membership(membership_id: UUID, *, by: User) -> Departure:
    """End a membership: ``by`` leaves, or a bestuurder removes somebody. Access is gone with the row.

    The person keeps 30 days to decide about what they wrote: the Departure returned, of which ``member_left`` tells
    the apps above. Raises Membership.DoesNotExist when ``by`` may not, Refused for the last bestuurder.
    """
    organisation = lock_organisation(Membership.objects.values_list("organisation_id", flat=True).get(id=membership_id))
    membership = Membership.objects.select_related("user").get(id=membership_id)
    if membership.user_id != by.id and not Organisation.objects.run_by(by).filter(id=organisation.id).exists():
        raise Membership.DoesNotExist
    return leave(membership, organisation, Action.LEFT if membership.user_id == by.id else Action.REMOVED, by=by)


def leave(membership: Membership, organisation: Organisation, action: Action, *, by: User) -> Departure:
    """Take ``membership`` away and begin its 30 days. The organisation is locked and the right to do so was checked.

    Raises Refused for the last bestuurder.
    """
    keep_a_bestuurder(membership)
    user, now = membership.user, timezone.now()
    audit.note(organisation, action, by=by, about=user)
    if organisation.contact_id == user.id:
        organisation.contact = None
        organisation.save(update_fields=["contact"])
    # Who is invited anew comes in anew: a former invitation does not count as one of somebody who is here.
    Invitation.objects.filter(organisation=organisation, accepted_by=user).delete()
    membership.delete()
    departure = Departure.objects.create(user=user, organisation=organisation, left_at=now, until=now + DEPARTURE_LASTS)
    member_left.send(sender=Membership, departure=departure, by=by)
    return departure


def keep_a_bestuurder(membership: Membership) -> None:
    """Raise Refused when ``membership`` is that of the last active bestuurder; the organisation is locked."""
    others = Membership.objects.filter(
        organisation=membership.organisation_id, role=Role.BESTUURDER, user__is_active=True
    ).exclude(id=membership.id)
    if membership.role == Role.BESTUURDER and not others.exists():
        raise Refused(LAST_BESTUURDER)
