"""Factories for gunicorn and flask: the product and the mock PSP. Neither starts the other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import config
from checkout.launcher.errors import LauncherError

if TYPE_CHECKING:
    from flask import Flask

# gunicorn's own code for "the application cannot be loaded": it stops instead of starting workers again and again.
APPLICATION_CANNOT_LOAD = 4


def app() -> Flask:
    """The backend: API, pages, webhooks and the `flask` commands."""
    with _refusals_in_one_line():
        settings = config.load()
        if settings.is_production:
            from checkout.launcher.refusals import refuse_unsafe_database

            refuse_unsafe_database(settings.database_url)
    from checkout.app import create_app

    return create_app(settings)


def mock_psp() -> Flask:
    """The bundled PSP, a program of its own with its own file."""
    with _refusals_in_one_line():
        settings = config.load()
        if settings.is_production:
            raise config.ConfigError(
                "The mock PSP takes no real payments: it does not run with ENVIRONMENT=production."
            )
    from checkout.mockpsp.app import create_mock_psp
    from checkout.mockpsp.settings import MockSettings

    return create_mock_psp(
        MockSettings(
            sqlite_path=settings.mock_psp_database,
            public_base=settings.mock_psp_url,
            webhook_url=settings.mock_psp_webhook_url,
            webhook_secrets=settings.stripe_webhook_secrets,
            clock_offset_seconds=settings.clock_offset_seconds,
        )
    )


make_app = app  # the name under which `flask` finds a factory without being told


@contextmanager
def _refusals_in_one_line() -> Iterator[None]:
    try:
        yield
    except (config.ConfigError, LauncherError) as refusal:
        sys.stderr.write(f"checkout: {refusal}\n")
        raise SystemExit(APPLICATION_CANNOT_LOAD) from None
