"""An organisation asks to join, and is let in by the NJi-programma or the Associatie."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lerend.mail import outbox
from organisations.domain import joining, settings
from organisations.domain.errors import Refused
from organisations.domain.joining import Asking
from organisations.models import AuditEntry, Invitation, JoinRequest, Organisation

ASKING = Asking("Wijkteams Nieuwstad", "Nieuwstad", "Bo Nieuw", "bo@nieuwstad.test", "Graag!")


def fill_in(client: Client, *, after: int = 10, **fields: str):
    """Open the form, take some seconds, and send it."""
    begun = timezone.now()
    with time_machine.travel(begun, tick=False):
        form = client.get(reverse("join")).context["form"]
        hidden = {name: str(form.initial[name]) for name in ("started", "form_key")}
    data = {
        "name": "Wijkteams Nieuwstad",
        "municipality": "Nieuwstad",
        "contact_name": "Bo Nieuw",
        "contact_email": "bo@nieuwstad.test",
        **hidden,
        **fields,
    }
    with time_machine.travel(begun + timedelta(seconds=after), tick=False):
        return client.post(reverse("join"), data)


def test_an_organisation_asks_and_who_opens_doors_hears_once_a_day(cast, client, mailoutbox):
    assert fill_in(client).headers["Location"] == reverse("join_done")
    fill_in(client, name="Een andere")
    outbox.deliver(timezone.now() + timedelta(minutes=1))
    assert sorted(mail.to[0] for mail in mailoutbox) == ["aart@voorbeeld.test", "ilse@voorbeeld.test"]
    assert JoinRequest.objects.count() == 2


@time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False)
def test_a_second_request_on_one_day_is_told_the_next_morning(cast, mailoutbox):
    for name in ("Een", "Twee"):
        joining.ask_to_join(Asking(name, "X", "Bo", "bo@x.test"), form_key=uuid4())
    first, second = (outbox.deliver(timezone.now() + timedelta(hours=hours)).sent for hours in (0, 30))
    assert (first, second, len(mailoutbox)) == (2, 2, 4)
    request = joining.ask_to_join(Asking("Drie", "X", "Bo", "bo@x.test"), form_key=uuid4())
    for open_ in JoinRequest.objects.open():
        joining.decline(open_.id, by=cast.ilse)
    assert outbox.deliver(timezone.now() + timedelta(hours=54)).sent == 3  # the three who are declined, and nobody else
    assert request.state == "open"


@pytest.mark.parametrize(
    ("fields", "after", "says"),
    [
        ({}, 1, "Dat ging wel heel snel"),
        ({"website": "https://spam.test"}, 10, "Maak het veld “Website” leeg"),
        ({"started": "verzonnen"}, 10, "Open deze pagina opnieuw"),
        ({"contact_email": "bo"}, 10, "Dit is geen mailadres"),
        ({"name": ""}, 10, "Dit veld is verplicht"),
        ({"remark": "x" * 10_000}, 10, "niet meer dan 2000 tekens"),
    ],
)
def test_what_is_not_right_is_said_and_what_was_typed_stays(db, client, fields, after, says):
    response = fill_in(client, after=after, **fields)
    body = response.content.decode()
    assert (response.status_code, says in body, 'value="Bo Nieuw"' in body) == (200, True, True)
    assert JoinRequest.objects.count() == 0


def test_machines_that_go_on_are_held_off(db, client):
    assert [fill_in(client).status_code for _ in range(6)] == [302] * 5 + [429]
    assert JoinRequest.objects.count() == 5


def test_the_same_form_twice_is_one_request(db):
    key = uuid4()
    assert joining.ask_to_join(ASKING, form_key=key) == joining.ask_to_join(ASKING, form_key=key)


@pytest.mark.parametrize("person", ["ilse", "aart"])
def test_one_click_makes_the_organisation_and_invites_its_first_bestuurder(cast, client_of, person, mailoutbox):
    request = joining.ask_to_join(ASKING, form_key=uuid4())
    who = client_of(getattr(cast, person))
    assert "Bo Nieuw, bo@nieuwstad.test" in who.get(reverse("join_list")).content.decode()
    for _ in range(2):
        who.post(reverse("join_approve", args=[request.id]))
    organisation = Organisation.objects.get(name="Wijkteams Nieuwstad")
    invitation = Invitation.objects.get()
    assert (invitation.organisation, invitation.email, invitation.role) == (
        organisation,
        "bo@nieuwstad.test",
        "bestuurder",
    )
    outbox.deliver()
    assert [mail.subject for mail in mailoutbox if mail.to == ["bo@nieuwstad.test"]] == [
        "Uitnodiging van Wijkteams Nieuwstad"
    ]
    group = {"ilse": "NJi-programma", "aart": "Associatie"}[person]
    assert set(AuditEntry.objects.values_list("by_name", flat=True)) == {group}


def test_a_name_that_is_taken_is_asked_about(cast, client_of):
    request = joining.ask_to_join(Asking("WIJKTEAMS voorbeeld", "E", "Bo", "bo@e.test"), form_key=uuid4())
    aart = client_of(cast.aart)
    page = aart.post(reverse("join_approve", args=[request.id])).content.decode()
    assert "Er is al een organisatie die WIJKTEAMS voorbeeld heet" in page
    aart.post(reverse("join_approve", args=[request.id]), {"name": "Wijkteams Voorbeeld-Oost"})
    assert Organisation.objects.filter(name="Wijkteams Voorbeeld-Oost").exists()


def test_declining_tells_the_contact_and_is_forgotten_in_time(cast, mailoutbox):
    request = joining.ask_to_join(ASKING, form_key=uuid4())
    for _ in range(2):
        joining.decline(request.id, by=cast.ilse)
    outbox.deliver()
    assert [mail.subject for mail in mailoutbox if mail.to == ["bo@nieuwstad.test"]] == [
        "Over de aanvraag van Wijkteams Nieuwstad"
    ]
    with pytest.raises(Refused, match="al afgewezen"):
        joining.approve(request.id, by=cast.aart)
    kept = settings.tidy(timezone.now() + timedelta(days=89)), settings.tidy(timezone.now() + timedelta(days=91))
    assert (kept, JoinRequest.objects.count()) == ((0, 1), 0)


@pytest.mark.parametrize("person", ["noor", "sem", "lina", "pim", "tess", "roos", "beheer"])
def test_nobody_else_lets_anybody_in(cast, person):
    request = joining.ask_to_join(ASKING, form_key=uuid4())
    for verb in (joining.approve, joining.decline):
        with pytest.raises(JoinRequest.DoesNotExist):
            verb(request.id, by=getattr(cast, person))


def test_looking_up_an_organisation_whose_bestuurder_is_gone(cast, client_of):
    ilse = client_of(cast.ilse)
    found = ilse.get(reverse("door_organisation_list"), {"zoek": "voorbeeldstad"}).content.decode()
    assert ("Wijkteams Voorbeeld<" in found, "Buurtteams Verderop" in found) == (True, False)
    page = ilse.get(reverse("door_organisation", args=[cast.home.id])).content.decode()
    assert ("Noor Aydin" in page, "Lina Bakker" in page) == (True, False)
    ilse.post(reverse("door_organisation", args=[cast.home.id]), {"name": "Nieuw", "email": "n@elders.test"})
    assert Invitation.objects.get().role == "bestuurder"
