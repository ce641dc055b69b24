"""The web application in this process, on the test's database."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from checkout.app import create_app
from checkout.payments.links import StatusLinks
from tests.conftest import Database
from tests.pages.settings import SECRET_KEY, settings_for

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def app(db: Database, tmp_path: Path, redis_url: str) -> Flask:
    return create_app(settings_for(db.url, redis_url, tmp_path))


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
