"""Reads for the lists of contributions, questions and reports."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from organisations.models import Organisation, User
from sessions_app.models import Consent, Contribution, Report


def open_questions(user: User) -> list[Consent]:
    """Return the questions to share a text that wait for ``user``, the first to lapse first; 50 at most."""
    unanswered = Consent.objects.filter(
        participant__user=user, agreed=None, contribution__consent_until__gt=timezone.now()
    )
    found = unanswered.filter(contribution__in=Contribution.objects.asked_of(user))
    return list(
        found.select_related("contribution__session", "contribution__author").order_by(
            "contribution__consent_until", "id"
        )[:50]
    )


def is_contact(user: User) -> bool:
    """Return whether reports come to ``user``."""
    return Organisation.objects.contacted_through(user).exists()


@dataclass(frozen=True)
class ReportRow:
    """A report as the contact sees it; ``text`` only for a contact who is one of the text's readers."""

    report: Report
    audience: str
    text: str
    hidden: bool


def report_rows(reports: list[Report], user: User) -> list[ReportRow]:
    """Return ``reports`` ready to show, with one query for the texts that ``user`` may read."""
    readable: dict[UUID, str] = dict(
        Contribution.objects.visible_to(user)
        .filter(id__in=[report.contribution_id for report in reports])
        .values_list("id", "text")
    )
    return [
        ReportRow(
            report,
            audience=report.contribution.get_audience_display(),
            text=readable.get(report.contribution_id, ""),
            hidden=report.contribution.hidden_at is not None,
        )
        for report in reports
    ]
