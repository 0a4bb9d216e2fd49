from django.apps import AppConfig


class MailConfig(AppConfig):
    """The outbox: every mail is a row first."""

    name = "lerend.mail"
    label = "mail"
    verbose_name = "Uitgaande mail"

    def ready(self) -> None:
        """Make the kinds of this app known, and hear what a provider tells, where one is on."""
        from lerend.mail import account_mail, digest, tracking  # noqa: F401
        from lerend.mail.delivery import provider

        if provider.on():
            from anymail.signals import tracking as events

            events.connect(tracking.on_event, dispatch_uid="lerend.mail")
