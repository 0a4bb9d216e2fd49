"""The twelve cards. Headings and titles stand as in the document, quotation marks included."""

_VAK = "Je vak – en de ontwikkeling daarvan."
_HELPT = "Wat helpt jou om dat te blijven doen?"
_KADERS = "Je werkt met allerlei regels, kaders, kennis en informatie."


def _card(heading: str, title: str, text: str, *follow_up: str, only_if_needed: bool = False) -> dict[str, str | bool]:
    return {
        "heading": heading,
        "title": title,
        "text": text,
        "follow_up": "\n".join(follow_up),
        "only_if_needed": only_if_needed,
    }


CARDS: tuple[dict[str, str | bool], ...] = (
    _card(
        "",
        "Stel jezelf aan elkaar voor",
        "Wie ben je, waar werk je en wat doe je daar?",
        "Wat moet de ander van je weten voor jullie beginnen?",
        only_if_needed=True,
    ),
    _card(
        "",
        "De invalshoek van het interview",
        "Elke dag en elke situatie vraagt iets anders van je. Vandaag zoeken we wat jou daarin richting geeft. Hoe "
        "beweeg je mee, en waar blijf je bij?",
        "Wat roept dit meteen bij je op?",
        "Aan welke dag van de afgelopen weken denk je?",
    ),
    _card(
        _VAK,
        "“Zo goed gewerkt, vandaag ...”",
        "Op welke momenten klopt alles aan je werk? Wat gebeurt er dan in jou, en wat gebeurt er om je heen?",
        "Neem één moment: waar was je, en wie was erbij?",
        "Wat deed jij precies?",
        "Waaraan merkte je dat het klopte?",
    ),
    _card(
        _VAK,
        "Een ‘off-day’..",
        "Waaraan merk je dat je daarvan wegdrijft, en dat je tijd naar het verkeerde gaat?",
        "Hoe ziet zo'n dag eruit?",
        "Wat trekt je weg?",
        "Hoe vind je de weg terug?",
    ),
    _card(
        _HELPT,
        "“Ik heb het altijd zo gedaan ...”",
        "Kijk terug op al je werkjaren. Waar kon je steeds opnieuw op bouwen? Hoe komt het dat juist dat overeind "
        "bleef, terwijl zoveel anders werd?",
        "Sinds wanneer is dat er?",
        "Wie deed het je voor?",
        "Wanneer had je het hard nodig?",
    ),
    _card(
        _HELPT,
        "“Dat zou ik nu nooit meer zo doen ...”",
        "En wat is in al die jaren wél anders geworden? Waar denk je nu heel anders over?",
        "Wat bracht je op andere gedachten?",
        "Wat zou je zeggen tegen jezelf van toen?",
    ),
    _card(
        "Er komt veel 'van buiten op je af' – maar je hebt ook een eigen kompas.",
        "“Werken met het oog op de bal”",
        "Je organisatie staat ergens voor, met een visie, een missie en een opdracht. Wat daarvan heb je in je "
        "hoofd terwijl je bezig bent? En wat verandert dat aan wat je doet?",
        "Waar zag je dat deze week?",
        "Wat raakt uit beeld als het druk is?",
    ),
    _card(
        "Er komt veel 'van buiten' op je af – maar je hebt ook een eigen kompas.",
        "“Where both ends meet”.. of niet?",
        "Jij hebt ook eigen doelen, met gezinnen, met collega's en voor jezelf. En het werk moet te doen blijven. Hoe "
        "breng je dat samen met wat je organisatie wil? Wat uit de visie of de opdracht laat je het liefst liggen?",
        "Waar schuurt het?",
        "Wat doe je dan?",
        "Met wie praat je daarover?",
    ),
    _card(
        _KADERS,
        "Steun en sturing: “ja, dit helpt!”",
        "Er komt veel informatie, steun en sturing langs. Wat doe je ermee, en waar heb je echt iets aan?",
        "Noem iets dat je deze maand hielp.",
        "Waardoor hielp juist dat?",
    ),
    _card(
        _KADERS,
        "“Less is more, more is less”",
        "Iedereen geeft je iets mee: collega's en leidinggevenden, gemeenten, beroepsorganisaties, inspecties en "
        "kennisinstellingen. Hoe vind je in al die steun en sturing je weg? Hoe kies je wat nu telt?",
        "Wat leg je bewust opzij?",
        "Wie helpt je kiezen?",
    ),
    _card(
        "Wat er werkt in het klein",
        "“Zodatjes”",
        "Met een zodatje zeg je in het klein waarom je iets doet: ik doe dit nu, zodat … Merk je dat het anders "
        "uitpakt, dan kun je bijsturen. Welke zodatjes heb jij? Geef eens een voorbeeld.",
        "Wat deed je vandaag, en zodat wat?",
        "Wanneer klopte een zodatje niet? Wat deed je toen?",
    ),
    _card(
        "Resumerend:",
        "Je kompas",
        "Vat het eens samen: hoe ziet jouw kompas eruit? Wat houdt je op koers, met je blik op de bal? Welke mensen en "
        "welke dingen tellen daarin mee?",
        "Welk woord of beeld past bij jouw kompas?",
        "Wat neem je hiervan mee naar morgen?",
    ),
)
