"""The pages of the pilot: who sees and does what, forms, and what a page costs."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lerend.moments import AMSTERDAM
from organisations.models import Organisation, Role
from sessions_app.domain import pilot
from sessions_app.models import PilotAward, PilotRound, PilotSignup
from sessions_app.models.pilot import SignupState
from tests.sessions_app.pilot_cast import MOTIVATION, open_round, sign_up, teams, waiting

pytestmark = pytest.mark.django_db
EVERYONE = ("nobody", "noor", "sem", "lina", "pim", "tess", "ilse", "aart", "roos", "beheer")


def text(response):
    """Return what a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def form(round_, team, **changes):
    return {
        "team": str(team.id),
        "contact_name": "Carla Contact",
        "contact_email": "carla@voorbeeld.test",
        "size": "14",
        "dates": "",
        "motivation": MOTIVATION,
        "shares_experience": "on",
        "form_key": str(uuid4()),
        **changes,
    }


def round_form(**changes):
    local = timezone.now().astimezone(AMSTERDAM)
    return {
        "name": "Ronde 2028",
        "intro": "Welkom",
        "opens_at_datum": local.date().isoformat(),
        "opens_at_tijd": "00:00",
        "closes_at_datum": (local + timedelta(days=60)).date().isoformat(),
        "closes_at_tijd": "12:00",
        "places": "3",
        "sharing_day": "Dag van de Wijkteams",
        "form_key": str(uuid4()),
        **changes,
    }


SEES = {"noor": 200, "sem": 200, "ilse": 200}
# page, method: what each gets; who is not named gets the last (nobody: 302 to sign in, unless named).
TABLE = {
    ("pilot", "get"): ({"nobody": 200}, 200),
    ("pilot_signup", "get"): (
        {"noor": 200, "sem": 200, "tess": 200, "lina": 403, "pim": 403, "ilse": 403, "aart": 403, "roos": 403},
        403,
    ),
    ("pilot_signup", "post"): (
        {"noor": 302, "sem": 302, "tess": 200, "lina": 403, "pim": 403, "ilse": 403, "aart": 403, "roos": 403},
        403,
    ),
    ("pilot_signup_detail", "get"): (SEES, 404),
    ("pilot_withdraw", "get"): ({"noor": 200, "sem": 200, "ilse": 403}, 404),
    ("pilot_withdraw", "post"): ({"noor": 302, "sem": 302, "ilse": 403}, 404),
    ("pilot_award", "get"): ({who: 405 for who in EVERYONE if who != "nobody"}, 405),
    ("pilot_award", "post"): ({"noor": 403, "sem": 403, "ilse": 302}, 404),
    ("pilot_take_back", "get"): ({"noor": 403, "sem": 403, "ilse": 302}, 404),
    ("pilot_take_back", "post"): ({"noor": 403, "sem": 403, "ilse": 302}, 404),
    ("pilot_list", "get"): ({"ilse": 200}, 404),
    ("pilot_move_up", "post"): ({"ilse": 302}, 404),
    ("pilot_round_new", "get"): ({"ilse": 200}, 404),
    ("pilot_round_new", "post"): ({"ilse": 302}, 404),
    ("pilot_round_edit", "get"): ({"ilse": 200}, 404),
    ("pilot_round_edit", "post"): ({"ilse": 302}, 404),
}


@pytest.mark.parametrize("who", EVERYONE)
def test_who_may_open_and_do_what(cast, client_of, who):
    client = client_of(None if who == "nobody" else getattr(cast, who))
    found = {}
    for name, method in TABLE:
        round_ = open_round(cast, name=f"{name} {method}")
        signup = sign_up(round_, cast.north, cast.noor)
        data = {}
        if method == "post":
            new = teams(cast.home, 1)[0] if who == "noor" else cast.north
            if who == "sem" and name == "pilot_signup":
                pilot.withdraw_signup(signup.id, by=cast.sem)
            data = {
                "pilot_signup": form(round_, new),
                "pilot_move_up": {"hoger": f"{signup.id}:1"},
                "pilot_round_new": round_form(),
                "pilot_round_edit": round_form(),
            }.get(name, {})
            if who == "noor":
                PilotSignup.objects.filter(team=new).delete()
                new.name = str(uuid4())
                new.save()
        args = {
            "pilot": [],
            "pilot_round_new": [],
            **{key: [round_.id] for key in ("pilot_signup", "pilot_list", "pilot_move_up", "pilot_round_edit")},
        }.get(name, [signup.id])
        found[name, method] = getattr(client, method)(reverse(name, args=args), data).status_code
    expected = {key: named.get(who, 302 if who == "nobody" else others) for key, (named, others) in TABLE.items()}
    assert found == expected


def test_nobody_is_sent_to_sign_in_and_comes_back(cast, client_of):
    round_ = open_round(cast)
    address = reverse("pilot_signup", args=[round_.id])
    page = client_of(None).get(reverse("pilot"))
    assert f"{reverse('account_login')}?next={address}" in page.content.decode()
    assert client_of(None).get(address).url == f"{reverse('account_login')}?next={address}"


def test_a_refusal_says_who_can_help(cast, client_of):
    round_ = open_round(cast)
    signup = sign_up(round_, cast.north, cast.noor)
    said = [
        text(client_of(cast.lina).get(reverse("pilot_signup", args=[round_.id]))),
        text(client_of(cast.ilse).post(reverse("pilot_withdraw", args=[signup.id]))),
        text(client_of(cast.sem).post(reverse("pilot_award", args=[signup.id]))),
    ]
    sentences = [
        "Een team aanmelden doet wie het team leidt, of een bestuurder. Vraag het hun.",
        pilot.ONLY_TEAM,
        pilot.ONLY_PROGRAMME,
    ]
    assert [sentence in page for sentence, page in zip(sentences, said, strict=True)] == [True, True, True]


def test_the_public_page_tells_each_what_they_may_know(cast, client_of):
    teams(cast.home, 1)
    round_ = open_round(cast)
    north = sign_up(round_, cast.north, cast.sem)
    pilot.award_place(north.id, by=cast.ilse)
    sign_up(round_, cast.away, cast.tess)
    marks = {
        "free": "2 van de 3 plekken zijn nog vrij.",
        "north": "Team Noord",
        "away": "Team Verderop",
        "organisation": "Team Noord, Wijkteams Voorbeeld",
        "motivation": MOTIVATION,
        "contact": "Carla",
        "to the list": "Bekijk de aanmeldingen",
        "sign up": "Meld je team aan",
        "sign another up": "Meld nog een team aan",
        "ask": "meldt het team aan",
    }
    found = {}
    for who in EVERYONE:
        page = text(client_of(None if who == "nobody" else getattr(cast, who)).get(reverse("pilot")))
        found[who] = {name for name, mark in marks.items() if mark in page}
    reader = {"free", "ask"}
    assert found == {
        "nobody": {"free", "ask"},
        "noor": {"free", "north", "sign another up"},
        "sem": {"free", "north"},
        "lina": reader,
        "pim": reader,
        "tess": {"free", "away"},
        "ilse": {"free", "north", "organisation", "to the list"},
        "aart": {"free", "north", "organisation", "ask"},
        "roos": reader,
        "beheer": reader,
    }


def test_a_private_page_is_kept_nowhere(cast, client_of):
    signup = sign_up(open_round(cast), cast.north, cast.sem)
    addresses = [reverse("pilot"), reverse("pilot_signup_detail", args=[signup.id])]
    kept = [client_of(cast.sem).get(address).headers["Cache-Control"] for address in addresses]
    assert kept == ["private, no-store", "private, no-store"]


def test_a_team_is_signed_up_once_however_often_the_form_is_sent(cast, client_of):
    round_ = open_round(cast)
    client, data = client_of(cast.sem), form(round_, cast.north, merel_wanted="on", merel_cost_accepted="on")
    answers = [client.post(reverse("pilot_signup", args=[round_.id]), data) for _ in range(2)]
    signup = PilotSignup.objects.get()
    assert [answer.url for answer in answers] == [reverse("pilot_signup_detail", args=[signup.id])] * 2
    kept = {
        name: getattr(signup, name)
        for name in (
            "team", "contact_name", "contact_email", "size", "dates", "motivation", "shares_experience",
            "merel_wanted", "merel_cost_accepted", "signed_by", "position", "state", "sequence",
        )
    }  # fmt: skip
    assert kept == {
        "team": cast.north,
        "contact_name": "Carla Contact",
        "contact_email": "carla@voorbeeld.test",
        "size": 14,
        "dates": "",
        "motivation": MOTIVATION,
        "shares_experience": True,
        "merel_wanted": True,
        "merel_cost_accepted": True,
        "signed_by": cast.sem,
        "position": 1,
        "state": SignupState.SIGNED_UP,
        "sequence": 0,
    }


def test_a_form_that_is_not_right_keeps_what_was_typed_and_says_what_is_wrong(cast, client_of):
    round_ = open_round(cast)
    client, address = client_of(cast.sem), reverse("pilot_signup", args=[round_.id])
    typed = {"contact_name": "Typte <b>ik</b>", "size": "1", "merel_wanted": "on", "form_key": str(uuid4())}
    empty = client.post(address, typed)
    assert empty.context["form"].errors == {
        "team": ["Kies een team."],
        "contact_email": ["Vul een mailadres in."],
        "size": ["Een dagdeel doe je met 2 mensen of meer."],
        "motivation": ["Schrijf in een paar zinnen waarom jullie willen meedoen."],
        "shares_experience": ["Meedoen kan alleen als jullie je ervaring willen delen."],
        "merel_cost_accepted": ["Zonder dit vinkje kan Merel Steinweg er niet bij zijn."],
    }
    assert 'value="Typte &lt;b&gt;ik&lt;/b&gt;"' in empty.content.decode()
    other = client.post(address, form(round_, cast.away))
    assert other.context["form"].errors == {"team": ["Kies een team uit de lijst."]}
    sign_up(round_, cast.north, cast.noor)
    twice = client.post(address, form(round_, cast.north))
    assert twice.context["form"].errors == {"team": ["Team Noord staat al op de lijst van deze ronde."]}
    assert PilotSignup.objects.count() == 1


@pytest.mark.parametrize("typed", ["🎈" * 10_000, "a\r\n" * 5_000, "<b>vet</b> & <script>alert(1)</script>"])
def test_any_text_is_kept_and_shown_as_it_was_typed(cast, client_of, typed):
    round_ = open_round(cast)
    data = form(round_, cast.north, motivation=typed, dates="<b>maart</b>")
    client_of(cast.sem).post(reverse("pilot_signup", args=[round_.id]), data)
    signup = PilotSignup.objects.get()
    assert signup.motivation == typed.replace("\r\n", "\n").strip()
    for user, name, arg in ((cast.ilse, "pilot_signup_detail", signup.id), (cast.ilse, "pilot_list", round_.id)):
        page = client_of(user).get(reverse(name, args=[arg])).content.decode()
        assert "<b>" not in page
        assert page.count("<script") == page.count('<script src="/static/once.js"')
        assert "&lt;b&gt;maart&lt;/b&gt;" in page


def test_a_text_that_is_too_long_is_said(cast, client_of):
    round_ = open_round(cast)
    data = form(round_, cast.north, motivation="a" * 10_001)
    page = client_of(cast.sem).post(reverse("pilot_signup", args=[round_.id]), data)
    assert list(page.context["form"].errors) == ["motivation"]


@pytest.mark.parametrize(("opens", "closes"), [(1, 2), (-2, -1)])
def test_a_closed_round_offers_no_form(cast, client_of, opens, closes):
    round_ = open_round(cast, opens=opens, closes=closes)
    client, address = client_of(cast.sem), reverse("pilot_signup", args=[round_.id])
    answer = client.get(address, follow=True)
    assert answer.redirect_chain == [(reverse("pilot"), 302)]
    assert "Voor deze ronde kun je nu geen team aanmelden." in text(answer)
    assert "Meld je team aan</a>" not in answer.content.decode()
    assert client.post(address, form(round_, cast.north)).status_code == 200
    assert not PilotSignup.objects.exists()


def test_the_nji_gives_places_from_the_list_until_they_are_gone(cast, client_of):
    round_ = open_round(cast)
    signups = [sign_up(round_, team, cast.noor) for team in teams(cast.home, 4)]
    client = client_of(cast.ilse)
    for signup in signups[:3]:
        answer = client.post(reverse("pilot_award", args=[signup.id]))
        assert answer.url == reverse("pilot_list", args=[round_.id])
    fourth = client.post(reverse("pilot_award", args=[signups[3].id]), follow=True)
    assert fourth.redirect_chain == [(reverse("pilot_signup_detail", args=[signups[3].id]), 302)]
    assert "Alle plekken van deze ronde zijn al vergeven." in text(fourth)
    page = text(client.get(reverse("pilot_list", args=[round_.id])))
    assert re.findall(r"(?:plek|wacht) \d Team \d\d", page) == [
        "plek 1 Team 01",
        "plek 2 Team 02",
        "plek 3 Team 03",
        "wacht 1 Team 04",
    ]
    client.post(reverse("pilot_take_back", args=[signups[0].id]))
    assert PilotAward.objects.count() == 2
    assert waiting(round_) == ["Team 01", "Team 04"]


def test_the_list_is_read_in_pages_and_reordered(cast, client_of):
    round_ = open_round(cast)
    signups = [sign_up(round_, team, cast.noor) for team in teams(cast.home, 30)]
    pilot.award_place(signups[4].id, by=cast.ilse)
    client, address = client_of(cast.ilse), reverse("pilot_list", args=[round_.id])
    first = client.get(address)
    rows = first.context["page"]
    assert [row.place for row in rows.placed] == [1]
    assert [row.number for row in rows.waiting] == list(range(1, 26))
    second = client.get(address, {"na": rows.next}).context["page"]
    assert (second.placed, [(row.number, row.title) for row in second.waiting], second.next) == (
        [],
        [(25 + number, f"Team {26 + number}, Wijkteams Voorbeeld") for number in range(1, 5)],
        None,
    )
    for wrong in ("", "x", "-1", "9" * 40, "²", "1.5"):
        assert client.get(address, {"na": wrong}).status_code == 200
    client.post(reverse("pilot_move_up", args=[round_.id]), {"hoger": rows.waiting[2].move})
    assert waiting(round_)[:3] == ["Team 01", "Team 03", "Team 02"]
    for wrong in ("", "x", f"{signups[0].id}", f"{signups[0].id}:x"):
        answer = client.post(reverse("pilot_move_up", args=[round_.id]), {"hoger": wrong}, follow=True)
        assert "Kies welk team hoger moet staan." in text(answer)
    elsewhere = sign_up(open_round(cast, name="Ander"), cast.north, cast.noor)
    assert client.post(reverse("pilot_move_up", args=[round_.id]), {"hoger": f"{elsewhere.id}:1"}).status_code == 404


def test_a_round_is_made_once_and_changed(cast, client_of):
    client, data = client_of(cast.ilse), round_form()
    answers = [client.post(reverse("pilot_round_new"), data) for _ in range(2)]
    round_ = PilotRound.objects.get()
    assert [answer.url for answer in answers] == [reverse("pilot_list", args=[round_.id])] * 2
    edit = reverse("pilot_round_edit", args=[round_.id])
    shown = client.get(edit).context["form"]
    values = {name: shown[name].value() for name in ("name", "intro", "places", "sharing_day")}
    assert values == {"name": "Ronde 2028", "intro": "Welkom", "places": 3, "sharing_day": "Dag van de Wijkteams"}
    client.post(edit, {**data, "name": "Anders", "places": "4"})
    assert list(PilotRound.objects.values_list("name", flat=True)) == ["Anders"]
    assert round_.places.count() == 4


def test_what_is_wrong_with_a_round_is_said(cast, client_of):
    client = client_of(cast.ilse)
    missing = client.post(
        reverse("pilot_round_new"), round_form(opens_at_datum="2027-03-28", opens_at_tijd="02:30", places="0")
    )
    assert missing.context["form"].errors == {
        "opens_at": [
            "In deze nacht gaat de klok een uur vooruit. Deze tijd bestaat dan niet. "
            "Kies een tijd voor 2.00 uur of vanaf 3.00 uur."
        ],
        "places": ["Een ronde heeft ten minste 1 plek."],
    }
    round_ = open_round(cast)
    pilot.award_place(sign_up(round_, cast.north, cast.sem).id, by=cast.ilse)
    pilot.award_place(sign_up(round_, cast.away, cast.tess).id, by=cast.ilse)
    address = reverse("pilot_round_edit", args=[round_.id])
    fewer = client.post(address, round_form(places="1"))
    assert fewer.context["form"].errors == {"places": ["Er hebben al 2 teams een plek. Minder plekken dan 2 kan niet."]}
    ends = client.post(address, round_form(closes_at_datum="2020-01-01"))
    backwards = ["De ronde sluit later dan hij opengaat. Kies een later moment."]
    assert ends.context["form"].errors == {"closes_at": backwards}
    assert PilotRound.objects.get().name == "Ronde 2027"


def test_pages_without_rounds_or_rows_say_what_to_do(cast, client_of):
    assert "Er is nu geen ronde" in text(client_of(None).get(reverse("pilot")))
    round_ = open_round(cast)
    client, address = client_of(cast.ilse), reverse("pilot_list", args=[round_.id])
    assert "Er is nog geen team aangemeld." in text(client.get(address))
    assert "Verder staat er niets." in text(client.get(address, {"na": "7"}))


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("who", ["nobody", "noor", "ilse", "aart"])
def test_the_public_page_costs_the_same_with_one_row_and_with_thirty(cast, client_of, who):
    client, counts = client_of(None if who == "nobody" else getattr(cast, who)), []
    first, *others = teams(cast.home, 30)
    pilot.award_place(sign_up(open_round(cast, places=20), first, cast.noor).id, by=cast.ilse)
    counts.append(queries(client, reverse("pilot")))
    for index, team in enumerate(others):
        if index % 5 == 0:
            round_ = open_round(cast, places=20, name=f"Ronde {index}")
        signup = sign_up(round_, team, cast.noor)
        if index % 5:
            pilot.award_place(signup.id, by=cast.ilse)
    counts.append(queries(client, reverse("pilot")))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_the_list_costs_the_same_with_one_row_and_with_thirty(cast, client_of):
    client, counts, sizes = client_of(cast.ilse), [], []
    for number in (1, 30):
        round_ = open_round(cast, name=f"Ronde {number}")
        for index, team in enumerate(teams(Organisation.objects.create(name=f"Organisatie {number}"), number)):
            team.organisation.memberships.get_or_create(user=cast.noor, defaults={"role": Role.BESTUURDER})
            signup = sign_up(round_, team, cast.noor, merel_wanted=True, merel_cost_accepted=True)
            if index < 2:  # a list on which somebody has a place asks one thing more
                pilot.award_place(signup.id, by=cast.ilse)
        address = reverse("pilot_list", args=[round_.id])
        counts.append(queries(client, address))
        sizes.append(len(client.get(address).content))
    assert counts[0] == counts[1]
    assert counts[0] <= 12
    assert sizes[1] <= 20_000


def test_a_sign_up_costs_few_queries(cast, client_of):
    signup = sign_up(open_round(cast), cast.north, cast.sem)
    address = reverse("pilot_signup_detail", args=[signup.id])
    counts = [queries(client_of(user), address) for user in (cast.sem, cast.ilse)]
    assert max(counts) <= 12
