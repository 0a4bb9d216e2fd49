"""Why a mail did not leave, in words that quote nothing of it."""

import smtplib


class UnreachableError(Exception):
    """The mail server takes no mail now; no message is to blame."""


class PermanentError(Exception):
    """This message cannot be sent, now or later."""


class TemporaryError(Exception):
    """This message could not be sent now."""


def code(error: Exception) -> int:
    """Return the SMTP code of an error, 0 when it has none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def short(error: Exception) -> str:
    """Return code and class of an error; its own words may quote an address."""
    return " ".join(filter(None, (str(code(error) or ""), type(error).__name__)))
