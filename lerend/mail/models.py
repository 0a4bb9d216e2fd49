"""The outbox: one row a message, made in the transaction that gives reason to it."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from lerend.crypto import EncryptedTextField


class State(models.TextChoices):
    """Where a message is on its way out."""

    QUEUED = "queued", "Wacht"
    SENDING = "sending", "Onderweg"
    SENT = "sent", "Verstuurd"
    FAILED = "failed", "Mislukt"
    CANCELLED = "cancelled", "Ingetrokken"
    OBSOLETE = "obsolete", "Niet meer nodig"
    # We were too late: its use had run out before it could be sent.
    MISSED = "missed", "Te laat om nog te sturen"
    BUNDLED = "bundled", "In de dagelijkse mail"


OPEN_STATES = (State.QUEUED, State.SENDING)
CLOSED_STATES = (State.SENT, State.FAILED, State.CANCELLED, State.OBSOLETE, State.MISSED, State.BUNDLED)


class Message(models.Model):
    """One mail to one receiver. What it says is made when it is sent; only sensitive kinds carry a closed payload."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=220)
    # Without an index: each state change would pay for it, and only the deletion of a person would use it.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    # Mail to somebody without an account or to one given address; empty is the recipient's address of that moment.
    address = models.EmailField(blank=True)
    about = models.UUIDField()
    about_part = models.UUIDField(null=True)
    sequence = models.PositiveIntegerField(default=0)
    send_after = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    keep_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=100, blank=True)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    payload = EncryptedTextField(null=True)
    # The daily mail in which it went: what became of it stands there.
    bundle = models.UUIDField(null=True)

    # Not stored: the moment of sending, also where the clock is run forward.
    sending_at: datetime | None = None
    # Not stored: when a later message of its kind says the same; a kind that cares sets it in ``load``.
    followed_at: datetime | None = None

    class Meta:
        verbose_name, verbose_name_plural = "bericht", "berichten"
        constraints = (
            # Not unique=True: that comes with a second index, for LIKE, which every state change would pay for.
            models.UniqueConstraint(fields=("key",), name="message_key_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="message_state_known"),
            models.CheckConstraint(condition=Q(recipient__isnull=False) | ~Q(address=""), name="message_has_receiver"),
            models.CheckConstraint(
                condition=Q(state=State.SENDING, claim__isnull=False, claimed_at__isnull=False)
                | (~Q(state=State.SENDING) & Q(claim__isnull=True, claimed_at__isnull=True)),
                name="message_claimed_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(state=State.SENT, sent_at__isnull=False) | (~Q(state=State.SENT) & Q(sent_at__isnull=True)),
                name="message_sent_at_when_sent",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_STATES) | Q(payload__isnull=True), name="message_payload_wiped_when_closed"
            ),
            models.CheckConstraint(
                condition=Q(state=State.BUNDLED, bundle__isnull=False)
                | (~Q(state=State.BUNDLED) & Q(bundle__isnull=True)),
                name="message_bundled_in_a_digest",
            ),
        )
        indexes = (
            # Mail about one thing together: what a batch is about is read once for all of it.
            models.Index(fields=("send_after", "about"), name="message_due", condition=Q(state=State.QUEUED)),
            models.Index(fields=("claimed_at",), name="message_claimed", condition=Q(state=State.SENDING)),
            models.Index(
                fields=("expires_at",),
                name="message_expiring",
                condition=Q(state=State.QUEUED, expires_at__isnull=False),
            ),
            models.Index(fields=("about", "kind"), name="message_about"),
            models.Index(fields=("bundle",), name="message_bundle", condition=Q(bundle__isnull=False)),
            models.Index(fields=("kind",), name="message_failed", condition=Q(state=State.FAILED)),
        )

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    @property
    def to(self) -> str:
        """The address it goes to now; empty when nobody is left."""
        return self.address or (self.recipient.email if self.recipient else "")

    @property
    def moment(self) -> datetime:
        """When it is sent: now, unless the clock is run forward."""
        return self.sending_at or timezone.now()


class DigestDay(models.Model):
    """A day of which the daily mails were put together: all of them or none, and once."""

    day = models.DateField(primary_key=True)

    class Meta:
        verbose_name, verbose_name_plural = "dag met dagelijkse mail", "dagen met dagelijkse mail"

    def __str__(self) -> str:
        return f"{self.day}"


class FailingAddress(models.Model):
    """That an address takes no mail. ``lerend.mail.addresses`` reads and writes it."""

    mark = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "adres dat faalt", "adressen die falen"
        indexes = (models.Index(fields=("since",), name="failing_address_by_age"),)

    def __str__(self) -> str:
        return "adres dat faalt"
