"""What the apps above are told of mail. They stand on this one, which knows none of them."""

from django.dispatch import Signal

# address: a mail address that takes no mail, in small letters. Sent within the transaction that wrote that down.
address_fails = Signal()
