"""Choosing which mail one wants: signed in, or with the link at the bottom of a mail."""

from __future__ import annotations

from lerend.mail.choice import MailChoice, unsubscriber
from organisations.models import User


def choose_mail(choice: MailChoice, *, by: User) -> None:
    """Have optional mail come as ``choice`` says from now on; what waits in the outbox follows it."""
    User.objects.filter(id=by.id).update(mail_choice=choice)


def choose_by_token(token: str, choice: MailChoice) -> None:
    """Do so for the person to whom ``token`` was given in a mail; an unknown one changes nothing and tells nothing.

    Nobody needs to be signed in, so that it can do no more than this: less mail. Twice is once.
    """
    person = unsubscriber(token)
    if person is not None and choice != MailChoice.EACH:
        User.objects.filter(id=person, is_active=True).update(mail_choice=choice)
