"""The settings of a process that is about to work, or its end with one line and no traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

import config
from checkout.launcher.errors import LauncherError
from config import Settings

# gunicorn's own code for "the application cannot be loaded": it stops instead of starting workers for ever.
APPLICATION_CANNOT_LOAD = 4
COMMAND_FAILED = 1  # `flask` commands have exit codes of their own, in which 4 is a sign-in that failed


def load_or_exit() -> Settings:
    """What every entry point calls first: complete settings and, in production, a database that is safe to use."""
    try:
        settings = config.load()
        if settings.is_production:
            from checkout.launcher.refusals import refuse_unsafe_database

            refuse_unsafe_database(settings.database_url)
    except (config.ConfigError, LauncherError) as refusal:
        refuse(str(refusal))
    return settings


@contextmanager
def refusing() -> Iterator[None]:
    """A setting that turns out wrong when it is used, as a file that it names, ends the process the same way."""
    try:
        yield
    except config.ConfigError as refusal:
        refuse(str(refusal))


def refuse(reason: str) -> NoReturn:
    sys.stderr.write(f"checkout: {reason}\n")
    in_command = click.get_current_context(silent=True) is not None
    raise SystemExit(COMMAND_FAILED if in_command else APPLICATION_CANNOT_LOAD)
