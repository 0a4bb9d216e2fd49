"""The vuistregels at work in a real browser: the map, a cell, writing, answering, finding back."""

from django.urls import reverse

from content.models import Assignment, RuleOfThumb
from sessions_app.models import Interpretation, InterpretationReply
from tests.browser.conftest import press

NASTY = "<b>Eerst koffie</b> 👩🏽‍⚕️ " + "langwoord" * 40


def test_a_rule_is_loaded_answered_and_found_back(cast, edition, visitor):
    rule, part = RuleOfThumb.objects.published().first(), Assignment.objects.published().first()
    visitor.sign_in(cast.lina)
    page = visitor.page
    visitor.goto(reverse("rules_map"))
    visitor.check()
    visitor.goto(reverse("rule_cell", args=[rule.id, part.id]))
    visitor.check()
    page.get_by_label("Wat betekent deze regel hier voor jullie?").fill(NASTY)
    page.get_by_role("radio").first.check()
    press(page.locator("main form button").last)
    assert page.get_by_text("<b>Eerst koffie</b>").first.is_visible()
    visitor.check()
    text = Interpretation.objects.get()
    visitor.goto(reverse("rules_map"))
    visitor.check()

    visitor.sign_in(cast.joost)
    visitor.goto(reverse("interpretation_reply", args=[text.id]))
    visitor.check()
    page.get_by_label("Wat zeg jij hierop?").fill("Dat herken ik.")
    press(page.get_by_role("button", name="Zet je antwoord erbij"))
    assert InterpretationReply.objects.count() == 1
    visitor.check()
    visitor.sign_in(cast.lina)
    for name in ("interpretation_change", "interpretation_erase"):
        visitor.goto(reverse(name, args=[text.id]))
        visitor.check()
    visitor.goto(reverse("own_interpretations"))
    visitor.check()
