"""Who works on editions."""

from django.core.exceptions import PermissionDenied

from organisations.models import User


def may_edit(by: User) -> None:
    """Raise PermissionDenied where ``by`` may not change editions."""
    if not by.has_perm("content.change_edition"):
        raise PermissionDenied("Alleen de redactie werkt aan een uitgave.")
