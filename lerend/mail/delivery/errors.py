"""Why a mail did not leave, in words that quote nothing of it."""

import smtplib


class UnreachableError(Exception):
    """The mail server takes no mail now; no message is to blame."""


class PermanentError(Exception):
    """This message cannot be sent, now or later. ``address_fails`` tells that its receiver's address is why."""

    def __init__(self, words: str, *, address_fails: bool = False) -> None:
        super().__init__(words)
        self.address_fails = address_fails


class TemporaryError(Exception):
    """This message could not be sent now."""


def code(error: Exception) -> int:
    """Return the SMTP code of an error, 0 when it has none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


# No such mailbox, moved, full, no such name, no mail taken there: not 554, which is mostly about the sender.
_NO_SUCH_RECEIVER = frozenset({521, 550, 551, 552, 553, 556})


def refuses_receiver(error: Exception) -> bool:
    """Return whether the server takes no mail for this receiver; a refusal by policy (5.7.x) says nothing of them."""
    return isinstance(error, smtplib.SMTPRecipientsRefused) and any(
        code in _NO_SUCH_RECEIVER and not bytes(said).startswith(b"5.7.") for code, said in error.recipients.values()
    )


def short(error: Exception) -> str:
    """Return code and class of an error; its own words may quote an address."""
    return " ".join(filter(None, (str(code(error) or ""), type(error).__name__)))
