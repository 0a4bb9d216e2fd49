"""The web part of the demo on a port, measured by ``tests.bench.pages``: ``python -m tests.bench.server PORT``."""

import os
import sys
from pathlib import Path

from lerend.demo import parts
from lerend.processes import die_with_parent

if __name__ == "__main__":
    die_with_parent()
    parts(int(sys.argv[1]), 0, Path(os.devnull))["web"]()
