"""Series of talks: laid out by the clock, changed in part or whole, and told in one mail."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lerend.mail import outbox
from lerend.mail.models import Message
from organisations.domain.errors import Refused
from organisations.domain.members import end_membership
from organisations.models import Membership, Role, TeamMembership
from sessions_app.domain import changes, planning, series, telling
from sessions_app.models import Answer, Participant, Series, Session, SessionReminder, SessionStep, State
from sessions_app.queries.calendars import series_events
from sessions_app.queries.recurrence import Repeat, occurrence_starts, rule_words, times_until
from sessions_app.queries.series import Which, among, talks_for
from tests.conftest import PLAN_AT

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEEKLY = Repeat(interval=1, count=4)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=AMSTERDAM).astimezone(UTC)


def talks_in(found: Series | None) -> list[Session]:
    return list(Session.objects.filter(series=found).order_by("occurrence"))


def clock(talks) -> list[str]:
    return [f"{talk.starts_at.astimezone(AMSTERDAM):%d-%m %H:%M}" for talk in talks]


@pytest.fixture
def weekly(cast, plan) -> Session:
    """The first of four teamdagdelen of sem with lina and joost: Tuesdays at ten, from 9 March 2027 on."""
    return plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=WEEKLY)


@pytest.fixture
def sent(time_machine, mailoutbox):
    """Deliver what is due after the window, and give what went out, as (who, how it begins)."""
    time_machine.move_to(timezone.now(), tick=False)

    def sent():
        time_machine.shift(timedelta(minutes=5))
        before = len(mailoutbox)
        outbox.deliver()
        return sorted((mail.to[0].split("@")[0], mail.subject.split(":")[0]) for mail in mailoutbox[before:])

    return sent


def everyone(begin: str) -> list[tuple[str, str]]:
    return [("joost", begin), ("lina", begin), ("sem", begin)]


@pytest.mark.parametrize(
    ("first", "repeat", "expected"),
    [
        (local(2027, 3, 23, 10), Repeat(1, 3), ["23-03 10:00", "30-03 10:00", "06-04 10:00"]),
        (local(2027, 10, 19, 10), Repeat(6, 3), ["19-10 10:00", "30-11 10:00", "11-01 10:00"]),
        (local(2027, 3, 2, 10), Repeat(1, 3, nth=1), ["02-03 10:00", "06-04 10:00", "04-05 10:00"]),
        (local(2027, 9, 30, 9), Repeat(2, 3, nth=-1), ["30-09 09:00", "25-11 09:00", "27-01 09:00"]),
    ],
)
def test_ten_o_clock_stays_ten_o_clock(cast, plan, first, repeat, expected):
    talk = plan(cast.sem, "teamdagdeel", teams=[cast.north], starts_at=first, repeat=repeat)
    talks = talks_in(talk.series)
    assert clock(talks) == expected
    assert {one.ends_at - one.starts_at for one in talks} == {timedelta(hours=3)}


@pytest.mark.parametrize("first", [local(2027, 3, 21, 2, 30), local(2027, 10, 24, 2, 30)])
def test_a_time_that_the_clock_does_not_show_once_is_refused(cast, plan, first):
    with pytest.raises(Refused, match="gaat de klok voor- of achteruit"):
        plan(cast.sem, "teamdagdeel", teams=[cast.north], starts_at=first, repeat=Repeat(1, 3))
    assert not Series.objects.exists()


def test_each_is_a_talk_of_its_own(weekly):
    talks = talks_in(weekly.series)
    own = {"id", "starts_at", "ends_at", "occurrence", "form_key", "created_at", "changed_at"}
    same = [field.attname for field in Session._meta.concrete_fields if field.name not in own]
    assert len({tuple(str(getattr(talk, name)) for name in same) for talk in talks}) == 1
    assert [talk.occurrence for talk in talks] == [0, 1, 2, 3]
    for rows, names in (
        (SessionStep, ("number", "title", "text", "minutes", "means")),
        (SessionReminder, ("days", "at", "audience")),
        (Participant, ("user", "organisation", "team", "part", "leads", "answer")),
    ):
        first, *others = (list(rows.objects.filter(session=talk).order_by(*names).values(*names)) for talk in talks)
        assert first
        assert others == [first] * 3


def test_everyone_is_invited_once_and_reminded_of_each(cast, weekly):
    found = Message.objects.filter(kind="invitation").values_list("about", "recipient", "keep_until")
    last = talks_in(weekly.series)[-1]
    assert set(found) == {(weekly.series_id, user.id, last.ends_at) for user in (cast.sem, cast.lina, cast.joost)}
    reminded = Message.objects.filter(kind="reminder", recipient=cast.lina).values_list("about", flat=True)
    assert set(reminded) == {talk.id for talk in talks_in(weekly.series)}


def test_what_was_told_is_known_until_the_last_talk_is_long_over(cast, weekly, sent, time_machine):
    last = talks_in(weekly.series)[-1]
    assert set(Message.objects.filter(kind="invitation").values_list("keep_until", flat=True)) == {last.ends_at}
    sent()
    changes.reschedule(weekly.id, starts_at=PLAN_AT, place="De Kom", link="", by=cast.sem)
    time_machine.move_to(last.ends_at + telling.TOLD_KEPT - timedelta(minutes=1), tick=False)
    assert telling.forget_due() == 0
    time_machine.shift(timedelta(minutes=2))
    assert telling.forget_due() == 2


def test_sent_twice_is_planned_once(cast, weekly):
    planning.plan_session(weekly.id, by=cast.sem)
    assert (Session.objects.count(), Message.objects.filter(kind="invitation").count()) == (4, 3)


@pytest.mark.parametrize(
    ("left_out", "numbers", "count"), [({1}, [0, 2, 3], 4), ({0}, [0, 1, 2], 3), ({2, 3}, [0, 1], 2)]
)
def test_single_dates_are_left_out_before_sending(cast, plan, left_out, numbers, count):
    draft = plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=WEEKLY, send=False)
    dates = WEEKLY.starts(PLAN_AT)
    kept = [moment for number, moment in enumerate(dates) if number not in left_out]
    talk = planning.plan_session(draft.id, dates=kept, by=cast.sem)
    talks = talks_in(talk.series)
    assert [one.starts_at for one in talks] == kept
    assert [one.occurrence for one in talks] == numbers
    assert talk.series.count == count
    assert [occurrence_starts(talk.series)[number] for number in numbers] == kept


def test_with_one_date_left_it_is_no_series(cast, plan):
    draft = plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=WEEKLY, send=False)
    talk = planning.plan_session(draft.id, dates=[PLAN_AT + timedelta(weeks=2)], by=cast.sem)
    assert (talk.series, talk.starts_at, Series.objects.count()) == (None, PLAN_AT + timedelta(weeks=2), 0)
    assert Message.objects.filter(kind="invitation", about=talk.id).count() == 3


def test_dates_have_to_be_of_the_series(cast, plan):
    draft = plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=WEEKLY, send=False)
    for dates, why in (([], "ten minste één"), ([PLAN_AT + timedelta(days=1)], "intussen anders")):
        with pytest.raises(Refused, match=why):
            planning.plan_session(draft.id, dates=dates, by=cast.sem)


def test_a_series_reaches_no_further_than_one_talk(cast, plan):
    with pytest.raises(Refused, match="meer dan twee jaar"):
        plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=Repeat(26, 5))


def test_a_draft_can_stop_repeating_or_go(cast, plan):
    draft = plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=WEEKLY, send=False)
    step = draft.steps.first()
    change = [planning.StepChange(step.id, step.title, 60)]
    planning.set_moment(draft.id, starts_at=PLAN_AT, steps=change, by=cast.sem)
    assert Series.objects.count() == 0
    planning.set_moment(draft.id, starts_at=PLAN_AT, steps=change, repeat=WEEKLY, by=cast.sem)
    planning.discard_draft(draft.id, by=cast.sem)
    assert (Session.objects.count(), Series.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (Which.LATER, ["09-03 10:00", "17-03 14:00", "24-03 14:00", "31-03 14:00"]),
        (Which.ALL, ["10-03 14:00", "17-03 14:00", "24-03 14:00", "31-03 14:00"]),
    ],
)
def test_talks_move_by_the_clock_and_everyone_gets_one_mail(cast, weekly, sent, mailoutbox, which, expected):
    sent()
    second = talks_in(weekly.series)[1]
    Participant.objects.filter(session__series=weekly.series).update(answer=Answer.YES)
    moved = {"starts_at": local(2027, 3, 17, 14), "place": weekly.place, "link": ""}
    series.reschedule(second.id, which, by=cast.sem, **moved)
    talks = talks_in(weekly.series)
    assert clock(talks) == expected
    assert sent() == everyone("Gewijzigd")
    assert sent() == []
    # Only who has to look anew at a moment is asked anew; the planner said yes by moving it.
    open_now = Participant.objects.filter(session__series=weekly.series, answer=Answer.OPEN)
    assert set(open_now.values_list("session__occurrence", "user__name")) == {
        (talk.occurrence, name)
        for talk in talks
        for name in ("Lina Bakker", "Joost Kramer")
        if "14:00" in clock([talk])[0]
    }
    # The rule follows where most of them are, so that the calendar has few exceptions.
    weekly.series.refresh_from_db()
    assert rule_words(weekly.series) == "elke woensdag"
    assert len(series_events(weekly.series, talks)) == (2 if which == Which.LATER else 1)


def test_one_moved_by_itself_moves_along_with_all(cast, weekly):
    second = talks_in(weekly.series)[1]
    changes.reschedule(second.id, starts_at=local(2027, 3, 18, 9), place="De Kom", link="", by=cast.sem)
    shift = {"starts_at": local(2027, 3, 9, 11), "place": weekly.place, "link": ""}
    series.reschedule(weekly.id, Which.ALL, by=cast.sem, **shift)
    talks = talks_in(weekly.series)
    assert clock(talks) == ["09-03 11:00", "18-03 10:00", "23-03 11:00", "30-03 11:00"]
    assert [talk.place for talk in talks] == [weekly.place, "De Kom", weekly.place, weekly.place]


def test_another_place_holds_for_all_and_asks_nobody_anew(cast, weekly, sent):
    sent()
    Participant.objects.filter(session__series=weekly.series).update(answer=Answer.YES)
    series.reschedule(weekly.id, Which.ALL, starts_at=PLAN_AT, place="De Kom", link="", by=cast.sem)
    assert {talk.place for talk in talks_in(weekly.series)} == {"De Kom"}
    assert not Participant.objects.filter(session__series=weekly.series, answer=Answer.OPEN).exists()
    assert sent() == everyone("Gewijzigd")


def test_a_move_that_cannot_be_moves_nothing(cast, weekly):
    third = talks_in(weekly.series)[2]
    now = timezone.now()
    earlier = third.starts_at - (weekly.starts_at - now) - timedelta(days=1)
    for starts_at, why in ((earlier, "al voorbij"), (local(2027, 3, 21, 2, 30), "gaat de klok")):
        with pytest.raises(Refused, match=why):
            series.reschedule(third.id, Which.ALL, starts_at=starts_at, place="", link="", by=cast.sem)
    assert clock(talks_in(weekly.series))[0] == "09-03 10:00"


def test_a_monthly_series_that_moves_by_days_keeps_its_dates_right(cast, plan):
    first = local(2027, 3, 2, 10)
    talk = plan(cast.sem, "teamdagdeel", teams=[cast.north], starts_at=first, repeat=Repeat(1, 4, nth=1))
    series.reschedule(talk.id, Which.ALL, starts_at=local(2027, 3, 3, 10), place="", link="https://a.test", by=cast.sem)
    talks = talks_in(talk.series)
    assert clock(talks) == ["03-03 10:00", "07-04 10:00", "05-05 10:00", "02-06 10:00"]
    talk.series.refresh_from_db()
    assert rule_words(talk.series) == "elke eerste woensdag"
    assert len(series_events(talk.series, talks)) == 1


@pytest.mark.parametrize(
    ("day", "nth", "to", "rule"),
    [
        (local(2027, 3, 2, 10), 1, local(2027, 3, 10, 10), "elke tweede woensdag"),
        # The last Wednesday of April and of May is the fourth, that of June the fifth.
        (local(2027, 4, 27, 10), -1, local(2027, 4, 28, 10), "elke laatste woensdag"),
        # The Monday before the last Tuesday of May is not the last Monday, as those of June and July are.
        (local(2027, 5, 25, 10), -1, local(2027, 5, 24, 10), "elke laatste dinsdag"),
    ],
)
def test_a_monthly_rule_follows_where_the_first_talk_fits_it(cast, plan, day, nth, to, rule):
    talk = plan(cast.sem, "teamdagdeel", teams=[cast.north], starts_at=day, repeat=Repeat(1, 3, nth=nth))
    before = [one.starts_at for one in talks_in(talk.series)]
    series.reschedule(talk.id, Which.ALL, starts_at=to, place=talk.place, link="", by=cast.sem)
    assert [one.starts_at for one in talks_in(talk.series)] == [moment + (to - day) for moment in before]
    talk.series.refresh_from_db()
    assert rule_words(talk.series) == rule
    assert occurrence_starts(talk.series)[0] == talk.series.starts_at


@pytest.mark.parametrize(("called_off", "rule"), [(2, "elke woensdag"), (0, "elke dinsdag")])
def test_the_rule_is_that_of_most_talks_that_go_on(cast, weekly, called_off, rule):
    talks = talks_in(weekly.series)
    for talk in talks[:called_off]:
        series.cancel(talk.id, Which.ONE, by=cast.sem)
    to = talks[2].starts_at + timedelta(days=1)
    series.reschedule(talks[2].id, Which.LATER, starts_at=to, place=weekly.place, link="", by=cast.sem)
    weekly.series.refresh_from_db()
    assert rule_words(weekly.series) == rule


def test_what_has_begun_never_changes(cast, weekly):
    Session.objects.filter(id=weekly.id).update(
        starts_at=timezone.now() - timedelta(hours=1), ends_at=timezone.now() + timedelta(hours=1)
    )
    second = talks_in(weekly.series)[1]
    series.cancel(second.id, Which.ALL, by=cast.sem)
    assert [talk.state for talk in talks_in(weekly.series)] == [State.PLANNED, *[State.CANCELLED] * 3]
    with pytest.raises(Refused, match="al begonnen"):
        series.cancel(weekly.id, Which.ALL, by=cast.sem)


def test_some_cancelled_is_a_change_and_all_cancelled_is_the_end(cast, weekly, sent):
    sent()
    third = talks_in(weekly.series)[2]
    series.cancel(third.id, Which.LATER, by=cast.sem)
    assert sent() == everyone("Gewijzigd")
    assert series.cancel(third.id, Which.LATER, by=cast.sem)
    series.cancel(weekly.id, Which.ALL, by=cast.sem)
    assert sent() == everyone("Gaat niet door")
    assert not Message.objects.filter(kind="reminder", state="queued").exists()


def test_why_is_told_once_for_all(cast, weekly, sent, mailoutbox):
    sent()
    series.cancel(talks_in(weekly.series)[2].id, Which.LATER, because="Het is vakantie.", by=cast.sem)
    sent()
    told = [line for line in mailoutbox[-1].body.splitlines() if "vakantie" in line]
    assert told == ["Gaat niet door. Het is vakantie."]


def test_other_steps_for_later_ones(cast, weekly, sent):
    sent()
    first, *later = talks_in(weekly.series)
    before = list(first.steps.values_list("title", "minutes", "text", "means"))
    steps = list(later[0].steps.all())
    laid = [planning.StepChange(steps[1].id, "Eerst dit", 20), planning.StepChange(steps[0].id, steps[0].title, 40)]
    series.change_steps(later[0].id, Which.LATER, steps=laid, by=cast.sem)
    expected = [("Eerst dit", 20, steps[1].text, steps[1].means), (steps[0].title, 40, steps[0].text, steps[0].means)]
    for talk in talks_in(weekly.series):
        found = list(talk.steps.values_list("title", "minutes", "text", "means"))
        assert found == (before if talk.occurrence == 0 else expected)
        assert talk.ends_at - talk.starts_at == timedelta(hours=3 if talk.occurrence == 0 else 1)
    assert sent() == everyone("Gewijzigd")


def test_somebody_else_in_all_of_them(cast, weekly, sent):
    sent()
    fatma = cast.member("Fatma Yildiz")
    joins = Membership.objects.get(user=fatma).id
    series.change_people(weekly.id, Which.ALL, out=[cast.lina.id], people=[joins], by=cast.sem)
    for talk in talks_in(weekly.series):
        names = talk.participants.order_by("user__name").values_list("user__name", flat=True)
        assert list(names) == ["Fatma Yildiz", "Joost Kramer", "Sem de Wit"]
    told = dict(sent())
    assert told == {
        "joost": "Gewijzigd",
        "sem": "Gewijzigd",
        "lina": "Je doet niet meer mee",
        fatma.email.split("@")[0]: "Uitnodiging",
    }


def test_handed_over_with_what_comes_of_the_series(cast, plan, sent):
    first = plan(cast.pim, "teamdagdeel", teams=[cast.north], join=False, repeat=WEEKLY)
    sent()
    second = talks_in(first.series)[1]
    with pytest.raises(Refused, match="kan niet naar deze persoon"):
        series.hand_over(second.id, Which.LATER, to=cast.tess.id, by=cast.pim)
    series.hand_over(second.id, Which.LATER, to=cast.noor.id, by=cast.pim)
    talks = talks_in(first.series)
    assert [talk.planned_by for talk in talks] == [cast.pim, cast.noor, cast.noor, cast.noor]
    assert talks[0].series.planned_by == cast.noor
    assert [who for who, _ in sent()] == ["joost", "lina", "noor", "sem"]
    assert len(series.extend(second.id, 1, count=4, by=cast.noor)) == 1


def test_who_leaves_gets_one_mail_for_the_whole_series(cast, weekly, sent):
    sent()
    end_membership(Membership.objects.get(user=cast.lina).id, by=cast.noor)
    found = Message.objects.filter(recipient=cast.lina, about=weekly.series_id, state="queued")
    assert list(found.values_list("kind", flat=True)) == ["uninvited"]
    assert not Participant.objects.filter(user=cast.lina).exists()
    told = Message.objects.filter(kind="participant_left")
    assert list(told.values_list("recipient", flat=True)) == [cast.sem.id]
    assert ("lina", "Je doet niet meer mee") in sent()


def test_who_leaves_hands_a_series_over_to_who_takes_part(cast, plan, sent):
    first = plan(cast.lina, "collegiaal-interview", [cast.joost], repeat=WEEKLY)
    draft = plan(cast.lina, "collegiaal-interview", [cast.joost], repeat=WEEKLY, send=False)
    sent()
    end_membership(Membership.objects.get(user=cast.lina).id, by=cast.noor)
    assert [talk.planned_by for talk in talks_in(first.series)] == [cast.joost] * 4
    assert list(Series.objects.values_list("planned_by", flat=True)) == [cast.joost.id]
    assert not Session.objects.filter(id=draft.id).exists()


def test_with_nobody_left_the_series_is_called_off_in_one_mail(cast, plan, sent):
    first = plan(cast.pim, "collegiaal-interview", [cast.lina], repeat=WEEKLY)
    Participant.objects.filter(user=cast.lina).update(organisation=cast.elsewhere)
    Membership.objects.create(user=cast.lina, organisation=cast.elsewhere)
    sent()
    end_membership(Membership.objects.get(user=cast.pim).id, by=cast.noor)
    assert [talk.state for talk in talks_in(first.series)] == [State.CANCELLED] * 4
    assert [one for one in sent() if one[0] == "lina"] == [("lina", "Gaat niet door")]


def test_three_more_at_the_end(cast, weekly, sent):
    sent()
    # Her yes to the last of them is none to those that come after it.
    series.answer(weekly.series_id, {talks_in(weekly.series)[-1].id: Answer.YES}, sequence=0, by=cast.lina)
    series.extend(weekly.id, 3, count=4, by=cast.sem)
    assert series.extend(weekly.id, 3, count=4, by=cast.sem) == []
    talks = talks_in(weekly.series)
    assert clock(talks)[4:] == ["06-04 10:00", "13-04 10:00", "20-04 10:00"]
    assert [talk.occurrence for talk in talks] == list(range(7))
    assert set(talks[-1].participants.values_list("user__name", "answer")) == {
        ("Sem de Wit", "yes"),
        ("Lina Bakker", ""),
        ("Joost Kramer", ""),
    }
    assert sent() == everyone("Gewijzigd")
    with pytest.raises(Refused, match="ten hoogste 52"):
        series.extend(weekly.id, 46, count=7, by=cast.sem)


def test_who_may_plan_such_talks_no_more_adds_none(cast, weekly):
    TeamMembership.objects.filter(membership__user=cast.sem).update(role=Role.PROFESSIONAL)
    with pytest.raises(Refused, match="niet meer plannen"):
        series.extend(weekly.id, 1, count=4, by=cast.sem)
    weekly.series.refresh_from_db()
    assert (weekly.series.count, len(talks_in(weekly.series))) == (4, 4)


@pytest.mark.parametrize(
    ("first", "repeat", "why"),
    [
        (local(2027, 3, 14, 2, 30), Repeat(1, 2), "gaat de klok voor- of achteruit"),
        (local(2027, 3, 9, 10), Repeat(26, 2), "twee jaar"),
    ],
)
def test_no_more_at_the_end_than_can_be(cast, plan, time_machine, first, repeat, why):
    time_machine.move_to(datetime(2027, 2, 1, 9, tzinfo=UTC))
    talk = plan(cast.sem, "teamdagdeel", teams=[cast.north], starts_at=first, repeat=repeat)
    with pytest.raises(Refused, match=why):
        series.extend(talk.id, 3, count=2, by=cast.sem)
    talk.series.refresh_from_db()
    assert (talk.series.count, len(talks_in(talk.series))) == (2, 2)


def test_answers_for_all_or_for_each(cast, weekly):
    talks = talks_in(weekly.series)
    said = {talk.id: Answer.YES for talk in talks}
    assert series.answer(weekly.series_id, said, sequence=0, by=cast.lina) == 4
    assert series.answer(weekly.series_id, said | {talks[2].id: Answer.NO}, sequence=0, by=cast.lina) == 1
    found = Participant.objects.filter(user=cast.lina).order_by("session__occurrence").values_list("answer", flat=True)
    assert list(found) == ["yes", "yes", "no", "yes"]
    changes.cancel(talks[0].id, by=cast.sem)
    with pytest.raises(Refused, match="intussen gewijzigd"):
        series.answer(weekly.series_id, said, sequence=0, by=cast.lina)
    with pytest.raises(Refused, match="gaat niet door"):
        series.answer(weekly.series_id, said, sequence=1, by=cast.lina)
    with pytest.raises(Refused, match="gaat niet door"):
        series.answer(weekly.series_id, {talks[1].id: Answer.YES}, sequence=1, by=cast.tess)


def test_the_token_holds_while_a_place_is_left(cast, weekly, time_machine):
    token = series.answer_token(weekly.series, cast.lina)
    found, user, places = series.by_token(token)
    assert (found, user, [place.session for place in places]) == (weekly.series, cast.lina, talks_in(weekly.series))
    Participant.objects.filter(user=cast.lina, session=weekly).delete()
    assert len(series.by_token(token)[2]) == 3
    for wrong in (series.answer_token(weekly.series, cast.tess), token + "x", "x"):
        with pytest.raises(Series.DoesNotExist):
            series.by_token(wrong)
    time_machine.move_to(talks_in(weekly.series)[-1].ends_at)
    with pytest.raises(Series.DoesNotExist):
        series.by_token(token)


def test_who_plans_for_two_no_longer_sees_what_has_begun(cast, plan, time_machine):
    talk = plan(cast.pim, "collegiaal-interview", [cast.lina, cast.joost], join=False, repeat=WEEKLY)
    last = talks_in(talk.series)[-1]
    time_machine.move_to(PLAN_AT + timedelta(weeks=1, hours=1))
    place = among(last, cast.pim)
    assert place
    assert (place.number, place.count) == (2, 2)
    assert [one.occurrence for one in talks_for(talk.series_id, cast.lina)] == [0, 1, 2, 3]
    series.cancel(last.id, Which.ALL, by=cast.pim)
    assert [one.state for one in talks_in(talk.series)] == [State.PLANNED] * 2 + [State.CANCELLED] * 2
    for user, seen in ((cast.lina, True), (cast.pim, True), (cast.noor, False), (cast.sem, False)):
        assert Series.objects.visible_to(user).exists() == seen
    time_machine.move_to(PLAN_AT + timedelta(weeks=5))
    assert not Series.objects.visible_to(cast.pim).exists()


def test_a_leader_finds_no_list_of_what_was_with_one_other(cast, plan, time_machine):
    talk = plan(cast.sem, "gesprek-met-leidinggevende", [cast.lina], repeat=WEEKLY)
    time_machine.move_to(PLAN_AT + timedelta(days=1))
    assert [one.occurrence for one in talks_for(talk.series_id, cast.sem)] == [1, 2, 3]
    assert among(talk, cast.sem) is None
    assert among(talk, cast.lina).count == 4


def test_until_a_date():
    first = local(2027, 3, 2, 10)
    assert times_until(first, 1, None, date(2027, 3, 16)) == 3
    assert times_until(first, 1, 1, date(2027, 5, 3)) == 2
    assert times_until(first, 1, None, date(2040, 1, 1)) == 53


def test_the_number_of_queries_does_not_grow_with_the_series(cast, plan, sent):
    def queries(act) -> int:
        with CaptureQueriesContext(connection) as found:
            act()
        return len(found)

    def counts(count: int) -> list[int]:
        sent()
        repeat = Repeat(1, count)
        draft = plan(cast.sem, "teamdagdeel", teams=[cast.north], repeat=repeat, send=False)
        later = {"starts_at": PLAN_AT + timedelta(hours=1), "place": "De Kom", "link": "", "by": cast.sem}
        return [
            queries(lambda: planning.plan_session(draft.id, by=cast.sem)),
            queries(sent),
            queries(lambda: series.reschedule(draft.id, Which.ALL, **later)),
            queries(sent),
            queries(lambda: series.cancel(draft.id, Which.ALL, by=cast.sem)),
        ]

    assert counts(30) == counts(2)
