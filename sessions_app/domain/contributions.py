"""Recording what a talk brought, and sharing it only as far as those who were there agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from content.models import Assignment, Kind, QuestionCard, RuleOfThumb, Theme
from lerend.crypto import mark
from lerend.mail import outbox
from lerend.moments import AMSTERDAM, midnight_after
from organisations.domain import audit
from organisations.domain.errors import Refused
from organisations.models import Action, Organisation, Role, Team, User
from sessions_app.domain.planning import lock
from sessions_app.models import (
    Answer,
    Audience,
    Consent,
    Contribution,
    ContributionKind,
    Part,
    Participant,
    Report,
    Session,
    State,
)
from sessions_app.queries.contributions import company_counts

CONSENT_DAYS = 14
LONGEST_TEXT = 4000


@dataclass(frozen=True)
class Words:
    """What somebody wants to record: the text, what it is about, and who may read it."""

    text: str
    audience: str
    kind: str = ContributionKind.NOTE
    named: bool = True
    who: str = ""
    due_on: date | None = None
    card: QuestionCard | None = None
    theme: Theme | None = None
    rule: RuleOfThumb | None = None
    assignment: Assignment | None = None
    team: Team | None = None
    form_key: UUID | None = field(default=None)


def choices_of_audience(session: Session, own: Participant, kind: str = ContributionKind.NOTE) -> list[str]:
    """Return the audiences that ``own`` may choose from, narrowest first.

    An agreement from a talk of two or three with a leader stays between them. A leader cannot ask the others to share
    beyond a small talk. The NJi is offered only where it takes part.
    """
    offered: list[str] = [Audience.PRIVATE, Audience.PRESENT]
    if session.state == State.PLANNED or (kind == ContributionKind.AGREEMENT and session.small_with_leader):
        return offered
    if own.leads and asks_consent(session, own):
        return offered
    if own.organisation_id:
        if Team.objects.with_professional(own.user).filter(organisation=own.organisation_id).exists():
            offered.append(Audience.TEAM)
        offered.append(Audience.ORGANISATION)
    if session.participants.filter(part=Part.GUIDE).exists():
        offered.append(Audience.NJI)
    return offered


def asks_consent(session: Session, own: Participant) -> bool:
    """Return whether fewer people were present than may share without each other's yes (k, or the organisation's).

    In an audit the people of one's own side count.
    """
    return own.organisation is None or company_counts([(session, own)])[session.id] < own.organisation.smallest_group


def _own_side(session: Session, own: Participant) -> QuerySet[Participant]:
    """Return who was present and reads along with ``own``: everyone but guides; in an audit one's own side."""
    there = session.participants.filter(present=True).exclude(part=Part.GUIDE)
    if session.kind == Kind.AUDIT:
        there = there.filter(organisation=own.organisation_id, team=own.team_id)
    return there


@transaction.atomic
def record_contribution(session_id: UUID, words: Words, *, by: User) -> Contribution:
    """Record ``words`` of somebody who was there; the same form sent twice is recorded once.

    During the talk anyone taking part may write; after closing only who was present. Raises Refused with a sentence
    when it cannot be recorded or shared so.
    """
    session = lock(session_id, by)
    own = session.participants.select_related("organisation", "user").filter(user=by).first()
    if own is None:
        raise Refused("Alleen wie erbij was legt iets vast.")
    if words.form_key:
        made = Contribution.objects.own(by).filter(form_key=words.form_key).first()
        if made:
            return made
    _may_record(session, own)
    organisation = own.organisation
    if organisation is None:
        raise Refused("Als begeleider van het NJi leg je hier niets vast.")
    contribution = Contribution(
        session=session,
        author=by if words.named else None,
        mark="" if words.named else mark(by.id, organisation.id),
        organisation=organisation,
        side=own.team if session.kind == Kind.AUDIT else None,
    )
    if not words.named:
        contribution.created_at = start_of_day(contribution.created_at)
    if words.form_key:
        contribution.form_key = words.form_key
    _write(contribution, words, session, own)
    contribution.save(force_insert=True)
    _ask(contribution, session, own)
    return contribution


@transaction.atomic
def change_contribution(contribution_id: UUID, words: Words, *, by: User) -> Contribution:
    """Replace the text and audience of one's own contribution; a changed text that is shared is asked about anew.

    The date on which no answer becomes no stays the first one. Only narrowing to oneself is always possible.
    Raises Contribution.DoesNotExist for somebody else's, Refused when it cannot be so.
    """
    contribution, session, own = _own(contribution_id, by)
    if words.audience != Audience.PRIVATE:
        _may_record(session, own)
    before, until, released_at = _shared_words(contribution), contribution.consent_until, contribution.released_at
    _write(contribution, words, session, own)
    if _shared_words(contribution) == before:
        contribution.consent_until, contribution.released_at = until, released_at
        contribution.save()
        return contribution
    if contribution.needs_consent and until:
        if until <= timezone.now():
            raise Refused("De tijd om te vragen of dit verder mag is voorbij. Je kunt het nog bij jullie houden.")
        contribution.consent_until = until
    contribution.save()
    contribution.consents.all().delete()
    _ask(contribution, session, own)
    return contribution


def _shared_words(contribution: Contribution) -> tuple[object, ...]:
    """Return what those who are asked agree with."""
    return (
        contribution.text,
        contribution.who,
        contribution.due_on,
        contribution.audience,
        contribution.team_id,
        contribution.needs_consent,
    )


@transaction.atomic
def withdraw_contribution(contribution_id: UUID, *, by: User) -> None:
    """Erase one's own contribution, wherever it was shared."""
    erase(Contribution.objects.own(by).select_for_update().defer("text", "who").get(id=contribution_id))


def erase(contribution: Contribution) -> None:
    """Erase ``contribution``, which the caller locked, and the mail about it that did not leave."""
    outbox.drop(contribution.id)
    contribution.delete()


def _own(contribution_id: UUID, by: User) -> tuple[Contribution, Session, Participant]:
    session_id = Contribution.objects.own(by).values_list("session_id", flat=True).get(id=contribution_id)
    try:
        session = lock(session_id, by)
        own = session.participants.select_related("organisation", "user").get(user=by)
    except (Session.DoesNotExist, Participant.DoesNotExist):
        raise Refused("Je hoort niet meer bij dit gesprek. Je kunt wat je schreef nog wel wissen.") from None
    return Contribution.objects.own(by).select_for_update().get(id=contribution_id), session, own


def _may_record(session: Session, own: Participant) -> None:
    if session.state == State.PLANNED and session.started and own.answer != Answer.NO:
        return
    if session.state == State.HELD and own.present:
        return
    if session.state == State.HELD:
        raise Refused("Bij het afsluiten stond je niet bij wie erbij waren. Daarom kun je hier niets vastleggen.")
    if session.state == State.PLANNED and session.started:
        raise Refused("Je zei dat je niet kwam. Was je er toch bij? Zeg dat dan eerst.")
    if session.state == State.PLANNED:
        raise Refused("Dit gesprek is nog niet begonnen.")
    raise Refused("Bij dit gesprek kun je niets meer vastleggen.")


def _write(contribution: Contribution, words: Words, session: Session, own: Participant) -> None:
    text = words.text.strip()
    if words.kind == ContributionKind.SENTENCE:
        text = text.lstrip("….").lstrip()  # the page begins the sentence
    if not text:
        raise Refused("Schrijf eerst iets op.")
    if len(text) > LONGEST_TEXT:
        raise Refused(f"Houd het bij {LONGEST_TEXT} tekens; dit zijn er {len(text)}.")
    about = (words.card, words.theme, words.rule, words.assignment)
    if any(item is not None and item.edition_id != session.edition_id for item in about):
        raise Refused("Dit hoort bij een andere uitgave dan dit gesprek.")
    if words.audience not in choices_of_audience(session, own, words.kind):
        raise Refused("Deze groep lezers kun je hier niet kiezen.")
    team = words.team if words.audience == Audience.TEAM else None
    if words.audience == Audience.TEAM:
        teams = Team.objects.with_professional(own.user).filter(organisation=own.organisation_id)
        if team is None or not teams.filter(id=team.id).exists():
            raise Refused("Kies een team waar je zelf in werkt.")
    contribution.text, contribution.kind, contribution.audience, contribution.team = (
        text,
        words.kind,
        words.audience,
        team,
    )
    agreement = words.kind == ContributionKind.AGREEMENT
    contribution.who = words.who.strip() if agreement else None
    contribution.due_on = words.due_on if agreement else None
    contribution.card, contribution.theme = words.card, words.theme
    contribution.rule, contribution.assignment = words.rule, words.assignment
    if contribution.beyond:
        contribution.needs_consent = asks_consent(session, own)
        contribution.consent_until = _lapse() if contribution.needs_consent else None
        contribution.released_at = None if contribution.needs_consent else timezone.now()
    else:
        contribution.needs_consent, contribution.consent_until, contribution.released_at = False, None, None
    contribution.written_at = timezone.now() if contribution.author_id else unnamed_written_at(contribution, session)


def start_of_day(moment: datetime) -> datetime:
    """Return the midnight in Amsterdam before ``moment``, as a text without a name keeps it.

    Next to the moments of other rows an exact one would lead back to the writer.
    """
    return datetime.combine(moment.astimezone(AMSTERDAM).date(), time(0), AMSTERDAM)


def unnamed_written_at(contribution: Contribution, session: Session) -> datetime:
    """Return what a text without a name keeps as the moment of writing: its day, or the closing of the talk."""
    return max(contribution.created_at, session.closed_at or contribution.created_at)


def _lapse() -> datetime:
    """Return the fixed moment at which no answer has become no: midnight in Amsterdam after two weeks."""
    return midnight_after(timezone.now().astimezone(AMSTERDAM).date() + timedelta(days=CONSENT_DAYS))


def _ask(contribution: Contribution, session: Session, own: Participant) -> None:
    """Ask everyone who was there for their yes. About a text without a name its writer is asked too: else who is
    not asked would be known as the writer."""
    if not contribution.needs_consent:
        return
    asked = _own_side(session, own)
    if contribution.author_id:
        asked = asked.exclude(id=own.id)
    people = list(asked.select_related("user"))
    Consent.objects.bulk_create(Consent(contribution=contribution, participant=person) for person in people)
    # Kept apart from the rows: an answer that is gone with its person must not count as a yes.
    contribution.asked_count = len(people)
    contribution.save(update_fields=["asked_count"])
    stamp = timezone.now().timestamp()
    outbox.queue_many(
        outbox.Draft(
            kind="consent_asked",
            about=contribution.id,
            about_part=person.id,
            recipient=person.user,
            key=f"consent_asked:{contribution.id}:{person.user_id}:{stamp}",
        )
        for person in people
    )


@transaction.atomic
def answer_consent(contribution_id: UUID, agreed: bool, *, question: UUID, by: User) -> Contribution:
    """Keep the yes or no of ``by`` to sharing a text beyond the talk; a yes can be withdrawn at any time.

    ``question`` is the consent that was on screen: a text that changed since is a new question. The text is released
    at the last yes. Raises Consent.DoesNotExist when ``by`` was not asked, Refused for a text that changed, or a yes
    after the fixed date.
    """
    contribution = Contribution.objects.visible_to(by).select_for_update(of=("self",)).get(id=contribution_id)
    consent = contribution.consents.select_for_update().get(participant__user=by)
    if consent.id != question:
        raise Refused("De tekst is intussen gewijzigd. Lees hem opnieuw, en antwoord dan.")
    if agreed and contribution.released_at is None and not contribution.waiting:
        raise Refused("De tijd om te antwoorden is voorbij. De tekst wordt niet verder gedeeld.")
    return _keep_consent(contribution, consent, agreed)


@transaction.atomic
def withdraw_yes(consent_id: UUID, *, by: User) -> None:
    """Take back a yes of ``by``, who may have left and reads the text no more: it goes back to those who were there.

    It only ever narrows, and opens no text. Raises Consent.DoesNotExist when ``by`` said no such yes.
    """
    contribution_id = Consent.objects.yes_of(by).values_list("contribution_id", flat=True).get(id=consent_id)
    contribution = Contribution.objects.select_for_update().defer("text", "who").get(id=contribution_id)
    consent = Consent.objects.filter(participant__user=by).select_for_update(of=("self",)).get(id=consent_id)
    _keep_consent(contribution, consent, agreed=False)


def _keep_consent(contribution: Contribution, consent: Consent, agreed: bool) -> Contribution:
    consent.agreed, consent.answered_at = agreed, timezone.now()
    consent.save(update_fields=["agreed", "answered_at"])
    all_agreed = contribution.consents.filter(agreed=True).count() == contribution.asked_count
    if all_agreed and contribution.released_at is None:
        contribution.released_at = timezone.now()
    elif not all_agreed:
        contribution.released_at = None
    contribution.save(update_fields=["released_at"])
    return contribution


@transaction.atomic
def report_contribution(contribution_id: UUID, reason: str, *, by: User) -> None:
    """Report a text that ``by`` can read to the contact of its writer's organisation; twice is once.

    Raises Contribution.DoesNotExist when ``by`` cannot read it, Refused without a reason.
    """
    contribution = Contribution.objects.visible_to(by).select_for_update(of=("self",)).get(id=contribution_id)
    reason = reason.strip()
    if not reason:
        raise Refused("Schrijf kort op wat er niet klopt.")
    report, created = Report.objects.get_or_create(
        contribution=contribution, reporter=by, defaults={"reason": reason[:LONGEST_TEXT]}
    )
    if not created:
        return
    contacts = User.objects.filter(
        memberships__organisation=contribution.organisation_id,
        id__in=contacts_of(contribution.organisation, contribution.author_id),
    )
    outbox.queue_many(
        outbox.Draft(kind="reported", about=report.id, recipient=user, key=f"reported:{report.id}:{user.id}:0")
        for user in contacts
    )


def contacts_of(organisation: Organisation, writer: UUID | None) -> list[UUID]:
    """Return to whom a report about a text of ``organisation`` goes: its contact, without one its bestuurders.

    Not to its ``writer``, where that is known (None for a text without a name) and there is somebody else.
    """
    contact = list(organisation.memberships.filter(user=organisation.contact_id).values_list("user_id", flat=True))
    bestuurders = list(organisation.memberships.filter(role=Role.BESTUURDER).values_list("user_id", flat=True))
    for people in (contact or bestuurders, bestuurders):
        if others := [pk for pk in people if pk != writer]:
            return others
    return contact or bestuurders


@transaction.atomic
def handle_report(report_id: UUID, *, hide: bool, by: User) -> Report:
    """Hide the reported text from all but its writer, or leave it; a named writer is told that it was hidden.

    Raises Report.DoesNotExist when ``by`` is not the contact.
    """
    report = Report.objects.manageable_by(by).select_for_update(of=("self",)).get(id=report_id)
    contribution = Contribution.objects.select_for_update().get(id=report.contribution_id)
    now = timezone.now()
    if hide and contribution.hidden_at is None:
        contribution.hidden_at = now
        contribution.save(update_fields=["hidden_at"])
        audit.note(contribution.organisation, Action.TEXT_HIDDEN, by=by)
        if contribution.author:
            outbox.queue_many(
                [
                    outbox.Draft(
                        kind="hidden",
                        about=contribution.id,
                        recipient=contribution.author,
                        key=f"hidden:{contribution.id}:{contribution.author_id}:{now.timestamp()}",
                    )
                ]
            )
    elif not hide and contribution.hidden_at is not None:
        contribution.hidden_at = None
        contribution.save(update_fields=["hidden_at"])
        audit.note(contribution.organisation, Action.TEXT_SHOWN, by=by)
    Report.objects.filter(contribution=contribution, handled_at=None).update(handled_at=now)
    return report
