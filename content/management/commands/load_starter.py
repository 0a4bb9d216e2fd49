"""``manage.py load_starter``"""

from typing import Any

from django.core.management.base import BaseCommand

from content.starter import load_starter


class Command(BaseCommand):
    """Loads the starter edition where it was never loaded before."""

    help = "Load the starter edition 'Versie 1', once. Never touches what editors changed or deleted."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say what happened."""
        self.stdout.write("Versie 1 is loaded." if load_starter() else "Versie 1 was loaded before: nothing changed.")
