"""The demo's invented people and organisations."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

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
from sessions_app.demo.days import at


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


def make() -> dict[str, User]:
    """Make everyone, with the roles they have, and return them by name."""
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
    Membership.objects.exclude(user__name__in=["anna Post", "Imke Bos", "Lotte Brand"]).update(since=at(-700, 9))
    for name, group in (("Ilse Vos", NJI_GROUP), ("Aart Jansen", ASSOCIATIE_GROUP), ("Roos Mulder", REDACTIE_GROUP)):
        person(name, "lerend").groups.add(Group.objects.get_or_create(name=group)[0])
    User.objects.filter(id=people["Roos Mulder"].id).update(is_staff=True)
    User.objects.filter(id=person("Bo Staal", "lerend").id).update(is_staff=True, is_superuser=True)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in people.values()
    )
    return people
