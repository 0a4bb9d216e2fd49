"""Roles and places of members, and leaving. What may be given to whom stands in ``organisations.queries``."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lerend.mail import outbox
from organisations.domain import audit
from organisations.domain.errors import Refused
from organisations.models import (
    DEPARTURE_LASTS,
    ON_TEAM,
    Action,
    Departure,
    Invitation,
    Membership,
    Organisation,
    Role,
    Team,
    TeamMembership,
    User,
)
from organisations.queries import Reach
from organisations.signals import member_left

LAST_BESTUURDER = "Een organisatie heeft altijd een bestuurder. Maak eerst iemand anders bestuurder."


def lock_organisation(organisation_id: UUID) -> Organisation:
    """Return the organisation, its row locked until the end of the transaction: its people change one at a time."""
    # no_key: who writes in a talk holds that talk and refers to this row, while who leaves holds this row and wants
    # the talk. A full lock would let them wait for each other.
    return Organisation.objects.select_for_update(no_key=True).get(id=organisation_id)


def lock_organisations(organisation_ids: Collection[UUID]) -> None:
    """Lock the rows of several organisations, in one order, as ``lock_organisation`` does one."""
    found = Organisation.objects.select_for_update(no_key=True).filter(id__in=organisation_ids)
    list(found.order_by("id").values_list("id"))


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
    withdraw_above(user, organisation, by=by)
    membership.delete()
    Departure.objects.filter(user=user, organisation=organisation, settled_at=None).delete()  # of who had come back
    departure = Departure.objects.create(user=user, organisation=organisation, left_at=now, until=now + DEPARTURE_LASTS)
    member_left.send(sender=Membership, departure=departure, by=by)
    return departure


def withdraw_above(user: User, organisation: Organisation, *, by: User) -> None:
    """Withdraw what ``user`` invited to a role that manages others: it must not outlive their own, nor bring them back.

    Invitations of professionals stay: they are the organisation's.
    """
    managing = Q(team_role=Role.LEIDINGGEVENDE) | ~Q(role="")
    for invitation in Invitation.objects.living().filter(managing, organisation=organisation, invited_by=user):
        invitation.withdrawn_at = timezone.now()
        invitation.save(update_fields=["withdrawn_at"])
        outbox.drop(invitation.id)
        audit.note(organisation, Action.INVITATION_WITHDRAWN, by=by, about_name=invitation.name)


@transaction.atomic
def change_own_name(name: str, *, by: User) -> User:
    """Give oneself another name; colleagues see it from now on. What the trail says of before stays as it was."""
    user = User.objects.select_for_update().get(id=by.id)
    user.name = name
    user.save(update_fields=["name"])
    return user


def keep_a_bestuurder(membership: Membership) -> None:
    """Raise Refused when ``membership`` is that of the last active bestuurder; the organisation is locked."""
    others = Membership.objects.filter(
        organisation=membership.organisation_id, role=Role.BESTUURDER, user__is_active=True
    ).exclude(id=membership.id)
    if membership.role == Role.BESTUURDER and not others.exists():
        raise Refused(LAST_BESTUURDER)


@transaction.atomic
def change_role(membership_id: UUID, role: str, *, by: User) -> Membership:
    """Give a member another role on the organisation ("" for none); a bestuurder may do so, and may step down.

    Raises Membership.DoesNotExist when ``by`` may not manage the member, Refused for a role above the own one or the
    last bestuurder.
    """
    membership, reach = _managed(membership_id, by)
    if not reach.runs or role not in reach.roles:
        raise Refused("Deze rol kun je niet geven of nemen. Een bestuurder kan dat wel.")
    if membership.role == role:
        return membership
    if membership.role == Role.BESTUURDER:
        keep_a_bestuurder(membership)
    if membership.role == Role.BESTUURDER:
        withdraw_above(membership.user, reach.organisation, by=by)
    membership.role = role
    membership.save(update_fields=["role"])
    detail = Role(role).in_words if role else "geen rol"
    audit.note(reach.organisation, Action.ROLE_CHANGED, by=by, about=membership.user, detail=detail)
    return membership


@transaction.atomic
def place_in_team(
    membership_id: UUID, team_id: UUID, role: str, *, leaves: UUID | None = None, by: User
) -> TeamMembership:
    """Give a member a place with ``role`` in a team, or another role there; with ``leaves`` they move out of that team.

    What was shared with a team before somebody came is not theirs to read; what the older team shared stays with it.
    Nobody places themselves. Raises Membership.DoesNotExist when ``by`` may not manage the member, Team.DoesNotExist
    when they may not choose the people of a team, Refused for oneself.
    """
    membership, reach = _managed(membership_id, by, anybody=True)
    team = _reached(reach, team_id)
    if membership.user_id == by.id:
        raise Refused("Jezelf in een team plaatsen kan niet. Vraag het een andere bestuurder of leidinggevende.")
    if role not in ON_TEAM:
        raise Refused("Kies of deze persoon professional of leidinggevende is.")
    if leaves and leaves != team_id:
        _take_out(membership, _reached(reach, leaves), by=by)
    place, created = TeamMembership.objects.get_or_create(membership=membership, team=team, defaults={"role": role})
    if created or place.role != role:
        action = Action.TEAM_ENTERED if created else Action.TEAM_ROLE_CHANGED
        if not created:
            # Who becomes a professional again reads what is shared from now on, as who is new does.
            place.role, place.since = role, timezone.now()
            place.save(update_fields=["role", "since"])
        audit.note(reach.organisation, action, by=by, about=membership.user, team=team, detail=Role(role).in_words)
    return place


@transaction.atomic
def take_out_of_team(membership_id: UUID, team_id: UUID, *, by: User) -> None:
    """Take a member out of a team; they stay in the organisation. Done twice it is done once.

    Raises Membership.DoesNotExist or Team.DoesNotExist when ``by`` may not.
    """
    membership, reach = _managed(membership_id, by)
    _take_out(membership, _reached(reach, team_id), by=by)


def _take_out(membership: Membership, team: Team, *, by: User) -> None:
    if TeamMembership.objects.filter(membership=membership, team=team).delete()[0]:
        audit.note(membership.organisation, Action.TEAM_LEFT, by=by, about=membership.user, team=team)


def _managed(membership_id: UUID, by: User, *, anybody: bool = False) -> tuple[Membership, Reach]:
    """Return the membership and what ``by`` may do, the organisation locked; ``anybody``: of who they manage or not."""
    organisation = lock_organisation(Membership.objects.values_list("organisation_id", flat=True).get(id=membership_id))
    reach = Reach(by, organisation)
    if not reach.manages:
        raise Membership.DoesNotExist
    ways = Membership.objects.all() if anybody else Membership.objects.manageable_by(by)
    return ways.select_related("user", "organisation").get(id=membership_id), reach


def _reached(reach: Reach, team_id: UUID) -> Team:
    if team_id not in reach.teams:
        raise Team.DoesNotExist
    return reach.teams[team_id]
