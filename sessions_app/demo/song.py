"""Where the song was heard in the demo."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from organisations.models import Team, User
from sessions_app.domain import song
from sessions_app.models import SongPlaying, VerseMaker
from sessions_app.models.song import month_of


def make(people: dict[str, User]) -> None:
    """Three places where the song was heard, and two verses that travel along."""
    for name, team_name, what, days in (
        ("Lina Bakker", "Team Noord", "We zongen het bij de start van ons teamdagdeel. Eerst stil, toen hard.", 0),
        ("Tess van Loon", "Buurtteam Lindenkwartier", "We schreven er woorden bij met de nieuwe collega's.", 40),
        ("Hanna Dijk", "Team Waterrade", "We dansten erop. Dat was wennen, en daarna leuk.", 75),
    ):
        team = Team.objects.select_related("organisation").get(name=team_name)
        place = song.Place(team.organisation, team)
        made = song.play(what, place, shown=True, form_key=uuid4(), by=people[name])
        played_at = made.played_at - timedelta(days=days)
        SongPlaying.objects.filter(id=made.id).update(played_at=played_at, month=month_of(played_at))
    team = Team.objects.select_related("organisation").get(name="Team Noord")
    here = song.Place(team.organisation, team)
    for name, words in (
        (
            "Lina Bakker",
            song.VerseWords(
                "Aan de keukentafel, koffie erbij,\nwe luisteren langer dan het lijstje van mij.",
                release=True,
                maker=VerseMaker.ORGANISATION,
                place=here,
            ),
        ),
        (
            "Tess van Loon",
            song.VerseWords(
                "Soms weet ik het niet, dan zeg ik het maar,\nen zoeken we samen, het hoeft niet vandaag klaar.",
                release=True,
            ),
        ),
    ):
        song.write_verse(words, form_key=uuid4(), by=people[name])
