"""What somebody who is curious, late or malicious tries with planned talks, each seen to fail."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from content.models import ConversationTemplate
from lerend.mail import outbox
from lerend.mail.choice import MailChoice
from organisations.domain.errors import Refused
from organisations.domain.members import end_membership
from organisations.models import NJI_GROUP, Membership, User
from sessions_app.domain import changes, planning, polls, series
from sessions_app.domain.company import change_people
from sessions_app.domain.planning import StepChange
from sessions_app.models import Answer, DatePoll, DateVote, Part, Participant, Says, Session
from sessions_app.queries import keeping
from sessions_app.queries.polls import board
from sessions_app.queries.recurrence import Repeat
from sessions_app.queries.series import Which
from tests.conftest import PLAN_AT
from tests.sessions_app.seasons import draft_season
from tests.sessions_app.threads import in_threads

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def membership(user):
    return Membership.objects.get(user=user).id


def answers(session) -> dict[str, str]:
    return {place.user.name.split()[0]: place.answer for place in session.participants.select_related("user")}


def coming(session) -> int | None:
    """How many come, as who looks after it sees."""
    session = Session.objects.get(id=session.id)
    return keeping.keeping(session, session.participants.select_related("user")).coming


@pytest.fixture
def team_talk(cast, plan, post):
    """pim plans it for lina, joost and three more, and takes no part; joost declined, the others come."""
    people = [cast.member(name) for name in ("Ans", "Bo", "Cas")]
    session = plan(cast.pim, "teamdagdeel", [cast.lina, cast.joost, *people], join=False)
    session.participants.exclude(user=cast.joost).update(answer=Answer.YES)
    session.participants.filter(user=cast.joost).update(answer=Answer.NO)
    post()
    return session


# --- Who declined --------------------------------------------------------------
def test_taking_somebody_out_and_back_does_not_tell_what_they_said(cast, team_talk, post):
    assert coming(team_talk) == 4
    change_people(team_talk.id, out=[cast.joost.id], by=cast.pim)
    assert coming(team_talk) is None
    change_people(team_talk.id, people=[membership(cast.joost)], by=cast.pim)
    assert (post(), coming(team_talk)) == ([], None)
    changes.answer(team_talk.participants.get(user=cast.joost).id, Answer.NO)
    # As it was, so that the number says nothing new.
    assert coming(team_talk) is None


def test_no_number_grows_while_people_answer(cast, team_talk):
    team_talk.participants.filter(user=cast.lina).update(answer=Answer.OPEN)
    assert coming(team_talk) is None


def test_who_joins_afterwards_is_not_told_by_the_number(cast, team_talk):
    dirk = cast.member("Dirk")
    change_people(team_talk.id, people=[membership(dirk)], by=cast.pim)
    changes.answer(team_talk.participants.get(user=dirk).id, Answer.NO)
    assert coming(team_talk) is None


def test_a_planner_cannot_look_in_for_a_moment(cast, team_talk, client_of, post, mailoutbox):
    """Who takes part sees who comes: joining asks everyone anew, and says so."""
    page = reverse("session", args=[team_talk.id])
    assert "komt niet</span>" not in client_of(cast.pim).get(page).content.decode()
    change_people(team_talk.id, join=True, by=cast.pim)
    assert answers(team_talk) == {**dict.fromkeys(("Lina", "Joost", "Ans", "Bo", "Cas"), ""), "Pim": "yes"}
    assert "komt niet</span>" not in client_of(cast.pim).get(page).content.decode()
    assert [begin for _, begin in post()].count("Gewijzigd") == 5
    told = next(mail for mail in reversed(mailoutbox) if mail.to == [cast.lina.email])
    assert "Pim Hendriks zorgt voor dit gesprek, en doet nu zelf mee." in told.body


# --- Date polls without names --------------------------------------------------
@pytest.fixture
def counted(cast, edition, time_machine):
    """A poll without names among noor, sem, lina, joost and Ans; lina answered."""
    time_machine.move_to(datetime(2027, 2, 1, 9, 0, tzinfo=UTC))
    template = ConversationTemplate.objects.published().get(slug="teamdagdeel")
    draft = planning.start_draft(template.id, cast.home, uuid4(), by=cast.noor)
    people = [cast.sem, cast.lina, cast.joost, cast.member("Ans")]
    seat(draft, cast.noor, people)
    steps = [StepChange(step.id, step.title, step.minutes) for step in draft.steps.all()]
    proposal = polls.Proposal([PLAN_AT, PLAN_AT + DAY], date(2027, 2, 12), shows_names=False)
    poll = polls.start_poll(draft.id, proposal, steps, form_key=uuid4(), by=cast.noor)
    return poll, draft, people


def seat(draft, by, people):
    members = Membership.objects.filter(user__in=people).values_list("id", flat=True)
    fixed = {"teams": [], "join": True, "planner_interviews": None, "link": "", "by": by}
    planning.set_people(draft.id, people=list(members), place="De Brug", **fixed)


def test_without_names_nobody_comes_or_goes_once_somebody_answered(cast, counted):
    poll, draft, people = counted
    seat(draft, cast.noor, [*people, cast.member("Bo")])  # nobody said anything: the numbers tell nothing
    people = [place.user for place in draft.participants.exclude(user=cast.noor).select_related("user")]
    polls.vote(poll.id, {option.id: Says.NO for option in poll.options.all()}, by=cast.lina)
    for others in ([one for one in people if one != cast.lina], [*people, cast.member("Cas")]):
        with pytest.raises(Refused, match="staan geen namen"):
            seat(draft, cast.noor, others)
    seat(draft, cast.noor, people)
    assert DateVote.objects.filter(user=cast.lina).count() == 2


@pytest.mark.parametrize("names", [True, False])
def test_once_a_moment_is_chosen_what_was_said_shows_to_nobody(cast, counted, client_of, names):
    """Who looks after the talk next, or joins it, was not among those to whom people said it."""
    poll, draft, _ = counted
    DatePoll.objects.filter(id=poll.id).update(shows_names=names)
    polls.vote(poll.id, {option.id: Says.MAYBE for option in poll.options.all()}, by=cast.lina)
    page = reverse("poll", args=[poll.id])
    assert "1 als het moet" in client_of(cast.sem).get(page).content.decode()
    polls.close_poll(poll.id, poll.options.first().id, by=cast.noor)
    changes.hand_over(draft.id, to=cast.pim.id, by=cast.noor)
    for person in (cast.pim, cast.sem, cast.lina):
        shown = client_of(person).get(page).content.decode()
        assert ("Het moment is gekozen" in shown, "als het moet" in shown, "Lina" in shown.split("<main")[1]) == (
            True, False, False,
        )  # fmt: skip


def test_a_poll_of_which_everybody_left_leads_back_to_choosing_people(cast, counted, client_of):
    poll, draft, _ = counted
    draft.participants.all().delete()
    address = reverse("poll_choose", args=[poll.id, poll.options.first().id])
    assert client_of(cast.noor).get(address).headers["Location"] == reverse("plan_who", args=[draft.id])


def test_who_cannot_sign_in_any_more_is_not_waited_for(cast, counted):
    poll, _, _ = counted
    User.objects.filter(id=cast.joost.id).update(is_active=False)
    assert cast.joost not in board(poll, cast.noor, timezone.now()).people


def test_a_reminder_of_a_poll_is_mail_that_one_can_do_without(cast, counted, time_machine, mailoutbox):
    poll, _, _ = counted
    User.objects.filter(id=cast.sem.id).update(mail_choice=MailChoice.NONE)
    outbox.deliver()
    asked = {mail.to[0].split("@")[0] for mail in mailoutbox}
    mailoutbox.clear()
    time_machine.move_to(timezone.now() + MINUTE)
    polls.remind(poll.id, by=cast.noor)
    outbox.deliver()
    assert asked - {mail.to[0].split("@")[0] for mail in mailoutbox} == {"sem"}
    assert all(mail.extra_headers["List-Unsubscribe"][1:-1] in mail.body for mail in mailoutbox)


# --- Old pages and links -------------------------------------------------------
def test_an_answer_for_a_date_stays_with_that_date_when_one_is_over(cast, plan, client_of, time_machine):
    first = plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=Repeat(1, 3))
    link = reverse("series_answer_by_token", args=[series.answer_token(first.series, cast.lina)])
    browser = client_of(None)
    names = list(browser.get(link).context["form"].fields)
    time_machine.move_to(PLAN_AT + DAY)
    browser.post(link, {names[1]: "no", names[2]: "yes", "volgnummer": "0"})
    places = Participant.objects.filter(user=cast.lina, session__series=first.series)
    assert list(places.order_by("session__occurrence").values_list("answer", flat=True)) == ["", "no", "yes"]


def test_who_comes_back_before_hearing_of_it_can_use_the_link_they_had(cast, team_talk, client, post):
    link = reverse("answer_by_token", args=[changes.answer_token(team_talk.participants.get(user=cast.lina))])
    change_people(team_talk.id, out=[cast.lina.id], by=cast.pim)
    assert client.get(link).status_code == 404
    change_people(team_talk.id, people=[membership(cast.lina)], by=cast.pim)
    assert post() == []
    client.post(link, {"antwoord": "nee"})
    assert answers(team_talk)["Lina"] == "no"


def test_who_is_taken_out_while_answering_reads_so(cast, team_talk):
    place = team_talk.participants.get(user=cast.lina)
    change_people(team_talk.id, out=[cast.lina.id], by=cast.pim)
    with pytest.raises(Refused, match="doet niet meer mee"):
        changes.answer(place.id, Answer.YES)


def test_who_guides_no_more_gets_no_mail(cast, team_talk, post):
    Participant.objects.create(session=team_talk, user=cast.ilse, part=Part.GUIDE)
    assert team_talk.participants.still_taking_part().filter(user=cast.ilse).exists()
    cast.ilse.groups.get(name=NJI_GROUP).user_set.remove(cast.ilse)
    assert not team_talk.participants.still_taking_part().filter(user=cast.ilse).exists()


def test_the_calendar_names_who_looks_after_talks_that_one_is_in(cast, plan, post, mailoutbox):
    first = plan(cast.pim, "teamdagdeel", teams=[cast.north], repeat=Repeat(1, 3), join=False)
    last = first.series.sessions.get(occurrence=2)
    change_people(last.id, out=[cast.lina.id], by=cast.pim)
    changes.hand_over(last.id, to=cast.noor.id, by=cast.pim)
    post()
    named = {
        mail.to[0].split("@")[0]: "Noor Aydin" in part.content.replace("\r\n ", "")
        for mail in mailoutbox
        for part in mail.alternatives
        if "calendar" in part.mimetype
    }
    assert named == {"lina": False, "joost": True, "sem": True}


# --- At the same moment --------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_who_changes_answers_and_leaves_at_once_never_wait_for_each_other(cast, plan):
    """All take the organisation, the series, its talks, and then what is theirs, in that order."""
    first = plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=Repeat(1, 4))
    alone = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    talks = list(first.series.sessions.order_by("-starts_at"))
    mine = {person: {talk.id: Answer.YES for talk in talks} for person in (cast.lina, cast.joost)}
    place = talks[0].participants.get(user=cast.lina)
    where = {"starts_at": PLAN_AT + DAY, "link": "", "by": cast.sem}
    found = in_threads(
        lambda: series.reschedule(first.id, Which.ALL, place="Elders", **where),
        lambda: series.answer(first.series_id, mine[cast.lina], sequence=0, by=cast.lina),
        lambda: changes.answer(place.id, Answer.NO),
        lambda: end_membership(membership(cast.joost), by=cast.noor),
        lambda: changes.reschedule(alone.id, place="Elders", **where),
        lambda: series.cancel(talks[0].id, Which.LATER, by=cast.sem),
    )
    assert {one for one in found if isinstance(one, type)} <= {Refused}
    assert not Participant.objects.filter(user=cast.joost, session__state="planned").exists()
    assert {talk.place for talk in first.series.sessions.filter(state="planned")} == {"Elders"}


# --- Addresses -----------------------------------------------------------------
@pytest.mark.parametrize(
    "query",
    ["vorm=maand&maand=0001-01", "vorm=maand&maand=9999-12", "dag=0001-01-01", "dag=9999-12-31", "maand=0000-00"],
)
def test_a_day_at_the_end_of_time_is_no_error(cast, client_of, query):
    assert client_of(cast.lina).get(f"{reverse('session_list')}?{query}").status_code == 200


@pytest.mark.ignore_template_errors
def test_no_list_in_the_admin_is_filtered_by_who_has_a_talk(cast, edition, client_of):
    """Relations that were given no name are found by Django as "+"."""
    draft_season(cast.noor, cast.home, [cast.lina])
    desk = client_of(cast.beheer)
    lists = {
        model._meta.label: reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    }
    # Where nothing of the kind points to a model, the admin does not know the filter, and shows the list without it.
    found = {label: desk.get(page, {"+__isnull": "False"}).status_code for label, page in lists.items()}
    assert {label for label, status in found.items() if status == 200} == set()
    assert desk.get(lists["organisations.Membership"], {"+": str(uuid4())}).status_code == 400
