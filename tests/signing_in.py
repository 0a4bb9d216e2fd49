"""Sessions as a sign-in leaves them, for tests that are about something else."""

from __future__ import annotations

import json
import time
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.test import Client
from fido2.cose import ES256
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    RegistrationResponse,
)

from organisations.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_now(secret: str = SECRET) -> str:
    """Return what a code app shows for ``secret``, well before it shows another."""
    while time.time() % 30 > 25:
        time.sleep(0.1)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def passkey_records(user: User) -> dict[str, object]:
    """What allauth keeps in the session of somebody who signed in with a passkey."""
    shown = {"method": "mfa", "at": time.time(), "id": 1, "type": "webauthn", "passwordless": True}
    return {AUTHENTICATION_METHODS_SESSION_KEY: [shown], "account_authentication_methods_user": str(user.pk)}


def make_passkey(user: User, name: str = "Laptop") -> Authenticator:
    """Give ``user`` a passkey as a browser would have made it."""
    credential_id = token_bytes(16)
    key = ES256.from_cryptography_key(generate_private_key(SECP256R1()).public_key())
    data = AuthenticatorData.create(
        sha256(b"localhost").digest(),
        AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT,
        0,
        AttestedCredentialData.create(Aaguid(bytes(16)), credential_id, key),
    )
    made = RegistrationResponse(
        raw_id=credential_id,
        response=AuthenticatorAttestationResponse(
            client_data=CollectedClientData.create("webauthn.create", b"asked", "http://localhost"),
            attestation_object=AttestationObject.create("none", data, {}),
        ),
    )
    credential = {**dict(made), "clientExtensionResults": {"credProps": {"rk": True}}}
    return Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": name, "credential": json.loads(json.dumps(credential))},
    )


class Browser(Client):
    """Django's client, in which people sign in with a passkey: whoever needs a second factor showed one."""

    def force_login(self, user: Any, backend: str | None = None) -> None:
        """Sign ``user`` in with a passkey; Django's own ``Client`` signs in without."""
        super().force_login(user, backend)
        session = self.session
        session.update(passkey_records(user))
        session.save()
