"""The web entry point. Without LEREND_ENV it is production's, which refuses to start half-configured."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lerend.settings")

application = get_wsgi_application()
