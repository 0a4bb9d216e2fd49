"""``python -m tests.bench [NAME ...]``: measure, print a line of JSON a measure, exit 1 when one falls short.

Each name is a module here with a function ``measure()`` that gives its ``Measure`` objects one by one.
"""

import importlib
import os
import sys

MEASURES = {
    "pages": "tests.bench.pages",
    "delivery": "tests.bench.delivery",
    "memory": "tests.bench.memory",
    "outbox": "tests.bench.outbox",
    "start": "tests.bench.start",
    "import": "tests.bench.importing",
    "paper": "tests.bench.paper",
    "search": "tests.bench.searching",
    "season": "tests.bench.season",
}


def main(names: list[str]) -> int:
    """Run the measures called ``names``, or all; return the exit status."""
    if unknown := set(names) - set(MEASURES):
        sys.stderr.write(f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(MEASURES)}.\n")
        return 2
    os.environ.setdefault("LEREND_ENV", "local")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lerend.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    fell_short = False
    for name in names or MEASURES:
        for measured in importlib.import_module(MEASURES[name]).measure():
            print(measured.line(), flush=True)  # noqa: T201
            fell_short |= not measured.holds
    return int(fell_short)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
