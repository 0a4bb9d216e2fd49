"""The app, and what it gives to the redactie."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate, post_save


def grant_redactie(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Let the group that edits content add, change, view and delete all of it; may run any number of times."""
    from django.contrib.auth.models import Group, Permission

    from content.models.base import Content
    from organisations.models import REDACTIE_GROUP

    edited = [model._meta.model_name for model in sender.get_models() if issubclass(model, Content)]
    group, _ = Group.objects.using(using).get_or_create(name=REDACTIE_GROUP)
    group.permissions.add(
        *Permission.objects.using(using).filter(content_type__app_label=sender.label, content_type__model__in=edited)
    )


class ContentConfig(AppConfig):
    """What is talked about: the edition and its five means."""

    name = "content"
    verbose_name = "Inhoud"

    def ready(self) -> None:
        """Grant after every migrate: permissions of new models exist only then. Keep the search with what is saved."""
        from content import findable

        post_migrate.connect(grant_redactie, sender=self)
        findable.register()
        for signal in (post_save, post_delete):
            signal.connect(findable.keep, dispatch_uid="content.search")
