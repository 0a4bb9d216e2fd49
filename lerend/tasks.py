"""Tasks that belong to no app."""

from allauth.usersessions.models import UserSession
from celery import shared_task
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db.models import Exists, OuterRef

from lerend import health


@shared_task
def heartbeat() -> None:
    """Note that a worker lives. Beat sends this every minute."""
    health.note("worker")


@shared_task
def forget_sessions() -> None:
    """Delete the sessions that ran out, and from which address and browser they were.

    Django only passes the first over; allauth clears the other when that person signs in again, who may never do so.
    """
    call_command("clearsessions")
    session = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(session)).delete()
