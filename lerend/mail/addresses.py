"""Which addresses take no mail: refused by their server, or bounced, and not written to with success since.

An address is kept as a one-way mark with a key from outside the database, so that the table lists nobody. Another
address of the same person has another mark, and starts afresh.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from lerend.mail.models import FailingAddress
from lerend.mail.signals import address_fails


def mark(address: str) -> str:
    """Return the mark (64 hex digits) of ``address``, capitals aside."""
    return hmac.new(settings.MARK_KEY.encode(), f"mail:{address.lower()}".encode(), hashlib.sha256).hexdigest()


def failing(addresses: Iterable[str]) -> set[str]:
    """Return which of ``addresses`` take no mail, in small letters. One query, none for no addresses."""
    marks = {mark(address): address.lower() for address in addresses if address}
    if not marks:
        return set()
    found = FailingAddress.objects.filter(mark__in=marks).values_list("mark", flat=True)
    return {marks[one] for one in found}


@transaction.atomic
def fails(address: str, at: datetime) -> None:
    """Write down that ``address`` took no mail ``at`` that moment, and tell the apps above; twice is once."""
    if not address:
        return
    row = FailingAddress(mark=mark(address), since=at)
    FailingAddress.objects.bulk_create([row], ignore_conflicts=True)
    FailingAddress.objects.filter(mark=row.mark, since__lt=at).update(since=at)  # what is told late may be older
    address_fails.send(sender=None, address=address.lower())


def works(address: str, at: datetime) -> None:
    """Write down that ``address`` took mail ``at`` that moment; a failure of later is left as it is."""
    FailingAddress.objects.filter(mark=mark(address), since__lte=at).delete()


def all_marks() -> set[str]:
    """Return the marks of all addresses that fail now. One query."""
    return set(FailingAddress.objects.values_list("mark", flat=True))


def forget(before: datetime) -> None:
    """Delete what was written down ``before`` that moment: mail to it is tried, and told about, as if it were new."""
    FailingAddress.objects.filter(since__lt=before).delete()
