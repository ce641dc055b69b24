"""The web application in this process, on the test's database."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from checkout.app import create_app
from checkout.gate import limited
from checkout.identity import password_links
from checkout.observability import logs
from checkout.payments.links import StatusLinks
from checkout.psp import registry
from config import Settings
from tests.conftest import Database
from tests.pages.settings import SECRET_KEY, settings_for

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="session")
def page_settings(own_database: Database, redis_url: str, data_dir: Path) -> Settings:
    return settings_for(own_database.url, redis_url, data_dir)


@pytest.fixture(scope="session")
def one_page_app(page_settings: Settings) -> Flask:
    """Made once a worker: nothing of it is a test's own."""
    return create_app(page_settings)


@pytest.fixture
def app(one_page_app: Flask, page_settings: Settings, db: Database) -> Flask:
    """The application, and this process wired for it as its making did: tests of other packages wire it otherwise."""
    logs.configure()
    registry.configure(
        psp=page_settings.psp,
        api_key=page_settings.stripe_api_key,
        webhook_secrets=page_settings.stripe_webhook_secrets,
        api_base=page_settings.psp_api_base,
    )
    password_links.configure(secret_key=page_settings.secret_key, public_url=page_settings.public_url)
    one_page_app.extensions[limited.EXTENSION].forget()
    return one_page_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts: it says that it wants pages."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT"] = BROWSER["Accept"]
    return client


@pytest.fixture
def token_of() -> object:
    """The token in the address of a payment's status page."""
    links = StatusLinks("http://localhost", SECRET_KEY)

    def token(payment_id: UUID) -> str:
        return links.token(payment_id)

    return token
