"""The forms of coming in, and of running an organisation."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import tablib
from django import forms

from lerend import spreadsheets
from lerend.fields import LongTextField
from lerend.forms import Explained, QuietForm
from lerend.mail.choice import MailChoice
from organisations.domain.invitations import Invitee
from organisations.domain.joining import Asking
from organisations.models import LONGEST_ADDRESS, SMALLEST_GROUP, Membership, Organisation, Role, Team, one_line
from organisations.queries import Reach

EMAIL_ERRORS = {"invalid": "Dit is geen mailadres. Schrijf het als naam@organisatie.nl."}
ROLES = {
    "": Explained("Geen rol op de hele organisatie", help="Voor wie alleen in een team werkt."),
    Role.PLANNER: Explained(
        "Planner", help="Plant gesprekken en nodigt uit voor anderen. Leest niets van een gesprek."
    ),
    Role.BESTUURDER: Explained("Bestuurder", help="Beheert mensen en teams, en plant gesprekken."),
}
TEAM_ROLES = [
    (
        Role.PROFESSIONAL.value,
        Explained("Professional", help="Werkt in het team, en leest wat het team met elkaar deelt."),
    ),
    (
        Role.LEIDINGGEVENDE.value,
        Explained("Leidinggevende", help="Leidt het team. Leest alleen mee bij gesprekken waar die zelf bij was."),
    ),
]


class NameField(forms.CharField):
    """A name on one line, with nothing in it that is unseen, and at least one letter."""

    def clean(self, value: Any) -> Any:
        """Return the name; raises ValidationError when there is nothing in it to call somebody by."""
        name = one_line(super().clean(value))
        if self.required and not any(letter.isalpha() for letter in name):
            raise forms.ValidationError("Schrijf een naam met letters.", code="letters")
        return name


class JoinForm(QuietForm):
    """Asks for an organisation to take part."""

    name = NameField(label="Naam van de organisatie", max_length=120)
    municipality = NameField(label="Gemeente", max_length=120, help_text="Werken jullie in meer gemeenten? Noem ze.")
    contact_name = NameField(
        label="Jouw naam",
        max_length=120,
        help_text="Jij wordt de eerste bestuurder op het platform. Die kan daarna ook iemand anders worden.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    contact_email = forms.EmailField(
        label="Jouw mailadres op het werk",
        max_length=LONGEST_ADDRESS,
        error_messages=EMAIL_ERRORS,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    remark = LongTextField(label="Wil je iets toelichten?", max_length=2_000, required=False, rows=4)

    def asking(self) -> Asking:
        """Return what was asked, after ``is_valid()``."""
        fields = ("name", "municipality", "contact_name", "contact_email", "remark")
        return Asking(**{field: self.cleaned_data[field] for field in fields})


class JoinNameForm(forms.Form):
    """Another name for an organisation that is let in."""

    name = NameField(label="Naam van de organisatie", max_length=120)


class ArrivalForm(forms.Form):
    """The name by which colleagues see a new member."""

    name = NameField(
        label="Je naam",
        max_length=120,
        help_text="Zo zien collega's je. Had je al een account met dit mailadres, dan blijft je naam zoals die was.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class OwnNameForm(forms.Form):
    """The name by which one is seen."""

    name = NameField(
        label="Je naam",
        max_length=120,
        help_text="Zo zien collega's je.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class BestuurderForm(forms.Form):
    """Invites a bestuurder from outside the organisation, perhaps in the place of one who is gone."""

    name = NameField(label="Naam", max_length=120)
    email = forms.EmailField(label="Mailadres", max_length=LONGEST_ADDRESS, error_messages=EMAIL_ERRORS)
    replaces = forms.ChoiceField(label="Komt in de plaats van", required=False, widget=forms.RadioSelect)

    def __init__(self, bestuurders: list[Membership], data: Any = None) -> None:
        super().__init__(data)
        self.fields["replaces"].choices = [  # type: ignore[attr-defined]
            ("", "Niemand: er komt een bestuurder bij"),
            *(
                (str(place.id), Explained(place.user.name, help="Gaat eruit zodra de uitnodiging is aangenomen."))
                for place in bestuurders
            ),
        ]

    def clean_replaces(self) -> UUID | None:
        """Return the membership, or None."""
        return UUID(value) if (value := self.cleaned_data["replaces"]) else None


class InviteForm(forms.Form):
    """Invites one person, with the roles and teams that the inviter may give."""

    name = NameField(label="Naam", max_length=120)
    email = forms.EmailField(label="Mailadres", max_length=LONGEST_ADDRESS, error_messages=EMAIL_ERRORS)
    team = forms.ModelChoiceField(label="Team", queryset=Team.objects.none(), required=False, empty_label="Geen team")
    team_role = forms.ChoiceField(
        label="Rol in het team", choices=TEAM_ROLES, initial=Role.PROFESSIONAL, required=False, widget=forms.RadioSelect
    )
    role = forms.ChoiceField(label="Rol in de organisatie", required=False, widget=forms.RadioSelect, initial="")

    def __init__(self, reach: Reach, data: Any = None) -> None:
        super().__init__(data)
        teams = cast("forms.ModelChoiceField[Team]", self.fields["team"])
        teams.queryset = Team.objects.filter(id__in=reach.teams).order_by("name")
        if reach.runs:
            self.fields["role"].choices = [(role, ROLES[role]) for role in reach.roles]  # type: ignore[attr-defined]
        else:
            del self.fields["role"]
            teams.required, teams.empty_label = True, "Kies een team"

    def invitee(self) -> Invitee:
        """Return whom to invite, after ``is_valid()``."""
        data = self.cleaned_data
        return Invitee(
            name=data["name"],
            email=data["email"],
            role=data.get("role", ""),
            team=data["team"],
            team_role=(data["team_role"] or Role.PROFESSIONAL) if data["team"] else "",
        )


class ImportForm(forms.Form):
    """A file with people to invite; its clean value is the table in it."""

    file = forms.FileField(
        label="Bestand uit Excel",
        help_text=(
            f"Een .xlsx- of .csv-bestand van hooguit {spreadsheets.MOST_BYTES // 1024 // 1024} MB, "
            "met in de eerste rij: naam, mailadres, rol, team."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
        error_messages={
            "required": "Kies een bestand. Koos je er een? Dan was het te groot.",
            "empty": "Dit bestand is leeg.",
        },
    )

    def clean_file(self) -> tablib.Dataset:
        """Read the file; raises ValidationError with a sentence when that cannot be."""
        upload = self.cleaned_data["file"]
        if upload.size > spreadsheets.MOST_BYTES:
            raise forms.ValidationError(spreadsheets.TOO_LARGE)
        try:
            return spreadsheets.read(upload.read())
        except spreadsheets.UnreadableError as error:
            raise forms.ValidationError(str(error)) from error


class RoleForm(forms.Form):
    """The role of a member on the organisation."""

    role = forms.ChoiceField(label="Rol in de organisatie", required=False, widget=forms.RadioSelect)

    def __init__(self, reach: Reach, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, prefix="rol")
        self.fields["role"].choices = [(role, ROLES[role]) for role in reach.roles]  # type: ignore[attr-defined]


class PlaceForm(forms.Form):
    """A place in a team, and perhaps out of another one."""

    team = forms.ModelChoiceField(label="Team", queryset=Team.objects.none(), empty_label="Kies een team")
    role = forms.ChoiceField(
        label="Rol in dit team", choices=TEAM_ROLES, initial=Role.PROFESSIONAL, widget=forms.RadioSelect
    )
    leaves = forms.ModelChoiceField(
        label="Gaat daarvoor uit", queryset=Team.objects.none(), required=False, empty_label="Geen ander team"
    )

    def __init__(self, reach: Reach, membership: Membership, data: Any = None) -> None:
        super().__init__(data, prefix="plaats")
        teams, leaves = (
            cast("forms.ModelChoiceField[Team]", self.fields["team"]),
            cast("forms.ModelChoiceField[Team]", self.fields["leaves"]),
        )
        teams.queryset = Team.objects.filter(id__in=reach.teams).order_by("name")
        leaves.queryset = teams.queryset.filter(team_memberships__membership=membership)


class TeamsForm(forms.Form):
    """New teams, a line each."""

    names = LongTextField(
        label="Nieuwe teams", max_length=6_000, rows=4, help_text="Eén team per regel. Wat er al is, slaan we over."
    )

    def lines(self) -> list[str]:
        """Return the names, after ``is_valid()``."""
        return str(self.cleaned_data["names"]).splitlines()


class TeamForm(forms.Form):
    """The name of a team."""

    name = NameField(label="Naam van het team", max_length=120)


class CloseTeamForm(forms.Form):
    """Closes a team, perhaps into another one."""

    into = forms.ModelChoiceField(
        label="Waar gaan de mensen heen?",
        queryset=Team.objects.none(),
        required=False,
        empty_label="Nergens: het team houdt op",
    )

    def __init__(self, team: Team, data: Any = None) -> None:
        super().__init__(data)
        into = cast("forms.ModelChoiceField[Team]", self.fields["into"])
        into.queryset = Team.objects.open().filter(organisation=team.organisation_id).exclude(id=team.id)


class SettingsForm(forms.Form):
    """What a bestuurder sets for the organisation."""

    municipality = forms.CharField(label="Gemeente", max_length=120, required=False)
    smallest_group = forms.IntegerField(
        label="Kleinste groep",
        min_value=SMALLEST_GROUP,
        max_value=100,
        help_text=(
            "Waren er bij een gesprek minder mensen, dan wordt er niets verder gedeeld zonder ieders ja. "
            f"Nooit lager dan {SMALLEST_GROUP}."
        ),
        error_messages={"min_value": f"Lager dan {SMALLEST_GROUP} kan niet: dan is te zien wie iets schreef."},
    )
    contact = forms.ChoiceField(
        label="Contactpersoon voor meldingen",
        required=False,
        help_text="Krijgt bericht als iemand een tekst meldt, en kan die verbergen. Kies iemand die mensen vertrouwen.",
    )
    quiet_from = forms.TimeField(
        label="Stil vanaf",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Vul een tijd in, zoals 20:00."},
    )
    quiet_until = forms.TimeField(
        label="Stil tot",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Vul een tijd in, zoals 08:00."},
    )
    quiet_weekends = forms.BooleanField(label="Ook stil op zaterdag en zondag", required=False)

    def __init__(self, organisation: Organisation, data: Any = None) -> None:
        kept = ("municipality", "smallest_group", "quiet_from", "quiet_until", "quiet_weekends")
        initial = {name: getattr(organisation, name) for name in kept}
        super().__init__(data, initial={**initial, "contact": organisation.contact_id})
        people = organisation.memberships.order_by("user__name_sorted").values_list("user_id", "user__name")
        self.fields["contact"].choices = [("", "De bestuurders"), *((str(pk), name) for pk, name in people)]  # type: ignore[attr-defined]

    def clean_contact(self) -> UUID | None:
        """Return the person's id, or None."""
        return UUID(value) if (value := self.cleaned_data["contact"]) else None

    def clean(self) -> dict[str, Any]:
        """Ask for both ends of the quiet hours."""
        cleaned = super().clean() or {}
        if not {"quiet_from", "quiet_until"} & self.errors.keys():
            start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
            if (start is None) != (end is None):
                self.add_error("quiet_from" if start is None else "quiet_until", "Vul beide tijden in, of geen.")
            elif start is not None and start == end:
                self.add_error("quiet_until", "Kies een andere tijd dan waarop het stil wordt.")
        return cleaned


class MailChoiceForm(forms.Form):
    """Which mail somebody wants."""

    mail_choice = forms.ChoiceField(
        label="Herinneringen en ander nieuws",
        widget=forms.RadioSelect,
        choices=[
            (MailChoice.EACH.value, Explained("Elke mail apart", help="Je krijgt ze op het moment dat ze nodig zijn.")),
            (
                MailChoice.DAILY.value,
                Explained(
                    "Eén mail per dag",
                    help="Om half acht 's ochtends, met alles voor die dag. Is er niets, dan krijg je niets. "
                    "Wat niet tot morgen kan wachten, krijg je apart.",
                ),
            ),
            (
                MailChoice.NONE.value,
                Explained("Alleen wat nodig is", help="Geen herinneringen. Op Vandaag zie je wat eraan komt."),
            ),
        ],
    )
