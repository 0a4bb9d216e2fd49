from django.apps import AppConfig


class SessionsConfig(AppConfig):
    """The talking: sessions, what they brought, and the pilot."""

    name = "sessions_app"
    verbose_name = "Gesprekken"

    def ready(self) -> None:
        """Make the kinds of mail known to the outbox, and listen to what happens to teams."""
        import sessions_app.mail  # noqa: F401
        from organisations.signals import team_closed
        from sessions_app.domain import pilot

        team_closed.connect(pilot.keep_signed_up)
