"""The API in this process, on the test's database, with a PSP in memory."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from checkout.app import create_app
from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.identity import api_keys, storefronts
from checkout.identity.authenticate import forget_cached_keys
from checkout.psp import registry
from checkout.sellers.create import create_seller
from config import load
from tests.api.fake_psp import FakePsp
from tests.conftest import Database

SECRET_KEY = "a secret for tests that is long enough"
PUBLIC_URL = "https://pay.example"
CAUSE = Cause("cli", "test")


@dataclass(frozen=True)
class Shop:
    """A storefront with its key and two sellers."""

    storefront: storefronts.Storefront
    key: str
    key_id: str
    sellers: tuple[str, str]

    def body(self, **changes: Any) -> dict[str, Any]:
        """A checkout of 24.90 EUR from two sellers; a change of None leaves the member out."""
        body = {
            "amount": 2490,
            "currency": "EUR",
            "orders": [
                {
                    "seller": self.sellers[0],
                    "reference": "1042-A",
                    "amount": 1500,
                    "logistics_fee": 300,
                    "lines": [{"sku": "MUG", "name": "Mug", "quantity": 1, "unit_amount": 1500}],
                    "estimated_delivery": {"from": "2026-12-01", "to": "2026-12-03"},
                },
                {
                    "seller": self.sellers[1],
                    "reference": "1042-B",
                    "amount": 990,
                    "lines": [{"sku": "TEA", "name": "Tea", "quantity": 1, "unit_amount": 990}],
                },
            ],
            "customer": {"email": "jo@example.org", "name": "Jo", "locale": "de-DE", "country": "DE"},
            "return_url": "https://shop.example/thanks",
            "cancel_url": "https://shop.example/cart",
            "metadata": {"cart": "c-77"},
            **changes,
        }
        return copy.deepcopy({name: value for name, value in body.items() if value is not None})


@dataclass(frozen=True)
class Caller:
    """A storefront's program: sends its key and a fresh idempotency key with each POST."""

    client: FlaskClient
    shop: Shop

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={**self._auth(), **_named(headers)})

    def post(self, path: str, json: Any = None, key: str | None = None, **headers: str) -> TestResponse:
        options: dict[str, Any] = {} if json is None else {"json": json}
        return self.client.post(
            path,
            headers={**self._auth(), "Idempotency-Key": key or str(uuid4()), **_named(headers)},
            **options,
        )

    def create(self, key: str | None = None, **changes: Any) -> dict[str, Any]:
        answer = self.post("/v1/payments", self.shop.body(**changes), key=key)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        payment: dict[str, Any] = answer.get_json()
        return payment

    def _auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.shop.key}"}


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture
def psp() -> FakePsp:
    return FakePsp()


@pytest.fixture(scope="session")
def one_app(own_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Made once a worker: what a test changes of it is its database, its PSP and its clock."""
    return create_app(
        load(
            {
                "DATABASE_URL": own_database.url,
                "REDIS_URL": "redis://127.0.0.1:1/0",  # nobody listens: nothing here may wait for Redis
                "DATA_DIR": str(tmp_path_factory.mktemp("data")),
                "SECRET_KEY": SECRET_KEY,
                "STRIPE_WEBHOOK_SECRETS": "whsec_test",
                "CARRIER_WEBHOOK_SECRETS": "old-carrier-secret,carrier-secret",
                "ENCRYPTION_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                "PUBLIC_URL": PUBLIC_URL,
            }
        )
    )


@pytest.fixture
def app(one_app: Flask, db: Database, psp: FakePsp) -> Flask:
    registry.use(psp)
    forget_cached_keys()
    one_app.extensions["checkout_limits"].forget()
    return one_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def shop_of(app: Flask) -> Callable[[str], Shop]:
    def make(name: str) -> Shop:
        with atomic() as session:
            storefront = storefronts.create(session, name=name, origins=["https://shop.example"], cause=CAUSE)
            made, key = api_keys.create(session, storefront.id, "test", livemode=False, cause=CAUSE)
            sellers = [
                create_seller(session, name=seller, commission_bps=bps, cause=CAUSE)
                for seller, bps in (("Ada's Pottery", 1_000), ("Bao Tea", 800))
            ]
        return Shop(storefront, key, made.public_id, (encode("sel", sellers[0]), encode("sel", sellers[1])))

    return make


@pytest.fixture
def shop(shop_of: Callable[[str], Shop]) -> Shop:
    return shop_of("Demo shop")


@pytest.fixture
def caller(client: FlaskClient, shop: Shop) -> Caller:
    return Caller(client, shop)


@pytest.fixture
def stranger(client: FlaskClient, shop_of: Callable[[str], Shop]) -> Caller:
    """Another storefront of the same platform."""
    return Caller(client, shop_of("Other shop"))
