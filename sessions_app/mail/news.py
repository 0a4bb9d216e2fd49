"""What is different about a talk, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from lerend.moments import span
from sessions_app.queries.telling import Difference


def told_news(news: Iterable[Difference], names: Mapping[str, str]) -> list[str]:
    """Return a sentence for each thing that is different about a talk."""
    lines = []
    for one in news:
        was, now = one.was, one.now
        before = span(datetime.fromisoformat(was["starts_at"]), datetime.fromisoformat(was["ends_at"]))
        joined = [names[pk] for pk in now["people"] if pk not in was["people"] and pk in names]
        gone = [names[pk] for pk in was["people"] if pk not in now["people"] and pk in names]
        planner = names.get(now["planner"], "Iemand anders")
        people = [f"{name} doet mee." for name in joined] + [f"{name} doet niet mee." for name in gone]
        place = f"Er is een nieuwe plek. Het was {was['place'] or 'online'}."
        said = {
            "moment": f"Er is een nieuw moment. Het was {before}.",
            "length": f"Het duurt korter of langer. Het was {before}.",
            "where": place if was["place"] != now["place"] else "De link om online mee te doen is nieuw.",
            "title": f"Het gesprek heet anders. Het heette “{was['title']}”.",
            "steps": "Het programma is anders.",
            "planner": f"{planner} zorgt nu voor dit gesprek.",
            "people": " ".join(people) or "Er doen andere mensen mee.",
        }
        lines += [sentence for field, sentence in said.items() if field in one.fields]
    return lines
