"""Reads about what guests said: who may ask, what is on their sheet, and what comes out once the question is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet

from content import queries as content_queries
from content.models import Edition, RuleOfThumb, Theme
from lerend import keyset
from organisations.models import NJI_GROUP, Organisation, Team, TeamMembership, User, in_group
from sessions_app.models import GuestAbout, GuestAnswer, GuestKind, GuestLink, GuestSays, GuestSheet, PilotAward, Share
from sessions_app.queries.planning import Standing

MOST_BESIDE = 3  # how many questions that are over a page about something else names
KIND_NAMES = {
    GuestKind.PARTNER: "een partner",
    GuestKind.GEMEENTE: "iemand van de gemeente",
    GuestKind.OMSTANDER: "iemand die jullie van dichtbij kent",
    GuestKind.INWONER: "een inwoner",
}


def may_ask(user: User, organisation: Organisation, team: Team | None, standing: Standing | None = None) -> bool:
    """Return whether ``user`` may ask guests there: who may plan a talk about the wolkjes or vuistregels.

    ``standing`` is theirs there, where that is known already.
    """
    standing = standing or Standing(user, organisation)
    if team is None:
        return standing.runs
    return standing.teams(GuestAbout.WOLKJES).filter(id=team.id).exists()


def teams_with_guests(user: User) -> QuerySet[Team]:
    """Return the teams whose questions to guests ``user`` sees: those they are in, and those they may ask for."""
    in_team = TeamMembership.objects.filter(team=OuterRef("pk"), membership__user=user)
    ways = Q(Exists(in_team)) | Q(id__in=Team.objects.plannable_by(user).values("id"))
    if in_group(user, NJI_GROUP):
        ways |= Q(Exists(PilotAward.objects.filter(signup__team=OuterRef("pk"))))
    return Team.objects.filter(ways)


def links_of(organisation: Organisation, team: Team | None, cursor: str) -> keyset.Page[GuestLink]:
    """Return a page of the questions to guests of a team, or of the organisation as a whole, newest first."""
    found = GuestLink.objects.filter(organisation=organisation, team=team).select_related("organisation", "team")
    return keyset.page(found.defer("introduction"), "created_at", cursor, newest_first=True)


@dataclass(frozen=True)
class FromOutside:
    """What a page about a team or an organisation says of voices from outside: answers to read, and asking for more."""

    organisation: Organisation
    team: Team | None
    links: Sequence[GuestLink]
    may_ask: bool

    def __bool__(self) -> bool:
        return bool(self.links) or self.may_ask


def from_outside(
    user: User, organisation: Organisation, team: Team | None, about: str, standing: Standing | None = None
) -> FromOutside:
    """Return which questions about ``about`` are over and read by ``user`` there, the newest ones, and who may ask.

    A fixed number of queries. Only where to find the answers: they are never mixed with what colleagues say.
    """
    found = GuestLink.objects.visible_to(user).over().filter(organisation=organisation, team=team, about=about)
    newest = found.defer("introduction").order_by("-created_at", "-id")[:MOST_BESIDE]
    return FromOutside(organisation, team, list(newest), may_ask(user, organisation, team, standing))


@dataclass(frozen=True)
class Item:
    """A wolkje with its parts, or a vuistregel, as a guest is asked about it."""

    title: str
    theme: Theme | None = None
    rule: RuleOfThumb | None = None
    parts: Sequence[Item] = ()

    @property
    def key(self) -> str:
        """Return the name of this item in the form."""
        thing = self.theme or self.rule
        return thing.pk.hex if thing else ""


def items_of(about: str, edition: Edition) -> list[Item]:
    """Return what guests are asked about, in the order of the edition; at most two queries."""
    if about == GuestAbout.VUISTREGELS:
        return [Item(rule.title, rule=rule) for rule in content_queries.rules(edition)]
    return [
        Item(theme.title, theme=theme, parts=[Item(part.title, theme=part) for part in theme.parts.all()])
        for theme in content_queries.themes(edition)
    ]


@dataclass(frozen=True)
class Chosen:
    """How many of the guests who answered chose something."""

    name: str
    share: Share


@dataclass(frozen=True)
class Said:
    """What one guest wrote, with from where that guest looks where that leads to nobody."""

    answer: GuestAnswer
    by: str


@dataclass
class Result:
    """What guests said about one item: shares where enough of them answered, and their words."""

    item: Item
    shares: list[Chosen] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)


@dataclass(frozen=True)
class Results:
    """All that comes out of a question: whether enough guests answered, by item, and about the vak as a whole."""

    k: int
    enough: bool
    items: list[Result]
    view: list[Said]

    @property
    def silent(self) -> list[Result]:
        """Where enough guests answered as a whole: the items about which too few of them did."""
        return [result for result in self.items if self.enough and not (result.shares or result.said)]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.view or any(result.shares or result.said for result in self.items))


def results(link: GuestLink) -> Results:
    """Return what guests said, for a link that is over: before that nobody reads anything, so that there is one moment.

    Needs ``edition``; at most four queries. A guest whose words are read where few answered said so; from where
    somebody looks is told only then, or where k guests look from there and nobody is left by it in a smaller group.
    """
    if not link.ended:
        raise ValueError("Nothing of a question that still runs may be read.")
    k = link.smallest_group
    sheets = {sheet.id: sheet for sheet in GuestSheet.objects.filter(link=link)}
    kinds = Counter(sheet.kind for sheet in sheets.values())
    enough = len(sheets) >= k
    many = {kind for kind, count in kinds.items() if kind and count >= k}
    if 0 < sum(sheet.kind not in many and not sheet.alone for sheet in sheets.values()) < k:
        many = set()
    # By id, which is random: the order tells nothing of who wrote when, or of what belongs to one sheet.
    answers = list(GuestAnswer.objects.filter(sheet__link=link).order_by("id"))

    def said(found: Iterable[GuestAnswer]) -> list[Said]:
        shown = []
        for answer in found:
            sheet = sheets[answer.sheet_id]
            if answer.text and (enough or sheet.alone):
                told = sheet.alone or sheet.kind in many
                shown.append(Said(answer, KIND_NAMES.get(GuestKind(sheet.kind), "") if told and sheet.kind else ""))
        return shown

    by_item: dict[str, list[GuestAnswer]] = {}
    for answer in answers:
        thing = answer.theme_id or answer.rule_id
        by_item.setdefault(thing.hex if thing else "", []).append(answer)
    found = []
    for item in (one for whole in items_of(link.about, link.edition) for one in (whole, *whole.parts)):
        about = by_item.get(item.key, [])
        found.append(Result(item, _shares(link.about, about, k), said(about)))
    return Results(k, enough, found, said(by_item.get("", [])))


def _shares(about: str, answers: list[GuestAnswer], k: int) -> list[Chosen]:
    shares = []
    chose = [answer.says for answer in answers if answer.says]
    if len(chose) >= k:
        counts = Counter(chose)
        shares = [Chosen(says.label, Share.of(counts[says], len(chose))) for says in offered(about)]
    if about == GuestAbout.WOLKJES and len(answers) >= k:
        shares.append(Chosen("Speelt nu", Share.of(sum(answer.live for answer in answers), len(answers))))
    return shares


def offered(about: str) -> tuple[GuestSays, ...]:
    """Return what a guest can choose about a wolkje, or about a vuistregel."""
    if about == GuestAbout.WOLKJES:
        return (GuestSays.YES, GuestSays.OTHER, GuestSays.UNKNOWN)
    return (GuestSays.YES, GuestSays.SOMETIMES, GuestSays.NO, GuestSays.UNKNOWN)
