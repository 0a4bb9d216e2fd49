"""The vuistregels beside the opdracht: where they live, as one person reads it, and a cell with its ladingen.

A map counts only texts that its reader may open one by one: it never tells more than they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from content.models import Assignment, Edition, RuleOfThumb
from content.models.search import Readers
from content.search import Entry
from organisations.models import Membership, Organisation, Role, Team, TeamMembership, User
from sessions_app.models import Audience, Contribution, Interpretation, InterpretationReply, Reach
from sessions_app.models.interpretations import OwnMarks, own_marks
from sessions_app.queries import sessions

# From so many ladingen a cell has the next of the four shades.
SHADES = (1, 2, 4, 8)
MOST_FROM_TALKS = 5
FINDABLE = "ladingen"  # what they are called as a source of the search


def organisations_to_write(user: User) -> QuerySet[Organisation]:
    """Return the organisations for which ``user`` may write, by name: not those for which one only plans."""
    seated = TeamMembership.objects.in_open_teams().filter(membership=OuterRef("pk"))
    member = Membership.objects.filter(
        ~Q(role=Role.PLANNER) | Q(Exists(seated)), user=user, organisation=OuterRef("pk")
    )
    return Organisation.objects.filter(Exists(member)).order_by("name")


def places_to_write(user: User) -> tuple[list[Organisation], list[Team]]:
    """Return the organisations and, with their organisation, the teams for which ``user`` may write; two queries.

    Of a team one is a professional: what is for the team alone is theirs.
    """
    organisations = list(organisations_to_write(user))
    teams = Team.objects.with_professional(user).select_related("organisation").order_by("name")
    return organisations, [team for team in teams if team.organisation in organisations]


@dataclass(frozen=True)
class Where:
    """Which ladingen a map shows: of a team, of an organisation, or, with neither, those released by all."""

    organisation: Organisation | None = None
    team: Team | None = None

    @property
    def query(self) -> str:
        """Return it for an address."""
        if self.team:
            return f"team={self.team.id}"
        return f"organisatie={self.organisation.id}" if self.organisation else ""

    def ladingen(self, user: User) -> QuerySet[Interpretation]:
        """Return what ``user`` may read there."""
        if self.team:
            return Interpretation.objects.in_team(self.team, user)
        if self.organisation:
            return Interpretation.objects.in_organisation(self.organisation, user)
        return Interpretation.objects.visible_to(user).released()


def nearest(user: User, organisation: Organisation, team: Team | None = None) -> Where:
    """Return where ``user`` writes: in ``team``, else in its organisation, else (who only plans there) nowhere."""
    if not organisations_to_write(user).filter(id=organisation.id).exists():
        return Where()
    own = team is not None and Team.objects.with_professional(user).filter(id=team.id).exists()
    return Where(organisation, team if own else None)


@dataclass(frozen=True)
class Cell:
    """A vuistregel in one part of the opdracht."""

    rule: RuleOfThumb
    assignment: Assignment
    prompt: str
    count: int

    @property
    def shade(self) -> int:
        """Return 0 for a silent cell, up to 4 for a lively one."""
        return sum(self.count >= step for step in SHADES)


def heat_map(edition: Edition, where: Where, user: User) -> list[tuple[RuleOfThumb, list[Cell]]]:
    """Return the rules of ``edition``, each with its cells in the order of the assignments; three queries.

    Ladingen of an earlier edition count in the cell of the same rule and part.
    """
    rules, assignments = list(edition.rules.all()), list(edition.assignments.all())
    counted = where.ladingen(user).order_by().values_list("rule__lineage", "assignment__lineage")
    counts = {(rule, part): count for rule, part, count in counted.annotate(count=Count("id"))}
    table = []
    for rule in rules:
        prompts = rule.prompt_list
        cells = [
            Cell(
                rule=rule,
                assignment=part,
                prompt=prompts[place] if place < len(prompts) else "",
                count=counts.get((rule.lineage, part.lineage), 0),
            )
            for place, part in enumerate(assignments)
        ]
        table.append((rule, cells))
    return table


def in_cell(rule: RuleOfThumb, assignment: Assignment, where: Where, user: User) -> QuerySet[Interpretation]:
    """Return the ladingen of one cell, of any edition, as ``user`` reads them there."""
    found = where.ladingen(user).filter(rule__lineage=rule.lineage, assignment__lineage=assignment.lineage)
    return found.select_related("author", "organisation", "team")


def from_talks(rule: RuleOfThumb, assignment: Assignment, where: Where, user: User) -> list[sessions.Shown]:
    """Return the newest of what talks brought about one cell, of any edition, that ``user`` reads anyhow.

    A fixed number of queries; the map never counts them. Between organisations only what is for the NJi. A small talk
    with a leader stays between those who had it: it is in no overview.
    """
    found = Contribution.objects.visible_to(user).exclude(session__small_with_leader=True)
    found = found.filter(rule__lineage=rule.lineage, assignment__lineage=assignment.lineage)
    if where.organisation is None:
        found = found.filter(audience=Audience.NJI)
    else:
        found = found.filter(organisation=where.organisation)
    if where.team:
        found = found.filter(Q(team=None) | Q(team=where.team))
    return sessions.shown(list(sessions.with_anchors(found).order_by("-created_at", "-id")[:MOST_FROM_TALKS]), user)


@dataclass(frozen=True)
class Shown:
    """A lading or an answer, ready for a page."""

    text: Interpretation | InterpretationReply
    writer: str
    own: bool
    replies: Sequence[Shown] = ()


def shown(rows: Sequence[Interpretation], user: User) -> list[Shown]:
    """Return ``rows`` with the answers that ``user`` may read; a fixed number of queries.

    A name is told within the writer's organisation alone.
    """
    here = set(Membership.objects.filter(user=user).values_list("organisation_id", flat=True))
    marks = own_marks(user)
    replies: dict[UUID, list[Shown]] = {}
    answers = InterpretationReply.objects.visible_to(user).filter(interpretation__in=rows)
    for answer in answers.select_related("author", "organisation").order_by("written_at", "id"):
        replies.setdefault(answer.interpretation_id, []).append(_one(answer, user, here, marks))
    return [_one(row, user, here, marks, replies.get(row.id, ())) for row in rows]


def _one(text: Any, user: User, here: set[UUID], marks: OwnMarks, replies: Sequence[Shown] = ()) -> Shown:
    own = text.author_id == user.id or marks.wrote(text)
    if text.organisation_id not in here:
        writer = f"Iemand van {text.organisation.name}"
    elif text.author:
        writer = text.author.name
    else:
        writer = "Zonder naam"
    return Shown(text=text, writer=writer, own=own, replies=replies)


def findable(organisation_id: UUID | None) -> Iterator[Entry]:
    """Give the search what was released to all organisations, of one organisation where given: the open texts alone."""
    released = Interpretation.objects.released().exclude(released_text="")
    if organisation_id:
        released = released.filter(organisation=organisation_id)
    for lading in released.select_related("rule", "assignment", "organisation").defer("text"):
        yield Entry(
            lading.id,
            "Lading van een vuistregel",
            f"{lading.rule.title}: {lading.assignment.title}",
            f"{lading.released_text}\n{lading.organisation.name}",
            f"{reverse('rule_cell', args=[lading.rule_id, lading.assignment_id])}?tussen",
            readers=Readers.SIGNED_IN,
            organisation_id=lading.organisation_id,
            tier=2,
        )


REACH_HELP = {
    Reach.TEAM: "De professionals van dit team. De leidinggevende en de bestuurder lezen het niet.",
    Reach.ORGANISATION: "Alle collega's, ook leidinggevenden en de bestuurder.",
    Reach.EVERYONE: (
        "Iedereen die hier kan inloggen: andere organisaties, het NJi en de Associatie. Met de naam van jullie"
        " organisatie, nooit met die van jou of je team. Anderen kunnen het ook vinden met zoeken."
    ),
}
