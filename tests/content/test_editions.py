"""Copying, publishing now and later, rolling back, throwing away: what happens to an edition as a whole."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from content import domain, search
from content.models import (
    CHILDREN,
    OF_EDITION,
    Edition,
    ProgrammeStep,
    QuestionCard,
    SearchEntry,
    Song,
    TemplateStep,
    Theme,
)
from content.tasks import publish_due
from organisations.domain.errors import Refused

pytestmark = pytest.mark.django_db


def states() -> dict[str, str]:
    return dict(Edition.objects.values_list("name", "state"))


def second(cast) -> Edition:
    return domain.copy_edition(Edition.objects.published().get().pk, "Versie 2", by=cast.roos)


def everything(edition) -> dict[str, list[dict[str, object]]]:
    """All that stands in an edition, without what a copy has of its own."""
    found = {}
    for model in OF_EDITION:
        rows = model.objects.filter(edition=edition)
        for queryset in [
            rows,
            *(child.objects.filter(**{f"{key}__in": rows}) for child, key in CHILDREN.get(model, {}).items()),
        ]:
            own = {"id", "edition_id", "parent_id", "means_id", "programme_id", "template_id"}
            values = [{key: row[key] for key in row if key not in own} for row in queryset.values()]
            found[queryset.model.__name__] = sorted(values, key=lambda row: str(row["lineage"]))
    return found


def test_a_copy_has_all_of_it_and_the_same_lineage(cast, edition):
    first, copy = Edition.objects.get(), second(cast)
    assert (copy.state, copy.published_at, copy.planned_for, copy.lineage) == ("draft", None, None, first.lineage)
    assert everything(copy) == everything(first)
    part = Theme.objects.get(edition=copy, slug="samen-in-de-wijk")
    assert part.parent.edition == copy
    card = QuestionCard.objects.get(edition=copy, number=1)
    started = card.history.get()
    assert (started.history_user, started.history_change_reason) == (cast.roos, "Gekopieerd van Versie 1")


def test_a_copy_takes_as_many_queries_for_more(cast, edition):
    first = Edition.objects.get()
    cast.roos.get_all_permissions()  # asked for once a person
    with CaptureQueriesContext(connection) as few:
        domain.copy_edition(first.pk, "Versie 2", by=cast.roos)
    QuestionCard.objects.bulk_create(
        QuestionCard(edition=first, number=number, title="x", text="<p>x</p>") for number in range(13, 80)
    )
    with CaptureQueriesContext(connection) as many:
        domain.copy_edition(first.pk, "Versie 3", by=cast.roos)
    assert len(many) == len(few) <= 50


@pytest.mark.parametrize("name", ["Versie 1", "  ", " Versie  1 "])
def test_a_copy_needs_a_name_of_its_own(cast, edition, name):
    with pytest.raises(Refused):
        domain.copy_edition(Edition.objects.get().pk, name, by=cast.roos)
    assert Edition.objects.count() == 1


def test_an_edition_that_lacks_something_stays_off_the_site(cast, edition):
    empty = Edition.objects.create(name="Leeg", title="Leeg")
    with pytest.raises(Refused) as caught:
        domain.publish_edition(empty.pk, by=cast.roos)
    assert caught.value.message == (
        "Leeg kan nog niet op de site. Het middel “de vragen” ontbreekt. Het middel “de wolkjes” ontbreekt. "
        "Het middel “de vuistregels” ontbreekt. Het middel “het lied” ontbreekt. Het middel “het dagdeel” ontbreekt. "
        "Er zijn nog geen vragenkaarten. Er zijn nog geen wolkjes. Er zijn nog geen vuistregels. "
        "Er zijn nog geen onderdelen van de opdracht. Het lied ontbreekt. "
        "Er is nog geen programma van een dagdeel met stappen. Er zijn nog geen gesprekssjablonen."
    )
    assert states() == {"Versie 1": "published", "Leeg": "draft"}


def test_steps_are_needed_too(cast, edition):
    copy = second(cast)
    TemplateStep.objects.filter(template__edition=copy, template__number=1).delete()
    ProgrammeStep.objects.filter(programme__edition=copy).delete()
    title = copy.templates.get(number=1).title
    assert domain.missing(copy) == [
        "Er is nog geen programma van een dagdeel met stappen.",
        f"Het gesprekssjabloon “{title}” heeft nog geen stappen.",
    ]


def test_published_and_put_back(cast, edition):
    copy = second(cast)
    domain.publish_edition(copy.pk, by=cast.roos)
    assert states() == {"Versie 1": "archived", "Versie 2": "published"}
    assert domain.roll_back(by=cast.roos).name == "Versie 1"
    assert states() == {"Versie 1": "published", "Versie 2": "archived"}
    assert domain.roll_back(by=cast.roos).name == "Versie 2"
    reasons = copy.history.order_by("history_id").values_list("history_change_reason", "history_user")
    assert list(reasons) == [
        ("Gekopieerd van Versie 1", cast.roos.pk),
        ("Gepubliceerd", cast.roos.pk),
        ("Gearchiveerd: Versie 1 kwam op de site", cast.roos.pk),
        ("Teruggezet", cast.roos.pk),
    ]


def test_nothing_to_put_back(cast, edition):
    second(cast)
    with pytest.raises(Refused):
        domain.roll_back(by=cast.roos)
    assert states() == {"Versie 1": "published", "Versie 2": "draft"}


def plan_in(cast, edition, minutes: int):
    domain.plan_publication(edition.pk, timezone.now() + timedelta(minutes=60), by=cast.roos)
    Edition.objects.filter(pk=edition.pk).update(planned_for=timezone.now() + timedelta(minutes=minutes))


def test_a_planned_edition_comes_at_its_moment_once(cast, edition):
    copy = second(cast)
    plan_in(cast, copy, 5)
    publish_due()
    assert states() == {"Versie 1": "published", "Versie 2": "draft"}
    plan_in(cast, copy, -600)  # a worker that was away for ten hours
    publish_due()
    publish_due()
    assert states() == {"Versie 1": "archived", "Versie 2": "published"}
    copy.refresh_from_db()
    assert (copy.planned_for, copy.planned_by, copy.note) == (None, None, "")
    latest = copy.history.first()
    assert latest.history_user == cast.roos
    assert latest.history_change_reason.startswith("Gepubliceerd zoals gepland voor ")


def test_two_that_are_late_come_in_order(cast, edition):
    copy, third = second(cast), domain.copy_edition(Edition.objects.published().get().pk, "Versie 3", by=cast.roos)
    plan_in(cast, third, -5)
    plan_in(cast, copy, -10)
    publish_due()
    assert states() == {"Versie 1": "archived", "Versie 2": "archived", "Versie 3": "published"}


def test_who_left_the_redactie_publishes_nothing_anymore(cast, edition):
    copy = second(cast)
    plan_in(cast, copy, -1)
    cast.roos.groups.clear()
    publish_due()
    copy.refresh_from_db()
    assert (copy.state, copy.planned_for) == ("draft", None)
    assert copy.note == (
        "De geplande publicatie ging niet door. Wie dit plande, hoort niet meer bij de redactie. "
        "Publiceer het zelf, of plan opnieuw."
    )


def test_what_became_incomplete_is_not_published(cast, edition):
    copy = second(cast)
    plan_in(cast, copy, -1)
    Song.objects.filter(edition=copy).delete()
    publish_due()
    copy.refresh_from_db()
    assert (copy.state, copy.planned_for) == ("draft", None)
    assert copy.note == ("De geplande publicatie ging niet door. Versie 2 kan nog niet op de site. Het lied ontbreekt.")


def test_a_plan_can_be_taken_back(cast, edition):
    copy = second(cast)
    plan_in(cast, copy, 5)
    domain.unplan(copy.pk, by=cast.roos)
    copy.refresh_from_db()
    assert (copy.planned_for, copy.planned_by) == (None, None)


def test_no_plan_in_the_past_or_for_what_is_on_show(cast, edition):
    copy, first = second(cast), Edition.objects.published().get()
    for chosen, minutes in ((copy, -1), (first, 5)):
        with pytest.raises(Refused):
            domain.plan_publication(chosen.pk, timezone.now() + timedelta(minutes=minutes), by=cast.roos)


def test_a_draft_can_be_thrown_away_and_nothing_else(cast, edition):
    copy = second(cast)
    domain.discard_edition(copy.pk, by=cast.roos)
    assert states() == {"Versie 1": "published"}
    assert QuestionCard.history.filter(edition_id=copy.pk, history_type="-").count() == 12
    with pytest.raises(Refused):
        domain.discard_edition(Edition.objects.get().pk, by=cast.roos)


@pytest.mark.parametrize("name", ["noor", "lina", "ilse", "aart"])
def test_others_do_nothing_to_editions(cast, edition, name):
    by, first = getattr(cast, name), Edition.objects.get()
    card = QuestionCard.objects.first()
    for verb in (
        lambda: domain.copy_edition(first.pk, "Versie 2", by=by),
        lambda: domain.publish_edition(first.pk, by=by),
        lambda: domain.plan_publication(first.pk, timezone.now() + timedelta(hours=1), by=by),
        lambda: domain.unplan(first.pk, by=by),
        lambda: domain.roll_back(by=by),
        lambda: domain.discard_edition(first.pk, by=by),
        lambda: domain.move(card, "down", by=by),
    ):
        with pytest.raises(PermissionDenied):
            verb()
    assert states() == {"Versie 1": "published"}


def numbers(**of) -> list[tuple[int, str]]:
    return list(QuestionCard.objects.filter(**of).order_by("number").values_list("number", "title"))


def test_cards_change_places(cast, edition):
    before = [title for _, title in numbers()]
    card = QuestionCard.objects.get(number=3)
    assert domain.move(card, "up", by=cast.roos) == 2
    assert numbers() == list(enumerate([before[0], before[2], before[1], *before[3:]], 1))
    card.refresh_from_db()
    assert domain.move(card, QuestionCard.objects.get(number=12).pk, by=cast.roos) == 12
    assert numbers() == list(enumerate([before[0], before[1], *before[3:], before[2]], 1))
    latest = QuestionCard.objects.get(number=12).history.first()
    assert (latest.history_user, latest.history_change_reason) == (cast.roos, "Volgorde gewijzigd")
    card.refresh_from_db()
    assert domain.move(card, "down", by=cast.roos) == 12


def test_a_new_card_takes_its_place_or_comes_last(cast, edition):
    of = Edition.objects.get()
    domain.place(QuestionCard(edition=of, title="Achteraan", text="<p>x</p>"), by=cast.roos)
    domain.place(QuestionCard(edition=of, title="Vooraan", text="<p>x</p>", number=1), by=cast.roos)
    row = numbers()
    assert [number for number, _ in row] == list(range(1, 15))
    assert (row[0][1], row[13][1]) == ("Vooraan", "Achteraan")


def test_a_part_moves_within_its_wolkje(cast, edition):
    parent = Theme.objects.filter(parts__isnull=False).order_by("number").first()
    before = list(parent.parts.values_list("slug", flat=True))
    others = list(Theme.objects.exclude(parent=parent).order_by("pk").values_list("pk", "number"))
    domain.move(parent.parts.get(number=2), "up", by=cast.roos)
    assert list(parent.parts.values_list("slug", flat=True)) == [before[1], before[0], *before[2:]]
    assert list(Theme.objects.exclude(parent=parent).order_by("pk").values_list("pk", "number")) == others


def at_once(*verbs) -> list[object]:
    """Do all verbs at the same moment, each in a thread of its own; return what they gave or raised, in order."""
    results: list[object] = [None] * len(verbs)
    barrier = Barrier(len(verbs))

    def run(place: int) -> None:
        try:
            barrier.wait()
            results[place] = verbs[place]()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(place,)) for place in range(len(verbs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_an_editor_at_once(cast, edition):
    copy = second(cast)
    plan_in(cast, copy, -1)
    results = at_once(publish_due, publish_due, lambda: domain.publish_edition(copy.pk, by=cast.roos))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert states() == {"Versie 1": "archived", "Versie 2": "published"}
    reasons = list(copy.history.values_list("history_change_reason", flat=True))
    assert len([reason for reason in reasons if reason.startswith("Gepubliceerd")]) == 1


@pytest.mark.django_db(transaction=True)
def test_two_copies_of_one_name(cast, edition):
    first = Edition.objects.get().pk
    results = at_once(*[lambda: domain.copy_edition(first, "Versie 2", by=cast.roos)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["Edition", "Refused"]
    assert QuestionCard.objects.count() == 24


@pytest.mark.django_db(transaction=True)
def test_many_move_at_once(cast, edition):
    cards = list(QuestionCard.objects.all())
    results = at_once(*[lambda card=card: domain.move(card, "up", by=cast.roos) for card in cards[4:8]])
    assert [result for result in results if isinstance(result, Exception)] == []
    assert [number for number, _ in numbers()] == list(range(1, 13))


def test_a_planned_talk_keeps_its_cards_and_steps(cast, edition, plan):
    session = plan(cast.lina, "collegiaal-interview", [cast.joost])
    steps = list(session.steps.values_list("number", "title", "minutes"))
    first = Edition.objects.get()
    copy = second(cast)
    TemplateStep.objects.filter(template__edition=copy).update(title="Anders")
    domain.place(QuestionCard(edition=copy, title="De dertiende", text="<p>Nieuw?</p>"), by=cast.roos)
    domain.publish_edition(copy.pk, by=cast.roos)
    session.refresh_from_db()
    assert (session.edition, list(session.steps.values_list("number", "title", "minutes"))) == (first, steps)
    assert len(numbers(edition=session.edition)) == 12
    assert [number for number, _ in numbers(edition=copy)] == list(range(1, 14))


def test_a_new_order_is_found_where_it_is(cast, edition, django_capture_on_commit_callbacks):
    search.refresh("content")
    card = QuestionCard.objects.get(number=3)
    with django_capture_on_commit_callbacks(execute=True):
        domain.move(card, "up", by=cast.roos)
    assert SearchEntry.objects.get(object_id=card.pk).path.endswith("#kaart-2")
    other = QuestionCard.objects.get(number=3)
    assert SearchEntry.objects.get(object_id=other.pk).path.endswith("#kaart-3")
