"""How allauth behaves here: nobody signs up by themselves, and its mail goes through the outbox."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from lerend.mail import account_mail
from organisations.models import User


def display_name(user: User) -> str:
    """Return how ``user`` is called on screen."""
    return user.name


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up by invitation only; codes and links leave as sensitive messages."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes their own account."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue allauth's mail as a sensitive message: closed in the table, wiped once sent or expired."""
        message = self.render_mail(template_prefix, email, context)
        account_mail.queue(template_prefix, message)
