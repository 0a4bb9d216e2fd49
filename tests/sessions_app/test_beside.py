"""What stands beside a page and is never mixed into it: answers from outside, and what talks brought about a cell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.models import Assignment, Edition, RuleOfThumb
from organisations.models import TeamMembership
from sessions_app.models import (
    Audience,
    Contribution,
    GuestAbout,
    GuestLink,
    Session,
    State,
    ThemeSurvey,
)
from sessions_app.queries.guests import from_outside
from sessions_app.queries.interpretations import Where, from_talks, heat_map
from tests.rows import add_contributions, add_people, add_talks

DAY = timedelta(days=1)
PEOPLE = ("noor", "sem", "lina", "joost", "pim", "tess", "ilse", "aart", "roos", "beheer")


def link(organisation, team, about, *, over=True) -> GuestLink:
    now = datetime.now(UTC)
    return GuestLink.objects.create(
        smallest_group=5,
        organisation=organisation,
        team=team,
        about=about,
        edition=Edition.objects.published().get(),
        token_hash=uuid4().hex,
        introduction="Wij zijn benieuwd.",
        created_at=now - 9 * DAY,
        ends_at=now - DAY if over else now + DAY,
    )


@pytest.fixture
def cell(edition) -> tuple[RuleOfThumb, Assignment]:
    return RuleOfThumb.objects.published().get(number=1), Assignment.objects.published().get(number=2)


def test_answers_from_outside_are_pointed_at_for_who_reads_them_and_asking_for_who_may(cast, edition):
    link(cast.home, cast.north, GuestAbout.WOLKJES)
    link(cast.home, cast.north, GuestAbout.VUISTREGELS, over=False)
    over = link(cast.home, cast.north, GuestAbout.VUISTREGELS)
    whole = link(cast.home, None, GuestAbout.VUISTREGELS)
    found = {}
    for name in PEOPLE:
        told = [
            from_outside(getattr(cast, name), cast.home, team, GuestAbout.VUISTREGELS) for team in (cast.north, None)
        ]
        found[name] = [(one.links, one.may_ask) for one in told]
    nothing = [([], False), ([], False)]
    assert found == {
        **dict.fromkeys(PEOPLE, nothing),
        "lina": [([over], False), ([whole], False)],
        "joost": [([over], False), ([whole], False)],
        "sem": [([over], True), ([whole], False)],
        "noor": [([], True), ([whole], True)],
        "pim": [([], True), ([], True)],
    }


def test_the_map_a_cell_and_a_picture_point_outside(cast, edition, cell, client_of):
    over, picture = (link(cast.home, cast.north, about) for about in (GuestAbout.VUISTREGELS, GuestAbout.WOLKJES))
    TeamMembership.objects.update(since=datetime.now(UTC) - 30 * DAY)
    survey = ThemeSurvey.objects.create(
        organisation=cast.home,
        team=cast.north,
        edition=Edition.objects.published().get(),
        started_by=cast.sem,
        opens_at=datetime.now(UTC) - 9 * DAY,
        closes_at=datetime.now(UTC) - DAY,
        closed_at=datetime.now(UTC) - DAY,
        smallest_group=5,
        form_key=uuid4(),
        pictured=False,
    )
    here = f"?team={cast.north.id}"
    pages = {
        reverse("rules_map") + here: over,
        reverse("rule_cell", args=[one.id for one in cell]) + here: over,
        reverse("survey", args=[survey.id]): picture,
    }
    for address, answers in pages.items():
        html = client_of(cast.lina).get(address).content.decode()
        assert (reverse("guest_results", args=[answers.id]) in html, "Vraag het je partners" in html) == (True, False)
    asks = {
        reverse("survey", args=[survey.id]): (cast.sem, reverse("team_guests", args=[cast.north.id])),
        f"{reverse('rules_map')}?organisatie={cast.home.id}": (
            cast.noor,
            reverse("organisation_guests", args=[cast.home.id]),
        ),
    }
    for address, (person, asking) in asks.items():
        assert f'href="{asking}">Vraag het je partners' in client_of(person).get(address).content.decode()
    assert "Van buiten" not in client_of(cast.lina).get(reverse("rules_map") + "?tussen").content.decode()


@pytest.fixture
def said(cast, cell):
    """Let ``by`` have said something about the cell in a talk."""

    def said(by, *, small=False, audience=Audience.PRESENT, **fields) -> Contribution:
        talk = add_talks(
            cast.home,
            [[cast.lina, cast.sem]],
            planned_by=cast.lina,
            first=datetime.now(UTC) - 9 * DAY,
            state=State.HELD,
        )[0]
        Session.objects.filter(id=talk.id).update(with_leader=small, small_with_leader=small)
        (made,) = add_contributions([talk], [by], audience=audience, **fields)
        Contribution.objects.filter(id=made.id).update(rule=cell[0], assignment=cell[1], card=None, theme=None)
        return made

    return said


def test_a_cell_shows_what_talks_brought_to_who_reads_it_and_the_map_never_counts_it(cast, cell, said):
    among_us, alone = said(cast.lina), said(cast.joost, audience=Audience.PRIVATE)
    shared = said(cast.lina, audience=Audience.ORGANISATION)
    for_nji = said(cast.lina, audience=Audience.NJI)
    said(cast.lina, small=True)
    said(cast.sem, small=True, audience=Audience.PRIVATE)
    home, between = Where(cast.home), Where()

    def read(where):
        return {
            name: {one.contribution for one in from_talks(*cell, where, getattr(cast, name))}
            for name in PEOPLE
            if from_talks(*cell, where, getattr(cast, name))
        }

    assert read(home) == {
        "lina": {among_us, shared, for_nji},
        "sem": {among_us, shared},
        "joost": {alone, shared},
        "noor": {shared},
        "ilse": {for_nji},
    }
    assert read(between) == {"lina": {for_nji}, "ilse": {for_nji}}
    counts = [one.count for _, row in heat_map(Edition.objects.published().get(), home, cast.lina) for one in row]
    assert counts == [0] * 20


def test_five_of_thirty_cost_as_many_queries_as_one(cast, cell, said, client_of):
    TeamMembership.objects.update(since=datetime.now(UTC) - 30 * DAY)
    address = reverse("rule_cell", args=[one.id for one in cell]) + f"?team={cast.north.id}"
    costs = []
    for count in (1, 29):
        for person in add_people([cast.north], count):
            said(person, audience=Audience.ORGANISATION)
            link(cast.home, cast.north, GuestAbout.VUISTREGELS)
        client = client_of(cast.lina)
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            html = client.get(address).content.decode()
        costs.append((html.count("Bekijk<"), html.count("Lees wat gasten"), len(captured)))
    assert costs == [(1, 1, costs[0][2]), (5, 3, costs[0][2])]
