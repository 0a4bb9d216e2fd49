"""The admin in a real browser: nothing on its pages is stopped by the strict policy."""

import pytest
from django.urls import reverse

from organisations.models import Membership, Organisation, Team, User
from tests.browser.conftest import DESK, press

# Django's own admin templates use variables that are not always there.
pytestmark = pytest.mark.ignore_template_errors


@pytest.mark.parametrize("model", ["user", "organisation", "team", "membership"])
def test_the_policy_stops_nothing(page_at, model: str) -> None:
    boss = User.objects.create_superuser("beheer@lerend.test", "Bea Heer")
    organisation = Organisation.objects.create(name="Wijkteams Voorbeeldstad")
    rows = {
        "user": boss,
        "organisation": organisation,
        "team": Team.objects.create(organisation=organisation, name="Team Noord"),
        "membership": Membership.objects.create(user=boss, organisation=organisation),
    }
    visitor = page_at(DESK)
    visitor.sign_in(boss)
    for action, args in (
        ("changelist", []),
        ("add", []),
        ("change", [rows[model].pk]),
        ("history", [rows[model].pk]),
        ("delete", [rows[model].pk]),
    ):
        if (model, action) == ("user", "delete") or (model != "user" and action in {"add", "delete"}):
            continue  # nobody may: a page would list what somebody wrote, and who belongs where changes elsewhere
        visitor.goto(reverse(f"admin:organisations_{model}_{action}", args=args))
        assert visitor.page.locator("#content h1").count() == 1
    visitor.goto(reverse("admin:index"))
    assert visitor.complaints == []


def test_choosing_a_group_by_typing(page_at) -> None:
    boss = User.objects.create_superuser("beheer@lerend.test", "Bea Heer")
    visitor = page_at(DESK)
    visitor.sign_in(boss)
    visitor.goto(reverse("admin:organisations_user_change", args=[boss.pk]))
    visitor.page.locator(".field-groups .select2-selection").click()
    visitor.page.locator(".field-groups .select2-search__field").fill("nji")
    visitor.page.get_by_role("option", name="NJi-programma").click()
    press(visitor.page.get_by_role("button", name="Opslaan", exact=True))
    visitor.page.wait_for_url("**" + reverse("admin:organisations_user_changelist"))
    assert [str(group) for group in boss.groups.all()] == ["NJi-programma"]
    assert visitor.complaints == []
