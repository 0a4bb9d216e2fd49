"""``manage.py restore FOLDER [--keys FILE] [--drop-due-mail]``"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from lerend import backup


class Command(BaseCommand):
    """Brings a backup back in an empty database."""

    help = "Bring a backup back in an empty database, and see whether its texts open."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the folder, --keys and --drop-due-mail."""
        parser.add_argument("folder", type=Path, help="the folder of one backup, with its manifest.json")
        parser.add_argument("--keys", type=Path, help="check with the keys in this file, not those of the environment")
        parser.add_argument(
            "--drop-due-mail",
            action="store_true",
            help="do not send mail that was due before now: it may have been sent",
        )

    def handle(self, *args: Any, folder: Path, keys: Path | None, drop_due_mail: bool, **options: Any) -> None:
        """Check, restore, open one text, say what is next. Raises CommandError; before restoring nothing is changed."""
        held = backup.read_keys(keys) if keys else backup.keys_in_use()
        manifest = backup.check(folder)
        backup.check_keys(manifest, held)
        backup.check_empty()
        backup.bring_back(folder)
        opened = backup.open_one(held)
        self.stdout.write(f"The backup of {manifest['created_at']} is back.")
        self.stdout.write(
            "Its texts open with these keys." if opened else "There is no closed text in it, so none was opened."
        )
        if drop_due_mail:
            self.stdout.write(f"Mail that was due and is not sent any more: {backup.drop_due_mail()}.")
        if held != backup.keys_in_use():
            self.stdout.write("Now set ENCRYPTION_KEYS and MARK_KEY in the environment to those of the key file.")
        self.stdout.write("Now run manage.py migrate, then start web, worker and beat.")
