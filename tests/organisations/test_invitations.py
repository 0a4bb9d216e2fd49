"""Inviting, and coming in by the link of the mail: once, by POST, in time, and without telling who has an account."""

from __future__ import annotations

import re
import threading
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lerend.mail import outbox
from lerend.mail.models import Message
from organisations.domain import invitations, members
from organisations.domain.errors import Refused
from organisations.domain.invitations import Invitee
from organisations.models import (
    INVITATION_LASTS,
    Action,
    AuditEntry,
    Departure,
    Invitation,
    Membership,
    Organisation,
    Role,
    Team,
    TeamMembership,
    User,
)
from organisations.queries import invitation_rows
from sessions_app.queries.departures import running_rows

NEW = Invitee("Mila Visser", "Mila@Elders.test", "", None, "")


@pytest.fixture
def mila(cast) -> Invitation:
    """An invitation for somebody without an account, as professional in Team Noord."""
    return invitations.invite(
        cast.home.id, Invitee("Mila Visser", "Mila@Elders.test", "", cast.north, Role.PROFESSIONAL), by=cast.noor
    )


def open_page(token: str, client: Client | None = None):
    return (client or Client()).get(reverse("invitation", args=[token]))


def accept(token: str, name: str = "Mila Visser", client: Client | None = None):
    return (client or Client()).post(reverse("invitation", args=[token]), {"name": name})


def test_the_mail_says_who_for_what_and_until_when(cast, mila, mailoutbox):
    outbox.deliver()
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["mila@elders.test"], "Uitnodiging van Wijkteams Voorbeeld")
    assert "Noor Aydin nodigt je uit voor Wijkteams Voorbeeld" in mail.body
    assert "als professional in Team Noord" in mail.body
    assert "De link werkt één keer, en 14 dagen" in mail.body
    (found,) = re.findall(r"/uitnodiging/(\S+)/", mail.body)
    assert invitations.by_token(found) == mila


def test_membership_begins_with_accepting_and_opening_changes_nothing(cast, mila):
    token = invitations.token_of(mila)
    assert open_page(token).status_code == 200
    assert (User.objects.filter(email="mila@elders.test").count(), Membership.objects.count()) == (0, 6)
    client = Client()
    response = accept(token, "  Mila   de Visser ", client)
    assert (response.status_code, response.headers["Location"]) == (302, reverse("today"))
    user = User.objects.get(email="mila@elders.test")
    place = TeamMembership.objects.get(membership__user=user)
    assert (user.name, place.team, place.role, place.membership.role) == (
        "Mila de Visser",
        cast.north,
        Role.PROFESSIONAL,
        "",
    )
    assert EmailAddress.objects.filter(user=user, verified=True, primary=True).count() == 1
    assert client.get(reverse("team", args=[cast.north.id])).status_code == 200
    mila.refresh_from_db()
    assert (mila.accepted_by, mila.accepted_at is not None) == (user, True)
    assert list(AuditEntry.objects.values_list("action", "by_name", "about_name").order_by("at")) == [
        (Action.INVITED, "Noor Aydin", "Mila Visser"),
        (Action.JOINED, "Mila de Visser", "Mila de Visser"),
    ]


def test_a_link_works_once(cast, mila):
    token = invitations.token_of(mila)
    accept(token)
    again = accept(token)
    assert (again.status_code, open_page(token).status_code) == (404, 404)
    assert User.objects.filter(email="mila@elders.test").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_one_is_first(cast, mila):
    token = invitations.token_of(mila)
    start, statuses = threading.Barrier(4), []

    def click() -> None:
        start.wait()
        statuses.append(accept(token).status_code)
        connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(statuses) == {302: 1, 404: 3}
    counted = (User.objects.filter(email="mila@elders.test").count(), TeamMembership.objects.filter(team=cast.north))
    assert (counted[0], counted[1].filter(membership__user__email="mila@elders.test").count()) == (1, 1)


def test_an_existing_account_is_added_and_signs_in_itself(cast):
    EmailAddress.objects.create(user=cast.tess, email=cast.tess.email, primary=True, verified=True)
    made = invitations.invite(cast.home.id, Invitee("T. van L.", cast.tess.email), by=cast.noor)
    client = Client()
    response = accept(invitations.token_of(made), "Iemand anders", client)
    assert response.headers["Location"] == reverse("account_login")
    assert client.get(reverse("today")).status_code == 302  # the mail opened nothing of tess's
    cast.tess.refresh_from_db()
    assert (cast.tess.name, cast.tess.memberships.count()) == ("Tess van Loon", 2)


def test_who_is_signed_in_accepts_for_their_own_address_only(cast, client_of):
    made = invitations.invite(cast.home.id, Invitee("Tess", cast.tess.email), by=cast.noor)
    token = invitations.token_of(made)
    stranger = accept(token, client=client_of(cast.joost))
    assert (stranger.status_code, cast.tess.memberships.count()) == (409, 1)
    assert "ander mailadres" in open_page(token, client_of(cast.joost)).content.decode()
    assert accept(token, client=client_of(cast.tess)).headers["Location"] == reverse("today")
    assert cast.tess.memberships.count() == 2


def test_nobody_learns_whether_an_address_has_an_account(cast, client_of, mailoutbox):
    """Same page, same mail, same number of queries, for the inviter and for whoever holds the link."""
    noor, seen = client_of(cast.noor), []
    for name, email in (("Een Naam", cast.tess.email), ("Een Naam", "niemand@elders.test")):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            response = noor.post(
                reverse("invite", args=[cast.home.id]), {"name": name, "email": email, "team": "", "role": ""}
            )
        shown = noor.get(reverse("invitation_list", args=[cast.home.id])).content.decode()
        made = Invitation.objects.get(email=email)
        page = open_page(invitations.token_of(made)).content.decode()
        page = re.sub(r'value="[\w-]{60,}"', "", page)
        outbox.deliver()
        mail = re.sub(r"/uitnodiging/\S+/", "", mailoutbox[-1].body)
        shown = re.sub(r'value="[\w-]{60,}"|' + "|".join(map(str, (made.id, email))), "", shown)
        seen.append((response.status_code, len(asked), shown, page, mail))
        invitations.withdraw(made.id, by=cast.noor)
    assert seen[0] == seen[1]
    assert cast.tess.name not in seen[0][2]


@pytest.mark.parametrize("change", ["expired", "withdrawn", "sent again", "tampered", "another secret", "empty id"])
def test_a_link_that_does_not_work_any_more_opens_nothing(cast, mila, change, settings):
    token = invitations.token_of(mila)
    if change == "expired":
        Invitation.objects.filter(id=mila.id).update(sent_at=timezone.now() - timedelta(days=14))
    elif change == "withdrawn":
        invitations.withdraw(mila.id, by=cast.noor)
    elif change == "sent again":
        invitations.send_again(mila.id, by=cast.noor)
    elif change == "tampered":
        token = ("A" if token[0] != "A" else "B") + token[1:]
    elif change == "another secret":
        settings.SECRET_KEY = "een-andere-sleutel"
    else:
        token = invitations.token_of(Invitation(id=uuid4()))
    assert (open_page(token).status_code, accept(token).status_code) == (404, 404)
    assert not User.objects.filter(email="mila@elders.test").exists()


def test_guessing_links_is_held_off(cast, settings):
    assert settings.ACCOUNT_RATE_LIMITS["invitation"] == "600/h/ip"
    settings.ACCOUNT_RATE_LIMITS = {"invitation": "60/h/ip"}
    guess = [accept(f"gok-{number}").status_code for number in range(61)]
    assert Counter(guess) == {404: 60, 429: 1}


def test_sent_again_works_for_another_14_days_and_the_older_mail_is_dropped(cast, mila, mailoutbox):
    Invitation.objects.filter(id=mila.id).update(sent_at=timezone.now() - timedelta(days=20))
    again = invitations.send_again(mila.id, by=cast.noor)
    outbox.deliver()
    assert [mail.to for mail in mailoutbox] == [["mila@elders.test"]]
    assert (invitations.by_token(invitations.token_of(again)), again.expired) == (mila, False)


def test_a_withdrawn_invitation_is_not_mailed(cast, mila, mailoutbox):
    invitations.withdraw(mila.id, by=cast.noor)
    assert (outbox.deliver().sent, mailoutbox) == (0, [])


def test_sent_twice_is_one_invitation_and_another_role_is_asked_about(cast, mila):
    same = Invitee("Mila Visser", "mila@elders.test", "", cast.north, Role.PROFESSIONAL)
    assert invitations.invite(cast.home.id, same, by=cast.noor) == mila
    with pytest.raises(Refused, match="er al een uitnodiging"):
        invitations.invite(cast.home.id, Invitee("Mila", "mila@elders.test", Role.PLANNER), by=cast.noor)
    assert Message.objects.filter(kind="member_invitation").count() == 1


def test_an_invitation_that_ran_out_is_not_taken_for_a_new_one(cast, mila):
    """Else the page says that a mail goes out, and none does."""
    ran_out = timezone.now() - INVITATION_LASTS
    Invitation.objects.update(sent_at=ran_out)
    same = Invitee("Mila Visser", "mila@elders.test", "", cast.north, Role.PROFESSIONAL)
    with pytest.raises(Refused, match="Stuur die opnieuw"):
        invitations.invite(cast.home.id, same, by=cast.noor)
    first = invitations.invite_bestuurder(cast.home.id, "Bo", "bo@elders.test", by=cast.ilse)
    assert invitations.invite_bestuurder(cast.home.id, "Bo", "bo@elders.test", by=cast.ilse) == first
    Invitation.objects.update(sent_at=ran_out)
    again = invitations.invite_bestuurder(cast.home.id, "Bo", "bo@elders.test", by=cast.ilse)
    assert (again == first, Invitation.objects.living().filter(email="bo@elders.test").get()) == (False, again)


@pytest.mark.parametrize("role", [Role.BESTUURDER, Role.PLANNER])
def test_a_leidinggevende_gives_no_role_on_the_organisation(cast, client_of, role):
    """Not by editing the form either: it has no such field, and the verb refuses."""
    with pytest.raises(Refused, match="Een bestuurder kan dat wel"):
        invitations.invite(
            cast.home.id, Invitee("Vriend", "vriend@elders.test", role, cast.north, Role.PROFESSIONAL), by=cast.sem
        )
    data = {"name": "Vriend", "email": "v@elders.test", "team": str(cast.north.id), "team_role": "professional"}
    client_of(cast.sem).post(reverse("invite", args=[cast.home.id]), data | {"role": role})
    assert list(Invitation.objects.values_list("role", "team_role")) == [("", "professional")]


def test_a_leidinggevende_invites_for_their_own_teams_alone(cast, client_of):
    other = Team.objects.create(organisation=cast.home, name="Team Zuid")
    for team in (None, other, cast.away):
        with pytest.raises(Refused, match="een team dat je leidt"):
            invitations.invite(cast.home.id, Invitee("V", "v@elders.test", "", team, Role.PROFESSIONAL), by=cast.sem)
    page = client_of(cast.sem).post(
        reverse("invite", args=[cast.home.id]),
        {"name": "V", "email": "v@elders.test", "team": str(other.id), "team_role": "professional"},
    )
    assert (page.status_code, Invitation.objects.count()) == (200, 0)


@pytest.mark.parametrize("person", ["lina", "pim", "tess", "ilse", "aart", "roos", "beheer"])
def test_who_manages_nobody_invites_nobody(cast, person):
    with pytest.raises(Organisation.DoesNotExist):
        invitations.invite(cast.home.id, NEW, by=getattr(cast, person))


def test_nobody_invites_or_lets_in_themselves(cast):
    with pytest.raises(Refused, match="Jezelf"):
        invitations.invite(
            cast.home.id, Invitee("Sem", "SEM@voorbeeld.test", "", cast.north, Role.PROFESSIONAL), by=cast.sem
        )
    made = invitations.invite(
        cast.home.id, Invitee("Sem bis", "bis@voorbeeld.test", "", cast.north, Role.PROFESSIONAL), by=cast.sem
    )
    User.objects.filter(id=cast.sem.id).update(email="bis@voorbeeld.test")
    with pytest.raises(Refused, match="Jezelf"):
        invitations.accept(invitations.token_of(made), name="Sem", by=User.objects.get(id=cast.sem.id))


def test_who_was_switched_off_does_not_come_back_by_a_link(cast):
    made = invitations.invite(cast.home.id, Invitee("Tess", cast.tess.email), by=cast.noor)
    User.objects.filter(id=cast.tess.id).update(is_active=False)
    with pytest.raises(Refused, match="werkt niet meer"):
        invitations.accept(invitations.token_of(made), name="Tess", by=None)


def test_who_comes_back_loses_nothing_when_the_30_days_are_over(cast):
    departure = members.end_membership(Membership.objects.get(user=cast.lina).id, by=cast.lina)
    made = invitations.invite(cast.home.id, Invitee("Lina", cast.lina.email), by=cast.noor)
    invitations.accept(invitations.token_of(made), name="Lina", by=cast.lina)
    assert (cast.lina.memberships.count(), list(running_rows(cast.lina))) == (1, [])
    again = members.end_membership(Membership.objects.get(user=cast.lina).id, by=cast.lina)
    assert list(Departure.objects.values_list("id", flat=True)) == [again.id] != [departure.id]


def test_a_bestuurder_who_is_gone_is_replaced_when_the_new_one_is_there(cast, mailoutbox):
    gone = Membership.objects.get(user=cast.noor)
    made = invitations.invite_bestuurder(cast.home.id, "Nieuw", "nieuw@elders.test", replaces=gone.id, by=cast.ilse)
    assert (
        invitations.invite_bestuurder(cast.home.id, "Nieuw", "nieuw@elders.test", replaces=gone.id, by=cast.ilse)
        == made
    )
    outbox.deliver()
    assert [(mail.to[0], mail.subject) for mail in sorted(mailoutbox, key=lambda mail: mail.to)] == [
        ("nieuw@elders.test", "Uitnodiging van Wijkteams Voorbeeld"),
        ("noor@voorbeeld.test", "Nieuwe bestuurder uitgenodigd bij Wijkteams Voorbeeld"),
    ]
    assert "NJi-programma nodigt je uit" in next(mail.body for mail in mailoutbox if "nieuw" in mail.to[0])
    assert all("Ilse" not in mail.body for mail in mailoutbox)
    assert Membership.objects.filter(id=gone.id).exists()
    invitations.accept(invitations.token_of(made), name="Nieuw", by=None)
    assert list(Membership.objects.filter(organisation=cast.home, role=Role.BESTUURDER).values_list("user__name")) == [
        ("Nieuw",)
    ]
    assert Departure.objects.get().user == cast.noor


def test_only_who_opens_doors_replaces_a_bestuurder(cast):
    for person in (cast.noor, cast.tess, cast.roos, cast.beheer):
        with pytest.raises(Organisation.DoesNotExist):
            invitations.invite_bestuurder(cast.home.id, "X", "x@elders.test", by=person)


def test_the_list_tells_what_became_of_each_mail(cast, mila, monkeypatch):
    def status() -> str:
        (row,) = invitation_rows([Invitation.objects.get(id=mila.id)])
        return row.status

    seen = [status()]
    Message.objects.update(state="failed")
    seen.append(status())
    Message.objects.update(state="sent", sent_at=timezone.now())
    seen.append(status())
    Invitation.objects.update(sent_at=timezone.now() - timedelta(days=15))
    seen.append(status())
    assert seen == ["Mail onderweg", "Mail niet aangekomen", "Verstuurd", "Verlopen"]


@pytest.mark.parametrize("name", ["<b>Mila</b>", "Mila 🌱 Visser", "M" * 121, " ", "🌱"])
def test_names_as_people_type_them(cast, client_of, name):
    noor = client_of(cast.noor)
    response = noor.post(reverse("invite", args=[cast.home.id]), {"name": name, "email": "x@elders.test"})
    fits = len(name) <= 120 and any(letter.isalpha() for letter in name)
    assert (response.status_code, Invitation.objects.count()) == ((302, 1) if fits else (200, 0))
    assert "<b>Mila" not in noor.get(reverse("invitation_list", args=[cast.home.id])).content.decode()


def test_an_address_is_not_flooded_by_sending_again_or_inviting_anew(cast, mila, client_of, mailoutbox):
    sem = client_of(cast.sem)
    outbox.deliver()
    for _ in range(8):
        sem.post(reverse("invitation_again", args=[cast.home.id, mila.id]))
        outbox.deliver()
    invitations.withdraw(mila.id, by=cast.noor)
    anew = Invitee("Mila Visser", "Mila@elders.test", "", cast.north, Role.PROFESSIONAL)
    other = Invitee("Bas", "bas@elders.test", "", cast.north, Role.PROFESSIONAL)
    with pytest.raises(Refused, match="Naar dit adres gingen vandaag al 5 mails"):
        invitations.invite(cast.home.id, anew, by=cast.noor)
    made = invitations.invite_many(cast.home.id, [anew, other], batch=uuid4(), by=cast.noor)
    assert ([one.email for one in made], len(mailoutbox)) == (["bas@elders.test"], 5)
    Invitation.objects.filter(id=mila.id).update(sent_at=timezone.now() - timedelta(days=1, minutes=1))
    assert invitations.invite(cast.home.id, anew, by=cast.noor).email == "mila@elders.test"


def test_who_stepped_down_before_being_replaced_stays_a_member(cast):
    own = Membership.objects.get(user=cast.noor)
    made = invitations.invite_bestuurder(cast.home.id, "Mila", "mila@elders.test", replaces=own.id, by=cast.ilse)
    members.change_role(Membership.objects.get(user=cast.lina).id, Role.BESTUURDER, by=cast.noor)
    members.change_role(own.id, "", by=cast.noor)
    invitations.accept(invitations.token_of(made), name="Mila", by=None)
    assert (Membership.objects.filter(id=own.id).exists(), Departure.objects.count()) == (True, 0)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Mi\x01la\x7f  Visser\t", "Mila Visser"),
        ("Mila \u202egnireM\u202c \u2066X\u2069", "Mila gnireM X"),
        ("👩‍🌾 Mila", "👩‍🌾 Mila"),
    ],
    ids=["control", "turned around", "joined emoji"],
)
def test_nothing_unseen_is_in_a_name(cast, mila, typed, kept):
    assert accept(invitations.token_of(mila), typed).status_code == 302
    assert User.objects.get(email="mila@elders.test").name == kept


LONG = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.test"  # which is an address, and longer than the database keeps


def test_an_address_that_is_too_long_is_said(cast, client_of):
    page = client_of(cast.noor).post(reverse("invite", args=[cast.home.id]), {"name": "Mila", "email": LONG})
    assert (page.status_code, list(page.context["form"].errors)) == (200, ["email"])


def test_searching_for_what_nobody_types(cast, client_of):
    found = client_of(cast.noor).get(reverse("people", args=[cast.home.id]), {"zoek": "li\x00na"})
    assert [person.user for person in found.context["people"]] == [cast.lina]
    found = client_of(cast.ilse).get(reverse("door_organisation_list"), {"zoek": "ver\x00derop"})
    assert found.context["organisations"] == [cast.elsewhere]


@pytest.mark.parametrize("how", ["removed", "stepped down"])
def test_what_gives_power_does_not_outlive_who_gave_it(cast, how):
    """A bestuurder who must go cannot come back by a second address; the professionals they invited still come in."""
    members.change_role(Membership.objects.get(user=cast.pim).id, Role.BESTUURDER, by=cast.noor)
    own = invitations.invite(cast.home.id, Invitee("Pim bis", "bis@elders.test", Role.BESTUURDER), by=cast.pim)
    colleague = invitations.invite(
        cast.home.id, Invitee("Mila", "mila@elders.test", "", cast.north, Role.PROFESSIONAL), by=cast.pim
    )
    membership = Membership.objects.get(user=cast.pim)
    if how == "removed":
        members.end_membership(membership.id, by=cast.noor)
    else:
        members.change_role(membership.id, "", by=cast.noor)
    with pytest.raises(Invitation.DoesNotExist):
        invitations.accept(invitations.token_of(own), name="Pim", by=None)
    assert invitations.accept(invitations.token_of(colleague), name="Mila", by=None).new_account
