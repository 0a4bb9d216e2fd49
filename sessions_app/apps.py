from django.apps import AppConfig


class SessionsConfig(AppConfig):
    """The talking: sessions, what they brought, and the pilot."""

    name = "sessions_app"
    verbose_name = "Gesprekken"

    def ready(self) -> None:
        """Make the kinds of mail known to the outbox."""
        import sessions_app.mail  # noqa: F401
