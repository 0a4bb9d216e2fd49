"""Rounds over the wolkjes: who answers, the one picture, and that nothing smaller is ever told."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from content.models import Edition, Theme
from lerend.crypto import mark
from lerend.mail import outbox
from lerend.mail.models import Message
from lerend.moments import in_amsterdam
from organisations.domain.errors import Refused
from organisations.domain.members import end_membership
from organisations.domain.teams import close_team
from organisations.models import Membership, Organisation, Role, Team, TeamMembership
from sessions_app.domain import surveys
from sessions_app.domain.surveys import Said
from sessions_app.models import (
    Session,
    Share,
    ThemeAnswer,
    ThemeFigure,
    ThemeRemark,
    ThemeSheet,
    ThemeSurvey,
)
from sessions_app.queries import surveys as queries
from sessions_app.queries.contributions import reported_elsewhere
from tests.conftest import Cast
from tests.sessions_app.threads import in_threads

NOTHING_LEFT = (0, 0)


def without_token(response) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())


def soon(days: int = 10) -> date:
    return in_amsterdam(datetime.now(UTC)).date() + timedelta(days=days)


def theme(slug: str = "het-team") -> Theme:
    return Theme.objects.published().get(slug=slug)


@pytest.fixture
def people(cast: Cast, edition) -> list:
    """Five professionals of Team Noord: lina, joost and three more."""
    return [cast.lina, cast.joost, *(cast.member(name) for name in ("Fatma", "Bram", "Zoë"))]


@pytest.fixture
def start(cast, people):
    def start(by=None, team="north", **fields) -> ThemeSurvey:
        team = cast.north if team == "north" else team
        return surveys.start_survey(
            cast.home.id,
            team.id if team else None,
            fields.pop("last_day", soon()),
            form_key=fields.pop("form_key", uuid4()),
            by=by or cast.sem,
        )

    return start


def say(survey, *people, fit="same", live=False, slug="het-team", **more) -> None:
    for person in people:
        surveys.answer_survey(survey.id, [Said(theme(slug), fit=fit, live=live, **more)], by=person)


def left(survey) -> tuple[int, int]:
    return ThemeSheet.objects.filter(survey=survey).count(), ThemeAnswer.objects.count()


def figures(survey) -> dict[str, tuple[int, int, int, int]]:
    return {
        one.theme.slug: (one.live, one.same, one.different, one.unknown)
        for one in survey.figures.select_related("theme")
    }


def close(survey, by) -> ThemeSurvey:
    return surveys.close_survey(survey.id, by=by)


def test_five_steps_keep_none_and_one_and_all_and_all_but_one_together():
    steps = {n: [Share.of(part, n).value for part in range(n + 1)] for n in (5, 6, 8, 10)}
    assert steps == {
        5: [0, 0, 1, 3, 4, 4],
        6: [0, 0, 1, 2, 3, 4, 4],
        8: [0, 0, 1, 1, 2, 3, 3, 4, 4],
        10: [0, 0, 0, 1, 1, 2, 3, 3, 4, 4, 4],
    }


def test_five_who_count_make_a_picture_and_a_leader_answers_along(cast, people, start):
    survey = start()
    say(survey, *people[:3], live=True)
    say(survey, *people[3:], fit="different")
    say(survey, cast.sem, fit="unknown")
    closed = close(survey, cast.sem)
    assert (closed.pictured, figures(closed), left(survey)) == (True, {"het-team": (2, 2, 1, 0)}, NOTHING_LEFT)


@pytest.mark.parametrize("leader", [False, True])
def test_four_who_count_make_none_and_everything_is_erased(cast, people, start, leader):
    survey = start()
    say(survey, *people[:4], live=True, remark="Weg ermee.", released=True)
    if leader:
        TeamMembership.objects.filter(membership__user=people[4]).update(role=Role.LEIDINGGEVENDE)
        say(survey, cast.sem, people[4])
    closed = close(survey, cast.sem)
    assert (closed.pictured, figures(closed), left(survey)) == (False, {}, NOTHING_LEFT)
    assert ThemeRemark.objects.count() == 0


def test_an_organisation_that_set_a_higher_limit_keeps_it_for_the_round(cast, people, start):
    Organisation.objects.filter(id=cast.home.id).update(smallest_group=6)
    with pytest.raises(Refused, match="ten minste 6 mensen"):
        start()
    people.append(cast.member("Omar"))
    survey = start()
    Organisation.objects.filter(id=cast.home.id).update(smallest_group=5)
    say(survey, *people[:5])
    assert close(survey, cast.sem).pictured is False


def test_a_theme_that_too_few_answered_stays_out_of_the_picture(cast, people, start):
    survey = start()
    slugs = {"a": "het-team", "b": Theme.objects.published().filter(parent=None).exclude(slug="het-team")[0].slug}
    for number, person in enumerate([*people, cast.sem]):
        said = [Said(theme(slugs["a"]), fit="same")]
        if number:  # four who count, and a leader
            said.append(Said(theme(slugs["b"]), live=True))
        surveys.answer_survey(survey.id, said, by=person)
    assert figures(close(survey, cast.sem)) == {"het-team": (0, 4, 0, 0)}


def test_nobody_counts_who_left_the_team_and_who_leaves_is_erased(cast, people, start):
    survey = start()
    say(survey, *people)
    TeamMembership.objects.filter(membership__user=people[4]).delete()
    end_membership(Membership.objects.get(user=people[3]).id, by=people[3])
    assert ThemeSheet.objects.filter(mark=mark(people[3].id, cast.home.id)).count() == 0
    assert close(survey, cast.sem).pictured is False


def test_answers_change_and_are_withdrawn_until_it_closes(cast, people, start):
    survey = start()
    say(survey, cast.lina, fit="same", remark="Eerst zo.")
    say(survey, cast.lina, fit="different", live=True)
    (answer,) = ThemeAnswer.objects.all()
    assert (answer.fit, answer.live, answer.remark, answer.released) == ("different", True, None, False)
    surveys.withdraw_answers(survey.id, by=cast.lina)
    assert left(survey) == NOTHING_LEFT
    close(survey, cast.sem)
    for verb in (lambda: say(survey, cast.lina), lambda: surveys.withdraw_answers(survey.id, by=cast.lina)):
        with pytest.raises(Refused, match="gesloten"):
            verb()


def test_what_cannot_be_answered(cast, people, start):
    survey = start()
    other = Theme.objects.create(
        edition=Edition.objects.create(name="Versie 2", title="Twee"), number=1, slug="nieuw", title="Nieuw", text="x"
    )
    for said, why in (
        ([], "ten minste één"),
        ([Said(theme(), remark=" ", released=True)], "ten minste één"),
        ([Said(other, fit="same")], "andere uitgave"),
        ([Said(theme(), remark="x" * 501)], "500 tekens"),
    ):
        with pytest.raises(Refused, match=why):
            surveys.answer_survey(survey.id, said, by=cast.lina)
    for stranger in (cast.tess, cast.noor, cast.pim, cast.ilse):
        with pytest.raises(ThemeSurvey.DoesNotExist):
            say(survey, stranger)


def test_the_same_form_starts_one_and_a_place_has_one_at_a_time(cast, start):
    key = uuid4()
    assert start(form_key=key) == start(form_key=key)
    with pytest.raises(Refused, match="loopt al een ronde"):
        start()
    assert start(by=cast.noor, team=None).team is None


def test_two_pictures_of_the_same_people_lie_apart(cast, people, start):
    survey = start()
    say(survey, *people)
    close(survey, cast.sem)
    with pytest.raises(Refused, match="30 dagen geleden"):
        start()
    ThemeSurvey.objects.update(closed_at=datetime.now(UTC) - timedelta(days=31))
    again = start()
    close(again, cast.sem)  # without a picture there is nothing to compare
    with pytest.raises(Refused, match="Begin morgen"):
        start()
    ThemeSurvey.objects.filter(id=again.id).update(closed_at=datetime.now(UTC) - timedelta(hours=25))
    assert start() != again


@pytest.mark.parametrize(("others", "may"), [(0, True), (1, False), (4, False), (5, True)])
def test_pictures_of_nearly_the_same_people_lie_apart(cast, people, start, others, may):
    south = Team.objects.create(organisation=cast.home, name="Team Zuid")
    for number in range(others):
        cast.member(f"Collega {number}", south)
    start()  # it runs; at the end it may give a picture

    def begins() -> bool:
        try:
            return start(by=cast.noor, team=None).team is None
        except Refused as refused:
            return "bijna dezelfde mensen" not in refused.message

    assert begins() is may
    ThemeSurvey.objects.filter(team=None).delete()
    ThemeSurvey.objects.update(closed_at=datetime.now(UTC) - timedelta(days=29), pictured=False)
    assert begins()  # without a picture there is nothing to compare
    ThemeSurvey.objects.filter(team=None).delete()
    ThemeSurvey.objects.update(pictured=True)
    assert begins() is may
    ThemeSurvey.objects.filter(team=None).delete()
    ThemeSurvey.objects.update(closed_at=datetime.now(UTC) - timedelta(days=31))
    assert begins()


def test_a_round_that_is_over_makes_way_for_the_next(cast, people, start):
    survey = start()
    over(survey, days=2)
    assert start() != survey
    survey.refresh_from_db()
    assert survey.pictured is False


def over(survey, days: int = 0) -> datetime:
    end = datetime.now(UTC) - timedelta(days=days, minutes=5)
    ThemeSurvey.objects.filter(id=survey.id).update(opens_at=end - timedelta(days=9), closes_at=end)
    return end


@pytest.mark.parametrize("days", [-1, 0, 61])
def test_the_last_day_lies_between_tomorrow_and_sixty_days(start, days):
    with pytest.raises(Refused, match="laatste dag"):
        start(last_day=soon(days))


def test_who_may_begin_and_close(cast, start):
    for person in (cast.lina, cast.tess, cast.ilse, cast.aart, cast.beheer):
        with pytest.raises(Team.DoesNotExist):
            start(by=person)
    for person in (cast.sem, cast.lina):
        with pytest.raises(Organisation.DoesNotExist):
            start(by=person, team=None)
    for person in (cast.sem, cast.noor, cast.pim):
        close(start(by=person), person)
        ThemeSurvey.objects.update(closed_at=datetime.now(UTC) - timedelta(days=2))
    survey = start(by=cast.noor, team=None)
    for person in (cast.sem, cast.lina, cast.tess):
        with pytest.raises(ThemeSurvey.DoesNotExist):
            close(survey, person)
    assert close(survey, cast.pim).closed_at is not None


def test_it_closes_by_itself_after_the_last_day_once(cast, people, start):
    survey = start()
    say(survey, *people, live=True)
    end = over(survey)
    with pytest.raises(Refused, match="gesloten"):
        say(survey, cast.lina, fit="different")
    assert (surveys.close_due(), surveys.close_due()) == (1, 0)
    survey.refresh_from_db()
    assert (survey.closed_at, survey.pictured, figures(survey)) == (end, True, {"het-team": (4, 4, 0, 0)})


def test_a_team_that_closes_ends_its_round(cast, people, start):
    survey = start()
    say(survey, *people)
    close_team(cast.north.id, by=cast.noor)
    survey.refresh_from_db()
    assert survey.pictured is True
    assert ThemeSurvey.objects.visible_to(cast.lina).get() == survey  # a closed team keeps its people


def test_who_reads_a_round(cast, people, start):
    team, whole = start(), start(by=cast.noor, team=None)
    for survey in (team, whole):
        say(survey, *people)
        close(survey, cast.noor)
    new = cast.member("Nieuw")
    readers = {
        person.name: {survey.where for survey in ThemeSurvey.objects.visible_to(person)}
        for person in (cast.noor, cast.sem, cast.lina, cast.pim, new, cast.tess, cast.ilse, cast.beheer)
    }
    both, here = {"Team Noord", "Wijkteams Voorbeeld"}, {"Wijkteams Voorbeeld"}
    assert readers == {
        "Noor Aydin": here,
        "Sem de Wit": both,
        "Lina Bakker": both,
        "Pim Hendriks": set(),
        "Nieuw": here,
        "Tess van Loon": set(),
        "Ilse Vos": set(),
        "Beheer": set(),
    }


def test_released_remarks_stand_without_a_name_and_others_are_gone(cast, people, start):
    survey = start()
    for number, person in enumerate(people):
        say(survey, person, remark=f"Opmerking {number}", released=number < 2)
    close(survey, cast.sem)
    assert {remark.text for remark in ThemeRemark.objects.all()} == {"Opmerking 0", "Opmerking 1"}
    assert ThemeRemark.objects.visible_to(cast.tess).count() == 0
    own = ThemeRemark.objects.get(mark=mark(cast.lina.id, cast.home.id))
    for other in (cast.joost, cast.sem, cast.noor):
        with pytest.raises(ThemeRemark.DoesNotExist):
            surveys.erase_remark(own.id, by=other)
    surveys.erase_remark(own.id, by=cast.lina)
    assert [remark.text for remark in ThemeRemark.objects.all()] == ["Opmerking 1"]


def test_the_contact_hears_of_a_remark_once_and_hides_it(cast, people, start, mailoutbox):
    survey = start()
    say(survey, *people, remark="Mevrouw X.", released=True)
    close(survey, cast.sem)
    Message.objects.all().delete()
    remark = ThemeRemark.objects.first()
    for person in (cast.lina, cast.joost):
        surveys.report_remark(remark.id, by=person)
    with pytest.raises(ThemeRemark.DoesNotExist):
        surveys.report_remark(remark.id, by=cast.noor)
    outbox.deliver()
    assert [(mail.to, "Mevrouw" in str(mail.message())) for mail in mailoutbox] == [([cast.noor.email], False)]
    with pytest.raises(ThemeRemark.DoesNotExist):
        surveys.hide_remark(remark.id, by=cast.sem)
    waiting = [(row.what, row.about) for row in reported_elsewhere(cast.noor)]
    assert (waiting, reported_elsewhere(cast.sem)) == ([("Opmerking bij de wolkjes", remark.theme.title)], [])
    surveys.hide_remark(remark.id, by=cast.noor)
    assert reported_elsewhere(cast.noor) == []
    assert remark not in ThemeRemark.objects.visible_to(cast.lina)


def test_everybody_is_invited_reminded_alike_and_told_of_the_end(cast, people, start, mailoutbox):
    survey = start()
    say(survey, cast.lina)
    outbox.deliver()
    everybody = {person.email for person in (cast.sem, *people)}
    assert {mail.to[0] for mail in mailoutbox} == everybody
    assert {mail.subject for mail in mailoutbox} == {"De wolkjes naast ons werk: Team Noord"}
    mailoutbox.clear()
    end_membership(Membership.objects.get(user=people[4]).id, by=people[4])
    Message.objects.exclude(kind="survey_reminder").delete()
    reminders = Message.objects.filter(kind="survey_reminder", state="queued")
    local = {message.send_after.astimezone(surveys.AMSTERDAM) for message in reminders}
    assert [(moment.date(), moment.hour) for moment in local] == [(soon(8), 9)]
    reminders.update(send_after=datetime.now(UTC))
    outbox.deliver()
    assert {mail.to[0] for mail in mailoutbox} == everybody - {people[4].email}
    assert all("Heb je al geantwoord? Dan hoef je niets te doen." in mail.body for mail in mailoutbox)
    mailoutbox.clear()
    close(survey, cast.sem)
    outbox.deliver()
    assert {mail.to[0] for mail in mailoutbox} == everybody - {people[4].email}
    assert all("minder dan 5 antwoorden" in mail.body for mail in mailoutbox)


def test_a_short_round_reminds_nobody(cast, start):
    start(last_day=soon(2))
    assert set(Message.objects.values_list("kind", flat=True)) == {"survey_invitation"}


def test_the_database_does_not_tell_who_answered(cast, people, start):
    survey = start()
    say(survey, *people, remark="Iets.", released=True)
    with connection.cursor() as cursor:
        for table in ("sheet", "answer", "remark"):
            cursor.execute(f"SELECT t::text FROM sessions_app_theme{table} t")  # noqa: S608
            rows = str(cursor.fetchall())
            assert [person.name for person in people if str(person.id) in rows or "Iets" in rows] == []
        cursor.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_name LIKE 'sessions_app_theme%'"
            " AND table_name <> 'sessions_app_themesurvey' AND data_type LIKE '%time%' AND column_name <> 'hidden_at'"
        )
        assert cursor.fetchall() == []


def test_what_lives_equally_stands_in_the_order_of_the_wolkjes(cast, people, start):
    survey = start()
    slugs = [one.slug for one in queries.themes_of(survey.edition)]
    for number, person in enumerate(people):
        # The last lives with all, the first with all but one: the same step.
        said = [Said(theme(slug), fit="same", live=number > 0 or slug == slugs[-1]) for slug in slugs]
        surveys.answer_survey(survey.id, said, by=person)
    picture = queries.picture_of(close(survey, cast.sem), cast.lina)
    assert [bubble.theme.slug for bubble in picture.liveliest] == slugs[:5]
    assert [bubble.differs for bubble in picture.bubbles] == [False] * len(slugs)


def test_a_round_keeps_its_own_edition(cast, people, start):
    survey = start()
    say(survey, *people)
    close(survey, cast.sem)
    Edition.objects.update(state="archived")
    assert queries.picture_of(survey, cast.lina).bubbles[0].theme.edition_id == survey.edition_id


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment(cast, people, start):
    """Two starts make one round, an answer sent twice one sheet; what races with closing counts or is refused."""
    made = in_threads(*[lambda: start().id] * 3)
    assert (made.count(Refused), ThemeSurvey.objects.count()) == (2, 1)
    survey = ThemeSurvey.objects.get()
    in_threads(*[lambda: say(survey, cast.lina)] * 3)
    assert left(survey) == (1, 1)
    say(survey, *people[1:4])
    found = in_threads(lambda: say(survey, people[4]), lambda: close(survey, cast.sem).id)
    survey.refresh_from_db()
    assert (survey.pictured, left(survey)) == (Refused not in found, NOTHING_LEFT)
    assert ThemeFigure.objects.count() == int(survey.pictured)


# Pages


def test_nobody_sees_anything_before_it_closes(cast, people, start, client_of):
    survey = start()
    say(survey, *people, live=True, remark="Geheim.", released=True)
    page = client_of(cast.sem).get(reverse("survey", args=[survey.id])).content.decode()
    assert ("Geheim." in page, "Je antwoord is bewaard" in page, "Het beeld" in page) == (False, False, False)
    own = client_of(cast.lina).get(reverse("survey", args=[survey.id])).content.decode()
    assert ("Geheim." in own, "Je antwoord is bewaard" in own) == (True, True)
    assert client_of(cast.noor).get(reverse("survey", args=[survey.id])).status_code == 404


def test_answering_on_the_page(cast, people, start, client_of):
    survey = start()
    client, path = client_of(cast.lina), reverse("survey", args=[survey.id])
    assert "ten minste één wolkje" in client.post(path, {}).content.decode()
    long = client.post(path, {"het-team-fit": "same", "het-team-remark": "x" * 501}).content.decode()
    assert "Houd het bij 500 tekens; dit zijn er 501." in long
    sent = client.post(path, {"het-team-fit": "same", "het-team-live": "on", "het-team-remark": "Zo."})
    assert sent.status_code == 302
    (answer,) = ThemeAnswer.objects.all()
    assert (answer.fit, answer.live, answer.remark, answer.released) == ("same", True, "Zo.", False)
    close(survey, cast.sem)
    late = client.post(path, {"het-team-fit": "same"}, follow=True).content.decode()
    assert ("Antwoorden kan niet meer" in late, "Er is geen beeld" in late) == (True, True)


def test_from_the_picture_to_a_talk(cast, people, start, client_of):
    survey = start()
    say(survey, *people, live=True)
    close(survey, cast.sem)
    path = reverse("survey", args=[survey.id])
    assert "Vraag je leidinggevende" in client_of(cast.lina).get(path).content.decode()
    client = client_of(cast.sem)
    wanted = f"{reverse('plan_what')}?organisatie={cast.home.id}&amp;wolkje={theme().id}&amp;team={cast.north.id}"
    assert wanted in client.get(path).content.decode()
    page = client.get(wanted.replace("&amp;", "&"))
    form = page.context["form"]
    chosen = form.fields["template"].queryset.get(id=form["template"].value())
    sent = client.post(wanted.replace("&amp;", "&"), {"template": chosen.id, "form_key": form["form_key"].value()})
    talk = Session.objects.get()
    assert (chosen.kind, talk.title) == ("wolkjes", f"{chosen.title}: Het team"[:120])
    first = talk.steps.filter(means="wolkjes").first() or talk.steps.first()
    assert first.text.startswith("Begin bij het wolkje “Het team”.")
    assert sent.headers["Location"] == f"{reverse('plan_who', args=[talk.id])}?team={cast.north.id}"
    groups = client.get(sent.headers["Location"]).context["groups"]
    assert [(group.name, group.checked) for group in groups if group.checked] == [("Team Noord", True)]


def test_starting_on_the_page(cast, people, start, client_of):
    assert client_of(cast.lina).get(reverse("survey_start")).status_code == 403
    client = client_of(cast.noor)
    page = client.get(reverse("survey_start"))
    assert [str(label) for _, label in page.context["form"].fields["where"].choices] == [
        "Heel Wijkteams Voorbeeld",
        "Team Noord",
    ]
    values = {"where": cast.north.id, "last_day": soon().isoformat(), "form_key": uuid4()}
    for _ in range(2):
        assert client.post(reverse("survey_start"), values).headers["Location"] == reverse("survey_list")
    survey = ThemeSurvey.objects.get()
    listed = client.get(reverse("survey_list")).content.decode()
    assert (
        f'href="{reverse("survey", args=[survey.id])}"' in listed,
        reverse("survey_close", args=[survey.id]) in listed,
    ) == (
        False,
        True,
    )
    before = without_token(client.get(reverse("survey_close", args=[survey.id])))
    say(survey, *people)
    # Who looks again and again must not see when the fifth answers.
    assert without_token(client.get(reverse("survey_close", args=[survey.id]))) == before
    client.post(reverse("survey_close", args=[survey.id]))
    assert "Er is een beeld" in client_of(cast.lina).get(reverse("team", args=[cast.north.id])).content.decode()
