"""``manage.py reindex_search``"""

from typing import Any

from django.core.management.base import BaseCommand

from content import search


class Command(BaseCommand):
    """Makes the search find what there is now."""

    help = "Bring the index of /zoeken/ up to date; after texts were changed past the platform. Safe at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        """Refresh every source, and say how much was written."""
        for name in search.source_names():
            self.stdout.write(f"{name}: {search.refresh(name)} written")
