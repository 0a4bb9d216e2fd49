"""The settings of the server that the bench measures: the project's, on the bench's database, with the bare pages."""

import os

from lerend.settings import *  # noqa: F403
from lerend.settings import DATABASES, TEMPLATES
from tests.bench.environment import DATABASE, TEMPLATE_FOLDER

ROOT_URLCONF = "tests.bench.urls"
DATABASES["default"]["NAME"] = os.environ[DATABASE]
TEMPLATES[0]["DIRS"].append(TEMPLATE_FOLDER)
