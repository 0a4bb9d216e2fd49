"""Who: people, organisations, teams and the roles that hold there, and how people come in and leave."""

from organisations.models.doors import DOORS_KEPT, INVITATION_LASTS, Invitation, JoinRequest
from organisations.models.people import (
    ASSOCIATIE_GROUP,
    LONGEST_ADDRESS,
    NJI_GROUP,
    ON_ORGANISATION,
    ON_TEAM,
    REDACTIE_GROUP,
    Role,
    User,
    in_group,
    needs_second_factor,
    one_line,
    sort_key,
)
from organisations.models.places import (
    SMALLEST_GROUP,
    Membership,
    Organisation,
    Team,
    TeamMembership,
    opens_doors,
)
from organisations.models.trail import AUDIT_KEPT, DEPARTURE_LASTS, Action, AuditEntry, Departure

__all__ = [
    "ASSOCIATIE_GROUP",
    "AUDIT_KEPT",
    "DEPARTURE_LASTS",
    "DOORS_KEPT",
    "INVITATION_LASTS",
    "LONGEST_ADDRESS",
    "NJI_GROUP",
    "ON_ORGANISATION",
    "ON_TEAM",
    "REDACTIE_GROUP",
    "SMALLEST_GROUP",
    "Action",
    "AuditEntry",
    "Departure",
    "Invitation",
    "JoinRequest",
    "Membership",
    "Organisation",
    "Role",
    "Team",
    "TeamMembership",
    "User",
    "in_group",
    "needs_second_factor",
    "one_line",
    "opens_doors",
    "sort_key",
]
