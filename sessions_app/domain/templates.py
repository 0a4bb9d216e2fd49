"""An organisation's own version of one of the redactie's templates: making it, changing it, putting it away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from content.models import ConversationTemplate, Moment, TemplateReminder, TemplateStep
from content.models.base import Content
from content.models.reminders import values_of
from content.words import problems
from organisations.domain.errors import Refused
from organisations.domain.members import lock_organisation
from organisations.models import Organisation, User, one_line
from sessions_app.domain.planning import LONGEST
from sessions_app.domain.reminders import moments_for
from sessions_app.queries.templates import StepWords, TemplateWords, newer_of, step_words, with_parts, words_of

MOST_OWN = 50
MOST_STEPS = 30
MOST_REMINDERS = 6
LONGEST_TITLE = 120


class Stale(Refused):
    """Somebody else changed it since the page was opened."""


@transaction.atomic
def make_own_version(template_id: UUID, organisation_id: UUID, form_key: UUID, *, by: User) -> ConversationTemplate:
    """Return an own version of one of the redactie's templates on show, or the one that the same form made before.

    Raises Organisation.DoesNotExist where ``by`` does not plan with teams there, Refused when the template is gone or
    there are too many.
    """
    organisation = lock_organisation(organisation_id)
    Organisation.objects.plannable_by(by).get(id=organisation_id)
    here = ConversationTemplate.objects.own_of(organisation)
    if made := here.filter(form_key=form_key).first():
        return made
    base = ConversationTemplate.objects.published().filter(id=template_id).first()
    if base is None:
        raise Refused("Dit sjabloon is er niet meer. Kies een ander.")
    if here.count() >= MOST_OWN:
        raise Refused(f"Jullie hebben al {MOST_OWN} eigen versies. Wijzig er een die jullie niet meer gebruiken.")
    own = ConversationTemplate(
        edition_id=base.edition_id,
        organisation=organisation,
        based_on=base,
        number=base.number,
        slug=base.slug,
        kind=base.kind,
        title=_free_title(organisation, base.title),
        summary=base.summary,
        purpose=base.purpose,
        preparation=base.preparation,
        uses_cards=base.uses_cards,
        made_by=by,
        form_key=form_key,
    )
    _save(own, by)
    steps = [_step(own, number, step_words(step)) for number, step in enumerate(base.steps.all(), start=1)]
    lineages = {rule.moment: rule.lineage for rule in base.reminders.all()}
    rules = [
        TemplateReminder(template=own, **values_of(moment), lineage=lineages.get(moment) or uuid4())
        for moment in moments_for(base, organisation)
    ]
    bulk_create_with_history(steps, TemplateStep, default_user=by)
    bulk_create_with_history(rules, TemplateReminder, default_user=by)
    return own


@transaction.atomic
def change_template(template_id: UUID, words: TemplateWords, *, version: int, by: User) -> ConversationTemplate:
    """Give an own version other words, steps and reminders; its kind and purpose stay the redactie's.

    ``version`` is the one that ``by`` was looking at. Raises ConversationTemplate.DoesNotExist when ``by`` may not,
    Stale when it was changed since, Refused when the words cannot stand.
    """
    own = _lock(template_id, by)
    _same(own, version)
    if words_of(own) != words:
        _write(own, words, by)
    return own


@transaction.atomic
def put_away(template_id: UUID, *, by: User) -> ConversationTemplate:
    """Take an own version out of the choices for new talks. Planned ones keep their copy. Twice is once.

    Raises ConversationTemplate.DoesNotExist when ``by`` may not.
    """
    own = _lock(template_id, by)
    if own.put_away_at is None:
        own.put_away_at = timezone.now()
        _save(own, by)
    return own


@transaction.atomic
def bring_back(template_id: UUID, *, by: User) -> ConversationTemplate:
    """Let people plan from an own version again. Raises ConversationTemplate.DoesNotExist when ``by`` may not."""
    own = _lock(template_id, by)
    if own.put_away_at is not None:
        own.put_away_at = None
        _save(own, by)
    return own


@transaction.atomic
def follow_newer(
    template_id: UUID, newer_id: UUID, keys: Collection[str], *, version: int, by: User
) -> ConversationTemplate:
    """Bring an own version to the edition on show: the parts ``keys`` become the redactie's, the others stay.

    ``newer_id`` is the template that ``by`` was shown; the purpose, and whether the cards lie on the table, always
    follow. Raises ConversationTemplate.DoesNotExist when ``by`` may not, Stale when either was changed since, Refused
    when what comes of it cannot stand.
    """
    own = _lock(template_id, by)
    _same(own, version)
    newer = newer_of(own)
    if newer is None or newer.id != newer_id:
        raise Stale("De redactie heeft intussen een andere uitgave gepubliceerd. Bekijk de verschillen opnieuw.")
    own.based_on, own.edition_id, own.number = newer, newer.edition_id, newer.number
    own.purpose, own.uses_cards = newer.purpose, newer.uses_cards
    _write(own, with_parts(words_of(own), words_of(newer), keys), by)
    return own


def _lock(template_id: UUID, by: User) -> ConversationTemplate:
    """Return an own version that ``by`` may change; those of one organisation are changed one at a time."""
    found = ConversationTemplate.objects.manageable_by(by).get(id=template_id)
    assert found.organisation_id  # noqa: S101 - manageable_by gives nothing else
    lock_organisation(found.organisation_id)
    return ConversationTemplate.objects.manageable_by(by).select_related("based_on").get(id=template_id)


def _same(own: ConversationTemplate, version: int) -> None:
    if own.version == version:
        return
    last = own.history.select_related("history_user").first()
    who = last.history_user.name if last and last.history_user else "Iemand anders"
    raise Stale(f"{who} heeft dit sjabloon intussen gewijzigd. Er is nog niets bewaard.")


def _write(own: ConversationTemplate, words: TemplateWords, by: User) -> None:
    words = replace(
        words,
        title=one_line(words.title),
        summary=one_line(words.summary),
        steps=tuple(replace(step, title=one_line(step.title)) for step in words.steps),
    )
    _check(own, words)
    own.title, own.summary, own.preparation = words.title, words.summary, words.preparation
    own.invitation = words.invitation
    own.version += 1
    _save(own, by)
    _write_steps(own, words.steps, by)
    _write_reminders(own, words.reminders, by)


def _check(own: ConversationTemplate, words: TemplateWords) -> None:
    others = ConversationTemplate.objects.filter(organisation=own.organisation_id).exclude(id=own.id)
    if not words.title or others.filter(title__iexact=words.title).exists():
        raise Refused("Kies een titel die jullie nog niet voor een ander sjabloon gebruiken.")
    if not 1 <= len(words.steps) <= MOST_STEPS:
        raise Refused(f"Een gesprek heeft 1 tot {MOST_STEPS} stappen.")
    if sum(step.minutes for step in words.steps) * 60 > LONGEST.total_seconds():
        raise Refused("Het programma duurt langer dan twaalf uur. Maak stappen korter of laat er een weg.")
    if len(words.reminders) > MOST_REMINDERS:
        raise Refused(f"Kies hooguit {MOST_REMINDERS} herinneringen.")
    if wrong := problems(words.invitation):
        raise Refused(wrong[0])


def _write_steps(own: ConversationTemplate, wanted: Collection[StepWords], by: User) -> None:
    there = {step.lineage: step for step in own.steps.all()}
    for step in there.values():
        if step.lineage not in {new.lineage for new in wanted}:
            _mark(step, by).delete()
    # Out of the way first: two steps may not have one number, not even halfway.
    own.steps.update(number=F("number") + 1000)
    for number, new in enumerate(wanted, start=1):
        old = there.get(new.lineage)
        if old is not None and step_words(old) == new and old.number == number:
            own.steps.filter(id=old.id).update(number=number)
            continue
        step = _step(own, number, new)
        if old is not None:
            step.id, step._state.adding = old.id, False
        _save(step, by)


def _write_reminders(own: ConversationTemplate, wanted: Collection[Moment], by: User) -> None:
    there = {rule.moment: rule for rule in own.reminders.all()}
    for moment, rule in there.items():
        if moment not in wanted:
            _mark(rule, by).delete()
    for moment in sorted({*wanted} - there.keys()):
        _save(TemplateReminder(template=own, **values_of(moment)), by)


def _step(own: ConversationTemplate, number: int, words: StepWords) -> TemplateStep:
    return TemplateStep(
        template=own,
        number=number,
        lineage=words.lineage,
        title=words.title,
        text=words.text,
        minutes=words.minutes,
        means=words.means,
    )


def _free_title(organisation: Organisation, title: str) -> str:
    """Return ``title`` with a mark that tells it from the redactie's and from the organisation's others."""
    taken = set(ConversationTemplate.objects.own_of(organisation).values_list("title", flat=True))
    lowered = {one.lower() for one in taken}
    for number in range(1, MOST_OWN + 2):
        mark = " (eigen versie)" if number == 1 else f" (eigen versie {number})"
        found = title[: LONGEST_TITLE - len(mark)] + mark
        if found.lower() not in lowered:
            break
    return found


def _mark(row: Content, by: User) -> Content:
    """Say in the history of ``row`` that it is ``by`` who changes it."""
    row._history_user = by  # type: ignore[attr-defined]  # simple-history reads it
    return row


def _save(row: Content, by: User) -> None:
    _mark(row, by).save()
