"""The project's own app."""

from django.apps import AppConfig


class LerendConfig(AppConfig):
    """Loads the Celery app with Django, so that ``shared_task`` finds it.

    Not in ``lerend/__init__.py``: the keeper of the embedded services has no use for Celery, and would wait for it.
    """

    name = "lerend"

    def ready(self) -> None:
        """Load the Celery app, and the check of who runs this."""
        from lerend import celery  # noqa: F401
        from lerend.trust import operator  # noqa: F401
