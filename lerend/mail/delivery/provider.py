"""Sending through the interface of a mail provider (EMAIL_PROVIDER), with django-anymail, instead of by SMTP.

Without a provider nothing of anymail is loaded. What a provider tells afterwards, such as a bounce, comes in at
``lerend.mail.tracking``.
"""

import logging
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.module_loading import import_string

from lerend.mail.delivery.errors import PermanentError, TemporaryError, UnreachableError, short
from lerend.mail.kinds import Method
from lerend.providers import PROVIDERS

logger = logging.getLogger(__name__)

LABEL = "message"  # of the metadata that comes back with each event

# What is about this one mail. Any other 4xx is about us: the key, the domain, the bill, the speed.
_REFUSED = frozenset({400, 413, 422})
_AWAY = frozenset({502, 503, 504})
# What anymail may raise over a body that it does not know; some of it before it looks who sent that.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, OSError)


def on() -> bool:
    """Return whether mail goes through a provider."""
    return bool(settings.EMAIL_PROVIDER)


def label(mail: EmailMultiAlternatives, message_id: UUID) -> None:
    """Give ``mail`` the id by which events about it find its row again."""
    if on():
        mail.metadata = {LABEL: str(message_id)}  # type: ignore[attr-defined]


def attach_calendar(mail: EmailMultiAlternatives, calendar: str, method: Method) -> None:
    """Put ``calendar`` in ``mail``: as one of its readings, or as a file where a provider knows only text and HTML."""
    kind = f"text/calendar; method={method}"
    if on():
        mail.attach("agenda.ics", calendar, kind)
    else:
        mail.attach_alternative(calendar, kind)


def verdict(error: Exception) -> Exception | None:
    """Return what ``error`` of a provider means for delivery, in words that quote nothing; None for other errors."""
    if not on():
        return None
    import requests
    from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused

    if not isinstance(error, AnymailError):
        return None
    if isinstance(error, AnymailRecipientsRefused | AnymailInvalidAddress):
        return PermanentError(short(error), address_fails=True)
    status = error.status_code
    words = " ".join(filter(None, (str(status or ""), type(error).__name__)))
    if status is None:
        if isinstance(error, requests.ConnectionError):
            return UnreachableError(words)
        # Without an answer nobody knows whether it went; what cannot even be asked never goes.
        return (TemporaryError if isinstance(error, requests.RequestException) else PermanentError)(words)
    if status in _REFUSED:
        return PermanentError(words)
    return UnreachableError(words) if 400 <= status < 500 or status in _AWAY else TemporaryError(words)


def webhook() -> Any:
    """Return the view that takes the events of the provider that is on; None without one."""
    events = PROVIDERS[settings.EMAIL_PROVIDER].events if on() else ""
    if not events:
        return None
    view = import_string(events).as_view()

    @wraps(view)
    def readable(request: HttpRequest) -> HttpResponse:
        try:
            answer: HttpResponse = view(request)
        except _UNREADABLE as error:
            logger.warning("Mail: what the provider told could not be read (%s)", type(error).__name__)
            return HttpResponseBadRequest()
        return answer

    return readable
