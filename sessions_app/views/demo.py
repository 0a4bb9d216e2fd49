"""The demo: be somebody of the cast, read the mail that went out, and let time pass."""

from __future__ import annotations

import mailbox as mailboxes
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import wraps
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lerend.mail import outbox
from organisations import second_factor
from organisations.models import User
from sessions_app.demo import CAST

SHOWN = 50
AHEAD = {"uur": timedelta(hours=1), "dag": timedelta(days=1), "week": timedelta(days=7)}


def demo_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make ``view`` exist in the demo alone."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


@demo_only
def cast(request: HttpRequest) -> HttpResponse:
    """Everyone one can be."""
    return render(request, "demo/cast.html", {"cast": CAST})


@demo_only
@require_POST
def become(request: HttpRequest, key: str) -> HttpResponse:
    """Sign in as somebody of the cast, as if with their passkey."""
    person = next((person for person in CAST if person.key == key), None)
    if person is None:
        raise Http404
    user = User.objects.filter(email=person.email).first()
    if user is None:
        messages.error(request, "Deze persoon is er niet meer. Start de demo opnieuw met --fresh.")
        return redirect("demo")
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    second_factor.record(request, user, "demo")
    UserSession.objects.create_from_request(request)
    return redirect("today")


@dataclass(frozen=True)
class Letter:
    """A mail that went out, as the demo shows it."""

    key: str
    subject: str
    to: str
    sent: datetime | None
    text: str
    calendar: str


def _letter(key: str, message: EmailMessage) -> Letter:
    body = message.get_body(preferencelist=("plain",))
    calendar = next((part for part in message.walk() if part.get_content_type() == "text/calendar"), None)
    date = message["Date"].datetime if message["Date"] else None
    if date and date.tzinfo is None:  # "-0000": UTC, and nothing known of where it was written
        date = date.replace(tzinfo=UTC)
    return Letter(
        key=key,
        subject=str(message["Subject"]),
        to=str(message["To"]),
        sent=date,
        text=body.get_content() if body else "",
        calendar=calendar.get_content() if calendar is not None else "",
    )


def _letters() -> mailboxes.Maildir:
    return mailboxes.Maildir(
        settings.VAR_DIR / "demo-mail",
        factory=BytesParser(policy=policy.default).parse,  # type: ignore[arg-type]
        create=True,
    )


@demo_only
def mailbox(request: HttpRequest) -> HttpResponse:
    """The newest mail that was sent, of one person with ``?aan=``."""
    box = _letters()
    letters = [_letter(key, box[key]) for key in sorted(box.keys(), key=_arrived, reverse=True)[: SHOWN * 4]]  # type: ignore[arg-type]
    wanted = request.GET.get("aan", "")
    shown = [letter for letter in letters if not wanted or wanted in letter.to][:SHOWN]
    return render(request, "demo/mailbox.html", {"letters": shown, "cast": CAST, "wanted": wanted, "ahead": AHEAD})


def _arrived(key: str) -> tuple[float, str]:
    """Order Maildir keys by the time they start with."""
    first = key.split(".", 1)[0]
    return (float(first) if first.isdecimal() else 0.0, key)


@demo_only
def mail(request: HttpRequest, key: str) -> HttpResponse:
    """One mail, with its calendar part."""
    box = _letters()
    if key not in box.keys():  # noqa: SIM118 - a Maildir is no dict: "in" would open a path
        raise Http404
    return render(request, "demo/mail.html", {"letter": _letter(key, box[key])})  # type: ignore[arg-type]


@demo_only
@require_POST
def clock(request: HttpRequest) -> HttpResponse:
    """Deliver what would be due in an hour, a day or a week, as if that time had passed."""
    ahead = AHEAD.get(request.POST.get("verder", ""))
    if ahead is None:
        raise Http404
    counts = outbox.deliver(now=timezone.now() + ahead)
    messages.success(
        request, f"De klok ging even vooruit: {counts.sent} mails verstuurd. Daarna loopt hij weer gewoon."
    )
    return redirect("demo_mail")
