"""``manage.py backup FOLDER [--keys FILE]``"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from lerend import backup


class Command(BaseCommand):
    """Makes a backup of the database; its texts stay closed."""

    help = "Back up the database. The keys that open its texts are not in it: they go to --keys FILE, elsewhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the folder and --keys."""
        parser.add_argument("folder", type=Path, help="where backups are kept: each gets a folder of its own in it")
        parser.add_argument("--keys", type=Path, help="write the keys to this file, outside that folder")

    def handle(self, *args: Any, folder: Path, keys: Path | None, **options: Any) -> None:
        """Make it, and say where it is. Raises CommandError when there is none."""
        if keys:
            backup.check_key_file(keys, folder)
        made = backup.make(folder)
        self.stdout.write(f"Backup made: {made}")
        if keys:
            backup.write_keys(keys)
            self.stdout.write(f"Keys written: {keys}. Keep them on another machine than the backup.")
