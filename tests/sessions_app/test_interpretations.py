"""Loading the vuistregels: who reads what, how far it goes, and what becomes of it."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content import search
from content.models import Assignment, Edition, EditionState, RuleOfThumb
from content.models.search import SearchEntry
from lerend.mail.models import Message
from organisations.domain.errors import Refused
from organisations.domain.members import end_membership
from organisations.domain.teams import close_team
from organisations.models import Departure, Membership, Team, TeamMembership, User
from sessions_app.domain import interpretations as domain
from sessions_app.domain import song
from sessions_app.domain.contributions import start_of_day
from sessions_app.domain.interpretations import Place
from sessions_app.models import Interpretation, InterpretationReply, Reach, SongPlaying, Verse, VerseMaker
from sessions_app.queries import interpretations as queries
from sessions_app.queries.interpretations import Where

PEOPLE = ("noor", "sem", "lina", "joost", "pim", "tess", "ilse", "aart", "roos", "beheer")


@pytest.fixture
def rule(edition) -> RuleOfThumb:
    return RuleOfThumb.objects.published().get(number=1)


@pytest.fixture
def part(edition) -> Assignment:
    return Assignment.objects.published().get(number=2)


@pytest.fixture
def write(cast, rule, part):
    """Write a lading the way the page does: ``write(by, reach, text)``."""

    def write(by, reach, text="Elkaar kennen.", *, named=False, team=None, organisation=None, key=None):
        team = (team or cast.north) if reach == Reach.TEAM else None
        place = Place(organisation or cast.home, reach, team)
        return domain.load_rule(rule, part, text, place, named=named, form_key=key or uuid4(), by=by)

    return write


def readers(cast, way) -> set[str]:
    return {name for name in PEOPLE if way(getattr(cast, name)).exists()}


def reads(cast, text) -> set[str]:
    return readers(cast, lambda user: type(text).objects.visible_to(user).filter(id=text.id))


def test_each_reach_has_its_readers(cast, write):
    assert reads(cast, write(cast.lina, Reach.TEAM)) == {"lina", "joost"}
    assert reads(cast, write(cast.lina, Reach.ORGANISATION)) == {"lina", "joost", "sem", "noor"}
    assert reads(cast, write(cast.lina, Reach.EVERYONE)) == set(PEOPLE)


def test_who_joins_the_team_later_reads_what_is_written_later(cast, write):
    before = write(cast.lina, Reach.TEAM, named=True)
    new = cast.member("Nieuw")
    after = write(cast.lina, Reach.TEAM, named=True)
    assert set(Interpretation.objects.visible_to(new)) == {after}
    assert before in Interpretation.objects.visible_to(cast.joost)


def test_a_text_without_a_name_has_no_author_and_is_found_by_its_writer(cast, write):
    text = write(cast.lina, Reach.ORGANISATION, named=False)
    assert text.author is None
    assert list(Interpretation.objects.own(cast.lina)) == [text]
    assert not Interpretation.objects.own(cast.joost).exists()


def test_a_text_without_a_name_keeps_no_moment(cast, write):
    text = write(cast.lina, Reach.ORGANISATION)
    answer = domain.reply(text.id, "Ja.", cast.home, named=False, form_key=uuid4(), by=cast.lina)
    named = write(cast.joost, Reach.ORGANISATION, named=True)
    end_membership(Membership.objects.get(user=cast.joost).id, by=cast.noor)
    named.refresh_from_db()
    midnight = start_of_day(timezone.now() + timedelta(days=1))
    assert (text.shared_at, answer.written_at, named.shared_at) == (midnight, midnight, midnight)


def found_by(user, words: str) -> list[str]:
    return [found.excerpt for found in search.find(words, user)[0]]


def test_only_what_is_released_lies_open(cast, write):
    team, open_to_all = write(cast.lina, Reach.TEAM), write(cast.lina, Reach.EVERYONE, "Open & bloot.")
    assert (team.released_text, open_to_all.released_text) == ("", "Open & bloot.")
    assert found_by(cast.tess, "bloot") == ["Open &amp; <mark>bloot</mark>.\nWijkteams Voorbeeld"]
    assert found_by(AnonymousUser(), "bloot") == []
    back = domain.change_interpretation(
        open_to_all.id, "Weer van ons.", Place(cast.home, Reach.ORGANISATION), named=False, by=cast.lina
    )
    assert back.released_text == ""
    assert SearchEntry.objects.filter(source=queries.FINDABLE).count() == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        Interpretation.objects.filter(id=team.id).update(released_text="gelekt")


def test_the_same_form_twice_writes_once(cast, write):
    key = uuid4()
    assert write(cast.lina, Reach.TEAM, key=key) == write(cast.lina, Reach.TEAM, key=key)
    assert Interpretation.objects.count() == 1


@pytest.mark.parametrize("who", ["sem", "noor", "pim", "tess", "ilse"])
def test_for_a_team_only_its_professionals_write(cast, write, who):
    with pytest.raises(Refused, match="waar je niet bij hoort"):
        write(getattr(cast, who), Reach.TEAM)


def test_who_only_plans_or_belongs_elsewhere_writes_nothing_for_an_organisation(cast, write):
    for person in (cast.pim, cast.tess, cast.ilse):
        with pytest.raises(Refused, match="waar je niet bij hoort"):
            write(person, Reach.ORGANISATION)


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
def test_empty_and_overlong_texts_are_refused(cast, write, text):
    with pytest.raises(Refused, match=r"Schrijf op|1000 tekens"):
        write(cast.lina, Reach.TEAM, text)


def test_nobody_changes_or_erases_what_another_wrote(cast, write):
    text = write(cast.lina, Reach.EVERYONE)
    for person in (cast.joost, cast.sem, cast.noor, cast.beheer):
        with pytest.raises(Interpretation.DoesNotExist):
            domain.change_interpretation(
                text.id, "Anders", Place(cast.home, Reach.ORGANISATION), named=False, by=person
            )
        with pytest.raises(Interpretation.DoesNotExist):
            domain.erase_interpretation(text.id, by=person)
    domain.erase_interpretation(text.id, by=cast.lina)
    assert not Interpretation.objects.exists()


def test_a_lading_stays_of_its_organisation(cast, write):
    membership = Membership.objects.create(user=cast.lina, organisation=cast.elsewhere)
    TeamMembership.objects.create(membership=membership, team=cast.away, role="professional")
    text = write(cast.lina, Reach.ORGANISATION)
    with pytest.raises(Refused, match="blijft bij de organisatie"):
        domain.change_interpretation(
            text.id, "Elders", Place(cast.elsewhere, Reach.ORGANISATION), named=False, by=cast.lina
        )


def answer(text, by, organisation, said="Mooi gezegd.", named=True):
    return domain.reply(text.id, said, organisation, named=named, form_key=uuid4(), by=by)


def test_an_answer_goes_no_further_than_the_lading_did_at_that_moment(cast, write):
    text = write(cast.lina, Reach.TEAM)
    said = answer(text, cast.joost, cast.home)
    assert reads(cast, said) == {"lina", "joost"}
    domain.change_interpretation(
        text.id, "Voor ons allen.", Place(cast.home, Reach.ORGANISATION), named=False, by=cast.lina
    )
    # For the team it was said; a leidinggevende who reads the lading now does not read the answer.
    assert reads(cast, text) == {"lina", "joost", "sem", "noor"}
    assert reads(cast, said) == {"lina", "joost"}


def test_an_answer_for_a_small_circle_is_refused_once_the_lading_went_further(cast, write):
    text = write(cast.lina, Reach.TEAM)
    promised = text.readers
    domain.change_interpretation(text.id, "Verder.", Place(cast.home, Reach.ORGANISATION), named=False, by=cast.lina)
    with pytest.raises(Refused):
        domain.reply(text.id, "Nee.", cast.home, named=True, form_key=uuid4(), readers=promised, by=cast.joost)
    assert not InterpretationReply.objects.exists()


def test_an_answer_from_elsewhere_is_read_there_and_where_it_was_asked(cast, write):
    text = write(cast.lina, Reach.EVERYONE)
    assert reads(cast, answer(text, cast.tess, cast.elsewhere)) == {"tess", "lina", "joost", "sem", "noor"}
    assert reads(cast, answer(text, cast.joost, cast.home)) == {"lina", "joost", "sem", "noor"}


def test_only_who_reads_a_lading_answers_it(cast, write):
    text = write(cast.lina, Reach.TEAM)
    for person, organisation in ((cast.sem, cast.home), (cast.tess, cast.elsewhere)):
        with pytest.raises(Interpretation.DoesNotExist):
            answer(text, person, organisation)
    with pytest.raises(Refused, match="niet bij hoort"):
        answer(write(cast.lina, Reach.EVERYONE), cast.ilse, cast.home)


def test_a_name_is_told_at_home_only(cast, write):
    text = write(cast.lina, Reach.EVERYONE, named=True)
    answer(text, cast.tess, cast.elsewhere)
    rows = list(Interpretation.objects.select_related("author", "organisation"))
    (home,), (away,) = queries.shown(rows, cast.joost), queries.shown(rows, cast.tess)
    assert (home.writer, home.replies[0].writer) == ("Lina Bakker", "Iemand van Buurtteams Verderop")
    assert (away.writer, away.replies[0].writer) == ("Iemand van Wijkteams Voorbeeld", "Tess van Loon")


def test_the_map_counts_what_its_reader_may_read(cast, write, rule, part):
    write(cast.lina, Reach.TEAM)
    write(cast.lina, Reach.ORGANISATION)
    write(cast.joost, Reach.EVERYONE)
    edition = Edition.objects.published().get()

    def count(where, user):
        table = {row.number: cells for row, cells in queries.heat_map(edition, where, user)}
        return table[rule.number][part.number - 1].count, sum(cell.count for cells in table.values() for cell in cells)

    team, organisation, between = Where(cast.home, cast.north), Where(cast.home), Where()
    assert count(team, cast.lina) == (1, 1)
    assert count(team, cast.sem) == (0, 0)
    assert count(organisation, cast.sem) == (2, 2)
    assert count(organisation, cast.tess) == (1, 1)
    assert count(between, cast.tess) == (1, 1)


def test_ladingen_live_on_in_the_next_edition(cast, write, rule, part, client):
    text = write(cast.lina, Reach.ORGANISATION)
    old = Edition.objects.published().get()
    Edition.objects.filter(id=old.id).update(state=EditionState.ARCHIVED)
    new = Edition.objects.create(
        name="Versie 2", title="Nieuw", state=EditionState.PUBLISHED, published_at=timezone.now()
    )
    new_rule = RuleOfThumb.objects.create(edition=new, number=1, title="Leg verbinding", lineage=rule.lineage)
    new_part = Assignment.objects.create(edition=new, number=1, title=part.title, lineage=part.lineage)
    ((_, (cell,)),) = queries.heat_map(new, Where(cast.home), cast.lina)
    assert (cell.rule, cell.assignment, cell.count) == (new_rule, new_part, 1)
    assert list(queries.in_cell(new_rule, new_part, Where(cast.home), cast.lina)) == [text]
    client.force_login(cast.lina)
    response = client.get(reverse("rule_cell", args=[rule.id, part.id]), {"organisatie": cast.home.id})
    assert response.url == f"{reverse('rule_cell', args=[new_rule.id, new_part.id])}?organisatie={cast.home.id}"


def test_who_leaves_loses_the_name_and_can_erase_for_thirty_days(cast, write):
    text = write(cast.joost, Reach.ORGANISATION, named=True)
    said = answer(text, cast.joost, cast.home)
    departure = end_membership(Membership.objects.get(user=cast.joost).id, by=cast.noor)
    text.refresh_from_db()
    said.refresh_from_db()
    assert (text.author, said.author) == (None, None)
    joost = type(cast.joost).objects.get(id=cast.joost.id)
    assert list(Interpretation.objects.visible_to(joost)) == [text]  # his own, and nothing else
    departure.until = timezone.now() - timedelta(seconds=1)
    departure.left_at = departure.until - timedelta(days=30)
    departure.save()
    joost = type(cast.joost).objects.get(id=cast.joost.id)
    assert not Interpretation.objects.own(joost).exists()
    assert text in Interpretation.objects.visible_to(cast.lina)


def test_a_report_comes_to_the_contact_without_the_text(cast, write):
    text = write(cast.lina, Reach.TEAM)
    domain.report_text(text.id, by=cast.joost)
    domain.report_text(text.id, by=cast.joost)
    assert list(Message.objects.values_list("kind", "recipient", "about")) == [
        ("lading_reported", cast.noor.id, text.id)
    ]
    for person in (cast.sem, cast.tess, cast.joost, cast.beheer):
        with pytest.raises(ObjectDoesNotExist):
            domain.judge_report(text.id, hide=True, by=person)
    domain.judge_report(text.id, hide=True, by=cast.noor)
    assert reads(cast, text) == {"lina"}


def test_a_hidden_text_is_not_searched_and_changing_it_does_not_open_it(cast, write):
    text = write(cast.lina, Reach.EVERYONE)
    domain.report_text(text.id, by=cast.tess)
    domain.judge_report(text.id, hide=True, by=cast.noor)
    domain.change_interpretation(text.id, "Nog eens.", Place(cast.home, Reach.EVERYONE), named=False, by=cast.lina)
    assert SearchEntry.objects.filter(source=queries.FINDABLE).count() == 0
    assert reads(cast, text) == {"lina"}


def test_an_unreported_text_cannot_be_hidden(cast, write, client):
    text = write(cast.lina, Reach.ORGANISATION)
    client.force_login(cast.noor)
    assert client.get(reverse("interpretation_judge", args=[text.id])).status_code == 404


def test_a_closed_team_is_no_place_to_write(cast, write):
    Team.objects.filter(id=cast.north.id).update(closed_at=timezone.now())
    with pytest.raises(Refused):
        write(cast.lina, Reach.TEAM)


# The pages


def test_a_lading_is_written_read_answered_changed_and_erased(cast, rule, part, client):
    client.force_login(cast.lina)
    page = reverse("rule_cell", args=[rule.id, part.id])
    hostile = "Groet <b>de buren</b> 🙂"
    response = client.get(page)
    assert "Hier is het nog stil" in response.text
    sent = {"text": hostile, "place": f"team:{cast.north.id}", "form_key": uuid4()}
    response = client.post(page, sent, follow=True)
    assert "Groet &lt;b&gt;de buren&lt;/b&gt; 🙂" in response.text
    assert "Zonder naam" not in response.text  # to lina it is her own
    text = Interpretation.objects.get()
    client.force_login(cast.joost)
    assert "Zonder naam" in client.get(page, {"team": cast.north.id}).text
    response = client.post(
        reverse("interpretation_reply", args=[text.id]),
        {"text": "Ja!", "organisation": cast.home.id, "named": "on", "form_key": uuid4(), "readers": text.readers},
        follow=True,
    )
    assert "Je antwoord staat erbij." in response.text
    assert InterpretationReply.objects.get().author == cast.joost
    client.force_login(cast.lina)
    assert "Joost Kramer" in client.get(page, {"team": cast.north.id}).text
    changed = {**sent, "text": "Voor iedereen", "place": f"everyone:{cast.home.id}"}
    client.post(reverse("interpretation_change", args=[text.id]), changed)
    client.force_login(cast.tess)
    assert "Voor iedereen" in client.get(page + "?tussen").text
    client.force_login(cast.lina)
    assert "gewist" in client.post(reverse("interpretation_erase", args=[text.id]), follow=True).text
    assert not Interpretation.objects.exists()


def test_what_was_typed_is_kept_and_the_error_stands_by_the_field(cast, rule, part, client):
    client.force_login(cast.lina)
    response = client.post(reverse("rule_cell", args=[rule.id, part.id]), {"text": "y" * 10_000, "form_key": uuid4()})
    assert "y" * 10_000 in response.text
    assert set(response.context["form"].errors) == {"text", "place"}
    response = client.post(
        reverse("rule_cell", args=[rule.id, part.id]),
        {"text": "Voor hen", "place": f"organisation:{cast.elsewhere.id}", "form_key": uuid4()},
    )
    assert response.context["form"].errors == {"place": ["Kies uit de lijst wie dit mag lezen."]}


def test_from_a_team_and_an_organisation_to_the_map(cast, client_of):
    def led_to(person, name, place) -> str:
        page = client_of(person).get(reverse(name, args=[place.id])).content.decode()
        path = re.search(r'href="(/vuistregels/[^"]*)"', page)[1]
        assert client_of(person).get(path).status_code == 200
        return path

    organisation, between = f"/vuistregels/?organisatie={cast.home.id}", "/vuistregels/?tussen"
    assert led_to(cast.lina, "team", cast.north) == f"/vuistregels/?team={cast.north.id}"
    assert led_to(cast.sem, "team", cast.north) == organisation
    assert led_to(cast.lina, "organisation", cast.home) == organisation
    assert led_to(cast.pim, "team", cast.north) == between
    assert led_to(cast.pim, "organisation", cast.home) == between
    close_team(cast.north.id, by=cast.noor)
    assert led_to(cast.lina, "team", cast.north) == organisation


def test_another_teams_map_does_not_exist(cast, edition, client):
    client.force_login(cast.sem)
    assert client.get(reverse("rules_map"), {"team": cast.north.id}).status_code == 404
    assert client.get(reverse("rules_map"), {"organisatie": cast.elsewhere.id}).status_code == 404
    assert client.get(reverse("rules_map"), {"organisatie": "x"}).status_code == 404
    assert client.get(reverse("rules_map")).context["where"] == Where(cast.home)


def test_planning_starts_at_a_talk_about_the_rules(cast, edition, client):
    client.force_login(cast.sem)
    plan = client.get(reverse("rules_map")).context["plan"]
    form = client.get(plan).context["form"]
    assert form.fields["template"].queryset.get(id=form.initial["template"]).kind == "vuistregels"
    client.force_login(cast.lina)
    assert client.get(reverse("rules_map")).context["plan"] == ""


def test_the_pages_cost_the_same_for_one_and_for_thirty(cast, write, rule, part, client):
    client.force_login(cast.lina)
    page = reverse("rule_cell", args=[rule.id, part.id])

    def costs() -> list[int]:
        found = []
        for address in (reverse("rules_map"), page + f"?organisatie={cast.home.id}", reverse("own_interpretations")):
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert client.get(address).status_code == 200
            found.append(len(seen))
        return found

    answer(write(cast.lina, Reach.ORGANISATION, named=True), cast.joost, cast.home)
    one = costs()
    for _ in range(24):
        answer(write(cast.lina, Reach.ORGANISATION, named=True), cast.joost, cast.home)
    assert costs() == one
    assert max(one) <= 17


def test_who_left_takes_along_and_erases_and_later_still_takes_back_what_went_to_all(cast, write, client_of):
    inside = write(cast.lina, Reach.ORGANISATION, "Binnenshuis.")
    released = write(cast.lina, Reach.EVERYONE, "Vrijgegeven zin.", named=True)
    answer = domain.reply(released.id, "En ook dit.", cast.home, named=False, form_key=uuid4(), by=cast.lina)
    departure = end_membership(Membership.objects.get(user=cast.lina).id, by=cast.noor)
    page = client_of(User.objects.get(id=cast.lina.id)).get(reverse("departure", args=[departure.id]))
    download = client_of(User.objects.get(id=cast.lina.id)).get(reverse("departure_download", args=[departure.id]))
    addresses = [
        reverse("interpretation_erase", args=[inside.id]),
        reverse("interpretation_erase", args=[released.id]),
        reverse("interpretation_reply_erase", args=[answer.id]),
    ]
    assert [address in page.content.decode() for address in addresses] == [True] * 3
    for text in ("Binnenshuis.", "Vrijgegeven zin.", "En ook dit."):
        assert text in page.content.decode()
        assert text in download.content.decode()

    Departure.objects.filter(id=departure.id).update(settled_at=timezone.now())
    browser = client_of(User.objects.get(id=cast.lina.id))
    assert [browser.get(address).status_code for address in addresses] == [404, 200, 200]
    assert browser.get(reverse("interpretation_change", args=[released.id])).status_code == 403
    own = browser.get(reverse("own_interpretations")).content.decode()
    assert ("Vrijgegeven zin." in own, "Binnenshuis." in own, "Wijzig" in own) == (True, False, False)
    assert found_by(cast.tess, "vrijgegeven") != []
    browser.post(addresses[1])
    assert (found_by(cast.tess, "vrijgegeven"), list(Interpretation.objects.all())) == ([], [inside])


def test_who_left_keeps_verses_and_playings_of_the_song(cast, edition, client_of):
    place = song.Place(cast.home, None)
    playing = song.play("Zingen.", place, shown=True, form_key=uuid4(), by=cast.lina)
    words = song.VerseWords("Naast elkaar.", release=True, maker=VerseMaker.ORGANISATION, place=place)
    verse = song.write_verse(words, form_key=uuid4(), by=cast.lina)
    departure = end_membership(Membership.objects.get(user=cast.lina).id, by=cast.noor)
    Departure.objects.filter(id=departure.id).update(settled_at=timezone.now())
    browser = client_of(User.objects.get(id=cast.lina.id))
    assert browser.post(reverse("song_playing_forget", args=[playing.id])).status_code == 302
    assert browser.post(reverse("verse_erase", args=[verse.id])).status_code == 302
    assert (SongPlaying.objects.count(), Verse.objects.count()) == (0, 0)


def test_the_contact_finds_what_was_reported_with_the_other_reports_without_its_text(cast, write, client_of):
    lading = write(cast.lina, Reach.TEAM, "Geheim.")
    answer = domain.reply(lading.id, "Ook geheim.", cast.home, named=False, form_key=uuid4(), by=cast.joost)
    address = reverse("report_list")
    assert "Bij de vuistregels en de wolkjes" not in client_of(cast.noor).get(address).content.decode()
    domain.report_text(lading.id, by=cast.joost)
    domain.report_text(answer.id, by=cast.lina)
    html = client_of(cast.noor).get(address).content.decode()
    pages = [reverse("interpretation_judge", args=[text.id]) for text in (lading, answer)]
    assert ([page in html for page in pages], "eheim." in html) == ([True, True], False)
    assert "vuistregels en de wolkjes" not in client_of(cast.tess).get(address).content.decode()
    domain.judge_report(lading.id, hide=True, by=cast.noor)
    domain.judge_report(answer.id, hide=False, by=cast.noor)
    assert "Bij de vuistregels en de wolkjes" not in client_of(cast.noor).get(address).content.decode()
