"""``manage.py rotate_keys``"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lerend import rotation


class Command(BaseCommand):
    """Closes all closed texts anew with the first key."""

    help = (
        "Close all closed texts anew with the first of ENCRYPTION_KEYS. The site may go on; running it again is safe."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Renew place by place, in counts; say whether older keys may go. Raises CommandError when they may not."""
        for place in rotation.places():
            counts = rotation.renew(place)
            told = f"{counts.renewed} closed anew"
            told += f", {counts.busy} in use" if counts.busy else ""
            told += f", {counts.unreadable} that no key opens" if counts.unreadable else ""
            self.stdout.write(f"{place.model._meta.label}.{place.field}: {told}.")
        left = sum(count for _, count in rotation.unfinished())
        if left:
            raise CommandError(
                f"{left} texts do not open with the first key alone: keep the older keys. Start every web and worker "
                "process with the new key in front, and run this again."
            )
        self.stdout.write(
            "Everything opens with the first key alone. The older keys may go from ENCRYPTION_KEYS; "
            "keep them with the backups that were made while they counted."
        )
