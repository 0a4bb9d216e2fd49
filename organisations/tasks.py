"""What beat asks of the organisations."""

from celery import shared_task

from organisations.domain import settings


@shared_task
def tidy() -> None:
    """Delete what was kept long enough."""
    settings.tidy()
