"""Asking people from outside what they see of the vak, and keeping what they say."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from content.models import Edition, RuleOfThumb, Theme
from lerend.moments import in_amsterdam, midnight_after
from organisations.domain import audit
from organisations.domain.errors import Refused
from organisations.domain.members import lock_organisation
from organisations.models import Action, Organisation, Team, User
from sessions_app.models import GuestAnswer, GuestLink, GuestSheet
from sessions_app.models.guests import LONGEST_LINK, MOST_SHEETS, hashed
from sessions_app.queries.guests import may_ask

logger = logging.getLogger(__name__)

LONGEST_INTRODUCTION = 500
LONGEST_REMARK = 1000
LONGEST_VIEW = 4000
OVER = "Deze vraag is voorbij. Antwoorden kan niet meer."


@dataclass(frozen=True)
class Asking:
    """What guests are asked, by whom it is read on their page, and the last day on which they answer."""

    about: str
    introduction: str
    last_day: date


@dataclass(frozen=True)
class Words:
    """What a guest says about one wolkje or vuistregel, or, without either, about the vak as a whole."""

    theme: Theme | None = None
    rule: RuleOfThumb | None = None
    says: str = ""
    live: bool = False
    text: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing is said."""
        return not (self.says or self.live or self.text)


@dataclass(frozen=True)
class Sheet:
    """What one guest sends in."""

    kind: str = ""
    alone: bool = False
    words: Sequence[Words] = field(default_factory=tuple)


def last_days(today: date) -> tuple[date, date]:
    """Return the first and the last day on which a question that is made on ``today`` may end."""
    return today + timedelta(days=1), today + timedelta(days=LONGEST_LINK)


@transaction.atomic
def make_link(
    organisation: Organisation, team: Team | None, asking: Asking, *, form_key: UUID, by: User
) -> tuple[GuestLink, str]:
    """Ask guests of a team, or of a whole organisation; returns the link and its token, which is stored nowhere.

    The same form sent twice is one link, and the second time there is no token ("") to show. Raises Refused for who may
    not plan a talk about it there, and for a text or day that does not fit.
    """
    if not may_ask(by, organisation, team):
        raise Refused("Je kunt hier geen gasten om antwoord vragen.")
    organisation = lock_organisation(organisation.id)  # the same form twice at once
    made = GuestLink.objects.filter(form_key=form_key, organisation=organisation, team=team).first()
    if made:
        return made, ""
    introduction = asking.introduction.strip()
    if not introduction or len(introduction) > LONGEST_INTRODUCTION:
        raise Refused(f"Schrijf op wie vraagt en waarom, in hooguit {LONGEST_INTRODUCTION} tekens.")
    first, last = last_days(in_amsterdam(timezone.now()).date())
    if not first <= asking.last_day <= last:
        raise Refused(f"Kies een laatste dag vanaf morgen, en hooguit {LONGEST_LINK} dagen vooruit.")
    token = _new_token()
    link = GuestLink.objects.create(
        organisation=organisation,
        team=team,
        about=asking.about,
        edition=Edition.objects.published().get(),
        made_by=by,
        token_hash=hashed(token),
        smallest_group=organisation.smallest_group,
        introduction=introduction,
        ends_at=midnight_after(asking.last_day),
        form_key=form_key,
    )
    return link, token


@transaction.atomic
def renew_link(link_id: UUID, *, by: User) -> tuple[GuestLink, str]:
    """Give a running question another link, and end the older one; returns it with its token.

    Raises GuestLink.DoesNotExist for who does not manage it, Refused when it is over.
    """
    link = _lock(link_id, by)
    if link.ended:
        raise Refused(OVER)
    token = _new_token()
    link.token_hash = hashed(token)
    link.save(update_fields=["token_hash"])
    return link, token


@transaction.atomic
def end_link(link_id: UUID, *, by: User) -> None:
    """End a question now; done twice it is done once. Raises GuestLink.DoesNotExist for who does not manage it."""
    link = _lock(link_id, by)
    if not link.ended:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])


def on_team_closed(sender: object, team: Team, **signal: Any) -> None:
    """End what a team that closes still asks; the receiver of ``organisations.signals.team_closed``."""
    GuestLink.objects.running().filter(team=team).update(revoked_at=timezone.now())


@transaction.atomic
def answer(token: str, sheet: Sheet, *, form_key: UUID) -> GuestSheet:
    """Keep what a guest sends in; the same form sent twice is one sheet.

    Raises GuestLink.DoesNotExist for a token that opens nothing, Refused when the question is over, when nothing is
    said, or when there are as many sheets as one link takes.
    """
    link = GuestLink.objects.select_for_update().defer("introduction").get(token_hash=hashed(token))
    made = link.sheets.filter(form_key=form_key).first()
    if made:
        return made
    if link.ended:
        raise Refused(OVER)
    said = [words for words in sheet.words if not words.empty]
    if not said:
        raise Refused("Vul minstens één ding in. Alles overslaan kan niet.")
    if any(item and item.edition_id != link.edition_id for words in said for item in (words.theme, words.rule)):
        raise Refused("Dit hoort bij een andere vraag.")
    if any(len(words.text) > LONGEST_VIEW for words in said):
        raise Refused(f"Houd elke tekst bij {LONGEST_VIEW} tekens.")
    if link.sheets.count() >= MOST_SHEETS:
        raise Refused("Er zijn al zo veel antwoorden dat er geen meer bij past. Dank je dat je mee wilde doen.")
    kept = GuestSheet.objects.create(link=link, kind=sheet.kind, alone=sheet.alone, form_key=form_key)
    GuestAnswer.objects.bulk_create(
        GuestAnswer(
            sheet=kept,
            theme=words.theme,
            rule=words.rule,
            says=words.says,
            live=words.live,
            text=words.text.strip() or None,
        )
        for words in said
    )
    return kept


@transaction.atomic
def take_back(token: str) -> None:
    """Erase what a guest sent in, at that guest's wish and before the question ends.

    Raises GuestSheet.DoesNotExist for a token that opens nothing, Refused once the answers can be read.
    """
    found = GuestSheet.objects.by_token(token)
    link = GuestLink.objects.select_for_update().defer("introduction").get(id=found.link_id)
    if link.ended:
        raise Refused("Deze vraag is voorbij. Vraag aan wie je de link stuurde om je woorden te verbergen.")
    GuestSheet.objects.filter(id=found.id).delete()


@transaction.atomic
def hide_words(link_id: UUID, answer_id: UUID, *, hide: bool, by: User) -> None:
    """Hide what a guest wrote from its readers, or show it again.

    Raises GuestLink.DoesNotExist or GuestAnswer.DoesNotExist for who may not.
    """
    link = GuestLink.objects.hideable_by(by).select_related("organisation").defer("introduction").get(id=link_id)
    if not link.ended:
        raise GuestAnswer.DoesNotExist
    words = GuestAnswer.objects.filter(sheet__link=link, text__isnull=False).defer("text")
    found = words.select_for_update(of=("self",)).get(id=answer_id)
    if hide == (found.hidden_at is not None):
        return
    found.hidden_at = timezone.now() if hide else None
    found.save(update_fields=["hidden_at"])
    audit.note(link.organisation, Action.TEXT_HIDDEN if hide else Action.TEXT_SHOWN, by=by)


def forget_due() -> int:
    """Erase questions that ended a year ago, with all that guests said; returns how many."""
    due = list(GuestLink.objects.due().defer("introduction"))
    for link in due:
        link.delete()
    if due:
        logger.info("Erased %s questions to guests", len(due))
    return len(due)


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _lock(link_id: UUID, by: User) -> GuestLink:
    found = GuestLink.objects.manageable_by(by).select_related("organisation", "team")
    return found.select_for_update(of=("self",)).get(id=link_id)
