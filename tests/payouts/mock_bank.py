"""The mock PSP with sellers' accounts, reached by the Stripe adapter, and its webhooks taken in as they come."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import requests

from checkout import tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow, wallclock
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.inbox import apply_inbox_event, receive
from checkout.inbox.payout_events import apply_payout_event
from checkout.inbox.routes import PAYOUT_EVENT
from checkout.inbox.stages import APPLY
from checkout.ledger import chart, journal
from checkout.ledger.entry import Entry, credit, debit, legs
from checkout.mockpsp.server import RunningMock, running_mock
from checkout.payouts.advance import advance, advance_payout
from checkout.payouts.eligibility import Terms
from checkout.payouts.payable import collect_payable
from checkout.payouts.reserve import Made, Wanted, reserve
from checkout.payouts.settle import ADVANCE
from checkout.psp import CreateConnectedAccount, registry
from checkout.psp.stripe.adapter import StripeAdapter
from checkout.sellers.create import create_seller
from checkout.tasks.ring import DEFAULT_QUEUE, WEBHOOK_QUEUE
from jobs.handler import Handler, Owning, Transactional
from jobs.run_task import run_task
from tests.mockpsp.harness import Endpoint, endpoint
from tests.psp.conftest import adapter_at
from tests.psp.deliveries import signature

CAUSE = Cause("cli", "test")
HANDLERS: dict[str, Handler] = {
    APPLY: Transactional(apply_inbox_event),
    PAYOUT_EVENT: Owning(apply_payout_event),
    ADVANCE: Owning(advance),
}


@dataclass
class MockBank:
    """The mock, our adapter for it, and what it has sent as webhooks."""

    running: RunningMock
    adapter: StripeAdapter
    shop: Endpoint
    taken_in: int = 0

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = requests.request(method, f"{self.running.base}/_mock/{path}", json=body, timeout=30)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def top_up(self, minor: int, currency: str = "eur") -> None:
        self.control("POST", "topup", {"amount": minor, "currency": currency})

    def seller(self, name: str = "Ada's Pottery") -> UUID:
        """Verified, with an account at the mock."""
        with atomic() as session:
            seller = create_seller(session, name=name, commission_bps=0, cause=CAUSE, country="DE")
        reference = encode("sel", seller)
        account = self.adapter.create_connected_account(
            CreateConnectedAccount(
                reference=reference,
                idempotency_key=f"{reference}:account",
                country="DE",
                business_name=name,
                email="ada+verified@example.org",
                default_currency="EUR",
            )
        )
        run(
            "UPDATE sellers SET payouts_enabled = true, verification_status = 'verified' WHERE id = %(id)s",
            id=seller,
        )
        run(
            """
            INSERT INTO connected_accounts (seller_id, psp, idempotency_key, request, psp_account_id, created_at)
            VALUES (%(id)s, 'stripe', %(key)s, '{}', %(account)s, now())
            ON CONFLICT (seller_id) DO UPDATE SET psp_account_id = EXCLUDED.psp_account_id
            """,
            id=seller,
            key=f"{reference}:account",
            account=account.id,
        )
        return seller

    def pass_time(self, seconds: int) -> None:
        """At the PSP and its banks."""
        self.control("POST", "clock", {"advance_seconds": seconds})

    def take_in(self, *, at_least: int) -> None:
        """Waits until so many webhooks have come in all, and applies what is new."""
        self.shop.wait_for(at_least, seconds=60)
        for delivery in self.shop.received[self.taken_in :]:
            self.taken_in += 1
            receive(delivery.raw, [signature(delivery.raw, at=wallclock())], self.adapter)
        work()

    def journal(self, kind: str) -> list[dict[str, Any]]:
        """What truly happened: the entries of one kind."""
        entries, after = [], 0
        while found := self.control("GET", f"journal?after={after}")["entries"]:
            entries += found
            after = found[-1]["seq"]
        return [entry for entry in entries if entry["kind"] == kind]


def work() -> None:
    """Runs what is due in all queues, until nothing is."""
    while batch := [
        task
        for queue in (WEBHOOK_QUEUE, DEFAULT_QUEUE)
        for task in tasks.claim(queue, worker="test", lease_seconds=60)
    ]:
        for task in batch:
            run_task(task, HANDLERS.get(task.kind, Owning(lambda task: None)))


@contextmanager
def mock_bank(folder: Path) -> Iterator[MockBank]:
    with endpoint() as shop, running_mock(folder / "mock.sqlite3", webhook_url=shop.url) as running:
        # An open circuit is another test's subject: here every call is made.
        adapter = adapter_at(running.base, open_seconds=0)
        registry.use(adapter)
        yield MockBank(running, adapter, shop)


def earn(sellers: list[UUID], minor: int) -> None:
    """So much for each of them."""
    amount = Money(minor, "EUR")
    entries = [
        Entry(
            "reserve_released",
            f"earned-{new_uuid()}",
            "alr_test",
            legs(debit(chart.psp_balance("stripe"), amount), credit(chart.seller_available(seller), amount)),
        )
        for seller in sellers
    ]
    with atomic() as session:
        journal.post_many(session, entries, cause=CAUSE)
    collect_payable()


def reserved(sellers: list[UUID], psp: StripeAdapter) -> list[UUID]:
    """A payout of all that each has."""
    wanted = [Wanted(seller, "EUR", "manual", Terms(), "cli:test") for seller in sellers]
    with atomic() as session:
        made = reserve(session, wanted, psp=psp, cause=CAUSE, now=utcnow())
    return [one.payout_id for one in made if isinstance(one, Made)]


def advance_all(payouts: list[UUID], psp: StripeAdapter, *, threads: int = 4) -> None:
    """Each as far as it goes now."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda id: advance_payout(id, psp=psp, cause=CAUSE), payouts))
