"""Who may plan what with whom, and that a plan becomes one talk with one invitation each."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection

from content.models import ConversationTemplate, Kind
from lerend.mail.models import Message
from organisations.domain.errors import Refused
from organisations.models import Membership, Organisation, Role, Team, TeamMembership
from sessions_app.domain import planning
from sessions_app.domain.pilot import RoundDetails, SignupDetails, award_place, open_round, sign_up
from sessions_app.models import Participant, Session, State
from sessions_app.queries.planning import Standing, organisations_to_plan_in
from tests.conftest import PLAN_AT

ALONE = {Kind.INTERVIEW, Kind.INWERK, Kind.BESTUURDER, Kind.LEIDINGGEVENDE, Kind.KAARTEN}
WITH_TEAM = {Kind.TEAMDAGDEEL, Kind.VUISTREGELS, Kind.WOLKJES}


@pytest.fixture
def supported(cast):
    """Team Noord has a place in the pilot."""
    now = datetime.now(UTC)
    details = RoundDetails(name="Pilot", opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))
    pilot_round = open_round(details, form_key=uuid4(), by=cast.ilse)
    team = SignupDetails(
        contact_name="Sem",
        contact_email="sem@voorbeeld.test",
        size=12,
        motivation="leren",
        shares_experience=True,
    )
    signup = sign_up(pilot_round.id, cast.north.id, team, form_key=uuid4(), by=cast.sem)
    award_place(signup.id, by=cast.ilse)


@pytest.mark.parametrize(
    ("person", "kinds"),
    [
        ("noor", ALONE | WITH_TEAM | {Kind.ORGANISATIEDAGDEEL, Kind.AUDIT}),
        ("pim", ALONE | WITH_TEAM | {Kind.ORGANISATIEDAGDEEL, Kind.AUDIT}),
        ("sem", ALONE | WITH_TEAM),
        ("lina", ALONE),
        ("tess", set()),
        ("ilse", set()),
        ("aart", {Kind.AUDIT}),
        ("roos", set()),
        ("beheer", set()),
    ],
)
def test_kinds_of_each_role(cast, person, kinds):
    assert Standing(getattr(cast, person), cast.home).kinds == kinds


def test_the_nji_plans_with_the_teams_it_supports(cast, supported):
    standing = Standing(cast.ilse, cast.home)
    assert standing.kinds == WITH_TEAM | {Kind.ORGANISATIEDAGDEEL}
    assert list(standing.teams(Kind.TEAMDAGDEEL)) == [cast.north]
    assert list(standing.people(Kind.TEAMDAGDEEL)) == []
    assert list(organisations_to_plan_in(cast.ilse)) == [cast.home]


@pytest.mark.parametrize(
    ("person", "kind", "names"),
    [
        ("lina", Kind.INTERVIEW, ["Joost Kramer", "Noor Aydin", "Pim Hendriks", "Sem de Wit"]),
        ("lina", Kind.LEIDINGGEVENDE, ["Sem de Wit"]),
        ("lina", Kind.BESTUURDER, ["Noor Aydin"]),
        ("lina", Kind.KAARTEN, ["Noor Aydin", "Sem de Wit"]),
        ("lina", Kind.TEAMDAGDEEL, []),
        ("sem", Kind.LEIDINGGEVENDE, ["Joost Kramer", "Lina Bakker"]),
        ("sem", Kind.TEAMDAGDEEL, ["Joost Kramer", "Lina Bakker", "Noor Aydin"]),
        ("noor", Kind.BESTUURDER, ["Joost Kramer", "Lina Bakker", "Pim Hendriks", "Sem de Wit"]),
        ("pim", Kind.LEIDINGGEVENDE, ["Joost Kramer", "Lina Bakker", "Noor Aydin", "Sem de Wit"]),
        ("noor", Kind.AUDIT, []),
        ("aart", Kind.AUDIT, []),
        ("tess", Kind.INTERVIEW, []),
    ],
)
def test_people_one_may_invite(cast, person, kind, names):
    people = Standing(getattr(cast, person), cast.home).people(kind).order_by("user__name_sorted")
    assert [membership.user.name for membership in people] == names


def test_a_leader_elsewhere_is_not_the_own_leader(cast):
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    other = cast.member("Karin Veldman", south, Role.LEIDINGGEVENDE)
    assert other.id not in Standing(cast.lina, cast.home).people(Kind.LEIDINGGEVENDE).values_list("user", flat=True)


def test_teams_of_an_audit(cast):
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    assert set(Standing(cast.noor, cast.home).teams(Kind.AUDIT)) == {cast.north, south}
    assert set(Standing(cast.aart, cast.home).teams(Kind.AUDIT)) == {cast.north, south, cast.away}
    Membership.objects.create(user=cast.noor, organisation=cast.elsewhere, role=Role.PLANNER)
    assert set(Standing(cast.noor, cast.home).teams(Kind.AUDIT)) == {cast.north, south, cast.away}
    assert list(Standing(cast.sem, cast.home).teams(Kind.AUDIT)) == []
    TeamMembership.objects.create(membership=cast.sem.memberships.get(), team=south, role=Role.LEIDINGGEVENDE)
    assert set(Standing(cast.sem, cast.home).teams(Kind.AUDIT)) == {cast.north, south}


def test_a_plan_invites_each_once(cast, plan):
    session = plan(cast.noor, "gesprek-met-bestuurder", [cast.sem])
    assert session.state == State.PLANNED
    assert (session.with_leader, session.small_with_leader, session.participant_count) == (True, True, 2)
    people = session.participants.order_by("user__name_sorted")
    assert [(p.user.name, p.leads, p.answer) for p in people] == [("Noor Aydin", True, "yes"), ("Sem de Wit", True, "")]
    kinds = Message.objects.order_by("recipient__name_sorted", "send_after").values_list("kind", "recipient__name")
    assert list(kinds) == [
        ("invitation", "Noor Aydin"),
        ("reminder", "Noor Aydin"),
        ("reminder", "Noor Aydin"),
        ("invitation", "Sem de Wit"),
        ("reminder", "Sem de Wit"),
        ("reminder", "Sem de Wit"),
    ]
    planning.plan_session(session.id, by=cast.noor)
    assert Message.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_once_make_one_talk(cast, plan):
    draft = plan(cast.noor, "gesprek-met-bestuurder", [cast.sem], send=False)
    together, failures = Barrier(10), []

    def click():
        together.wait()
        try:
            planning.plan_session(draft.id, by=cast.noor)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Message.objects.filter(kind="invitation").count() == 2


def test_the_same_form_makes_one_draft(cast, edition):
    template = ConversationTemplate.objects.published().get(slug="collegiaal-interview")
    key = uuid4()
    first = planning.start_draft(template.id, cast.home, key, by=cast.lina)
    second = planning.start_draft(template.id, cast.home, key, by=cast.lina)
    assert (first.id, Session.objects.count()) == (second.id, 1)
    assert [step.title for step in first.steps.all()] == [step.title for step in template.steps.all()]


def test_a_template_of_another_kind_than_one_may_plan_is_refused(cast, edition):
    template = ConversationTemplate.objects.published().get(slug="teamdagdeel")
    with pytest.raises(Refused):
        planning.start_draft(template.id, cast.home, uuid4(), by=cast.lina)
    with pytest.raises(Refused):
        planning.start_draft(template.id, cast.home, uuid4(), by=cast.tess)
    with pytest.raises(Refused):
        planning.start_draft(uuid4(), cast.home, uuid4(), by=cast.noor)


def test_nobody_of_another_organisation_can_be_invited(cast, plan):
    draft = plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    stranger = cast.tess.memberships.get()
    with pytest.raises(Refused):
        planning.set_people(
            draft.id,
            people=[stranger.id],
            teams=[],
            join=True,
            planner_interviews=None,
            place="x",
            link="",
            by=cast.lina,
        )
    with pytest.raises(Refused):
        planning.set_people(
            draft.id,
            people=[],
            teams=[cast.away.id],
            join=True,
            planner_interviews=None,
            place="x",
            link="",
            by=cast.lina,
        )


def test_who_left_in_between_is_not_invited(cast, plan):
    draft = plan(cast.noor, "gesprek-met-bestuurder", [cast.sem], send=False)
    cast.sem.memberships.all().delete()
    with pytest.raises(Refused):
        planning.plan_session(draft.id, by=cast.noor)
    assert Message.objects.count() == 0


def test_size_and_company(cast, plan):
    with pytest.raises(Refused, match="twee of drie"):
        plan(cast.lina, "collegiaal-interview", [cast.joost, cast.sem, cast.noor])
    with pytest.raises(Refused, match="met iemand"):
        plan(cast.lina, "collegiaal-interview", [])
    with pytest.raises(Refused, match="leidinggevende of bestuurder"):
        plan(cast.pim, "gesprek-met-leidinggevende", [cast.lina, cast.joost], join=False)
    with pytest.raises(Refused, match="hoort een bestuurder"):
        plan(cast.pim, "gesprek-met-bestuurder", [cast.lina, cast.sem], join=False)
    with pytest.raises(Refused, match="ten minste twee teams"):
        plan(cast.noor, "audit", teams=[cast.north])


def test_a_planner_stays_out_of_the_talk(cast, plan):
    session = plan(cast.pim, "gesprek-met-leidinggevende", [cast.lina, cast.sem], join=False)
    assert set(session.participants.values_list("user__name", flat=True)) == {"Lina Bakker", "Sem de Wit"}


def test_a_professional_cannot_stay_out(cast, plan):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost], join=False)
    assert set(session.participants.values_list("user__name", flat=True)) == {"Joost Kramer", "Lina Bakker"}


@pytest.mark.parametrize(
    ("interviews", "parts"),
    [(True, ["interviewee", "interviewer"]), (False, ["interviewer", "interviewee"]), (None, ["member", "member"])],
)
def test_either_side_interviews(cast, plan, interviews, parts):
    session = plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem], interviews=interviews)
    found = dict(session.participants.values_list("user__name", "part"))
    assert [found["Sem de Wit"], found["Lina Bakker"]] == parts


def test_a_whole_team_with_its_leader(cast, plan):
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    assert set(session.participants.values_list("user__name", "team__name", "leads")) == {
        ("Joost Kramer", "Team Noord", False),
        ("Lina Bakker", "Team Noord", False),
        ("Sem de Wit", "Team Noord", True),
    }
    apart = plan(cast.noor, "teamdagdeel", teams=[cast.north], join=False)
    assert apart.participants.count() == 3


def test_the_nji_takes_part_as_guide(cast, plan, supported):
    session = plan(cast.ilse, "teamdagdeel", teams=[cast.north])
    assert dict(session.participants.values_list("user__name", "part"))["Ilse Vos"] == "guide"


def test_moments(cast, plan):
    with pytest.raises(Refused, match="al voorbij"):
        plan(cast.lina, "collegiaal-interview", [cast.joost], starts_at=datetime.now(UTC) - timedelta(minutes=1))
    with pytest.raises(Refused, match="twee jaar"):
        plan(cast.lina, "collegiaal-interview", [cast.joost], starts_at=datetime.now(UTC) + timedelta(days=800))


def test_steps_are_a_copy(cast, plan):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost], send=False)
    steps = list(session.steps.all())
    changes = [planning.StepChange(steps[0].id, "Koffie", 5), planning.StepChange(steps[1].id, "x", 50, keep=False)]
    planning.set_moment(session.id, starts_at=PLAN_AT, steps=changes, by=cast.lina)
    session.template.steps.all().update(title="Later gewijzigd", minutes=99)
    session.refresh_from_db()
    assert list(session.steps.values_list("number", "title", "minutes")) == [(1, "Koffie", 5)]
    assert session.ends_at == PLAN_AT + timedelta(minutes=5)
    with pytest.raises(Refused, match="één stap"):
        planning.set_moment(session.id, starts_at=PLAN_AT, steps=[], by=cast.lina)


def test_a_draft_is_its_planners_alone(cast, plan):
    draft = plan(cast.noor, "gesprek-met-bestuurder", [cast.sem], send=False)
    assert list(Session.objects.visible_to(cast.noor)) == [draft]
    assert list(Session.objects.visible_to(cast.sem)) == []
    with pytest.raises(Session.DoesNotExist):
        planning.plan_session(draft.id, by=cast.sem)
    with pytest.raises(Session.DoesNotExist):
        planning.discard_draft(draft.id, by=cast.sem)
    planning.discard_draft(draft.id, by=cast.noor)
    assert Session.objects.count() == Participant.objects.count() == 0


def test_who_sees_a_planned_talk(cast, plan, held):
    small = plan(cast.pim, "gesprek-met-leidinggevende", [cast.lina, cast.sem], join=False)
    day = plan(cast.pim, "teamdagdeel", teams=[cast.north], join=False)
    extra = cast.member("Fatma Yıldız")
    big = plan(cast.pim, "teamdagdeel", teams=[cast.north], join=False)
    everyone = [
        cast.noor,
        cast.sem,
        cast.lina,
        cast.joost,
        cast.pim,
        cast.tess,
        cast.ilse,
        cast.aart,
        cast.roos,
        cast.beheer,
    ]

    def seen():
        return {user.name: set(Session.objects.visible_to(user)) for user in [*everyone, extra]}

    nobody = {
        name: set() for name in ("Noor Aydin", "Tess van Loon", "Ilse Vos", "Aart Jansen", "Roos Mulder", "Beheer")
    }
    assert seen() == nobody | {
        "Sem de Wit": {small, day, big},
        "Lina Bakker": {small, day, big},
        "Joost Kramer": {day, big},
        "Fatma Yıldız": {big},
        "Pim Hendriks": {small, day, big},
    }
    held(small, cast.lina)
    held(big, cast.lina)
    assert seen()["Pim Hendriks"] == {day, big}
    assert seen()["Sem de Wit"] == {small, day, big}
    assert set(Session.objects.listed_for(cast.sem)) == {day, big}
    assert set(Session.objects.listed_for(cast.lina)) == {small, day, big}


def test_who_leaves_sees_nothing_any_more(cast, plan):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    cast.joost.memberships.all().delete()
    assert list(Session.objects.visible_to(cast.joost)) == []
    assert list(Session.objects.visible_to(cast.lina)) == [session]


def test_somebody_in_two_organisations_plans_in_each(cast):
    Membership.objects.create(user=cast.lina, organisation=cast.elsewhere)
    assert set(organisations_to_plan_in(cast.lina)) == {cast.home, cast.elsewhere}
    assert set(Organisation.objects.visible_to(cast.lina)) == {cast.home, cast.elsewhere}
