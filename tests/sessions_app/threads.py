"""Things that happen at the same moment."""

from __future__ import annotations

import threading

from django.db import connections


def in_threads(*verbs) -> list:
    """Return what each of ``verbs`` gave, run at once, or the type of what it raised."""
    found = []

    def run(verb):
        try:
            found.append(verb())
        except Exception as error:
            found.append(type(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[verb]) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
