"""What beat asks of the content."""

from celery import shared_task

from content.domain import editions


@shared_task
def publish_due() -> None:
    """Publish the editions whose planned moment has come."""
    editions.publish_due()
