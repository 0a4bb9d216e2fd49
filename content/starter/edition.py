"""What the edition as a whole says: where it came from and what it looks ahead to."""

EDITION: dict[str, str] = {
    "name": "Versie 1",
    "phase": "fase 1",
    "dated": "februari 2024",
    "title": "In gesprek over de essentie van je vak als wijkteamprofessional",
    "subtitle": "Opbrengsten van het traject 'Lerend Versterken'",
    "intro": (
        "Wat maakt het werk van een wijkteam tot een vak? In het traject Lerend Versterken zochten de Associatie "
        "Wijkteams (AW) en het Nederlands Jeugdinstituut (NJi) dat uit, samen met mensen uit de teams. Door het vak "
        "te verwoorden, wilden ze het ook sterker maken.\n\n"
        "Het vak bestaat nog niet lang en alles eromheen beweegt. Wat een gezin of een buurt nodig heeft, is elke "
        "keer anders, en ook het stelsel wordt steeds bijgesteld. Daarom ging het gesprek over houvast. Wat is eigen "
        "aan dit vak? Waar herken je een goede werkdag aan? Waar val je op terug, en hoe beweeg je mee zonder jezelf "
        "kwijt te raken?\n\n"
        "Versie 1 is een tussenstand. Teams proberen de middelen uit en werken ze om. Wat dat leert, komt in een "
        "volgende versie."
    ),
    "basis_title": "De opdracht 3.0 van de wijkteams",
    "basis_url": "https://associatiewijkteams.nl/documenten/",
    "period": "september 2023 – februari 2024",
    "activities": (
        "Negen interviews met ervaren professionals uit vijf wijkteams.\n"
        "Een groepsgesprek van deze professionals met de Associatie Wijkteams en het NJi. Merel Steinweg, standup "
        "blogger, sloot het af.\n"
        "Een spiegelgesprek met dezelfde en enkele andere professionals, bestuurders van de vijf wijkteams, het NJi, "
        "de Associatie Wijkteams en Movisie. Ook hier droeg Merel Steinweg iets bij."
    ),
    "organisations": (
        "Wijkteams Zuid Holland Zuid\n"
        "Wijkteams Enschede\n"
        "De Kleine Schans, wijkteam Woudenberg\n"
        "OIDOS, buurtteams Nijmegen\n"
        "Lokalis, buurtteams Utrecht"
    ),
    "authors": ("Herma Ooms en Jeannet Buurman, Nederlands Jeugdinstituut\nmet Sophie Hospers, Associatie Wijkteams"),
    "signed": "14 maart 2024",
    "outlook": (
        "Waarden gaan boven weten. Wat wil jij inwoners geven, omdat je het belangrijk vindt? En wat juist niet?\n"
        "De professional is niet de maat van alles. Hulp is niet op alles het antwoord en kan ook schade doen. Wat "
        "dat voor het vak betekent, is nog open.\n"
        "De omgeving van mensen wordt sterker gemaakt. Welke vormen van hulp en welke woorden daarbij passen, moet "
        "nog blijken."
    ),
    "afterword": (
        "Ook gemeenten, bestuurders en leidinggevenden krijgen zo nieuwe opgaven. Zij kijken straks verder dan hun "
        "eigen mensen en bouwen met partners aan een sterke omgeving. Een volgende fase van Lerend Versterken wil "
        "dat verkennen."
    ),
}
