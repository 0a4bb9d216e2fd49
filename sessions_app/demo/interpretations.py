"""The demo's ladingen."""

from __future__ import annotations

from uuid import uuid4

from content.models import Assignment, RuleOfThumb
from organisations.models import Organisation, Team, User
from sessions_app.domain import interpretations
from sessions_app.models import Reach


def make(people: dict[str, User]) -> None:
    """What rules mean to people, for a team, an organisation and all, in cells that differ in how lively they are."""
    rules, parts = list(RuleOfThumb.objects.published()), list(Assignment.objects.published())
    north = Team.objects.get(name="Team Noord")
    linden = Organisation.objects.get(name="Buurtteams Lindenkwartier")

    def say(
        who: str, rule: int, part: int, text: str, reach: str, *, at: Organisation | None = None, named: bool = True
    ) -> None:
        team = north if reach == Reach.TEAM else None
        place = interpretations.Place(at or north.organisation, reach, team)
        made = interpretations.load_rule(
            rules[rule % len(rules)],
            parts[part % len(parts)],
            text,
            place,
            named=named,
            form_key=uuid4(),
            by=people[who],
        )
        if part == 0:
            other = people["Joost Kramer"]
            interpretations.reply(made.id, "Dat herken ik.", north.organisation, named=True, form_key=uuid4(), by=other)

    say("Lina Bakker", 0, 0, "Eerst koffie drinken, dan pas vragen stellen.", Reach.TEAM)
    say("Fatma Yıldız", 0, 0, "De buurman weet vaak meer dan het dossier.", Reach.TEAM, named=False)
    say("Bram Otten", 1, 2, "Samen bellen in plaats van doorverwijzen.", Reach.TEAM)
    say("Noor Aydin", 2, 3, "We zeggen de gemeente ook wat niet werkt.", Reach.ORGANISATION)
    say("Karin Veldman", 0, 1, "De deur staat op maandag open, zonder afspraak.", Reach.ORGANISATION)
    say("Zoë Smit", 1, 0, "Vragen wat er al goed gaat.", Reach.EVERYONE, named=False)
    say("Tess van Loon", 3, 1, "Iemand van buiten laten meekijken, elke maand.", Reach.EVERYONE, at=linden)
