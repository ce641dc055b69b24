"""Commands on a database of the test's own, as `flask` runs them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

import config
from checkout import cli
from checkout.core import clock
from checkout.psp import registry
from tests.conftest import Database

Run = Callable[..., Result]


@pytest.fixture
def settings(db: Database, tmp_path: Path) -> config.Settings:
    return config.read(
        {
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": db.url,
            "REDIS_URL": "unix:///nowhere",
            "SECRET_KEY": "k3Wq8vT2nZ5xB7mC9dF1gH4jL6pR0sYu",
            "STRIPE_WEBHOOK_SECRETS": "whsec_cli",
        }
    )


@pytest.fixture
def flask_command(settings: config.Settings, request: pytest.FixtureRequest) -> Iterator[Run]:
    """flask_command("clock", "show") with the settings above, or with others: settings=… Where a test brings no PSP,
    nobody listens there: a command that stages work for the PSP calls nobody."""
    if "psp" not in request.fixturenames:
        registry.configure(
            psp="mock",
            api_key="sk_test_mock",
            webhook_secrets=settings.stripe_webhook_secrets,
            api_base="http://127.0.0.1:1",
        )

    def run(*arguments: str, settings: config.Settings = settings) -> Result:
        app = Flask("checkout")
        cli.register(app, settings)
        clock.configure(offset_seconds=settings.clock_offset_seconds, advance_file=settings.clock_file)
        return app.test_cli_runner().invoke(args=list(arguments))

    yield run
    clock.configure()
