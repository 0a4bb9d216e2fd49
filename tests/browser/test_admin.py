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
        if (model, action) == ("user", "delete"):
            continue  # nobody may: that page would list what somebody wrote and took part in
        visitor.goto(reverse(f"admin:organisations_{model}_{action}", args=args))
        assert visitor.page.locator("#content h1").count() == 1
    visitor.goto(reverse("admin:index"))
    assert visitor.complaints == []


def test_choosing_a_person_by_typing(page_at) -> None:
    boss = User.objects.create_superuser("beheer@lerend.test", "Bea Heer")
    Organisation.objects.create(name="Wijkteams Voorbeeldstad")
    visitor = page_at(DESK)
    visitor.sign_in(boss)
    visitor.goto(reverse("admin:organisations_membership_add"))
    for field, typed, name in (("user", "bea", "Bea Heer"), ("organisation", "voor", "Wijkteams Voorbeeldstad")):
        visitor.page.locator(f".field-{field} .select2-selection").click()
        visitor.page.locator(".select2-search__field").fill(typed)
        visitor.page.get_by_role("option", name=name).click()
    press(visitor.page.get_by_role("button", name="Opslaan", exact=True))
    visitor.page.wait_for_url("**" + reverse("admin:organisations_membership_changelist"))
    assert [str(membership) for membership in Membership.objects.all()] == ["Bea Heer bij Wijkteams Voorbeeldstad"]
    assert visitor.complaints == []
