"""Reads for the lists of contributions, questions and reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.urls import reverse

from content.models import Kind
from lerend.mail.models import Message
from organisations.models import Organisation, User
from sessions_app.models import (
    Answer,
    Consent,
    Contribution,
    Interpretation,
    InterpretationReply,
    Part,
    Participant,
    Report,
    Session,
    ThemeRemark,
)

MOST_WAITING = 50


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
    return Organisation.objects.contacted_through(user).exists() or Report.objects.manageable_by(user).exists()


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


@dataclass(frozen=True)
class Waiting:
    """A reported text that is judged on a page of its own; what it says stands there, for who may read it."""

    what: str
    about: str
    organisation: str
    url: str


def reported_elsewhere(user: User) -> list[Waiting]:
    """Return which reported ladingen, answers to them and remarks at a picture wait for ``user`` as contact.

    The newest MOST_WAITING of each at most, in three queries, without a text.
    """
    ladingen = Interpretation.objects.manageable_by(user).filter(hidden_at=None).order_by("-reported_at", "id")
    answers = InterpretationReply.objects.manageable_by(user).filter(hidden_at=None).order_by("-reported_at", "id")
    # That a remark was reported stands in the mail about it alone, which is kept for 90 days.
    told = Message.objects.filter(kind="remark_reported", about=OuterRef("pk"))
    remarks = (
        ThemeRemark.objects.manageable_by(user).filter(Exists(told), hidden_at=None).order_by("-survey__closed_at")
    )
    found = [
        Waiting("Lading van een vuistregel", f"{rule}: {part}", place, reverse("interpretation_judge", args=[pk]))
        for pk, rule, part, place in ladingen.values_list(
            "id", "rule__title", "assignment__title", "organisation__name"
        )[:MOST_WAITING]
    ]
    found += [
        Waiting("Antwoord op een lading", f"{rule}: {part}", place, reverse("interpretation_judge", args=[pk]))
        for pk, rule, part, place in answers.values_list(
            "id", "interpretation__rule__title", "interpretation__assignment__title", "organisation__name"
        )[:MOST_WAITING]
    ]
    found += [
        Waiting("Opmerking bij de wolkjes", theme, place, reverse("survey_remark_hide", args=[pk]))
        for pk, theme, place in remarks.values_list("id", "theme__title", "survey__organisation__name")[:MOST_WAITING]
    ]
    return found
