"""A storefront and its shopper against a running product, and what both the books and the PSP say afterwards."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
import requests
from psycopg.rows import dict_row

from tests.product import Product, wait_until

SETTLED_SECONDS = 100  # the lease of these tests is 5 s; a killed PostgreSQL takes a few more


class Shop:
    """Speaks to the product as outside scripts do: through demo.json, HTTP and read-only SQL."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.demo = product.demo()
        self.mock = self.demo["mock_psp_url"]

    def checkout(self, payment_id: str | None = None) -> dict[str, Any]:
        ada, bao = (seller["id"] for seller in self.demo["sellers"])
        body = {
            "amount": 2490,
            "currency": "EUR",
            "orders": [{"seller": ada, "amount": 1500, "logistics_fee": 300}, {"seller": bao, "amount": 990}],
            "customer": {"email": "jo@example.org", "locale": "de-DE"},
            "return_url": f"{self.demo['base_url']}/demo",
        }
        return body | ({"payment_id": payment_id} if payment_id else {})

    def post(self, path: str, body: Any, *, key: str | None = None) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self.demo['api_key']}",
            "Idempotency-Key": key or str(uuid.uuid4()),
        }
        return requests.post(f"{self.demo['base_url']}{path}", json=body, headers=headers, timeout=35)

    def create(self, *, key: str | None = None, payment_id: str | None = None) -> dict[str, Any]:
        response = self.post("/v1/payments", self.checkout(payment_id), key=key)
        assert response.status_code in (200, 201), response.text
        created: dict[str, Any] = response.json()
        return created

    def create_until_answered(self, key: str, *, seconds: float = 100) -> dict[str, Any]:
        """As a careful storefront: the same request under the same key until there is a definite answer."""
        until = time.monotonic() + seconds
        while True:
            try:
                response = self.post("/v1/payments", self.checkout(), key=key)
                if response.status_code == 201:
                    created: dict[str, Any] = response.json()
                    return created
                assert response.status_code in (409, 503), response.text
            except requests.RequestException:  # gone before, during or after its answer
                pass
            assert time.monotonic() < until, "no definite answer"
            time.sleep(0.3)

    def pay(self, payment: dict[str, Any], card: str = "4242424242424242") -> None:
        session = payment["next_action"]["url"].rsplit("/", 1)[1]
        response = requests.post(
            f"{self.mock}/_mock/pay", json={"session": session, "card": card}, timeout=30
        )
        assert response.status_code == 200, response.text

    def control(self, path: str, body: Any) -> None:
        response = requests.post(f"{self.mock}/_mock/{path}", json=body, timeout=30)
        assert response.status_code < 300, response.text

    def get(self, payment_id: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.demo['api_key']}"}
        found: dict[str, Any] = requests.get(
            f"{self.demo['base_url']}/v1/payments/{payment_id}", headers=headers, timeout=30
        ).json()
        return found

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.demo["database_url"], autocommit=True) as connection:
            return connection.cursor(row_factory=dict_row).execute(statement, parameters).fetchall()

    def charges(self) -> list[dict[str, Any]]:
        """What truly happened at the PSP."""
        entries = requests.get(f"{self.mock}/_mock/journal", params={"after": 0}, timeout=30).json()[
            "entries"
        ]
        return [entry for entry in entries if entry["kind"] == "charge"]

    def wait_until_succeeded(
        self, payments: Iterable[dict[str, Any]], seconds: float = SETTLED_SECONDS
    ) -> None:
        left = {payment["id"] for payment in payments}

        def done() -> bool:
            left.difference_update({id for id in left if self.get(id)["status"] == "succeeded"})
            return not left

        wait_until(_tolerant(done), seconds, f"every payment has succeeded, not {left}")

    def wait_until_quiet(self, seconds: float = SETTLED_SECONDS) -> None:
        """Nothing is due, claimed or unanswered any more."""

        def quiet() -> bool:
            due = self.rows(
                "SELECT 1 FROM tasks WHERE status = 'claimed' OR (status = 'ready' AND due_at < now()) LIMIT 1"
            )
            open_keys = self.rows("SELECT 1 FROM idempotency_keys WHERE finished_at IS NULL LIMIT 1")
            return not due and not open_keys

        wait_until(_tolerant(quiet), seconds, "quiescence")

    def assert_books_equal_the_psp(self) -> None:
        """The ledger proves itself, and it holds each charge of the PSP's journal once, and no other."""
        verified = self.product.flask("ledger", "verify", "--json")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert json.loads(verified.stdout)["holds"] is True
        booked = self.rows(
            "SELECT source_key FROM journal_entries WHERE kind IN ('payment_captured', 'payment_unapplied')"
        )
        charged = [charge["id"] for charge in self.charges()]
        assert len(charged) == len(set(charged))
        assert sorted(row["source_key"].split(":")[-1] for row in booked) == sorted(charged)
        assert self.rows("SELECT kind, last_error FROM tasks WHERE status = 'dead'") == []


def _tolerant(done: Callable[[], bool]) -> Callable[[], bool]:
    """A server that is being restarted is not an answer."""

    def ask() -> bool:
        try:
            return done()
        except (requests.RequestException, psycopg.OperationalError, ValueError, KeyError):
            return False

    return ask
