"""The settings of the processes under fire: the project's, with a beat that does not take a minute."""

from lerend.settings import *  # noqa: F403
from lerend.settings import CELERY_BEAT_SCHEDULE

for _name in ("heartbeat", "deliver"):
    CELERY_BEAT_SCHEDULE[_name]["schedule"] = 1
