"""Choosing when reminders go: for one talk, and for all new talks of an organisation."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from content.models import Moment
from content.models.reminders import values_of
from lerend.mail import outbox
from organisations.domain.errors import Refused
from organisations.domain.members import lock_organisation
from organisations.models import Organisation, User
from sessions_app.domain import reminders
from sessions_app.domain.planning import lock
from sessions_app.domain.templates import MOST_REMINDERS
from sessions_app.models import OrganisationReminder, Session, SessionReminder, State

TOO_LATE = "Dit gesprek is geweest of gaat niet door. Herinneringen wijzigen kan niet meer."


@transaction.atomic
def change_moments(session_id: UUID, moments: Collection[Moment], *, by: User) -> Session:
    """Give a talk other reminder moments; of a planned one the reminders in the outbox are replaced.

    No calendar entry changes by it, so that nobody gets mail about it. Raises Session.DoesNotExist when ``by`` may not
    change the talk, Refused when it was held or called off, or for too many moments.
    """
    session = lock(session_id, by, manage=True)
    if session.state not in {State.DRAFT, State.PLANNED}:
        raise Refused(TOO_LATE)
    _check(moments)
    if {rule.moment for rule in session.reminders.all()} == set(moments):
        return session
    session.reminders.all().delete()
    SessionReminder.objects.bulk_create(
        SessionReminder(session=session, **values_of(moment)) for moment in sorted(set(moments))
    )
    if session.state == State.PLANNED:
        outbox.drop(session.id, kinds={"reminder"})
        reminders.queue_anew([(session, list(session.participants.select_related("user")))])
    return session


@transaction.atomic
def choose_for_organisation(organisation_id: UUID, moments: Collection[Moment] | None, *, by: User) -> Organisation:
    """Have new talks of an organisation begin with ``moments`` (none at all when empty), or with those of each
    template (None). Talks that were begun keep theirs.

    Raises Organisation.DoesNotExist when ``by`` is no bestuurder there, Refused for too many moments.
    """
    organisation = lock_organisation(organisation_id)
    Organisation.objects.run_by(by).get(id=organisation_id)
    _check(moments or ())
    OrganisationReminder.objects.filter(organisation=organisation).delete()
    OrganisationReminder.objects.bulk_create(
        OrganisationReminder(organisation=organisation, **values_of(moment)) for moment in sorted(set(moments or ()))
    )
    organisation.own_reminders = moments is not None
    organisation.save(update_fields=["own_reminders"])
    return organisation


def _check(moments: Collection[Moment]) -> None:
    if len(set(moments)) > MOST_REMINDERS:
        raise Refused(f"Kies hooguit {MOST_REMINDERS} herinneringen.")
