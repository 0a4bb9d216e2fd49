"""Why the embedded services cannot run."""

from django.core.management.base import CommandError


class EmbeddedError(CommandError):
    """The services cannot run; the text is one sentence for who started the command.

    A CommandError, so that ``manage.py`` shows that sentence instead of a traceback and exits with status 1.
    """
