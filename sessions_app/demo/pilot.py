"""The demo's pilot round."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from organisations.models import Team, User
from sessions_app.domain import pilot


def make(people: dict[str, User]) -> None:
    """Open a round for which four teams have signed up."""
    now = timezone.now()
    pilot_round = pilot.open_round(
        pilot.RoundDetails(
            name=f"Pilot-dagdelen {now.year + 1}",
            opens_at=now - timedelta(days=7),
            closes_at=now + timedelta(days=45),
        ),
        form_key=uuid4(),
        by=people["Ilse Vos"],
    )
    wishes = [
        (
            "Team Noord",
            "Sem de Wit",
            14,
            "Begin februari, liefst op donderdag.",
            "We willen ons vak beter kunnen vertellen aan de gemeente.",
            False,
        ),
        (
            "Buurtteam Lindenkwartier",
            "Tess van Loon",
            9,
            "Half februari.",
            "Veel nieuwe collega's, en een paar oude rotten.",
            True,
        ),
        (
            "Team De Heuvel",
            "Petra Huisman",
            21,
            "Maart.",
            "We zijn net samengevoegd en zoeken onze gezamenlijke kern.",
            False,
        ),
        ("Team Waterrade", "Hanna Dijk", 11, "Maakt niet uit.", "Het lied raakte ons; we willen ermee verder.", True),
    ]
    for team_name, name, size, dates, motivation, merel in wishes:
        pilot.sign_up(
            pilot_round.id,
            Team.objects.get(name=team_name).id,
            pilot.SignupDetails(
                contact_name=name,
                contact_email=people[name].email,
                size=size,
                motivation=motivation,
                dates=dates,
                shares_experience=True,
                merel_wanted=merel,
                merel_cost_accepted=merel,
            ),
            form_key=uuid4(),
            by=people[name],
        )
