"""Planning a season: who, when, laying out, changing by hand, and sending all of it in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from content.models import ConversationTemplate, Edition, Kind
from organisations.domain.errors import Refused
from organisations.domain.members import lock_organisation
from organisations.models import Departure, Organisation, User
from sessions_app.domain import from_template, layout, telling
from sessions_app.domain.planning import count_company
from sessions_app.domain.reminders import moments_for
from sessions_app.models import (
    Answer,
    Participant,
    Season,
    SeasonBlock,
    SeasonTalk,
    Session,
    SessionReminder,
    SessionStep,
    State,
)
from sessions_app.models.season import LONGEST_TALK, MOST_BLOCKS, MOST_TALKS, SEASON_DRAFTS_KEPT, SHORTEST
from sessions_app.queries import season as reads
from sessions_app.queries.planning import GONE, Standing, leaders_in

NOT_YOURS = (
    "Gesprekken met veel mensen in één keer plan je voor een team dat je leidt, of als bestuurder of planner. Vraag je "
    "leidinggevende of bestuurder."
)
SENT = "Deze gesprekken zijn al gepland. Verzet of annuleer ze vanaf de pagina van het gesprek."


@transaction.atomic
def start(template_id: UUID, organisation: Organisation, form_key: UUID, *, by: User) -> Season:
    """Return a new season from a template of talks of two, or the one that the same form made before.

    Raises Refused when ``by`` may not plan it there, or the template is gone, put away, or without steps.
    """
    made = Season.objects.filter(planned_by=by, form_key=form_key).first()
    if made:
        return made
    template = ConversationTemplate.objects.usable_by(by, organisation).filter(id=template_id).first()
    if template is None:
        raise Refused(GONE)
    if template.kind not in reads.kinds(Standing(by, organisation)):
        raise Refused(NOT_YOURS)
    asks = Season.Asks.MEMBER if template.kind == Kind.INWERK else Season.Asks.NOBODY
    length = min(max(sum(step.minutes for step in template.steps.all()), SHORTEST), LONGEST_TALK)
    return Season.objects.get_or_create(
        planned_by=by,
        form_key=form_key,
        defaults={"organisation": organisation, "template": template, "asks": asks, "length": length},
    )[0]


def _lock(season_id: UUID, by: User) -> tuple[Season, Standing]:
    """Return the season, its organisation and it locked, and what ``by`` may plan there.

    The organisation first, as who leaves has it: so two seasons of one organisation are sent one after the other, and
    its people stay while one is.
    Raises Season.DoesNotExist when it is not theirs.
    """
    mine = Season.objects.manageable_by(by)
    lock_organisation(mine.values_list("organisation_id", flat=True).get(id=season_id))
    Season.objects.select_for_update().filter(id=season_id).values_list("id").first()
    season = mine.select_related("organisation", "template").get(id=season_id)
    return season, Standing(by, season.organisation)


def _lock_draft(season_id: UUID, by: User) -> tuple[Season, Standing]:
    season, standing = _lock(season_id, by)
    if season.sent_at is not None:
        raise Refused(SENT)
    if season.template.kind not in reads.kinds(standing):
        raise Refused(NOT_YOURS)
    return season, standing


@transaction.atomic
def set_people(season_id: UUID, *, people: Collection[UUID], partners: Collection[UUID], asks: str, by: User) -> Season:
    """Lay down who has a talk, and with whom: the talks are shared out over ``partners``
    evenly, with somebody of the own team where one was chosen.

    Both are memberships. Who was in the plan keeps their partner (where that one is still chosen) and their moment.
    ``asks`` is a ``Season.Asks``. Raises Refused for people out of reach, nobody, or more than MOST_TALKS.
    """
    season, standing = _lock_draft(season_id, by)
    kind = season.template.kind
    members = list(
        reads.people(standing, kind).filter(id__in=people).order_by("user__name_sorted", "id").values_list("id", "user")
    )
    chosen = list(
        reads.partners(standing, kind)
        .filter(id__in=partners)
        .order_by("user__name_sorted", "id")
        .values_list("id", flat=True)
    )
    if len(members) != len(set(people)) or len(chosen) != len(set(partners)):
        raise Refused("Iemand die je koos hoort niet meer bij dit team of deze organisatie. Kies opnieuw.")
    if not chosen:
        raise Refused("Kies met wie de gesprekken zijn.")
    # Whoever talks with all of them is not one of them.
    ids = [pk for pk, _ in members if [pk] != chosen]
    if not ids:
        raise Refused("Kies ten minste één ander met wie een gesprek komt.")
    if len(ids) > MOST_TALKS:
        raise Refused(f"Je koos {len(ids)} mensen. Plan er hooguit {MOST_TALKS} tegelijk.")
    shared = layout.spread(ids, chosen, reads.in_the_same_team(ids, chosen))
    before = {talk.member_id: talk for talk in season.talks.all()}
    season.talks.exclude(member__in=ids).delete()
    new, kept = [], []
    for number, pk in enumerate(ids, start=1):
        talk = before.get(pk)
        if talk is None:
            new.append(SeasonTalk(season=season, number=number, member_id=pk, partner_id=shared[pk]))
            continue
        talk.number = number
        if talk.partner_id not in chosen:
            talk.partner_id = shared[pk]
        kept.append(talk)
    SeasonTalk.objects.bulk_update(kept, ["number", "partner"])
    SeasonTalk.objects.bulk_create(new)
    season.asks = asks
    season.save(update_fields=["asks"])
    return season


@transaction.atomic
def set_times(
    season_id: UUID,
    *,
    length: int,
    pause: int,
    place: str,
    link: str,
    blocks: Collection[tuple[datetime, datetime]],
    by: User,
) -> Season:
    """Lay down how long, where and when, and lay the talks out. Blocks that overlap become one.

    What the planner chose by hand stays; all else is laid out anew. ``length`` and ``pause`` are minutes, the blocks
    aware moments. Raises Refused for no blocks, too many, or one that has passed or is too far ahead.
    """
    season, _ = _lock_draft(season_id, by)
    if not blocks:
        raise Refused("Vul ten minste één blok tijd in.")
    spans = layout.merged(blocks)
    if len(spans) > MOST_BLOCKS:
        raise Refused(f"Dit zijn {len(spans)} blokken. Gebruik er hooguit {MOST_BLOCKS}.")
    _check_length(season, length)
    now = timezone.now()
    if spans[0][0] <= now:
        raise Refused("Een blok is al begonnen of voorbij. Kies een dag die nog komt.")
    if spans[-1][1] > now + reads.FURTHEST:
        raise Refused("Een blok is meer dan twee jaar ver weg. Klopt het jaar?")
    season.length, season.pause = length, pause
    season.place, season.link = place.strip(), link.strip()
    season.save(update_fields=["length", "pause", "place", "link"])
    season.blocks.all().delete()
    SeasonBlock.objects.bulk_create(SeasonBlock(season=season, starts_at=start, ends_at=end) for start, end in spans)
    _lay_out(season)
    return season


def _check_length(season: Season, length: int) -> None:
    """Raise Refused when the steps of the template do not fit in ``length`` minutes; it may have got more of them."""
    if length < season.template.steps.count():
        raise Refused("Zo kort kan niet: elke stap van het gesprek duurt ten minste een minuut.")


@transaction.atomic
def lay_out_anew(season_id: UUID, *, by: User) -> Season:
    """Lay all talks out, also those that were changed by hand. Raises Refused when the season was sent."""
    season, _ = _lock_draft(season_id, by)
    season.talks.update(by_hand=False)
    _lay_out(season)
    return season


def _lay_out(season: Season) -> None:
    """Give each talk that was not changed by hand a moment, or none where there is no room."""
    talks = list(season.talks.select_related("member", "partner"))
    blocks = [(block.starts_at, block.ends_at) for block in season.blocks.all()]
    users = {member.user_id for talk in talks for member in (talk.member, talk.partner) if member is not None}
    pause = timedelta(minutes=season.pause)
    taken: dict[UUID, list[layout.Span]] = {}
    if blocks:
        # The pause also counts beside what ends before the first block, or begins after the last.
        taken = reads.busy(users, blocks[0][0] - pause, blocks[-1][1] + pause)
    for talk in talks:
        if talk.by_hand and talk.starts_at is not None and talk.partner is not None:
            for user in (talk.member.user_id, talk.partner.user_id):
                taken.setdefault(user, []).append((talk.starts_at, talk.starts_at + season.duration))
    pairs = [
        layout.Pair(talk.id, talk.member.user_id, talk.partner.user_id)
        for talk in talks
        if talk.partner is not None and not talk.by_hand
    ]
    found = layout.lay_out(pairs, blocks, taken, length=season.duration, pause=pause)
    for talk in talks:
        if not talk.by_hand:
            talk.starts_at = found.get(talk.id)
    SeasonTalk.objects.bulk_update(talks, ["starts_at"])


@dataclass(frozen=True)
class Choice:
    """What a planner made of one talk: when it begins (None to leave it out), and with whom (a membership)."""

    starts_at: datetime | None
    partner_id: UUID | None


@transaction.atomic
def set_choices(season_id: UUID, choices: Mapping[UUID, Choice], *, by: User) -> dict[UUID, str]:
    """Keep what the planner chose for talks, by their id, also where it cannot be; return what is wrong, by id.

    Another partner is one of those that the season has. Raises Refused when the season was sent.
    """
    season, standing = _lock_draft(season_id, by)
    talks = reads.talks_of(season)
    known = {talk.partner_id: talk.partner for talk in talks}
    changed = []
    for talk in talks:
        choice = choices.get(talk.id)
        if choice is None:
            continue
        partner = known.get(choice.partner_id, talk.partner) if choice.partner_id else talk.partner
        if partner is not None and partner.id == talk.member_id:
            raise Refused(f"{talk.member.user.name} kan niet met zichzelf spreken. Kies een ander.")
        if (choice.starts_at, partner) != (talk.starts_at, talk.partner):
            talk.by_hand = talk.by_hand or choice.starts_at != talk.starts_at
            talk.starts_at, talk.partner = choice.starts_at, partner
            changed.append(talk)
    SeasonTalk.objects.bulk_update(changed, ["starts_at", "partner", "by_hand"])
    return reads.troubles(season, standing, talks)


@transaction.atomic
def send(season_id: UUID, *, by: User) -> Season:
    """Plan every talk that has a moment, and queue its invitations and reminders: all of it, or nothing.

    The same number of queries for two talks and for two hundred. Sent already, as after a double click: returns it and
    does nothing. Raises Refused when there is nothing to plan, or something is wrong that the plan's page then shows.
    Afterwards nothing here tells who was in it.
    """
    season, standing = _lock(season_id, by)
    if season.sent_at is not None:
        return season
    kind = season.template.kind
    if kind not in reads.kinds(standing):
        raise Refused(NOT_YOURS)
    talks = [talk for talk in reads.talks_of(season) if talk.starts_at is not None]
    if not talks:
        raise Refused("Er is nog geen gesprek met een moment. Kies eerst wanneer.")
    if not season.place and not season.link:
        raise Refused("Vul eerst in waar de gesprekken zijn, of geef een link.")
    _check_length(season, season.length)
    users = {member.user_id for talk in talks for member in (talk.member, talk.partner) if member is not None}
    # People can be in two organisations, so that a season of the other can be on its way as well. Always in one order.
    list(User.objects.select_for_update(no_key=True).filter(id__in=users).order_by("id").values_list("id"))
    if reads.troubles(season, standing, talks):
        raise Refused(
            "Er is iets veranderd sinds dit plan werd gemaakt. Bij deze gesprekken staat wat er niet klopt. Er is nog "
            "niets verstuurd."
        )
    _plan(season, talks)
    season.sent_at, season.talk_count = timezone.now(), len(talks)
    season.save(update_fields=["sent_at", "talk_count"])
    season.talks.all().delete()
    season.blocks.all().delete()
    return season


def _plan(season: Season, talks: Sequence[SeasonTalk]) -> None:
    """Make the sessions of ``talks``, which are right, and invite their people."""
    template = season.template
    prefetch_related_objects([template], "steps", "reminders")
    minutes = from_template.fitted([step.minutes for step in template.steps.all()], season.length)
    seats = [reads.seats(talk, season.asks) for talk in talks]
    leaders = leaders_in([season.organisation_id], {place.user_id for places in seats for place in places})
    fields = _fields(season)
    now = timezone.now()
    sessions = []
    for talk, places in zip(talks, seats, strict=True):
        session = _session(season, talk, fields)
        for place in places:
            place.session, place.leads = session, place.user_id in leaders
            if place.user_id == season.planned_by_id:
                # Who plans and takes part has said yes by planning.
                place.answer, place.answered_at = Answer.YES, now
        count_company(session, places)
        sessions.append(session)
    Session.objects.bulk_create(sessions)
    SessionStep.objects.bulk_create(
        step for session in sessions for step in from_template.steps(template, session, minutes)
    )
    moments = moments_for(template, season.organisation)
    SessionReminder.objects.bulk_create(
        rule for session in sessions for rule in from_template.reminders(moments, session)
    )
    Participant.objects.bulk_create(place for places in seats for place in places)
    prefetch_related_objects(sessions, "reminders")
    telling.invite(sessions)


def _fields(season: Season) -> dict[str, Any]:
    return {
        **from_template.fields(season.template, Edition.objects.published().first()),
        "organisation": season.organisation,
        "season": season,
        "planned_by": season.planned_by,
        "state": State.PLANNED,
        "place": season.place,
        "link": season.link,
    }


def _session(season: Season, talk: SeasonTalk, fields: dict[str, Any]) -> Session:
    if talk.starts_at is None:
        raise ValueError("A talk without a moment cannot be planned.")
    return Session(**fields, starts_at=talk.starts_at, ends_at=talk.starts_at + season.duration)


def example(season: Season, talk: SeasonTalk) -> Participant:
    """Return the place of the member of ``talk`` as sending would make it, unsaved: to show what will be mailed."""
    place = reads.seats(talk, season.asks)[0]
    place.session = _session(season, talk, _fields(season))
    return place


@transaction.atomic
def discard(season_id: UUID, *, by: User) -> None:
    """Throw a draft away; raises Refused when it was sent."""
    season, _ = _lock(season_id, by)
    if season.sent_at is not None:
        raise Refused(SENT)
    season.delete()


def forget_due(now: datetime | None = None) -> int:
    """Throw away drafts that were begun SEASON_DRAFTS_KEPT ago: they are lists of people. Return how many."""
    limit = (now or timezone.now()) - SEASON_DRAFTS_KEPT
    return Season.objects.filter(sent_at=None, created_at__lt=limit).delete()[1].get("sessions_app.Season", 0)


def on_member_left(sender: object, departure: Departure, **signal: Any) -> None:
    """Throw away the seasons of who left; the receiver of ``organisations.signals.member_left``. Talks stay."""
    Season.objects.filter(planned_by=departure.user, organisation=departure.organisation).delete()
