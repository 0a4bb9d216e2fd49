"""Who comes in, in the demo."""

from __future__ import annotations

from uuid import uuid4

from organisations.domain import invitations, joining
from organisations.domain.invitations import Invitee
from organisations.domain.joining import Asking
from organisations.models import Organisation, Role, Team, User
from sessions_app.demo.people import HOME


def make(people: dict[str, User]) -> None:
    """Somebody who is invited, a file with three more, and an organisation that asks to join."""
    noor, sem = people["Noor Aydin"], people["Sem de Wit"]
    home = Organisation.objects.get(name=HOME)
    north, south = (Team.objects.get(name=name) for name in ("Team Noord", "Team Zuid"))
    new = Invitee("Mila Visser", "mila@voorbeeldstad.test", team=north, team_role=Role.PROFESSIONAL)
    invitations.invite(home.id, new, by=sem)
    more = [
        Invitee(name, f"{name.split()[0].lower()}@voorbeeldstad.test", team=south, team_role=Role.PROFESSIONAL)
        for name in ("Guus Mol", "Aisha Amrani", "Wies van Dam")
    ]
    invitations.invite_many(home.id, more, batch=uuid4(), by=noor)
    asking = Asking("Buurtteams Zonneveld", "Zonneveld", "Bo Nieuwland", "bo@zonneveld.test", "We hoorden van jullie.")
    joining.ask_to_join(asking, form_key=uuid4())
