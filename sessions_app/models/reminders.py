"""The reminder moments that an organisation wants for all its new talks."""

from __future__ import annotations

import uuid

from django.db import models

from content.models import ReminderFields
from content.models.reminders import reminder_constraints
from organisations.models import Organisation


class OrganisationReminder(ReminderFields):
    """One of them. They count while ``Organisation.own_reminders`` says so."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ("days", "at", "minutes_before")
        constraints = (*reminder_constraints("organisation_reminder", "organisation"),)

    def __str__(self) -> str:
        return str(self.moment)
