"""What several tests about talks share."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lerend.mail import outbox
from sessions_app.domain import telling


@pytest.fixture
def post(mailoutbox, time_machine):
    """Let time pass, deliver what is due then, and give what went out, as (who, how it begins)."""
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    passed = [timedelta(0)]

    def post(after=telling.WINDOW):
        passed[0] += after
        time_machine.move_to(start + passed[0], tick=False)
        before = len(mailoutbox)
        outbox.deliver()
        return sorted((mail.to[0].split("@")[0], mail.subject.split(":")[0]) for mail in mailoutbox[before:])

    return post
