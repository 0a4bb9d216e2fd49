"""Inviting people by mail, and coming in by such a mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from django.utils import timezone

from lerend.mail import outbox
from organisations.domain import audit
from organisations.domain.errors import Refused
from organisations.domain.members import leave, lock_organisation
from organisations.models import (
    INVITATION_LASTS,
    ON_TEAM,
    Action,
    Invitation,
    Membership,
    Organisation,
    Role,
    Team,
    TeamMembership,
    User,
)
from organisations.queries import MEMBER_INVITATION, Reach, known_addresses

_SALT = "organisations.invitation"
OWN_ADDRESS = "Dit is je eigen mailadres. Jezelf uitnodigen kan niet."
ABOVE = "Deze rol kun je niet geven. Een bestuurder kan dat wel."
NOT_YOUR_TEAM = "Voor dit team kun je niemand uitnodigen. Kies een team dat je leidt, of vraag je bestuurder."
MAILS_A_DAY = 5
OFTEN = f"Naar dit adres gingen vandaag al {MAILS_A_DAY} mails. Probeer het morgen weer."
GONE = "Deze uitnodiging werkt niet meer. Vraag wie je uitnodigde om een nieuwe."


@dataclass(frozen=True)
class Invitee:
    """Whom to invite: a name and address as typed, a role on the organisation ("" for none), and a team with a role."""

    name: str
    email: str
    role: str = ""
    team: Team | None = None
    team_role: str = ""


def refusal(reach: Reach, invitee: Invitee) -> str:
    """Return why ``reach`` may not invite ``invitee``, "" if it may. Nobody gives a role above their own."""
    if invitee.email.lower() == reach.user.email.lower():
        return OWN_ADDRESS
    if invitee.role not in reach.roles:
        return ABOVE
    if invitee.team is None:
        return "" if reach.runs else NOT_YOUR_TEAM
    if invitee.team.id not in reach.teams or invitee.team_role not in ON_TEAM:
        return NOT_YOUR_TEAM
    return ""


@transaction.atomic
def invite(organisation_id: UUID, invitee: Invitee, *, by: User) -> Invitation:
    """Invite one person; the same form sent twice is one invitation.

    Raises Organisation.DoesNotExist when ``by`` manages nobody there, Refused when the role, the team or the address
    cannot be.
    """
    organisation = _lock(organisation_id, by)
    reach = Reach(by, organisation)
    if why := refusal(reach, invitee):
        raise Refused(why)
    known = known_addresses(organisation).get(invitee.email.lower())
    if known and known.accepted_at:
        raise Refused("Met dit adres nam al iemand een uitnodiging aan. Kijk in de lijst van mensen.")
    if known and _same(known, invitee) and not known.expired:
        return known
    if known:
        raise Refused("Voor dit adres is er al een uitnodiging. Stuur die opnieuw, of trek hem eerst in.")
    if _mailed_often(organisation, [invitee.email]):
        raise Refused(OFTEN)
    (made,) = _make(organisation, [invitee], by=by)
    audit.note(
        organisation,
        Action.INVITED,
        by=by,
        about_name=made.name,
        team=made.team,
        detail=_given(made),
    )
    return made


@transaction.atomic
def invite_many(organisation_id: UUID, invitees: Sequence[Invitee], *, batch: UUID, by: User) -> list[Invitation]:
    """Invite everybody of ``invitees`` in a number of queries that does not grow with them; return the invitations.

    Addresses with a living or an accepted invitation are passed over, so that twice is once; so are those that were
    mailed too often today. ``batch`` marks what belongs together. Raises as ``invite`` does, before anything is
    written.
    """
    organisation = _lock(organisation_id, by)
    reach = Reach(by, organisation)
    for invitee in invitees:
        if why := refusal(reach, invitee):
            raise Refused(f"{invitee.name}: {why}")
    known = known_addresses(organisation)
    new = {invitee.email.lower(): invitee for invitee in invitees if invitee.email.lower() not in known}
    often = _mailed_often(organisation, new)
    made = _make(organisation, [one for email, one in new.items() if email not in often], by=by, batch=batch)
    if made:
        audit.note(
            organisation, Action.IMPORTED, by=by, detail="1 collega" if len(made) == 1 else f"{len(made)} collega's"
        )
    return made


@transaction.atomic
def invite_bestuurder(
    organisation_id: UUID, name: str, email: str, *, replaces: UUID | None = None, by: User
) -> Invitation:
    """Invite a bestuurder for an organisation, for who opens doors; ``replaces`` is the membership of one who is gone.

    That membership ends when the invitation is accepted, not before. Every bestuurder of the organisation is told.
    Raises Organisation.DoesNotExist for who opens no doors, Refused when the address has an invitation already.
    """
    organisation = lock_organisation(organisation_id)
    Organisation.objects.supervised_by(by).get(id=organisation_id)
    gone = None
    if replaces:
        gone = (
            Membership.objects.select_related("user")
            .filter(id=replaces, organisation=organisation, role=Role.BESTUURDER)
            .first()
        )
        if gone is None:
            raise Refused("Deze bestuurder is er niet meer. Kijk opnieuw wie er zijn.")
    if email.lower() == by.email.lower():
        raise Refused(OWN_ADDRESS)
    known = known_addresses(organisation).get(email.lower())
    standing = known and not known.accepted_at and not known.expired
    if known and standing and known.role == Role.BESTUURDER and known.replaces_id == replaces:
        return known
    if known and known.accepted_at:
        raise Refused(
            "Met dit adres nam al iemand een uitnodiging aan. Een bestuurder kan diegene een andere rol geven."
        )
    if known:
        _withdraw(known)
    (made,) = _make(organisation, [Invitee(name, email, Role.BESTUURDER)], by=by, replaces=gone)
    audit.note(organisation, Action.INVITED, by=by, about_name=name, detail=_given(made))
    outbox.queue_many(
        outbox.Draft(kind="bestuurder_invited", about=made.id, recipient=membership.user)
        for membership in organisation.memberships.filter(role=Role.BESTUURDER).select_related("user")
    )
    return made


@transaction.atomic
def send_again(invitation_id: UUID, *, by: User) -> Invitation:
    """Send an invitation anew, for another 14 days; the link of the older mail ends.

    Raises Invitation.DoesNotExist when ``by`` may not, Refused when it was accepted or withdrawn, or mailed too often.
    """
    invitation = _lock_living(invitation_id, by)
    if _mailed_often(invitation.organisation, [invitation.email]):
        raise Refused(OFTEN)
    invitation.sequence += 1
    invitation.sent_at = timezone.now()
    invitation.save(update_fields=["sequence", "sent_at"])
    outbox.drop(invitation.id)
    _queue([invitation])
    audit.note(invitation.organisation, Action.INVITED_AGAIN, by=by, about_name=invitation.name)
    return invitation


@transaction.atomic
def withdraw(invitation_id: UUID, *, by: User) -> Invitation:
    """Withdraw an invitation: its link ends at once. Raises as ``send_again`` does."""
    invitation = _lock_living(invitation_id, by)
    _withdraw(invitation)
    audit.note(invitation.organisation, Action.INVITATION_WITHDRAWN, by=by, about_name=invitation.name)
    return invitation


def token_of(invitation: Invitation) -> str:
    """Return the signed token that the mail of ``invitation`` carries; it stands nowhere else."""
    return signing.Signer(salt=_SALT).sign_object([invitation.id.hex, invitation.sequence])


def by_token(token: str) -> Invitation:
    """Return the invitation that ``token`` opens, with its organisation, team and inviter.

    Raises Invitation.DoesNotExist when the token is not ours or an older one, or when the invitation was accepted,
    withdrawn or has expired: who holds the mail is told no more than that.
    """
    try:
        hexed, sequence = signing.Signer(salt=_SALT).unsign_object(token)
        found = UUID(hexed)
    except (signing.BadSignature, ValueError, TypeError):
        raise Invitation.DoesNotExist from None
    living = Invitation.objects.living().select_related("organisation", "team", "invited_by")
    invitation = living.get(id=found, sequence=sequence)
    if invitation.expired:
        raise Invitation.DoesNotExist
    return invitation


@dataclass(frozen=True)
class Arrival:
    """Who came in, where, and whether their account was made just now."""

    user: User
    organisation: Organisation
    new_account: bool


@transaction.atomic
def accept(token: str, *, name: str, by: User | None) -> Arrival:
    """Accept an invitation; the membership begins now. Of two at once one is first, the other finds it gone.

    ``name`` is for a new account, made when the address has none; ``by`` is who is signed in, if anybody. Raises
    Invitation.DoesNotExist as ``by_token`` does, Refused when somebody else is signed in or the account is off.
    """
    found = by_token(token)
    organisation = lock_organisation(found.organisation_id)
    Invitation.objects.select_for_update().get(id=found.id)
    invitation = by_token(token)  # judged on what stands under the lock
    if by is not None and by.email.lower() != invitation.email.lower():
        raise Refused("Deze uitnodiging is voor een ander mailadres. Log eerst uit en open de link dan opnieuw.")
    user = User.objects.filter(email=invitation.email.lower()).first()
    if user and not user.is_active:
        raise Refused(GONE)
    if user and user.id == invitation.invited_by_id:
        raise Refused(OWN_ADDRESS)
    new_account = user is None
    if user is None:
        user = _new_account(invitation.email, name)
    _take_in(user, organisation, invitation)
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    outbox.drop(invitation.id)
    audit.note(
        organisation,
        Action.JOINED,
        by=user,
        about=user,
        team=invitation.team,
        detail=_given(invitation),
    )
    gone = invitation.replaces
    if gone and gone.user_id != user.id and gone.role == Role.BESTUURDER:  # who stepped down since stays a member
        leave(gone, organisation, Action.REPLACED, by=invitation.invited_by or user)
    return Arrival(user, organisation, new_account)


def _new_account(email: str, name: str) -> User:
    """Make an account; raises Refused when another organisation's invitation made it at this very moment."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, name)
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    except IntegrityError:
        raise Refused("Dit ging net tegelijk met een andere uitnodiging. Open de link opnieuw.") from None
    return user


def _take_in(user: User, organisation: Organisation, invitation: Invitation) -> None:
    """Make ``user`` a member with what the invitation gives; a higher role that is there already stays."""
    membership, _ = Membership.objects.get_or_create(user=user, organisation=organisation)
    if invitation.role == Role.BESTUURDER or (invitation.role and not membership.role):
        membership.role = invitation.role
        membership.save(update_fields=["role"])
    if invitation.team:
        place, created = TeamMembership.objects.get_or_create(
            membership=membership, team=invitation.team, defaults={"role": invitation.team_role}
        )
        if not created and invitation.team_role == Role.LEIDINGGEVENDE:
            place.role = invitation.team_role
            place.save(update_fields=["role"])


def _lock(organisation_id: UUID, by: User) -> Organisation:
    organisation = lock_organisation(organisation_id)
    Organisation.objects.manageable_by(by).get(id=organisation_id)
    return organisation


def _lock_living(invitation_id: UUID, by: User) -> Invitation:
    Invitation.objects.select_for_update().filter(id=invitation_id).values_list("id").first()
    invitation = Invitation.objects.manageable_by(by).select_related("organisation").get(id=invitation_id)
    if invitation.accepted_at:
        raise Refused("Deze uitnodiging is al aangenomen.")
    if invitation.withdrawn_at:
        raise Refused("Deze uitnodiging is al ingetrokken. Nodig diegene opnieuw uit.")
    return invitation


def _withdraw(invitation: Invitation) -> None:
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    outbox.drop(invitation.id)


def _mailed_often(organisation: Organisation, emails: Iterable[str]) -> set[str]:
    """Return which of ``emails``, in small letters, got so many invitations that another one would be a nuisance.

    An invitation counts for each time it was ever sent, so that one that was sent again for weeks may go once a day.
    """
    recent = Invitation.objects.filter(
        organisation=organisation,
        email__in=[email.lower() for email in emails],
        sent_at__gt=timezone.now() - timedelta(days=1),
    )
    counted = recent.order_by().values("email").annotate(mails=Sum("sequence") + Count("id"))
    return set(counted.filter(mails__gte=MAILS_A_DAY).values_list("email", flat=True))


def _same(known: Invitation, invitee: Invitee) -> bool:
    team_id = invitee.team.id if invitee.team else None
    return (known.name, known.role, known.team_id, known.team_role) == (
        invitee.name,
        invitee.role,
        team_id,
        invitee.team_role,
    )


def _make(
    organisation: Organisation,
    invitees: Sequence[Invitee],
    *,
    by: User,
    batch: UUID | None = None,
    replaces: Membership | None = None,
) -> list[Invitation]:
    made = Invitation.objects.bulk_create(
        (
            Invitation(
                organisation=organisation,
                name=invitee.name,
                email=invitee.email.lower(),
                role=invitee.role,
                team=invitee.team,
                team_role=invitee.team_role if invitee.team else "",
                invited_by=by,
                batch=batch,
                replaces=replaces,
            )
            for invitee in invitees
        ),
        batch_size=1_000,
    )
    _queue(made)
    return made


def _queue(invitations: Sequence[Invitation]) -> None:
    outbox.queue_many(
        outbox.Draft(
            kind=MEMBER_INVITATION,
            about=invitation.id,
            address=invitation.email,
            sequence=invitation.sequence,
            expires_at=invitation.sent_at + INVITATION_LASTS,
        )
        for invitation in invitations
    )


def _given(invitation: Invitation) -> str:
    role = invitation.role or invitation.team_role
    return Role(role).in_words if role else ""
