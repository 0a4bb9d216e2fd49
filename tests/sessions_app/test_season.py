"""A season in one go: who may, laying out, changing, sending once, and what stays hidden."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.models import ConversationTemplate, Kind
from lerend.mail.models import Message
from lerend.mail.models import State as Mail
from organisations.domain.errors import Refused
from organisations.domain.members import end_membership
from organisations.models import Membership, Role, Team, TeamMembership, User
from sessions_app.domain import from_template, season
from sessions_app.models import Participant, Season, SeasonTalk, Session, State
from sessions_app.models.season import LONGEST_TALK, SHORTEST
from sessions_app.queries import season as reads
from sessions_app.queries.planning import Standing
from tests.rows import add_people
from tests.sessions_app.seasons import DAY, HOUR, draft_season, member


@pytest.fixture
def draft(cast, edition) -> Callable[..., Season]:
    """Make a season the way the pages do, laid out: ``draft(by, people, ...)`` as ``draft_season`` takes it."""

    def draft(by: User, people: list[User], **wanted) -> Season:
        return draft_season(by, cast.home, people, **wanted)

    return draft


def plan_of(made: Season) -> dict[str, datetime | None]:
    return {talk.member.user.name: talk.starts_at for talk in reads.talks_of(made)}


def move(made: Season, user: User, starts_at: datetime | None, *, by: User) -> list[str]:
    talk = SeasonTalk.objects.get(season=made, member__user=user)
    wrong = season.set_choices(made.id, {talk.id: season.Choice(starts_at, talk.partner_id)}, by=by)
    return list(wrong.values())


@pytest.mark.parametrize(
    ("person", "who", "partners"),
    [
        ("noor", ["Joost Kramer", "Lina Bakker", "Pim Hendriks", "Sem de Wit"], "everybody"),
        ("pim", ["Joost Kramer", "Lina Bakker", "Noor Aydin", "Sem de Wit"], "everybody"),
        ("sem", ["Joost Kramer", "Lina Bakker"], "oneself"),
        ("lina", [], "nobody"),
        ("tess", [], "nobody"),
        ("ilse", [], "nobody"),
        ("beheer", [], "nobody"),
    ],
)
def test_who_may_plan_a_season_and_with_whom(cast, person, who, partners):
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    if person == "sem":
        cast.member("Yara", south)
    standing = Standing(getattr(cast, person), cast.home)
    assert sorted(reads.people(standing, Kind.INTERVIEW).values_list("user__name", flat=True)) == who
    found = set(reads.partners(standing, Kind.INTERVIEW).values_list("user__name", flat=True))
    own = {standing.user.name}
    assert found == {"everybody": {*who} | own, "oneself": own, "nobody": set()}[partners]
    all_kinds = {Kind.INTERVIEW, Kind.INWERK, Kind.LEIDINGGEVENDE, Kind.KAARTEN, Kind.BESTUURDER}
    assert (
        reads.kinds(standing)
        == {
            "everybody": all_kinds,
            "oneself": all_kinds - {Kind.BESTUURDER},
            "nobody": set(),
        }[partners]
    )


def test_a_leader_plans_for_the_own_team_alone_and_takes_part(cast, draft):
    yara = cast.member("Yara", Team.objects.create(organisation=cast.home, name="Team Zuid"))
    made = draft(cast.sem, [cast.lina, cast.joost])
    assert plan_of(made) == {"Joost Kramer": DAY, "Lina Bakker": DAY + HOUR}
    with pytest.raises(Refused, match="hoort niet meer bij dit team"):
        draft(cast.sem, [yara])
    with pytest.raises(Refused, match="hoort niet meer bij dit team"):
        draft(cast.sem, [cast.lina], partners=[cast.joost])
    with pytest.raises(Refused, match="bestuurder of planner"):
        draft(cast.lina, [cast.joost])


def test_what_a_new_season_begins_with_and_who_may_begin_one(cast, edition):
    templates = ConversationTemplate.objects.published()
    inwerk, interview = templates.get(slug="inwerkinterview"), templates.get(slug="collegiaal-interview")
    minutes = sum(step.minutes for step in interview.steps.all())
    inwerk.steps.update(minutes=200)
    found = [season.start(one.id, cast.home, uuid4(), by=cast.sem) for one in (interview, inwerk)]
    assert [(one.asks, one.length) for one in found] == [("", minutes), ("member", LONGEST_TALK)]
    interview.steps.exclude(number=1).delete()
    interview.steps.update(minutes=1)
    assert season.start(interview.id, cast.home, uuid4(), by=cast.noor).length == SHORTEST
    for by, slug in ((cast.lina, "inwerkinterview"), (cast.sem, "gesprek-met-bestuurder"), (cast.noor, "teamdagdeel")):
        with pytest.raises(Refused, match="plan je voor een team"):
            season.start(templates.get(slug=slug).id, cast.home, uuid4(), by=by)
    ConversationTemplate.objects.filter(id=interview.id).update(
        put_away_at=DAY, organisation=cast.home, based_on=inwerk
    )
    with pytest.raises(Refused, match="weggelegd"):
        season.start(interview.id, cast.home, uuid4(), by=cast.sem)


def test_who_stays_in_the_plan_keeps_their_partner_and_moment(cast, draft):
    made = draft(cast.noor, [cast.lina, cast.joost], partners=[cast.noor, cast.pim], blocks=[(DAY, DAY + HOUR)])
    assert move(made, cast.lina, DAY + HOUR, by=cast.noor) == []

    def chosen(people, partners) -> dict[str, tuple[str, datetime | None]]:
        ids = [[member(user, cast.home) for user in users] for users in (people, partners)]
        season.set_people(made.id, people=ids[0], partners=ids[1], asks="", by=cast.noor)
        return {talk.member.user.name: (talk.partner.user.name, talk.starts_at) for talk in reads.talks_of(made)}

    # Laid out alone she would be the first, with noor.
    assert chosen([cast.lina], [cast.noor, cast.pim]) == {"Lina Bakker": ("Pim Hendriks", DAY + HOUR)}
    assert chosen([cast.lina], [cast.noor]) == {"Lina Bakker": ("Noor Aydin", DAY + HOUR)}
    assert chosen([cast.lina, cast.joost], [cast.lina]) == {"Joost Kramer": ("Lina Bakker", None)}


@pytest.mark.parametrize(
    ("people", "partners", "why"),
    [
        (["lina"], [], "met wie de gesprekken zijn"),
        (["lina"], ["lina"], "ten minste één ander"),
        (["lina", "joost"], ["noor"], "hooguit 1"),
    ],
)
def test_people_that_cannot_be(cast, draft, monkeypatch, people, partners, why):
    made = draft(cast.noor, [cast.sem])
    monkeypatch.setattr(season, "MOST_TALKS", 1)
    ids = [[member(getattr(cast, name), cast.home) for name in names] for names in (people, partners)]
    with pytest.raises(Refused, match=why):
        season.set_people(made.id, people=ids[0], partners=ids[1], asks="", by=cast.noor)
    assert list(plan_of(made)) == ["Sem de Wit"]


@pytest.mark.parametrize(("why", "sent"), [("al gepland", True), ("plan je voor een team", False)])
def test_what_was_sent_or_is_ones_own_no_more_does_not_change(cast, draft, why, sent):
    made = draft(cast.sem, [cast.lina])
    if sent:
        season.send(made.id, by=cast.sem)
    else:
        TeamMembership.objects.filter(membership__user=cast.sem).update(role=Role.PROFESSIONAL)
    times = {"length": 30, "pause": 0, "place": "Elders", "link": "", "blocks": [(DAY, DAY + HOUR)]}
    people = {"people": [member(cast.lina, cast.home)], "partners": [member(cast.sem, cast.home)], "asks": ""}
    verbs = [
        lambda: season.set_people(made.id, **people, by=cast.sem),
        lambda: season.set_times(made.id, **times, by=cast.sem),
        lambda: season.lay_out_anew(made.id, by=cast.sem),
        lambda: season.set_choices(made.id, {}, by=cast.sem),
    ]
    for verb in [*verbs, lambda: season.discard(made.id, by=cast.sem)] if sent else verbs:
        with pytest.raises(Refused, match=why):
            verb()
    made.refresh_from_db()
    assert made.place == "Wijkcentrum De Brug"


def test_a_season_is_of_who_makes_it_and_goes_with_a_place(cast, draft):
    made = draft(cast.noor, [cast.lina])
    with pytest.raises(Season.DoesNotExist):
        season.send(made.id, by=cast.pim)
    Season.objects.update(place="")
    with pytest.raises(Refused, match="waar de gesprekken zijn"):
        season.send(made.id, by=cast.noor)
    assert not Session.objects.exists()


def test_sending_plans_each_talk_and_invites_both_once(cast, draft):
    made = draft(cast.sem, [cast.lina, cast.joost], length=50)
    for _ in range(2):
        season.send(made.id, by=cast.sem)
    talks = list(Session.objects.filter(season=made).order_by("starts_at"))
    assert [
        (talk.state, talk.planned_by, talk.starts_at, talk.ends_at, talk.place, talk.participant_count)
        for talk in talks
    ] == [
        (State.PLANNED, cast.sem, start, start + timedelta(minutes=50), "Wijkcentrum De Brug", 2)
        for start in (DAY, DAY + timedelta(minutes=50))
    ]
    assert [(talk.with_leader, talk.small_with_leader, talk.sequence) for talk in talks] == [(True, True, 0)] * 2
    assert [sum(step.minutes for step in talk.steps.all()) for talk in talks] == [50, 50]
    template = ConversationTemplate.objects.published().get(slug="collegiaal-interview")
    assert [step.title for step in talks[0].steps.all()] == [step.title for step in template.steps.all()]
    assert talks[0].reminders.count() == template.reminders.count()
    places = Participant.objects.filter(session=talks[0]).order_by("user__name")
    assert [(place.user, place.leads, place.answer) for place in places] == [
        (cast.joost, False, ""),
        (cast.sem, True, "yes"),
    ]
    invited = Message.objects.filter(kind="invitation").values_list("about", "recipient")
    assert sorted(invited) == sorted(Participant.objects.values_list("session", "user"))
    made.refresh_from_db()
    assert (made.talk_count, made.talks.count(), made.blocks.count()) == (2, 0, 0)


def test_it_is_as_planning_one_by_one(cast, draft, plan):
    single = plan(cast.sem, "collegiaal-interview", [cast.lina], starts_at=DAY + 48 * HOUR)
    made = draft(cast.sem, [cast.joost], length=sum(step.minutes for step in single.steps.all()))
    season.send(made.id, by=cast.sem)
    talk = Session.objects.get(season=made)
    apart = {"id", "form_key", "season", "season_id", "starts_at", "ends_at", "created_at", "changed_at"}

    def values(one: Session) -> dict[str, object]:
        return {f.attname: getattr(one, f.attname) for f in Session._meta.fields if f.attname not in apart}

    assert values(talk) == values(Session.objects.get(id=single.id))
    steps = [list(one.steps.values_list("number", "title", "text", "minutes", "means")) for one in (single, talk)]
    assert steps[0] == steps[1]
    kinds = [sorted(Message.objects.filter(about=one.id).values_list("kind", flat=True)) for one in (single, talk)]
    assert kinds[0] == kinds[1]


def test_laid_out_around_what_people_have_already_also_what_the_planner_may_not_see(cast, draft, plan):
    plan(cast.lina, "collegiaal-interview", [cast.joost], starts_at=DAY)
    talk = Session.objects.get()
    Session.objects.update(ends_at=DAY + HOUR)
    assert not Session.objects.visible_to(cast.sem).exists()
    made = draft(cast.sem, [cast.joost, cast.lina])
    assert plan_of(made) == {"Joost Kramer": DAY + HOUR, "Lina Bakker": DAY + 2 * HOUR}
    # A typed moment that clashes says no more than that.
    assert move(made, cast.lina, DAY - HOUR / 2, by=cast.sem) == [reads.BUSY]
    with pytest.raises(Refused, match="iets veranderd"):
        season.send(made.id, by=cast.sem)
    assert Session.objects.filter(season=made).count() == 0
    # Saying no changes nothing: that would tell.
    talk.participants.update(answer="no")
    assert list(reads.troubles(made, Standing(cast.sem, cast.home), reads.talks_of(made)).values()) == [reads.BUSY]
    # Two that trade, and one in the other's hour.
    assert move(made, cast.lina, DAY + HOUR, by=cast.sem) == [reads.TWICE, reads.TWICE]
    assert move(made, cast.joost, DAY + 3 * HOUR, by=cast.sem) == []
    assert move(made, cast.joost, timezone.now() - HOUR, by=cast.sem) == [reads.PAST]
    assert move(made, cast.joost, timezone.now() + timedelta(days=800), by=cast.sem) == [reads.FAR]


def test_the_pause_also_holds_beside_what_ends_before_a_block_and_begins_after_it(cast, draft, plan):
    for who, starts_at in ((cast.joost, DAY - HOUR), (cast.lina, DAY + 4 * HOUR)):
        before = plan(who, "gesprek-met-bestuurder", [cast.noor], starts_at=starts_at)
        Session.objects.filter(id=before.id).update(ends_at=starts_at + HOUR)
    made = draft(cast.noor, [cast.joost, cast.lina])
    times = {"length": 60, "pause": 30, "place": "Hier", "link": "", "blocks": [(DAY, DAY + 4 * HOUR)]}
    season.set_times(made.id, **times, by=cast.noor)
    assert plan_of(made) == {"Joost Kramer": DAY + HOUR / 2, "Lina Bakker": DAY + 2 * HOUR}
    season.set_times(made.id, **times | {"length": 100}, by=cast.noor)
    assert plan_of(made) == {"Lina Bakker": None, "Joost Kramer": DAY + HOUR / 2}


def test_a_template_that_got_more_steps_than_minutes_is_not_sent(cast, draft):
    made = draft(cast.sem, [cast.lina], length=10)
    template = made.template
    for number in range(template.steps.count() + 1, 12):
        template.steps.create(number=number, title="Nog een stap", minutes=5)
    with pytest.raises(Refused, match="Zo kort kan niet"):
        season.send(made.id, by=cast.sem)
    assert not Session.objects.filter(season=made).exists()


def test_what_was_changed_by_hand_stays_until_all_is_laid_out_anew(cast, draft):
    made = draft(cast.sem, [cast.joost, cast.lina])
    assert move(made, cast.lina, DAY, by=cast.sem) == [reads.TWICE, reads.TWICE]
    times = {"length": 60, "pause": 0, "place": "Hier", "link": ""}
    season.set_times(made.id, **times, blocks=[(DAY, DAY + 2 * HOUR)], by=cast.sem)
    assert plan_of(made) == {"Joost Kramer": DAY + HOUR, "Lina Bakker": DAY}
    season.lay_out_anew(made.id, by=cast.sem)
    assert plan_of(made) == {"Joost Kramer": DAY, "Lina Bakker": DAY + HOUR}
    season.set_times(made.id, **times, blocks=[(DAY, DAY + HOUR)], by=cast.sem)
    assert plan_of(made) == {"Lina Bakker": None, "Joost Kramer": DAY}
    # Who has a moment by hand takes no room in the blocks.
    assert move(made, cast.joost, DAY + 3 * HOUR, by=cast.sem) == []
    season.set_times(made.id, **times, blocks=[(DAY, DAY + HOUR)], by=cast.sem)
    assert plan_of(made) == {"Lina Bakker": DAY, "Joost Kramer": DAY + 3 * HOUR}
    move(made, cast.lina, None, by=cast.sem)
    season.send(made.id, by=cast.sem)
    assert [talk.participant_count for talk in Session.objects.filter(season=made)] == [2]


def test_each_block_is_laid_out_around_what_people_have(cast, draft, plan):
    plan(cast.lina, "collegiaal-interview", [cast.joost], starts_at=DAY + 24 * HOUR)
    Session.objects.update(ends_at=DAY + 25 * HOUR)
    blocks = [(DAY, DAY + HOUR / 2), (DAY + 24 * HOUR, DAY + 26 * HOUR)]
    made = draft(cast.sem, [cast.joost], blocks=blocks)
    assert plan_of(made) == {"Joost Kramer": DAY + 25 * HOUR}
    Session.objects.update(state=State.CANCELLED)
    season.lay_out_anew(made.id, by=cast.sem)
    assert plan_of(made) == {"Joost Kramer": DAY + 24 * HOUR}


def test_only_another_moment_is_by_hand_and_a_partner_is_one_of_the_season(cast, draft):
    made = draft(cast.noor, [cast.lina, cast.joost, cast.member("Fatma")], partners=[cast.noor, cast.pim])
    talk = SeasonTalk.objects.get(season=made, member__user=cast.lina)

    def choose(starts_at: datetime | None, partner: User) -> tuple[User, bool]:
        choice = season.Choice(starts_at, member(partner, cast.home))
        season.set_choices(made.id, {talk.id: choice}, by=cast.noor)
        now = SeasonTalk.objects.get(id=talk.id)
        return now.partner.user, now.by_hand

    later = DAY + 3 * HOUR
    choices = [(talk.starts_at, cast.sem), (talk.starts_at, cast.pim), (later, cast.pim), (later, cast.noor)]
    assert [choose(*choice) for choice in choices] == [
        (cast.noor, False),
        (cast.pim, False),
        (cast.pim, True),
        (cast.noor, True),
    ]


@pytest.mark.parametrize(
    ("blocks", "sentence"),
    [
        ([], "ten minste één blok"),
        ([(datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC))], "al begonnen of voorbij"),
        ([(DAY + timedelta(days=900), DAY + timedelta(days=901))], "twee jaar"),
        ([(DAY + n * timedelta(days=1), DAY + n * timedelta(days=1) + HOUR) for n in range(101)], "hooguit 100"),
    ],
)
def test_blocks_that_cannot_be(cast, draft, blocks, sentence):
    made = draft(cast.sem, [cast.lina])
    times = {"pause": 0, "place": "Hier", "link": ""}
    with pytest.raises(Refused, match=sentence):
        season.set_times(made.id, length=60, blocks=blocks, by=cast.sem, **times)
    with pytest.raises(Refused, match="Zo kort kan niet"):
        season.set_times(made.id, length=5, blocks=[(DAY, DAY + HOUR)], by=cast.sem, **times)


def test_people_who_leave_and_join_between_laying_out_and_sending(cast, draft):
    fatma = cast.member("Fatma")
    made = draft(cast.noor, [cast.lina, cast.joost], partners=[fatma])
    other = draft(cast.noor, [fatma], blocks=[(DAY + 24 * HOUR, DAY + 26 * HOUR)])
    end_membership(member(cast.joost, cast.home), by=cast.joost)
    assert list(plan_of(made)) == ["Lina Bakker"]
    end_membership(member(fatma, cast.home), by=fatma)
    assert list(reads.troubles(made, Standing(cast.noor, cast.home), reads.talks_of(made)).values()) == [reads.NOBODY]
    with pytest.raises(Refused, match="iets veranderd"):
        season.send(made.id, by=cast.noor)
    with pytest.raises(Refused, match="nog geen gesprek"):
        season.send(other.id, by=cast.noor)
    season.set_people(
        made.id, people=[member(cast.lina, cast.home)], partners=[member(cast.noor, cast.home)], asks="", by=cast.noor
    )
    season.send(made.id, by=cast.noor)
    assert Session.objects.filter(season=made).count() == 1


def test_a_leader_who_leads_no_more_or_left(cast, draft):
    made = draft(cast.sem, [cast.lina])
    place = TeamMembership.objects.get(membership__user=cast.sem)
    place.role = Role.PROFESSIONAL
    place.save()
    with pytest.raises(Refused, match="leidinggevende of bestuurder"):
        season.send(made.id, by=cast.sem)
    Membership.objects.create(user=cast.sem, organisation=cast.elsewhere, role=Role.PLANNER)
    there = draft_season(cast.sem, cast.elsewhere, [cast.tess])
    end_membership(member(cast.sem, cast.home), by=cast.sem)
    assert list(Season.objects.all()) == [there]
    with pytest.raises(Season.DoesNotExist):
        season.send(made.id, by=cast.sem)


def test_who_is_out_of_reach_since_is_told(cast, draft):
    made = draft(cast.sem, [cast.lina])

    def wrong(partner: User) -> list[str]:
        SeasonTalk.objects.update(partner=member(partner, cast.home))
        return list(reads.troubles(made, Standing(cast.sem, cast.home), reads.talks_of(made)).values())

    assert [wrong(cast.joost), wrong(cast.sem)] == [[reads.OUT], []]
    TeamMembership.objects.filter(membership__user=cast.lina).delete()
    assert wrong(cast.sem) == [reads.OUT]


def test_a_closed_team_is_no_own_team(cast, draft):
    made = draft(cast.sem, [cast.lina])
    Team.objects.update(closed_at=timezone.now())
    with pytest.raises(Refused, match="leidinggevende of bestuurder"):
        season.send(made.id, by=cast.sem)


def test_newcomers_each_with_somebody_out_of_their_team(cast, draft):
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    Membership.objects.update(since=timezone.now() - timedelta(days=400))
    yara, anna, bram = cast.member("Yara", south), cast.member("Anna", south), cast.member("Bram")
    Membership.objects.filter(user=anna).update(since=timezone.now() - timedelta(days=400))
    standing = Standing(cast.noor, cast.home)
    new = reads.newcomers(reads.people(standing, Kind.INWERK), timezone.now())
    assert set(new.values_list("user__name", flat=True)) == {"Yara", "Bram"}
    made = draft(
        cast.noor, [yara, bram], partners=[cast.lina, anna], slug="inwerkinterview", blocks=[(DAY, DAY + HOUR)]
    )
    assert made.asks == ""  # as chosen
    found = {talk.member.user.name: talk.partner.user.name for talk in reads.talks_of(made) if talk.partner}
    assert found == {"Yara": "Anna", "Bram": "Lina Bakker"}
    assert plan_of(made) == {"Yara": DAY, "Bram": DAY}
    Season.objects.update(asks="member")
    season.send(made.id, by=cast.noor)
    parts = Participant.objects.filter(session__season=made).values_list("user__name", "part")
    assert set(parts) == {
        ("Yara", "interviewer"),
        ("Anna", "interviewee"),
        ("Bram", "interviewer"),
        ("Lina Bakker", "interviewee"),
    }


@pytest.mark.parametrize(
    ("slug", "partner", "whom"),
    [
        ("gesprek-met-leidinggevende", "joost", "een leidinggevende of bestuurder"),
        ("gesprek-met-bestuurder", "sem", "een bestuurder"),
    ],
)
def test_a_kind_that_asks_for_a_leader_has_one_in_each_talk(cast, draft, slug, partner, whom):
    made = draft(cast.pim, [cast.lina], partners=[getattr(cast, partner)], slug=slug)
    assert list(reads.troubles(made, Standing(cast.pim, cast.home), reads.talks_of(made)).values()) == [
        f"Bij dit gesprek hoort {whom}. Kies er een."
    ]


def test_once_sent_nothing_by_person_is_left_for_the_planner(cast, draft, client_of):
    made = draft(cast.noor, [cast.lina, cast.joost], partners=[cast.sem])
    season.send(made.id, by=cast.noor)
    page = reverse("season", args=[made.id])
    noor, sem = client_of(cast.noor), client_of(cast.sem)
    assert "Lina Bakker" in noor.get(page).content.decode()
    assert sem.get(page).status_code == 404
    Session.objects.update(starts_at=timezone.now() - HOUR / 2, ends_at=timezone.now() + HOUR / 2)
    text = noor.get(page).content.decode()
    assert [name in text for name in ("Lina", "Joost", "Sem")] == [False] * 3
    assert "2 gesprekken zijn gepland" in text
    assert not SeasonTalk.objects.exists()


def test_progress_in_words(cast, draft, client_of):
    made = draft(cast.sem, [cast.lina, cast.joost])
    season.send(made.id, by=cast.sem)
    page, sem = reverse("season", args=[made.id]), client_of(cast.sem)
    assert "0 van 4 uitnodigingen verstuurd" in sem.get(page).content.decode()
    mails = list(Message.objects.filter(kind="invitation").values_list("id", flat=True))
    for pk, state in zip(mails, (Mail.SENT, Mail.FAILED, Mail.OBSOLETE, Mail.QUEUED), strict=True):
        Message.objects.filter(id=pk).update(state=state, sent_at=timezone.now() if state == Mail.SENT else None)
    assert reads.progress(made) == reads.Progress(sent=1, waiting=1, failed=1, dropped=1)
    Season.objects.update(sent_at=timezone.now() - HOUR)
    text = sem.get(page).content.decode()
    for sentence in ("1 van 3 uitnodigingen", "langer dan gewoon", "1 mail kon niet", "1 mail was niet meer nodig"):
        assert sentence in text
    Message.objects.update(state=Mail.SENT, sent_at=timezone.now())
    text = sem.get(page).content.decode()
    assert ("De uitnodigingen zijn weg" in text, "data-refresh" in text) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_two_seasons_at_once_never_plan_somebody_twice(cast, draft):
    """Two planners with the same people and hours, and each with a double click."""
    made = [
        draft(by, [cast.lina, cast.joost], partners=[by], blocks=[(DAY, DAY + 2 * HOUR)])
        for by in (cast.noor, cast.pim)
    ]
    barrier, said = Barrier(4), []

    def send(one: Season) -> None:
        barrier.wait()
        try:
            said.append(season.send(one.id, by=one.planned_by).id)
        except Refused as refused:
            said.append(refused.message[:20])
        finally:
            connection.close()

    threads = [Thread(target=send, args=[one]) for one in made * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, said)) == sorted(
        [*[str(Session.objects.first().season_id)] * 2, *["Er is iets veranderd"] * 2]
    )
    assert (Session.objects.count(), Message.objects.filter(kind="invitation").count()) == (2, 4)


def test_as_many_queries_for_thirty_talks_as_for_two(cast, draft, client_of):
    sem = client_of(cast.sem)

    def counts(people: list[User]) -> list[int]:
        blocks = [(DAY + n * 24 * HOUR, DAY + n * 24 * HOUR + 5 * HOUR) for n in range(6)]
        made = draft(cast.sem, people, blocks=blocks)
        found = []
        calls = [
            lambda: season.lay_out_anew(made.id, by=cast.sem),
            lambda: sem.get(reverse("season_who", args=[made.id])),
            lambda: sem.get(reverse("season_when", args=[made.id])),
            lambda: sem.get(reverse("season", args=[made.id])),
            lambda: sem.get(reverse("season_check", args=[made.id])),
            lambda: season.send(made.id, by=cast.sem),
            lambda: sem.get(reverse("season", args=[made.id])),
        ]
        for call in calls:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                call()
            found.append(len(queries))
        assert Session.objects.filter(season=made).count() == len(people)
        Session.objects.update(starts_at=DAY - 48 * HOUR, ends_at=DAY - 47 * HOUR)
        return found

    few, many = counts([cast.lina, cast.joost]), counts(add_people([cast.north], 30))
    assert many == few
    assert max(many) <= 40


def times(**changes: str) -> dict[str, str]:
    """What the page of the times sends, with one block."""
    blocks = {"blok-TOTAL_FORMS": "3", "blok-INITIAL_FORMS": "0", "blok-0-day": "2027-03-09"}
    hours = {"blok-0-begins": "13:00", "blok-0-ends": "15:00", "blok-0-weeks": "1"}
    return {"length": "60", "pause": "0", "place": "De Brug", "link": "", **blocks, **hours, **changes}


NO_BLOCK = {"blok-0-day": "", "blok-0-begins": "", "blok-0-ends": ""}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"place": "x" * 10_000}, "200 tekens"),
        ({"place": ""}, "Vul in waar het is, of geef een link."),
        ({"length": "5"}, "Kies ten minste 10 minuten."),
        ({"blok-0-ends": "12:00"}, "Het einde ligt niet na het begin."),
        ({"blok-0-day": ""}, "Vul ook een dag in."),
        ({"blok-0-day": "2020-01-01"}, "al begonnen of voorbij"),
        ({"blok-0-day": "2027-03-21", "blok-0-begins": "02:30", "blok-0-weeks": "2"}, "28-3-2027: In deze nacht"),
        (NO_BLOCK, "Vul ten minste één blok tijd in."),
        ({**NO_BLOCK, "place": ""}, "Vul ten minste één blok tijd in."),  # with the place, in one go
    ],
)
def test_times_that_cannot_be_are_told_and_what_was_typed_stays(cast, draft, client_of, changes, sentence):
    made = draft(cast.sem, [cast.lina])
    typed = times(**{"pause": "7", **changes})
    text = client_of(cast.sem).post(reverse("season_when", args=[made.id]), typed).content.decode()
    assert sentence in text
    assert 'name="pause" value="7"' in text


@pytest.mark.parametrize(("changes", "kept"), [({"blok-0-ends": ""}, True), (NO_BLOCK, False)])
def test_more_blocks_are_no_reason_to_complain(cast, draft, client_of, changes, kept):
    made = draft(cast.sem, [cast.lina])
    typed = times(**{"place": "", "meer": "1", **changes})
    text = client_of(cast.sem).post(reverse("season_when", args=[made.id]), typed).content.decode()
    assert ("Er klopt nog iets niet" in text, 'id="id_blok-5-day"' in text, 'value="13:00"' in text) == (
        False,
        True,
        kept,
    )


def test_drafts_that_nobody_sends_do_not_stay(cast, draft):
    _old, new, sent = (draft(cast.sem, [cast.lina], blocks=[(DAY + n * HOUR, DAY + (n + 1) * HOUR)]) for n in range(3))
    season.send(sent.id, by=cast.sem)
    Season.objects.exclude(id=new.id).update(created_at=timezone.now() - timedelta(days=91))
    assert season.forget_due() == 1
    assert set(Season.objects.all()) == {new, sent}


def test_a_block_that_comes_back_keeps_its_hour_by_the_clock(cast, draft, client_of):
    made = draft(cast.sem, [cast.lina])
    typed = times(**{"blok-0-day": "2027-03-23", "blok-0-weeks": "2"})
    page = client_of(cast.sem).post(reverse("season_when", args=[made.id]), typed)
    assert page.headers["Location"] == reverse("season", args=[made.id])
    assert [block.starts_at for block in made.blocks.all()] == [
        datetime(2027, 3, 23, 12, tzinfo=UTC),
        datetime(2027, 3, 30, 11, tzinfo=UTC),
    ]


def test_changing_the_plan_by_typing(cast, draft, client_of):
    fatma = cast.member("Fatma")
    made = draft(cast.noor, [cast.lina, fatma], partners=[cast.joost, fatma])
    noor, page = client_of(cast.noor), reverse("season", args=[made.id])
    talks = {talk.member.user: talk for talk in reads.talks_of(made)}
    first, other = (f"moment-{talks[user].id.hex}" for user in (cast.lina, fatma))
    typed = {f"{first}_datum": "2027-03-10", f"{first}_tijd": "14:00", f"{other}_datum": "", f"{other}_tijd": ""}
    partners = {f"met-{talk.id.hex}": str(talk.partner_id) for talk in talks.values()}
    text = noor.post(page, {**typed, **partners, f"{first}_tijd": "25:00"}).content.decode()
    assert ("Dit is geen tijd." in text, 'value="25:00"' in text) == (True, True)
    themselves = {f"met-{talks[fatma].id.hex}": str(talks[fatma].member_id)}
    assert "niet met zichzelf spreken" in noor.post(page, {**typed, **partners, **themselves}).content.decode()
    onward = noor.post(page, {**typed, **partners, "naar": "wie"}).headers["Location"]
    assert onward == reverse("season_who", args=[made.id])
    assert plan_of(made) == {"Fatma": None, "Lina Bakker": datetime(2027, 3, 10, 13, tzinfo=UTC)}
    full = {f"{other}_datum": "2027-03-10", f"{other}_tijd": "16:00"}
    for filled, says in ((full, "Bewaard. Zo past het."), ({}, "Bewaard. Wat is ingevuld, past.")):
        kept = noor.post(page, {**typed, **filled, **partners, "naar": "plan"}, follow=True).content.decode()
        assert f">{says}<" in kept
    check = noor.post(page, {**typed, **partners}).headers["Location"]
    assert "Deze mensen krijgen nu geen gesprek" in noor.get(check).content.decode()
    noor.post(check, {"x": "x"})
    # Back in the browser, and once more.
    assert noor.post(page, {**typed, **partners}).status_code == 200
    assert noor.post(check, {"x": "x"}).headers["Location"] == page
    assert Session.objects.filter(season=made).count() == 1


def test_trying_moments_has_an_end(cast, draft, client_of, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "season": "2/h/user"}
    made, sem = draft(cast.sem, [cast.lina]), client_of(cast.sem)
    page, again = reverse("season_when", args=[made.id]), reverse("season_again", args=[made.id])
    assert [sem.post(page, times()).status_code for _ in range(3)] == [302, 302, 200]
    assert "heel vaak nakijken" in sem.post(page, times()).content.decode()
    assert "heel vaak nakijken" in sem.post(again, follow=True).content.decode()
    # Other people at a moment that stays are tried as well.
    whom = {"people": [str(member(cast.joost, cast.home))], "company": "me", "asks": ""}
    answer = sem.post(reverse("season_who", args=[made.id]), whom)
    assert (answer.status_code, "heel vaak nakijken" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize(
    ("minutes", "length", "fitted"),
    [
        ([10, 15, 20, 15, 10, 5], 75, [10, 15, 20, 15, 10, 5]),
        ([10, 15, 20, 15, 10, 5], 60, [8, 12, 16, 12, 8, 4]),
        ([1, 1, 100], 10, [1, 1, 8]),
        ([1, 1, 1], 3, [1, 1, 1]),
        ([90], 45, [45]),
        ([], 60, []),
    ],
)
def test_steps_are_made_to_fit(minutes, length, fitted):
    assert from_template.fitted(minutes, length) == fitted
