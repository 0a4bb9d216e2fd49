"""Sessions as a sign-in leaves them, for tests that are about something else."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from organisations.models import User


def passkey_records(user: User) -> dict[str, object]:
    """What allauth keeps in the session of somebody who signed in with a passkey."""
    shown = {"method": "mfa", "at": time.time(), "id": 1, "type": "webauthn", "passwordless": True}
    return {AUTHENTICATION_METHODS_SESSION_KEY: [shown], "account_authentication_methods_user": str(user.pk)}


class Browser(Client):
    """Django's client, in which people sign in with a passkey: whoever needs a second factor showed one."""

    def force_login(self, user: Any, backend: str | None = None) -> None:
        """Sign ``user`` in with a passkey; Django's own ``Client`` signs in without."""
        super().force_login(user, backend)
        session = self.session
        session.update(passkey_records(user))
        session.save()
