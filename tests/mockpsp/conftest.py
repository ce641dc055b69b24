"""One mock with its webhook endpoint per test, and the ways to talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from tests.mockpsp.harness import (
    API_KEY,
    CANCEL_URL,
    SECRET,
    SUCCESS_URL,
    CheckedSession,
    Endpoint,
    RunningMock,
    endpoint,
    running_mock,
)


@pytest.fixture
def shop() -> Iterator[Endpoint]:
    """The backend's webhook endpoint, as the mock sees it."""
    with endpoint() as place:
        yield place


@pytest.fixture
def mock(tmp_path: Path, shop: Endpoint) -> Iterator[RunningMock]:
    with running_mock(tmp_path / "mock.sqlite3", webhook_url=shop.url, webhook_secrets=[SECRET]) as running:
        yield running


@pytest.fixture
def http() -> Iterator[CheckedSession]:
    with CheckedSession() as session:
        yield session


@pytest.fixture
def client(mock: RunningMock, http: CheckedSession) -> stripe.StripeClient:
    """The official SDK, unchanged, pointed at the mock; each of its exchanges is checked."""
    return stripe.StripeClient(
        API_KEY,
        base_addresses={"api": mock.base, "files": mock.base},
        http_client=stripe.RequestsClient(session=http, timeout=30),
        max_network_retries=0,
    )


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMock]:
    """One mock for all tests that leave nothing behind which another would see: refusals above all."""
    with running_mock(tmp_path_factory.mktemp("mock") / "mock.sqlite3") as running:
        yield running


@pytest.fixture
def post(mock: RunningMock) -> Iterator[Callable[..., requests.Response]]:
    """A raw form post to the API, its answer checked: for what the SDK would never send."""
    yield from _poster(mock)


@pytest.fixture
def post_once(standing: RunningMock) -> Iterator[Callable[..., requests.Response]]:
    """The same, to the standing mock."""
    yield from _poster(standing)


def _poster(mock: RunningMock) -> Iterator[Callable[..., requests.Response]]:
    with CheckedSession(check_requests=False) as session:

        def send(path: str, form: dict[str, str], **headers: str) -> requests.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return session.post(
                mock.base + path,
                data=form,
                headers={"Authorization": f"Bearer {API_KEY}"} | named,
                timeout=30,
            )

        yield send


@pytest.fixture
def control(mock: RunningMock) -> Iterator[Callable[..., Any]]:
    """The control API: control("POST", "/pay", {...}) answers the parsed body."""
    with requests.Session() as session:

        def call(method: str, path: str, body: Any = None) -> Any:
            response = session.request(method, f"{mock.base}/_mock{path}", json=body, timeout=30)
            assert response.status_code == 200, response.text
            return response.json()

        yield call


def session_params(amount: int = 2490, currency: str = "eur", **more: Any) -> dict[str, Any]:
    """The SDK's parameters of a checkout of one line."""
    return {
        "mode": "payment",
        "success_url": SUCCESS_URL,
        "cancel_url": CANCEL_URL,
        "client_reference_id": "pay_1",
        "customer_email": "jo@example.org",
        "adaptive_pricing": {"enabled": False},
        "metadata": {"payment": "pay_1"},
        "payment_intent_data": {"metadata": {"payment": "pay_1"}},
        "line_items": [
            {
                "price_data": {"currency": currency, "unit_amount": amount, "product_data": {"name": "Mug"}},
                "quantity": 1,
            }
        ],
    } | more


def session_form(amount: int = 2490, currency: str = "eur", **more: str) -> dict[str, str]:
    """The same as a raw form, with the least that Stripe asks for."""
    return {
        "mode": "payment",
        "success_url": SUCCESS_URL,
        "line_items[0][price_data][currency]": currency,
        "line_items[0][price_data][unit_amount]": str(amount),
        "line_items[0][price_data][product_data][name]": "Mug",
        "line_items[0][quantity]": "1",
    } | more


@pytest.fixture
def new_session(client: stripe.StripeClient) -> Callable[..., Any]:
    def create(amount: int = 2490, currency: str = "eur", **more: Any) -> Any:
        return client.v1.checkout.sessions.create(session_params(amount, currency, **more))

    return create


@pytest.fixture
def pay(control: Callable[..., Any]) -> Callable[..., Any]:
    """Pays a session with a card, or with whatever else the control API takes."""

    def act(session: Any, card: str | None = None, **more: Any) -> Any:
        body = {"session": session.id} | ({"card": card} if card else {}) | more
        return control("POST", "/pay", body)

    return act
