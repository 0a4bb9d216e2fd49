"""A round over the wolkjes: beginning it, answering, and closing it with the one picture that it gives.

Before it closes nobody sees but their own answers. When it closes there is a picture once, or never: of fewer people
who count than the smallest group nothing is kept, and the answers behind a picture are erased when it is made.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from content.models import Edition, Theme
from lerend.mail import outbox
from lerend.moments import AMSTERDAM, midnight_after
from organisations.domain import audit, quiet
from organisations.domain.errors import Refused
from organisations.domain.members import lock_organisation
from organisations.models import ON_ORGANISATION, Action, Departure, Organisation, Team, User
from sessions_app.domain.contributions import contacts_of
from sessions_app.domain.reminders import wall_clock
from sessions_app.models import Fit, Share, ThemeAnswer, ThemeFigure, ThemeRemark, ThemeSheet, ThemeSurvey
from sessions_app.queries import surveys as reads
from sessions_app.queries.planning import leaders_in

logger = logging.getLogger(__name__)

LONGEST_DAYS = 60
LONGEST_REMARK = 500
REMIND_DAYS, REMIND_AT = 2, time(9)
# Two pictures of the same people shortly after each other could be compared.
APART = timedelta(days=30)
REST = timedelta(days=1)
KINDS = ("survey_invitation", "survey_reminder")
TOO_LATE = "Deze ronde is gesloten. Antwoorden kan niet meer."


@dataclass(frozen=True)
class Said:
    """What one person says about one theme."""

    theme: Theme
    fit: str = ""
    live: bool = False
    remark: str = ""
    released: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is said."""
        return not (self.fit or self.live or self.remark.strip())


@transaction.atomic
def start_survey(
    organisation_id: UUID, team_id: UUID | None, last_day: date, *, form_key: UUID, by: User
) -> ThemeSurvey:
    """Begin a round in a team, or in a whole organisation, until the end of ``last_day``; invites who takes part.

    The same form sent twice begins one. Raises Organisation.DoesNotExist or Team.DoesNotExist when ``by`` may not,
    Refused with a sentence when there cannot be a round now.
    """
    organisation = lock_organisation(organisation_id)  # one start at a time
    made = ThemeSurvey.objects.filter(form_key=form_key, started_by=by).first()
    if made:
        return made
    team = Team.objects.plannable_by(by).get(id=team_id, organisation=organisation) if team_id else None
    if team is None:
        Organisation.objects.with_role(by, *ON_ORGANISATION).get(id=organisation_id)
    edition = Edition.objects.published().first()
    if edition is None:
        raise Refused("Er zijn nog geen wolkjes. De redactie moet eerst een uitgave publiceren.")
    now = timezone.now()
    days = (last_day - now.astimezone(AMSTERDAM).date()).days
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(f"Kies een laatste dag vanaf morgen, en hooguit {LONGEST_DAYS} dagen vooruit.")
    k = organisation.smallest_group
    people = list(reads.people_of(organisation, team))
    _check_place(organisation, team, people, k)
    survey = ThemeSurvey.objects.create(
        organisation=organisation,
        team=team,
        edition=edition,
        started_by=by,
        form_key=form_key,
        smallest_group=k,
        opens_at=now,
        closes_at=midnight_after(last_day),
    )
    remind_at = wall_clock(datetime.combine(last_day, time(0), AMSTERDAM), -REMIND_DAYS, REMIND_AT)
    remind_at = quiet.before(organisation, remind_at)
    outbox.queue_many(
        outbox.Draft(kind=kind, about=survey.id, recipient=person, send_after=at, expires_at=survey.closes_at)
        for kind, at in (("survey_invitation", now), ("survey_reminder", remind_at))
        for person in people
        # Who was invited today need not be reminded tomorrow.
        if kind == "survey_invitation" or remind_at > now + timedelta(days=1)
    )
    return survey


def _check_place(organisation: Organisation, team: Team | None, people: Sequence[User], k: int) -> None:
    there = ThemeSurvey.objects.filter(organisation=organisation, team=team)
    for survey_id in there.due().values_list("id", flat=True):
        _close_once(survey_id)
    if there.filter(closed_at=None).exists():
        raise Refused("Hier loopt al een ronde. Sluit die eerst, of wacht tot die klaar is.")
    if there.filter(pictured=True, closed_at__gt=timezone.now() - APART).exists():
        raise Refused(
            f"Hier is minder dan {APART.days} dagen geleden een beeld gemaakt. Wacht nog even: twee beelden kort na"
            " elkaar kunnen verraden wie wat antwoordde."
        )
    if there.filter(closed_at__gt=timezone.now() - REST).exists():
        raise Refused("Hier is net een ronde gesloten, en iedereen kreeg daar mail over. Begin morgen een nieuwe.")
    counting = {person.id for person in people}
    counting -= leaders_in([organisation.id], counting)
    if len(counting) < k:
        raise Refused(
            f"Voor een beeld zijn ten minste {k} mensen nodig, leidinggevenden niet meegeteld. Zo veel zijn er hier"
            " niet."
        )
    if any(0 < others < k for others in _differences(organisation, team, counting)):
        raise Refused(
            "Er loopt al een ronde met bijna dezelfde mensen, of die was er minder dan"
            f" {APART.days} dagen geleden. Wacht nog even: twee beelden naast elkaar kunnen verraden wie wat"
            " antwoordde."
        )


def _differences(organisation: Organisation, team: Team | None, counting: set[UUID]) -> Iterator[int]:
    """Give, of each other place whose picture can be laid beside the one to come, by how many people they differ."""
    shown = Q(pictured=True, closed_at__gt=timezone.now() - APART)
    beside = ThemeSurvey.objects.filter(Q(closed_at=None) | shown, organisation=organisation).exclude(team=team)
    for other in beside.select_related("organisation", "team"):
        people = set(reads.people_of(organisation, other.team).values_list("id", flat=True))
        people -= leaders_in([organisation.id], people)
        if counting & people:
            yield max(len(counting - people), len(people - counting))


def _lock(survey_id: UUID) -> ThemeSurvey:
    """Return the round, its row locked until the end of the transaction."""
    found = ThemeSurvey.objects.select_for_update(of=("self",), no_key=True)
    return found.select_related("organisation", "team", "edition").get(id=survey_id)


def _lock_to_answer(survey_id: UUID, by: User) -> ThemeSurvey:
    survey = _lock(survey_id)
    ThemeSurvey.objects.visible_to(by).get(id=survey_id)
    if not survey.is_running:
        raise Refused(TOO_LATE)
    return survey


@transaction.atomic
def answer_survey(survey_id: UUID, said: Iterable[Said], *, by: User) -> None:
    """Keep what ``by`` says, in place of what they said before; under their one-way mark alone.

    Raises ThemeSurvey.DoesNotExist when ``by`` takes no part, Refused when it is closed or nothing is said.
    """
    survey = _lock_to_answer(survey_id, by)
    given = [one for one in said if not one.empty]
    if not given:
        raise Refused("Geef bij ten minste één wolkje een antwoord.")
    if any(one.theme.edition_id != survey.edition_id for one in given):
        raise Refused("Dit wolkje hoort bij een andere uitgave dan deze ronde.")
    if any(len(one.remark) > LONGEST_REMARK for one in given):
        raise Refused(f"Houd een opmerking bij {LONGEST_REMARK} tekens.")
    sheet, created = ThemeSheet.objects.get_or_create(survey=survey, mark=survey.mark_of(by.id))
    if not created:
        sheet.answers.all().delete()
    ThemeAnswer.objects.bulk_create(
        ThemeAnswer(
            sheet=sheet,
            theme=one.theme,
            fit=one.fit,
            live=one.live,
            remark=one.remark.strip() or None,
            released=one.released and bool(one.remark.strip()),
        )
        for one in given
    )


@transaction.atomic
def withdraw_answers(survey_id: UUID, *, by: User) -> None:
    """Erase the answers of ``by`` in a running round; raises as ``answer_survey`` does."""
    survey = _lock_to_answer(survey_id, by)
    survey.sheets.filter(mark=survey.mark_of(by.id)).delete()


@transaction.atomic
def close_survey(survey_id: UUID, *, by: User) -> ThemeSurvey:
    """Close a round before its last day; closed already it stays as it is.

    Raises ThemeSurvey.DoesNotExist when ``by`` may not.
    """
    ThemeSurvey.objects.manageable_by(by).get(id=survey_id)
    _close_once(survey_id)
    return ThemeSurvey.objects.get(id=survey_id)


def close_due() -> int:
    """Close the rounds whose last day is over, each in a transaction of its own; returns how many.

    One that goes wrong does not keep the others from it, and is tried again.
    """
    closed = 0
    for survey_id in list(ThemeSurvey.objects.due().order_by("closes_at", "id").values_list("id", flat=True)):
        try:
            closed += _close_once(survey_id)
        except Exception as error:  # its words could quote a row
            logger.error("Survey %s could not be closed (%s)", survey_id, type(error).__name__)
    return closed


@transaction.atomic
def _close_once(survey_id: UUID) -> bool:
    """Make the one picture of a round, or none, and erase the answers either way; returns False for a closed one."""
    survey = _lock(survey_id)
    if survey.closed_at is not None:
        return False
    taking_part, counting = reads.marks_of_people(survey)
    sheets = [sheet for sheet in survey.sheets.all() if sheet.mark in taking_part]  # who left has no part in it
    # It is made of what stood there when it had to close, whenever that is done.
    survey.closed_at = min(timezone.now(), survey.closes_at)
    survey.pictured = sum(sheet.mark in counting for sheet in sheets) >= survey.smallest_group
    if survey.pictured:
        _picture(survey, sheets, counting)
    survey.sheets.all().delete()
    survey.save(update_fields=["closed_at", "pictured"])
    outbox.drop(survey.id, kinds=KINDS)
    outbox.queue_many(
        outbox.Draft(kind="survey_closed", about=survey.id, recipient=person)
        for person in reads.people_of(survey.organisation, survey.team)
    )
    return True


def _picture(survey: ThemeSurvey, sheets: Sequence[ThemeSheet], counting: set[str]) -> None:
    marks = {sheet.id: sheet.mark for sheet in sheets}
    by_theme = defaultdict(list)
    for answer in ThemeAnswer.objects.filter(sheet__in=sheets).order_by("id"):
        by_theme[answer.theme_id].append(answer)
    figures, remarks = [], []
    for theme_id, answers in by_theme.items():
        remarks += [
            ThemeRemark(survey=survey, theme_id=theme_id, mark=marks[answer.sheet_id], text=answer.remark)
            for answer in answers
            if answer.released and answer.remark
        ]
        answers = [answer for answer in answers if answer.fit or answer.live]
        if sum(marks[answer.sheet_id] in counting for answer in answers) < survey.smallest_group:
            continue
        shares = {
            what: Share.of(sum(answer.fit in fits for answer in answers), len(answers))
            for what, fits in (("same", {Fit.SAME}), ("different", {Fit.DIFFERENT}), ("unknown", {Fit.UNKNOWN, ""}))
        }
        live = Share.of(sum(answer.live for answer in answers), len(answers))
        figures.append(ThemeFigure(survey=survey, theme_id=theme_id, live=live, **shares))
    ThemeFigure.objects.bulk_create(figures)
    # In the order of their random ids: the order of the rows does not tell which remarks are of one person.
    ThemeRemark.objects.bulk_create(sorted(remarks, key=lambda remark: remark.id))


def on_member_left(sender: object, departure: Departure, **signal: Any) -> None:
    """Erase what who left answered in running rounds; the receiver of ``organisations.signals.member_left``."""
    surveys = ThemeSurvey.objects.filter(organisation=departure.organisation, closed_at=None)
    for survey in surveys:
        survey.sheets.filter(mark=survey.mark_of(departure.user_id)).delete()
        outbox.drop(survey.id, kinds=KINDS, recipients=[departure.user_id])


def on_team_closed(sender: object, team: Team, **signal: Any) -> None:
    """Close the round of a team that closes; the receiver of ``organisations.signals.team_closed``."""
    for survey_id in ThemeSurvey.objects.filter(team=team, closed_at=None).values_list("id", flat=True):
        _close_once(survey_id)


@transaction.atomic
def erase_remark(remark_id: UUID, *, by: User) -> None:
    """Erase one's own remark beside a picture; raises ThemeRemark.DoesNotExist for somebody else's."""
    remark = ThemeRemark.objects.visible_to(by).select_related("survey").defer("text").get(id=remark_id)
    if remark.mark != remark.survey.mark_of(by.id):
        raise ThemeRemark.DoesNotExist
    outbox.drop(remark.id)
    remark.delete()


@transaction.atomic
def report_remark(remark_id: UUID, *, by: User) -> None:
    """Tell the contact of the organisation about a remark that ``by`` reads; once, however often it is done.

    Raises ThemeRemark.DoesNotExist when ``by`` does not read it.
    """
    remark = ThemeRemark.objects.visible_to(by).select_related("survey__organisation").defer("text").get(id=remark_id)
    contacts = User.objects.filter(id__in=contacts_of(remark.survey.organisation, None))
    outbox.queue_many(outbox.Draft(kind="remark_reported", about=remark.id, recipient=person) for person in contacts)


@transaction.atomic
def hide_remark(remark_id: UUID, *, by: User) -> ThemeRemark:
    """Hide a remark from everybody; hidden already it stays so.

    Raises ThemeRemark.DoesNotExist for who is no contact.
    """
    remark = ThemeRemark.objects.manageable_by(by).select_for_update(of=("self",)).defer("text").get(id=remark_id)
    if remark.hidden_at is None:
        remark.hidden_at = timezone.now()
        remark.save(update_fields=["hidden_at"])
        audit.note(remark.survey.organisation, Action.TEXT_HIDDEN, by=by)
    return remark
