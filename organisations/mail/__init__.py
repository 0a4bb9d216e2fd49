"""The kinds of mail about coming in; importing them makes them known to the outbox."""

from organisations.mail import doors

__all__ = ["doors"]
