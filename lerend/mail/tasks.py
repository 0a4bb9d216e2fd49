"""What Celery runs; the work itself is in ``outbox``."""

from celery import shared_task

from lerend.mail import outbox


@shared_task(name="lerend.mail.tasks.deliver", ignore_result=True)
def deliver() -> None:
    """Send what is due."""
    outbox.deliver()


@shared_task(name="lerend.mail.tasks.tidy", ignore_result=True)
def tidy() -> None:
    """Delete what was kept long enough."""
    outbox.tidy()
