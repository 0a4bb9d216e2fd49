"""Who reads what, as the page draws it. What really decides is ``Contribution.objects.visible_to``.

A test holds every row of this table against that queryset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sessions_app.models import Audience


class Reads(StrEnum):
    """Whether somebody reads along."""

    YES = "ja"
    SOMETIMES = "soms"
    NO = "nee"


# Who is on the pictures, with the lines of their label.
PEOPLE = {
    "you": ("jij",),
    "there": ("wie erbij", "was"),
    "team": ("de rest van", "je team"),
    "colleagues": ("andere", "collega’s"),
    "leader": ("je", "leidinggevende"),
    "board": ("je", "bestuurder"),
    "planner": ("wie alleen", "plande"),
    "nji": ("het NJi",),
    "admin": ("beheer van", "het platform"),
}
WAS_THERE, SMALL_TALK, LIVE = "als die erbij was", "in klein gesprek", "tot het afsluiten"

# Measures of a picture, in its own units.
WIDTH, ROW, RADIUS, A_ROW = 360, 108, 21, 3
TOP = 36  # room for the heading of a part


@dataclass(frozen=True)
class Person:
    """Somebody on a picture, and where."""

    lines: tuple[str, ...]
    reads: Reads
    when: str
    x: int
    y: int

    @property
    def name(self) -> str:
        """The label in one line."""
        return " ".join(self.lines)

    @property
    def texts(self) -> list[tuple[int, str, bool]]:
        """The lines under the circle: height, text, and whether it says when."""
        lines = [(line, False) for line in self.lines] + ([(f"({self.when})", True)] if self.when else [])
        return [(self.y + RADIUS + 19 + 18 * number, line, small) for number, (line, small) in enumerate(lines)]


@dataclass(frozen=True)
class Circle:
    """An audience: who is in it, and the short answers about it."""

    audience: Audience
    leader: Reads
    answer: str
    explained: str
    readers: tuple[str, ...]
    sometimes: tuple[tuple[str, str], ...] = ()

    @property
    def slug(self) -> str:
        """The name by which the page links to it."""
        return f"lezers-{self.audience.value}"

    @property
    def name(self) -> str:
        """What the form of recording calls it."""
        return str(self.audience.label)

    def reads(self, person: str) -> Reads:
        """Return whether ``person`` (a key of PEOPLE) reads along."""
        if person in self.readers:
            return Reads.YES
        return Reads.SOMETIMES if self.when(person) else Reads.NO

    def when(self, person: str) -> str:
        """Return when ``person`` reads along, for who sometimes does."""
        return dict(self.sometimes).get(person, "")

    @property
    def inside(self) -> int:
        """The height of the part that reads along; who sometimes does stands on its edge."""
        rows = -(-len(self.readers) // A_ROW)
        return TOP + rows * ROW + (RADIUS + 8 if self.sometimes else 0)

    @property
    def outside(self) -> int:
        """Where the part of those who do not read along begins."""
        return self.inside + (ROW - RADIUS if self.sometimes else 0)

    @property
    def height(self) -> int:
        """The height of the whole picture."""
        others = sum(self.reads(person) == Reads.NO for person in PEOPLE)
        return self.outside + TOP + -(-others // A_ROW) * ROW

    @property
    def people(self) -> list[Person]:
        """Everyone on the picture, where they stand."""
        groups = {reads: [key for key in PEOPLE if self.reads(key) == reads] for reads in Reads}
        starts = {
            Reads.YES: TOP + RADIUS + 6,
            Reads.SOMETIMES: self.inside,
            Reads.NO: self.outside + TOP + RADIUS + 6,
        }
        return [person for reads in Reads for person in self._placed(groups[reads], reads, starts[reads])]

    def _placed(self, keys: list[str], reads: Reads, top: int) -> Iterator[Person]:
        for number, key in enumerate(keys):
            row, column = divmod(number, A_ROW)
            in_row = min(A_ROW, len(keys) - row * A_ROW)
            x = WIDTH * (2 * column + 1) // (2 * in_row)
            yield Person(PEOPLE[key], reads, self.when(key), x, top + row * ROW)

    @property
    def in_words(self) -> str:
        """The picture in a sentence or two, for who does not see it."""
        people = self.people
        yes = [person.name for person in people if person.reads == Reads.YES]
        some = [f"{person.name} ({person.when})" for person in people if person.reads == Reads.SOMETIMES]
        no = [person.name for person in people if person.reads == Reads.NO]
        sentences = [("Leest mee", yes), ("Soms", some), ("Leest niet mee", no)]
        return " ".join(f"{start}: {', '.join(names)}." for start, names in sentences if names)


CIRCLES = (
    Circle(
        Audience.PRIVATE,
        leader=Reads.NO,
        answer="Nee. Niemand anders dan jij.",
        explained="Voor je eigen gedachten. Niet zichtbaar in het platform, ook niet voor beheer.",
        readers=("you",),
    ),
    Circle(
        Audience.PRESENT,
        leader=Reads.SOMETIMES,
        answer="Alleen als die zelf bij het gesprek was.",
        explained=(
            "Wie bij het afsluiten als aanwezig staat. Wie was uitgenodigd en niet kwam, leest niet mee. Bij een audit"
            " leest alleen wie er van jullie kant was. Begeleidt het NJi, dan leest die begeleider mee tot het gesprek"
            " is afgesloten."
        ),
        readers=("you", "there"),
        sometimes=(("leader", WAS_THERE), ("board", WAS_THERE), ("nji", LIVE)),
    ),
    Circle(
        Audience.TEAM,
        leader=Reads.SOMETIMES,
        answer="Alleen als die zelf bij het gesprek was.",
        explained=(
            "De professionals van het team dat jij kiest en waar je zelf in werkt. Wie later in het team komt, leest"
            " alleen wat daarna gedeeld wordt."
        ),
        readers=("you", "team"),
        sometimes=(("leader", WAS_THERE), ("there", SMALL_TALK)),
    ),
    Circle(
        Audience.ORGANISATION,
        leader=Reads.YES,
        answer="Ja. De bestuurder ook.",
        explained="Alle collega’s van je eigen organisatie. Wie alleen planner is, leest niet mee.",
        readers=("you", "there", "team", "colleagues", "leader", "board"),
    ),
    Circle(
        Audience.NJI,
        leader=Reads.NO,
        answer="Nee, behalve als die zelf bij een klein gesprek was.",
        explained=(
            "De mensen van het NJi-programma, om de kaarten en regels beter te maken. Deze keuze is er alleen bij een"
            " gesprek dat het NJi begeleidt."
        ),
        readers=("you", "nji"),
        sometimes=(("there", SMALL_TALK),),
    ),
)
