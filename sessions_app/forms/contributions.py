"""The forms of recording, reporting, and closing a talk."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms

from content.models import Assignment, Edition, QuestionCard, RuleOfThumb, Theme
from lerend.forms import Explained
from organisations.models import Team
from sessions_app.domain.contributions import LONGEST_TEXT, Words, asks_consent, choices_of_audience
from sessions_app.models import Audience, Contribution, ContributionKind, Part, Participant, Session, State
from sessions_app.models.session import INTIMATE

NOTHING_TRACEABLE = "Geen herleidbare gegevens van inwoners."


def _names(people: list[Participant]) -> str:
    names = [person.user.name for person in people]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} en {names[-1]}"


class AudienceChoices:
    """Every choice of audience, saying in words who reads along, leaders included."""

    def __init__(self, session: Session, own: Participant, kind: str) -> None:
        self.session, self.own = session, own
        self.participants = list(session.participants.select_related("user").order_by("user__name_sorted"))
        self.offered = choices_of_audience(session, own, kind)
        self.teams = (
            list(Team.objects.with_professional(own.user).filter(organisation=own.organisation_id))
            if Audience.TEAM in self.offered
            else []
        )

    def choices(self) -> list[tuple[str, str]]:
        """Return (value, label with explanation); an audience of a team carries the team's id in its value."""
        made: list[tuple[str, str]] = []
        for audience in self.offered:
            if audience == Audience.TEAM:
                made += [
                    (f"team:{team.id}", Explained(f"Ons team: {team.name}", help=self._team_help()))
                    for team in self.teams
                ]
            else:
                made.append((audience, Explained(Audience(audience).label, help=self._help(audience))))
        return made

    def _help(self, audience: str) -> str:
        if audience == Audience.PRIVATE:
            return "Niet zichtbaar in het platform, ook niet voor beheer."
        if audience == Audience.PRESENT:
            return self._present_help()
        if audience == Audience.ORGANISATION:
            organisation = self.own.organisation.name if self.own.organisation else ""
            return f"Alle collega's van {organisation}, ook leidinggevenden en de bestuurder.{self._consent_help()}"
        return f"De mensen van het NJi-programma.{self._consent_help()}"

    def _present_help(self) -> str:
        if self.session.state == State.PLANNED:
            guides = [person for person in self.participants if person.part == Part.GUIDE]
            now = f" Nu leest {_names(guides)} van het NJi al mee." if guides else ""
            return f"Wie bij het afsluiten als aanwezig staat, leidinggevenden ook.{now}"
        there = [
            person
            for person in self.participants
            if person.present and person.user_id != self.own.user_id and person.part != Part.GUIDE
        ]
        if self.session.kind == "audit":
            there = [
                person
                for person in there
                if self.own.team_id
                and (person.organisation_id, person.team_id) == (self.own.organisation_id, self.own.team_id)
            ]
            side = "Alleen wie er van jullie kant was"
            return f"{side}: {_names(there)}." if there else f"{side}: alleen jij."
        if len(there) < INTIMATE * 2:
            readers = f"Jij en {_names(there)}."
        else:
            readers = f"De {len(there) + 1} mensen die er waren."
        leaders = [person for person in there if person.leads]
        if leaders:
            return f"{readers} Leidinggevende of bestuurder die meeleest: {_names(leaders)}."
        return f"{readers} Er leest geen leidinggevende of bestuurder mee."

    def _team_help(self) -> str:
        return (
            "De professionals van dit team, zoals het is op het moment van delen. De leidinggevende leest alleen mee"
            f" als die bij het gesprek was.{self._consent_help()}"
        )

    def _consent_help(self) -> str:
        if not asks_consent(self.session, self.own):
            return ""
        return " Eerst lezen de anderen die er waren het, en alleen als iedereen ja zegt gaat het verder."


def about_choices(edition: Edition) -> list[tuple[str, Any]]:
    """Return the cards, wolkjes and vuistregel × opdracht cells of ``edition``, in groups, for a select."""
    cards = [(f"card:{card.id}", f"{card.number}. {card.title}") for card in edition.cards.all()]
    themes = [(f"theme:{theme.id}", theme.title) for theme in edition.themes.order_by("parent__number", "number")]
    assignments = list(edition.assignments.all())
    cells = [
        (f"cell:{rule.id}:{assignment.id}", f"{rule.title} · {assignment.title}")
        for rule in edition.rules.all()
        for assignment in assignments
    ]
    return [("", "Nergens in het bijzonder"), ("De vragen", cards), ("De wolkjes", themes), ("De vuistregels", cells)]


class RecordForm(forms.Form):
    """One thing that a talk brought: a thought, the one sentence, or an agreement."""

    text = forms.CharField(
        label="Wat neem je mee?",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"Eén gedachte per keer, in gewone taal. {NOTHING_TRACEABLE}",
        error_messages={
            "required": "Schrijf eerst iets op.",
            "max_length": f"Houd het bij {LONGEST_TEXT} tekens; dit zijn er %(show_value)d.",
        },
    )
    who = forms.CharField(label="Wie doet het?", max_length=200, required=False, help_text=NOTHING_TRACEABLE)
    due_on = forms.DateField(
        label="Wanneer?", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    about = forms.ChoiceField(label="Waar hoort dit bij?", required=False)
    audience = forms.ChoiceField(
        label="Wie mag dit lezen?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Kies wie dit mag lezen.",
            "invalid_choice": "Kies uit de groepen die hier staan.",
        },
    )
    unnamed = forms.BooleanField(
        label="Zonder mijn naam",
        required=False,
        help_text="Je vindt het terug bij Mijn opbrengst. In een klein gesprek is soms te raden wie iets schreef.",
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        session: Session,
        own: Participant,
        kind: str,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={"form_key": uuid4(), **(initial or {})})
        self.session, self.own, self.kind = session, own, kind
        audiences = AudienceChoices(session, own, kind)
        self.teams = {str(team.id): team for team in audiences.teams}
        self.fields["audience"].choices = audiences.choices()  # type: ignore[attr-defined]
        self.fields["about"].choices = about_choices(session.edition)  # type: ignore[attr-defined]
        # With a leader in a talk of two or three nothing is shared unless one chooses to.
        default = Audience.PRIVATE if session.small_with_leader else Audience.PRESENT
        self.fields["audience"].initial = default
        if kind == ContributionKind.SENTENCE:
            self.fields["text"] = forms.CharField(
                label="Het is mijn vak om …",
                max_length=300,
                help_text=NOTHING_TRACEABLE,
                error_messages={"required": "Maak de zin af, of laat deze stap weg."},
            )
            del self.fields["about"]
        elif kind == ContributionKind.AGREEMENT:
            self.fields["text"].label = "Wat spreken jullie af?"
            self.fields["text"].error_messages["required"] = "Schrijf op wat jullie afspreken."
            del self.fields["about"]
        if kind != ContributionKind.AGREEMENT:
            del self.fields["who"], self.fields["due_on"]

    def clean_text(self) -> str:
        """Refuse text of white space only, and the characters PostgreSQL has no place for."""
        return str(self.cleaned_data["text"]).replace("\x00", "").strip()

    def clean(self) -> dict[str, Any]:
        """Refuse a form that promised other readers than there are by now."""
        if self.data.get("readers", self.readers) != self.readers:
            raise forms.ValidationError("Wie erbij waren is intussen gewijzigd. Kijk opnieuw wie dit leest.")
        return super().clean() or {}

    @property
    def readers(self) -> str:
        """What the form promises about who was there: the closing it was made after."""
        return self.session.closed_at.isoformat() if self.session.closed_at else ""

    def words(self) -> Words:
        """Return what was filled in, as the domain takes it; only after is_valid()."""
        data = self.cleaned_data
        audience, _, team = data["audience"].partition(":")
        return Words(
            text=data["text"],
            audience=audience,
            kind=self.kind,
            named=not data["unnamed"],
            who=data.get("who", ""),
            due_on=data.get("due_on"),
            team=self.teams.get(team),
            form_key=data["form_key"],
            **self._about(data.get("about", "")),
        )

    def _about(self, value: str) -> dict[str, Any]:
        sort, _, rest = value.partition(":")
        edition = self.session.edition_id
        if sort == "card":
            return {"card": QuestionCard.objects.get(id=rest, edition=edition)}
        if sort == "theme":
            return {"theme": Theme.objects.get(id=rest, edition=edition)}
        if sort == "cell":
            rule, _, assignment = rest.partition(":")
            return {
                "rule": RuleOfThumb.objects.get(id=rule, edition=edition),
                "assignment": Assignment.objects.get(id=assignment, edition=edition),
            }
        return {}


def initial_of(contribution: Contribution) -> dict[str, Any]:
    """Return the form's values for a contribution that its writer changes."""
    about = ""
    if contribution.card_id:
        about = f"card:{contribution.card_id}"
    elif contribution.theme_id:
        about = f"theme:{contribution.theme_id}"
    elif contribution.rule_id:
        about = f"cell:{contribution.rule_id}:{contribution.assignment_id}"
    audience = f"team:{contribution.team_id}" if contribution.team_id else contribution.audience
    return {
        "text": contribution.text,
        "who": contribution.who or "",
        "due_on": contribution.due_on,
        "about": about,
        "audience": audience,
        "unnamed": contribution.author_id is None,
    }


class CloseForm(forms.Form):
    """Who was there."""

    present = forms.MultipleChoiceField(
        label="Wie waren erbij?",
        widget=forms.CheckboxSelectMultiple,
        help_text="Wie hier staat, leest straks wat mensen delen met “wij, die erbij waren”. Kijk samen of het klopt.",
        error_messages={"required": "Kies wie erbij waren."},
    )

    def __init__(self, *args: Any, participants: list[Participant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["present"].choices = [  # type: ignore[attr-defined]
            (str(person.id), person.user.name) for person in participants
        ]
        self.fields["present"].initial = [str(person.id) for person in participants if person.answer != "no"]

    def present_ids(self) -> list[UUID]:
        """Return the ids of the participants that were ticked."""
        return [UUID(value) for value in self.cleaned_data["present"]]


class ReportForm(forms.Form):
    """What is wrong with a text."""

    reason = forms.CharField(
        label="Wat klopt er niet?",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"De contactpersoon van je organisatie leest dit. Herhaal de tekst zelf niet. {NOTHING_TRACEABLE}",
        error_messages={"required": "Schrijf kort op wat er niet klopt."},
    )
