from django.apps import AppConfig


class SessionsConfig(AppConfig):
    """The talking: sessions, what they brought, and the pilot."""

    name = "sessions_app"
    verbose_name = "Gesprekken"

    def ready(self) -> None:
        """Make the kinds of mail known to the outbox, and hear who leaves and which team closes; let released
        ladingen be found."""
        from django.db.models.signals import post_save

        import sessions_app.mail  # noqa: F401
        from content import search
        from lerend.mail.signals import address_fails
        from organisations.models import Organisation
        from organisations.signals import member_left, team_closed
        from sessions_app.domain import arrivals, departures, guests, interpretations, pilot, season, surveys
        from sessions_app.queries import interpretations as interpretations_read

        search.register(search.Source(interpretations_read.FINDABLE, interpretations_read.findable))
        address_fails.connect(arrivals.on_address_fails, dispatch_uid="sessions_app.arrivals")
        member_left.connect(departures.on_member_left, dispatch_uid="sessions_app.departures")
        team_closed.connect(pilot.keep_signed_up, dispatch_uid="sessions_app.pilot")
        team_closed.connect(guests.on_team_closed, dispatch_uid="sessions_app.guests")
        member_left.connect(season.on_member_left, dispatch_uid="sessions_app.season")
        member_left.connect(surveys.on_member_left, dispatch_uid="sessions_app.surveys")
        member_left.connect(interpretations.on_member_left, dispatch_uid="sessions_app.interpretations")
        post_save.connect(interpretations.on_organisation_saved, Organisation, dispatch_uid="sessions_app.ladingen")
        team_closed.connect(surveys.on_team_closed, dispatch_uid="sessions_app.surveys")
