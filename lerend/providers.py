"""The mail providers that ``EMAIL_PROVIDER`` can name, apart from what uses them: the settings read this."""

from typing import NamedTuple


class Provider(NamedTuple):
    """A provider that anymail knows: its backend, and the view that takes its events ("" when it sends none)."""

    backend: str
    events: str


def _of(name: str, *, events: bool = True) -> Provider:
    module = name.lower()
    view = f"anymail.webhooks.{module}.{name}TrackingWebhookView" if events else ""
    return Provider(f"anymail.backends.{module}.EmailBackend", view)


# Each of these carries an agenda file, our own headers and metadata; tests/mail/test_provider.py asks them all.
PROVIDERS = {
    "brevo": _of("Brevo"),
    "mailgun": _of("Mailgun"),
    "mailjet": _of("Mailjet"),
    "postmark": _of("Postmark"),
    "scaleway": _of("Scaleway", events=False),
}
