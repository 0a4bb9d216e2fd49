"""The nouns of what is talked about: an edition, its five means, and the templates of conversations."""

from typing import Any

from content.models.conversations import (
    ConversationTemplate,
    Kind,
    StepMeans,
    TemplateReminder,
    TemplateStep,
)
from content.models.edition import Edition, EditionState
from content.models.means import (
    Assignment,
    Means,
    MeansKind,
    Programme,
    ProgrammeStep,
    QuestionCard,
    RuleOfThumb,
    Song,
    Theme,
    Use,
)
from content.models.reminders import Audience, Moment, ReminderFields
from content.models.search import Readers, SearchEntry

# What belongs to an edition, what hangs under it, and by which key.
OF_EDITION: tuple[type[Any], ...] = (
    Means,
    QuestionCard,
    Theme,
    RuleOfThumb,
    Assignment,
    Song,
    Programme,
    ConversationTemplate,
)
CHILDREN: dict[type[Any], dict[type[Any], str]] = {
    Means: {Use: "means"},
    Programme: {ProgrammeStep: "programme"},
    ConversationTemplate: {TemplateStep: "template", TemplateReminder: "template"},
}

__all__ = [
    "CHILDREN",
    "OF_EDITION",
    "Assignment",
    "Audience",
    "ConversationTemplate",
    "Edition",
    "EditionState",
    "Kind",
    "Means",
    "MeansKind",
    "Moment",
    "Programme",
    "ProgrammeStep",
    "QuestionCard",
    "Readers",
    "ReminderFields",
    "RuleOfThumb",
    "SearchEntry",
    "Song",
    "StepMeans",
    "TemplateReminder",
    "TemplateStep",
    "Theme",
    "Use",
]
