"""allauth's own mail, codes and links: closed in the outbox, gone once sent, failed or expired."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.db.models import BinaryField
from django.db.models.functions import Cast
from django.utils import timezone

from lerend.crypto import decrypt
from lerend.mail import outbox
from lerend.mail.kinds import MailKind, Rendered, register
from lerend.mail.models import Message

CODE_LASTS = timedelta(minutes=15)
LINK_LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class AccountText:
    """What allauth wrote."""

    subject: str
    text: str
    html: str


@register
class AccountMail(MailKind[AccountText]):
    """A code, a link or a warning about somebody's account, as allauth made it."""

    name = "account"
    label = "Inloggen en account"
    # Its text is gone once it failed; and nobody holds back a warning that somebody's account was changed.
    by_hand = False

    def load(self, messages: Sequence[Message]) -> Mapping[UUID, AccountText]:
        """Open the payloads; raises cryptography's InvalidToken when no key fits one of them."""
        rows = (
            Message.objects.filter(pk__in=[message.pk for message in messages], payload__isnull=False)
            .annotate(closed=Cast("payload", BinaryField()))
            .values_list("pk", "closed")
        )
        return {pk: AccountText(**json.loads(decrypt(bytes(closed)))) for pk, closed in rows}

    def render(self, message: Message, thing: AccountText) -> Rendered:
        """Return it as it was written."""
        return Rendered(subject=thing.subject, text=thing.text, html=thing.html)


def queue(template_prefix: str, message: EmailMessage) -> None:
    """Put allauth's ``message`` down for each of its receivers.

    ``template_prefix`` is allauth's name for it: a code is not sent any more after 15 minutes, the rest after 24 hours.
    """
    html = ""
    if isinstance(message, EmailMultiAlternatives):
        html = next((str(content) for content, mimetype in message.alternatives if mimetype == "text/html"), "")
    elif message.content_subtype == "html":
        html = str(message.body)
    content = AccountText(subject=str(message.subject), text=str(message.body), html=html)
    lasts = CODE_LASTS if "code" in template_prefix.rpartition("/")[2].split("_") else LINK_LASTS
    with transaction.atomic():
        outbox.queue_many(
            outbox.Draft(
                kind=AccountMail.name,
                about=uuid.uuid4(),
                address=address,
                expires_at=timezone.now() + lasts,
                payload=json.dumps(asdict(content)),
            )
            for address in message.to
        )
