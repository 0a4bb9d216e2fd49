"""Reads about reminders: what an organisation chose, and what that comes to."""

from __future__ import annotations

from content.models import Moment
from organisations.models import Organisation
from sessions_app.models import OrganisationReminder, Session


def moments_of_session(session: Session) -> list[Moment]:
    """Return the moments of a talk, in order."""
    return sorted(rule.moment for rule in session.reminders.all())


def moments_of_organisation(organisation: Organisation) -> list[Moment]:
    """Return the moments that an organisation chose for all new talks, in order; empty also where it chose none."""
    return sorted(rule.moment for rule in OrganisationReminder.objects.filter(organisation=organisation))
