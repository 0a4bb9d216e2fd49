"""Which edition a visitor sees: the published one, or the one that an editor is previewing."""

from uuid import UUID

from django.http import HttpRequest

from content import queries
from content.models import Edition, Means, MeansKind

PREVIEW = "previewed_edition"  # in the session of an editor: the id of the edition


def previewed(request: HttpRequest) -> UUID | None:
    """Return the edition that this visitor chose to preview; None for everybody who may not change editions."""
    chosen = request.session.get(PREVIEW)
    return UUID(chosen) if chosen and request.user.has_perm("content.change_edition") else None


def shown_edition(request: HttpRequest) -> Edition | None:
    """Return the edition that this visitor sees, if there is one."""
    return queries.edition(previewed(request))


def shown_means(request: HttpRequest, kind: MeansKind) -> Means | None:
    """Return a means of the edition that this visitor sees, with ``edition`` and ``use_list``."""
    return queries.one_means(kind, previewed(request))
