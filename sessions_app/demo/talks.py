"""The demo's talks: behind us and ahead, one of them a series."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from content.models import ConversationTemplate, Theme
from lerend.mail import outbox
from organisations.models import Membership, Team, User
from sessions_app.demo.days import at
from sessions_app.demo.people import CAST
from sessions_app.domain import changes, contributions, holding, planning
from sessions_app.domain.contributions import Words
from sessions_app.models import Answer, Audience, ContributionKind, Session
from sessions_app.queries.recurrence import Repeat


def make(people: dict[str, User]) -> None:
    """Hold three talks, and plan those that come."""
    noor, sem, lina, joost = (people[person.name] for person in CAST[:4])
    team = Team.objects.get(name="Team Noord")
    themes = {theme.slug: theme for theme in Theme.objects.published()}

    day = _plan(sem, "teamdagdeel", [], at(-8, 13), "Wijkcentrum De Brug", teams=["Team Noord"])
    _close(day, lina, absent={people["Bram Otten"]})
    _say(
        day,
        lina,
        "Bij een vast gezin hielp het dat we met z'n tweeën gingen.",
        Audience.TEAM,
        team=team,
        theme=themes.get("het-team"),
    )
    _say(
        day,
        joost,
        "naast iemand te gaan staan tot er weer iets beweegt.",
        Audience.ORGANISATION,
        kind=ContributionKind.SENTENCE,
    )
    _say(day, people["Zoë Smit"], "Ik merk dat ik pas laat om tegenspraak vraag.", Audience.PRESENT, named=False)
    _say(
        day,
        sem,
        "We kijken elke maand een kwartier terug op één kaart.",
        Audience.PRESENT,
        kind=ContributionKind.AGREEMENT,
        who="Lina en Fatma",
        due_on=(timezone.now() + timedelta(days=30)).date(),
    )

    interview = _plan(lina, "collegiaal-interview", [joost], at(-3, 9, 30), "Keukentafel, Team Noord")
    _close(interview, joost)
    _say(interview, joost, "Mijn kompas: doe ik dit voor mezelf of voor het gezin?", Audience.PRIVATE)
    _say(interview, lina, "Joost vertelt rustiger over moeilijke gesprekken dan ik dacht.", Audience.TEAM, team=team)

    _plan(lina, "gesprek-met-leidinggevende", [sem], at(-1, 15), "Kantoor De Brug, kamer 4")

    _plan(noor, "gesprek-met-bestuurder", [sem], at(4, 10), "Wijkcentrum De Brug")
    coming = _plan(sem, "vuistregels-verkennen", [], at(7, 13), "Wijkcentrum De Brug", teams=["Team Noord"])
    for name, said in (("Lina Bakker", Answer.YES), ("Joost Kramer", Answer.NO)):
        changes.answer(coming.participants.get(user=people[name]).id, said)
    _plan(
        noor,
        "organisatiedagdeel",
        [],
        at(16, 9, 30),
        "Stadhuis, grote zaal",
        teams=["Team Noord", "Team Zuid", "Team Oever"],
    )
    _plan(joost, "inwerkinterview", [people["anna Post"]], at(5, 11), "Wijkcentrum De Brug")
    # Every six weeks over one's own question, the year round.
    _plan(lina, "collegiaal-interview", [joost], at(11, 10), "Keukentafel, Team Noord", repeat=Repeat(6, 4))
    _plan(people["Tess van Loon"], "teamdagdeel", [], at(9, 13), "De Linde", teams=["Buurtteam Lindenkwartier"])


def _plan(
    by: User,
    slug: str,
    names: list[User],
    starts_at: datetime,
    place: str,
    *,
    teams: list[str] | None = None,
    repeat: Repeat | None = None,
) -> Session:
    template = ConversationTemplate.objects.published().get(slug=slug)
    organisation = by.memberships.select_related("organisation").order_by("organisation__name")[0].organisation
    session = planning.start_draft(template.id, organisation, uuid4(), by=by)
    planning.set_people(
        session.id,
        people=list(Membership.objects.filter(organisation=organisation, user__in=names).values_list("id", flat=True)),
        teams=list(Team.objects.filter(organisation=organisation, name__in=teams or []).values_list("id", flat=True)),
        join=True,
        planner_interviews=None,
        place=place,
        link="",
        by=by,
    )
    steps = [planning.StepChange(step.id, step.title, step.minutes) for step in session.steps.all()]
    moment = max(starts_at, timezone.now() + timedelta(hours=1))
    planning.set_moment(session.id, starts_at=moment, steps=steps, repeat=repeat, by=by)
    session = planning.plan_session(session.id, by=by)
    if starts_at < timezone.now():
        # What lies behind us was planned as everything is, and then moved into the past; its mail has been.
        planned_start, planned_end = session.span
        ends_at = starts_at + (planned_end - planned_start)
        Session.objects.filter(id=session.id).update(starts_at=starts_at, ends_at=ends_at)
        session.participants.update(answer=Answer.YES, answered_at=starts_at, purpose_confirmed_at=starts_at)
        outbox.drop(session.id)
    return session


def _close(session: Session, by: User, absent: set[User] | None = None) -> None:
    there = session.participants.exclude(user__in=absent or set()).values_list("id", flat=True)
    holding.close_session(session.id, present=list(there), by=by)
    outbox.drop(session.id)


def _say(session: Session, by: User, text: str, audience: str, **more: object) -> None:
    contributions.record_contribution(session.id, Words(text=text, audience=audience, **more), by=by)  # type: ignore[arg-type]
