"""The words that people put in an invitation, and what changed between two texts."""

import random
import time

import pytest

from content.differences import marked, merged
from content.words import PLACEHOLDERS, filled, problems

VALUES = {name: f"<{name}>" for name in PLACEHOLDERS}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Gewoon.",
        "Dag {naam}, {gesprek} {wanneer} {waar} {duur} {planner} {organisatie}",
        "👋🏽",
        "50% $naam %(naam)s",
        "Tot dan.Neem koffie mee. Vragen? Mail lina@voorbeeld.nl of l.de.wit@voorbeeld.nl, bijv. over NL.",
    ],
)
def test_words_that_can_be_sent(text):
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{naam.__class__}", "“{naam.__class__}”"),
        ("{naam.__class__.__mro__[1].__subclasses__()}", "“{naam.__class__.__mro__[1].__su…}”"),
        ("{0}", "“{0}”"),
        ("{}", "“{}”"),
        ("{{naam}}", "losse “{”"),
        ("{naam!r}", "“{naam!r}”"),
        ("{naam:>9999999}", "“{naam:>9999999}”"),
        ("{ naam }", "“{ naam }”"),
        ("{Naam}", "“{Naam}”"),
        ("{na\nam}", "“{na\nam}”"),
        ("{👋}", "“{👋}”"),
        ("Dag {naam", "losse “{”"),
        ("Dag naam}", "losse “}”"),
        ("{" * 10_000, "losse “{”"),
        ("a" * 10_000, "10000 tekens"),
        ("Kijk op https://foute.test", "webadres"),
        ("Kijk op WWW.foute.test", "webadres"),
        ("Kijk op foute.test/inloggen", "webadres"),
        ("Log in op mijn-wijkteam.nl.", "webadres"),
        ("Log in op Wijkteam．NL", "webadres"),
        ("\u200b\u2060", "niets leesbaars"),
        ("{% if naam %}", "“{% if naam %}”"),
    ],
)
def test_words_that_cannot(text, named):
    found = problems(text)
    assert named in found[0]
    assert len(found) <= 2
    with pytest.raises(ValueError, match="cannot be sent"):
        filled(text, VALUES)


def test_an_unknown_word_is_answered_with_what_can_be_used():
    assert problems("Dag {voornaam} en {voornaam}") == [
        "“{voornaam}” kennen we niet. "
        "Je kunt gebruiken: {naam}, {gesprek}, {wanneer}, {waar}, {duur}, {planner}, {organisatie}."
    ]


def test_a_value_is_filled_in_once():
    assert filled("{naam} {waar}", VALUES | {"naam": "{waar}", "waar": "{{"}) == "{waar} {{"


def test_differences_are_marked_word_by_word_and_escaped():
    assert marked("De <b>oude</b> tekst", "De <b>nieuwe</b> tekst!") == (
        "De &lt;b&gt;<del>oude</del>&lt;/b&gt; tekst",
        "De &lt;b&gt;<ins>nieuwe</ins>&lt;/b&gt; tekst<ins>!</ins>",
    )
    assert marked("", "a") == ("", "<ins>a</ins>")
    assert marked("a", "") == ("<del>a</del>", "")
    assert marked("zelfde", "zelfde") == ("zelfde", "zelfde")
    long = "woord " * 3000
    assert marked(long, long) == (long, long)
    assert marked(long, "<") == (f"<del>{long}</del>", "<ins>&lt;</ins>")


def test_differences_in_one_text():
    assert merged("De <b>oude</b> tekst", "De <b>nieuwe</b> tekst!") == (
        "De &lt;b&gt;<del>oude</del><ins>nieuwe</ins>&lt;/b&gt; tekst<ins>!</ins>"
    )
    assert merged("", "<") == "<ins>&lt;</ins>"
    assert merged("zelfde", "zelfde") == "zelfde"


def test_one_word_in_the_longest_text():
    words = ("woord " * 1600).split()
    new = [*words[:700], "nieuw", *words[700:900], "anders", *words[900:]]
    marks = {700: "<ins> nieuw</ins>", 901: "<ins> anders</ins>"}
    expected = "".join(marks.get(place, f" {word}") for place, word in enumerate(new))
    assert merged(" ".join(words), " ".join(new)) == expected.strip()


@pytest.mark.parametrize("kinds", [1, 2, 100, 300])
def test_the_longest_texts_take_no_long_time(kinds):
    chance = random.Random(1)  # noqa: S311
    old, new = ("".join(f"w{chance.randrange(kinds)} " for _ in range(2_500)) for _ in range(2))
    started = time.process_time()
    merged(old, new)
    assert time.process_time() - started < 2
