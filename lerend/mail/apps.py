from django.apps import AppConfig


class MailConfig(AppConfig):
    """The outbox: every mail is a row first."""

    name = "lerend.mail"
    label = "mail"
    verbose_name = "Uitgaande mail"

    def ready(self) -> None:
        """Make the kinds that carry allauth's mail, and the daily one, known."""
        from lerend.mail import account_mail, digest  # noqa: F401
