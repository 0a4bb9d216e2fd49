"""Deleting many rows a few at a time."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lerend.batches import delete_in_batches
from sessions_app.models import Revision


@pytest.mark.django_db
def test_all_of_the_rows_go_a_few_at_a_time_and_no_others():
    Revision.objects.bulk_create(Revision(about=uuid4(), sequence=number // 5, what={}) for number in range(10))
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert delete_in_batches(Revision.objects.filter(sequence=0), size=2) == 5
    assert sum(query["sql"].startswith("DELETE") for query in seen) == 3
    assert list(Revision.objects.values_list("sequence", flat=True)) == [1] * 5
