"""Rows that were there before a migration of the content, and what became of them."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

PLAIN = "Wat <doe> jij & ik?\nEen regel.\n\nZie https://voorbeeld.nl/a?b=1&c=2"
RICH = (
    "<p>Wat &lt;doe&gt; jij &amp; ik?<br>Een regel.</p>\n\n"
    '<p>Zie <a href="https://voorbeeld.nl/a?b=1&amp;c=2">https://voorbeeld.nl/a?b=1&amp;c=2</a></p>'
)


def migrated(name: str) -> Any:
    """Bring the tables of the content to a migration, and return the models of then."""
    executor = MigrationExecutor(connection)
    executor.migrate([("content", name)])
    return MigrationExecutor(connection).loader.project_state([("content", name)]).apps


@pytest.fixture
def back_to_now() -> Iterator[None]:
    """Leave the tables as the code of today wants them."""
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("back_to_now")
def test_plain_text_becomes_rich_and_plain_again():
    then = migrated("0001_initial")
    edition = then.get_model("content", "Edition").objects.create(name="Versie 1", title="x", intro=PLAIN)
    card = then.get_model("content", "QuestionCard").objects.create(edition=edition, number=1, title="x", text=PLAIN)
    then.get_model("content", "HistoricalQuestionCard").objects.create(
        id=card.pk,
        edition_id=edition.pk,
        number=1,
        title="x",
        text=PLAIN,
        history_date=timezone.now(),
        history_type="+",
    )
    gone = uuid4()
    then.get_model("content", "HistoricalTheme").objects.create(
        id=gone, edition_id=edition.pk, number=1, title="x", text="", history_date=timezone.now(), history_type="-"
    )

    later = migrated("0002_prose_lineage_own_templates")
    cards = [later.get_model("content", name) for name in ("QuestionCard", "HistoricalQuestionCard")]
    rows = [model.objects.values_list("id", "lineage", "text").get() for model in cards]
    assert rows == [(card.pk, card.pk, RICH)] * 2
    assert later.get_model("content", "Edition").objects.values_list("lineage", "intro").get() == (edition.pk, RICH)
    theme = later.get_model("content", "HistoricalTheme").objects.values_list("lineage", "text").get()
    assert theme == (gone, "")

    back = migrated("0001_initial")
    for name in ("QuestionCard", "HistoricalQuestionCard"):
        assert back.get_model("content", name).objects.get().text == PLAIN
    for name in ("QuestionCard", "HistoricalQuestionCard", "HistoricalTheme", "Edition", "HistoricalEdition"):
        back.get_model("content", name).objects.all().delete()
