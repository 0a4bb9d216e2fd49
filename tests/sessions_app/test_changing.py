"""Other people, other steps, calling off with a reason, and handing over: one mail to whom it concerns."""

from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

from lerend.mail.models import Message
from organisations.domain.errors import Refused
from organisations.models import Membership, Role, Team, TeamMembership, User
from sessions_app.domain import changes, holding, series
from sessions_app.domain.company import change_people
from sessions_app.domain.contributions import Words, record_contribution
from sessions_app.domain.planning import StepChange
from sessions_app.models import Answer, Audience, Contribution, Part, Removal, Session, State
from sessions_app.queries import keeping
from sessions_app.queries.recurrence import Repeat
from sessions_app.queries.series import Which
from tests.conftest import PLAN_AT

MINUTE = timedelta(minutes=1)


def membership(user, organisation=None):
    places = Membership.objects.filter(user=user)
    return (places.filter(organisation=organisation) if organisation else places).get().id


def told(mailoutbox, user) -> list[str]:
    """What the last mail about a change told ``user``."""
    mail = [mail for mail in mailoutbox if mail.to == [user.email] and mail.subject.startswith("Gewijzigd")][-1]
    return [line[2:] for line in mail.body.splitlines() if line.startswith("- ")]


def answers(session) -> dict[str, str]:
    return {place.user.name.split()[0]: place.answer for place in session.participants.select_related("user")}


def yes(session, *users):
    session.participants.filter(user__in=users).update(answer=Answer.YES)


def test_in_a_talk_of_two_one_takes_the_place_of_another(cast, plan, post, mailoutbox):
    fatma = cast.member("Fatma Yildiz")
    session = plan(cast.lina, "collegiaal-interview", [cast.joost], interviews=False)
    yes(session, cast.joost)
    post()
    change_people(session.id, out=[cast.joost.id], people=[membership(fatma)], by=cast.lina)
    assert sorted(begin for _, begin in post()) == ["Gewijzigd", "Je doet niet meer mee", "Uitnodiging"]
    places = dict(session.participants.values_list("user__name", "part"))
    assert places == {"Fatma Yildiz": Part.INTERVIEWER, "Lina Bakker": Part.INTERVIEWEE}
    assert answers(session) == {"Fatma": "", "Lina": "yes"}
    assert told(mailoutbox, cast.lina) == ["Fatma Yildiz doet mee. Joost Kramer doet niet meer mee."]
    last = {mail.to[0].split("@")[0]: mail.subject.split(":")[0] for mail in mailoutbox}
    assert (last["joost"], last[fatma.email.split("@")[0]]) == ("Je doet niet meer mee", "Uitnodiging")
    # Among three nobody is the one who asks.
    change_people(session.id, people=[membership(cast.joost)], by=cast.lina)
    assert list(session.participants.values_list("part", flat=True)) == [Part.MEMBER] * 3


def test_who_comes_back_within_five_minutes_hears_nothing(cast, plan, post):
    fatma = cast.member("Fatma Yildiz")
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    post()
    change_people(session.id, out=[cast.joost.id], people=[membership(fatma)], by=cast.lina)
    change_people(session.id, out=[fatma.id], people=[membership(cast.joost)], by=cast.lina)
    assert (post(), list(Removal.objects.values_list("user", flat=True))) == ([], [fatma.id])
    reminded = Message.objects.filter(about=session.id, kind="reminder", state="queued")
    assert set(reminded.values_list("recipient", flat=True)) == {cast.lina.id, cast.joost.id}


def test_a_leader_who_joins_makes_it_another_talk_for_everyone(cast, plan, post, mailoutbox):
    people = [cast.member(name) for name in ("Fatma", "Bram", "Zoë")]
    session = plan(cast.noor, "teamdagdeel", [cast.lina, cast.joost, *people], join=False)
    yes(session, cast.lina, *people)
    session.participants.filter(user=cast.joost).update(answer=Answer.NO)
    post()
    bo = cast.member("Bo")
    change_people(session.id, people=[membership(bo)], by=cast.noor)
    assert post() == [(bo.email.split("@")[0], "Uitnodiging")]
    assert (answers(session)["Lina"], session.participants.get(user=cast.lina).leads) == ("yes", False)
    holding.confirm_purpose(session.id, by=cast.lina)
    change_people(session.id, people=[membership(cast.sem)], by=cast.noor)
    assert [begin for _, begin in post()].count("Gewijzigd") == 6
    assert set(answers(session).values()) == {""}
    assert session.participants.exclude(purpose_confirmed_at=None).count() == 0
    session.refresh_from_db()
    assert (session.with_leader, session.small_with_leader, session.participant_count) == (True, False, 7)
    assert told(mailoutbox, cast.joost) == [
        "Sem de Wit doet mee. Sem de Wit is leidinggevende of bestuurder. Daarom zeggen jullie bij het begin eerst "
        "waar het gesprek voor is: inspiratie en ontwikkeling, nooit beoordelen."
    ]


def test_only_whom_the_planner_may_choose_joins_and_who_is_in_may_stay(cast, plan):
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    other = cast.member("Omar", south)
    TeamMembership.objects.filter(membership__user=cast.lina).delete()
    for user, team in ((other, None), (cast.tess, None), (None, south), (None, cast.away)):
        chosen = {"people": [membership(user)] if user else [], "teams": [team.id] if team else []}
        with pytest.raises(Refused, match="hoort niet meer bij"):
            change_people(session.id, **chosen, by=cast.sem)
    new = cast.member("Bo")
    change_people(session.id, teams=[cast.north.id], by=cast.sem)
    assert set(answers(session)) == {"Bo", "Joost", "Lina", "Sem"}
    assert session.participants.get(user=new).team == cast.north


@pytest.mark.parametrize(
    ("out", "people", "why"),
    [
        (["lina"], [], "Dit gesprek plan je voor jezelf"),
        (["joost"], [], "Een gesprek voer je met iemand"),
        ([], ["noor", "sem"], "voor twee of drie mensen"),
    ],
)
def test_what_cannot_stand_is_refused_and_changes_nothing(cast, plan, out, people, why):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    chosen = [membership(getattr(cast, name)) for name in people]
    with pytest.raises(Refused, match=why):
        change_people(session.id, out=[getattr(cast, name).id for name in out], people=chosen, by=cast.lina)
    session.refresh_from_db()
    assert (set(answers(session)), session.sequence) == ({"Lina", "Joost"}, 0)


def test_a_planner_for_others_steps_in_and_out(cast, plan):
    session = plan(cast.noor, "gesprek-met-bestuurder", [cast.sem])
    with pytest.raises(Refused, match="hoort een bestuurder"):
        change_people(session.id, out=[cast.noor.id], people=[membership(cast.lina)], by=cast.noor)
    talk = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    change_people(talk.id, join=True, by=cast.pim)
    assert answers(talk) == {"Lina": "", "Joost": "", "Pim": "yes"}
    change_people(talk.id, out=[cast.pim.id], by=cast.pim)
    assert set(answers(talk)) == {"Lina", "Joost"}
    # Nor do they come along with a team of their own.
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    cast.member("Bo", south)
    TeamMembership.objects.create(team=south, membership_id=membership(cast.pim), role=Role.PROFESSIONAL)
    day = plan(cast.pim, "teamdagdeel", teams=[cast.north], join=False)
    change_people(day.id, teams=[south.id], by=cast.pim)
    assert set(answers(day)) == {"Lina", "Joost", "Sem", "Bo"}


def test_the_associatie_changes_its_audit(cast, plan):
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    cast.member("Zoë", south)
    cast.member("Ward", cast.away)
    session = plan(cast.aart, "audit", teams=[cast.north, south])
    out = [place.user_id for place in session.participants.filter(team=south)]
    with pytest.raises(Refused, match="ten minste twee teams"):
        change_people(session.id, out=out, by=cast.aart)
    change_people(session.id, out=out, teams=[cast.away.id], join=True, by=cast.aart)
    # Who only plans it as a guest of the organisation is not among them.
    assert set(session.participants.values_list("team__name", flat=True)) == {"Team Noord", "Team Verderop"}
    session.refresh_from_db()
    assert session.with_leader


def test_steps_in_another_order_with_a_new_one_move_the_end(cast, plan, post, mailoutbox):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    yes(session, cast.joost)
    post()
    first, *rest = session.steps.all()
    laid = [StepChange(step.id, step.title, step.minutes) for step in rest]
    laid.append(StepChange(first.id, "Weg", 5, keep=False))
    changes.change_steps(session.id, steps=[*laid, StepChange(None, "Samen <b>eten</b> 🍲", 30)], by=cast.lina)
    assert [(step.number, step.title) for step in session.steps.all()] == [
        *((number, step.title) for number, step in enumerate(rest, start=1)),
        (len(rest) + 1, "Samen <b>eten</b> 🍲"),
    ]
    session.refresh_from_db()
    assert session.ends_at - session.starts_at == timedelta(minutes=sum(step.minutes for step in rest) + 30)
    assert answers(session)["Joost"] == "yes"
    assert [begin for _, begin in post()] == ["Gewijzigd", "Gewijzigd"]
    assert told(mailoutbox, cast.joost)[-1] == (
        f"Het programma is anders. Nieuw: “Samen <b>eten</b> 🍲”. Vervallen: “{first.title}”."
    )
    with pytest.raises(Refused, match="ten minste één stap"):
        changes.change_steps(session.id, steps=[], by=cast.lina)
    with pytest.raises(Refused, match="twaalf uur"):
        changes.change_steps(session.id, steps=[StepChange(None, "Lang", 480)] * 2, by=cast.lina)


def test_what_did_not_take_place_is_told_as_what_is_past(cast, plan, post, mailoutbox, client_of):
    """Who plans says so afterwards, so that nobody is asked to close it; who reads it need not wonder when it is."""
    alone = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    first = plan(
        cast.sem, "teamdagdeel", teams=[cast.north], repeat=Repeat(1, 2), starts_at=PLAN_AT + timedelta(days=1)
    )
    post()
    post(timedelta(days=60))  # the second of the series is still to come
    assert Session.objects.get(occurrence=1).over is False
    mailoutbox.clear()
    address = reverse("session_cancel", args=[alone.id])
    sem = client_of(cast.sem)
    assert "Ging het niet door?" in sem.get(address).content.decode()
    page = sem.post(address, follow=True).content.decode()
    assert ("Het gesprek ging niet door." in page, "Dit gesprek ging niet door" in page) == (True, True)
    assert set(post(timedelta(0))) == {
        ("lina", "Niet doorgegaan"),
        ("joost", "Niet doorgegaan"),
        ("sem", "Niet doorgegaan"),
    }
    assert "Dit gesprek ging niet door:\n\nTeamdagdeel\ndinsdag 9 maart 2027" in mailoutbox[0].body
    changes.cancel(first.id, by=cast.sem)
    post()
    assert "Ging niet door:\n- woensdag 10 maart 2027, 10.00 tot 13.00 uur\n" in mailoutbox[-1].body
    post(timedelta(days=7))
    changes.cancel(Session.objects.get(occurrence=1).id, by=cast.sem)
    assert set(post(timedelta(0))) == {
        ("lina", "Niet doorgegaan"),
        ("joost", "Niet doorgegaan"),
        ("sem", "Niet doorgegaan"),
    }
    assert "Dit gesprek ging niet door:" in mailoutbox[-1].body


def test_what_was_recorded_for_others_is_not_taken_from_them(cast, plan, post):
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    post(session.starts_at - timezone.now() + timedelta(minutes=5))
    for audience in (Audience.PRIVATE, Audience.PRESENT):
        record_contribution(session.id, Words(text="Een gedachte", audience=audience), by=cast.lina)
    with pytest.raises(Refused, match="is al iets vastgelegd"):
        changes.cancel(session.id, by=cast.sem)
    Contribution.objects.exclude(audience=Audience.PRIVATE).delete()
    assert changes.cancel(session.id, by=cast.sem).state == State.CANCELLED


def test_why_it_is_off_is_told_to_who_was_reached_and_kept_a_month(cast, plan, post, mailoutbox):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    post()
    mailoutbox.clear()
    changes.cancel(session.id, because=" De zaal <b>lekt</b>. 🙈\nTot later! ", by=cast.lina)
    changes.cancel(session.id, because="Toch niet.", by=cast.lina)
    assert post(timedelta(0)) == [("joost", "Gaat niet door"), ("lina", "Gaat niet door")]
    html = mailoutbox[0].alternatives[0][0]
    assert "Lina Bakker schreef erbij:\n\nDe zaal <b>lekt</b>. 🙈\nTot later!" in mailoutbox[0].body
    assert "De zaal &lt;b&gt;lekt&lt;/b&gt;. 🙈<br>Tot later!" in html
    over = PLAN_AT + timedelta(hours=12)
    changes.telling.forget_due(over + timedelta(days=29))
    assert Session.objects.get().called_off_because == "De zaal <b>lekt</b>. 🙈\nTot later!"
    changes.telling.forget_due(over + timedelta(days=31))
    assert Session.objects.get().called_off_because is None


def heirs(session, user) -> list[str]:
    return [heir.name.split()[0] for heir in keeping.heirs(session, user)]


def test_a_small_talk_stays_among_those_who_know_of_it(cast, plan):
    asked = plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem])
    arranged = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    own = plan(cast.noor, "gesprek-met-bestuurder", [cast.sem])
    of_three = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost, cast.sem], join=False)
    found = [heirs(asked, cast.lina), heirs(arranged, cast.pim), heirs(own, cast.noor), heirs(of_three, cast.pim)]
    assert found == [["Sem"], ["Joost", "Lina", "Noor"], ["Sem"], ["Joost", "Lina", "Noor", "Sem"]]


def test_a_larger_talk_goes_to_who_may_plan_with_its_teams(cast, plan):
    cast.member("Bo")
    cast.member("Bea", role=Role.LEIDINGGEVENDE)
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    cast.member("Zoë", south, Role.LEIDINGGEVENDE)
    cast.member("Omar", south)
    own = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    both = plan(cast.noor, "audit", teams=[cast.north, south], join=False)
    across = plan(cast.aart, "audit", teams=[cast.north, south, cast.away])
    found = [heirs(own, cast.sem), heirs(both, cast.noor), heirs(across, cast.aart)]
    assert found == [["Bea", "Noor", "Pim"], ["Pim"], []]


def test_what_a_larger_talk_asks_of_who_gets_it(cast, plan):
    """Running each organisation in it or, for talks of teams, leading all its teams; a guide's side is none."""
    cast.member("Fatma")
    both = cast.member("Bo", cast.away)
    Membership.objects.filter(user=both).update(role=Role.BESTUURDER)
    for user in (both, cast.pim):
        other = cast.elsewhere if user == cast.pim else cast.home
        Membership.objects.create(user=user, organisation=other, role=Role.PLANNER)
    across = plan(cast.pim, "audit", teams=[cast.north, cast.away], join=False)
    whole = plan(cast.noor, "organisatiedagdeel", teams=[cast.north], join=False)
    day = plan(cast.noor, "teamdagdeel", teams=[cast.north], join=False)
    day.participants.create(user=cast.ilse, part=Part.GUIDE)
    found = [heirs(across, cast.pim), heirs(whole, cast.noor), heirs(day, cast.noor)]
    assert found == [["Bo"], ["Bo", "Pim"], ["Bo", "Pim", "Sem"]]
    Team.objects.filter(id=cast.north.id).update(closed_at=PLAN_AT)
    assert heirs(day, cast.noor) == ["Bo", "Pim"]


def test_a_guest_hands_an_audit_to_colleagues_or_within_the_organisation(cast, plan):
    anna = cast.member("Anna", cast.away)
    anna.groups.add(*cast.aart.groups.all())
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    cast.member("Omar", south)
    here = plan(cast.aart, "audit", teams=[cast.north, south])
    small = plan(cast.aart, "audit", teams=[south, cast.away])
    assert [heirs(here, cast.aart), heirs(small, cast.aart)] == [["Anna"], ["Anna", "Omar"]]
    TeamMembership.objects.create(team=south, membership_id=membership(cast.sem), role=Role.LEIDINGGEVENDE)
    assert heirs(here, cast.aart) == ["Anna", "Sem"]
    changes.hand_over(here.id, to=cast.sem.id, by=cast.aart)
    # Back to whom it came from, though a leader gives no audit to the Associatie.
    assert heirs(Session.objects.get(id=here.id), cast.sem) == ["Aart", "Noor", "Pim"]
    # A talk that is no audit is nobody's there.
    cast.member("Fatma")
    Membership.objects.create(user=cast.aart, organisation=cast.home, role=Role.PLANNER)
    day = plan(cast.aart, "teamdagdeel", teams=[cast.north], join=False)
    assert heirs(day, cast.aart) == ["Noor", "Pim", "Sem"]


def test_who_left_or_plans_no_more_gets_nothing(cast, plan, post):
    session = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    post()
    changes.hand_over(session.id, to=cast.noor.id, by=cast.pim)
    post()
    changes.hand_over(session.id, to=cast.lina.id, by=cast.noor)
    session.refresh_from_db()
    assert heirs(session, cast.lina) == ["Joost", "Noor"]
    Membership.objects.filter(user=cast.noor).update(role="")
    assert heirs(session, cast.lina) == ["Joost"]
    Membership.objects.filter(user=cast.joost).delete()
    assert heirs(session, cast.lina) == []
    other = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.sem], join=False)
    Membership.objects.filter(user=cast.pim).update(role="")
    cast.sem.is_active = False
    cast.sem.save()
    # Nor does a planner who plans no more give it to somebody out of the talk.
    Membership.objects.filter(user=cast.noor).update(role=Role.BESTUURDER)
    assert heirs(other, cast.pim) == ["Lina"]


@pytest.mark.parametrize("repeat", [None, Repeat(1, 2)])
def test_whoever_may_get_a_talk_has_to_be_able_to_see_it(cast, plan, monkeypatch, repeat):
    monkeypatch.setattr(keeping, "heirs", lambda session, keeper: User.objects.all())
    session = plan(cast.lina, "collegiaal-interview", [cast.joost], repeat=repeat)
    hand_over = partial(series.hand_over, which=Which.ALL) if repeat else changes.hand_over
    with pytest.raises(Refused, match="kan niet voor"):
        hand_over(session.id, to=cast.tess.id, by=cast.lina)
    session.refresh_from_db()
    assert session.planned_by == cast.lina


def test_handing_over_tells_the_new_keeper_and_can_be_given_back(cast, plan, post, mailoutbox):
    session = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    post()
    changes.answer(session.participants.get(user=cast.lina).id, Answer.NO, word="Mijn dochter is ziek.")
    key = session.form_key
    for other in (cast.tess, cast.sem, cast.aart):
        with pytest.raises(Refused, match="kun je het gesprek niet overdragen"):
            changes.hand_over(session.id, to=other.id, by=cast.pim)
    changes.hand_over(session.id, to=cast.lina.id, by=cast.pim)
    # She had declined, and hears of it all the same. What she wrote was for pim alone.
    assert post() == [("joost", "Gewijzigd"), ("lina", "Gewijzigd")]
    assert told(mailoutbox, cast.lina)[0].startswith("Jij zorgt nu voor dit gesprek.")
    assert told(mailoutbox, cast.joost) == ["Lina Bakker zorgt nu voor dit gesprek."]
    session.refresh_from_db()
    assert (session.planned_by, session.form_key == key) == (cast.lina, False)
    assert session.participants.get(user=cast.lina).word is None
    assert not Session.objects.visible_to(cast.pim).filter(id=session.id).exists()
    with pytest.raises(Session.DoesNotExist):
        changes.hand_over(session.id, to=cast.noor.id, by=cast.pim)
    assert heirs(session, cast.lina) == ["Joost", "Pim"]
    changes.hand_over(session.id, to=cast.pim.id, by=cast.lina)
    assert post() == [("joost", "Gewijzigd"), ("lina", "Gewijzigd"), ("pim", "Jij zorgt nu voor")]
    assert [mail.body.count("Lina Bakker gaf dit gesprek aan jou over.") for mail in mailoutbox].count(1) == 1


def test_given_back_within_five_minutes_nobody_hears(cast, plan, post):
    session = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False)
    post()
    changes.hand_over(session.id, to=cast.noor.id, by=cast.pim)
    changes.hand_over(session.id, to=cast.pim.id, by=cast.noor)
    changes.hand_over(session.id, to=cast.noor.id, by=cast.pim)
    changes.hand_over(session.id, to=cast.pim.id, by=cast.noor)
    assert (post(timedelta(0)), changes.send_now(session.id, by=cast.pim)) == ([], 1)
    assert [who for who, _ in post(timedelta(0))] == ["pim"]
    assert Message.objects.get(kind="handed_over", state="sent").expires_at == session.starts_at


def test_all_that_changes_within_five_minutes_is_one_mail(cast, plan, post, mailoutbox):
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    fatma = cast.member("Fatma Yildiz")
    post()
    changes.reschedule(session.id, starts_at=PLAN_AT + timedelta(days=1), place="De Kom", link="", by=cast.sem)
    change_people(session.id, out=[cast.joost.id], people=[membership(fatma)], by=cast.sem)
    steps = [StepChange(step.id, step.title, step.minutes) for step in session.steps.all()]
    changes.change_steps(session.id, steps=steps[1:], by=cast.sem)
    assert keeping.waiting(Session.objects.get(id=session.id)).keys() >= {cast.lina.id, cast.sem.id, fatma.id}
    assert changes.send_now(session.id, by=cast.sem) == 4
    sent = post(timedelta(0))
    assert sorted(begin for _, begin in sent) == ["Gewijzigd", "Gewijzigd", "Je doet niet meer mee", "Uitnodiging"]
    assert [line.split(":")[0] for line in told(mailoutbox, cast.lina)] == [
        "Een ander moment",
        "Een andere plek",
        "Het programma is anders. Vervallen",
        "Fatma Yildiz doet mee. Joost Kramer doet niet meer mee.",
    ]
    assert post(timedelta(days=1)) == []


def test_a_page_says_that_mail_goes_only_where_something_is_different(cast, plan, client_of):
    session, sem = plan(cast.sem, "teamdagdeel", teams=[cast.north]), client_of(cast.sem)
    move, steps = (reverse(name, args=[session.id]) for name in ("session_move", "session_steps"))
    where = {"starts_at_datum": "2027-03-09", "starts_at_tijd": "10:00", "place": session.place, "link": ""}
    rows = {"stap-TOTAL_FORMS": session.steps.count(), "stap-INITIAL_FORMS": session.steps.count()}
    for at, step in enumerate(session.steps.all()):
        row = {"id": step.id, "title": step.title, "minutes": step.minutes, "ORDER": at + 1, "keep": "on"}
        rows |= {f"stap-{at}-{name}": value for name, value in row.items()}
    changed, same = "Gewijzigd. Binnen vijf minuten krijgt wie het aangaat", "Er is niets veranderd."
    for page, sent, told in (
        (move, where, same),
        (steps, rows, same),
        (move, where | {"place": "De Kom"}, changed),
        (steps, rows | {"stap-0-title": "Iets anders"}, changed),
    ):
        answer = sem.post(page, sent, follow=True).content.decode()
        assert (told in answer, changed in answer) == (True, told == changed)


def test_a_page_that_is_old_changes_nothing(cast, plan):
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    changes.reschedule(session.id, starts_at=PLAN_AT, place="De Kom", link="", sequence=0, by=cast.sem)
    step = session.steps.first()
    for verb in (
        lambda: changes.reschedule(session.id, starts_at=PLAN_AT, place="X", link="", sequence=0, by=cast.sem),
        lambda: change_people(session.id, out=[cast.joost.id], sequence=0, by=cast.sem),
        lambda: changes.change_steps(session.id, steps=[StepChange(step.id, "X", 5)], sequence=0, by=cast.sem),
        lambda: changes.hand_over(session.id, to=cast.noor.id, sequence=0, by=cast.sem),
    ):
        with pytest.raises(Refused, match="intussen gewijzigd"):
            verb()


def test_nobody_else_changes_and_nothing_changes_once_it_began(cast, plan, held):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    fatma = cast.member("Fatma")
    step = session.steps.first()

    def verbs(by):
        return (
            lambda: change_people(session.id, people=[membership(fatma)], by=by),
            lambda: changes.change_steps(session.id, steps=[StepChange(step.id, "X", 5)], by=by),
            lambda: changes.hand_over(session.id, to=cast.joost.id, by=by),
            lambda: changes.nudge(session.id, by=by),
            lambda: changes.send_now(session.id, by=by),
        )

    for other in (cast.joost, cast.noor, cast.pim, cast.tess, cast.beheer):
        for verb in verbs(other):
            with pytest.raises(Session.DoesNotExist):
                verb()
    held(session, cast.lina, close=False)
    for verb in verbs(cast.lina)[:4]:
        with pytest.raises(Refused, match="al begonnen"):
            verb()


def test_who_became_a_leader_makes_that_the_purpose_is_asked(cast, plan):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    assert holding.awaiting_purpose(session, cast.lina, list(session.participants.all())) == []
    TeamMembership.objects.filter(membership__user=cast.joost).update(role=Role.LEIDINGGEVENDE)
    waiting = holding.awaiting_purpose(session, cast.lina, list(session.participants.select_related("user")))
    assert {place.user for place in waiting} == {cast.lina, cast.joost}
