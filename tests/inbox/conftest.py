"""A shop whose PSP is the mock, over the wire; its events are delivered and applied when a test says so."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog

from checkout import tasks
from checkout.core import clock
from checkout.inbox import receive
from checkout.observability import logs
from checkout.tasks.ring import WEBHOOK_QUEUE
from jobs.run_task import run_task
from tests.inbox.crash_child import HANDLERS
from tests.payments.conftest import Shop, shop
from tests.psp.conftest import MockPsp, _running_mock, mock
from tests.psp.deliveries import encoded, signature

__all__ = ["_running_mock", "mock", "shop"]


@pytest.fixture(autouse=True)
def _plain_logs():
    """Tracebacks as the product writes them: structlog's own, with every local, take seconds each."""
    logs.configure()
    yield
    structlog.reset_defaults()


@pytest.fixture
def psp(mock):
    """The PSP of the shop: the adapter at the mock."""
    return mock.adapter


@dataclass
class Inbox:
    """Deliveries to the shop, and the worker that applies them."""

    shop: Shop
    mock: MockPsp
    offset_seconds: int = field(default=0)

    def sent_about(self, payment: Any, *types: str) -> list[dict[str, Any]]:
        """The mock's events about a payment, oldest first; of these types, in this order, where types are named."""
        about = [event for event in self.mock.events() if payment.public_id in json.dumps(event)]
        if not types:
            return about
        return [next(event for event in about if event["type"] == type) for type in types]

    def deliver(self, *events: dict[str, Any]) -> None:
        for event in events:
            body = encoded(event)
            receive(body, [signature(body, at=clock.wallclock())], self.mock.adapter)

    def work(self) -> int:
        """Runs what is due, and what becomes due by it at once; returns how many tasks."""
        done = 0
        while batch := tasks.claim(WEBHOOK_QUEUE, worker="test", lease_seconds=60):
            for task in batch:
                run_task(task, HANDLERS[task.kind])
            done += len(batch)
        return done

    def later(self, seconds: int) -> None:
        """Moves business time on."""
        self.offset_seconds += seconds
        clock.configure(offset_seconds=self.offset_seconds)

    def pay(self, **how: str) -> Any:
        """A payment that the shopper has paid, or tried to; nothing of it was delivered."""
        payment = self.shop.started()
        self.mock.pay(payment.psp_session_id, **(how or {"card": "4242424242424242"}))
        return payment


@pytest.fixture
def inbox(shop, mock):
    return Inbox(shop, mock)
