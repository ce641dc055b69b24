"""The demo shop as an integrator: it knows a base address and an API key, and calls the public API over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import requests

DEMO_FILE = "demo.json"
TIMEOUT_SECONDS = (2, 25)  # connect, read: below our own 30 s for a request


class ShopNotSeeded(Exception):
    """`flask demo seed` has not run: there is no key to call the API with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a checkout: where the shopper goes next, that the cart needs another payment, or why it was
    refused, with the status of the shop's own page that says so."""

    kind: Literal["go", "again", "refused"]
    url: str = ""
    detail: str = ""
    status: int = 503


@dataclass(frozen=True, slots=True)
class Storefront:
    base_url: str
    api_key: str
    seller_ids: dict[str, str]

    @classmethod
    def from_data_dir(cls, data_dir: Path) -> Storefront:
        """What `flask demo seed` has written down.

        Raises:
            ShopNotSeeded: there is no such file yet.
        """
        try:
            known = json.loads((data_dir / DEMO_FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ShopNotSeeded from None
        sellers = {seller["name"]: seller["id"] for seller in known["sellers"]}
        return cls(known["base_url"], known["api_key"], sellers)

    def start_payment(self, body: dict[str, Any]) -> Answer:
        """Registers the checkout. The key is fresh for each click: the payment_id keeps two clicks one payment."""
        try:
            response = requests.post(
                f"{self.base_url}/v1/payments",
                json=body,
                headers={"Authorization": f"Bearer {self.api_key}", "Idempotency-Key": str(uuid4())},
                timeout=TIMEOUT_SECONDS,
            )
            document = response.json()
        except requests.RequestException:
            return Answer("refused", detail="The payment service does not answer.")
        if not response.ok:
            return _refusal(document, response.status_code)
        return _next_step(document)


def _next_step(payment: dict[str, Any]) -> Answer:
    """The hosted page while there is something to pay; the status page where the payment goes on without us."""
    if payment["status"] in {"failed", "expired", "canceled"}:
        return Answer("again")
    action = payment.get("next_action")
    return Answer("go", url=action["url"] if action else payment["status_url"])


def _refusal(problem: dict[str, Any], status: int) -> Answer:
    if problem.get("code") == "payment_id_in_use":
        return Answer("again")
    detail = str(problem.get("detail") or problem.get("title") or "The checkout was refused.")
    return Answer("refused", detail=detail, status=422 if status < 500 else 503)
