"""The pilot's verbs and what the database guards."""

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from lerend.moments import moment
from organisations.domain.errors import Refused
from organisations.models import Membership, Team
from sessions_app.domain import pilot
from sessions_app.models import PilotAward, PilotPlace, PilotRound, PilotSignup
from sessions_app.models.pilot import RoundState, SignupState
from tests.sessions_app.pilot_cast import at, details, open_round, sign_up, teams, waiting

pytestmark = pytest.mark.django_db


def at_once(count, work):
    """Run ``work(number)`` in as many threads, all starting together; return what each gave or raised."""
    barrier = threading.Barrier(count)
    results = [None] * count

    def run(number):
        try:
            barrier.wait(timeout=30)
            results[number] = work(number)
        except (Refused, IntegrityError) as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.mark.django_db(transaction=True)
def test_twenty_awards_at_once_give_three(cast):
    round_ = open_round(cast)
    signups = [sign_up(round_, team, cast.noor) for team in teams(cast.home, 20)]
    results = at_once(20, lambda number: pilot.award_place(signups[number].id, by=cast.ilse))
    assert sorted(type(result).__name__ for result in results) == ["PilotAward"] * 3 + ["Refused"] * 17
    awards = PilotAward.objects.order_by("place__number").values_list("place__round", "place__number")
    assert list(awards) == [(round_.id, 1), (round_.id, 2), (round_.id, 3)]
    assert PilotSignup.objects.waiting().filter(round=round_).count() == 17


@pytest.mark.django_db(transaction=True)
def test_twenty_raw_inserts_at_once_give_three(cast):
    round_ = open_round(cast)
    signups = [sign_up(round_, team, cast.noor) for team in teams(cast.home, 20)]
    places = list(round_.places.all())
    results = at_once(20, lambda number: PilotAward.objects.create(place=places[number % 3], signup=signups[number]))
    assert sorted(type(result).__name__ for result in results) == ["IntegrityError"] * 17 + ["PilotAward"] * 3
    assert list(PilotAward.objects.order_by("place__number").values_list("place__number", flat=True)) == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_team_that_signs_up_ten_times_at_once_stands_on_the_list_once(cast):
    round_ = open_round(cast)
    results = at_once(
        10, lambda number: pilot.sign_up(round_.id, cast.north.id, details(), form_key=uuid4(), by=cast.noor)
    )
    assert sorted(type(result).__name__ for result in results) == ["PilotSignup"] + ["Refused"] * 9
    assert list(PilotSignup.objects.values_list("team", "position")) == [(cast.north.id, 1)]


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_ten_times_at_once_is_one_sign_up(cast):
    round_, key = open_round(cast), uuid4()
    results = at_once(10, lambda number: pilot.sign_up(round_.id, cast.north.id, details(), form_key=key, by=cast.noor))
    assert {result.id for result in results} == {PilotSignup.objects.get().id}


@pytest.mark.django_db(transaction=True)
def test_twenty_teams_that_sign_up_at_once_each_have_their_own_number(cast):
    round_ = open_round(cast)
    twenty = teams(cast.home, 20)
    at_once(20, lambda number: sign_up(round_, twenty[number], cast.noor))
    assert list(PilotSignup.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 21))


def test_the_database_refuses_what_must_not_be(cast):
    round_ = open_round(cast)
    signup = sign_up(round_, cast.north, cast.noor)
    second = sign_up(round_, cast.away, cast.tess)
    place = round_.places.get(number=1)
    PilotAward.objects.create(place=place, signup=signup)

    def copy(**changes):
        values = {
            field.attname: getattr(second, field.attname)
            for field in PilotSignup._meta.concrete_fields
            if field.name not in {"id", "form_key"}
        }
        team = Team.objects.create(organisation=cast.home, name=uuid4().hex)
        return PilotSignup(**{**values, "position": 9, "team_id": team.id, "form_key": uuid4(), **changes})

    def deferred():
        connection.check_constraints()

    broken = {
        "pilot_signup_one_living_a_team": lambda: copy(team_id=cast.north.id).save(),
        "pilot_signup_form_key_once": lambda: copy(
            team_id=cast.north.id, form_key=signup.form_key, state=SignupState.WITHDRAWN, position=None
        ).save(),
        "pilot_signup_position_once": lambda: [copy(position=1).save(), deferred()],
        "pilot_signup_on_the_list_while_living": lambda: copy(position=None).save(),
        "pilot_signup_shares_experience": lambda: copy(shares_experience=False).save(),
        "pilot_signup_merel_cost_accepted": lambda: copy(merel_wanted=True, merel_cost_accepted=False).save(),
        "pilot_signup_size": lambda: copy(size=1).save(),
        "pilot_round_closes_after_opening": lambda: PilotRound.objects.filter(id=round_.id).update(
            closes_at=round_.opens_at
        ),
        "pilot_place_once": lambda: PilotPlace.objects.create(round=round_, number=1),
        "pilot_place_number": lambda: PilotPlace.objects.create(round=round_, number=21),
        "sessions_app_pilotaward_place_id_key": lambda: PilotAward.objects.create(place=place, signup=second),
        "sessions_app_pilotaward_signup_id_key": lambda: PilotAward.objects.create(
            place=round_.places.get(number=2), signup=signup
        ),
    }
    found = {}
    for name, save in broken.items():
        with pytest.raises(IntegrityError) as raised, transaction.atomic():
            save()
        found[name] = raised.value.__cause__.diag.constraint_name
    assert found == {name: name for name in broken}


def test_a_round_is_made_with_its_places_and_once_a_form(cast):
    key, now = uuid4(), timezone.now()
    wanted = pilot.RoundDetails(name="Ronde", opens_at=now, closes_at=now + timedelta(days=1))
    first, second = (pilot.open_round(wanted, form_key=key, by=cast.ilse) for _ in range(2))
    assert first == second
    assert list(first.places.values_list("number", flat=True)) == [1, 2, 3]
    assert first.sharing_day == "Dag van de Wijkteams van de Associatie Wijkteams"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"closes_at": timedelta(0)}, "De ronde sluit later dan hij opengaat. Kies een later moment om te sluiten."),
        ({"places": 0}, "Een ronde heeft 1 tot 20 plekken."),
        ({"places": 21}, "Een ronde heeft 1 tot 20 plekken."),
    ],
)
def test_a_round_that_cannot_be_is_refused(cast, changes, message):
    now = timezone.now()
    wanted = pilot.RoundDetails(name="Ronde", opens_at=now, closes_at=now + timedelta(days=1))
    if "closes_at" in changes:
        changes = {"closes_at": now + changes["closes_at"]}
    with pytest.raises(Refused) as refused:
        pilot.open_round(replace(wanted, **changes), form_key=uuid4(), by=cast.ilse)
    assert refused.value.message == message


def test_places_are_added_and_only_free_ones_taken_away(cast):
    round_ = open_round(cast)
    awarded = sign_up(round_, cast.north, cast.noor)
    pilot.award_place(awarded.id, by=cast.ilse)

    def change(places):
        wanted = pilot.RoundDetails("Ronde", round_.opens_at, round_.closes_at, places=places)
        return list(pilot.change_round(round_.id, wanted, by=cast.ilse).places.values_list("number", flat=True))

    assert change(5) == [1, 2, 3, 4, 5]
    assert change(1) == [1]
    assert change(2) == [1, 2]
    pilot.award_place(sign_up(round_, cast.away, cast.tess).id, by=cast.ilse)
    with pytest.raises(Refused) as refused:
        change(1)
    assert refused.value.message == "Er hebben al 2 teams een plek. Minder plekken dan 2 kan niet."


def test_where_a_round_is_told_by_the_clock_and_the_places():
    now = timezone.now()
    day = timedelta(days=1)
    ahead, going, closed = (
        PilotRound(opens_at=now + first * day, closes_at=now + last * day)
        for first, last in ((1, 2), (-1, 1), (-2, -1))
    )
    states = [one.state(now, free) for one in (ahead, going, closed) for free in (1, 0)]
    assert states == [
        RoundState.AHEAD,
        RoundState.AHEAD,
        RoundState.OPEN,
        RoundState.FILLED,
        RoundState.CHOOSING,
        RoundState.FILLED,
    ]
    edges = [going.is_open(moment) for moment in (going.opens_at, going.closes_at)]
    assert edges == [True, False]


@pytest.mark.parametrize(("opens", "closes"), [(1, 2), (-2, -1)])
def test_a_team_signs_up_only_while_the_round_is_open(cast, opens, closes):
    round_ = open_round(cast, opens=opens, closes=closes)
    message = (
        f"Aanmelden kan vanaf {moment(round_.opens_at)}."
        if opens > 0
        else f"Aanmelden kan niet meer. Deze ronde sloot op {moment(round_.closes_at)}."
    )
    with pytest.raises(Refused) as refused:
        sign_up(round_, cast.north, cast.noor)
    assert refused.value.message == message
    assert not PilotSignup.objects.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"shares_experience": False},
            "Meedoen kan als jullie je ervaring delen op de Dag van de Wijkteams van de Associatie Wijkteams.",
        ),
        ({"merel_wanted": True}, "Wie Merel Steinweg erbij wil, betaalt haar kosten zelf. Zet daar ook een vinkje."),
    ],
)
def test_the_conditions_are_asked(cast, changes, message):
    with pytest.raises(Refused) as refused:
        sign_up(open_round(cast), cast.north, cast.noor, **changes)
    assert refused.value.message == message


def test_a_team_stands_once_on_the_list_of_a_round(cast):
    round_ = open_round(cast)
    signup = sign_up(round_, cast.north, cast.noor)
    with pytest.raises(Refused) as refused:
        sign_up(round_, cast.north, cast.sem)
    assert refused.value.message == "Team Noord staat al op de lijst van deze ronde."
    sign_up(open_round(cast, name="Een andere ronde"), cast.north, cast.sem)
    pilot.withdraw_signup(signup.id, by=cast.sem)
    sign_up(round_, cast.away, cast.tess)
    sign_up(round_, cast.north, cast.sem)
    assert waiting(round_) == ["Team Verderop", "Team Noord"]


def test_the_same_form_is_one_sign_up_but_another_team_is_another(cast):
    round_, key = open_round(cast), uuid4()
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    first, again, other = (
        pilot.sign_up(round_.id, team.id, details(), form_key=key, by=cast.noor)
        for team in (cast.north, cast.north, south)
    )
    assert first == again
    assert waiting(round_) == ["Team Noord", "Team Zuid"]
    pilot.withdraw_signup(other.id, by=cast.noor)
    assert pilot.sign_up(round_.id, south.id, details(), form_key=key, by=cast.noor).state == SignupState.WITHDRAWN


def test_only_who_runs_the_team_signs_it_up(cast):
    round_ = open_round(cast)
    for user in (cast.lina, cast.pim, cast.tess, cast.ilse, cast.aart, cast.beheer):
        with pytest.raises(Team.DoesNotExist):
            sign_up(round_, cast.north, user)
    sign_up(round_, cast.north, cast.sem)


def test_places_go_lowest_first_and_once_a_team(cast):
    round_ = open_round(cast)
    signups = [sign_up(round_, team, cast.noor) for team in teams(cast.home, 4)]
    third = pilot.award_place(signups[2].id, by=cast.ilse)
    assert third == pilot.award_place(signups[2].id, by=cast.ilse)
    pilot.award_place(signups[0].id, by=cast.ilse)
    pilot.take_back_award(signups[2].id, by=cast.ilse)
    pilot.take_back_award(signups[2].id, by=cast.ilse)
    assert waiting(round_) == ["Team 02", "Team 03", "Team 04"]
    pilot.award_place(signups[3].id, by=cast.ilse)
    found = PilotAward.objects.order_by("place__number").values_list(
        "place__number", "signup__team__name", "awarded_by__name"
    )
    assert list(found) == [(1, "Team 04", "Ilse Vos"), (2, "Team 01", "Ilse Vos")]


def test_what_was_withdrawn_gets_no_place_and_frees_the_one_it_had(cast):
    round_ = open_round(cast, places=1)
    first, second = (sign_up(round_, team, cast.noor) for team in teams(cast.home, 2))
    pilot.award_place(first.id, by=cast.ilse)
    with pytest.raises(Refused) as refused:
        pilot.award_place(second.id, by=cast.ilse)
    assert refused.value.message == "Alle plekken van deze ronde zijn al vergeven."
    pilot.withdraw_signup(first.id, by=cast.noor)
    pilot.withdraw_signup(first.id, by=cast.noor)
    pilot.award_place(second.id, by=cast.ilse)
    with pytest.raises(Refused) as refused:
        pilot.award_place(first.id, by=cast.ilse)
    assert refused.value.message == "Deze aanmelding is ingetrokken."
    assert list(PilotAward.objects.values_list("signup__team__name", flat=True)) == ["Team 02"]


def test_the_waiting_order_is_of_signing_up_and_can_be_changed(cast):
    round_ = open_round(cast)
    one, two, three, four = (sign_up(round_, team, cast.noor) for team in teams(cast.home, 4))
    pilot.award_place(two.id, by=cast.ilse)
    clicked, seen = at(four), at(three)
    pilot.move_up(four.id, position=clicked, by=cast.ilse)
    assert waiting(round_) == ["Team 01", "Team 04", "Team 03"]
    pilot.move_up(four.id, position=clicked, by=cast.ilse)  # the same click once more
    pilot.move_up(three.id, position=seen, by=cast.ilse)  # from a page made before it moved
    assert waiting(round_) == ["Team 01", "Team 04", "Team 03"]
    pilot.move_up(three.id, position=at(three), by=cast.ilse)
    pilot.move_up(three.id, position=at(three), by=cast.ilse)
    assert waiting(round_) == ["Team 03", "Team 01", "Team 04"]
    for signup in (three, two):  # the first, and one that has a place, stay where they are
        pilot.move_up(signup.id, position=at(signup), by=cast.ilse)
    assert waiting(round_) == ["Team 03", "Team 01", "Team 04"]
    assert one.round == round_


def test_who_may_act_on_a_sign_up(cast):
    signup = sign_up(open_round(cast), cast.north, cast.noor)
    verbs = {
        "award": lambda by: pilot.award_place(signup.id, by=by),
        "take_back": lambda by: pilot.take_back_award(signup.id, by=by),
        "move_up": lambda by: pilot.move_up(signup.id, position=1, by=by),
        "withdraw": lambda by: pilot.withdraw_signup(signup.id, by=by),
    }
    found = {}
    for who in ("lina", "pim", "tess", "aart", "roos", "beheer", "noor", "sem", "ilse"):
        for name, verb in verbs.items():
            if (who, name) in {("noor", "withdraw"), ("sem", "withdraw")}:
                continue
            try:
                verb(getattr(cast, who))
                found[who, name] = "done"
            except (PermissionDenied, PilotSignup.DoesNotExist) as error:
                found[who, name] = type(error).__name__
    expected = {
        **{(who, name): "DoesNotExist" for who in ("lina", "pim", "tess", "aart", "roos", "beheer") for name in verbs},
        **{(who, name): "PermissionDenied" for who in ("noor", "sem") for name in ("award", "take_back", "move_up")},
        **{("ilse", name): "done" for name in ("award", "take_back", "move_up")},
        ("ilse", "withdraw"): "PermissionDenied",
    }
    assert found == expected
    pilot.withdraw_signup(signup.id, by=cast.sem)


def test_who_left_the_organisation_sees_and_does_nothing_any_more(cast):
    signup = sign_up(open_round(cast), cast.north, cast.noor)
    Membership.objects.filter(user=cast.noor).delete()
    with pytest.raises(PilotSignup.DoesNotExist):
        pilot.withdraw_signup(signup.id, by=cast.noor)


def test_only_the_nji_runs_rounds(cast):
    round_ = open_round(cast)
    wanted = pilot.RoundDetails("Anders", round_.opens_at, round_.closes_at)
    for user in (cast.noor, cast.sem, cast.lina, cast.aart, cast.roos, cast.beheer):
        with pytest.raises(PermissionDenied):
            pilot.open_round(wanted, form_key=uuid4(), by=user)
        with pytest.raises(PilotRound.DoesNotExist):
            pilot.change_round(round_.id, wanted, by=user)
    assert list(PilotRound.objects.values_list("name", flat=True)) == ["Ronde 2027"]
