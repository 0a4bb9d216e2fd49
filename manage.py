#!/usr/bin/env python
"""Run a management command. Without LEREND_ENV the environment is ``local``."""

import os
import sys
from importlib import import_module


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("LEREND_ENV", "local")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lerend.settings")
    if sys.argv[1:2] == ["demo"]:
        from lerend.demo import set_environment

        set_environment(sys.argv[2:])
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
