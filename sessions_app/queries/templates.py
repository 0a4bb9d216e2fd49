"""Reads about templates: what one says, and what a newer edition changes for an organisation's own version of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils.safestring import SafeString

from content.differences import marked
from content.models import ConversationTemplate, Edition, Moment, StepMeans, TemplateStep
from organisations.models import Organisation

FIELDS = {"title": "Titel", "summary": "In één zin", "preparation": "Voorbereiding"}
REMINDERS = "reminders"
ORDER = "order"


@dataclass(frozen=True)
class StepWords:
    """One step of a template; its lineage is the same in each edition and in the versions made from it."""

    lineage: UUID
    title: str
    text: str
    minutes: int
    means: str

    def __str__(self) -> str:
        means = f", met {StepMeans(self.means).label}" if self.means != StepMeans.NONE else ""
        return f"{self.title} ({self.minutes} minuten{means})\n{self.text}".strip()


@dataclass(frozen=True)
class TemplateWords:
    """All of a template that an organisation can make its own."""

    title: str
    summary: str
    preparation: str
    invitation: str
    steps: tuple[StepWords, ...]
    reminders: tuple[Moment, ...]


def step_words(step: TemplateStep) -> StepWords:
    """Return what a step says."""
    return StepWords(step.lineage, step.title, step.text, step.minutes, step.means)


def words_of(template: ConversationTemplate) -> TemplateWords:
    """Return what ``template`` says now; two queries unless steps and reminders were prefetched."""
    return TemplateWords(
        title=template.title,
        summary=template.summary,
        preparation=template.preparation,
        invitation=template.invitation,
        steps=tuple(step_words(step) for step in template.steps.all()),
        reminders=tuple(sorted(rule.moment for rule in template.reminders.all())),
    )


@dataclass(frozen=True)
class Listed:
    """An own version in the list, with what the edition on show makes of it: "", "gone", "same" or "changed"."""

    template: ConversationTemplate
    news: str


@dataclass(frozen=True)
class TemplateList:
    """The templates of one organisation: its own, those put away, and the redactie's."""

    own: list[Listed]
    put_away: list[Listed]
    redactie: list[ConversationTemplate]
    edition: Edition | None


def template_list(organisation: Organisation) -> TemplateList:
    """Return all templates that ``organisation`` has, in a number of queries that does not grow."""
    edition = Edition.objects.published().first()
    redactie = list(
        ConversationTemplate.objects.published()
        .with_minutes()
        .prefetch_related("steps", "reminders")
        .order_by("number")
    )
    by_lineage = {template.lineage: template for template in redactie}
    own = (
        ConversationTemplate.objects.own_of(organisation)
        .with_minutes()
        .select_related("edition", "based_on", "made_by")
        .prefetch_related("steps", "reminders", "based_on__steps", "based_on__reminders")
        .order_by("number", "title")
    )
    listed = [Listed(template, _news(template, edition, by_lineage)) for template in own]
    return TemplateList(
        own=[item for item in listed if item.template.put_away_at is None],
        put_away=[item for item in listed if item.template.put_away_at],
        redactie=redactie,
        edition=edition,
    )


def _news(own: ConversationTemplate, edition: Edition | None, by_lineage: dict[UUID, ConversationTemplate]) -> str:
    base = own.based_on
    if base is None or edition is None or own.edition_id == edition.id:
        return ""
    found = by_lineage.get(base.lineage)
    if found is None or found.kind != own.kind:
        return "gone"
    before, after = _all_parts(base), _all_parts(found)
    return "changed" if before != after or _order(before, after) != _order(after, before) else "same"


def _order(parts: dict[str, tuple[str, str]], *others: dict[str, tuple[str, str]]) -> list[str]:
    """Return the keys of the steps of ``parts`` that ``others`` have as well, in the order of ``parts``."""
    return [key for key in parts if key.startswith("step:") and all(key in other for other in others)]


def newer_of(own: ConversationTemplate) -> ConversationTemplate | None:
    """Return the redactie's template in the edition on show that ``own`` would be made from now.

    None where it was made from that one, and where that edition has no such template any more.
    """
    base = own.based_on
    if base is None:
        return None
    there = ConversationTemplate.objects.published().filter(lineage=base.lineage, kind=own.kind)
    return there.exclude(edition=own.edition_id).select_related("edition").first()


@dataclass(frozen=True)
class Change:
    """One part that the redactie changed between two editions, beside what the organisation has."""

    key: str
    name: str
    before: SafeString
    after: SafeString
    own: str
    # "untouched": the organisation left it as it was; "changed": it has its own; "taken": it says the same already.
    state: str


def changes(own: ConversationTemplate, newer: ConversationTemplate) -> list[Change]:
    """Return what the redactie changed from the template that ``own`` was made from to ``newer``, part by part."""
    if own.based_on is None:
        return []
    before, after, mine = _all_parts(own.based_on), _all_parts(newer), _parts(words_of(own))
    mine |= {"purpose": before["purpose"], "cards": before["cards"]}
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        old, new, now = (parts.get(key, ("", "")) for parts in (before, after, mine))
        if old[1] == new[1]:
            continue
        state = "taken" if now[1] == new[1] else "untouched" if now[1] == old[1] else "changed"
        found.append(Change(key, new[0] or old[0], *marked(old[1], new[1]), now[1], state))
    if _order(before, after) != _order(after, before):
        found.append(_new_order(before, after, mine))
    return found


def _new_order(
    before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]], mine: dict[str, tuple[str, str]]
) -> Change:
    old, new, now = (
        "\n".join(parts[key][0].removeprefix("Stap: ") for key in _order(parts, before, after))
        for parts in (before, after, mine)
    )
    here = _order(mine, before, after)
    state = "taken" if here == _order(after, before, mine) else "untouched"
    if state == "untouched" and here != _order(before, after, mine):
        state = "changed"
    return Change(ORDER, "Volgorde van de stappen", *marked(old, new), now, state)


def with_parts(own: TemplateWords, newer: TemplateWords, keys: Collection[str]) -> TemplateWords:
    """Return ``own`` with the parts ``keys`` as they stand in ``newer``; what is not named stays."""
    theirs = {step.lineage: step for step in newer.steps}
    wanted = {lineage for lineage in {*theirs, *(step.lineage for step in own.steps)} if f"step:{lineage}" in keys}
    steps = [
        theirs.get(step.lineage) if step.lineage in wanted else step
        for step in own.steps
        if step.lineage not in wanted or step.lineage in theirs
    ]
    there = {step.lineage for step in own.steps}
    for place, step in enumerate(newer.steps):
        if step.lineage in wanted - there:
            steps.insert(place, step)
    return replace(
        own,
        **{name: getattr(newer, name) for name in FIELDS if name in keys},
        steps=_in_order_of(theirs, steps) if ORDER in keys else tuple(step for step in steps if step),
        reminders=newer.reminders if REMINDERS in keys else own.reminders,
    )


def _in_order_of(theirs: Iterable[UUID], steps: Iterable[StepWords | None]) -> tuple[StepWords, ...]:
    """Return ``steps``, those that the redactie has in its order; the organisation's own stay where they stand."""
    place = {lineage: number for number, lineage in enumerate(theirs)}
    found = [step for step in steps if step]
    sorted_ = iter(sorted((step for step in found if step.lineage in place), key=lambda step: place[step.lineage]))
    return tuple(next(sorted_) if step.lineage in place else step for step in found)


def _parts(words: TemplateWords) -> dict[str, tuple[str, str]]:
    """Return the name and the text of each part, by its key, in the order of the page."""
    parts = {key: (name, getattr(words, key).replace("\r\n", "\n")) for key, name in FIELDS.items()}
    for step in words.steps:
        parts[f"step:{step.lineage}"] = (f"Stap: {step.title}", str(step))
    parts[REMINDERS] = ("Herinneringen", "\n".join(str(moment) for moment in words.reminders))
    return parts


def _all_parts(template: ConversationTemplate) -> dict[str, tuple[str, str]]:
    """Return the parts of one of the redactie's templates, with those that every own version follows."""
    cards = "met de vragenkaarten" if template.uses_cards else "zonder de vragenkaarten"
    return {
        "purpose": ("Doel", template.purpose.replace("\r\n", "\n")),
        "cards": ("Kaarten", cards),
        **_parts(words_of(template)),
    }
