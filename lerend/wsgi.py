"""The web entry point. Without LEREND_ENV it is production's, which refuses to start half-configured."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lerend.settings")

application = get_wsgi_application()

# All that is loaded now stays: out of the collector's sight, it is not gone over again at every few requests.
get_resolver().url_patterns  # noqa: B018  # loads the views
gc.collect()
gc.freeze()
