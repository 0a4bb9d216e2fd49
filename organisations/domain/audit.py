"""The trail of who changed what in who can see what. It is only ever added to, and holds nothing that anybody wrote."""

from __future__ import annotations

from organisations.models import (
    ASSOCIATIE_GROUP,
    NJI_GROUP,
    Action,
    AuditEntry,
    Membership,
    Organisation,
    Team,
    User,
    in_group,
)


def note(
    organisation: Organisation,
    action: Action,
    *,
    by: User,
    about: User | None = None,
    about_name: str = "",
    team: Team | None = None,
    detail: str = "",
) -> None:
    """Write down that ``by`` did ``action`` in ``organisation``, in the transaction of the verb that did it.

    ``about`` is the person it was done to; ``about_name`` alone stands for somebody without an account, by the
    name that was typed. ``detail`` is a role or a number, never a text that somebody wrote.
    """
    AuditEntry.objects.create(
        organisation=organisation,
        action=action,
        by=by,
        by_name=acting_name(by, organisation),
        about=about,
        about_name=about_name or (about.name if about else ""),
        team_name=team.name if team else "",
        detail=detail,
    )


def acting_name(user: User, organisation: Organisation) -> str:
    """Return the name by which ``organisation`` knows ``user``: who lets it in has only that of their group."""
    if not Membership.objects.filter(user=user, organisation=organisation).exists():
        return next((group for group in (NJI_GROUP, ASSOCIATIE_GROUP) if in_group(user, group)), user.name)
    return user.name
