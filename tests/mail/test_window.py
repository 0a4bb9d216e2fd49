"""The window on all mail: how much of what stands where, and never who meets whom."""

import uuid
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from lerend.mail import window
from lerend.mail.kinds import registry
from lerend.mail.models import Message, State
from organisations.models import User

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def rows(people, kind="invitation", state=State.QUEUED, **fields):
    """Mail of ``kind`` to each of ``people``."""
    sent = {"sent_at": NOW} if state == State.SENT else {}
    claim = {"claim": uuid.uuid4(), "claimed_at": NOW} if state == State.SENDING else {}
    fields = {"kind": kind, "state": state, **sent, **claim, **fields}
    made = Message.objects.bulk_create(
        Message(key=str(uuid.uuid4()), about=uuid.uuid4(), recipient=person, **fields) for person in people
    )
    return [message.id for message in made]


def people_at(domain, count):
    return User.objects.bulk_create(User(email=f"{uuid.uuid4().hex}@{domain}", name="Mens") for _ in range(count))


def seen(**chosen):
    asked = {"status": window.ALL, "kind": "", "domain": "", "after": "", "domains": window.known_domains(), "now": NOW}
    return window.groups(**{**asked, **chosen})


def lines(page):
    return [(one.status, one.kind, one.domain, one.error, one.many, one.attempts, one.age) for one in page.rows]


def test_mail_that_looks_the_same_is_one_group():
    team, alone = people_at("gemeente.test", 5), people_at("lina-bakker.test", 4)
    rows([*team, *alone], state=State.FAILED, error="550 X", attempts=1, created_at=NOW - timedelta(days=3))
    rows(team[:2], "reminder", send_after=NOW + timedelta(days=1))
    rows(team[:1], "reminder", send_after=NOW - timedelta(hours=3))
    rows(team[:3], "changed", State.SENT, attempts=1)
    rows(team[:1], "changed", State.SENDING)
    Message.objects.create(kind="account", key="k", about=uuid.uuid4(), address="bo@gemeente.test", send_after=NOW)
    failed = ("550 X", 5, 1, "minder dan een week"), ("550 X", 4, 1, "minder dan een week")
    attention = [
        ("due", "account", "gemeente.test", "", 1, 0, "minder dan een uur"),
        ("due", "reminder", "gemeente.test", "", 1, 0, "minder dan een uur"),
        ("failed", "invitation", "", *failed[1]),
        ("failed", "invitation", "gemeente.test", *failed[0]),
        ("sending", "changed", "gemeente.test", "", 1, 0, "minder dan een uur"),
    ]
    assert sorted(lines(seen(status=window.ATTENTION))) == attention
    assert lines(seen(status=State.FAILED, domain="lina-bakker.test")) == []
    assert lines(seen(kind="reminder", status="later")) == [
        ("later", "reminder", "gemeente.test", "", 2, 0, "minder dan een uur")
    ]
    assert [(one.kind, one.numbers) for one in window.totals(NOW)] == [
        ("Herinnering aan een gesprek", [1, 2, 0, 0, 0, 0, 0, 0, 0]),
        ("Inloggen en account", [1, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("Uitnodiging voor een gesprek", [0, 0, 0, 0, 9, 0, 0, 0, 0]),
        ("Wijziging van een gesprek", [0, 0, 1, 3, 0, 0, 0, 0, 0]),
    ]
    assert window.how_long(window.queue_age(NOW)) == "3 uur"


def test_a_domain_shows_once_five_people_have_an_address_there():
    people_at("vier.test", 4)
    people_at("vijf.test", 5)
    for number in range(6):
        Message.objects.create(kind="note", key=f"{number}", about=uuid.uuid4(), address=f"Bo{number}@Nieuw.test")
        Message.objects.create(kind="note", key=f"x{number}", about=uuid.uuid4(), address="bo@eigen.test")
    assert window.known_domains() == ["nieuw.test", "vijf.test"]


def test_while_no_domain_has_enough_people_none_shows():
    rows(people_at("lina-bakker.test", 4))
    assert [(one.domain, one.many) for one in seen(domains=[]).rows] == [("", 4)]


def test_groups_come_by_the_page(monkeypatch):
    monkeypatch.setattr(window, "PAGE_SIZE", 2)
    for number in range(5):
        rows(people_at("a.test", 1), state=State.FAILED, error=f"55{number}")
    found, after = [], ""
    while True:
        page = seen(after=after)
        found.append([one.error for one in page.rows])
        after = page.next
        if not after:
            break
    assert found == [["550", "551"], ["552", "553"], ["554"]]


def test_failed_mail_goes_again_and_waiting_mail_is_taken_back(cast, client_of):
    team = people_at("gemeente.test", 5)
    failed = rows(team, state=State.FAILED, error="550 X", attempts=1)
    rows(team[:1], state=State.FAILED, error="complained")
    later = rows(team[:2], "reminder", send_after=NOW + timedelta(days=1))
    client = client_of(cast.beheer)

    def do(what, **asked):
        group = {"stand": "", "soort": "invitation", "domein": "gemeente.test", "fout": "", **asked}
        return client.post(reverse("mail_group", query=group), {"doen": what}, follow=True).content.decode()

    assert "5 berichten zijn opnieuw op weg." in do("opnieuw", stand="failed", fout="550 X")
    assert "is er niet meer" in do("opnieuw", stand="failed", fout="550 X")
    assert "Eén bericht" not in do("opnieuw", stand="failed", fout="complained")
    assert "2 berichten zijn ingetrokken." in do("intrekken", stand="later", soort="reminder")
    states = dict(Message.objects.values_list("id", "state"))
    assert {states[one] for one in failed} == {State.QUEUED}
    assert {states[one] for one in later} == {State.CANCELLED}
    assert set(Message.objects.filter(id__in=failed).values_list("attempts", "error")) == {(0, "")}
    told = [(entry.user, entry.object_repr, entry.object_id) for entry in LogEntry.objects.order_by("id")]
    assert told == [
        (cast.beheer, "5 × Uitnodiging voor een gesprek: opnieuw verstuurd", None),
        (cast.beheer, "2 × Herinnering aan een gesprek: ingetrokken", None),
    ]


def test_account_mail_is_left_alone(cast, client_of):
    Message.objects.create(kind="account", key="1", about=uuid.uuid4(), address="bo@x.test", payload="geheim")
    Message.objects.create(kind="account", key="2", about=uuid.uuid4(), address="bo@x.test", state=State.FAILED)
    for status, what in (("due", "intrekken"), ("failed", "opnieuw")):
        group = window.group(status, "account", "", "", timezone.now())
        assert (group.many, group.may_go_again, group.may_be_taken_back) == (1, False, False)
        query = {"stand": status, "soort": "account", "domein": "", "fout": ""}
        client_of(cast.beheer).post(reverse("mail_group", query=query), {"doen": what})
    assert set(Message.objects.values_list("key", "state")) == {("1", "queued"), ("2", "failed")}


def test_no_page_leads_to_a_receiver_or_to_what_mail_is_about(cast, client_of, settings):
    settings.ALLOWED_HOSTS = ["*"]
    ids = rows([cast.lina, cast.sem], state=State.FAILED, error="550 X")
    ids += rows([cast.joost], send_after=NOW + timedelta(days=1))
    client = client_of(cast.beheer)
    bodies = [client.get(reverse("mail_window", query={"stand": stand})).content.decode() for stand in ("", "alles")]
    groups = [f"{reverse('mail_group')}?{group.query}" for group in seen().rows]
    bodies += [client.get(group).content.decode() for group in groups]
    messages = Message.objects.filter(id__in=ids)
    secrets = {str(value) for row in messages.values_list("id", "about", "recipient_id", "key") for value in row}
    secrets |= {word for who in (cast.lina, cast.sem, cast.joost) for word in (who.name, who.email)}
    assert [secret for secret in secrets for body in bodies if secret in body] == []
    assert all(client_of(who).get(reverse("mail_window")).status_code == 404 for who in (cast.roos, cast.noor))


@pytest.mark.parametrize("count", [1, 30])
def test_the_window_asks_as_often_for_thirty_groups_as_for_one(cast, client_of, count, django_assert_max_num_queries):
    for number in range(count):
        rows(people_at("a.test", 1), state=State.FAILED, error=f"{number}")
    client = client_of(cast.beheer)
    client.get(reverse("mail_window"))
    with django_assert_max_num_queries(9):
        assert client.get(reverse("mail_window")).content.decode().count("?stand=failed") == count


def test_strange_addresses_are_no_trouble(cast, client_of):
    client = client_of(cast.beheer)
    for query in ("stand=x&soort=%00&domein=%00&vanaf=%00", "stand=failed&soort=x", "vanaf=zzzz"):
        assert client.get(f"{reverse('mail_window')}?{query}").status_code == 200
        assert client.get(f"{reverse('mail_group')}?{query}").status_code == 302


def test_each_kind_has_a_dutch_name():
    nameless = [name for name, kind in registry.items() if not getattr(kind, "label", "").strip()]
    assert nameless == []
    assert len({kind.label for kind in registry.values()}) == len(registry)


def test_every_state_of_the_outbox_has_its_place():
    assert {*window.STATUSES} == {window.DUE, window.LATER, *(set(State.values) - {State.QUEUED})}
    assert {*dict(parse_qsl(window.Group("failed", "a", "b", "c").query))} == {"stand", "soort", "domein", "fout"}
