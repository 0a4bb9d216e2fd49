"""What guests said in the demo."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from lerend.moments import AMSTERDAM
from organisations.models import Team, User
from sessions_app.domain import guests
from sessions_app.models import GuestAbout, GuestKind
from sessions_app.queries.guests import items_of


def make(people: dict[str, User]) -> None:
    """A question about the wolkjes that is over, with six sheets, and one about the vuistregels that still runs."""
    sem = people["Sem de Wit"]
    team = Team.objects.select_related("organisation").get(name="Team Noord")
    day = timezone.now().astimezone(AMSTERDAM).date() + timedelta(days=21)
    asked = "Wij praten dit jaar met elkaar over ons vak. We zijn benieuwd hoe jij ons ziet."
    link, token = guests.make_link(
        team.organisation, team, guests.Asking(GuestAbout.WOLKJES, asked, day), form_key=uuid4(), by=sem
    )
    wolkjes = [item.theme for item in items_of(link.about, link.edition)]
    for number, (kind, remark, view) in enumerate(
        (
            (GuestKind.PARTNER, "Ze komen echt langs, ook als het lang duurt.", "Ze verbinden mensen in de wijk."),
            (GuestKind.PARTNER, "", "Soms weet ik niet bij wie ik moet zijn."),
            (GuestKind.GEMEENTE, "Wij zien vooral de cijfers. Vertel vaker het verhaal.", ""),
            (GuestKind.OMSTANDER, "Bij ons op school kennen alle ouders hen.", ""),
            (GuestKind.INWONER, "", "Er werd geluisterd. Dat had ik niet verwacht."),
            (GuestKind.PARTNER, "Ze zeggen het ook als ze iets niet weten.", ""),
        )
    ):
        says = [("ja", "ja", "anders", "weet_niet")[(number * place) % 4] for place in range(len(wolkjes))]
        said = [
            guests.Words(theme=theme, says=says[place], live=(number + place) % 3 == 0, text="" if place else remark)
            for place, theme in enumerate(wolkjes)
        ]
        sheet = guests.Sheet(kind, alone=number % 2 == 0, words=[*said, guests.Words(text=view)])
        guests.answer(token, sheet, form_key=uuid4())
    guests.end_link(link.id, by=sem)
    guests.make_link(
        team.organisation, team, guests.Asking(GuestAbout.VUISTREGELS, asked, day), form_key=uuid4(), by=sem
    )
