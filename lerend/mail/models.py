"""The outbox: one row a message, made in the transaction that gives reason to it."""

import uuid

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


OPEN_STATES = (State.QUEUED, State.SENDING)
CLOSED_STATES = (State.SENT, State.FAILED, State.CANCELLED, State.OBSOLETE)


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
            models.Index(fields=("kind",), name="message_failed", condition=Q(state=State.FAILED)),
        )

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    @property
    def to(self) -> str:
        """The address it goes to now; empty when nobody is left."""
        return self.address or (self.recipient.email if self.recipient else "")


class FailingAddress(models.Model):
    """That an address takes no mail. ``lerend.mail.addresses`` reads and writes it."""

    mark = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "adres dat faalt", "adressen die falen"
        indexes = (models.Index(fields=("since",), name="failing_address_by_age"),)

    def __str__(self) -> str:
        return "adres dat faalt"
