"""The pilot's verbs. Each locks the round first, so that places and the order of the list have one writer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from lerend.mail import outbox
from lerend.moments import moment
from organisations.domain.errors import Refused
from organisations.models import NJI_GROUP, Team, User, in_group
from sessions_app.models import PilotAward, PilotPlace, PilotRound, PilotSignup
from sessions_app.models.pilot import MOST_PLACES, PLACES, SHARING_DAY, SignupState
from sessions_app.queries import pilot as reads

ONLY_PROGRAMME = "De plekken geeft het NJi-programma. Met een vraag over jullie aanmelding kun je bij hen terecht."
ONLY_TEAM = "Intrekken doet het team zelf. Vraag het aan de contactpersoon van de aanmelding."


@dataclass(frozen=True)
class RoundDetails:
    """What the NJi-programma fills in about a round."""

    name: str
    opens_at: datetime
    closes_at: datetime
    places: int = PLACES
    intro: str = ""
    sharing_day: str = SHARING_DAY


@dataclass(frozen=True)
class SignupDetails:
    """What a team fills in when it signs up."""

    contact_name: str
    contact_email: str
    size: int
    motivation: str
    dates: str = ""
    shares_experience: bool = False
    merel_wanted: bool = False
    merel_cost_accepted: bool = False


@transaction.atomic
def open_round(details: RoundDetails, *, form_key: UUID, by: User) -> PilotRound:
    """Return a new round with its places, or the one that the same form made before.

    Raises PermissionDenied for who is not in the NJi-programma, Refused when the details cannot stand.
    """
    _check_programme(by)
    _check_round(details)
    round_, created = PilotRound.objects.get_or_create(
        form_key=form_key,
        defaults={
            "name": details.name,
            "intro": details.intro,
            "opens_at": details.opens_at,
            "closes_at": details.closes_at,
            "sharing_day": details.sharing_day,
        },
    )
    if created:
        _add_places(round_, range(1, details.places + 1))
    return round_


@transaction.atomic
def change_round(round_id: UUID, details: RoundDetails, *, by: User) -> PilotRound:
    """Change a round; free places are added or taken away, never one with a team.

    Raises PilotRound.DoesNotExist when ``by`` may not manage it, Refused when the details cannot stand.
    """
    round_ = _lock(round_id)
    PilotRound.objects.manageable_by(by).get(id=round_id)
    _check_round(details)
    round_.name, round_.intro, round_.sharing_day = details.name, details.intro, details.sharing_day
    round_.opens_at, round_.closes_at = details.opens_at, details.closes_at
    round_.save()
    numbers = list(round_.places.values_list("number", flat=True))
    if details.places > len(numbers):
        unused = (number for number in range(1, MOST_PLACES + 1) if number not in numbers)
        _add_places(round_, [next(unused) for _ in range(details.places - len(numbers))])
    elif details.places < len(numbers):
        surplus = len(numbers) - details.places
        free = list(PilotPlace.objects.free().filter(round=round_).order_by("-number")[:surplus])
        if len(free) < surplus:
            taken = len(numbers) - len(free)
            raise Refused(f"Er hebben al {taken} teams een plek. Minder plekken dan {taken} kan niet.")
        PilotPlace.objects.filter(id__in=[place.id for place in free]).delete()
        _tell_waiting_when_full(round_)
    return round_


@transaction.atomic
def sign_up(round_id: UUID, team_id: UUID, details: SignupDetails, *, form_key: UUID, by: User) -> PilotSignup:
    """Return the sign-up of a team, at the end of the list; the same form sent twice is one sign-up.

    Raises Team.DoesNotExist when ``by`` does not run the team, PilotRound.DoesNotExist when there is no such round,
    Refused when it is not open, the team is on the list already, or a condition is not met.
    """
    round_ = _lock(round_id)
    team = Team.objects.manageable_by(by).get(id=team_id)
    made = PilotSignup.objects.filter(form_key=form_key, round=round_, team=team).first()
    if made:
        return made
    _check_open(round_)
    if not details.shares_experience:
        raise Refused(f"Meedoen kan als jullie je ervaring delen op de {round_.sharing_day}.")
    if details.merel_wanted and not details.merel_cost_accepted:
        raise Refused("Wie Merel Steinweg erbij wil, betaalt haar kosten zelf. Zet daar ook een vinkje.")
    living = PilotSignup.objects.living().filter(round=round_)
    if living.filter(team=team).exists():
        raise Refused(f"{team.name} staat al op de lijst van deze ronde.")
    last = living.aggregate(last=Max("position"))["last"] or 0
    signup = PilotSignup.objects.create(
        round=round_,
        team=team,
        contact_name=details.contact_name,
        contact_email=details.contact_email,
        size=details.size,
        dates=details.dates,
        motivation=details.motivation,
        shares_experience=True,
        merel_wanted=details.merel_wanted,
        merel_cost_accepted=details.merel_wanted and details.merel_cost_accepted,
        signed_by=by,
        position=last + 1,
        form_key=form_key,
    )
    outbox.queue_many(_for_team("pilot_signed_up", [signup]))
    return signup


@transaction.atomic
def withdraw_signup(signup_id: UUID, *, by: User) -> PilotSignup:
    """Take a team off the list; a place that it had is free again. Done twice it is done once.

    Raises PilotSignup.DoesNotExist when ``by`` may not read the sign-up, PermissionDenied when they do not run it.
    """
    signup = _lock_signup(signup_id, by)
    if not PilotSignup.objects.manageable_by(by).filter(id=signup.id).exists():
        raise PermissionDenied(ONLY_TEAM)
    if not signup.living:
        return signup
    freed = _end_award(signup)
    signup.state, signup.position = SignupState.WITHDRAWN, None
    _tell_anew(signup, "state", "position")
    outbox.drop(signup.id)
    outbox.queue_many([*_for_team("pilot_withdrawn", [signup]), *_for_programme(signup, freed, by)])
    return signup


@transaction.atomic
def award_place(signup_id: UUID, *, by: User) -> PilotAward:
    """Give a sign-up the lowest free place of its round, or return the award that it has.

    With the last place gone, everyone who still waits is told so, once. Raises PilotSignup.DoesNotExist when ``by`` may
    not read the sign-up, PermissionDenied when they do not award, Refused when it was withdrawn or no place is free.
    """
    signup = _lock_signup(signup_id, by)
    _check_awarder(by)
    award = PilotAward.objects.filter(signup=signup).first()
    if award:
        return award
    if not signup.living:
        raise Refused("Deze aanmelding is ingetrokken.")
    place = PilotPlace.objects.free().filter(round_id=signup.round_id).order_by("number").first()
    if place is None:
        raise Refused("Alle plekken van deze ronde zijn al vergeven.")
    award = PilotAward.objects.create(place=place, signup=signup, awarded_by=by)
    _tell_anew(signup)
    outbox.queue_many(_for_team("pilot_awarded", [signup]))
    _tell_waiting_when_full(signup.round)
    return award


@transaction.atomic
def take_back_award(signup_id: UUID, *, by: User) -> PilotSignup:
    """Undo an award that was a mistake: the team is told and stands where it stood on the list. Done twice is once.

    Raises as ``award_place``, but for Refused.
    """
    signup = _lock_signup(signup_id, by)
    _check_awarder(by)
    freed = _end_award(signup)
    if freed is None:
        return signup
    _tell_anew(signup)
    outbox.drop(signup.id, kinds={"pilot_awarded"})
    outbox.queue_many([*_for_team("pilot_taken_back", [signup]), *_for_programme(signup, freed, by)])
    return signup


@transaction.atomic
def move_up(signup_id: UUID, *, position: int, by: User) -> PilotSignup:
    """Let a waiting sign-up change places with the one before it.

    ``position`` is where it stood for who asks: when it has moved meanwhile nothing happens, so that a double click
    moves once. Raises PilotSignup.DoesNotExist or PermissionDenied as ``award_place``.
    """
    signup = _lock_signup(signup_id, by)
    _check_awarder(by)
    waiting = PilotSignup.objects.waiting().filter(round_id=signup.round_id)
    if signup.position != position or not waiting.filter(id=signup.id).exists():
        return signup
    before = waiting.filter(position__lt=position).last()
    if before is None:
        return signup
    signup.position, before.position = before.position, signup.position
    PilotSignup.objects.bulk_update([signup, before], ["position"])
    return signup


def keep_signed_up(*, team: Team, **kwargs: object) -> None:
    """Refuse the closing of a team that stands on the list of a current round (``organisations.signals.team_closed``).

    Whoever closes it decides first what becomes of its place: withdrawing tells the NJi-programma and who waits.
    """
    current = PilotRound.objects.current(timezone.now())
    if PilotSignup.objects.living().filter(team=team, round__in=current).exists():
        raise Refused(f"{team.name} doet mee aan de pilot. Trek die aanmelding eerst in.")


def _lock(round_id: UUID) -> PilotRound:
    return PilotRound.objects.select_for_update().get(id=round_id)


def _lock_signup(signup_id: UUID, by: User) -> PilotSignup:
    _lock(PilotSignup.objects.visible_to(by).values_list("round_id", flat=True).get(id=signup_id))
    # Only now: what stands, and whether one may read it, is judged under the lock.
    return PilotSignup.objects.visible_to(by).select_related("round", "team__organisation").get(id=signup_id)


def _check_programme(by: User) -> None:
    if not in_group(by, NJI_GROUP):
        raise PermissionDenied("Pilotrondes zijn van het NJi-programma.")


def _check_awarder(by: User) -> None:
    if not in_group(by, NJI_GROUP):
        raise PermissionDenied(ONLY_PROGRAMME)


def _check_round(details: RoundDetails) -> None:
    if details.closes_at <= details.opens_at:
        raise Refused("De ronde sluit later dan hij opengaat. Kies een later moment om te sluiten.")
    if not 1 <= details.places <= MOST_PLACES:
        raise Refused(f"Een ronde heeft 1 tot {MOST_PLACES} plekken.")


def _check_open(round_: PilotRound) -> None:
    now = timezone.now()
    if now < round_.opens_at:
        raise Refused(f"Aanmelden kan vanaf {moment(round_.opens_at)}.")
    if not round_.is_open(now):
        raise Refused(f"Aanmelden kan niet meer. Deze ronde sloot op {moment(round_.closes_at)}.")


def _add_places(round_: PilotRound, numbers: Collection[int]) -> None:
    PilotPlace.objects.bulk_create(PilotPlace(round=round_, number=number) for number in numbers)


def _end_award(signup: PilotSignup) -> PilotPlace | None:
    """Delete the award of ``signup``, if any, and return the place that is free now."""
    award = PilotAward.objects.filter(signup=signup).select_related("place").first()
    if award is None:
        return None
    place = award.place
    award.delete()
    return place


def _tell_anew(signup: PilotSignup, *changed: str) -> None:
    signup.sequence += 1
    signup.save(update_fields=[*changed, "sequence"])


def _tell_waiting_when_full(round_: PilotRound) -> None:
    """Tell who waits where they stand, once the last place is gone; who was told before is not told again."""
    if PilotPlace.objects.free().filter(round=round_).exists():
        return
    waiting = list(PilotSignup.objects.waiting().filter(round=round_).select_related("team__organisation"))
    # Always sequence 0: the key makes it once a sign-up.
    outbox.queue_many(_for_team("pilot_waiting", waiting, sequence=0))


def _for_team(kind: str, signups: Collection[PilotSignup], sequence: int | None = None) -> list[outbox.Draft]:
    """Return mail of ``kind`` to the team's side of each sign-up, and to its contact where that is somebody else."""
    drafts = []
    for side in reads.team_sides(signups):
        number = side.signup.sequence if sequence is None else sequence
        about = side.signup.id
        drafts += [outbox.Draft(kind=kind, about=about, recipient=person, sequence=number) for person in side.people]
        if side.address:
            drafts.append(outbox.Draft(kind=kind, about=about, address=side.address, sequence=number))
    return drafts


def _for_programme(signup: PilotSignup, freed: PilotPlace | None, by: User) -> list[outbox.Draft]:
    """Return mail to the NJi-programma that a team is off the list or off its place; not to who did it."""
    return [
        outbox.Draft(
            kind="pilot_change",
            about=signup.id,
            about_part=freed.id if freed else None,
            recipient=person,
            sequence=signup.sequence,
        )
        for person in reads.programme_people()
        if person.id != by.id
    ]
