"""Registers the app, and makes the groups that people of the NJi, the Associatie and the redactie are in."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.apps.registry import Apps
from django.db.models.signals import post_migrate


def make_groups(sender: AppConfig, using: str, apps: Apps = installed, **kwargs: Any) -> None:
    """Make the groups that are not there yet; what an editor gave a group is left alone."""
    from organisations.models import ASSOCIATIE_GROUP, NJI_GROUP, REDACTIE_GROUP

    try:
        group = apps.get_model("auth", "Group")
    except LookupError:  # migrated back to before auth
        return
    for name in (NJI_GROUP, ASSOCIATIE_GROUP, REDACTIE_GROUP):
        group.objects.using(using).get_or_create(name=name)


class OrganisationsConfig(AppConfig):
    """Who: people, organisations, teams, and the roles that hold there."""

    name = "organisations"
    verbose_name = "Organisaties en mensen"

    def ready(self) -> None:
        """Have the groups made after each migrate; make mail known; keep sessions and keys in step with factors."""
        import organisations.mail  # noqa: F401
        from organisations import second_factor

        post_migrate.connect(make_groups, sender=self)
        second_factor.connect()
