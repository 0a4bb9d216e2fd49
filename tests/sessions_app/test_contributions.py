"""Who reads what: the written table, tried on every audience, person and moment."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction

from lerend.crypto import decrypt, mark
from lerend.mail.models import Message
from lerend.moments import AMSTERDAM
from organisations.domain.errors import Refused
from organisations.models import Membership, Role, Team, TeamMembership
from sessions_app.domain import contributions as domain
from sessions_app.domain import holding
from sessions_app.domain.contributions import Words
from sessions_app.models import Audience, Consent, Contribution, ContributionKind, Part, Participant, Report, Session

EVERYONE = ("noor", "sem", "lina", "joost", "pim", "tess", "ilse", "aart", "roos", "beheer")


@pytest.fixture
def readers(cast):
    """Give the names of those who may read a contribution."""

    def readers(contribution, *more):
        people = [*(getattr(cast, name) for name in EVERYONE), *more]
        return {user.get_short_name() for user in people if contribution in Contribution.objects.visible_to(user)}

    return readers


@pytest.fixture
def team_day(cast, plan, held):
    """A teamdagdeel with sem (leads), lina, joost and five more; one of the five, Bram, was away."""
    cast.more = [cast.member(name) for name in ("Fatma", "Bram", "Zoë", "Omar", "Imke")]
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    return held(session, cast.lina, absent=[cast.more[1]])


@pytest.fixture
def talk_with_leader(cast, plan, held):
    return held(plan(cast.lina, "gesprek-met-leidinggevende", [cast.sem]), cast.lina)


@pytest.fixture
def interview(cast, plan, held):
    return held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.joost)


def say(session, by, audience, text="Naast iemand gaan staan.", **more):
    return domain.record_contribution(session.id, Words(text=text, audience=audience, **more), by=by)


def answer(item, agreed, by):
    question = item.consents.get(participant__user=by).id
    return domain.answer_consent(item.id, agreed, question=question, by=by)


def test_the_table_in_a_large_talk(cast, team_day, readers):
    there = {"Sem", "Lina", "Joost", "Fatma", "Zoë", "Omar", "Imke"}
    assert team_day.present_count == 6
    table = {
        Audience.PRIVATE: {"Lina"},
        Audience.PRESENT: there,
        Audience.TEAM: {"Lina", "Joost", "Fatma", "Bram", "Zoë", "Omar", "Imke", "Sem"},
        Audience.ORGANISATION: {"Noor", "Sem", "Lina", "Joost", "Fatma", "Bram", "Zoë", "Omar", "Imke"},
    }
    found = {
        audience: readers(
            say(team_day, cast.lina, audience, team=cast.north if audience == Audience.TEAM else None), *cast.more
        )
        for audience in table
    }
    assert found == table


def test_the_leader_reads_the_teams_items_only_when_present(cast, plan, held, readers):
    more = [cast.member(name) for name in ("Fatma", "Bram", "Zoë", "Omar")]
    session = held(plan(cast.noor, "teamdagdeel", teams=[cast.north], join=False), cast.lina, absent=[cast.sem])
    item = say(session, cast.lina, Audience.TEAM, team=cast.north)
    assert item.released_at is not None
    assert readers(item, *more) == {"Lina", "Joost", "Fatma", "Bram", "Zoë", "Omar"}


def test_who_joins_later_reads_later_items(cast, team_day, readers):
    before = say(team_day, cast.lina, Audience.TEAM, team=cast.north)
    late = cast.member("Later")
    after = say(team_day, cast.lina, Audience.TEAM, team=cast.north)
    assert "Later" not in readers(before, late)
    assert "Later" in readers(after, late)


def test_who_leaves_reads_nothing_but_their_own(cast, team_day):
    say(team_day, cast.lina, Audience.PRESENT)
    say(team_day, cast.lina, Audience.TEAM, team=cast.north)
    say(team_day, cast.lina, Audience.ORGANISATION)
    own = {say(team_day, cast.joost, Audience.PRIVATE), say(team_day, cast.joost, Audience.PRESENT, named=False)}
    cast.joost.memberships.all().delete()
    assert set(Contribution.objects.visible_to(cast.joost)) == own


def test_the_one_who_was_away_and_the_planner_read_nothing(cast, plan, held, readers):
    more = [cast.member(name) for name in ("Fatma", "Bram")]
    session = held(plan(cast.pim, "teamdagdeel", teams=[cast.north], join=False), cast.lina, absent=[more[0]])
    assert readers(say(session, cast.lina, Audience.PRESENT), *more) == {"Sem", "Lina", "Joost", "Bram"}


def test_a_planner_reads_nothing_shared_with_the_organisation_unless_in_a_team(cast, team_day, readers):
    item = say(team_day, cast.lina, Audience.ORGANISATION)
    assert "Pim" not in readers(item)
    TeamMembership.objects.create(membership=cast.pim.memberships.get(), team=cast.north, role=Role.PROFESSIONAL)
    assert "Pim" in readers(item)


def test_text_is_stored_closed(cast, team_day):
    item = say(
        team_day, cast.lina, Audience.PRIVATE, "Zwaan kleef aan 🦢", kind=ContributionKind.AGREEMENT, who="Joost <b>"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT text, who, row_to_json(c)::text FROM sessions_app_contribution c WHERE id = %s", [item.id]
        )
        text, who, row = cursor.fetchone()
    assert b"Zwaan" not in bytes(text)
    assert (decrypt(bytes(text)), decrypt(bytes(who))) == ("Zwaan kleef aan 🦢", "Joost <b>")
    assert "Zwaan" not in row
    assert "Zwaan" not in repr(item) + str(item)
    with pytest.raises(FieldError):
        Contribution.objects.filter(text="Zwaan kleef aan 🦢").exists()


def test_without_a_name_there_is_no_author(cast, team_day, readers):
    item = say(team_day, cast.lina, Audience.PRESENT, named=False)
    assert (item.author, len(item.mark)) == (None, 64)
    assert str(cast.lina.id).replace("-", "") not in item.mark
    assert list(Contribution.objects.own(cast.lina)) == [item]
    assert list(Contribution.objects.own(cast.joost)) == []
    with pytest.raises(Contribution.DoesNotExist):
        domain.withdraw_contribution(item.id, by=cast.joost)
    domain.withdraw_contribution(item.id, by=cast.lina)
    assert Contribution.objects.count() == 0


def test_the_database_refuses_a_name_and_a_mark_together(cast, team_day):
    item = say(team_day, cast.lina, Audience.PRESENT, named=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contribution.objects.filter(id=item.id).update(author=cast.lina)


def test_two_people_share_with_the_team_only_when_the_other_agrees(cast, interview, readers, mail_kinds):
    item = say(interview, cast.lina, Audience.TEAM, team=cast.north)
    assert (item.needs_consent, item.released_at) == (True, None)
    assert readers(item) == {"Lina", "Joost"}
    assert mail_kinds("consent_asked") == {"Joost Kramer"}
    item = answer(item, True, cast.joost)
    other = cast.member("Later in het team")
    assert item.released_at is not None
    assert readers(item, other) == {"Lina", "Joost"}
    answer(item, False, cast.joost)
    item.refresh_from_db()
    assert item.released_at is None


@pytest.fixture
def mail_kinds():
    def names(kind):
        return set(Message.objects.filter(kind=kind).values_list("recipient__name", flat=True))

    return names


def test_no_answer_lapses_as_no_and_tells_nothing(cast, interview, time_machine, client_of):
    refused = say(interview, cast.lina, Audience.ORGANISATION)
    silent = say(interview, cast.lina, Audience.ORGANISATION)
    answer(refused, False, cast.joost)

    def told(item):
        page = client_of(cast.lina).get(f"/opbrengst/{item.id}/").content.decode()
        return page[page.index("<h1>") : page.index("</main>")].replace(str(item.id), "")

    assert told(refused) == told(silent)
    time_machine.move_to(datetime.now(UTC) + timedelta(days=16))
    assert told(refused) == told(silent)
    assert "niet verder gedeeld" in told(silent)
    with pytest.raises(Refused, match="voorbij"):
        answer(silent, True, cast.joost)


def test_one_fixed_moment_at_midnight_in_amsterdam(cast, interview, time_machine):
    time_machine.move_to(datetime(2027, 3, 20, 12, tzinfo=UTC), tick=False)
    item = say(interview, cast.lina, Audience.ORGANISATION)
    assert item.consent_until == datetime(2027, 4, 3, 22, tzinfo=UTC)  # summer time has begun


def test_without_a_name_the_writer_is_asked_too(cast, interview):
    item = say(interview, cast.lina, Audience.ORGANISATION, named=False)
    asked = set(item.consents.values_list("participant__user__name", flat=True))
    assert asked == {"Lina Bakker", "Joost Kramer"}
    answer(item, True, cast.joost)
    assert answer(item, True, cast.lina).released_at is not None


def test_a_leader_cannot_ask(cast, talk_with_leader):
    with pytest.raises(Refused):
        say(talk_with_leader, cast.sem, Audience.ORGANISATION)
    own = talk_with_leader.participants.get(user=cast.sem)
    assert domain.choices_of_audience(talk_with_leader, own) == [Audience.PRIVATE, Audience.PRESENT]


def test_leaders_do_not_count_towards_the_smallest_group(cast, plan, held):
    more = [cast.member(name) for name in ("Fatma", "Bram")]
    session = held(plan(cast.sem, "teamdagdeel", teams=[cast.north]), cast.lina)
    assert (session.participants.count(), session.present_count) == (5, 4)
    assert say(session, more[0], Audience.ORGANISATION).needs_consent


def test_an_organisation_may_ask_for_a_larger_group_never_a_smaller(cast, team_day):
    cast.home.smallest_group = 7
    cast.home.save()
    assert say(team_day, cast.lina, Audience.ORGANISATION).needs_consent
    cast.home.smallest_group = 4
    with pytest.raises(IntegrityError), transaction.atomic():
        cast.home.save()


def test_an_agreement_with_a_leader_stays_between_them(cast, talk_with_leader, readers):
    with pytest.raises(Refused):
        say(talk_with_leader, cast.lina, Audience.ORGANISATION, kind=ContributionKind.AGREEMENT)
    item = say(
        talk_with_leader,
        cast.lina,
        Audience.PRESENT,
        kind=ContributionKind.AGREEMENT,
        who="Sem",
        due_on=date(2027, 1, 1),
    )
    assert readers(item) == {"Lina", "Sem"}


def test_only_own_teams_and_only_as_professional(cast, team_day):
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    with pytest.raises(Refused):
        say(team_day, cast.lina, Audience.TEAM, team=south)
    with pytest.raises(Refused):
        say(team_day, cast.sem, Audience.TEAM, team=cast.north)
    with pytest.raises(Refused):
        say(team_day, cast.lina, Audience.TEAM)


def test_who_may_record(cast, plan, held, team_day):
    with pytest.raises(Refused, match="niet bij wie erbij"):
        say(team_day, cast.more[1], Audience.PRIVATE)
    with pytest.raises(Session.DoesNotExist):
        say(team_day, cast.tess, Audience.PRIVATE)
    with pytest.raises(Session.DoesNotExist):
        say(team_day, cast.beheer, Audience.PRIVATE)
    ahead = plan(cast.lina, "collegiaal-interview", [cast.joost])
    with pytest.raises(Refused, match="nog niet begonnen"):
        say(ahead, cast.lina, Audience.PRIVATE)


def test_during_the_talk_notes_are_for_oneself_until_it_is_closed(cast, plan, held, readers):
    session = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina, close=False)
    item = say(session, cast.lina, Audience.PRESENT)
    assert readers(item) == {"Lina"}
    with pytest.raises(Refused):
        say(session, cast.lina, Audience.ORGANISATION)
    holding.close_session(session.id, present=session.participants.values_list("id", flat=True), by=cast.lina)
    assert readers(item) == {"Lina", "Joost"}


def test_a_guide_reads_live_notes_until_the_talk_is_closed_then_only_what_is_for_the_nji(cast, plan, held, readers):
    for name in ("Fatma", "Bram", "Zoë", "Omar"):
        cast.member(name)
    session = plan(cast.sem, "teamdagdeel", teams=[cast.north])
    Participant.objects.create(session=session, user=cast.ilse, part=Part.GUIDE)
    session = held(session, cast.lina, close=False)
    live, own = say(session, cast.lina, Audience.PRESENT), say(session, cast.lina, Audience.PRIVATE)
    assert (readers(live), readers(own)) == ({"Lina", "Ilse"}, {"Lina"})
    everyone = session.participants.values_list("id", flat=True)
    holding.close_session(session.id, present=everyone, by=cast.lina)
    given = say(session, cast.lina, Audience.NJI)
    assert (readers(live), readers(given)) == ({"Sem", "Lina", "Joost"}, {"Lina", "Ilse"})


def test_the_nji_is_offered_only_where_it_takes_part(cast, team_day):
    with pytest.raises(Refused):
        say(team_day, cast.lina, Audience.NJI)


def test_in_an_audit_one_reads_ones_own_side(cast, plan, held, readers):
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    yara = cast.member("Yara", south)
    session = held(plan(cast.noor, "audit", teams=[cast.north, south], join=False), cast.lina)
    assert readers(say(session, cast.lina, Audience.PRESENT), yara) == {"Sem", "Lina", "Joost"}
    assert readers(say(session, yara, Audience.PRESENT), yara) == {"Yara"}


def test_in_an_audit_who_is_on_no_side_reads_none(cast, plan, held, readers):
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    yara = cast.member("Yara", south)
    session = held(plan(cast.noor, "audit", teams=[cast.north, south]), cast.lina)
    for item in (say(session, cast.lina, Audience.PRESENT), say(session, yara, Audience.PRESENT)):
        assert "Noor" not in readers(item)
    asked = say(session, yara, Audience.ORGANISATION)
    assert set(asked.consents.values_list("participant__user__name", flat=True)) == set()


def test_an_audit_between_organisations_keeps_each_at_home(cast, plan, held, readers):
    mila = cast.member("Mila", cast.away)
    session = held(plan(cast.aart, "audit", teams=[cast.north, cast.away], organisation=cast.home), cast.lina)
    assert set(session.participants.values_list("user__name", flat=True)) == {
        "Sem de Wit", "Lina Bakker", "Joost Kramer", "Tess van Loon", "Mila",
    }  # fmt: skip
    item = say(session, mila, Audience.PRESENT)
    assert item.organisation == cast.elsewhere
    assert readers(item, mila) == {"Mila", "Tess"}


def test_a_report_lets_the_contact_hide_without_reading(cast, interview, readers, mail_kinds):
    item = say(interview, cast.lina, Audience.PRESENT)
    with pytest.raises(Contribution.DoesNotExist):
        domain.report_contribution(item.id, "x", by=cast.noor)
    domain.report_contribution(item.id, "Een inwoner is te herkennen.", by=cast.joost)
    domain.report_contribution(item.id, "Nog eens.", by=cast.joost)
    report = Report.objects.get()
    assert report.reason == "Een inwoner is te herkennen."
    assert mail_kinds("reported") == {"Noor Aydin"}
    for nobody in (cast.tess, cast.pim, cast.sem, cast.beheer):
        with pytest.raises(Report.DoesNotExist):
            domain.handle_report(report.id, hide=True, by=nobody)
    domain.handle_report(report.id, hide=True, by=cast.noor)
    assert readers(item) == {"Lina"}
    assert mail_kinds("hidden") == {"Lina Bakker"}
    domain.handle_report(report.id, hide=False, by=cast.noor)
    assert readers(item) == {"Lina", "Joost"}


def test_the_contact_goes_before_the_bestuurders(cast, interview, mail_kinds):
    cast.home.contact = cast.sem
    cast.home.save()
    item = say(interview, cast.lina, Audience.PRESENT)
    domain.report_contribution(item.id, "Herkenbaar.", by=cast.joost)
    assert mail_kinds("reported") == {"Sem de Wit"}
    with pytest.raises(Report.DoesNotExist):
        domain.handle_report(Report.objects.get().id, hide=True, by=cast.noor)


def test_sent_twice_is_recorded_once(cast, interview):
    words = Words(text="Eén keer.", audience=Audience.PRESENT, form_key=uuid4())
    first = domain.record_contribution(interview.id, words, by=cast.lina)
    assert domain.record_contribution(interview.id, words, by=cast.lina) == first


def test_changing_a_shared_text_asks_anew(cast, interview):
    item = say(interview, cast.lina, Audience.ORGANISATION)
    answer(item, True, cast.joost)
    changed = domain.change_contribution(item.id, Words(text="Anders.", audience=Audience.ORGANISATION), by=cast.lina)
    assert (changed.released_at, list(changed.consents.values_list("agreed", flat=True))) == (None, [None])
    narrowed = domain.change_contribution(item.id, Words(text="Anders.", audience=Audience.PRIVATE), by=cast.lina)
    assert (narrowed.needs_consent, Consent.objects.count()) == (False, 0)
    with pytest.raises(Contribution.DoesNotExist):
        domain.change_contribution(item.id, Words(text="Van mij?", audience=Audience.PRIVATE), by=cast.joost)


def test_texts_that_are_too_short_or_too_long(cast, interview):
    with pytest.raises(Refused, match="Schrijf eerst"):
        say(interview, cast.lina, Audience.PRIVATE, "  \n ")
    with pytest.raises(Refused, match="4000"):
        say(interview, cast.lina, Audience.PRIVATE, "x" * 4001)


def test_somebody_in_two_organisations_reads_as_a_member_of_the_one_they_came_for(cast, interview, readers):
    item = say(interview, cast.lina, Audience.PRESENT)
    Membership.objects.create(user=cast.joost, organisation=cast.elsewhere)
    cast.joost.memberships.filter(organisation=cast.home).delete()
    assert readers(item) == {"Lina"}


def test_a_yes_is_to_the_words_that_were_read(cast, interview):
    item = say(interview, cast.lina, Audience.ORGANISATION, "Onschuldig.")
    on_screen = item.consents.get().id
    domain.change_contribution(item.id, Words(text="Heel anders.", audience=Audience.ORGANISATION), by=cast.lina)
    with pytest.raises(Refused, match="intussen gewijzigd"):
        domain.answer_consent(item.id, True, question=on_screen, by=cast.joost)
    item.refresh_from_db()
    assert item.released_at is None


def test_saving_without_a_change_asks_nothing_again(cast, interview, time_machine):
    item = say(interview, cast.lina, Audience.ORGANISATION)
    answer(item, False, cast.joost)
    same = Words(text="Naast iemand gaan staan.", audience=Audience.ORGANISATION)
    domain.change_contribution(item.id, same, by=cast.lina)
    assert list(item.consents.values_list("agreed", flat=True)) == [False]
    first = item.consent_until
    time_machine.move_to(datetime.now(UTC) + timedelta(days=5))
    other = Words(text="Anders.", audience=Audience.ORGANISATION)
    assert domain.change_contribution(item.id, other, by=cast.lina).consent_until == first
    time_machine.move_to(first)
    with pytest.raises(Refused, match="voorbij"):
        domain.change_contribution(item.id, Words(text="Nog eens.", audience=Audience.ORGANISATION), by=cast.lina)


def test_a_no_that_went_with_its_person_is_no_yes(cast, plan, held):
    session = held(plan(cast.lina, "collegiaal-interview", [cast.joost, cast.member("Fatma")]), cast.lina)
    item = say(session, cast.lina, Audience.ORGANISATION)
    other = session.participants.exclude(user__in=[cast.lina, cast.joost]).get()
    answer(item, True, cast.joost)
    other.user.delete()
    assert answer(item, True, cast.joost).released_at is None


def test_who_was_not_there_shares_nothing_by_changing_a_note(cast, plan, held):
    session = held(plan(cast.sem, "teamdagdeel", teams=[cast.north]), cast.lina, close=False)
    note = say(session, cast.joost, Audience.PRIVATE)
    there = session.participants.exclude(user=cast.joost).values_list("id", flat=True)
    holding.close_session(session.id, present=there, by=cast.lina)
    with pytest.raises(Refused):
        domain.change_contribution(note.id, Words(text="Toch.", audience=Audience.ORGANISATION), by=cast.joost)
    domain.change_contribution(note.id, Words(text="Voor mij.", audience=Audience.PRIVATE), by=cast.joost)


def test_ticking_people_who_never_said_to_come_does_not_make_a_group(cast, plan, held):
    for name in ("Fatma", "Bram", "Zoë", "Omar", "Imke"):
        cast.member(name)
    session = held(plan(cast.sem, "teamdagdeel", teams=[cast.north]), cast.lina, close=False)
    session.participants.exclude(user__in=[cast.lina, cast.sem]).update(answer="")
    everyone = session.participants.values_list("id", flat=True)
    session = holding.close_session(session.id, present=everyone, by=cast.lina)
    assert session.present_count == 1
    assert say(session, cast.lina, Audience.ORGANISATION).needs_consent


def test_who_became_a_leader_since_the_plan_counts_as_one(cast, plan, held):
    session = held(plan(cast.lina, "collegiaal-interview", [cast.joost]), cast.lina, close=False)
    cast.joost.memberships.get().team_memberships.update(role=Role.LEIDINGGEVENDE)
    holding.close_session(session.id, present=session.participants.values_list("id", flat=True), by=cast.lina)
    session.refresh_from_db()
    assert (session.small_with_leader, session.participants.get(user=cast.joost).leads) == (True, True)


def test_an_unnamed_text_has_no_exact_moment(cast, team_day):
    item = say(team_day, cast.lina, Audience.PRESENT, named=False)
    assert item.created_at.astimezone(AMSTERDAM).time() == time(0)


def test_nobody_judges_a_report_about_a_text_under_their_own_name(cast, interview, mail_kinds, client_of):
    cast.home.contact = cast.lina
    cast.home.save()
    item = say(interview, cast.lina, Audience.PRESENT)
    domain.report_contribution(item.id, "Herkenbaar.", by=cast.joost)
    report = Report.objects.get()
    assert mail_kinds("reported") == {"Noor Aydin"}
    with pytest.raises(Report.DoesNotExist):
        domain.handle_report(report.id, hide=False, by=cast.lina)
    assert client_of(cast.noor).get("/meldingen/").status_code == 200
    domain.handle_report(report.id, hide=True, by=cast.noor)
    # Without a name it goes to the contact: to anybody else it would tell who wrote it.
    Contribution.objects.filter(id=item.id).update(author=None, mark=mark(cast.lina.id, cast.home.id))
    assert set(Report.objects.manageable_by(cast.lina)) == {report}
    assert set(Report.objects.manageable_by(cast.noor)) == set()
    # Where there is nobody else, it comes to the writer after all.
    Contribution.objects.filter(id=item.id).update(author=cast.noor, mark="")
    cast.home.contact = None
    cast.home.save()
    assert domain.contacts_of(cast.home, cast.noor.id) == [cast.noor.id]
    assert set(Report.objects.manageable_by(cast.noor)) == {report}


def test_reports_reach_the_bestuurders_when_the_contact_has_left(cast, interview, mail_kinds):
    cast.home.contact = cast.sem
    cast.home.save()
    cast.sem.memberships.all().delete()
    item = say(interview, cast.lina, Audience.PRESENT)
    domain.report_contribution(item.id, "Herkenbaar.", by=cast.joost)
    assert mail_kinds("reported") == {"Noor Aydin"}
    domain.handle_report(Report.objects.get().id, hide=True, by=cast.noor)
