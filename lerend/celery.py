"""The Celery app: worker and beat start from here."""

import os
from typing import Any

import kombu
from celery import Celery
from celery.app.amqp import AMQP
from celery.signals import beat_init, before_task_publish, worker_ready

from lerend import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lerend.settings")

HEARTBEAT = "lerend.tasks.heartbeat"


class Connection(kombu.Connection):
    """A connection to the broker that can be closed after it broke while tasks were waiting in the worker.

    kombu then wants to put these back over a connection that it has forgotten already, and the worker would end.
    """

    def maybe_close_channel(self, channel: Any) -> None:
        """Close ``channel``, unless there is nothing left to close it over."""
        try:
            super().maybe_close_channel(channel)
        except AttributeError:
            if channel.connection and channel.connection.client:
                raise


class Amqp(AMQP):
    """What Celery makes its connections with."""

    Connection = Connection


class App(Celery):
    """A Celery that makes sure there is a broker to connect to, where that is the embedded one."""

    amqp_cls = "lerend.celery:Amqp"

    def connection_for_read(self, *args: Any, **kwargs: Any) -> Any:
        """Start the embedded services if they are ours to start, then go on."""
        embedded.wake()
        return super().connection_for_read(*args, **kwargs)

    def connection_for_write(self, *args: Any, **kwargs: Any) -> Any:
        """Start the embedded services if they are ours to start, then go on."""
        embedded.wake()
        return super().connection_for_write(*args, **kwargs)


app = App("lerend")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def _first_heartbeat(**kwargs: Any) -> None:
    """Send a heartbeat at once: beat sends its first one only after a minute."""
    app.send_task(HEARTBEAT, expires=60, retry=False)


@before_task_publish.connect(sender=HEARTBEAT)
def _beat_lives(**kwargs: Any) -> None:
    """Note that beat lives: nobody else sends heartbeats."""
    from lerend import health

    health.note("beat")


@worker_ready.connect
def _worker_lives(**kwargs: Any) -> None:
    from lerend import health

    health.note("worker")
