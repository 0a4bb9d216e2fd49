from django.apps import AppConfig


class SessionsConfig(AppConfig):
    """The talking: sessions, what they brought, and the pilot."""

    name = "sessions_app"
    verbose_name = "Gesprekken"

    def ready(self) -> None:
        """Make the kinds of mail known to the outbox, and hear who leaves an organisation."""
        import sessions_app.mail  # noqa: F401
        from organisations.signals import member_left
        from sessions_app.domain.departures import on_member_left

        member_left.connect(on_member_left, dispatch_uid="sessions_app.departures")
