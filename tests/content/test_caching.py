"""Who keeps a public page and for how long, and that nobody sees an old one for more than a minute."""

import pytest
from django.urls import reverse

from content.models import Edition, QuestionCard
from content.views.showing import PREVIEW
from tests.content.test_pages import ADDRESSES as PAGES

ADDRESSES = [reverse("home"), *(address for address in PAGES if address != reverse("vak_lied"))]
SHARED = "public, max-age=30, stale-while-revalidate=30"
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stranger_gets_a_page_to_share_and_no_cookie(client, edition, address):
    response = client.get(address)
    assert (response["Cache-Control"], response["Vary"], response.cookies) == (SHARED, "Cookie", {})
    again = client.get(address, headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content, again["Cache-Control"], again["Vary"]) == (304, b"", SHARED, "Cookie")


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_is_signed_in_shares_with_nobody(client, cast, edition, address):
    client.force_login(cast.lina)
    response = client.get(address)
    assert (response["Cache-Control"], response["Vary"]) == ("private, no-cache", "Cookie")
    assert "Lina Bakker" in response.content.decode()
    assert client.get(address, headers={"If-None-Match": response["ETag"]}).status_code == 304
    client.logout()
    assert client.get(address, headers={"If-None-Match": response["ETag"]}).status_code == 200


def test_a_correction_is_seen_by_who_asks_again(client, edition):
    kept = client.get(reverse("vak_vragen"))["ETag"]
    card = QuestionCard.objects.get(number=3)
    card.title = "Beter gezegd"
    card.save()
    response = client.get(reverse("vak_vragen"), headers={"If-None-Match": kept})
    assert (response.status_code, "Beter gezegd" in response.content.decode()) == (200, True)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_keeps_the_song(client, edition, method):
    response = getattr(client, method)(reverse("vak_lied"))
    assert (response["Cache-Control"], response.has_header("ETag")) == ("no-store", False)


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_keeps_a_preview(client, cast, edition, address):
    client.force_login(cast.roos)
    session = client.session
    session[PREVIEW] = str(Edition.objects.get().id)
    session.save()
    response = client.get(address)
    assert (response["Cache-Control"], response.has_header("ETag")) == ("private, no-store", False)
