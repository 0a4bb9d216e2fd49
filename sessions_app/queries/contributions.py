"""Reads for the lists of contributions, questions and reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from content.models import Kind
from organisations.models import Organisation, User
from sessions_app.models import Answer, Consent, Contribution, Part, Participant, Report, Session


def open_questions(user: User) -> list[Consent]:
    """Return the questions to share a text that wait for ``user``, the first to lapse first; 50 at most.

    With the talk's title, and without the text: a list of questions does not tell it.
    """
    found = Consent.objects.waiting_for(user).select_related("contribution__session")
    found = found.only("contribution_id", "contribution__session_id", "contribution__session__title")
    return list(found.order_by("contribution__consent_until", "id")[:50])


def company_counts(places: Collection[tuple[Session, Participant]]) -> dict[UUID, int]:
    """Return, by talk, how many of those present count towards the smallest group, seen from a place in each.

    That is what the talk counted when it was closed; in an audit the people of one's own side. One query at most.
    """
    audits = [session.id for session, _ in places if session.kind == Kind.AUDIT]
    sides: Counter[tuple[UUID, UUID | None, UUID | None]] = Counter()
    if audits:
        there = Participant.objects.filter(session__in=audits, present=True, leads=False, answer=Answer.YES)
        sides.update(there.exclude(part=Part.GUIDE).values_list("session_id", "organisation_id", "team_id"))
    return {
        session.id: sides[session.id, own.organisation_id, own.team_id]
        if session.kind == Kind.AUDIT
        else session.present_count or 0
        for session, own in places
    }


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
