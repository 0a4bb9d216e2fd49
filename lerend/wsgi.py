"""The web entry point. Without LEREND_ENV settings take the production environment, which refuses to start half-configured."""

import os

from django.core.wsgi import get_wsgi_application

from lerend.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lerend.settings")
if os.environ.get("LEREND_DEMO"):
    die_with_parent()  # granian's worker would serve on when granian is killed

application = get_wsgi_application()
