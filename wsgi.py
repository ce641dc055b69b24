"""Factories for gunicorn and flask: the product, the mock PSP and the commands. None starts another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.launcher.garbage import collecting_nothing
from checkout.launcher.settings import load_or_exit, refuse, refusing

if TYPE_CHECKING:
    from flask import Flask


def app() -> Flask:
    """The backend: API, pages and webhooks."""
    settings = load_or_exit()
    with collecting_nothing(), refusing():
        from checkout.app import create_app

        return create_app(settings)


def mock_psp() -> Flask:
    """The bundled PSP, a program of its own with its own file."""
    settings = load_or_exit()
    if settings.is_production:
        refuse("the mock PSP takes no real payments: it does not run with ENVIRONMENT=production.")
    from checkout.mockpsp.app import create_mock_psp
    from checkout.mockpsp.settings import MockSettings

    return create_mock_psp(
        MockSettings(
            sqlite_path=settings.mock_psp_database,
            public_base=settings.mock_psp_url,
            webhook_url=settings.mock_psp_webhook_url,
            webhook_secrets=settings.stripe_webhook_secrets,
            clock_offset_seconds=settings.clock_offset_seconds,
            drop_dir=settings.mock_psp_drop_dir,
        )
    )


def make_app() -> Flask:
    """The `flask` commands: the name under which `flask` finds a factory without being told."""
    settings = load_or_exit()
    from checkout.cli import create_program

    with refusing():
        return create_program(settings)
