"""Reads about reminders: what an organisation chose, and what that comes to."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from content.models import Audience, Moment
from organisations.models import Organisation
from sessions_app.models import OrganisationReminder, Session

REMINDED_EVERY = timedelta(hours=24)  # by a click of who plans


def moments_of_session(session: Session) -> list[Moment]:
    """Return the moments of a talk, in order."""
    return sorted(rule.moment for rule in session.reminders.all())


def moments_afterwards(session: Session) -> list[Moment]:
    """Return the moments of a talk at which who was there gets a reminder, in order."""
    return [moment for moment in moments_of_session(session) if moment.audience == Audience.PRESENT]


def moments_of_organisation(organisation: Organisation) -> list[Moment]:
    """Return the moments that an organisation chose for all new talks, in order; empty also where it chose none."""
    return sorted(rule.moment for rule in OrganisationReminder.objects.filter(organisation=organisation))


def again_from(reminded_at: datetime | None) -> datetime | None:
    """Return from when who plans may remind again, having done so at ``reminded_at``; None for now."""
    again = reminded_at + REMINDED_EVERY if reminded_at else None
    return again if again and again > timezone.now() else None
