"""What the redactie does with an edition as a whole."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from content.domain.rights import may_edit
from content.models import OF_EDITION, ConversationTemplate, Edition, EditionState, MeansKind, Theme
from lerend.moments import moment
from organisations.domain.errors import Refused
from organisations.models import User


@transaction.atomic
def publish_edition(edition_id: UUID, *, by: User) -> Edition:
    """Put an edition on show in the place of the one before, which is archived; return it.

    Publishing the edition that is on show already changes nothing. An archived edition can come back.
    Raises PermissionDenied where ``by`` may not change editions, Edition.DoesNotExist for an unknown id, Refused
    where the edition lacks something that the site needs.
    """
    may_edit(by)
    editions = _all_locked()
    if edition_id not in editions:
        raise Edition.DoesNotExist
    return _show(editions[edition_id], editions, by, "Gepubliceerd")


@transaction.atomic
def roll_back(*, by: User) -> Edition:
    """Put back the edition that was on show before this one, and return it; doing it twice is undoing it.

    Raises PermissionDenied where ``by`` may not change editions, Refused where there was none before.
    """
    may_edit(by)
    editions = _all_locked()
    before = shown_before(list(editions.values()))
    if before is None:
        raise Refused("Er stond hiervoor geen andere uitgave op de site.")
    return _show(before, editions, by, "Teruggezet")


def shown_before(editions: list[Edition]) -> Edition | None:
    """Return which of ``editions`` was on show before the one of now, if any."""
    archived = [edition for edition in editions if edition.state == EditionState.ARCHIVED and edition.published_at]
    return max(archived, key=lambda edition: edition.published_at or timezone.now(), default=None)


@transaction.atomic
def plan_publication(edition_id: UUID, at: datetime, *, by: User) -> Edition:
    """Let an edition come on show at ``at``, by itself; return it. A new moment takes the place of an earlier one.

    Raises PermissionDenied where ``by`` may not change editions, Edition.DoesNotExist for an unknown id, Refused for
    a moment that has passed, an edition that is on show, or one that lacks something.
    """
    may_edit(by)
    edition = Edition.objects.select_for_update().get(pk=edition_id)
    if edition.state == EditionState.PUBLISHED:
        raise Refused("Deze uitgave staat al op de site.")
    if at <= timezone.now():
        raise Refused("Dit moment is al voorbij. Kies een later moment.")
    _refuse_incomplete(edition)
    edition.planned_for, edition.planned_by, edition.note = at, by, ""
    return _keep(edition, by, f"Publicatie gepland voor {moment(at)}")


@transaction.atomic
def unplan(edition_id: UUID, *, by: User) -> Edition:
    """Take back a planned publication, and return the edition; without a plan nothing changes.

    Raises PermissionDenied where ``by`` may not change editions, Edition.DoesNotExist for an unknown id.
    """
    may_edit(by)
    edition = Edition.objects.select_for_update().get(pk=edition_id)
    if edition.planned_for is None:
        return edition
    edition.planned_for = edition.planned_by = None
    return _keep(edition, by, "Planning weggehaald")


def publish_due() -> int:
    """Publish each edition whose planned moment has come, in the order of those moments; return how many.

    May run twice and late without harm. Whoever planned it must still be allowed to, and the edition must still be
    whole; where not, the plan is dropped, and a note on the edition says why.
    """
    due = Edition.objects.filter(planned_for__lte=timezone.now()).order_by("planned_for", "pk")
    return sum(_publish_planned(edition_id) for edition_id in due.values_list("pk", flat=True))


@transaction.atomic
def _publish_planned(edition_id: UUID) -> bool:
    editions = _all_locked()
    edition = editions.get(edition_id)
    if edition is None or edition.planned_for is None or edition.planned_for > timezone.now():
        return False  # another worker was first, or an editor took the plan back
    by = edition.planned_by
    try:
        if by is None:
            raise PermissionDenied
        may_edit(by)
        _show(edition, editions, by, f"Gepubliceerd zoals gepland voor {moment(edition.planned_for)}")
    except PermissionDenied:
        _drop_plan(edition, by, "Wie dit plande, hoort niet meer bij de redactie. Publiceer het zelf, of plan opnieuw.")
        return False
    except Refused as refused:
        _drop_plan(edition, by, refused.message)
        return False
    return True


@transaction.atomic
def discard_edition(edition_id: UUID, *, by: User) -> None:
    """Throw a draft away with all that is in it. History keeps what it was.

    Raises PermissionDenied where ``by`` may not delete editions, Edition.DoesNotExist for an unknown id, Refused for
    an edition that is or was on show, or whose content is used.
    """
    if not by.has_perm("content.delete_edition"):
        raise PermissionDenied("Alleen de redactie gooit een concept weg.")
    edition = Edition.objects.select_for_update().get(pk=edition_id)
    if edition.state != EditionState.DRAFT:
        raise Refused("Alleen een concept kun je weggooien. Deze uitgave staat of stond op de site.")
    try:
        Theme.objects.filter(edition=edition).exclude(parent=None).delete()
        for model in OF_EDITION:
            model._default_manager.filter(edition=edition).delete()
        edition.delete()
    except ProtectedError as error:
        raise Refused("Iets uit dit concept is al in gebruik. Daarom kun je het niet weggooien.") from error


def missing(edition: Edition) -> list[str]:
    """Return what the site needs and ``edition`` lacks, as sentences; empty for an edition that is whole."""
    kinds = set(edition.means.values_list("kind", flat=True))
    lacks = [f"Het middel “{kind.label}” ontbreekt." for kind in MeansKind if kind not in kinds]
    needed = {
        "vragenkaarten": edition.cards,
        "wolkjes": edition.themes,
        "vuistregels": edition.rules,
        "onderdelen van de opdracht": edition.assignments,
    }
    lacks += [f"Er zijn nog geen {name}." for name, rows in needed.items() if not rows.exists()]
    if not edition.songs.exists():
        lacks.append("Het lied ontbreekt.")
    if not edition.programmes.exclude(steps=None).exists():
        lacks.append("Er is nog geen programma van een dagdeel met stappen.")
    templates = ConversationTemplate.objects.of_redactie().filter(edition=edition)
    if not templates.exists():
        lacks.append("Er zijn nog geen gesprekssjablonen.")
    lacks += [
        f"Het gesprekssjabloon “{title}” heeft nog geen stappen."
        for title in templates.filter(steps=None).values_list("title", flat=True)
    ]
    return lacks


def _all_locked() -> dict[UUID, Edition]:
    """Return all editions, locked in one order: two people who publish at once wait for each other."""
    rows = Edition.objects.select_for_update(of=("self",)).select_related("planned_by").order_by("pk")
    return {edition.pk: edition for edition in rows}


def _refuse_incomplete(edition: Edition) -> None:
    if lacks := missing(edition):
        raise Refused(f"{edition} kan nog niet op de site. {' '.join(lacks)}")


def _show(chosen: Edition, editions: dict[UUID, Edition], by: User, reason: str) -> Edition:
    if chosen.state == EditionState.PUBLISHED:
        return chosen
    _refuse_incomplete(chosen)
    for edition in editions.values():
        if edition.state == EditionState.PUBLISHED:
            edition.state = EditionState.ARCHIVED
            _keep(edition, by, f"Gearchiveerd: {chosen.name} kwam op de site")
    chosen.state, chosen.published_at = EditionState.PUBLISHED, timezone.now()
    chosen.planned_for, chosen.planned_by, chosen.note = None, None, ""
    return _keep(chosen, by, reason)


def _drop_plan(edition: Edition, by: User | None, why: str) -> None:
    edition.planned_for, edition.planned_by = None, None
    edition.note = f"De geplande publicatie ging niet door. {why}"
    _keep(edition, by, "De geplande publicatie ging niet door")


def _keep(edition: Edition, by: User | None, reason: str) -> Edition:
    edition._history_user, edition._change_reason = by, reason[:100]  # type: ignore[attr-defined]
    edition.save(update_fields=["state", "published_at", "planned_for", "planned_by", "note"])
    return edition
