"""A small world in which every address leads somewhere."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress

from content.models import Edition
from sessions_app.domain import changes
from sessions_app.domain.contributions import Words, record_contribution, report_contribution
from sessions_app.domain.pilot import RoundDetails, SignupDetails, open_round, sign_up
from sessions_app.models import Audience, Report
from tests.signing_in import make_passkey


@pytest.fixture
def world(cast, plan, held):
    """Talks in every state, contributions for every audience, and a pilot round, all around lina."""
    now = datetime.now(UTC)
    world = SimpleNamespace(cast=cast)
    world.draft = plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    world.planned = plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem])
    world.begun = held(plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem]), cast.lina, close=False)
    world.held = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina)
    world.note = record_contribution(
        world.held.id, Words(text="Samen gezien.", audience=Audience.PRESENT), by=cast.lina
    )
    world.asked = record_contribution(
        world.held.id, Words(text="Verder te delen.", audience=Audience.ORGANISATION), by=cast.lina
    )
    report_contribution(world.note.id, "Herkenbaar.", by=cast.joost)
    world.report = Report.objects.get()
    world.token = changes.answer_token(world.planned.participants.get(user=cast.sem))
    details = RoundDetails(name="Pilot", opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9))
    world.round = open_round(details, form_key=uuid4(), by=cast.ilse)
    signup = SignupDetails(
        contact_name="Sem", contact_email="sem@voorbeeld.test", size=12, motivation="Leren.", shares_experience=True
    )
    world.signup = sign_up(world.round.id, cast.north.id, signup, form_key=uuid4(), by=cast.sem)
    EmailAddress.objects.create(user=cast.lina, email=cast.lina.email, primary=True, verified=True)
    world.key = make_passkey(cast.lina)
    world.edition = Edition.objects.published().get()
    return world
