"""The connection to the mail server."""

import logging
import smtplib
import traceback

from celery.exceptions import SoftTimeLimitExceeded
from django.core.mail import EmailMultiAlternatives, get_connection

from lerend.mail.delivery import provider
from lerend.mail.delivery.errors import (
    PermanentError,
    TemporaryError,
    UnreachableError,
    code,
    refuses_receiver,
    short,
)

logger = logging.getLogger(__name__)

BREAKS_IN_A_ROW = 3


class Line:
    """One connection to the mail server, kept for a whole run and made again when it breaks."""

    def __init__(self) -> None:
        self._backend = get_connection()
        self._used = False
        self._breaks = 0

    def send(self, mail: EmailMultiAlternatives) -> None:
        """Send one mail; raises UnreachableError, PermanentError or TemporaryError, in words that quote nothing of it.

        A connection that breaks after earlier mail is made again at once: servers end long ones. Not when it broke
        while the mail was handed over: that may have arrived.
        """
        if self._breaks >= BREAKS_IN_A_ROW:
            raise UnreachableError("connections keep breaking")
        used = self._used
        try:
            self._transmit(mail)
        except OSError as error:
            if not (used and _broken(error)) or _handed_over(error):
                raise self._verdict(error) from None
            self.close()
            try:
                self._transmit(mail)
            except OSError as again:
                raise self._verdict(again) from None
        self._used, self._breaks = True, 0

    def close(self) -> None:
        """Hang up, whatever state the connection is in."""
        self._used = False
        try:
            self._backend.close()
        except OSError as error:
            logger.debug("Mail: hanging up gave %s", type(error).__name__)

    def _transmit(self, mail: EmailMultiAlternatives) -> None:
        try:
            self._backend.open()
        except OSError as error:
            raise UnreachableError(short(error)) from None
        try:
            self._backend.send_messages([mail])
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:
            if verdict := provider.verdict(error):
                raise verdict from None
            if isinstance(error, OSError):
                raise
            # An address or a header that cannot be written; a transaction may stand half open
            self.close()
            raise PermanentError(short(error)) from None

    def _verdict(self, error: OSError) -> Exception:
        if _broken(error):
            self._breaks += 1
            self.close()
        else:
            self._breaks = 0
            self._used = True
        answer = code(error)
        # Refused before a receiver was named is about the server's dealings with us, unless the mail is too big.
        if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPHeloError) and answer != 552:
            return UnreachableError(short(error))
        if answer >= 500:
            return PermanentError(short(error), address_fails=refuses_receiver(error))
        return TemporaryError(short(error))


def _broken(error: Exception) -> bool:
    """Return whether the connection is of no more use: it fell away, or the server is ending it (421)."""
    answered = isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused)
    return not answered or code(error) == 421


def _handed_over(error: Exception) -> bool:
    """Return whether the mail itself was under way when the connection broke."""
    return any(frame.f_code is smtplib.SMTP.data.__code__ for frame, _ in traceback.walk_tb(error.__traceback__))
