"""What the bench tells its server through the environment."""

from pathlib import Path

DATABASE = "LEREND_BENCH_DATABASE"
TEMPLATE_FOLDER = Path(__file__).parent / "templates"
