"""How allauth behaves here: nobody signs up by themselves, its mail goes through the outbox, its secrets lie closed."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.http import HttpRequest

from lerend import crypto
from lerend.mail import account_mail
from organisations.models import User, needs_second_factor

WAYS = {
    "mfa_reauthenticate:webauthn": "Met je passkey",
    "mfa_reauthenticate": "Met een code",
    "reauthenticate": "Met je wachtwoord",
}


def display_name(user: User) -> str:
    """Return how ``user`` is called on screen."""
    return user.name


def _on_site(address: str) -> str:
    """Return ``address`` on the site's own host, whatever host the request named."""
    return settings.SITE_URL + urlsplit(address).path


class Backend(AuthenticationBackend):
    """Loads who is signed in together with the names of their groups, so that each page knows them at no cost."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the person with this id, or None when there is none or they may not sign in any more."""
        names = Group.objects.filter(user=OuterRef("pk")).order_by().values("name")
        user = User.objects.annotate(group_names=ArraySubquery(names)).filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        user._group_names = set(user.group_names)  # type: ignore[attr-defined]
        return user


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up by invitation only; codes and links leave as sensitive messages."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes their own account."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue allauth's mail as a sensitive message: closed in the table, wiped once sent or expired."""
        message = self.render_mail(template_prefix, email, context)
        account_mail.queue(template_prefix, message)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Warn ``user``; of a changed address both the former and the new one hear."""
        context = {"user": user, **(context or {})}
        super().send_notification_mail(template_prefix, user, context, email)
        if template_prefix == "account/email/email_changed":
            super().send_notification_mail(template_prefix, user, context, context["to_email"])

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """Mail the link that confirms an address, and tell the address that still counts."""
        super().send_confirmation_mail(request, emailconfirmation, signup)
        asked = emailconfirmation.email_address
        if asked.email != asked.user.email:
            context = {"to_email": asked.email}
            self.send_notification_mail("account/email/email_change_asked", asked.user, context, asked.user.email)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link for a new password."""
        return _on_site(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Return the link that confirms an address."""
        return _on_site(super().get_email_confirmation_url(request, emailconfirmation))

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Return how ``user`` shows again who they are: who has a second factor uses it, a password is not enough."""
        found = {method["id"]: method for method in super().get_reauthentication_methods(user)}
        if len(found) > 1:
            found.pop("reauthenticate", None)
        return [{**found[way], "description": text} for way, text in WAYS.items() if way in found]


class FactorAdapter(DefaultMFAAdapter):
    """Second factors: secrets lie closed in the database, and passkeys belong to the site's own host."""

    error_messages = {  # noqa: RUF012 - as allauth has it
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": (
            "Voor jouw rol is een extra stap verplicht. Maak eerst een passkey, dan kan de code-app weg."
        ),
        "cannot_generate_recovery_codes": "Maak eerst een passkey of zet een code-app aan.",
        "incorrect_code": "Dit klopt niet. Probeer het nog een keer.",
    }

    def encrypt(self, text: str) -> str:
        """Close a secret with the project's keys."""
        return crypto.encrypt(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret; raises cryptography's InvalidToken when no key fits."""
        return crypto.decrypt(encrypted_text.encode())

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Who needs a second factor keeps one."""
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return (
            not needs_second_factor(authenticator.user)
            or others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
        )

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        """Return a first name for a new passkey."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {count + 1}" if count else "Mijn passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return to whom passkeys belong: the host of the site's address, whatever host the request named."""
        return {"id": settings.SITE_HOST, "name": settings.MFA_TOTP_ISSUER}
