"""The adapter, pointed at the mock PSP or at a scripted stub, with every exchange held against Stripe's description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from checkout.core.clock import utcnow
from checkout.core.ids import new
from checkout.core.money import Money
from checkout.mockpsp.server import RunningMock, running_mock
from checkout.psp import HostedLine, RegisterPayment
from checkout.psp.breaker import Breaker
from checkout.psp.stripe import transport
from checkout.psp.stripe.adapter import StripeAdapter
from tests.psp.stub import Stub, running_stub
from tests.stripe_openapi.validate import request_errors, response_errors

SECRET = "whsec_test"


def adapter_at(base: str, *, open_seconds: float = 30) -> StripeAdapter:
    """An adapter of its own circuit, without an operator's switch."""
    breaker = Breaker("stripe", open_seconds=open_seconds, switch=lambda psp: None)
    return StripeAdapter(api_key="sk_test_mock", webhook_secrets=[SECRET], api_base=base, breaker=breaker)


@dataclass
class MockPsp:
    """The mock, and the shopper at its hosted page."""

    running: RunningMock
    adapter: StripeAdapter
    exchanges: list[tuple[str, str, str, int, bytes]] = field(default_factory=list)

    def pay(self, session_id: str, **how: str) -> str:
        return str(self.control("POST", "pay", {"session": session_id, **how})["outcome"])

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = requests.request(method, f"{self.running.base}/_mock/{path}", json=body, timeout=30)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def events(self) -> list[dict[str, Any]]:
        """What was sent as webhooks, oldest first."""
        answer = requests.get(
            f"{self.running.base}/v1/events?limit=100",
            headers={"Authorization": "Bearer sk_test_mock"},
            timeout=30,
        )
        found: list[dict[str, Any]] = answer.json()["data"]
        return found[::-1]


@pytest.fixture(scope="session")
def _running_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMock]:
    with running_mock(Path(tmp_path_factory.mktemp("mock")) / "mock.sqlite3") as running:
        yield running


@pytest.fixture
def mock(_running_mock: RunningMock, monkeypatch: pytest.MonkeyPatch) -> Iterator[MockPsp]:
    """The mock with no faults set. Afterwards every request that the adapter sent, and every answer it believed, is
    checked against Stripe's description."""
    psp = MockPsp(_running_mock, adapter_at(_running_mock.base))
    psp.control("DELETE", "faults")
    whole_request = transport.PooledClient.request

    def recording(self: Any, method: str, url: str, headers: Any, post_data: Any = None, **rest: Any) -> Any:
        body, status, answer_headers = whole_request(self, method, url, headers, post_data, **rest)
        sent = self._call.body or ""
        psp.exchanges.append((method, url, "" if isinstance(sent, bytes) else sent, status, body))
        return body, status, answer_headers

    monkeypatch.setattr(transport.PooledClient, "request", recording)
    yield psp
    psp.control("DELETE", "faults")
    for method, url, form, status, body in psp.exchanges:
        parts = urlsplit(url)
        if parts.path != "/v1/files":  # a form of another kind: read part by part where it is made
            assert request_errors(method, parts.path, form or parts.query) == []
        try:
            answer = json.loads(body)
        except ValueError:
            continue  # garbage that a test asked for
        assert response_errors(method, parts.path, status, answer) == []


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running_stub() as running:
        yield running


@pytest.fixture
def request_of():
    """Makes a registration of one mug for EUR 24.90; any field can be given."""

    def make(**fields: Any) -> RegisterPayment:
        reference = fields.pop("reference", None) or new("pay")
        amount = fields.pop("amount", Money(2490, "EUR"))
        made = RegisterPayment(
            reference=reference,
            idempotency_key=f"{reference}:register",
            amount=amount,
            lines=(HostedLine("Mug", 1, amount),),
            customer_email="jo@example.org",
            locale="de-DE",
            success_url="https://shop.example/s/1",
            cancel_url="https://shop.example/s/1",
            expires_at=utcnow() + timedelta(minutes=60),
            metadata={"payment": reference},
        )
        return replace(made, **fields)

    return make
