"""The demo's date poll: one that runs among eight people."""

from __future__ import annotations

from uuid import uuid4

from content.models import ConversationTemplate
from lerend.moments import in_amsterdam
from organisations.models import Membership, Team, User
from sessions_app.demo.days import at
from sessions_app.domain import planning, polls
from sessions_app.models import Says

TEAM = "Team Noord"
# What each said about the five moments: y(es), m(aybe), n(o). Two have not answered.
ANSWERS = {
    "Sem de Wit": "yymny",
    "Joost Kramer": "nymyy",
    "Fatma Yıldız": "yynny",
    "Bram Otten": "myyny",
    "Zoë Smit": "nmyyy",
    "Noor Aydin": "nynmm",
}
SAYS = {"y": Says.YES, "m": Says.MAYBE, "n": Says.NO}


def make(people: dict[str, User]) -> None:
    """Let a leidinggevende ask the team and the bestuurder."""
    sem = people["Sem de Wit"]
    team = Team.objects.select_related("organisation").get(name=TEAM)
    template = ConversationTemplate.objects.published().get(slug="wolkjes-in-het-team")
    session = planning.start_draft(template.id, team.organisation, uuid4(), by=sem)
    noor = Membership.objects.get(user=people["Noor Aydin"], organisation=team.organisation)
    planning.set_people(
        session.id,
        people=[noor.id],
        teams=[team.id],
        join=True,
        planner_interviews=None,
        place="Wijkcentrum De Brug",
        link="",
        by=sem,
    )
    moments = [at(11, 9, 30), at(11, 13), at(12, 10), at(14, 13, 30), at(15, 9)]
    proposal = polls.Proposal(moments, in_amsterdam(at(6, 12)).date(), shows_names=True)
    steps = [planning.StepChange(step.id, step.title, step.minutes) for step in session.steps.all()]
    poll = polls.start_poll(session.id, proposal, steps, form_key=uuid4(), by=sem)
    options = list(poll.options.values_list("id", flat=True))
    for name, words in ANSWERS.items():
        polls.vote(poll.id, {pk: SAYS[word] for pk, word in zip(options, words, strict=True)}, by=people[name])
