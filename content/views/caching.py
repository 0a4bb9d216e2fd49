"""Pages that show the edition: kept for half a minute, so that a correction is seen within one.

What an editor previews is kept by nobody: ``content.views.showing.private_preview`` sees to that.
"""

from lerend.caching import shared

SHARED_FOR = "public, max-age=30, stale-while-revalidate=30"
shows_edition = shared(SHARED_FOR)
