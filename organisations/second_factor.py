"""Who sees much signs in with a second factor or a passkey, and each session shows one for itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import clear_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from lerend import rotation
from organisations.models import User, needs_second_factor

METHOD = "mfa"  # as allauth records a second factor, and a passkey
ALWAYS = {"healthz", "readyz", "account_logout", "account_confirm_email", "unsubscribe"}
SHOW_ONE = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
MAKE_ONE = {"mfa_index", "mfa_add_webauthn", "mfa_activate_totp", "account_reauthenticate"}


@dataclass(frozen=True)
class Factors:
    """What somebody has: passkeys, a code app, and how many recovery codes are left (None: none were made)."""

    passkeys: int = 0
    app: bool = False
    codes: int | None = None


def factors_of(user: User) -> Factors:
    """Return which second factors ``user`` has. One query."""
    rows = list(Authenticator.objects.filter(user=user))
    kinds = [row.type for row in rows]
    codes = next((row.wrap() for row in rows if row.type == Authenticator.Type.RECOVERY_CODES), None)
    return Factors(
        passkeys=kinds.count(Authenticator.Type.WEBAUTHN),
        app=Authenticator.Type.TOTP in kinds,
        codes=len(codes.get_unused_codes()) if codes else None,
    )


def shown(request: HttpRequest, user: User) -> bool:
    """Return whether ``user`` showed a second factor or a passkey in this session, or made their first one in it."""
    return any(record.get("method") == METHOD for record in get_authentication_records(request, user))


def record(request: HttpRequest, user: User, kind: str) -> None:
    """Put down in the session that ``user`` showed a second factor of this ``kind`` just now."""
    record_authentication(request, user, METHOD, type=kind, reauthenticated=True)


@transaction.atomic
def take_away(user: User) -> None:
    """Take the factors of ``user``, who lost them, away; end their sessions, and tell them by mail."""
    Authenticator.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    get_adapter().send_notification_mail("mfa/email/taken_away", user, email=user.email)


class SecondFactorMiddleware:
    """Leads who needs a second factor, and did not show one in this session, to where one is shown or made.

    Views are not asked: an address that somebody adds is guarded from the start. It costs no query, as the names of
    the groups come along with the person; whoever is put in a group is asked at the next page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on the request; templates may ask whether a second factor is what is waited for."""
        request.second_factor_missing = False  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Return a redirect when this page has to wait."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        user: Any = request.user
        if name in ALWAYS or not user.is_authenticated or not needs_second_factor(user) or shown(request, user):
            return None
        request.second_factor_missing = True  # type: ignore[attr-defined]
        ways = [way for way in get_adapter().get_reauthentication_methods(user) if way["id"] != "reauthenticate"]
        if name in (SHOW_ONE if ways else MAKE_ONE):
            return None
        if not ways:
            return HttpResponseRedirect(reverse("mfa_index"))
        back = request.get_full_path() if request.method == "GET" else reverse("today")
        return HttpResponseRedirect(f"{ways[0]['url']}?{urlencode({'next': back})}")


def _made(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Count the first factor that somebody makes as shown: they did so to make it.

    A further one counts only in a session that showed one before. Otherwise a session that began without could make
    itself a key next to that of the person.
    """
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        return
    others = Authenticator.objects.filter(user=user).exclude(pk=authenticator.pk)
    if shown(request, user) or not others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        record(request, user, authenticator.type)


def _removed(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Forget what this session showed once the last factor is gone: who needs one makes another first."""
    if not Authenticator.objects.filter(user=user).exists():
        clear_authentication_records(request)


def _secrets_through(data: dict[str, Any], renew: rotation.Renew) -> dict[str, Any]:
    """Return the ``data`` of an authenticator with each secret in it, which ``FactorAdapter`` closed, renewed."""

    def renewed(name: str, value: Any) -> Any:
        if name in {"secret", "seed"}:
            return renew(value.encode()).decode()
        if name == "migrated_codes":
            return [renew(code.encode()).decode() for code in value]
        return value

    return {name: renewed(name, value) for name, value in data.items()}


def connect() -> None:
    """Listen to what people do with their factors, and have their secrets renewed when keys are."""
    authenticator_added.connect(_made)
    authenticator_removed.connect(_removed)
    rotation.register(rotation.Place(Authenticator, "data", _secrets_through))
