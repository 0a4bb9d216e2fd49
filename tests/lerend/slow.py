"""The site as granian serves it, each answer taking its time and telling which release gave it."""

import os
import time
from pathlib import Path

from lerend.wsgi import application as site

RELEASE = (Path(os.environ["LEREND_VAR"]) / "release").read_text().strip()


def application(environ, start_response):
    """Answer as the site does, half a second later."""

    def start(status, headers, exc_info=None):
        return start_response(status, [*headers, ("X-Release", RELEASE)])

    time.sleep(0.5)
    return site(environ, start)
