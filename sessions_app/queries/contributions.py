"""Reads for the lists of contributions, questions and reports."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from organisations.models import Organisation, User
from sessions_app.models import Consent, Contribution, Report


def open_questions(user: User) -> list[Consent]:
    """Return the questions to share a text that wait for ``user``, the first to lapse first; 50 at most.

    With the talk's title, and without the text: a list of questions does not tell it.
    """
    found = Consent.objects.waiting_for(user).select_related("contribution__session")
    found = found.only("contribution_id", "contribution__session_id", "contribution__session__title")
    return list(found.order_by("contribution__consent_until", "id")[:50])


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
