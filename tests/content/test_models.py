"""What the database guards, and what publishing does."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from content.domain import copy_edition, publish_edition
from content.models import (
    ConversationTemplate,
    Edition,
    EditionState,
    Means,
    ProgrammeStep,
    QuestionCard,
    Song,
    TemplateReminder,
    TemplateStep,
    Theme,
)
from content.starter import load_starter
from organisations.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    load_starter()
    return Edition.objects.get()


@pytest.fixture
def draft():
    return Edition.objects.create(name="Versie 2", title="Versie 2")


@pytest.fixture
def editor():
    return User.objects.create_superuser("redactie@example.nl", "Redactie")


def refused(make) -> str:
    """Return the name of the constraint that refuses what ``make`` does."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        make()
    return caught.value.__cause__.diag.constraint_name


def test_one_edition_on_show(edition, draft):
    published = Edition.objects.filter(pk=draft.pk)
    now = timezone.now()
    assert refused(lambda: published.update(state="published", published_at=now)) == "edition_one_published"
    assert refused(lambda: published.update(state="archived")) == "edition_published_has_moment"
    assert refused(lambda: published.update(published_at=now)) == "edition_published_has_moment"


@pytest.mark.parametrize(
    ("model", "change", "constraint"),
    [
        (QuestionCard, {"number": 0}, "card_number_from_one"),
        (ProgrammeStep, {"minutes": 0}, "programme_step_minutes"),
        (TemplateStep, {"minutes": 481}, "template_step_minutes"),
        (TemplateStep, {"means": "orgel"}, "template_step_means_known"),
        (ConversationTemplate, {"kind": "beoordeling"}, "template_kind_known"),
        (TemplateReminder, {"days": 61, "audience": "present"}, "template_reminder_days"),
        (TemplateReminder, {"days": 1, "audience": "invited"}, "template_reminder_audience"),
        (Means, {"kind": "dans"}, "means_kind_known"),
    ],
)
def test_checks(edition, model, change, constraint):
    row = model.objects.first()
    assert refused(lambda: model.objects.filter(pk=row.pk).update(**change)) == constraint


def test_numbers_once(edition):
    assert refused(lambda: QuestionCard.objects.filter(number=2).update(number=1)) == "card_number_once"
    assert refused(lambda: Theme.objects.filter(slug="kennis").update(number=1)) == "theme_number_once"
    parts = Theme.objects.filter(slug="samen-met-de-gemeente")
    assert refused(lambda: parts.update(number=1)) == "theme_part_number_once"
    assert refused(lambda: parts.update(runs_through_all=True)) == "theme_one_runs_through_all"
    assert refused(lambda: Song.objects.create(edition=edition, title="Nog een")) == "song_once"


def test_content_in_use_stays(edition):
    with pytest.raises(ProtectedError):
        edition.delete()
    with pytest.raises(ProtectedError):
        Theme.objects.get(slug="het-werk").delete()


def test_a_part_belongs_to_a_wolkje_of_its_edition(edition, draft):
    part = Theme.objects.get(slug="samen-in-de-wijk")
    under_part = Theme(edition=edition, parent=part, number=9, slug="x", title="x", text="x")
    elsewhere = Theme(edition=draft, parent=part.parent, number=9, slug="x", title="x", text="x")
    for theme in (under_part, elsewhere):
        with pytest.raises(ValidationError) as caught:
            theme.full_clean()
        assert list(caught.value.message_dict) == ["parent"]


def test_publishing_swaps(edition, editor):
    draft = copy_edition(edition.pk, "Versie 2", by=editor)
    assert publish_edition(draft.pk, by=editor).state == EditionState.PUBLISHED
    assert dict(Edition.objects.values_list("name", "state")) == {"Versie 1": "archived", "Versie 2": "published"}
    assert list(Edition.objects.published()) == [draft]
    assert QuestionCard.objects.published().count() == 12
    publish_edition(edition.pk, by=editor)
    assert dict(Edition.objects.values_list("name", "state")) == {"Versie 1": "published", "Versie 2": "archived"}
    assert QuestionCard.objects.published().count() == 12


def test_publishing_twice_changes_nothing(edition, editor):
    before = list(Edition.objects.values())
    publish_edition(edition.pk, by=editor)
    assert list(Edition.objects.values()) == before
    assert Edition.history.count() == 1


def test_only_the_redactie_publishes(edition, draft):
    somebody = User.objects.create_user("lina@example.nl", "Lina Bakker")
    with pytest.raises(PermissionDenied):
        publish_edition(draft.pk, by=somebody)
    with pytest.raises(Edition.DoesNotExist):
        publish_edition(somebody.pk, by=User.objects.create_superuser("r@example.nl", "R"))


def test_group_key_ignores_quotation_marks():
    headings = ["Er komt veel 'van buiten op je af'", "Er komt veel 'van buiten' op je af"]
    assert len({QuestionCard(heading=heading).group for heading in headings}) == 1
