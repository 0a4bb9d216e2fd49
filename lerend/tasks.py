"""Tasks that belong to no app."""

from celery import shared_task
from django.core.management import call_command

from lerend import health


@shared_task
def heartbeat() -> None:
    """Note that a worker lives. Beat sends this every minute."""
    health.note("worker")


@shared_task
def forget_sessions() -> None:
    """Delete the sessions that ran out: Django only passes them over."""
    call_command("clearsessions")
