"""Days with the mock PSP: payments over the wire, its webhooks taken in, midnight, and the night's work on its report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from checkout import tasks
from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.clock import utcnow, wallclock
from checkout.db.statement import run
from checkout.inbox import apply_inbox_event, receive
from checkout.inbox.dispute_events import apply_dispute_event
from checkout.inbox.payout_events import apply_payout_event
from checkout.inbox.read_again import read_and_apply
from checkout.inbox.refund_events import apply_refund_event
from checkout.inbox.routes import DISPUTE_EVENT, PAYOUT_EVENT, REFUND_EVENT
from checkout.inbox.stages import APPLY, READ_AGAIN
from checkout.mockpsp.server import RunningMock, running_mock
from checkout.payments.book_fee import book_fee
from checkout.payments.booking import BOOK_FEE
from checkout.payments.views import PaymentView
from checkout.psp import registry
from checkout.psp.stripe.adapter import StripeAdapter
from checkout.reconciliation.night.nightly import settle_nights
from checkout.refunds.request import SUBMIT
from checkout.refunds.submit import submit
from checkout.tasks.ring import DEFAULT_QUEUE, WEBHOOK_QUEUE
from jobs.handler import Owning, Transactional
from jobs.run_task import run_task
from tests.mockpsp.harness import Endpoint, endpoint
from tests.payments.conftest import Shop
from tests.payouts.mock_bank import MockBank
from tests.psp.conftest import adapter_at
from tests.psp.deliveries import signature

CAUSE = Cause("cli", "test")
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
DAY = date(2026, 3, 14)
PLAIN = "4242424242424242"
HANDLERS = {
    APPLY: Transactional(apply_inbox_event),
    READ_AGAIN: Owning(read_and_apply),
    PAYOUT_EVENT: Owning(apply_payout_event),
    REFUND_EVENT: Owning(apply_refund_event),
    DISPUTE_EVENT: Owning(apply_dispute_event),
    SUBMIT: Owning(submit),
    BOOK_FEE: Owning(book_fee),
}


@dataclass
class MockDays:
    """The mock, the shop that is paid over it, and one time for both."""

    bank: MockBank
    shop: Shop
    drop_dir: Path

    def pay(self, *amounts: int, card: str = PLAIN, currency: str = "EUR", heard: bool = True) -> PaymentView:
        """Paid on the hosted page; `heard`: the webhooks have been applied."""
        payment = self.shop.started(amounts, currency)
        self.bank.control("POST", "pay", {"session": payment.psp_session_id, "card": card})
        if heard:
            self.hear()
            payment = self.shop.view(payment.id)
            assert payment.status == "succeeded"
        return payment

    def intent_of(self, payment: PaymentView) -> str:
        rows = run("SELECT psp_intent_id FROM payments WHERE id = %(id)s", id=payment.id)
        return str(rows[0].psp_intent_id)

    def hear(self) -> None:
        """All that the mock has to say arrives, and what follows from it is done."""
        self.bank.running.psp.webhooks.deliver_held()
        wanted = self._events()
        self.bank.shop.wait_for(wanted, seconds=20)
        for delivery in self.bank.shop.received[self.bank.taken_in :]:
            self.bank.taken_in += 1
            receive(delivery.raw, [signature(delivery.raw, at=wallclock())], self.bank.adapter)
        self.work()

    def _events(self) -> int:
        with self.bank.running.psp.store.snapshot() as connection:
            return int(connection.execute("select count(*) from events").fetchone()[0])

    def work(self) -> None:
        while batch := [
            task
            for queue in (WEBHOOK_QUEUE, DEFAULT_QUEUE)
            for task in tasks.claim(queue, worker="test", lease_seconds=60)
        ]:
            for task in batch:
                run_task(task, HANDLERS.get(task.kind, Owning(lambda task: None)))

    def to(self, moment: datetime) -> None:
        """It is that time, here and at the PSP."""
        set_time(moment)
        behind = int(moment.timestamp()) - self.bank.running.psp.clock.now()
        if behind > 0:
            self.bank.control("POST", "clock", {"advance_seconds": behind})

    def morning(self, day: date = DAY) -> datetime:
        """02:30 in Berlin of the day after."""
        return datetime.combine(day, datetime.min.time(), tzinfo=UTC) + timedelta(days=1, hours=1, minutes=30)

    def night(self, day: date = DAY) -> None:
        """The night after `day`, with as many rounds as the report takes."""
        self.to(self.morning(day))
        for _ in range(4):
            settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE)
            if not run("SELECT 1 FROM settlement_nights WHERE finished_at IS NULL"):
                return
            self.to(utcnow() + timedelta(seconds=25))
        raise AssertionError("the night does not end")

    def planted(self) -> list[tuple[str, int, str]]:
        """What the mock's journal says of the files: code, amount, number; a late row raises no alarm."""
        return sorted(
            (entry["code"], entry["amount"], entry["balance_transaction"])
            for entry in self.bank.journal("planted")
            if entry["code"] != "timing_cutoff"
        )


def found() -> list[tuple[str, int, str]]:
    """The alerts that are open, in the same words."""
    rows = run(
        """
        SELECT d.code, abs(d.difference_minor) AS amount, d.number, a.amount_minor
          FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id WHERE a.status <> 'resolved'
        """
    )
    assert all(abs(row.amount_minor) == row.amount for row in rows), "an alert says its difference"
    return sorted((row.code, row.amount, row.number) for row in rows)


def set_time(moment: datetime) -> None:
    clock.configure(offset_seconds=round((moment - datetime.now(UTC)).total_seconds()))


@contextmanager
def mock_days(folder: Path, shop: Shop) -> Iterator[MockDays]:
    """From noon of DAY on. The shop's sellers and storefront stay; its PSP is the mock."""
    set_time(NOON)
    offset = round((NOON - datetime.now(UTC)).total_seconds())
    with (
        endpoint() as place,
        running_mock(
            folder / "mock.sqlite3",
            webhook_url=place.url,
            clock_offset_seconds=offset,
            drop_dir=folder / "drop",
        ) as running,
    ):
        bank = bank_at(running, place)
        registry.use(bank.adapter)
        yield MockDays(bank, Shop(shop.storefront_id, shop.ada, shop.bao, bank.adapter), folder / "drop")


def bank_at(running: RunningMock, place: Endpoint) -> MockBank:
    adapter: StripeAdapter = adapter_at(running.base, open_seconds=0)
    return MockBank(running, adapter, place)


def differences() -> list[dict[str, Any]]:
    rows = run("SELECT code, difference_minor, gone_at FROM settlement_differences ORDER BY code")
    return [dict(row._mapping) for row in rows]
