"""What the redactie does with an edition as a whole."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from content.models import Edition, EditionState
from organisations.models import User


@transaction.atomic
def publish_edition(edition_id: UUID, *, by: User) -> Edition:
    """Put an edition on show in the place of the one before, which is archived; return it.

    Publishing the edition that is on show already changes nothing. An archived edition can come back.
    Raises PermissionDenied where ``by`` may not change editions, Edition.DoesNotExist for an unknown id.
    """
    if not by.has_perm("content.change_edition"):
        raise PermissionDenied("Alleen de redactie publiceert een uitgave.")
    # All rows, in one order: two people who publish at once wait for each other.
    editions = {edition.pk: edition for edition in Edition.objects.select_for_update().order_by("pk")}
    if edition_id not in editions:
        raise Edition.DoesNotExist
    chosen = editions[edition_id]
    if chosen.state == EditionState.PUBLISHED:
        return chosen
    for edition in editions.values():
        if edition.state == EditionState.PUBLISHED:
            edition.state = EditionState.ARCHIVED
            edition.save(update_fields=["state"])
    chosen.state, chosen.published_at = EditionState.PUBLISHED, timezone.now()
    chosen.save(update_fields=["state", "published_at"])
    return chosen
