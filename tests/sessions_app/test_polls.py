"""A date poll: who is asked, who sees what, and that closing it plans the talk once."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.models import ConversationTemplate
from lerend.mail import outbox
from lerend.mail.kinds import registry
from lerend.mail.models import Message
from lerend.mail.models import State as Mailed
from lerend.moments import AMSTERDAM, span
from organisations.domain.errors import Refused
from organisations.domain.members import end_membership
from organisations.models import Membership, Role
from sessions_app.domain import changes, planning, polls
from sessions_app.domain.planning import StepChange
from sessions_app.domain.poll_people import reminder_moment
from sessions_app.models import DatePoll, DateVote, PollState, Says, Session, State
from sessions_app.queries.polls import board, waiting_for
from tests.rows import add_people, add_talks
from tests.smtp import sink

__all__ = ["sink"]

FIRST = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
MOMENTS = [FIRST + timedelta(days=days) for days in range(3)]
YES, MAYBE, NO = Says.YES, Says.MAYBE, Says.NO


@pytest.fixture(autouse=True)
def february(time_machine):
    """The first of February, a Monday, ten o'clock in Amsterdam."""
    time_machine.move_to(datetime(2027, 2, 1, 9, 0, tzinfo=UTC))


@pytest.fixture
def draft(cast, edition):
    """A draft without a moment: ``draft(by, slug, people)``."""

    def draft(by=None, slug="gesprek-met-bestuurder", people=None, *, join=True, place="Wijkcentrum De Brug"):
        by = by or cast.noor
        template = ConversationTemplate.objects.published().get(slug=slug)
        session = planning.start_draft(template.id, cast.home, uuid4(), by=by)
        return set_people(session, by, people or [cast.sem, cast.lina], join=join)

    return draft


def set_people(session, by, people, *, join=True):
    """Lay down who takes part in a draft."""
    members = Membership.objects.filter(organisation=session.organisation_id, user__in=people)
    return planning.set_people(
        session.id,
        people=list(members.values_list("id", flat=True)),
        teams=[],
        join=join,
        planner_interviews=None,
        place="Wijkcentrum De Brug",
        link="",
        by=by,
    )


def start(session, by, moments=MOMENTS, *, names=True, last_day=date(2027, 2, 12), form_key=None):
    """Begin a poll with the steps as they are."""
    steps = [StepChange(step.id, step.title, step.minutes) for step in session.steps.all()]
    return polls.start_poll(
        session.id, polls.Proposal(moments, last_day, names), steps, form_key=form_key or uuid4(), by=by
    )


def say(poll, by, *words):
    """Say the words about the moments in their order."""
    options = poll.options.values_list("id", flat=True)
    return polls.vote(poll.id, dict(zip(options, words, strict=False)), by=by)


def queued(**fields):
    """Who has which kind of mail waiting, as (kind, first part of the address)."""
    rows = Message.objects.filter(state=Mailed.QUEUED, **fields).values_list("kind", "recipient__email")
    return sorted((kind, email.partition("@")[0]) for kind, email in rows)


@pytest.fixture
def poll(cast, draft):
    """noor asks sem and lina, with names."""
    return start(draft(), cast.noor)


def test_a_poll_becomes_a_talk_with_one_mail_each(cast, poll):
    assert queued() == [
        ("poll_opened", "lina"),
        ("poll_opened", "sem"),
        ("poll_reminder", "lina"),
        ("poll_reminder", "noor"),
        ("poll_reminder", "sem"),
    ]
    say(poll, cast.sem, NO, YES, NO)
    say(poll, cast.sem, MAYBE, YES, NO)
    say(poll, cast.noor, YES, MAYBE, NO)
    first, second, _ = poll.options.all()
    found = board(poll, cast.lina, datetime.now(UTC))
    assert [(moment.yes, moment.maybe, moment.no, moment.tag) for moment in found.moments] == [
        (1, 1, 0, "Past nu het best"),
        (1, 1, 0, "Past nu het best"),
        (0, 0, 2, ""),
    ]
    assert (found.done, found.waiting) == (2, ["Lina Bakker"])
    session = polls.close_poll(poll.id, second.id, by=cast.noor)
    assert (session.state, session.starts_at) == (State.PLANNED, MOMENTS[1])
    # noor, who planned it, said "if need be" to this moment, and answers like lina, who said nothing.
    assert sorted(session.participants.values_list("user__name", "answer")) == [
        ("Lina Bakker", ""),
        ("Noor Aydin", ""),
        ("Sem de Wit", "yes"),
    ]
    assert queued(send_after__lte=datetime.now(UTC)) == [
        ("invitation", "lina"),
        ("invitation", "noor"),
        ("invitation", "sem"),
    ]
    assert queued(kind__startswith="poll") == []
    assert polls.close_poll(poll.id, second.id, by=cast.noor).id == session.id
    assert Message.objects.filter(kind="invitation").count() == 3
    with pytest.raises(Refused, match="al een moment gekozen"):
        polls.close_poll(poll.id, first.id, by=cast.noor)
    with pytest.raises(Refused, match="al een moment gekozen: woensdag 10 maart 2027"):
        say(poll, cast.lina, YES)
    with pytest.raises(Refused, match="al een moment gekozen"):
        polls.withdraw_poll(poll.id, by=cast.noor)


@pytest.mark.django_db(transaction=True)
def test_closing_on_two_moments_at_once_plans_one(cast, poll):
    together, answers = Barrier(6), []

    def click(option_id):
        together.wait()
        try:
            answers.append(polls.close_poll(poll.id, option_id, by=cast.noor).starts_at)
        except Refused:
            answers.append(None)
        finally:
            connection.close()

    options = list(poll.options.values_list("id", flat=True))[:2]
    threads = [Thread(target=click, args=[option]) for option in options * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (session,) = Session.objects.all()
    assert Counter(answers) == {session.starts_at: 3, None: 3}
    assert Message.objects.filter(kind="invitation").count() == 3


def test_the_invitation_does_not_ask_again_who_said_yes(cast, poll, sink):
    say(poll, cast.sem, YES, NO, NO)
    say(poll, cast.lina, MAYBE, NO, NO)
    polls.close_poll(poll.id, poll.options.first().id, by=cast.noor)
    outbox.deliver()
    texts = {
        letter["To"]: letter.get_body(preferencelist=("plain",)).get_content()
        for letter in sink.messages
        if letter["Subject"].startswith("Uitnodiging")
    }
    assert sorted(texts) == ["lina@voorbeeld.test", "noor@voorbeeld.test", "sem@voorbeeld.test"]
    asked = {address: "Kom je?" in text for address, text in texts.items()}
    assert asked == {"lina@voorbeeld.test": True, "noor@voorbeeld.test": False, "sem@voorbeeld.test": False}
    assert "Je hebt al ja gezegd" in texts["sem@voorbeeld.test"]


def test_the_same_form_asks_once_and_a_second_poll_is_refused(cast, draft):
    session, key = draft(), uuid4()
    assert start(session, cast.noor, form_key=key) == start(session, cast.noor, form_key=key)
    with pytest.raises(Refused, match="loopt al een datumprikker"):
        start(session, cast.noor)
    assert DatePoll.objects.count() == 1
    assert Message.objects.filter(kind="poll_opened").count() == 2
    steps = [StepChange(step.id, step.title, step.minutes) for step in session.steps.all()]
    with pytest.raises(Refused, match="loopt een datumprikker"):
        planning.set_moment(session.id, starts_at=FIRST, steps=steps, by=cast.noor)


@pytest.mark.parametrize(
    ("moments", "last_day", "why"),
    [
        ([FIRST, FIRST], date(2027, 2, 12), "ten minste twee"),
        ([FIRST, datetime(2027, 1, 31, tzinfo=UTC)], date(2027, 2, 12), "al voorbij"),
        ([FIRST + timedelta(hours=hour) for hour in range(21)], date(2027, 2, 12), "hooguit 20"),
        (MOMENTS, date(2027, 1, 31), "vandaag of later"),
        (MOMENTS, date(2027, 3, 11), "na alle momenten"),
        ([FIRST, FIRST + timedelta(days=60)], date(2027, 4, 3), "hooguit 60 dagen"),
    ],
)
def test_what_cannot_be_asked(cast, draft, moments, last_day, why):
    with pytest.raises(Refused, match=why):
        start(draft(), cast.noor, moments, last_day=last_day)
    assert (DatePoll.objects.count(), Message.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("last_day", "reminded"),
    [
        (date(2027, 2, 12), datetime(2027, 2, 10, 8, tzinfo=UTC)),
        (date(2027, 2, 3), datetime(2027, 2, 3, 8, tzinfo=UTC)),
        (date(2027, 2, 2), None),
        (date(2027, 3, 29), datetime(2027, 3, 27, 8, tzinfo=UTC)),
        (date(2027, 3, 30), datetime(2027, 3, 28, 7, tzinfo=UTC)),
        (date(2027, 2, 1), None),
        (date(2027, 4, 2), datetime(2027, 3, 31, 7, tzinfo=UTC)),
    ],
    ids=["two days before", "the day itself", "too soon", "before the clock changes", "as it changes", "first", "last"],
)
def test_one_reminder_by_the_clock_of_amsterdam(cast, draft, last_day, reminded):
    poll = start(draft(), cast.noor, [FIRST, FIRST + timedelta(days=60)], last_day=last_day)
    assert reminder_moment(poll, datetime.now(UTC)) == reminded
    assert poll.closes_at.astimezone(AMSTERDAM).strftime("%H:%M") == "00:00"


def test_a_form_with_one_row_is_asked_for_a_second_moment(cast, draft, client_of):
    page = reverse("poll_start", args=[draft().id])
    sent = {"rijen": "1", "moment_1_datum": "2027-03-02", "moment_1_tijd": "10:00", "last_day": "2027-02-12"}
    answer = client_of(cast.noor).post(page, sent | {"names": "names", "form_key": str(uuid4())})
    assert "Stel ten minste twee momenten voor." in answer.content.decode()


def test_a_talk_that_cannot_be_planned_is_not_asked_about(cast, draft, plan):
    with pytest.raises(Refused, match="al gepland"):
        start(plan(cast.noor, "gesprek-met-bestuurder", [cast.sem]), cast.noor)
    alone = draft()
    alone.participants.exclude(user=cast.noor).delete()
    with pytest.raises(Refused, match="Kies"):
        start(alone, cast.noor)
    assert DatePoll.objects.count() == 0


def test_reminders_go_to_who_lacks_an_answer(cast, poll, time_machine, sink):
    say(poll, cast.lina, YES, YES, YES)
    assert polls.remind(poll.id, by=cast.noor) == 1
    with pytest.raises(Refused, match="Er ging al een herinnering uit"):
        polls.remind(poll.id, by=cast.noor)
    time_machine.move_to(datetime(2027, 2, 10, 8, 1, tzinfo=UTC))
    say(poll, cast.noor, YES, NO, NO)
    outbox.deliver()
    told = sorted((letter["To"], letter["Subject"]) for letter in sink.messages)
    title = poll.title
    assert told == [
        ("lina@voorbeeld.test", f"Wanneer kun jij? {title}"),
        ("sem@voorbeeld.test", f"Nog even: wanneer kun jij? {title}"),
        ("sem@voorbeeld.test", f"Nog even: wanneer kun jij? {title}"),
        ("sem@voorbeeld.test", f"Wanneer kun jij? {title}"),
    ]


def test_the_link_in_the_mail_answers_without_signing_in(cast, poll, client, sink):
    outbox.deliver()
    letter = next(letter for letter in sink.messages if letter["To"] == "lina@voorbeeld.test")
    path = re.search(r"https?://[^/\s]+(/prik/\S+)", letter.get_body(preferencelist=("plain",)).get_content())[1]
    assert client.get(path).status_code == 200
    assert DateVote.objects.count() == 0
    first, second, _ = poll.options.all()
    shown = [str(option.id) for option in poll.options.all()]
    client.post(path, {"getoond": shown, f"m-{first.id.hex}": "ja", f"m-{second.id.hex}": "misschien"})
    assert said(cast.lina) == [YES, MAYBE, NO]
    client.post(path, {"getoond": shown[:2], "nooit": "ja"})
    assert said(cast.lina) == [NO, NO, NO]
    assert client.post(path, {"getoond": shown}).status_code == 200
    set_people(poll.session, cast.noor, [cast.sem, cast.joost])
    assert client.get(path).status_code == 404
    assert client.get(reverse("poll_by_token", args=["kapot"])).status_code == 404


def said(user):
    """What somebody said, in the order of the moments."""
    return list(DateVote.objects.filter(user=user).order_by("option__starts_at").values_list("says", flat=True))


def test_other_people_while_it_runs(cast, poll):
    say(poll, cast.sem, YES, YES, NO)
    say(poll, cast.lina, NO, YES, NO)
    set_people(poll.session, cast.noor, [cast.sem, cast.joost])
    assert (said(cast.sem), said(cast.lina)) == ([YES, YES, NO], [])
    assert queued() == [
        ("poll_opened", "joost"),
        ("poll_opened", "sem"),
        ("poll_reminder", "joost"),
        ("poll_reminder", "noor"),
        ("poll_reminder", "sem"),
    ]
    with pytest.raises(DatePoll.DoesNotExist):
        say(poll, cast.lina, YES)
    set_people(poll.session, cast.noor, [cast.sem, cast.lina])
    assert ("poll_opened", "lina") in queued()


def test_other_moments_while_it_runs(cast, poll):
    for person in (cast.sem, cast.noor):
        say(poll, person, YES, YES, NO)
    first, second, third = poll.options.all()
    new = FIRST + timedelta(days=7)
    polls.change_poll(poll.id, keep={second.id, third.id}, add=[new], last_day=date(2027, 2, 20), by=cast.noor)
    assert list(poll.options.values_list("starts_at", flat=True)) == [MOMENTS[1], MOMENTS[2], new]
    assert said(cast.sem) == [YES, NO]
    # Only who had answered hears of it: lina sees it when she does.
    assert queued(kind="poll_changed") == [("poll_changed", "sem")]
    assert queued(kind="poll_reminder", send_after=datetime(2027, 2, 18, 8, tzinfo=UTC)) == [
        ("poll_reminder", "lina"),
        ("poll_reminder", "noor"),
        ("poll_reminder", "sem"),
    ]
    # lina answers on a page on which the first moment still stood.
    assert polls.vote(poll.id, {first.id: YES, second.id: YES}, by=cast.lina) == 1
    assert said(cast.lina) == [YES]
    with pytest.raises(Refused, match="niet meer bij"):
        polls.close_poll(poll.id, first.id, by=cast.noor)
    polls.change_poll(poll.id, keep={third.id}, add=[], last_day=date(2027, 2, 20), by=cast.noor)
    with pytest.raises(Refused, match="ten minste één moment"):
        polls.change_poll(poll.id, keep=[], add=[], last_day=date(2027, 2, 20), by=cast.noor)


def test_moments_that_stood_already_are_not_new(cast, poll):
    say(poll, cast.sem, YES, YES, NO)
    first, second, _ = poll.options.values_list("id", flat=True)
    polls.change_poll(
        poll.id, keep={first, second}, add=[MOMENTS[0], MOMENTS[2]], last_day=date(2027, 2, 20), by=cast.noor
    )
    assert said(cast.sem) == [YES, YES, NO]
    assert queued(kind="poll_changed") == []
    assert queued(kind="poll_reminder") == [("poll_reminder", name) for name in ("lina", "noor", "sem")]
    say(poll, cast.lina, NO, NO, NO)
    with pytest.raises(Refused, match="Niemand anders"):
        polls.remind(poll.id, by=cast.noor)


def test_moments_of_another_poll_are_none_of_this_one(cast, poll, draft):
    foreign = start(draft(people=[cast.joost]), cast.noor).options.values_list("id", flat=True)[0]
    assert polls.vote(poll.id, {foreign: YES}, by=cast.sem) == 1
    assert said(cast.sem) == []
    with pytest.raises(Refused, match="niet meer bij"):
        polls.close_poll(poll.id, foreign, by=cast.noor)


def test_withdrawing_tells_who_knew_of_it_once(cast, poll, sink):
    say(poll, cast.sem, YES, YES, NO)
    outbox.deliver()
    for _ in range(2):
        polls.withdraw_poll(poll.id, by=cast.noor)
    assert queued() == [("poll_withdrawn", "lina"), ("poll_withdrawn", "sem")]
    assert (DateVote.objects.count(), Session.objects.get().state) == (0, State.DRAFT)
    outbox.deliver()
    assert sum(letter["Subject"].startswith("Datum prikken hoeft niet meer") for letter in sink.messages) == 2
    # The draft is free: planned at once, or asked about again.
    start(poll.session, cast.noor)


@pytest.mark.parametrize("leaves", [False, True], ids=["thrown away", "planner left"])
def test_a_draft_that_goes_takes_its_poll_along(cast, poll, sink, leaves):
    outbox.deliver()
    if leaves:
        Membership.objects.filter(user=cast.pim).update(role=Role.BESTUURDER)
        end_membership(Membership.objects.get(user=cast.noor).id, by=cast.pim)
    else:
        planning.discard_draft(poll.session_id, by=cast.noor)
    poll.refresh_from_db()
    assert (poll.session_id, poll.state) == (None, PollState.WITHDRAWN)
    assert queued(kind__startswith="poll") == [("poll_withdrawn", "lina"), ("poll_withdrawn", "sem")]


def test_who_leaves_is_not_asked_any_more(cast, poll):
    say(poll, cast.lina, YES, YES, NO)
    token = polls.answer_token(poll.id, cast.lina.id)
    assert polls.by_token(token) == (poll, cast.lina)
    end_membership(Membership.objects.get(user=cast.lina).id, by=cast.noor)
    assert said(cast.lina) == []
    assert ("poll_opened", "lina") not in queued()
    with pytest.raises(DatePoll.DoesNotExist):
        polls.by_token(token)


def test_after_the_last_day_the_planner_chooses(cast, poll, time_machine, client_of, sink):
    say(poll, cast.sem, YES, YES, NO)
    assert polls.chase_due() == 0
    time_machine.move_to(datetime(2027, 2, 12, 23, 1, tzinfo=UTC))
    with pytest.raises(Refused, match="kon tot en met vrijdag 12 februari 2027"):
        say(poll, cast.lina, YES, YES, YES)
    assert (polls.chase_due(), polls.chase_due()) == (1, 0)
    outbox.deliver()
    assert [(letter["To"], letter["Subject"]) for letter in sink.messages] == [
        ("noor@voorbeeld.test", f"Kies nu een moment: {poll.title}")
    ]
    assert [row.to_choose for row in waiting_for(cast.noor)] == [True]
    assert waiting_for(cast.sem) == []
    page = client_of(cast.noor).get(reverse("poll", args=[poll.id])).content.decode()
    assert "Kies nu een moment" in page
    with pytest.raises(Refused, match="Antwoorden kan niet meer"):
        polls.remind(poll.id, by=cast.noor)
    polls.change_poll(
        poll.id, keep=poll.options.values_list("id", flat=True), add=[], last_day=date(2027, 2, 20), by=cast.noor
    )
    say(poll, cast.lina, YES, YES, YES)
    # A later last day is asked about again when it is over, and a still later one takes that back.
    time_machine.move_to(datetime(2027, 2, 20, 23, 1, tzinfo=UTC))
    assert polls.chase_due() == 1
    assert queued(kind="poll_due") == [("poll_due", "noor")]
    polls.change_poll(
        poll.id, keep=poll.options.values_list("id", flat=True), add=[], last_day=date(2027, 2, 25), by=cast.noor
    )
    assert queued(kind="poll_due") == []
    polls.withdraw_poll(poll.id, by=cast.noor)
    time_machine.move_to(datetime(2027, 2, 25, 23, 1, tzinfo=UTC))
    assert polls.chase_due() == 0


def test_a_moment_that_passed_cannot_be_chosen(cast, poll, time_machine):
    first = poll.options.first()
    time_machine.move_to(MOMENTS[0] + timedelta(minutes=1))
    with pytest.raises(Refused, match="al voorbij"):
        polls.close_poll(poll.id, first.id, by=cast.noor)
    assert [moment.tag for moment in board(poll, cast.noor, datetime.now(UTC)).moments] == ["Voorbij", "", ""]


def test_a_page_of_before_takes_away_only_what_was_on_it(cast, draft, client_of):
    """Changed on the telephone, and then on the page that was open on the computer: what people said stays."""
    poll = start(draft(), cast.noor)
    first, second, third = poll.options.values_list("id", flat=True)
    page, noor = reverse("poll_change", args=[poll.id]), client_of(cast.noor)
    assert noor.get(page).content.decode().count('name="getoond"') == 3
    sent = {"keep": [first], "getoond": [first, second], "last_day": "2027-02-20"}
    assert noor.post(page, sent).status_code == 302
    assert set(poll.options.values_list("id", flat=True)) == {first, third}


def test_a_moment_that_passed_stays_but_counts_no_more(cast, draft, time_machine):
    last_day = date(2027, 3, 10)
    poll = start(draft(), cast.noor, last_day=last_day)
    first, second, third = poll.options.values_list("id", flat=True)
    time_machine.move_to(MOMENTS[0])
    assert say(poll, cast.sem, YES, YES, NO) == 1
    assert said(cast.sem) == [YES, NO]
    assert board(poll, cast.noor, datetime.now(UTC)).done == 1
    polls.change_poll(poll.id, keep={first, second, third}, add=[], last_day=last_day, by=cast.noor)
    assert list(poll.options.values_list("starts_at", flat=True)) == MOMENTS
    later = [MOMENTS[2] + timedelta(hours=hours) for hours in range(20)]
    for keep, add, why in (
        ({first}, [], "ten minste één moment"),
        ({first, second}, [MOMENTS[0] - timedelta(hours=1)], "al voorbij"),
        ({first}, later, "meer dan 20"),
    ):
        with pytest.raises(Refused, match=why):
            polls.change_poll(poll.id, keep=keep, add=add, last_day=last_day, by=cast.noor)


@pytest.mark.parametrize("names", [True, False])
def test_names_show_only_where_that_was_said(cast, draft, client_of, names):
    poll = start(draft(people=[cast.sem, cast.lina]), cast.noor, names=names)
    say(poll, cast.sem, NO, YES, NO)
    found = board(poll, cast.noor, datetime.now(UTC))
    assert bool(found.lines) is names
    assert any(moment.names for moment in found.moments) is names
    pages = {
        person.email: client_of(person).get(reverse("poll", args=[poll.id])).content.decode()
        for person in (cast.noor, cast.lina)
    }
    # Once among whom it was asked; the other times are what was said.
    assert {address: page.count("Sem de Wit") > 1 for address, page in pages.items()} == dict.fromkeys(pages, names)
    assert all(("dan is uit een aantal op te maken" in page) is not names for page in pages.values())


def test_how_many_answered_is_said_in_a_sentence(cast, poll, client_of):
    def told():
        text = client_of(cast.noor).get(reverse("poll", args=[poll.id])).content.decode()
        lines = ("Nog niemand heeft geantwoord", "1 van 3 heeft geantwoord", "2 van 3 hebben geantwoord")
        menu = '<a href="/gesprekken/" aria-current="true">Gesprekken</a>' in text
        return [line in text for line in lines], text.count("Nog geen antwoord<"), "0 van 3" in text, menu

    assert told() == ([True, False, False], 3, False, True)
    say(poll, cast.sem, YES, YES, NO)
    assert told() == ([False, True, False], 0, True, True)
    say(poll, cast.lina, YES, YES, YES)
    assert told() == ([False, False, True], 0, False, True)


def test_the_page_of_a_closed_poll_says_when_the_talk_is_now(cast, poll, client_of):
    talk = polls.close_poll(poll.id, poll.options.first().id, by=cast.noor)
    lina, address, begins = client_of(cast.lina), reverse("poll", args=[poll.id]), talk.starts_at
    assert f"Het is geworden: <strong>{span(*talk.span)}<" in lina.get(address).content.decode()
    changes.reschedule(talk.id, starts_at=begins + timedelta(minutes=30), place="Elders", link="", by=cast.noor)
    talk.refresh_from_db()
    now = f"Het gesprek is daarna verzet. Het is nu: <strong>{span(*talk.span)}<"
    assert now in lina.get(address).content.decode()


def test_one_sees_only_own_clashes(cast, poll, plan, client_of):
    plan(cast.pim, "gesprek-met-leidinggevende", [cast.lina, cast.sem], join=False, starts_at=MOMENTS[0])
    plan(cast.sem, "gesprek-met-leidinggevende", [cast.joost], starts_at=MOMENTS[1])
    clash = "Je hebt dan al een gesprek"
    counts = {
        person.name: client_of(person).get(reverse("poll", args=[poll.id])).content.decode().count(clash)
        for person in (cast.noor, cast.lina, cast.sem)
    }
    assert counts == {"Noor Aydin": 0, "Lina Bakker": 1, "Sem de Wit": 2}


def test_nothing_is_kept_that_nobody_needs(cast, poll, draft, time_machine):
    polls.close_poll(poll.id, poll.options.first().id, by=cast.noor)
    withdrawn = start(draft(), cast.noor)
    polls.withdraw_poll(withdrawn.id, by=cast.noor)
    start(draft(), cast.noor)
    left = []
    for moment in (MOMENTS[0] - timedelta(days=8), MOMENTS[0], datetime(2027, 5, 20, tzinfo=UTC)):
        time_machine.move_to(moment)
        polls.forget_due()
        left.append(sorted(DatePoll.objects.values_list("state", flat=True)))
    assert left == [["closed", "open", "withdrawn"], ["open"], []]


def test_what_was_said_goes_with_a_talk_that_is_called_off(cast, poll):
    polls.close_poll(poll.id, poll.options.first().id, by=cast.noor)
    assert polls.forget_due() == 0
    changes.cancel(poll.session_id, by=cast.noor)
    assert polls.forget_due() == 1


def test_the_database_holds_one_running_poll_with_a_talk(cast, poll):
    for wrong in (
        lambda: DatePoll.objects.filter(id=poll.id).update(session=None),
        lambda: DatePoll.objects.filter(id=poll.id).update(state=PollState.CLOSED, over_at=datetime.now(UTC)),
        lambda: DatePoll.objects.create(
            session=poll.session, title="x", minutes=9, shows_names=True, closes_at=FIRST, form_key=uuid4()
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


@pytest.mark.parametrize("names", [True, False])
def test_thirty_people_and_twenty_moments_cost_as_many_queries_as_few(cast, edition, client_of, names):
    costs = []
    for people, moments in ((2, 2), (30, 20)):
        session = add_talks(
            cast.home, [[cast.noor, *add_people([cast.north], people - 1)]], planned_by=cast.noor, first=FIRST,
            state=State.DRAFT,
        )[0]  # fmt: skip
        Session.objects.filter(id=session.id).update(starts_at=None, ends_at=None)
        session.steps.create(number=1, title="Praten", minutes=60)
        poll = start(session, cast.noor, [FIRST + timedelta(days=day) for day in range(moments)], names=names)
        for place in session.participants.select_related("user"):
            say(poll, place.user, *[YES, MAYBE] * (moments // 2))
        client = client_of(cast.noor)
        counted = []
        for path in (reverse("poll", args=[poll.id]), reverse("session_list"), reverse("today")):
            client.get(path)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            counted.append(len(captured))
        letters = list(Message.objects.filter(about=poll.id, kind="poll_opened"))
        with CaptureQueriesContext(connection) as captured:
            assert len(registry["poll_opened"].load(letters)) == people - 1
        costs.append([*counted, len(captured)])
    assert costs[0] == costs[1]
    assert max(costs[0]) <= 12
