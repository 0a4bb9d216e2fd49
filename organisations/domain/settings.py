"""What a bestuurder sets for the organisation, and cleaning up what was kept long enough."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from organisations.domain import audit
from organisations.domain.errors import Refused
from organisations.domain.members import lock_organisation
from organisations.models import (
    AUDIT_KEPT,
    DOORS_KEPT,
    INVITATION_LASTS,
    SMALLEST_GROUP,
    Action,
    AuditEntry,
    Invitation,
    JoinRequest,
    Organisation,
    User,
)


@transaction.atomic
def change_organisation(
    organisation_id: UUID,
    *,
    municipality: str,
    smallest_group: int,
    contact: UUID | None,
    quiet_from: time | None = None,
    quiet_until: time | None = None,
    quiet_weekends: bool = False,
    by: User,
) -> Organisation:
    """Change the gemeente, the smallest group (k), the contact for reports (a user's id; None: the bestuurders) and
    when mail that can wait keeps quiet (wall clock in Amsterdam; both None for no quiet hours).

    What is in the outbox already keeps its moment. Raises Organisation.DoesNotExist when ``by`` is no bestuurder there,
    Refused for a group below five, a contact who is no member, or quiet hours with one end.
    """
    organisation = lock_organisation(organisation_id)
    Organisation.objects.run_by(by).get(id=organisation_id)
    if smallest_group < SMALLEST_GROUP:
        raise Refused(f"De kleinste groep is nooit kleiner dan {SMALLEST_GROUP}.")
    if (quiet_from is None) != (quiet_until is None) or (quiet_from and quiet_from == quiet_until):
        raise Refused("Vul bij stille uren beide tijden in, en niet twee keer dezelfde.")
    person = None
    if contact:
        person = User.objects.filter(id=contact, memberships__organisation=organisation).first()
        if person is None:
            raise Refused("Kies iemand uit je eigen organisatie als contactpersoon.")
    if municipality != organisation.municipality:
        audit.note(organisation, Action.ORGANISATION_CHANGED, by=by)
    if smallest_group != organisation.smallest_group:
        audit.note(organisation, Action.SMALLEST_GROUP_CHANGED, by=by, detail=str(smallest_group))
    if contact != organisation.contact_id:
        audit.note(
            organisation,
            Action.CONTACT_CHANGED,
            by=by,
            about=person,
            detail="" if person else "de bestuurders",
        )
    organisation.municipality, organisation.smallest_group = municipality, smallest_group
    organisation.contact = person
    organisation.quiet_from, organisation.quiet_until = quiet_from, quiet_until
    organisation.quiet_weekends = quiet_weekends
    organisation.save(
        update_fields=["municipality", "smallest_group", "contact", "quiet_from", "quiet_until", "quiet_weekends"]
    )
    return organisation


def tidy(now: datetime | None = None) -> int:
    """Delete what was kept long enough: of the trail, and requests and invitations that came to nothing."""
    now = now or timezone.now()
    ended = now - DOORS_KEPT
    old: tuple[int, ...] = (
        AuditEntry.objects.filter(at__lt=now - AUDIT_KEPT).delete()[0],
        JoinRequest.objects.filter(state=JoinRequest.State.DECLINED, decided_at__lt=ended).delete()[0],
        Invitation.objects.filter(
            Q(withdrawn_at__lt=ended) | Q(withdrawn_at=None, sent_at__lt=ended - INVITATION_LASTS), accepted_at=None
        ).delete()[0],
    )
    return sum(old)
