"""Many rows at once, for tests that count and benches that measure: the domain's verbs make them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import uuid4

from content.models import Assignment, ConversationTemplate, QuestionCard, RuleOfThumb, Theme
from organisations.models import Membership, Organisation, Role, Team, TeamMembership, User, sort_key
from sessions_app.models import Contribution, Participant, Session, State
from sessions_app.models.contribution import BEYOND

HOUR = timedelta(hours=1)


def add_people(teams: Sequence[Team], count: int, *, org_role: str = "", role: str = Role.PROFESSIONAL) -> list[User]:
    """Return ``count`` new people, spread over ``teams``, with these roles there and in the organisation."""
    names = [f"Mens {number:02} {uuid4().hex[:6]}" for number in range(count)]
    people = User.objects.bulk_create(
        User(email=f"{uuid4().hex}@voorbeeld.test", name=name, name_sorted=sort_key(name)) for name in names
    )
    places = list(zip(people, cycle(teams)))
    memberships = Membership.objects.bulk_create(
        Membership(user=user, organisation_id=team.organisation_id, role=org_role) for user, team in places
    )
    TeamMembership.objects.bulk_create(
        TeamMembership(membership=membership, team=team, role=role)
        for membership, (_, team) in zip(memberships, places, strict=True)
    )
    return people


def add_teams(organisation: Organisation, count: int) -> list[Team]:
    """Return ``count`` new teams of ``organisation``."""
    return Team.objects.bulk_create(
        Team(organisation=organisation, name=f"Wijkteam {number:02} {uuid4().hex[:6]}") for number in range(count)
    )


def add_talks(
    organisation: Organisation,
    tables: Sequence[Sequence[User]],
    *,
    planned_by: User,
    first: datetime,
    apart: timedelta = HOUR,
    state: State = State.PLANNED,
) -> list[Session]:
    """Return a talk for each of ``tables``: the first begins at ``first``, each next one ``apart`` later.

    Held ones had everybody present.
    """
    template = ConversationTemplate.objects.published().select_related("edition").first()
    assert template is not None
    over = state in {State.HELD, State.SETTLED}
    talks = Session.objects.bulk_create(
        Session(
            organisation=organisation,
            template=template,
            edition=template.edition,
            kind=template.kind,
            title=template.title,
            purpose=template.purpose,
            preparation=template.preparation,
            state=state,
            planned_by=planned_by,
            starts_at=first + number * apart,
            ends_at=first + number * apart + HOUR,
            place=f"Wijkcentrum De Brug, kamer {number}",
            participant_count=len(people),
            present_count=len(people) if over else None,
        )
        for number, people in enumerate(tables)
    )
    Participant.objects.bulk_create(
        Participant(session=talk, user=user, organisation=organisation, present=True if over else None)
        for talk, people in zip(talks, tables, strict=True)
        for user in people
    )
    return talks


def add_contributions(
    talks: Sequence[Session],
    writers: Sequence[User],
    *,
    apart: timedelta = timedelta(minutes=1),
    until: datetime | None = None,
    **fields: Any,
) -> list[Contribution]:
    """Return a contribution to each of ``talks`` (one may occur more than once), by the ``writers`` in turn.

    The last was made, and released where others read it, at ``until`` (now, unless given), each before it ``apart``
    earlier. They are tied to the cards, themes, rules and assignments of the published edition in turn, or to none.
    """
    anchors: list[dict[str, object]] = [
        *({"card": card} for card in QuestionCard.objects.all()),
        *({"theme": theme} for theme in Theme.objects.all()),
        *(
            {"rule": rule, "assignment": assignment}
            for rule, assignment in zip(RuleOfThumb.objects.all(), cycle(Assignment.objects.all()))
        ),
        {},
    ]
    until = until or datetime.now(UTC)
    made = []
    for number, (talk, writer, anchor) in enumerate(zip(talks, cycle(writers), cycle(anchors))):
        moment = until - (len(talks) - 1 - number) * apart
        released = {"released_at": moment} if fields.get("audience") in BEYOND and "released_at" not in fields else {}
        made.append(
            Contribution(
                session=talk,
                organisation_id=talk.organisation_id,
                author=writer,
                text=f"Gedachte {number}: het is mijn vak om naast mensen te gaan staan, en samen te kijken wat helpt.",
                created_at=moment,
                **anchor,
                **released,
                **fields,
            )
        )
    return Contribution.objects.bulk_create(made)
