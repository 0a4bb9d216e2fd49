"""An organisation's own templates: who makes and changes them, what they become, and what a newer edition changes."""

from dataclasses import replace
from datetime import time, timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection

from content.models import ConversationTemplate, Moment
from lerend.mail.models import Message
from organisations.domain.errors import Refused
from organisations.models import Organisation
from sessions_app.domain import planning, templates
from sessions_app.mail.sessions import invitation
from sessions_app.models import Session
from sessions_app.queries.templates import StepWords, changes, newer_of, template_list, words_of
from tests.sessions_app.own_templates import next_edition, own_version

pytestmark = pytest.mark.usefixtures("edition")


def change(own, by, **new):
    own.refresh_from_db()
    return templates.change_template(own.id, replace(words_of(own), **new), version=own.version, by=by)


def test_an_own_version_is_a_copy(cast):
    own = own_version(cast.home, cast.sem)
    base = own.based_on
    assert replace(words_of(own), title=base.title) == words_of(base)
    assert (own.title, own.kind, own.purpose, own.uses_cards, own.edition, own.made_by) == (
        "Teamdagdeel (eigen versie)",
        base.kind,
        base.purpose,
        base.uses_cards,
        base.edition,
        cast.sem,
    )
    assert own_version(cast.home, cast.noor).title == "Teamdagdeel (eigen versie 2)"
    assert [row.history_user for row in own.history.all()] == [cast.sem]
    assert {row.history_user for step in own.steps.all() for row in step.history.all()} == {cast.sem}


def test_the_same_form_makes_one(cast):
    base, key = ConversationTemplate.objects.published().get(slug="teamdagdeel"), uuid4()
    made = {templates.make_own_version(base.id, cast.home.id, key, by=cast.noor).id for _ in range(2)}
    assert set(ConversationTemplate.objects.own_of(cast.home).values_list("id", flat=True)) == made
    assert len(made) == 1


@pytest.mark.parametrize(
    ("person", "may"),
    [("noor", True), ("sem", True), ("pim", True)]
    + [(name, False) for name in ("lina", "joost", "tess", "ilse", "aart", "roos", "beheer")],
)
def test_who_makes_and_changes(cast, person, may):
    user = getattr(cast, person)
    own = own_version(cast.home, cast.noor)
    assert list(ConversationTemplate.objects.manageable_by(user)) == ([own] if may else [])
    if may:
        assert change(own, user, summary="Anders.").version == 1
        assert own_version(cast.home, user).made_by == user
        return
    with pytest.raises(Organisation.DoesNotExist):
        own_version(cast.home, user)
    for verb in (
        lambda: change(own, user, summary="Anders."),
        lambda: templates.put_away(own.id, by=user),
        lambda: templates.bring_back(own.id, by=user),
        lambda: templates.follow_newer(own.id, uuid4(), [], version=0, by=user),
    ):
        with pytest.raises(ConversationTemplate.DoesNotExist):
            verb()


@pytest.mark.parametrize(
    ("person", "usable"),
    [("noor", True), ("sem", True), ("lina", True), ("pim", True)]
    + [(name, False) for name in ("tess", "ilse", "aart", "roos", "beheer")],
)
def test_who_plans_from_it(cast, person, usable):
    own = own_version(cast.home, cast.noor, "collegiaal-interview")
    user = getattr(cast, person)
    assert (own in ConversationTemplate.objects.usable_by(user, cast.home)) is usable
    assert own not in ConversationTemplate.objects.usable_by(user, cast.elsewhere)
    assert own not in ConversationTemplate.objects.published()


def test_the_kind_still_decides_who_may_plan(cast):
    own = own_version(cast.home, cast.noor, "teamdagdeel")
    with pytest.raises(Refused, match="niet plannen"):
        planning.start_draft(own.id, cast.home, uuid4(), by=cast.lina)
    with pytest.raises(Refused, match="weggelegd"):
        planning.start_draft(own.id, cast.elsewhere, uuid4(), by=cast.tess)


def test_a_talk_takes_a_copy(cast):
    own = own_version(cast.home, cast.noor, "collegiaal-interview")
    step = StepWords(uuid4(), "Koffie", "Met iets lekkers.", 15, "none")
    change(own, cast.sem, invitation="Dag {naam}.", steps=(step,), reminders=(Moment(-3, time(10)),), title="Wandeling")
    session = planning.start_draft(own.id, cast.home, uuid4(), by=cast.lina)
    change(own, cast.sem, invitation="", steps=(replace(step, title="Thee"),))
    templates.put_away(own.id, by=cast.sem)
    session = Session.objects.get(id=session.id)
    assert (session.title, session.invitation, session.template) == ("Wandeling", "Dag {naam}.", own)
    assert list(session.steps.values_list("title", "text", "minutes")) == [("Koffie", "Met iets lekkers.", 15)]
    assert list(session.reminders.values_list("days", "at", "audience")) == [(-3, time(10), "invited")]
    with pytest.raises(Refused, match="weggelegd"):
        planning.start_draft(own.id, cast.home, uuid4(), by=cast.lina)
    templates.bring_back(own.id, by=cast.noor)
    assert planning.start_draft(own.id, cast.home, uuid4(), by=cast.lina).title == "Wandeling"


def test_steps_are_moved_changed_added_and_removed(cast):
    own = own_version(cast.home, cast.noor)
    first, second, *rest = words_of(own).steps
    new = StepWords(uuid4(), "Nieuw", "", 5, "lied")
    wanted = (second, replace(first, minutes=7), new, *rest[1:])
    change(own, cast.sem, steps=wanted)
    assert words_of(own).steps == wanted
    assert list(own.steps.values_list("number", flat=True)) == list(range(1, len(wanted) + 1))
    gone = own.steps.model.history.filter(lineage=rest[0].lineage, template_id=own.id).first()
    assert (gone.history_type, gone.history_user) == ("-", cast.sem)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ({"title": " \n"}, "Kies een titel"),
        ({"title": "TEAMDAGDEEL (eigen versie 2)"}, "Kies een titel"),
        ({"steps": ()}, "1 tot 30 stappen"),
        ({"steps": tuple(StepWords(uuid4(), "x", "", 480, "none") for _ in range(2))}, "twaalf uur"),
        ({"reminders": tuple(Moment(-day, time(9)) for day in range(7))}, "hooguit 6"),
        ({"invitation": "{naam.__class__}"}, "kennen we niet"),
    ],
)
def test_what_cannot_stand(cast, new, said):
    own = own_version(cast.home, cast.noor)
    own_version(cast.home, cast.noor)
    before = words_of(own)
    with pytest.raises(Refused, match=said):
        change(own, cast.noor, **new)
    own.refresh_from_db()
    assert (words_of(own), own.version) == (before, 0)


def test_a_title_stays_on_one_line(cast):
    own = own_version(cast.home, cast.noor)
    change(own, cast.noor, title="Samen\r\nBcc: alle@leden.test")
    own.refresh_from_db()
    assert own.title == "Samen Bcc: alle@leden.test"


def test_the_second_of_two_is_told(cast):
    own = own_version(cast.home, cast.noor)
    words = words_of(own)
    templates.change_template(own.id, replace(words, summary="Van Sem."), version=0, by=cast.sem)
    with pytest.raises(templates.Stale, match="Sem de Wit heeft dit sjabloon intussen gewijzigd"):
        templates.change_template(own.id, replace(words, summary="Van Noor."), version=0, by=cast.noor)
    own.refresh_from_db()
    assert own.summary == "Van Sem."


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_leave_one_change(cast):
    own = own_version(cast.home, cast.noor)
    words, together, told = words_of(own), Barrier(10), []

    def click(number):
        together.wait()
        try:
            mine = replace(words, summary=f"Van {number}.", steps=words.steps[::-1])
            templates.change_template(own.id, mine, version=0, by=cast.sem)
        except templates.Stale:
            told.append(number)
        finally:
            connection.close()

    threads = [Thread(target=click, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    own.refresh_from_db()
    assert (len(told), own.version, words_of(own).steps) == (9, 1, words.steps[::-1])


def test_own_words_are_in_the_invitation_and_nothing_else(cast, plan):
    own = own_version(cast.home, cast.noor, "gesprek-met-bestuurder")
    words = "Dag {naam}! Kom je <b>{wanneer}</b>?\n{duur} in {waar}, met {planner} van {organisatie}: {gesprek}."
    change(own, cast.noor, invitation=words, title="Kopje thee")
    session = plan(cast.noor, "gesprek-met-bestuurder", [cast.sem])
    session.invitation, session.title, session.place = words, "Kopje {naam}", "{planner} & co"
    session.ends_at += timedelta(minutes=15)
    session.save()
    person = session.participants.get(user=cast.sem)
    person.session = session
    mail = invitation(person)
    assert (
        "Dag Sem! Kom je <b>dinsdag 9 maart 2027, 10.00 tot 11.15 uur</b>?\n"
        "1 uur en 15 minuten in {planner} & co, met Noor Aydin van Wijkteams Voorbeeld: Kopje {naam}.\n"
    ) in mail.text
    assert "Kom je &lt;b&gt;dinsdag 9 maart" in mail.html
    assert "<b>" not in mail.html
    for fixed in ("Ja, ik kom:", "Nee, ik kom niet:", session.purpose, "Alles over dit gesprek:"):
        assert fixed in mail.text
    assert Message.objects.filter(kind="invitation").count() == 2


def test_an_invitation_arrives_without_words_that_cannot_be_filled_in(cast, plan):
    session = plan(cast.noor, "gesprek-met-bestuurder", [cast.sem])
    person = session.participants.get(user=cast.sem)
    person.session = session
    plain = invitation(person).text
    session.invitation = "Dag {naam.__class__}"
    assert invitation(person).text == plain


def test_a_new_talk_uses_the_cards_of_now(cast):
    own = own_version(cast.home, cast.noor, "collegiaal-interview")
    newest = next_edition(cast.roos)
    assert planning.start_draft(own.id, cast.home, uuid4(), by=cast.lina).edition == newest


def newer(cast, **more):
    """An own version in which a title, a step and the order differ, and a newer edition that changes other things."""
    own = own_version(cast.home, cast.noor)
    first, second, third, *rest = words_of(own).steps
    change(own, cast.sem, preparation="Neem koffie mee.", steps=(replace(second, minutes=9), first, third, *rest))
    next_edition(cast.roos, **more)
    own.refresh_from_db()
    return own


def test_nothing_changed_in_the_newer_edition(cast):
    own = newer(cast)
    assert changes(own, newer_of(own)) == []
    assert [item.news for item in template_list(cast.home).own] == ["same"]


def test_the_newer_edition_has_it_no_more(cast):
    own = newer(cast, leave_out=("teamdagdeel",))
    assert newer_of(own) is None
    assert [item.news for item in template_list(cast.home).own] == ["gone"]


def test_what_a_newer_edition_changes_and_what_is_taken_over(cast):
    own = newer(cast)
    found = newer_of(own)
    assert [item.news for item in template_list(cast.home).own] == ["same"]
    _, two, three, *_ = found.steps.all()
    found.preparation, found.purpose, found.summary = "Lees de kaarten.", "Samen leren, nooit beoordelen.", "Kort."
    found.save()
    two.minutes = 33
    two.save()
    three.delete()
    found.steps.create(number=99, title="Toegift", minutes=5, text="<script>")
    found.reminders.all().delete()
    seen = {change.name: (change.state, str(change.after)) for change in changes(own, newer_of(own))}
    extra = found.steps.get(number=99)
    assert [item.news for item in template_list(cast.home).own] == ["changed"]
    assert {name: state for name, (state, _) in seen.items()} == {
        "Doel": "untouched",
        "In één zin": "untouched",
        "Voorbereiding": "changed",
        f"Stap: {two.title}": "changed",
        "Stap: Toegift": "untouched",
        "Herinneringen": "untouched",
        f"Stap: {three.title}": "untouched",
    }
    assert seen["Stap: Toegift"][1] == "<ins>Toegift (5 minuten)\n&lt;script&gt;</ins>"
    own.refresh_from_db()
    with pytest.raises(templates.Stale):
        templates.follow_newer(own.id, found.id, [], version=0, by=cast.noor)
    with pytest.raises(templates.Stale):
        templates.follow_newer(own.id, own.based_on_id, [], version=own.version, by=cast.noor)
    keys = ["summary", "reminders", f"step:{three.lineage}", f"step:{extra.lineage}", "kind", "step:x"]
    before = words_of(own)
    templates.follow_newer(own.id, found.id, keys, version=own.version, by=cast.noor)
    own.refresh_from_db()
    after = words_of(own)
    assert (own.based_on, own.edition.name, own.purpose) == (found, "Versie 2", "Samen leren, nooit beoordelen.")
    assert (after.title, after.summary, after.preparation) == (before.title, "Kort.", "Neem koffie mee.")
    assert after.reminders == ()
    assert [step.title for step in after.steps] == [
        *(step.title for step in before.steps if step.lineage != three.lineage),
        "Toegift",
    ]
    assert after.steps[:2] == before.steps[:2]
    assert newer_of(own) is None


def test_leaving_it_so_keeps_every_word(cast):
    own = newer(cast)
    found = newer_of(own)
    found.steps.all().update(minutes=1)
    own.refresh_from_db()
    before = words_of(own)
    templates.follow_newer(own.id, found.id, [], version=own.version, by=cast.noor)
    own.refresh_from_db()
    assert (words_of(own), newer_of(own)) == (before, None)


def test_too_many(cast, monkeypatch):
    monkeypatch.setattr(templates, "MOST_OWN", 1)
    own_version(cast.home, cast.noor)
    with pytest.raises(Refused, match="al 1 eigen"):
        own_version(cast.home, cast.noor)


def test_a_newer_edition_that_only_changes_the_order_is_noticed_and_can_be_taken_over(cast):
    own = own_version(cast.home, cast.noor)
    next_edition(cast.roos)
    found = newer_of(own)
    first, second, *rest = found.steps.all()
    for step, number in ((first, 99), (second, 1), (first, 2)):
        type(step).objects.filter(id=step.id).update(number=number)
    own.refresh_from_db()
    assert [item.news for item in template_list(cast.home).own] == ["changed"]
    assert [(change.name, change.state) for change in changes(own, newer_of(own))] == [
        ("Volgorde van de stappen", "untouched")
    ]
    mine, *_ = own.steps.all()
    extra = replace(words_of(own).steps[0], lineage=uuid4(), title="Van onszelf")
    change(own, cast.sem, steps=(extra, *words_of(own).steps))
    own.refresh_from_db()
    templates.follow_newer(own.id, found.id, ["order"], version=own.version, by=cast.noor)
    own.refresh_from_db()
    titles = [step.title for step in words_of(own).steps]
    assert titles == ["Van onszelf", second.title, first.title, *(step.title for step in rest)]
    assert mine.title == first.title
