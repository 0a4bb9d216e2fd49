"""The sentences that say what is different about a talk."""

from datetime import timedelta
from uuid import uuid4

import pytest

from sessions_app.mail.news import told_news
from sessions_app.queries.telling import Difference, company_matters
from tests.conftest import PLAN_AT

NAMES = {"a": "Ans", "b": "Bo", "c": "Cas"}
WAS = {
    "title": "Oud",
    "starts_at": PLAN_AT.isoformat(),
    "ends_at": (PLAN_AT + timedelta(hours=1)).isoformat(),
    "place": "De Brug",
    "link": "",
    "steps": [["Kaarten", 30], ["Afronden", 30]],
    "planner": "a",
    "people": ["a", "b"],
    "leaders": [],
}
LEADS = (
    "Daarom zeggen jullie bij het begin eerst waar het gesprek voor is: inspiratie en ontwikkeling, nooit beoordelen."
)


@pytest.mark.parametrize(
    ("field", "now", "told"),
    [
        (
            "moment",
            {"starts_at": (PLAN_AT - timedelta(hours=1)).isoformat()},
            "Een ander moment: dinsdag 9 maart 2027, 09.00 tot 11.00 uur. "
            "Het was dinsdag 9 maart 2027, 10.00 tot 11.00 uur.",
        ),
        (
            "length",
            {"ends_at": (PLAN_AT + timedelta(hours=2)).isoformat()},
            "Het duurt langer: tot 12.00 uur. Dat was 11.00 uur.",
        ),
        (
            "length",
            {"ends_at": (PLAN_AT + timedelta(minutes=30)).isoformat()},
            "Het duurt korter: tot 10.30 uur. Dat was 11.00 uur.",
        ),
        ("where", {"place": "De Kom"}, "Een andere plek: De Kom. Het was De Brug."),
        (
            "where",
            {"place": "", "link": "https://x.test"},
            "Het is nu online. Het was De Brug. Je kunt nu ook online meedoen.",
        ),
        ("where", {"link": "https://x.test"}, "Je kunt nu ook online meedoen."),
        ("title", {"title": "Nieuw"}, "Het gesprek heet nu “Nieuw”. Het heette “Oud”."),
        (
            "steps",
            {"steps": [["Kaarten", 30], ["Lied", 30]]},
            "Het programma is anders. Nieuw: “Lied”. Vervallen: “Afronden”.",
        ),
        ("steps", {"steps": [["Afronden", 30], ["Kaarten", 30]]}, "Het programma heeft een andere volgorde."),
        ("steps", {"steps": [["Kaarten", 45], ["Afronden", 30]]}, "De tijden in het programma zijn anders."),
        ("planner", {"planner": "b"}, "Bo zorgt nu voor dit gesprek."),
        (
            "yours",
            {"planner": "b"},
            "Jij zorgt nu voor dit gesprek. Op de pagina van het gesprek zie je wat je kunt doen.",
        ),
        ("people", {"people": ["a", "c"]}, "Cas doet mee. Bo doet niet meer mee."),
        (
            "people",
            {"people": ["a", "b", "c"], "leaders": ["c"]},
            f"Cas doet mee. Cas is leidinggevende of bestuurder. {LEADS}",
        ),
        ("people", {"leaders": ["b"]}, f"Bo is leidinggevende of bestuurder. {LEADS}"),
    ],
)
def test_each_difference_has_a_sentence_with_how_it_was(field, now, told):
    assert told_news([Difference(uuid4(), WAS, {**WAS, **now}, frozenset({field}))], NAMES) == [told]


def test_in_a_larger_talk_only_who_leads_is_named():
    was = {**WAS, "people": ["a", "b", "d", "e"], "leaders": ["a"]}
    now = {**was, "people": ["b", "c", "d", "e"], "leaders": []}
    told = told_news([Difference(uuid4(), was, now, frozenset({"people"}))], NAMES)
    assert told == ["Ans doet niet meer mee. Er doet geen leidinggevende of bestuurder meer mee."]


@pytest.mark.parametrize(
    ("was", "now", "leads", "matters"),
    [
        ("ab", "abc", "", True),
        ("abcd", "abc", "", True),
        ("abcd", "abce", "", False),
        ("abcd", "abcde", "e", True),
        ("abcd", "abcd", "", False),
    ],
)
def test_who_takes_part_matters_in_small_talks_and_where_a_leader_joins(was, now, leads, matters):
    before, after = {"people": [*was], "leaders": []}, {"people": [*now], "leaders": [*leads]}
    assert company_matters(before, after) == matters
