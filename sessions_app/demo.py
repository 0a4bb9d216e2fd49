"""The demo's invented people and organisations, with talks behind and ahead of them.

Nobody and nothing here exists. The organisations that took part in the traject are named on the public page about
it, not here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from content.models import Assignment, ConversationTemplate, Moment, RuleOfThumb, StepMeans, Theme
from lerend.mail import outbox
from lerend.moments import AMSTERDAM
from organisations.domain import invitations, joining
from organisations.domain.invitations import Invitee
from organisations.domain.joining import Asking
from organisations.models import (
    ASSOCIATIE_GROUP,
    NJI_GROUP,
    REDACTIE_GROUP,
    Membership,
    Organisation,
    Role,
    Team,
    TeamMembership,
    User,
)
from sessions_app.demo_polls import make_poll
from sessions_app.domain import (
    changes,
    contributions,
    guests,
    holding,
    interpretations,
    pilot,
    planning,
    song,
    surveys,
    templates,
)
from sessions_app.domain.contributions import Words
from sessions_app.models import (
    Answer,
    Audience,
    ContributionKind,
    Fit,
    GuestAbout,
    GuestKind,
    Reach,
    Session,
    SongPlaying,
    ThemeSurvey,
    VerseMaker,
)
from sessions_app.models.song import month_of
from sessions_app.queries.guests import items_of
from sessions_app.queries.recurrence import Repeat
from sessions_app.queries.templates import StepWords, words_of


@dataclass(frozen=True)
class Person:
    """Somebody one can be in the demo."""

    key: str
    name: str
    email: str
    what: str

    @property
    def first_name(self) -> str:
        """Return the first word of the name."""
        return self.name.split()[0]


HOME = "Wijkteams Voorbeeldstad"
CAST = [
    Person("noor", "Noor Aydin", "noor@voorbeeldstad.test", f"Bestuurder van {HOME}"),
    Person("sem", "Sem de Wit", "sem@voorbeeldstad.test", "Leidinggevende van Team Noord"),
    Person("lina", "Lina Bakker", "lina@voorbeeldstad.test", "Professional in Team Noord"),
    Person("joost", "Joost Kramer", "joost@voorbeeldstad.test", "Professional in Team Noord"),
    Person("pim", "Pim Hendriks", "pim@voorbeeldstad.test", f"Planner bij {HOME}: nodigt uit, leest niets mee"),
    Person("tess", "Tess van Loon", "tess@lindenkwartier.test", "Leidinggevende bij een andere organisatie"),
    Person("ilse", "Ilse Vos", "ilse@nji.test", "NJi-programma: begeleidt de pilot"),
    Person("aart", "Aart Jansen", "aart@associatie.test", "Associatie Wijkteams"),
    Person("roos", "Roos Mulder", "roos@redactie.test", "Redactie: bewerkt de inhoud in het beheer"),
    Person("bo", "Bo Staal", "bo@beheer.test", "Beheerder: ziet hoe de post loopt, nooit wie wie spreekt"),
]

# Organisation: gemeente, and teams with their leidinggevende first.
ORGANISATIONS = {
    HOME: (
        "Voorbeeldstad",
        {
            "Team Noord": [
                "Sem de Wit",
                "Lina Bakker",
                "Joost Kramer",
                "Fatma Yıldız",
                "Bram Otten",
                "Zoë Smit",
                "anna Post",
            ],
            "Team Zuid": ["Karin Veldman", "Daan Peters", "Yara Haddad", "Mees Kok", "Imke Bos"],
            "Team Oever": ["Ruben Maas", "Sanne Vink", "Omar Idrissi", "Lotte Brand"],
            "Team West": [
                "Marjan Hoek",
                "Tygo Brouwer",
                "Selma Kılıç",
                "Pien Wouters",
                "Hamza Ouali",
                "Roel Dekker",
                "Ineke Schaap",
                "Jip van Es",
                "Nadia Amari",
            ],
        },
    ),
    "Buurtteams Lindenkwartier": (
        "Lindenhaven",
        {
            "Buurtteam Lindenkwartier": ["Tess van Loon", "Jelle Prins", "Noa Willems", "Sara Benali"],
            "Buurtteam Havenzicht": ["Erik Schouten", "Mila de Groot", "Hugo Blom"],
        },
    ),
    "Sociaal team De Heuvel": (
        "Heuveldam",
        {"Team De Heuvel": ["Petra Huisman", "Tim Faber", "Esra Kaya", "Luuk Koster"]},
    ),
    "Wijkwerk Rivierenland-Oost": ("Waterrade", {"Team Waterrade": ["Hanna Dijk", "Niels Postma", "Amira Saleh"]}),
    "Samen in de Polder": ("Poldermeer", {"Team Poldermeer": ["Jan Terpstra", "Eva Hoekstra", "Bilal Amrani"]}),
    "Stadsteams Merenwijk": ("Merenburg", {"Team Merenwijk": ["Anke Visser", "Koen Wolters", "Dina Lopes"]}),
}
BESTUURDERS = {
    HOME: "Noor Aydin",
    "Buurtteams Lindenkwartier": "Marit Bergsma",
    "Sociaal team De Heuvel": "Wouter Klaassen",
    "Wijkwerk Rivierenland-Oost": "Gerda Vonk",
    "Samen in de Polder": "Piet Wiersma",
    "Stadsteams Merenwijk": "Claudia Ramos",
}


def make_demo() -> bool:
    """Make the demo's data when there is nobody yet; return whether it did. Needs a published edition."""
    with transaction.atomic():
        if User.objects.filter(email=CAST[0].email).exists():
            return False
        people = _people()
        _own_template(people)
        _talks(people)
        make_poll(people, _at)
        _surveys(people)
        _ladingen(people)
        _pilot(people)
        _doors(people)
        _song(people)
        _guests(people)
        return True


def _people() -> dict[str, User]:
    known = {person.name: person.email for person in CAST}
    people: dict[str, User] = {}

    def person(name: str, domain: str) -> User:
        if name not in people:
            first = name.split()[0].lower().encode("ascii", "ignore").decode() or "collega"
            email = known.get(name, f"{first}.{len(people)}@{domain}.test")
            people[name] = User.objects.create_user(email, name)
        return people[name]

    for name, (gemeente, teams) in ORGANISATIONS.items():
        organisation = Organisation.objects.create(name=name, municipality=gemeente)
        domain = gemeente.lower()
        bestuurder = person(BESTUURDERS[name], domain)
        Membership.objects.create(user=bestuurder, organisation=organisation, role=Role.BESTUURDER)
        for team_name, names in teams.items():
            team = Team.objects.create(organisation=organisation, name=team_name)
            for place, member_name in enumerate(names):
                membership = Membership.objects.create(user=person(member_name, domain), organisation=organisation)
                role = Role.PROFESSIONAL if place else Role.LEIDINGGEVENDE
                TeamMembership.objects.create(membership=membership, team=team, role=role)
    home = Organisation.objects.get(name=HOME)
    Membership.objects.create(user=person("Pim Hendriks", "voorbeeldstad"), organisation=home, role=Role.PLANNER)
    # Most have been there for years: an inwerkinterview is for who came lately.
    Membership.objects.exclude(user__name__in=["anna Post", "Imke Bos", "Lotte Brand"]).update(since=_at(-700, 9))
    for name, group in (("Ilse Vos", NJI_GROUP), ("Aart Jansen", ASSOCIATIE_GROUP), ("Roos Mulder", REDACTIE_GROUP)):
        person(name, "lerend").groups.add(Group.objects.get_or_create(name=group)[0])
    User.objects.filter(id=people["Roos Mulder"].id).update(is_staff=True)
    User.objects.filter(id=person("Bo Staal", "lerend").id).update(is_staff=True, is_superuser=True)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in people.values()
    )
    return people


def _own_template(people: dict[str, User]) -> None:
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


def _at(days: int, hour: int, minute: int = 0) -> datetime:
    """Return that hour in Amsterdam, ``days`` working days from today, past ones negative."""
    day = timezone.now().astimezone(AMSTERDAM).date()
    step = timedelta(days=1 if days >= 0 else -1)
    for _ in range(abs(days)):
        day += step
        while day.weekday() >= 5:
            day += step
    return datetime.combine(day, time(hour, minute), AMSTERDAM)


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


def _talks(people: dict[str, User]) -> None:
    noor, sem, lina, joost = (people[person.name] for person in CAST[:4])
    team = Team.objects.get(name="Team Noord")
    themes = {theme.slug: theme for theme in Theme.objects.published()}

    day = _plan(sem, "teamdagdeel", [], _at(-8, 13), "Wijkcentrum De Brug", teams=["Team Noord"])
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

    interview = _plan(lina, "collegiaal-interview", [joost], _at(-3, 9, 30), "Keukentafel, Team Noord")
    _close(interview, joost)
    _say(interview, joost, "Mijn kompas: doe ik dit voor mezelf of voor het gezin?", Audience.PRIVATE)
    _say(interview, lina, "Joost vertelt rustiger over moeilijke gesprekken dan ik dacht.", Audience.TEAM, team=team)

    _plan(lina, "gesprek-met-leidinggevende", [sem], _at(-1, 15), "Kantoor De Brug, kamer 4")

    _plan(noor, "gesprek-met-bestuurder", [sem], _at(4, 10), "Wijkcentrum De Brug")
    coming = _plan(sem, "vuistregels-verkennen", [], _at(7, 13), "Wijkcentrum De Brug", teams=["Team Noord"])
    for name, said in (("Lina Bakker", Answer.YES), ("Joost Kramer", Answer.NO)):
        changes.answer(coming.participants.get(user=people[name]).id, said)
    _plan(
        noor,
        "organisatiedagdeel",
        [],
        _at(16, 9, 30),
        "Stadhuis, grote zaal",
        teams=["Team Noord", "Team Zuid", "Team Oever"],
    )
    _plan(joost, "inwerkinterview", [people["anna Post"]], _at(5, 11), "Wijkcentrum De Brug")
    # Every six weeks over one's own question, the year round.
    _plan(lina, "collegiaal-interview", [joost], _at(11, 10), "Keukentafel, Team Noord", repeat=Repeat(6, 4))
    _plan(people["Tess van Loon"], "teamdagdeel", [], _at(9, 13), "De Linde", teams=["Buurtteam Lindenkwartier"])


def _surveys(people: dict[str, User]) -> None:
    """A round of Team Noord that gave a picture, and one of the whole organisation that runs."""
    noor, sem = people["Noor Aydin"], people["Sem de Wit"]
    home, north = Organisation.objects.get(name=HOME), Team.objects.get(name="Team Noord")
    themes = list(Theme.objects.published().order_by("parent__number", "number"))
    today = timezone.now().astimezone(AMSTERDAM).date()
    names = ["Lina Bakker", "Joost Kramer", "Fatma Yıldız", "Bram Otten", "Zoë Smit", "anna Post", "Sem de Wit"]
    remarks = {
        "Lina Bakker": "Samen op huisbezoek gaan helpt ons. Dat zouden we vaker kunnen doen.",
        "Bram Otten": "Bij ons is dit minder vanzelf dan het hier staat.",
        "Zoë Smit": "Hier wil ik het graag eens met iedereen over hebben.",
    }
    closed = surveys.start_survey(home.id, north.id, today + timedelta(days=14), form_key=uuid4(), by=sem)
    for number, name in enumerate(names):
        said = [
            surveys.Said(
                theme,
                # Some themes all recognise, at others people differ, and each next one lives with fewer.
                fit=Fit.SAME if (number + place) % 7 >= place % 4 else (Fit.DIFFERENT if place % 3 else Fit.UNKNOWN),
                live=(number * 3 + place) % 7 < 7 - place % 7,
                remark=remarks.get(name, "") if place == number else "",
                released=True,
            )
            for place, theme in enumerate(themes)
        ]
        surveys.answer_survey(closed.id, said, by=people[name])
    surveys.close_survey(closed.id, by=sem)
    ThemeSurvey.objects.filter(id=closed.id).update(opens_at=_at(-15, 9), closes_at=_at(-5, 17), closed_at=_at(-5, 17))
    TeamMembership.objects.filter(team=north).update(since=_at(-60, 9))
    outbox.drop(closed.id)
    running = surveys.start_survey(home.id, None, today + timedelta(days=12), form_key=uuid4(), by=noor)
    for name in ("Yara Haddad", "Joost Kramer"):
        surveys.answer_survey(running.id, [surveys.Said(themes[0], fit=Fit.SAME, live=True)], by=people[name])


def _ladingen(people: dict[str, User]) -> None:
    """What rules mean to people, for a team, an organisation and all, in cells that differ in how lively they are."""
    rules, parts = list(RuleOfThumb.objects.published()), list(Assignment.objects.published())
    north = Team.objects.get(name="Team Noord")
    linden = Organisation.objects.get(name="Buurtteams Lindenkwartier")

    def say(
        who: str, rule: int, part: int, text: str, reach: str, *, at: Organisation | None = None, named: bool = True
    ) -> None:
        team = north if reach == Reach.TEAM else None
        place = interpretations.Place(at or north.organisation, reach, team)
        made = interpretations.load_rule(
            rules[rule % len(rules)],
            parts[part % len(parts)],
            text,
            place,
            named=named,
            form_key=uuid4(),
            by=people[who],
        )
        if part == 0:
            other = people["Joost Kramer"]
            interpretations.reply(made.id, "Dat herken ik.", north.organisation, named=True, form_key=uuid4(), by=other)

    say("Lina Bakker", 0, 0, "Eerst koffie drinken, dan pas vragen stellen.", Reach.TEAM)
    say("Fatma Yıldız", 0, 0, "De buurman weet vaak meer dan het dossier.", Reach.TEAM, named=False)
    say("Bram Otten", 1, 2, "Samen bellen in plaats van doorverwijzen.", Reach.TEAM)
    say("Noor Aydin", 2, 3, "We zeggen de gemeente ook wat niet werkt.", Reach.ORGANISATION)
    say("Karin Veldman", 0, 1, "De deur staat op maandag open, zonder afspraak.", Reach.ORGANISATION)
    say("Zoë Smit", 1, 0, "Vragen wat er al goed gaat.", Reach.EVERYONE, named=False)
    say("Tess van Loon", 3, 1, "Iemand van buiten laten meekijken, elke maand.", Reach.EVERYONE, at=linden)


def _doors(people: dict[str, User]) -> None:
    """Somebody who is invited, a file with three more, and an organisation that asks to join."""
    noor, sem = people["Noor Aydin"], people["Sem de Wit"]
    home = Organisation.objects.get(name=HOME)
    north, south = (Team.objects.get(name=name) for name in ("Team Noord", "Team Zuid"))
    new = Invitee("Mila Visser", "mila@voorbeeldstad.test", team=north, team_role=Role.PROFESSIONAL)
    invitations.invite(home.id, new, by=sem)
    more = [
        Invitee(name, f"{name.split()[0].lower()}@voorbeeldstad.test", team=south, team_role=Role.PROFESSIONAL)
        for name in ("Guus Mol", "Aisha Amrani", "Wies van Dam")
    ]
    invitations.invite_many(home.id, more, batch=uuid4(), by=noor)
    asking = Asking("Buurtteams Zonneveld", "Zonneveld", "Bo Nieuwland", "bo@zonneveld.test", "We hoorden van jullie.")
    joining.ask_to_join(asking, form_key=uuid4())


def _song(people: dict[str, User]) -> None:
    """Three places where the song was heard, and two verses that travel along."""
    for name, team_name, what, days in (
        ("Lina Bakker", "Team Noord", "We zongen het bij de start van ons teamdagdeel. Eerst stil, toen hard.", 0),
        ("Tess van Loon", "Buurtteam Lindenkwartier", "We schreven er woorden bij met de nieuwe collega's.", 40),
        ("Hanna Dijk", "Team Waterrade", "We dansten erop. Dat was wennen, en daarna leuk.", 75),
    ):
        team = Team.objects.select_related("organisation").get(name=team_name)
        place = song.Place(team.organisation, team)
        made = song.play(what, place, shown=True, form_key=uuid4(), by=people[name])
        played_at = made.played_at - timedelta(days=days)
        SongPlaying.objects.filter(id=made.id).update(played_at=played_at, month=month_of(played_at))
    team = Team.objects.select_related("organisation").get(name="Team Noord")
    here = song.Place(team.organisation, team)
    for name, words in (
        (
            "Lina Bakker",
            song.VerseWords(
                "Aan de keukentafel, koffie erbij,\nwe luisteren langer dan het lijstje van mij.",
                release=True,
                maker=VerseMaker.ORGANISATION,
                place=here,
            ),
        ),
        (
            "Tess van Loon",
            song.VerseWords(
                "Soms weet ik het niet, dan zeg ik het maar,\nen zoeken we samen, het hoeft niet vandaag klaar.",
                release=True,
            ),
        ),
    ):
        song.write_verse(words, form_key=uuid4(), by=people[name])


def _guests(people: dict[str, User]) -> None:
    """A question about the wolkjes that is over, with six sheets, and one about the vuistregels that still runs."""
    sem = people["Sem de Wit"]
    team = Team.objects.select_related("organisation").get(name="Team Noord")
    day = timezone.now().astimezone(AMSTERDAM).date() + timedelta(days=21)
    asked = "Wij praten dit jaar met elkaar over ons vak. We zijn benieuwd hoe jij ons ziet."
    link, token = guests.make_link(
        team.organisation, team, guests.Asking(GuestAbout.WOLKJES, asked, day), form_key=uuid4(), by=sem
    )
    wolkjes = [item.theme for item in items_of(link.about, link.edition)]
    for number, (kind, remark, view) in enumerate(
        (
            (GuestKind.PARTNER, "Ze komen echt langs, ook als het lang duurt.", "Ze verbinden mensen in de wijk."),
            (GuestKind.PARTNER, "", "Soms weet ik niet bij wie ik moet zijn."),
            (GuestKind.GEMEENTE, "Wij zien vooral de cijfers. Vertel vaker het verhaal.", ""),
            (GuestKind.OMSTANDER, "Bij ons op school kennen alle ouders hen.", ""),
            (GuestKind.INWONER, "", "Er werd geluisterd. Dat had ik niet verwacht."),
            (GuestKind.PARTNER, "Ze zeggen het ook als ze iets niet weten.", ""),
        )
    ):
        says = [("ja", "ja", "anders", "weet_niet")[(number * place) % 4] for place in range(len(wolkjes))]
        said = [
            guests.Words(theme=theme, says=says[place], live=(number + place) % 3 == 0, text="" if place else remark)
            for place, theme in enumerate(wolkjes)
        ]
        sheet = guests.Sheet(kind, alone=number % 2 == 0, words=[*said, guests.Words(text=view)])
        guests.answer(token, sheet, form_key=uuid4())
    guests.end_link(link.id, by=sem)
    guests.make_link(
        team.organisation, team, guests.Asking(GuestAbout.VUISTREGELS, asked, day), form_key=uuid4(), by=sem
    )


def _pilot(people: dict[str, User]) -> None:
    now = timezone.now()
    pilot_round = pilot.open_round(
        pilot.RoundDetails(
            name=f"Pilot-dagdelen {now.year + 1}",
            opens_at=now - timedelta(days=7),
            closes_at=now + timedelta(days=45),
        ),
        form_key=uuid4(),
        by=people["Ilse Vos"],
    )
    wishes = [
        (
            "Team Noord",
            "Sem de Wit",
            14,
            "Begin februari, liefst op donderdag.",
            "We willen ons vak beter kunnen vertellen aan de gemeente.",
            False,
        ),
        (
            "Buurtteam Lindenkwartier",
            "Tess van Loon",
            9,
            "Half februari.",
            "Veel nieuwe collega's, en een paar oude rotten.",
            True,
        ),
        (
            "Team De Heuvel",
            "Petra Huisman",
            21,
            "Maart.",
            "We zijn net samengevoegd en zoeken onze gezamenlijke kern.",
            False,
        ),
        ("Team Waterrade", "Hanna Dijk", 11, "Maakt niet uit.", "Het lied raakte ons; we willen ermee verder.", True),
    ]
    for team_name, name, size, dates, motivation, merel in wishes:
        pilot.sign_up(
            pilot_round.id,
            Team.objects.get(name=team_name).id,
            pilot.SignupDetails(
                contact_name=name,
                contact_email=people[name].email,
                size=size,
                motivation=motivation,
                dates=dates,
                shares_experience=True,
                merel_wanted=merel,
                merel_cost_accepted=merel,
            ),
            form_key=uuid4(),
            by=people[name],
        )
