"""Loading a vuistregel: writing what it means in a part of the opdracht, answering, and taking back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone

from content import search
from content.models import Assignment, RuleOfThumb
from lerend.crypto import mark
from lerend.mail import outbox
from organisations.domain import audit
from organisations.domain.errors import Refused
from organisations.models import Action, Departure, Organisation, Team, User
from sessions_app.domain.contributions import contacts_of, start_of_day
from sessions_app.models import Interpretation, InterpretationReply, Reach
from sessions_app.queries.interpretations import FINDABLE, organisations_to_write, places_to_write

LONGEST_TEXT = 1000


@dataclass(frozen=True)
class Place:
    """For whom somebody writes: an organisation, and a team of it where it is for that team alone."""

    organisation: Organisation
    reach: str
    team: Team | None = None


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise Refused("Schrijf op wat je wilt zeggen.")
    if len(text) > LONGEST_TEXT:
        raise Refused(f"Houd het bij {LONGEST_TEXT} tekens. Dit zijn er {len(text)}.")
    return text


def _check_place(place: Place, by: User) -> None:
    organisations, teams = places_to_write(by)
    if place.organisation not in organisations or (place.team is not None and place.team not in teams):
        raise Refused("Je schrijft voor een team of organisatie waar je niet bij hoort. Kies opnieuw.")


def _signed(by: User, organisation_id: UUID, *, named: bool) -> dict[str, Any]:
    return {"author": by, "mark": ""} if named else {"author": None, "mark": mark(by.id, organisation_id)}


def _next_day(moment: datetime) -> datetime:
    return start_of_day(start_of_day(moment) + timedelta(hours=36))  # also where a day has 23 or 25 hours


def _moment(*, named: bool) -> datetime:
    """Return what is kept as the moment of writing: without a name the end of the day, and no exact one.

    Next to the moments of other rows that would lead back to the writer. The end, so that who is in the team reads it.
    """
    return timezone.now() if named else _next_day(timezone.now())


@transaction.atomic
def load_rule(
    rule: RuleOfThumb, assignment: Assignment, text: str, place: Place, *, named: bool, form_key: UUID, by: User
) -> Interpretation:
    """Write what ``rule`` means in ``assignment``; the same form sent twice writes it once.

    Raises Refused without a text, with more than LONGEST_TEXT characters, or where ``by`` does not belong.
    """
    made = Interpretation.objects.own(by).filter(form_key=form_key).first()
    if made:
        return made
    if rule.edition_id != assignment.edition_id:
        raise Refused("Deze regel en dit onderdeel horen niet bij dezelfde uitgave.")
    _check_place(place, by)
    text = _checked(text)
    interpretation, _ = Interpretation.objects.get_or_create(
        form_key=form_key,
        defaults={
            "rule": rule,
            "assignment": assignment,
            "organisation": place.organisation,
            "team": place.team,
            "reach": place.reach,
            "text": text,
            "released_text": text if place.reach == Reach.EVERYONE else "",
            "shared_at": _moment(named=named),
            **_signed(by, place.organisation.id, named=named),
        },
    )
    _keep_findable(interpretation.organisation_id, interpretation.released_text)
    return interpretation


def _keep_findable(organisation_id: UUID, *released: str) -> None:
    """Bring the search up to date where a released text came, changed or went: what is taken back is found no more."""
    if any(released):
        search.refresh(FINDABLE, organisation_id)


def _own(interpretation_id: UUID, by: User) -> Interpretation:
    return Interpretation.objects.own(by).select_for_update(of=("self",)).get(id=interpretation_id)


@transaction.atomic
def change_interpretation(interpretation_id: UUID, text: str, place: Place, *, named: bool, by: User) -> Interpretation:
    """Change one's own lading, or how far it goes; it stays of the organisation for which it was written.

    Raises Interpretation.DoesNotExist for somebody else's, Refused as ``load_rule`` does.
    """
    interpretation = _own(interpretation_id, by)
    text = _checked(text)
    _check_place(place, by)
    if place.organisation.id != interpretation.organisation_id:
        raise Refused("Een lading blijft bij de organisatie waarvoor je hem schreef.")
    if (place.reach, place.team) != (interpretation.reach, interpretation.team):
        interpretation.shared_at = _moment(named=named)
    elif interpretation.author_id and not named:
        interpretation.shared_at = _next_day(interpretation.shared_at)
    interpretation.text, interpretation.reach, interpretation.team = text, place.reach, place.team
    open_to_all = place.reach == Reach.EVERYONE and interpretation.hidden_at is None
    before, interpretation.released_text = interpretation.released_text, text if open_to_all else ""
    for name, value in _signed(by, interpretation.organisation_id, named=named).items():
        setattr(interpretation, name, value)
    interpretation.save()
    _keep_findable(interpretation.organisation_id, before, interpretation.released_text)
    return interpretation


@transaction.atomic
def erase_interpretation(interpretation_id: UUID, *, by: User) -> None:
    """Erase one's own lading with the answers to it; raises Interpretation.DoesNotExist for somebody else's."""
    interpretation = _own(interpretation_id, by)
    outbox.drop(interpretation.id)
    interpretation.delete()
    _keep_findable(interpretation.organisation_id, interpretation.released_text)


@transaction.atomic
def reply(
    interpretation_id: UUID,
    text: str,
    organisation: Organisation,
    *,
    named: bool,
    form_key: UUID,
    by: User,
    readers: str | None = None,
) -> InterpretationReply:
    """Answer a lading that ``by`` reads, as a member of ``organisation``; the same form sent twice answers once.

    ``readers`` is the lading's ``readers`` that was on screen: who was promised a small circle is not read by more.
    Raises Interpretation.DoesNotExist when ``by`` does not read it, Refused without a text, a text that is too long,
    or for an organisation where ``by`` does not belong.
    """
    made = InterpretationReply.objects.own(by).filter(form_key=form_key).first()
    if made:
        return made
    interpretation = Interpretation.objects.visible_to(by).select_for_update(of=("self",)).get(id=interpretation_id)
    if readers is not None and readers != interpretation.readers:
        raise Refused("Wie dit leest is intussen gewijzigd. Kijk opnieuw wie je antwoord leest.")
    if not organisations_to_write(by).filter(id=organisation.id).exists():
        raise Refused("Je antwoordt namens een organisatie waar je niet bij hoort. Kies opnieuw.")
    if interpretation.reach != Reach.EVERYONE and organisation.id != interpretation.organisation_id:
        raise Refused("Op deze lading antwoorden alleen collega's uit dezelfde organisatie.")
    answer, _ = InterpretationReply.objects.get_or_create(
        form_key=form_key,
        defaults={
            "interpretation": interpretation,
            "organisation": organisation,
            "reach": interpretation.reach,
            "team": interpretation.team,
            "text": _checked(text),
            "written_at": _moment(named=named),
            **_signed(by, organisation.id, named=named),
        },
    )
    return answer


@transaction.atomic
def erase_reply(reply_id: UUID, *, by: User) -> Interpretation:
    """Erase one's own answer and return the lading; raises InterpretationReply.DoesNotExist for somebody else's."""
    answer = InterpretationReply.objects.own(by).select_for_update(of=("self",)).get(id=reply_id)
    outbox.drop(answer.id)
    answer.delete()
    return answer.interpretation


Text = Interpretation | InterpretationReply


def _readable(text_id: UUID, ways: Sequence[Any]) -> Text:
    for way in ways:
        found: Text | None = way.select_for_update(of=("self",)).filter(id=text_id).first()
        if found:
            return found
    raise ObjectDoesNotExist


@transaction.atomic
def report_text(text_id: UUID, *, by: User) -> Text:
    """Tell the contact of the writer's organisation about a lading or an answer that ``by`` reads; twice is once.

    Raises ObjectDoesNotExist when ``by`` reads no such text.
    """
    text = _readable(text_id, [Interpretation.objects.visible_to(by), InterpretationReply.objects.visible_to(by)])
    if text.reported_at is None:
        text.reported_at = timezone.now()
        text.save(update_fields=["reported_at"])
        outbox.queue_many(
            outbox.Draft(kind="lading_reported", about=text.id, recipient=person)
            for person in User.objects.filter(id__in=contacts_of(text.organisation, text.author_id))
        )
    return text


@transaction.atomic
def judge_report(text_id: UUID, *, hide: bool, by: User) -> Text:
    """Hide a reported text from all but its writer, or leave it standing.

    Raises ObjectDoesNotExist when ``by`` is not the contact or the text was not reported.
    """
    text = _readable(text_id, [Interpretation.objects.manageable_by(by), InterpretationReply.objects.manageable_by(by)])
    text.reported_at = None
    released = ""
    if hide and text.hidden_at is None:
        text.hidden_at = timezone.now()
        if isinstance(text, Interpretation):
            released, text.released_text = text.released_text, ""
        audit.note(text.organisation, Action.TEXT_HIDDEN, by=by)
    text.save()
    _keep_findable(text.organisation_id, released)
    outbox.drop(text.id)
    return text


def on_organisation_saved(sender: object, instance: Organisation, created: bool, **signal: Any) -> None:
    """Let what an organisation released be found under the name that it has now; a receiver of ``post_save``."""
    if not created:
        search.refresh_soon(FINDABLE, instance.id)


def on_member_left(sender: object, departure: Departure, **signal: Any) -> None:
    """Take the name off what who left wrote there; the receiver of ``organisations.signals.member_left``.

    Under the mark they find it for 30 days, to erase it; after that it stays without a name. What went to all
    organisations they can erase at any time.
    """
    unnamed = {"author": None, "mark": mark(departure.user_id, departure.organisation_id)}
    theirs = {"author": departure.user_id, "organisation": departure.organisation_id}
    for texts, field in ((Interpretation.objects, "shared_at"), (InterpretationReply.objects, "written_at")):
        for text_id, moment in list(texts.filter(**theirs).values_list("id", field)):
            texts.filter(id=text_id).update(**unnamed, **{field: _next_day(moment)})
