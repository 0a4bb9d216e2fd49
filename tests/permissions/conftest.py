"""A small world in which every address leads somewhere."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress

from content.models import Assignment, Edition, RuleOfThumb, Theme
from organisations.domain.invitations import Invitee, invite_many
from organisations.domain.joining import Asking, ask_to_join
from organisations.domain.members import end_membership
from organisations.models import Membership, Role
from sessions_app.domain import changes, feeds, guests, polls, series
from sessions_app.domain.contributions import Words, record_contribution, report_contribution
from sessions_app.domain.interpretations import Place, load_rule, reply, report_text
from sessions_app.domain.pilot import RoundDetails, SignupDetails, open_round, sign_up
from sessions_app.domain.planning import StepChange
from sessions_app.domain.song import Place as SongPlace
from sessions_app.domain.song import VerseWords, play, write_verse
from sessions_app.domain.surveys import Said, answer_survey, close_survey, start_survey
from sessions_app.models import (
    Audience,
    Consent,
    GuestAnswer,
    Participant,
    Reach,
    Report,
    State,
    ThemeRemark,
    VerseMaker,
)
from sessions_app.queries.recurrence import Repeat
from tests.rows import add_contributions, add_talks
from tests.sessions_app.own_templates import own_version
from tests.sessions_app.seasons import draft_season
from tests.signing_in import make_passkey


def start_poll(draft):
    """Let lina ask joost when he can."""
    moments = [datetime.now(UTC) + timedelta(days=days) for days in (20, 21)]
    proposal = polls.Proposal(moments, (datetime.now(UTC) + timedelta(days=9)).date(), shows_names=True)
    steps = [StepChange(step.id, step.title, step.minutes) for step in draft.steps.all()]
    return polls.start_poll(draft.id, proposal, steps, form_key=uuid4(), by=draft.planned_by)


@pytest.fixture
def world(cast, plan, held):
    """Talks in every state, contributions for every audience, and a pilot round, all around lina."""
    now = datetime.now(UTC)
    world = SimpleNamespace(cast=cast)
    world.draft = plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    world.poll = start_poll(plan(cast.lina, "collegiaal-interview", [cast.joost], send=False))
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
    world.feed_token = feeds.renew_feed(by=cast.lina)
    world.token = changes.answer_token(world.planned.participants.get(user=cast.sem))
    world.series = plan(cast.lina, "collegiaal-interview", [cast.joost], repeat=Repeat(interval=2, count=3))
    world.series_token = series.answer_token(world.series.series, cast.joost)
    details = RoundDetails(name="Pilot", opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9))
    world.round = open_round(details, form_key=uuid4(), by=cast.ilse)
    signup = SignupDetails(
        contact_name="Sem", contact_email="sem@voorbeeld.test", size=12, motivation="Leren.", shares_experience=True
    )
    world.signup = sign_up(world.round.id, cast.north.id, signup, form_key=uuid4(), by=cast.sem)
    # joost was a member elsewhere too, said yes to a text there, and left.
    once = Membership.objects.create(user=cast.joost, organisation=cast.elsewhere)
    talk = add_talks(cast.elsewhere, [[cast.joost, cast.tess]], planned_by=cast.tess, first=now, state=State.SETTLED)
    (text,) = add_contributions(
        talk, [cast.tess], audience=Audience.ORGANISATION, needs_consent=True, consent_until=now
    )
    world.yes = Consent.objects.create(
        contribution=text, participant=Participant.objects.get(session=talk[0], user=cast.joost), agreed=True
    )
    world.departure = end_membership(once.id, by=cast.joost)
    EmailAddress.objects.create(user=cast.lina, email=cast.lina.email, primary=True, verified=True)
    asking = Asking("Wijkteams Nieuwstad", "Nieuwstad", "Bo Nieuw", "bo@nieuwstad.test")
    world.join_request = ask_to_join(asking, form_key=uuid4())
    world.membership = Membership.objects.get(user=cast.lina)
    invitee = Invitee("Mila Visser", "mila@elders.test", "", cast.north, Role.PROFESSIONAL)
    (world.invitation,) = invite_many(cast.home.id, [invitee], batch=uuid4(), by=cast.noor)
    world.key = make_passkey(cast.lina)
    world.own_template = own_version(cast.home, cast.sem)
    here = SongPlace(cast.home, cast.north)
    world.playing = play("Meezingen.", here, shown=True, form_key=uuid4(), by=cast.lina)
    told = VerseWords("Wij dansen mee.", release=True, maker=VerseMaker.ORGANISATION, place=here)
    world.verse = write_verse(told, form_key=uuid4(), by=cast.lina)
    asking = guests.Asking("wolkjes", "Wij zijn benieuwd.", (now + timedelta(days=14)).date())
    world.guest_over, token = guests.make_link(cast.home, cast.north, asking, form_key=uuid4(), by=cast.sem)
    said = guests.Sheet(alone=True, words=[guests.Words(text="Dichtbij.")])
    guests.answer(token, said, form_key=uuid4())
    guests.end_link(world.guest_over.id, by=cast.sem)
    world.guest_words = GuestAnswer.objects.get()
    world.guest_link, world.guest_token = guests.make_link(cast.home, cast.north, asking, form_key=uuid4(), by=cast.sem)
    world.guest_sheet = guests.answer(world.guest_token, said, form_key=uuid4())
    # A round of the team that gave a picture, with a remark of lina, and one of the organisation that runs.
    team = [cast.lina, cast.joost, *(cast.member(name) for name in ("Fatma", "Bram", "Zoë"))]
    last_day = (now + timedelta(days=9)).date()
    world.survey = start_survey(cast.home.id, cast.north.id, last_day, form_key=uuid4(), by=cast.sem)
    theme = Theme.objects.published().filter(parent=None).first()
    for person in team:
        answer_survey(world.survey.id, [Said(theme, fit="same", remark="Ja.", released=True)], by=person)
    close_survey(world.survey.id, by=cast.sem)
    world.remark = ThemeRemark.objects.get(mark=world.survey.mark_of(cast.lina.id))
    world.running = start_survey(cast.home.id, None, last_day, form_key=uuid4(), by=cast.noor)
    # A lading of lina for the organisation, reported, with an answer of hers.
    rule, part = RuleOfThumb.objects.published().first(), Assignment.objects.published().first()
    place = Place(cast.home, Reach.ORGANISATION)
    world.lading = load_rule(rule, part, "Elkaar kennen.", place, named=True, form_key=uuid4(), by=cast.lina)
    world.reply = reply(world.lading.id, "En de buurt.", cast.home, named=True, form_key=uuid4(), by=cast.lina)
    report_text(world.lading.id, by=cast.joost)
    world.season = draft_season(cast.sem, cast.home, [cast.lina, cast.joost])
    world.edition = Edition.objects.published().get()
    return world
