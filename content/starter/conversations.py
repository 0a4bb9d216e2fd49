"""The twelve templates. What they are for follows the document; steps and minutes are this platform's proposal."""

from typing import NamedTuple

from content.models import Kind, StepMeans
from content.starter.means import PROGRAMME

NONE, VRAGEN, WOLKJES = StepMeans.NONE, StepMeans.VRAGEN, StepMeans.WOLKJES
VUISTREGELS, LIED, ZIN = StepMeans.VUISTREGELS, StepMeans.LIED, StepMeans.ZIN
Step = tuple[str, int, StepMeans, str]

NEVER_APPRAISAL = (
    "Het gaat om inspiratie, motivatie en ontwikkeling. Het is nooit een beoordeling, en telt daar ook niet in mee."
)
SAY_WHY = (
    "Zeg tegen elkaar waar dit gesprek voor is, en dat niemand wordt beoordeeld. Spreek af wat onder jullie blijft."
)


class TemplateText(NamedTuple):
    """What a template says."""

    slug: str
    kind: Kind
    title: str
    summary: str
    purpose: str
    preparation: tuple[str, ...]
    steps: tuple[Step, ...]
    uses_cards: bool = False


def _for(reason: str) -> str:
    return f"{reason}\n\n{NEVER_APPRAISAL}"


def _dagdeel_steps(*minutes: int) -> tuple[Step, ...]:
    """Return the five steps of the programme, each taking its share of ``minutes``."""
    means = (LIED, VRAGEN, VUISTREGELS, ZIN, LIED)
    return tuple(
        (str(step["title"]), length, thing, str(step["text"]))
        for step, length, thing in zip(PROGRAMME.steps, minutes, means, strict=True)
    )


WITH_LEADER: tuple[Step, ...] = (
    ("Waar dit gesprek voor is", 5, NONE, SAY_WHY),
    ("De invalshoek", 5, VRAGEN, "Ken je elkaar nog niet goed? Begin bij kaart 1. Lees anders samen kaart 2."),
    ("Op je best, en juist niet", 15, VRAGEN, "Kaart 3 en 4. Vraag door op één moment, tot je het voor je ziet."),
    ("Wat bleef en wat veranderde", 10, VRAGEN, "Kaart 5 en 6. Wat zegt het over het vak?"),
    ("Jouw kompas en dat van de organisatie", 15, VRAGEN, "Kies uit kaart 7 tot en met 11 wat nu speelt."),
    (
        "Je kompas",
        10,
        VRAGEN,
        "Kaart 12. Zeg daarna allebei wat je meeneemt. Afspraken maak je alleen als je dat allebei wilt.",
    ),
)

TEMPLATES: tuple[TemplateText, ...] = (
    TemplateText(
        slug="gesprek-met-bestuurder",
        kind=Kind.BESTUURDER,
        title="Gesprek met je bestuurder",
        summary="Een bestuurder en een professional praten met de kaarten over het vak.",
        purpose=_for("Samen stilstaan bij wat het vak is, en wat je nodig hebt om het goed te doen."),
        preparation=(
            "Kies een plek waar je rustig kunt praten, liever niet de kamer van de bestuurder.",
            "Spreek af wie de vragen stelt: dat mag ook de professional zijn.",
            "Lees de kaarten door en kies er hooguit zes.",
            "Laat dossiers en cijfers dicht.",
        ),
        steps=WITH_LEADER,
        uses_cards=True,
    ),
    TemplateText(
        slug="gesprek-met-leidinggevende",
        kind=Kind.LEIDINGGEVENDE,
        title="Gesprek met je leidinggevende",
        summary="Een leidinggevende en een professional praten met de kaarten over het vak.",
        purpose=_for("Samen zien wat je werk draagt, en waar je verder in wilt komen."),
        preparation=(
            "Plan het los van functionerings- en beoordelingsgesprekken.",
            "Spreek af wie de vragen stelt: dat mag ook de professional zijn.",
            "Lees de kaarten door en kies er hooguit zes.",
        ),
        steps=WITH_LEADER,
        uses_cards=True,
    ),
    TemplateText(
        slug="collegiaal-interview",
        kind=Kind.INTERVIEW,
        title="Collegiaal interview",
        summary="De ene collega interviewt de andere, die daarna een volgende kan interviewen.",
        purpose=_for("Elkaars vakmanschap leren kennen. Wie is geïnterviewd, kan het doorgeven aan een volgende."),
        preparation=(
            "Spreek af wie interviewt.",
            "Lees de kaarten door. Je hoeft ze niet allemaal te doen.",
            "Oefen doorvragen: wat bedoel je, wat deed je toen, waaraan merkte je dat?",
        ),
        steps=(
            ("Beginnen", 10, VRAGEN, f"{SAY_WHY} Daarna kaart 1 als dat nodig is, en kaart 2."),
            ("Je vak", 15, VRAGEN, "Kaart 3 en 4. Blijf bij één voorbeeld en vraag door."),
            ("Wat je helpt", 15, VRAGEN, "Kaart 5 en 6: wat bleef, en wat werd anders?"),
            ("Van buiten en van binnen", 20, VRAGEN, "Kaart 7 tot en met 10. Kies wat bij deze collega past."),
            ("In het klein", 10, VRAGEN, "Kaart 11. Zoek samen drie zodatjes."),
            ("Je kompas", 15, VRAGEN, "Kaart 12."),
            ("Doorgeven", 5, ZIN, "Maak allebei de zin af. Wie gaat de geïnterviewde hierna interviewen?"),
        ),
        uses_cards=True,
    ),
    TemplateText(
        slug="inwerkinterview",
        kind=Kind.INWERK,
        title="Inwerkinterview",
        summary="Een nieuwe collega interviewt een ervaren collega.",
        purpose=_for("De nieuwe collega leert het vak kennen. De ervaren collega ziet de eigen groei weer eens terug."),
        preparation=(
            "De nieuwe collega interviewt en kiest de kaarten.",
            "De ervaren collega denkt vast aan een dag die goed ging, en aan één die misging.",
            "Plan het in de eerste weken.",
        ),
        steps=(
            ("Kennismaken", 10, VRAGEN, f"Kaart 1 en 2. {SAY_WHY}"),
            ("Op je best, en juist niet", 15, VRAGEN, "Kaart 3 en 4."),
            (
                "Terugkijken op de jaren",
                20,
                VRAGEN,
                "Kaart 5 en 6. Wat had de ervaren collega aan het begin willen weten?",
            ),
            ("In het klein", 15, VRAGEN, "Kaart 11. Noem zodatjes uit de afgelopen week."),
            ("Je kompas", 10, VRAGEN, "Kaart 12, nu voor allebei."),
            ("Meenemen", 5, ZIN, "Maak allebei de zin af, en zeg wat het gesprek je gaf."),
        ),
        uses_cards=True,
    ),
    TemplateText(
        slug="teamdagdeel",
        kind=Kind.TEAMDAGDEEL,
        title="Teamdagdeel",
        summary="Het programma in vijf stappen met je hele team.",
        purpose=_for("Als team ontdekken wat het vak voor ieder van jullie is."),
        preparation=(
            "Lees de voorwaarde bij het lied, en bedenk wat jullie ermee gaan doen.",
            "Vraag wie zich wil laten interviewen, en wie de vragen stelt.",
            "Zorg voor een ruimte met een kring, pen en papier, en een echte bal.",
            "Plan zelf een pauze.",
        ),
        steps=_dagdeel_steps(25, 50, 45, 25, 35),
        uses_cards=True,
    ),
    TemplateText(
        slug="organisatiedagdeel",
        kind=Kind.ORGANISATIEDAGDEEL,
        title="Organisatiedagdeel",
        summary="Het programma in vijf stappen met de hele organisatie.",
        purpose=_for("Over teams heen ontdekken wat jullie vak is, en wat jullie bindt."),
        preparation=(
            "Lees de voorwaarde bij het lied, en bedenk wat jullie ermee gaan doen.",
            "Vraag wie zich wil laten interviewen voor een grote groep.",
            "Deel de zaal in groepen van hooguit twaalf, dwars door de teams heen, elk met een gespreksleider.",
            "Plan zelf een pauze.",
        ),
        steps=_dagdeel_steps(30, 50, 60, 30, 40),
        uses_cards=True,
    ),
    TemplateText(
        slug="audit",
        kind=Kind.AUDIT,
        title="Audit met een ander team of een andere organisatie",
        summary="Twee teams of organisaties ontmoeten elkaar en bevragen elkaar met de kaarten.",
        purpose=_for("Van elkaar leren door elkaar te bevragen, zonder rapportcijfer."),
        preparation=(
            "Spreek samen af waar jullie nieuwsgierig naar zijn.",
            "Maak tweetallen: van elke kant één.",
            "Kies per tweetal vier of vijf kaarten.",
            "Spreek af wat er met de opbrengst gebeurt. Ieder beslist over de eigen kant.",
        ),
        steps=(
            ("Welkom", 15, NONE, SAY_WHY),
            (
                "Interviews over en weer",
                60,
                VRAGEN,
                "In tweetallen, ieder een half uur. Kaart 3, 4 en 12 horen er altijd bij.",
            ),
            ("Wat viel op", 30, NONE, "Vertel in de groep wat je van de ander hoorde, met diens goedvinden."),
            ("Naast de vuistregels", 30, VUISTREGELS, "Welke regel leeft bij de een anders dan bij de ander?"),
            ("Meenemen", 15, ZIN, "Maak de zin af, en noem één ding dat je thuis gaat proberen."),
        ),
        uses_cards=True,
    ),
    TemplateText(
        slug="vuistregels-verkennen",
        kind=Kind.VUISTREGELS,
        title="Vuistregels verkennen",
        summary="Hoe leven de vijf regels bij jullie, en hoe laadt ieder ze?",
        purpose=_for("Ontdekken welke inhoud verschillende mensen aan de vuistregels geven."),
        preparation=(
            "Hang de vijf regels en de vier onderdelen van de opdracht zichtbaar op.",
            "Kies: met je eigen organisatie, of in een leernetwerk.",
            "Bedenk of jullie ook partners van buiten willen vragen.",
        ),
        steps=(
            ("Beginnen", 10, NONE, SAY_WHY),
            ("Alleen denken", 10, VUISTREGELS, "Kies één regel, en schrijf op waar je die vorige week zag."),
            (
                "In kleine groepen laden",
                30,
                VUISTREGELS,
                "Vertel elkaar wat de regel voor jou inhoudt. Zoek het verschil op.",
            ),
            ("Langs de opdracht", 25, VUISTREGELS, "Waar in de vier onderdelen is een regel sterk, en waar nog leeg?"),
            ("Afronden", 15, ZIN, "Maak de zin af, met een regel in je hoofd."),
        ),
    ),
    TemplateText(
        slug="wolkjes-in-het-team",
        kind=Kind.WOLKJES,
        title="Wolkjes verkennen met je eigen team",
        summary="Leg de zeven wolkjes naast je eigen werk: wat klopt, wat is anders, wat speelt er nu?",
        purpose=_for("Zien wat jullie herkennen en wat niet, en dieper ingaan op wat nu leeft."),
        preparation=(
            "Leg de wolkjes op tafel of hang ze op.",
            "Vraag iedereen vooraf om één wolkje te kiezen dat nu leeft.",
        ),
        steps=(
            ("Beginnen", 10, NONE, SAY_WHY),
            ("Rondlopen", 15, WOLKJES, "Zet bij elk wolkje een teken: herken ik, is hier anders, leeft nu."),
            ("Kiezen", 10, WOLKJES, "Welke twee wolkjes krijgen vandaag de tijd?"),
            (
                "Verdiepen",
                40,
                WOLKJES,
                "Vertel voorbeelden en neem de open vragen erbij. Jullie hoeven ze niet op te lossen.",
            ),
            ("Meenemen", 15, ZIN, "Maak de zin af. Wat wil je hier een volgende keer over vertellen?"),
        ),
    ),
    TemplateText(
        slug="wolkjes-met-gemeente-of-partners",
        kind=Kind.WOLKJES,
        title="Wolkjes verkennen met de gemeente of met partners",
        summary="Haal beelden van buiten op, en praat over de opdracht.",
        purpose=_for("Horen hoe anderen jullie vak zien, en met de gemeente nagaan wat dat vraagt van de opdracht."),
        preparation=(
            "Kies met wie: gemeente, partners in de wijk, of allebei.",
            "Stuur de gasten vooraf het overzicht van de wolkjes.",
            "Neem zelf twee verhalen uit de wijk mee, zonder dat inwoners te herkennen zijn.",
        ),
        steps=(
            ("Kennismaken", 15, NONE, SAY_WHY),
            ("Eerst de gasten", 20, WOLKJES, "Welk beeld hebben zij van het wijkteam? Luister, en leg nog niets uit."),
            ("Jullie verhalen", 20, WOLKJES, "Vertel er twee, en zeg bij welk wolkje ze horen."),
            ("Wat vraagt dit van de opdracht?", 25, WOLKJES, "Begin bij samen in de wijk en samen met de gemeente."),
            ("Afronden", 10, NONE, "Wat begrijpen jullie nu beter van elkaar? Wat pakken jullie samen op?"),
        ),
    ),
    TemplateText(
        slug="wolkjes-in-een-leernetwerk",
        kind=Kind.WOLKJES,
        title="Wolkjes verkennen in een leernetwerk",
        summary="Vergelijk met andere organisaties hoe het vak er bij ieder uitziet.",
        purpose=_for("Van elkaars verschillen leren, en het beeld van het vak rijker maken."),
        preparation=(
            "Elke deelnemer kiest twee wolkjes: één dat thuis leeft, en één dat stil blijft.",
            "Spreek af wat er na afloop met wie gedeeld mag worden.",
        ),
        steps=(
            ("Welkom", 10, NONE, SAY_WHY),
            ("Ieder twee wolkjes", 25, WOLKJES, "Vertel kort wat er bij jullie leeft, en wat stil blijft."),
            (
                "Eén open vraag uitdiepen",
                35,
                WOLKJES,
                "Kies samen een open vraag. Hoe doet ieder het, en wat levert dat op?",
            ),
            ("Naast de vuistregels", 15, VUISTREGELS, "Welke vuistregel helpt bij deze vraag?"),
            ("Meenemen", 5, ZIN, "Maak de zin af, en noem één ding dat je thuis vertelt."),
        ),
    ),
    TemplateText(
        slug="kaarten-bij-een-bestaand-gesprek",
        kind=Kind.KAARTEN,
        title="Kaarten bij een bestaand gesprek",
        summary="Maak een gesprek dat je toch al hebt, over je caseload bijvoorbeeld, rijker met een paar kaarten.",
        purpose=_for("Naast aantallen en afspraken ook ruimte maken voor het vak zelf."),
        preparation=(
            "Kies samen twee of drie kaarten die passen bij waar jullie het over hebben.",
            "Is het een beoordelingsgesprek? Gebruik de kaarten dan niet.",
        ),
        steps=(
            ("Waar dit gesprek voor is", 5, NONE, SAY_WHY),
            (
                "De kaarten",
                20,
                VRAGEN,
                "Begin met een kaart, vóór de lijst met casussen. Kaart 3, 9 en 11 passen vaak goed.",
            ),
            ("Naar je caseload", 15, NONE, "Kijk nu naar het werk. Wat zie je anders door wat je net vertelde?"),
            ("Meenemen", 5, NONE, "Zeg allebei wat je meeneemt."),
        ),
        uses_cards=True,
    ),
)
