"""The environment and the parts of ``manage.py demo``."""

import multiprocessing
import os
import socket
import warnings
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from lerend.processes import die_with_parent


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--port", type=int, default=8000, help="op welke poort (standaard 8000)")
    parser.add_argument("--fresh", action="store_true", help="gooi de gegevens van de demo weg en begin opnieuw")


def set_environment(arguments: Sequence[str]) -> None:
    """Set the environment variables of a demo with command line ``arguments``: before settings are read."""
    parser = ArgumentParser(add_help=False, exit_on_error=False)
    add_arguments(parser)
    try:
        port = parser.parse_known_args(arguments)[0].port
    except Exception:
        return
    os.environ |= {
        "LEREND_DEMO": "1",
        "SITE_URL": f"http://localhost:{port}",
        "DEBUG": "",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(_free_port()),
        "EMAIL_HOST_USER": "",
        "EMAIL_USE_TLS": "0",
        "EMAIL_USE_SSL": "0",
        "REMAP_SIGTERM": "SIGQUIT",  # a worker that is told to stop does not wait for its task
    }


def parts(port: int, mail_port: int, mailbox: Path) -> dict[str, Callable[[], object]]:
    """Return what to run, by name. Everything that takes time to load is loaded here, once for all."""
    from aiosmtpd.main import main as serve_mail
    from granian.constants import Interfaces
    from granian.server import Server

    from lerend.celery import app

    for name in ("celery.apps.beat", "celery.apps.worker"):
        import_module(name)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No directory at")  # nothing is collected here: the finders serve
        import_module("lerend.wsgi")  # granian finds it by name

    web = Server("lerend.wsgi:application", port=port, interface=Interfaces.WSGI, blocking_threads=4, websockets=False)
    alone: dict[str, Any] = {
        "pool_cls": "solo",
        "concurrency": 1,
        "without_gossip": True,
        "without_mingle": True,
        "without_heartbeat": True,
    }
    handler = "aiosmtpd.handlers.Mailbox"
    return {
        "web": lambda: _serve(web.serve),
        "worker": lambda: app.Worker(loglevel="INFO", **alone).start(),
        "beat": lambda: app.Beat(loglevel="INFO").run(),
        "mail": lambda: serve_mail(["-n", "-c", handler, "-l", f"127.0.0.1:{mail_port}", str(mailbox)]),
    }


def _serve(serve: Callable[[], None]) -> None:
    """Run granian; its own worker, which would serve on when granian is killed, ends with it."""
    multiprocessing.set_start_method("fork", force=True)
    os.register_at_fork(after_in_child=die_with_parent)
    serve()


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
