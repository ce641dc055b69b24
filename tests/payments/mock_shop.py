"""The same shop with the real adapter and the mock PSP behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from checkout.psp.breaker import Breaker
from checkout.psp.stripe.adapter import StripeAdapter

API_KEY = "sk_test_mock"
CARD = "4242424242424242"


def adapter_at(base: str) -> StripeAdapter:
    """The adapter with a circuit that never opens: faults are planted one by one here."""
    breaker = Breaker("stripe", open_seconds=0, switch=lambda psp: None)
    return StripeAdapter(api_key=API_KEY, webhook_secrets=["whsec_test"], api_base=base, breaker=breaker)


@dataclass
class MockControl:
    """What a shopper and a test do at the mock."""

    base: str

    def pay(self, session_id: str, **how: str) -> str:
        return str(
            self._control("POST", "pay", {"session": session_id, **(how or {"card": CARD})})["outcome"]
        )

    def fault(self, **fault: Any) -> None:
        self._control("POST", "faults", fault)

    def clear(self) -> None:
        self._control("DELETE", "faults")

    def sessions_of(self, reference: str) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self.base}/v1/checkout/sessions?limit=100",
            headers={"Authorization": f"Bearer {API_KEY}"},
            timeout=30,
        )
        return [session for session in answer.json()["data"] if session["client_reference_id"] == reference]

    def charges_of(self, reference: str) -> list[dict[str, Any]]:
        entries = requests.get(f"{self.base}/_mock/journal", timeout=30).json()["entries"]
        return [entry for entry in entries if entry["kind"] == "charge" and entry["reference"] == reference]

    def _control(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = requests.request(method, f"{self.base}/_mock/{path}", json=body, timeout=30)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found
