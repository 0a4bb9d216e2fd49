"""A pytest plugin that is loaded before settings: the environment of the tests, unless told otherwise.

They run locally, on embedded services of their own that need not survive a power cut (so a demo and its data stay
as they are), and each xdist worker has its own Valkey database.
"""

import os
from pathlib import Path

_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")

os.environ.setdefault("LEREND_ENV", "local")
os.environ.setdefault("LEREND_VAR", str(Path(__file__).parent.parent / "var" / "tests"))
os.environ.setdefault("LEREND_EMBEDDED_FAST", "1")
os.environ["LEREND_VALKEY_DB"] = str(1 + int(_worker) % 15)  # over the one that xdist passes on
