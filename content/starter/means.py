"""The five means: how each is introduced and used, the vuistregels, the song and the programme."""

from typing import NamedTuple

from content.models import MeansKind


class MeansText(NamedTuple):
    """A means and the ways to use it."""

    fields: dict[str, str]
    uses: tuple[tuple[str, str], ...]


class ProgrammeText(NamedTuple):
    """The programme and its steps."""

    title: str
    text: str
    steps: tuple[dict[str, str | int], ...]


MEANS: tuple[MeansText, ...] = (
    MeansText(
        {
            "kind": MeansKind.VRAGEN,
            "name": "De vragen",
            "summary": "Twaalf kaarten voor een gesprek dat je je collega ook gunt.",
            "title": "Een set vragen",
            "subtitle": "“Dat gun ik mijn collega’s ook”",
            "lead": (
                "Negen professionals kregen deze vragen voorgelegd, en merkten dat het gesprek zelf al iets opleverde. "
                "Zo stilstaan bij je vak, bij wat je drijft en wat ertoe doet, komt er zelden van. Je leert elkaar "
                "kennen en ziet hoeveel kanten het vak heeft. Daarom zijn de kaarten er nu voor iedereen."
            ),
            "support": (
                "Met goede vragen ben je er nog niet. Hoe je daarna doorvraagt, bepaalt wat er op tafel komt. "
                "Interviewers van het NJi kunnen op een teamdag als coach meedoen. Wie zo heeft geoefend, kan daarna "
                "zelf collega's op weg helpen."
            ),
        },
        (
            (
                "Collega interviewt collega",
                "Stel de vragen aan een collega. Die interviewt daarna de volgende, en zo groeit het beeld. Het past "
                "goed in intervisie of op een teamdag.",
            ),
            (
                "Als je net begint",
                "Nieuw in het team? Interview in je inwerktijd een ervaren collega. Jij leert het vak kennen, en die "
                "ander ziet weer hoe ver hij zelf is gekomen. Jullie winnen er allebei bij.",
            ),
            (
                "Met je leidinggevende of bestuurder",
                "Neem de kaarten mee naar gesprekken over je werk, ook als die over je caseload gaan. De bestuurders "
                "van de vijf deelnemende wijkteams spraken af dit te doen. Rang en beoordeling blijven buiten de deur: "
                "het gaat om inspiratie, motivatie en ontwikkeling.",
            ),
            (
                "In een audit",
                "Komen teams of organisaties bij elkaar op bezoek? Laat deze vragen dan het gesprek dragen.",
            ),
            (
                "Rode draden verzamelen",
                "Leg naast elkaar wat in jullie team of organisatie vaker terugkomt. De Associatie Wijkteams kan zulke "
                "rode draden later, als jullie dat willen, verbinden met haar vertelpunt. Uit zichzelf gebeurt dat "
                "niet.",
            ),
        ),
    ),
    MeansText(
        {
            "kind": MeansKind.WOLKJES,
            "name": "De wolkjes",
            "summary": "Zeven thema's van het vakmanschap. Wat herken je, wat is bij jullie anders?",
            "title": "De essentie van het vakmanschap",
            "subtitle": "In enkele 'wolkjes'",
            "lead": (
                "Negen interviews en twee groepsgesprekken gaven samen een beeld van het vak, na bijna tien jaar "
                "wijkteams. Het is een voorlopig beeld in zeven thema's. Wat nog niet is uitgemaakt, blijft hier een "
                "open vraag."
            ),
            "support": (
                "Het NJi kan zo'n verkenning met je doen, los of als deel van een grotere team- of organisatiedag."
            ),
        },
        (
            (
                "Naast je eigen organisatie",
                "Leg de wolkjes naast wat jullie zelf meemaken. Wat klopt, wat is anders, en wat speelt er nu? Ga "
                "daarop verder in.",
            ),
            ("Met partners", "Vraag partners welke beelden en verhalen zij bij het wijkteam hebben."),
            ("Met de gemeente", "Zo werken jullie: praat erover wat dat vraagt van de opdracht die jullie krijgen."),
            (
                "Met omstanders",
                "Vraag mensen om jullie heen wat zij van het werk zien. Misschien verbaast het ze dat je echt iets "
                "doet, of zouden ze het zelf niet durven.",
            ),
            (
                "Bouwsteen voor het kwaliteitsstatuut",
                "De Associatie Wijkteams wil dit beeld inbrengen bij het werk aan het kwaliteitsstatuut.",
            ),
        ),
    ),
    MeansText(
        {
            "kind": MeansKind.VUISTREGELS,
            "name": "De vuistregels",
            "summary": "Vijf regels, vier opdrachten. Hoe laden jullie ze?",
            "title": "De kortst denkbare richtlijn voor het werk in een wijkteam",
            "subtitle": "In vijf zinnen",
            "lead": (
                "Een wijkteam heeft een brede opdracht, met vier onderdelen. Bij elk daarvan gelden dezelfde vijf "
                "regels. Ze zijn kort genoeg om te onthouden, en open genoeg om over te praten."
            ),
            "support": (
                "Het NJi kan helpen bij een gesprek waarin je samen onderzoekt of de regels het vak sterker maken."
            ),
        },
        (
            (
                "In je organisatie of leernetwerk",
                "Vertel elkaar hoe de regels bij jullie leven. De een geeft er een andere inhoud aan dan de ander: zo "
                "‘laden’ jullie de regels.",
            ),
            (
                "Met partners van buiten",
                (
                    "Als je wilt, leg je de regels ook voor aan partners. Zien zij ze terug in wat jullie doen? "
                    "Wanneer, en hoe?"
                ),
            ),
        ),
    ),
    MeansText(
        {
            "kind": MeansKind.LIED,
            "name": "Het lied",
            "summary": "Daarop dansen. Alleen te horen als je er zelf bij bent en er iets mee doet.",
            "title": "De hartslag van het wijkteamwerk",
            "subtitle": "“Daarop dansen”",
            "lead": (
                "Handboeken en protocollen vertellen veel over het werk, maar niet alles. Daarom is er ook een lied, "
                "dat uit de gesprekken zelf is ontstaan."
            ),
            "support": (
                "Het NJi denkt met je mee over wat je met het lied kunt doen.\n\n"
                "Je kunt Merel Steinweg vragen om bij een bijeenkomst te zijn: info@merelsteinweg.nl. Wat zij hoort en "
                "proeft, krijgen jullie terug als blog of als couplet. Wat dat kost, betaalt het team of de "
                "organisatie."
            ),
        },
        (
            (
                "Als begin van een gesprek",
                "Was je erbij toen het lied ontstond? Laat het dan horen in je eigen team of organisatie, en praat "
                "daarna verder over de kern van het vak.",
            ),
            (
                "Dans mee",
                "Nodig collega's uit om mee te dansen, echt of met woorden: verzin samen nieuwe zinnen of een couplet "
                "over jullie werk. Zo reist het lied van organisatie naar organisatie.",
            ),
        ),
    ),
    MeansText(
        {
            "kind": MeansKind.DAGDEEL,
            "name": "Het dagdeel",
            "summary": "Een programma in vijf stappen, zelf of met steun van het NJi.",
            "title": "Verkenning en verdieping in je eigen team of organisatie",
            "subtitle": "Een programma",
            "lead": (
                "Neem met je team of je organisatie een dagdeel de tijd voor het vak. Dit programma is een voorstel, "
                "met de vier andere middelen erin. Maak het passend voor jullie."
            ),
            "support": (
                "Het NJi begeleidt een dagdeel voor drie lokale teams, als die dat willen. Zo wordt het materiaal "
                "uitgeprobeerd en rijker.\n\n"
                "Merel Steinweg kan meedoen: zij brengt het lied live en sluit af met een blog of een couplet uit "
                "jullie eigen woorden. Vraag het haar via info@merelsteinweg.nl. Wat dat kost, betaalt het team."
            ),
        },
        (
            ("Met je team", "Een middag of ochtend met z'n allen, om van elkaar te horen wat het vak voor ieder is."),
            (
                "Met de hele organisatie",
                "Dezelfde vijf stappen met een grotere groep. Splits de groep waar het gesprek dat nodig heeft.",
            ),
        ),
    ),
)

RULES: tuple[dict[str, str], ...] = tuple(
    {"title": title, "text": text, "prompts": "\n".join(prompts)}
    for title, text, *prompts in (
        (
            "Maak verbinding",
            "Wie zou jij met wie in contact willen brengen?",
            "Welke buren, plekken en plannen breng jij bij elkaar?",
            "Hoe zorg je dat mensen makkelijk bij je binnenlopen?",
            "Welke partner wil je beter leren kennen?",
            "Wie bij de gemeente ken je goed genoeg om even te bellen?",
        ),
        (
            "Stel de vraag",
            "Welke vraag durft nog niemand te stellen?",
            "Wat vraag je aan de buurt voordat je iets begint?",
            "Wat vraag je als de eerste vraag niet de echte is?",
            "Wat zou je een partner willen vragen, zonder het antwoord al te weten?",
            "Welke vraag moet de gemeente van jullie horen?",
        ),
        (
            "Houd koers",
            "Wat laat je niet los als het onrustig wordt?",
            "Waar blijf je bij als de buurt iets anders wil dan het plan?",
            "Wat blijft gelijk, hoe verschillend de vragen ook zijn?",
            "Waar sta je voor als iedereen een ander belang heeft?",
            "Wat houd je vast als het beleid verandert?",
        ),
        (
            "Zoek tegenspraak",
            "Wie ziet het anders dan jij, en wanneer vraag je die erbij?",
            "Wie in de buurt denkt er heel anders over?",
            "Wie laat je meekijken als je het zeker weet?",
            "Welke partner is het vaak niet met je eens? Wat leert dat je?",
            "Waar spreek je de gemeente tegen, en mag zij dat ook bij jullie?",
        ),
        (
            "Geef stem",
            "Wie wordt er nog niet gehoord?",
            "Wie in de buurt hoor je nooit?",
            "Hoe klinkt door wat iemand zelf wil, in eigen woorden?",
            "Hoe doet de inwoner mee als jullie overleggen?",
            "Welke verhalen uit de wijk neem je mee naar de gemeente?",
        ),
    )
)

ASSIGNMENTS: tuple[dict[str, str], ...] = (
    {"title": "Versterken van de buurt", "text": "Werken aan een buurt waarin mensen elkaar vinden en helpen."},
    {
        "title": "Laagdrempelig aanwezig zijn voor vragen, advies en hulp",
        "text": "Dichtbij zijn, zodat mensen makkelijk naar je toe komen.",
    },
    {
        "title": "Actief samenwerken en er anderen bijhalen",
        "text": "Niet wachten tot een ander belt, en weten wie er nog meer nodig is.",
    },
    {
        "title": "Strategisch partner van de gemeente zijn",
        "text": "Met de gemeente meedenken, met wat je in de wijk ziet.",
    },
)

SONG: dict[str, str] = {
    "title": "Daarop dansen",
    "words_by": "Merel Steinweg",
    "music_by": "Pepijn Buitenhuis",
    "about": (
        "Merel Steinweg zat bij de gesprekken, keek en luisterde. Aan het eind gaf zij terug wat ze had gehoord, in "
        "een tekst van haarzelf. Iedereen in de zaal voelde wat die deed. Daarom bleef het niet bij die ene keer en "
        "kwam er muziek bij, van Pepijn Buitenhuis.\n\n"
        "Het lied is niet af. Anderen voegen zinnen en coupletten toe, met de hartslag van hun eigen werk. Zo reist "
        "het verder."
    ),
    "condition": (
        "Je geeft het lied niet zomaar door. Je laat het alleen horen waar je zelf bij bent, en je doet er iets mee: "
        "woorden toevoegen, zingen of dansen. Dat kan ongemakkelijk voelen. Dat ongemak hoort erbij."
    ),
    "complete_url": "https://soundcloud.com/associatie-wijkteams/daarop-dansen",
    "fill_in_url": "https://soundcloud.com/associatie-wijkteams/daarop-dansen-om-in-te-vullen",
}

OPENING = "Opening met het lied 'Daarop Dansen'"
INTERVIEW = "In gesprek over de essentie van het vakmanschap"
SPIEGELEN = "Spiegelen van 'het gehoorde' en 'het gedachte' aan de vijf vuistregels voor het werk als lokaal team"
BAL = 'De bal spelen in één zin: "Het is mijn vak om...."'
AFRONDEN = "Afronden met een aanvulling van 'Daarop Dansen'"

PROGRAMME = ProgrammeText(
    title="Suggestie voor een programma",
    text="Een voorstel in vijf stappen. Elke organisatie maakt er haar eigen dagdeel van.",
    steps=(
        {
            "title": OPENING,
            "text": "Luister samen en vertel elkaar daarna wat het met je doet. Denk aan de voorwaarde bij het lied.",
            "minutes": 25,
        },
        {
            "title": INTERVIEW,
            "text": "Eén professional wordt geïnterviewd. Alle anderen luisteren en noteren wat ze denken.",
            "minutes": 50,
        },
        {
            "title": SPIEGELEN,
            "text": "Leg in een groepsgesprek naast de vuistregels wat jullie hoorden, en wat jullie erbij dachten.",
            "minutes": 45,
        },
        {
            "title": BAL,
            "text": "Maak de zin af en geef de bal door aan een ander, tot iedereen aan de beurt is geweest.",
            "minutes": 25,
        },
        {
            "title": AFRONDEN,
            "text": "Maak samen een nieuwe zin of een couplet, op eigen kracht of met Merel Steinweg.",
            "minutes": 35,
        },
    ),
)
