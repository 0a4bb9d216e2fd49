"""What the tests of the pilot share: a round that is open now, and teams on its list."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from organisations.models import Organisation, Team, User
from sessions_app.domain import pilot
from sessions_app.models import PilotRound, PilotSignup
from tests.conftest import Cast

MOTIVATION = "Wij willen weten wat ons bindt."


def open_round(
    cast: Cast, *, opens: int = -1, closes: int = 30, places: int = 3, name: str = "Ronde 2027"
) -> PilotRound:
    """Return a round that opens and closes so many days from now."""
    now = timezone.now()
    details = pilot.RoundDetails(
        name=name, opens_at=now + timedelta(days=opens), closes_at=now + timedelta(days=closes), places=places
    )
    return pilot.open_round(details, form_key=uuid4(), by=cast.ilse)


def details(**changes: object) -> pilot.SignupDetails:
    values: dict[str, object] = {
        "contact_name": "Carla Contact",
        "contact_email": "carla@voorbeeld.test",
        "size": 14,
        "dates": "3 of 10 februari",
        "motivation": MOTIVATION,
        "shares_experience": True,
    }
    return pilot.SignupDetails(**{**values, **changes})  # type: ignore[arg-type]


def sign_up(round_: PilotRound, team: Team, by: User, **changes: object) -> PilotSignup:
    return pilot.sign_up(round_.id, team.id, details(**changes), form_key=uuid4(), by=by)


def teams(organisation: Organisation, count: int) -> list[Team]:
    return [Team.objects.create(organisation=organisation, name=f"Team {number:02}") for number in range(1, count + 1)]


def waiting(round_: PilotRound) -> list[str]:
    """Return the names of the waiting teams, in order."""
    return [signup.team.name for signup in PilotSignup.objects.waiting().filter(round=round_).select_related("team")]


def at(signup: PilotSignup) -> int:
    """Return where a sign-up stands now."""
    return PilotSignup.objects.get(id=signup.id).position or 0
