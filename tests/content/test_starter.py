"""The starter edition against the checklist of the source document."""

from datetime import time

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from content.models import (
    Assignment,
    ConversationTemplate,
    Edition,
    EditionState,
    Kind,
    Means,
    Programme,
    ProgrammeStep,
    QuestionCard,
    RuleOfThumb,
    Song,
    StepMeans,
    TemplateReminder,
    TemplateStep,
    Theme,
    Use,
)
from content.starter import STARTER_EDITION_ID, load_starter

ALL_MODELS = [
    Assignment,
    ConversationTemplate,
    Edition,
    Means,
    Programme,
    ProgrammeStep,
    QuestionCard,
    RuleOfThumb,
    Song,
    TemplateReminder,
    TemplateStep,
    Theme,
    Use,
]
COUNTS = [4, 12, 1, 5, 1, 5, 12, 5, 1, 36, 64, 12, 16]
pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    load_starter()
    return Edition.objects.get()


def contents() -> list[list[tuple]]:
    return [list(model.objects.order_by("pk").values_list()) for model in ALL_MODELS]


def test_edition_is_on_show_and_says_where_it_comes_from(edition):
    assert (edition.pk, edition.state, edition.own_wording) == (STARTER_EDITION_ID, EditionState.PUBLISHED, True)
    assert edition.label == "Versie 1 · fase 1 · februari 2024"
    assert edition.basis_url == "https://associatiewijkteams.nl/documenten/"
    assert edition.organisation_list == [
        "Wijkteams Zuid Holland Zuid",
        "Wijkteams Enschede",
        "De Kleine Schans, wijkteam Woudenberg",
        "OIDOS, buurtteams Nijmegen",
        "Lokalis, buurtteams Utrecht",
    ]
    assert edition.author_list == [
        "Herma Ooms en Jeannet Buurman, Nederlands Jeugdinstituut",
        "met Sophie Hospers, Associatie Wijkteams",
    ]
    assert (edition.period, edition.signed) == ("september 2023 – februari 2024", "14 maart 2024")
    assert (len(edition.activity_list), len(edition.outlook_list)) == (3, 3)
    assert edition.sharing_day == "Dag van de Wijkteams"


def test_five_means_with_the_chapter_titles(edition):
    assert list(Means.objects.values_list("number", "kind", "title", "subtitle")) == [
        (1, "vragen", "Een set vragen", "“Dat gun ik mijn collega’s ook”"),
        (2, "wolkjes", "De essentie van het vakmanschap", "In enkele 'wolkjes'"),
        (3, "vuistregels", "De kortst denkbare richtlijn voor het werk in een wijkteam", "In vijf zinnen"),
        (4, "lied", "De hartslag van het wijkteamwerk", "“Daarop dansen”"),
        (5, "dagdeel", "Verkenning en verdieping in je eigen team of organisatie", "Een programma"),
    ]
    assert [len(means.use_list) for means in Means.objects.with_uses()] == [5, 5, 2, 2, 2]
    assert all(Means.objects.values_list("support", flat=True))


def test_twelve_cards_under_the_headings_that_stand_before_them(edition):
    vak, helpt = "Je vak – en de ontwikkeling daarvan.", "Wat helpt jou om dat te blijven doen?"
    kaders = "Je werkt met allerlei regels, kaders, kennis en informatie."
    assert list(QuestionCard.objects.values_list("number", "heading", "title", "only_if_needed")) == [
        (1, "", "Stel jezelf aan elkaar voor", True),
        (2, "", "De invalshoek van het interview", False),
        (3, vak, "“Zo goed gewerkt, vandaag ...”", False),
        (4, vak, "Een ‘off-day’..", False),
        (5, helpt, "“Ik heb het altijd zo gedaan ...”", False),
        (6, helpt, "“Dat zou ik nu nooit meer zo doen ...”", False),
        (
            7,
            "Er komt veel 'van buiten op je af' – maar je hebt ook een eigen kompas.",
            "“Werken met het oog op de bal”",
            False,
        ),
        (
            8,
            "Er komt veel 'van buiten' op je af – maar je hebt ook een eigen kompas.",
            "“Where both ends meet”.. of niet?",
            False,
        ),
        (9, kaders, "Steun en sturing: “ja, dit helpt!”", False),
        (10, kaders, "“Less is more, more is less”", False),
        (11, "Wat er werkt in het klein", "“Zodatjes”", False),
        (12, "Resumerend:", "Je kompas", False),
    ]
    assert all(card.text and card.follow_up_list for card in QuestionCard.objects.all())


def test_seven_wolkjes_with_their_parts(edition):
    found = [
        (wolkje.title, [part.title for part in wolkje.parts.all()]) for wolkje in Theme.objects.filter(parent=None)
    ]
    assert found == [
        ("De werker", []),
        ("Het werk", ["Het werk: Samen in de wijk", "Het werk: Samen met de gemeente"]),
        ("Het team", ["Het team: rollen en disciplines"]),
        (
            "De organisatie",
            ["De organisatie: ervaren knelpunten", "De combinatie: hulp bieden en beslissen over hulp"],
        ),
        ("Kennis", []),
        ("Wanneer ‘het werkt’", []),
        ("Ontwikkelpunten", []),
    ]
    assert list(Theme.objects.filter(runs_through_all=True).values_list("slug", flat=True)) == ["samen-in-de-wijk"]
    assert len(Theme.objects.get(slug="ontwikkelpunten").point_list) == 9
    assert len(Theme.objects.get(slug="wanneer-het-werkt").point_list) == 5
    assert len(Theme.objects.get(slug="ervaren-knelpunten").point_list) == 4


def test_open_questions_are_questions(edition):
    counts = {theme.slug: len(theme.question_list) for theme in Theme.objects.all() if theme.question_list}
    assert counts == {
        "samen-in-de-wijk": 2,
        "samen-met-de-gemeente": 4,
        "het-team": 5,
        "rollen-en-disciplines": 8,
        "de-organisatie": 1,
        "hulp-bieden-en-beslissen": 3,
        "kennis": 2,
    }
    assert [question for theme in Theme.objects.all() for question in theme.question_list if "?" not in question] == []


def test_five_rules_times_four_parts(edition):
    assert list(RuleOfThumb.objects.values_list("number", "title")) == [
        (1, "Maak verbinding"),
        (2, "Stel de vraag"),
        (3, "Houd koers"),
        (4, "Zoek tegenspraak"),
        (5, "Geef stem"),
    ]
    assert list(Assignment.objects.values_list("number", "title")) == [
        (1, "Versterken van de buurt"),
        (2, "Laagdrempelig aanwezig zijn voor vragen, advies en hulp"),
        (3, "Actief samenwerken en er anderen bijhalen"),
        (4, "Strategisch partner van de gemeente zijn"),
    ]
    assert [len(rule.prompt_list) for rule in RuleOfThumb.objects.all()] == [4] * 5


def test_song_and_its_makers(edition):
    song = Song.objects.get()
    assert (song.title, song.words_by, song.music_by) == ("Daarop dansen", "Merel Steinweg", "Pepijn Buitenhuis")
    assert song.complete_url == "https://soundcloud.com/associatie-wijkteams/daarop-dansen"
    assert song.fill_in_url == "https://soundcloud.com/associatie-wijkteams/daarop-dansen-om-in-te-vullen"


def test_programme_in_five_steps(edition):
    assert list(Programme.objects.get().steps.values_list("number", "title")) == [
        (1, "Opening met het lied 'Daarop Dansen'"),
        (2, "In gesprek over de essentie van het vakmanschap"),
        (
            3,
            "Spiegelen van 'het gehoorde' en 'het gedachte' aan de vijf vuistregels voor het werk als lokaal team",
        ),
        (4, 'De bal spelen in één zin: "Het is mijn vak om...."'),
        (5, "Afronden met een aanvulling van 'Daarop Dansen'"),
    ]


def test_twelve_templates(edition):
    found = ConversationTemplate.objects.with_minutes().values_list("slug", "kind", "uses_cards", "total_minutes")
    assert list(found) == [
        ("gesprek-met-bestuurder", Kind.BESTUURDER, True, 60),
        ("gesprek-met-leidinggevende", Kind.LEIDINGGEVENDE, True, 60),
        ("collegiaal-interview", Kind.INTERVIEW, True, 90),
        ("inwerkinterview", Kind.INWERK, True, 75),
        ("teamdagdeel", Kind.TEAMDAGDEEL, True, 180),
        ("organisatiedagdeel", Kind.ORGANISATIEDAGDEEL, True, 210),
        ("audit", Kind.AUDIT, True, 150),
        ("vuistregels-verkennen", Kind.VUISTREGELS, False, 90),
        ("wolkjes-in-het-team", Kind.WOLKJES, False, 90),
        ("wolkjes-met-gemeente-of-partners", Kind.WOLKJES, False, 90),
        ("wolkjes-in-een-leernetwerk", Kind.WOLKJES, False, 90),
        ("kaarten-bij-een-bestaand-gesprek", Kind.KAARTEN, True, 45),
    ]
    for template in ConversationTemplate.objects.prefetch_related("steps", "reminders"):
        assert "nooit een beoordeling" in template.purpose, template
        assert template.preparation_list, template
        assert 3 <= template.steps.count() <= 7, template
        cards = any(step.means == StepMeans.VRAGEN for step in template.steps.all())
        assert template.uses_cards == cards, template
        assert [(r.days, r.at, r.audience) for r in template.reminders.all()] == [
            (-7, time(9), "invited"),
            (-1, time(9), "invited"),
            (1, time(9), "present"),
        ]


@pytest.mark.parametrize("slug", ["teamdagdeel", "organisatiedagdeel"])
def test_dagdeel_templates_follow_the_programme(edition, slug):
    steps = TemplateStep.objects.filter(template__slug=slug)
    assert list(steps.values_list("number", "title")) == list(ProgrammeStep.objects.values_list("number", "title"))
    assert list(steps.values_list("means", flat=True)) == ["lied", "vragen", "vuistregels", "zin", "lied"]


def test_loads_once_with_history():
    assert load_starter() is True
    assert [model.objects.count() for model in ALL_MODELS] == COUNTS
    assert [model.history.filter(history_type="+").count() for model in ALL_MODELS] == COUNTS
    before = contents()
    assert load_starter() is False
    assert contents() == before


def test_an_editors_change_and_deletion_survive(edition):
    card = QuestionCard.objects.get(number=3)
    card.text = "Van de redactie"
    card.save()
    Edition.objects.update(name="Versie 1.1")
    QuestionCard.objects.get(number=11).delete()
    before = contents()
    assert load_starter() is False
    assert contents() == before


def test_a_deleted_starter_stays_deleted(edition):
    for model in (TemplateReminder, TemplateStep, ConversationTemplate, Use, Means, ProgrammeStep, Programme):
        model.objects.all().delete()
    for model in (Theme.objects.exclude(parent=None), Theme.objects, QuestionCard.objects, RuleOfThumb.objects):
        model.all().delete()
    for model in (Assignment, Song, Edition):
        model.objects.all().delete()
    assert load_starter() is False
    assert Edition.objects.exists() is False


def test_stays_a_draft_beside_an_edition_on_show():
    Edition.objects.create(name="Versie 2", title="x", state=EditionState.PUBLISHED, published_at=timezone.now())
    assert load_starter() is True
    assert Edition.objects.get(pk=STARTER_EDITION_ID).state == EditionState.DRAFT
    assert QuestionCard.objects.published().count() == 0


def test_first_load_is_lean_and_second_asks_once():
    with CaptureQueriesContext(connection) as first:
        load_starter()
    assert len(first) < 70
    with CaptureQueriesContext(connection) as second:
        load_starter()
    assert [query["sql"].split()[0] for query in second][1:3] == ["SELECT", "SELECT"]
    assert len(second) == 4  # savepoint, lock, look, release


def test_command_says_what_it_did(capsys):
    call_command("load_starter")
    call_command("load_starter")
    assert capsys.readouterr().out.splitlines() == [
        "Versie 1 is loaded.",
        "Versie 1 was loaded before: nothing changed.",
    ]
