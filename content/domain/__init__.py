"""What the redactie does with editions and the texts in them."""

from content.domain.copying import copy_edition
from content.domain.editions import (
    discard_edition,
    missing,
    plan_publication,
    publish_due,
    publish_edition,
    roll_back,
    shown_before,
    unplan,
)
from content.domain.ordering import move, place
from content.domain.restoring import restore_part

__all__ = [
    "copy_edition",
    "discard_edition",
    "missing",
    "move",
    "place",
    "plan_publication",
    "publish_due",
    "publish_edition",
    "restore_part",
    "roll_back",
    "shown_before",
    "unplan",
]
