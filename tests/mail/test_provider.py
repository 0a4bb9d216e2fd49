"""Mail through the interface of a provider, and what it tells afterwards."""

import base64
import json
import runpy
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
import requests
from anymail.exceptions import (
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailUnsupportedFeature,
    AnymailWebhookValidationFailure,
)
from anymail.signals import tracking as events
from django.core.exceptions import SuspiciousOperation
from django.test import RequestFactory
from django.utils import timezone

from lerend import urls
from lerend.mail import addresses, outbox, tracking
from lerend.mail.delivery import provider
from lerend.mail.kinds import Rendered
from lerend.mail.models import FailingAddress, Message, State
from lerend.mail.outbox import Counts
from lerend.providers import PROVIDERS

pytestmark = pytest.mark.django_db
KEYS = {
    "BREVO_API_KEY": "sleutel",
    "MAILGUN_API_KEY": "sleutel",
    "MAILJET_API_KEY": "sleutel",
    "MAILJET_SECRET_KEY": "geheim",
    "POSTMARK_SERVER_TOKEN": "sleutel",
    "SCALEWAY_SECRET_KEY": "sleutel",
    "SCALEWAY_PROJECT_ID": "project",
    "WEBHOOK_SECRET": "wie:geheim",
}
# What each says when it took a mail to lina.
TOOK = {
    "brevo": {"messageId": "1"},
    "mailgun": {"id": "1", "message": "Queued"},
    "mailjet": {"Messages": [{"Status": "success", "To": [{"Email": "lina@voorbeeld.test", "MessageID": 1}]}]},
    "postmark": {"ErrorCode": 0, "Message": "OK", "To": "lina@voorbeeld.test", "MessageID": "1", "SubmittedAt": ""},
    "scaleway": {"emails": [{"id": "1", "message_id": "1", "mail_rcpt": "lina@voorbeeld.test", "status": "new"}]},
}
ICS = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def posted(settings, monkeypatch):
    """Switch a provider on, ``posted(name)``, and give the requests that go to it; it answers ``posted.answer``."""
    sent = []

    class Posted:
        answer: object = None

        def __call__(self, name):
            settings.EMAIL_PROVIDER, settings.EMAIL_BACKEND = name, PROVIDERS[name].backend
            settings.ANYMAIL = KEYS
            settings.DEFAULT_FROM_EMAIL = "Lerend Versterken <post@lerend.test>"
            self.name = name
            return sent

    control = Posted()

    def request(self, **params):
        sent.append(params)
        answer = control.answer
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code = answer or 200
        response._content = json.dumps(TOOK[control.name]).encode()
        return response

    monkeypatch.setattr(requests.Session, "request", request)
    return control


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_provider_takes_text_calendar_headers_and_our_id(posted, person, queue_note, note, name):
    sent = posted(name)
    note.render = lambda message, thing: Rendered(
        subject="Uitnodiging: café ☕", text="Dag Lina", html="<p>Dag Lina</p>", calendar=ICS, headers={"X-Reeks": "1"}
    )
    message = queue_note(person("Lina"))
    assert outbox.deliver() == Counts(sent=1)
    [request] = sent
    said = json.dumps([request.get("data"), request.get("json")], default=str) + str(request.get("files"))
    calendar = base64.b64encode(ICS).decode()
    assert (calendar in said or repr(ICS)[2:-1] in said, "agenda.ics" in said) == (True, True)
    assert (str(message.id) in said, "X-Reeks" in said, "auto-generated" in said) == (True, True, True)


@pytest.mark.parametrize(
    ("answer", "state", "error", "counts"),
    [
        (400, "failed", "400 AnymailRequestsAPIError", Counts(failed=1)),
        (500, "queued", "500 AnymailRequestsAPIError", Counts(retried=1)),
        (429, "queued", "", Counts(released=1)),
        (401, "queued", "", Counts(released=1)),
        (503, "queued", "", Counts(released=1)),
        (requests.ConnectionError("lina@voorbeeld.test"), "queued", "", Counts(released=1)),
        (requests.ReadTimeout("lina@voorbeeld.test"), "queued", "AnymailRequestsAPIError", Counts(retried=1)),
    ],
)
def test_what_a_provider_answers(posted, person, queue_note, answer, state, error, counts):
    posted("brevo")
    posted.answer = answer
    message = queue_note(person("Lina"))
    assert outbox.deliver() == counts
    message.refresh_from_db()
    assert (message.state, message.error) == (state, error)
    assert addresses.failing(["lina@voorbeeld.test"]) == set()


def test_a_receiver_that_a_provider_refuses(settings):
    settings.EMAIL_PROVIDER = "brevo"
    refused = provider.verdict(AnymailRecipientsRefused())
    assert (type(refused).__name__, refused.address_fails) == ("PermanentError", True)
    strange = provider.verdict(AnymailUnsupportedFeature("x"))
    assert (type(strange).__name__, strange.address_fails) == ("PermanentError", False)
    assert provider.verdict(OSError()) is None
    settings.EMAIL_PROVIDER = ""
    assert provider.verdict(AnymailRequestsAPIError()) is None


@pytest.fixture
def event(settings):
    """Have Brevo tell something of a message, as it does: over its webhook; gives the status of the answer."""
    settings.EMAIL_PROVIDER, settings.ANYMAIL = "brevo", KEYS
    events.connect(tracking.on_event, dispatch_uid="tests")
    view = provider.webhook()

    def tell(message_id, what, at, who="wie:geheim", email=""):
        known = Message.objects.filter(id=message_id).first() if isinstance(message_id, UUID) else None
        body = {
            "event": what,
            "email": email or (known.to if known else "lina@voorbeeld.test"),
            "ts_epoch": at.timestamp() * 1000,
            "reason": "550 5.1.1 nobody",
            "X-Mailin-custom": json.dumps({"message": str(message_id)}),
        }
        auth = "Basic " + base64.b64encode(who.encode()).decode()
        return view(
            RequestFactory().post(
                "/post/gebeurtenissen/", json.dumps(body), content_type="application/json", HTTP_AUTHORIZATION=auth
            )
        ).status_code

    yield tell
    events.disconnect(dispatch_uid="tests")


def sent(message, **fields):
    Message.objects.filter(id=message.id).update(state=State.SENT, sent_at=timezone.now(), attempts=1, **fields)
    return message


@pytest.mark.parametrize(
    ("what", "error"),
    [("hard_bounce", "bounced 550"), ("blocked", "rejected 550"), ("spam", "complained 550")],
)
def test_mail_that_came_back_failed_after_all(event, person, queue_note, what, error):
    message, at = sent(queue_note(person("Lina"))), timezone.now()
    assert [event(message.id, what, at), event(message.id, what, at)] == [200, 200]
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.error) == (State.FAILED, None, error)
    assert addresses.failing(["lina@voorbeeld.test"]) == {"lina@voorbeeld.test"}


def test_events_in_any_order_end_the_same(event, person, queue_note):
    start = timezone.now()
    told = (("request", 0), ("delivered", 1), ("hard_bounce", 2), ("hard_bounce", 2))
    ends = set()
    for order in set(permutations(told)):
        lina = person("Lina", f"lina{len(ends)}-{timezone.now().timestamp()}@voorbeeld.test")
        message = sent(queue_note(lina))
        for what, second in order:
            event(message.id, what, start + timedelta(seconds=second))
        message.refresh_from_db()
        ends.add((message.state, message.error, addresses.failing([lina.email]) == {lina.email}))
    assert ends == {(State.FAILED, "bounced 550", True)}


def test_later_mail_that_is_delivered_mends_an_address(event, person, queue_note):
    lina, at = person("Lina"), timezone.now()
    first, second = sent(queue_note(lina)), sent(queue_note(lina))
    event(first.id, "hard_bounce", at)
    event(second.id, "delivered", at + timedelta(seconds=1))
    assert addresses.failing([lina.email]) == set()


@pytest.mark.parametrize("state", State)
def test_only_of_mail_that_left_is_known_that_it_arrived(event, person, queue_note, state):
    """What came back stays so, whatever is told of it afterwards; what never left cannot have been delivered."""
    lina, at = person("Lina"), timezone.now()
    message = queue_note(lina)
    fields = {
        State.SENT: {"sent_at": at},
        State.SENDING: {"claim": message.id, "claimed_at": at},
        State.BUNDLED: {"bundle": message.id},
    }
    Message.objects.filter(id=message.id).update(state=state, **fields.get(state, {}))
    addresses.fails(lina.email, at)
    later = at + timedelta(seconds=1)
    event(message.id, "delivered", later, email="lina@vroeger.test")
    assert addresses.failing([lina.email]) == {lina.email}
    event(message.id, "delivered", later)
    assert (addresses.failing([lina.email]) == set()) == (state in {State.SENT, State.SENDING})


def test_a_bounce_of_a_former_address_says_nothing_of_the_new_one(event, person, queue_note):
    lina, at = person("Lina"), timezone.now()
    message = sent(queue_note(lina))
    type(lina).objects.filter(id=lina.id).update(email="lina@nieuw.test")
    event(message.id, "hard_bounce", at, email="lina@voorbeeld.test")
    message.refresh_from_db()
    assert (message.state, addresses.failing(["lina@nieuw.test"])) == (State.FAILED, set())


def test_a_bounce_may_be_faster_than_our_own_hand(event, posted, person, queue_note, monkeypatch):
    posted("brevo")
    message = queue_note(person("Lina"))
    monkeypatch.setattr(
        requests.Session, "request", lambda self, **params: event(message.id, "hard_bounce", timezone.now()) and _ok()
    )
    assert outbox.deliver() == Counts(lost=1)
    message.refresh_from_db()
    assert (message.state, message.error) == (State.FAILED, "bounced 550")


def _ok():
    response = requests.Response()
    response.status_code, response._content = 201, b'{"messageId": "1"}'
    return response


@pytest.mark.parametrize("what", ["hard_bounce", "delivered", "opened"])
def test_what_is_not_about_our_mail_is_let_go(event, person, queue_note, what):
    waiting = queue_note(person("Lina"))
    at = timezone.now()
    answers = [event(one, what, at) for one in ("x", "00000000-0000-0000-0000-000000000001", waiting.id)]
    waiting.refresh_from_db()
    assert (answers, waiting.state) == ([200, 200, 200], State.QUEUED)


def test_what_is_told_again_of_an_earlier_attempt_says_nothing_of_the_next(event, person, queue_note):
    """The mail bounced, the address was mended, the mail went again; then the provider repeats the bounce."""
    lina, at = person("Lina"), timezone.now() - timedelta(hours=1)
    message = sent(queue_note(lina))
    type(lina).objects.filter(id=lina.id).update(email="lina@nieuw.test")
    for email in ("lina@voorbeeld.test", "lina@nieuw.test", ""):
        for what in ("hard_bounce", "spam"):
            event(message.id, what, at, email=email)
    message.refresh_from_db()
    assert (message.state, addresses.failing(["lina@voorbeeld.test", "lina@nieuw.test"])) == (State.SENT, set())


def test_what_is_told_late_or_of_tomorrow_does_not_stand_for_what_happened_since(event, person, queue_note):
    lina, now = person("Lina"), timezone.now()
    first, second, third = (sent(queue_note(lina)) for _ in range(3))
    addresses.fails(lina.email, now + timedelta(seconds=2))
    event(first.id, "hard_bounce", now)  # told after a later one
    event(second.id, "delivered", now + timedelta(seconds=1))
    assert addresses.failing([lina.email]) == {lina.email}
    event(third.id, "hard_bounce", now + timedelta(days=300))
    assert FailingAddress.objects.get().since < now + timedelta(days=1)


@pytest.mark.parametrize("name", [name for name, known in PROVIDERS.items() if known.events])
def test_what_cannot_be_read_is_the_senders_mistake(settings, name):
    settings.EMAIL_PROVIDER, settings.ANYMAIL = name, KEYS | {"MAILGUN_WEBHOOK_SIGNING_KEY": "sleutel"}
    view = provider.webhook()
    auth = "Basic " + base64.b64encode(b"wie:geheim").decode()
    wrong = {"event": "bounce", "email": 5, "ts_epoch": 1e30, "time": 1e30, "Payload": "[1]", "X-Mailin-custom": "[1]"}
    bodies = ["", "x", "null", "5", "[]", "[[]]", '"x"', "{}", "\x00", "[" * 100_000, json.dumps(wrong)]
    found = set()
    for body in bodies:
        try:
            request = RequestFactory().post(
                "/post/gebeurtenissen/", body, content_type="application/json", HTTP_AUTHORIZATION=auth
            )
            found.add(view(request).status_code)
        except SuspiciousOperation:  # of which Django makes 400
            found.add(400)
    assert (found <= {200, 400}, view(RequestFactory().get("/post/gebeurtenissen/")).status_code) == (True, 405)
    assert view.csrf_exempt


def test_nobody_else_tells_that_an_address_fails(event, person, queue_note):
    message = sent(queue_note(person("Lina")))
    with pytest.raises(AnymailWebhookValidationFailure):  # a SuspiciousOperation, of which Django makes 400
        event(message.id, "hard_bounce", timezone.now(), who="wie:raad")
    message.refresh_from_db()
    assert message.state == State.SENT


@pytest.mark.parametrize(("name", "there"), [("", False), ("brevo", True), ("scaleway", False)])
def test_the_address_for_events_is_there_with_a_provider_that_sends_them(settings, name, there):
    settings.EMAIL_PROVIDER, settings.ANYMAIL = name, KEYS
    names = [getattr(pattern, "name", "") for pattern in runpy.run_path(urls.__file__)["urlpatterns"]]
    assert ("mail_events" in names) == there
