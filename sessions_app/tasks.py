"""What beat asks of the talks."""

from celery import shared_task

from sessions_app.domain import holding


@shared_task
def settle() -> None:
    """Settle talks that were closed two months ago."""
    holding.settle_due()
