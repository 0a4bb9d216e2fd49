"""What is different about a talk, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lerend.moments import in_amsterdam, span
from sessions_app.models.session import INTIMATE
from sessions_app.queries.telling import Difference, keeper_joined, span_of

Talk = Mapping[str, Any]


def told_news(news: Iterable[Difference], names: Mapping[str, str]) -> list[str]:
    """Return a sentence for each thing that is different about a talk; ``names`` are those of people, by id."""
    lines = []
    for one in news:
        was, now = one.was, one.now
        said = {
            "moment": f"Een ander moment: {_when(now)}. Het was {_when(was)}.",
            "length": _length(was, now),
            "where": _where(was, now),
            "title": f"Het gesprek heet nu “{now['title']}”. Het heette “{was['title']}”.",
            "steps": _steps(was["steps"], now["steps"]),
            "planner": f"{names.get(now['planner'], 'Iemand anders')} zorgt nu voor dit gesprek.",
            "yours": "Jij zorgt nu voor dit gesprek. Op de pagina van het gesprek zie je wat je kunt doen.",
            "people": _people(was, now, names) if "people" in one.fields else "",
        }
        lines += [sentence for field, sentence in said.items() if field in one.fields]
    return lines


def _when(talk: Talk) -> str:
    return span(*span_of(talk))


def _length(was: Talk, now: Talk) -> str:
    before, after = span_of(was)[1], span_of(now)[1]
    longer = "langer" if after > before else "korter"
    return f"Het duurt {longer}: tot {in_amsterdam(after):%H.%M} uur. Dat was {in_amsterdam(before):%H.%M} uur."


def _where(was: Talk, now: Talk) -> str:
    lines = []
    if was["place"] != now["place"]:
        before = f"Het was {was['place']}." if was["place"] else "Het was alleen online."
        lines.append(f"Een andere plek: {now['place']}. {before}" if now["place"] else f"Het is nu online. {before}")
    if was["link"] != now["link"]:
        if now["link"]:
            lines.append("De link om online mee te doen is nieuw." if was["link"] else "Je kunt nu ook online meedoen.")
        elif now["place"]:
            lines.append("Online meedoen kan niet meer.")
    return " ".join(lines)


def _steps(was: list[list[Any]], now: list[list[Any]]) -> str:
    before, after = [title for title, _ in was], [title for title, _ in now]
    new = [f"“{title}”" for title in after if title not in before]
    gone = [f"“{title}”" for title in before if title not in after]
    pieces = [f"Nieuw: {', '.join(new)}." if new else "", f"Vervallen: {', '.join(gone)}." if gone else ""]
    told = " ".join(filter(None, pieces))
    if told:
        return f"Het programma is anders. {told}"
    if sorted(before) == sorted(after) and before != after:
        return "Het programma heeft een andere volgorde."
    return "De tijden in het programma zijn anders."


def _people(was: Talk, now: Talk, names: Mapping[str, str]) -> str:
    """Tell who joined and left: everyone in a talk of two or three, in a larger one those who lead."""
    few = min(len(was["people"]), len(now["people"])) <= INTIMATE
    lead = {*was["leaders"]} ^ {*now["leaders"]}
    joined = [pk for pk in now["people"] if pk not in was["people"] and (few or pk in lead)]
    gone = [pk for pk in was["people"] if pk not in now["people"] and (few or pk in lead)]
    lines = [f"{names[pk]} doet mee." for pk in joined if pk in names]
    if keeper_joined(was, now) and now["planner"] not in joined:
        lines.append(
            f"{names.get(now['planner'], 'Een collega')} zorgt voor dit gesprek, en doet nu zelf mee. Wie meedoet ziet "
            "wie er komt. Daarom vragen we opnieuw of jij komt."
        )
    lines += [f"{names[pk]} doet niet meer mee." for pk in gone if pk in names]
    if now["leaders"] and not was["leaders"]:
        who = [names[pk] for pk in now["leaders"] if pk in names]
        leads = f"{' en '.join(who)} {'zijn' if len(who) > 1 else 'is'}" if who else "Er doet iemand mee die is:"
        lines.append(
            f"{leads} leidinggevende of bestuurder. Daarom zeggen jullie bij het begin eerst waar het gesprek voor is: "
            "inspiratie en ontwikkeling, nooit beoordelen."
        )
    elif was["leaders"] and not now["leaders"]:
        lines.append("Er doet geen leidinggevende of bestuurder meer mee.")
    return " ".join(lines) or "Er doen andere mensen mee."
