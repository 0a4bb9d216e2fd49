"""The demo's rounds over the wolkjes."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from content.models import Theme
from lerend.mail import outbox
from lerend.moments import AMSTERDAM
from organisations.models import Organisation, Team, TeamMembership, User
from sessions_app.demo.days import at
from sessions_app.demo.people import HOME
from sessions_app.domain import surveys
from sessions_app.models import Fit, ThemeSurvey


def make(people: dict[str, User]) -> None:
    """A round of Team Noord that gave a picture, and one of the whole organisation that runs."""
    noor, sem = people["Noor Aydin"], people["Sem de Wit"]
    home, north = Organisation.objects.get(name=HOME), Team.objects.get(name="Team Noord")
    themes = list(Theme.objects.published().order_by("parent__number", "number"))
    today = timezone.now().astimezone(AMSTERDAM).date()
    names = ["Lina Bakker", "Joost Kramer", "Fatma Yıldız", "Bram Otten", "Zoë Smit", "anna Post", "Sem de Wit"]
    remarks = {
        "Lina Bakker": "Samen op huisbezoek gaan helpt ons. Dat zouden we vaker kunnen doen.",
        "Bram Otten": "Bij ons is dit minder vanzelf dan het hier staat.",
        "Zoë Smit": "Hier wil ik het graag eens met iedereen over hebben.",
    }
    closed = surveys.start_survey(home.id, north.id, today + timedelta(days=14), form_key=uuid4(), by=sem)
    for number, name in enumerate(names):
        said = [
            surveys.Said(
                theme,
                # Some themes all recognise, at others people differ, and each next one lives with fewer.
                fit=Fit.SAME if (number + place) % 7 >= place % 4 else (Fit.DIFFERENT if place % 3 else Fit.UNKNOWN),
                live=(number * 3 + place) % 7 < 7 - place % 7,
                remark=remarks.get(name, "") if place == number else "",
                released=True,
            )
            for place, theme in enumerate(themes)
        ]
        surveys.answer_survey(closed.id, said, by=people[name])
    surveys.close_survey(closed.id, by=sem)
    ThemeSurvey.objects.filter(id=closed.id).update(opens_at=at(-15, 9), closes_at=at(-5, 17), closed_at=at(-5, 17))
    TeamMembership.objects.filter(team=north).update(since=at(-60, 9))
    outbox.drop(closed.id)
    running = surveys.start_survey(home.id, None, today + timedelta(days=12), form_key=uuid4(), by=noor)
    for name in ("Yara Haddad", "Joost Kramer"):
        surveys.answer_survey(running.id, [surveys.Said(themes[0], fit=Fit.SAME, live=True)], by=people[name])
