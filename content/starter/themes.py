"""The seven wolkjes and their parts: a provisional picture, in which open questions stay open."""

from typing import NamedTuple


class ThemeText(NamedTuple):
    """What a wolkje, or a part of one, says."""

    slug: str
    title: str
    summary: str
    text: str
    points: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    parts: tuple["ThemeText", ...] = ()
    runs_through_all: bool = False


SAMEN_IN_DE_WIJK = ThemeText(
    slug="samen-in-de-wijk",
    title="Het werk: Samen in de wijk",
    summary="Wijkwerk doe je nooit alleen: partners in de wijk horen erbij, wat je ook doet.",
    text=(
        "Bij alles wat een wijkteam doet, horen partners in de wijk. Het mooist is het als je ook met hen een team "
        "wordt, naast het team op je naambordje. Zo ver is het vaak nog niet: het gaat stroef."
    ),
    points=(
        "Ga op zoek naar mensen die anders kijken, en doe iets met wat zij zien.",
        "Samenwerken moet ook je opdracht zijn, en die van de ander.",
    ),
    open_questions=(
        "Werk je samen rond casussen, of ook aan een sterkere wijk? Hoe ziet dat er dan uit?",
        "Wat doet werken in de wijk met het gevoel bij welk team je hoort?",
    ),
    runs_through_all=True,
)

SAMEN_MET_DE_GEMEENTE = ThemeText(
    slug="samen-met-de-gemeente",
    title="Het werk: Samen met de gemeente",
    summary="Over de opdracht, over beleid, en over elkaar beter begrijpen.",
    text=(
        "Partners hebben het lastig met elkaar als hun opdrachten los van elkaar staan of botsen. Wie het sociaal "
        "domein in stukken verdeelt, moet ook zorgen dat het weer één geheel wordt. Daarom hoort samenwerken in de "
        "opdracht zelf.\n\n"
        "Als professional ben je hulpverlener en ook een beetje ambtenaar. Die twee goed verenigen vraagt oefening, en "
        "moet inwoners passende steun dichtbij opleveren."
    ),
    points=(
        (
            "Professionals willen de gemeente beter leren begrijpen. Andersom hopen ze dat ook, voor zichzelf en voor "
            "inwoners."
        ),
    ),
    open_questions=(
        "Wat verandert er aan de opdracht als dit jullie houding is?",
        "Wil je zelf meepraten over beleid, of hoort dat bij leiding en bestuur, als buffer om jou heen?",
        "Je voert beleid uit, en geeft het zo ook vorm. Hoe gaat dat? Wat is er sterk aan, en wat zit in de weg?",
        "Hoe komen de hulpverlener en ‘een soort ambtenaar’ in één persoon goed tot hun recht?",
    ),
)

ROLLEN = ThemeText(
    slug="rollen-en-disciplines",
    title="Het team: rollen en disciplines",
    summary="Wie doet wat, en wie beslist mee?",
    text=(
        "Niet elk team heeft een gedragswetenschapper. Is die er wel, dan is de verdeling met de jeugd- en "
        "gezinswerker een punt van aandacht. Vast staat dat de verantwoordelijkheid samen wordt gedragen; hoe, dat is "
        "nog in gesprek."
    ),
    open_questions=(
        (
            "Is de gedragswetenschapper een teamgenoot met eigen werk, zoals meedoen in sommige casussen of bij de "
            "huisarts zitten?"
        ),
        "Hoe neem je een kernbeslissing samen, zonder dat het afvinken wordt?",
        (
            "Of geeft de gedragswetenschapper een advies, of een akkoord? Wat betekent dat voor ieders eigen "
            "professionele ruimte?"
        ),
        (
            "Wie geeft werkbegeleiding? Alleen de gedragswetenschapper, of ook een hbo'er met ervaring, of iemand die "
            "sociologie of filosofie deed?"
        ),
        (
            "Zoek je deze kennis in je eigen team of bij partners, bijvoorbeeld door aan te schuiven bij elkaars "
            "casuïstiek? Wiens visie en cultuur zijn dan de basis?"
        ),
        "Hoe ziet samen verantwoordelijk zijn er precies uit? Wanneer helpt het, en wanneer maakt het juist slap?",
        "Met welke mensen in het team lukt de opdracht het best?",
        "Welke kennis is nodig die er nu nog niet is?",
    ),
)

KNELPUNTEN = ThemeText(
    slug="ervaren-knelpunten",
    title="De organisatie: ervaren knelpunten",
    summary="Wat er in de weg zit.",
    text="Vier dingen zitten professionals in de weg.",
    points=(
        "De administratie kost te veel.",
        "Het pgb valt op: het wordt vaak genoemd als iets dat energie wegneemt.",
        "Termijnen voor een plan passen niet altijd bij werk dat in stappen en rondes gaat.",
        "Er is veel werk naast het werk. Dat is vaak leuk om te doen, maar alles bij elkaar soms te veel.",
    ),
)

COMBINATIE = ThemeText(
    slug="hulp-bieden-en-beslissen",
    title="De combinatie: hulp bieden en beslissen over hulp",
    summary="Twee rollen in één team, dicht bij het gezin.",
    text=(
        "Een wijkteam helpt zelf en beslist ook welke andere hulp er komt. Dat zo'n besluit dicht bij het gezin valt "
        "en niet ver weg, is veel waard. Eenvoudig is het niet, en daar wordt stevig over gepraat.\n\n"
        "Er komen veel wetten bij kijken, ook uit het bestuursrecht. En je voert het beleid van de gemeente uit, "
        "waaraan je ook iets van jezelf toevoegt."
    ),
    points=(
        "Voor beslissen heb je andere vaardigheden nodig dan voor helpen.",
        "Steeds van rol wisselen kan het contact verstoren.",
        "Inwoners verdienen een betere uitleg van de rol die je hebt.",
        "Komt er een landelijke standaard voor lokale teams, geef die dan ook ruime bevoegdheden.",
    ),
    open_questions=(
        "Hoe houd je het goede van beslissen dichtbij vast?",
        "Hoe maakt je organisatie werken met al die wetten te doen? Kan een backoffice professionals daarbij helpen?",
        "Kun je het als team oplossen, door de rollen te verdelen?",
    ),
)

THEMES: tuple[ThemeText, ...] = (
    ThemeText(
        slug="de-werker",
        title="De werker",
        summary="Menselijk, open en stevig. Contact maken is hier vakwerk.",
        text=(
            "Onder alles ligt menselijkheid. Dat is meer dan aardig zijn: werken in een relatie is een vak. Je komt "
            "open binnen en zoekt wat de ander wil en kan. Wat moet, komt later.\n\n"
            "Je werkt zelfstandig, bij mensen thuis en in je eigen organisatie. Je wacht niet af, en gaat aan de slag "
            "met wat er is, ook als dat niet volmaakt is."
        ),
        points=(
            (
                "Je zet niet je eigen plan door. Wat voor het gezin of huishouden telt, houd je vast, hoe hard het "
                "eromheen ook stormt."
            ),
            "Je durft iets te wagen als mensen dat nodig hebben.",
            "Wat je zelf hebt meegemaakt, neem je mee.",
            (
                "Je vraagt partners om open te blijven kijken naar mensen die lastig te volgen zijn, en om verder te "
                "zien dan hun gedrag."
            ),
            "Je zorgt dat gezinnen en huishoudens gehoord worden.",
        ),
    ),
    ThemeText(
        slug="het-werk",
        title="Het werk",
        summary="Vanuit contact, in het tempo van de ander.",
        text=(
            "Alles begint bij contact, en het contact bepaalt hoe snel je kunt. Je volgt wat mensen zelf willen en "
            "nodig hebben. Zo houden zij zelf de regie, en krijgen ze een stem.\n\n"
            "Hoe het daarna verder gaat, verschilt. Het ene wijkteam helpt mensen vooral op weg naar hulp, het andere "
            "geeft die hulp zelf of maakt de omgeving sterker. Overal geldt: breed werken is een eigen specialisme, "
            "met veel kennis en ervaring erin."
        ),
        points=(
            "Wie sneller gaat dan het contact, komt niet ver.",
            "Iemand is altijd meer dan een hulpvraag, en heeft vaak zelf iets te geven. Dat doen mensen graag.",
            "Met iedereen overweg kunnen, wat iemand ook doet en waar iemand ook vandaan komt: dat is een vak.",
        ),
        parts=(SAMEN_IN_DE_WIJK, SAMEN_MET_DE_GEMEENTE),
    ),
    ThemeText(
        slug="het-team",
        title="Het team",
        summary="Thuisbasis en tegenspraak: hier blijf je scherp.",
        text=(
            "Via je team hoor je bij het werk en bij de organisatie. Je kunt er terecht, er wordt gelachen, en dingen "
            "krijgen er weer hun juiste maat. Collega's spreken je er ook aan.\n\n"
            "Samen heeft een team meer in huis dan jij alleen. Naast je eigen professionele ruimte is er niets dat je "
            "zo scherp houdt."
        ),
        points=(
            "Je krijgt er steun, en je hoort er eerlijk hoe anderen je zien werken.",
            "Alle kennis van het wijkteam is er te vinden, ook bij mensen die anders denken of tegenspreken.",
            "Intervisie, werkbegeleiding en buddy's horen er gewoon bij. Zonder gaat het niet.",
            (
                "Met z'n tweeën bij een gezin werken is geliefd: je kijkt breder, praat scherper, en er is altijd "
                "iemand die het gezin kent."
            ),
            "Het valt op hoe groot teams zijn: soms wel dertig mensen.",
        ),
        open_questions=(
            "Hoe zorg je dat samen leren ook echt gebeurt?",
            "Hoe krijgen steun zoeken en tegendenken allebei hun plek?",
            "Wat zoek je op dit moment bij je team: instemming, een bredere blik of tegenspraak?",
            "Wanneer slaat veiligheid om in elkaar ontzien, zodat niemand meer leert?",
            "Wat regel je in je team, en wat juist met andere teams samen?",
        ),
        parts=(ROLLEN,),
    ),
    ThemeText(
        slug="de-organisatie",
        title="De organisatie",
        summary="Waar je voor staat, en wie de druk van buiten opvangt.",
        text=(
            "Professionals hebben een eigen kompas en redden zich met wat er is. Toch maakt het uit waar hun "
            "organisatie voor staat. Een visie en een missie wijzen de weg en binden mensen aan elkaar. Past dat bij "
            "wat jij zelf belangrijk vindt, dan geeft het energie en maakt het je trots.\n\n"
            "Het helpt ook als de organisatie tussen jou en de eisen van buiten gaat staan, als een buffer. Die steun "
            "komt naast de steun van je team en van de visie en missie."
        ),
        points=("Het idee van de ‘T-shaped professional’ wordt gewaardeerd.",),
        open_questions=("Wat heb je aan structuur? De een wil er meer van, de ander laat het liever open.",),
        parts=(KNELPUNTEN, COMBINATIE),
    ),
    ThemeText(
        slug="kennis",
        title="Kennis",
        summary="Leren doe je vooral van elkaar.",
        text=(
            "Kennis groeit tussen collega's, in het eigen team en de eigen organisatie. Bronnen van buiten komen "
            "weinig ter sprake; de organisatie mag kiezen wat van belang is. Wat intern op papier staat, is vaak nog "
            "te lastig in het gebruik of niet meer van nu.\n\n"
            "Hoe langer je werkt, hoe beter je weet waarom je iets doet. In het begin doe je wat je leerde, of wat je "
            "een collega ziet doen. Na een jaar of tien ken je je zodatjes."
        ),
        points=(
            "De grootste verandering van de laatste jaren: er wordt veel meer systemisch gewerkt.",
            "Leerling, gezel en meester: die indeling spreekt aan.",
        ),
        open_questions=(
            (
                "De een werkt veel met richtlijnen, de ander nauwelijks. Hoe komt dat? Doen mensen het misschien goed "
                "zonder het te weten?"
            ),
            "Hoe haal je meer uit het verschil tussen jong, ervaren en senior?",
        ),
    ),
    ThemeText(
        slug="wanneer-het-werkt",
        title="Wanneer ‘het werkt’",
        summary="Vijf tekens dat het klopt wat je doet.",
        text="Hieraan merken professionals dat hun werk iets doet.",
        points=(
            "Iemand voelt zich gezien.",
            "Wat jij inbrengt, komt bij de ander binnen.",
            "De ander ontdekt wat er al lag.",
            "Wat stilstond, komt op gang.",
            "Wat de inwoner bereikt, dat is jouw resultaat.",
        ),
    ),
    ThemeText(
        slug="ontwikkelpunten",
        title="Ontwikkelpunten",
        summary="Negen punten waarop het vak verder wil groeien.",
        text="Het vak is niet af. Op negen punten willen professionals verder.",
        points=(
            "Kerntaken en neventaken: wat hoort waarbij, en hoe verhouden ze zich?",
            "Je niet alleen aan je team verbonden voelen, maar aan de hele organisatie.",
            "Iets veranderen aan het negatieve beeld dat partners of de gemeente soms van klanten hebben.",
            "Elkaar beter begrijpen, en zo beter samenwerken.",
            "Een doorbraak ook waarmaken.",
            "Minder papierwerk, met techniek die daarbij helpt.",
            "Zien wat je zelf niet weet: benut wat je kunt, en haal er anderen bij voor de rest.",
            "Eropaf gaan: ook verder werken aan wat er achter een vraag schuilgaat.",
            "Zorgen dat inwoners weten wat ze moeten weten: er wordt veel van hen verwacht.",
        ),
    ),
)
