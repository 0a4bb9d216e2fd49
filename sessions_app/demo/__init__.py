"""The demo's invented people and organisations, with talks behind and ahead of them: a module a capability.

Nobody and nothing here exists. The organisations that took part in the traject are named on the public page about
it, not here.
"""

from __future__ import annotations

from django.db import transaction

from organisations.models import User
from sessions_app.demo import (
    doors,
    guests,
    interpretations,
    people,
    pilot,
    polls,
    song,
    surveys,
    talks,
    templates,
)
from sessions_app.demo.people import CAST, Person

__all__ = ["CAST", "Person", "make_demo"]


def make_demo() -> bool:
    """Make the demo's data when there is nobody yet; return whether it did. Needs a published edition."""
    with transaction.atomic():
        if User.objects.filter(email=CAST[0].email).exists():
            return False
        everyone = people.make()
        for part in (templates, talks, polls, surveys, interpretations, pilot, doors, song, guests):
            part.make(everyone)
        return True
