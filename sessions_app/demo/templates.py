"""An organisation's own template in the demo."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from uuid import uuid4

from content.models import ConversationTemplate, Moment, StepMeans
from organisations.models import Organisation, User
from sessions_app.demo.people import HOME
from sessions_app.domain import templates
from sessions_app.queries.templates import StepWords, words_of


def make(people: dict[str, User]) -> None:
    """Give one organisation its own version of a template, with its own words in the invitation."""
    sem = people["Sem de Wit"]
    home = Organisation.objects.get(name=HOME)
    base = ConversationTemplate.objects.published().get(slug="teamdagdeel")
    own = templates.make_own_version(base.id, home.id, uuid4(), by=sem)
    first, *rest = words_of(own).steps
    welcome = StepWords(uuid4(), "Soep en broodjes", "We beginnen met samen eten.", 30, StepMeans.NONE)
    words = replace(
        words_of(own),
        title="Teammiddag met soep",
        summary="Een dagdeel met het hele team, dat begint aan tafel.",
        steps=(welcome, first, *rest),
        reminders=(Moment(-14, time(9)), Moment(-1, time(12)), Moment(1, time(9))),
        invitation=(
            "We nemen een middag de tijd voor ons vak. {wanneer} begint het met soep in {waar}.\n\n"
            "Breng één moment mee waarop je dacht: hier doe ik het voor. Tot dan, {planner}"
        ),
    )
    templates.change_template(own.id, words, version=own.version, by=sem)
