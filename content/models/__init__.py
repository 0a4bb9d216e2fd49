"""The nouns of what is talked about: an edition, its five means, and the templates of conversations."""

from content.models.conversations import (
    Audience,
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
from content.models.search import Readers, SearchEntry

__all__ = [
    "Assignment",
    "Audience",
    "ConversationTemplate",
    "Edition",
    "EditionState",
    "Kind",
    "Means",
    "MeansKind",
    "Programme",
    "ProgrammeStep",
    "QuestionCard",
    "Readers",
    "RuleOfThumb",
    "SearchEntry",
    "Song",
    "StepMeans",
    "TemplateReminder",
    "TemplateStep",
    "Theme",
    "Use",
]
