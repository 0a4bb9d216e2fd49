"""Tasks that belong to no app."""

from celery import shared_task

from lerend import health


@shared_task
def heartbeat() -> None:
    """Note that a worker lives. Beat sends this every minute."""
    health.note("worker")
