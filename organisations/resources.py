"""Members from and to a spreadsheet, on import-export. What a row does is the domain's: it invites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import tablib
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from import_export import resources
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.results import Result, RowResult

from lerend.moments import in_amsterdam
from lerend.spreadsheets import NUMBER
from organisations.domain.invitations import Invitee, invite_many, refusal
from organisations.models import LONGEST_ADDRESS, ON_ORGANISATION, Invitation, Membership, Role, Team, one_line
from organisations.queries import Reach, known_addresses, members_to_export

COLUMNS = ("naam", "mailadres", "rol", "team")
ROLES = {role.in_words: role.value for role in Role}


@dataclass(frozen=True)
class WrongRow:
    """A row that cannot be imported: its number in the file, whose it is, and why, by column."""

    number: int
    name: str
    reasons: dict[str, str]


@dataclass
class Row:
    """What becomes of one row: whom it invites."""

    pk: None = None
    invitee: Invitee = field(default_factory=lambda: Invitee("", ""))


class LeanResult(Result):
    """Counts the rows, and keeps none but the wrong ones: the resource knows what becomes of the others."""

    def append_row_result(self, row_result: RowResult) -> None:
        """Keep nothing of a row that was right."""


class MemberResource(resources.Resource):
    """Reads people to invite. The number of queries does not grow with the rows.

    A row whose address was invited before is skipped, so that the same file twice changes nothing. It looks at what
    inviters typed, never at accounts.
    """

    name = Field(column_name="naam")
    email = Field(column_name="mailadres")
    role = Field(column_name="rol")
    team = Field(column_name="team")

    class Meta:
        use_bulk = True
        skip_diff = True
        report_skipped = True
        instance_loader_class = BaseInstanceLoader
        import_id_fields: Sequence[str] = ()

    def __init__(self, reach: Reach, *, batch: UUID | None = None, skip_wrong: bool = False) -> None:
        super().__init__()
        self.reach, self.batch, self.skip_wrong = reach, batch, skip_wrong
        self.invitees: list[Invitee] = []
        self.known: list[str] = []
        self.expired = 0
        self.wrong: list[WrongRow] = []
        self.made: list[Invitation] = []
        self._teams: dict[str, Team] = {}
        self._known: dict[str, Invitation] = {}
        self._seen: dict[str, int] = {}

    @classmethod
    def get_result_class(cls) -> type[Result]:
        """A file may have ten thousand rows."""
        return LeanResult

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """Look everything up once; raises ValidationError for a file without the columns."""
        missing = [name for name in COLUMNS if name not in dataset.headers]
        if missing:
            raise ValidationError(
                f"In de eerste rij missen deze koppen: {', '.join(missing)}. Gebruik het sjabloon, dan klopt het."
            )
        self._teams = {team.name.casefold(): team for team in self.reach.teams.values()}
        self._known = known_addresses(self.reach.organisation)

    def get_or_init_instance(self, instance_loader: Any, row: Mapping[str, str]) -> tuple[Row, bool]:
        """Every row is a new one: what is there already is found by its address."""
        return Row(), True

    def import_instance(self, instance: Row, row: Mapping[str, Any], **kwargs: Any) -> None:
        """Turn a row into somebody to invite; raises ValidationError with a sentence for each column that is wrong."""
        wrong: dict[str, str] = {}
        name = one_line(row["naam"])
        if not any(letter.isalpha() for letter in name) or name.startswith(("=", "+", "@")):
            wrong["naam"] = "Vul een naam in." if not name else f"“{name[:40]}” is geen naam."
        elif len(name) > 120:
            wrong["naam"] = f"Deze naam is te lang: hooguit 120 tekens, dit zijn er {len(name)}."
        email = row["mailadres"].lower()
        if why := self._wrong_address(email, row):
            wrong["mailadres"] = why
        role, team, more = self._place(row["rol"], row["team"])
        wrong |= more
        if not wrong:
            on_team = role not in ON_ORGANISATION
            invitee = Invitee(name, email, "" if on_team else role, team, role if on_team and team else "")
            if why := refusal(self.reach, invitee):
                wrong["rol"] = why
            instance.invitee = invitee
        if wrong:
            self.wrong.append(WrongRow(row[NUMBER], name[:60] or email[:60], wrong))
            raise ValidationError(wrong)

    def _wrong_address(self, email: str, row: Mapping[str, Any]) -> str:
        if not email:
            return "Vul een mailadres in."
        try:
            validate_email(email)
        except ValidationError:
            return f"“{email[:60]}” is geen mailadres. Schrijf het als naam@organisatie.nl."
        if len(email) > LONGEST_ADDRESS:
            return f"Dit mailadres is te lang: hooguit {LONGEST_ADDRESS} tekens."
        first = self._seen.setdefault(email, row[NUMBER])
        if first != row[NUMBER]:
            return f"Dit adres staat ook in rij {first}. Laat één rij staan; een tweede team kies je later."
        return ""

    def _place(self, role_text: str, team_text: str) -> tuple[str, Team | None, dict[str, str]]:
        """Return the role and the team that a row names, and what is wrong with them by column."""
        role = ROLES.get(role_text.casefold(), "") if role_text else Role.PROFESSIONAL
        team = self._teams.get(" ".join(team_text.split()).casefold())
        if not role:
            return "", None, {"rol": f"“{role_text[:40]}” is geen rol. Kies uit: {', '.join(ROLES)}."}
        if role in ON_ORGANISATION:
            if team_text:
                return role, None, {"team": f"Een {role} krijgt hier geen team. Maak deze cel leeg."}
            return role, None, {}
        if not team_text:
            return role, None, {"team": "Vul een team in. Alleen een bestuurder of planner heeft er geen nodig."}
        if team is None:
            there = ", ".join(team.name for team in list(self._teams.values())[:20]) or "nog geen"
            return role, None, {"team": f"“{team_text[:40]}” is geen team waarvoor je uitnodigt. Er zijn: {there}."}
        return role, team, {}

    def skip_row(self, instance: Row, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        """Pass over who was invited before, or came in by an invitation."""
        known = not import_validation_errors and instance.invitee.email in self._known
        if known:
            self.known.append(instance.invitee.name)
            invitation = self._known[instance.invitee.email]
            self.expired += not invitation.accepted_at and invitation.expired
        return known

    def validate_instance(
        self, instance: Row, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Refuse a row in which something was wrong."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def save_instance(self, instance: Row, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Keep whom to invite until all rows were read."""
        self.invitees.append(instance.invitee)

    def after_import(self, dataset: tablib.Dataset, result: Result, **kwargs: Any) -> None:
        """Invite them all at once, unless it is a rehearsal or a wrong row has to be mended first."""
        mended = self.skip_wrong or not self.wrong
        if self.batch and mended and not kwargs["dry_run"] and not result.has_errors():
            self.made = invite_many(self.reach.organisation.id, self.invitees, batch=self.batch, by=self.reach.user)


def rehearse(resource: MemberResource, table: tablib.Dataset) -> str:
    """Find out what importing ``table`` would do, without doing it: ``resource`` then holds it.

    Returns "", or a sentence that says what is wrong with the whole file.
    """
    return run(resource, table, dry_run=True)


def run(resource: MemberResource, table: tablib.Dataset, *, dry_run: bool = False) -> str:
    """Import ``table``; returns "", or a sentence that says what is wrong with the whole file.

    Nothing is written while a row is wrong, unless ``resource`` skips those. Raises Refused as ``invite_many`` does.
    """
    result = resource.import_data(table, dry_run=dry_run, use_transactions=False)
    for failed in (*result.base_errors, *(error for row in result.error_rows for error in row.errors)):
        if isinstance(failed.error, ValidationError):
            return " ".join(failed.error.messages)
        raise failed.error
    return ""


class MemberExport(resources.ModelResource):
    """Writes the members somebody manages to a list, with the address they were invited at: never the account's."""

    name = Field(attribute="user__name", column_name="naam")
    email = Field(attribute="invited_at", column_name="uitgenodigd op")
    role = Field(attribute="role", column_name="rol in de organisatie")
    teams = Field(column_name="teams")
    since = Field(column_name="lid sinds")

    class Meta:
        model = Membership
        fields = ("name", "email", "role", "teams", "since")
        export_order = fields

    def dehydrate_teams(self, membership: Membership) -> str:
        """Return the open teams, with the role where somebody leads."""
        return ", ".join(
            f"{place.team.name} (leidinggevende)" if place.role == Role.LEIDINGGEVENDE else place.team.name
            for place in membership.team_memberships.all()
        )

    def dehydrate_since(self, membership: Membership) -> str:
        """Return the day in Amsterdam, as Excel reads it."""
        return f"{in_amsterdam(membership.since):%Y-%m-%d}"


def member_list(reach: Reach) -> tablib.Dataset:
    """Return the members that ``reach`` manages, by name, in a number of queries that does not grow."""
    table: tablib.Dataset = MemberExport().export(members_to_export(reach))
    table.title = "Mensen"
    return table


def template() -> tablib.Dataset:
    """Return the empty list to fill in: the headings alone."""
    return tablib.Dataset(headers=COLUMNS, title="Mensen")
