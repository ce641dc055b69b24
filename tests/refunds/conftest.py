"""A shop whose payments are refunded: the same storefront and sellers as for payments, and a PSP that gives money back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.ledger.verify import verify_ledger
from checkout.orders.release import release_due
from checkout.payments.views import PaymentView
from checkout.psp import Refund as PspRefund
from checkout.psp import RefundNews
from checkout.refunds.apply_news import apply_refund_news
from checkout.refunds.commands import RequestRefund
from checkout.refunds.refund import Refund, read_refund
from checkout.refunds.request import request_refund
from checkout.refunds.submit import submit_refund
from tests.conftest import Database
from tests.orders.conftest import deliver, in_days, ship, verify_sellers
from tests.payments.conftest import Shop
from tests.payments.conftest import shop as shop
from tests.refunds.fake_psp import RefundingPsp

CAUSE = Cause("key", "key_test")
EVENT = Cause("event", "evt_test")
PEOPLE = Cause("person", "usr_test")
OF_THE_PAYMENT = ("payment_captured", "psp_fee")


@pytest.fixture
def psp() -> RefundingPsp:
    return RefundingPsp()


@dataclass
class Desk:
    """Whoever gives money back, and what came of it."""

    db: Database
    shop: Shop
    psp: RefundingPsp

    def paid(self, *amounts: int, currency: str = "EUR", **options: Any) -> PaymentView:
        verify_sellers(self.db)
        payment = self.shop.paid(amounts or (1500,), currency, **options)
        self.psp.back.took(f"pi_{payment.psp_session_id}", payment.amount)
        return payment

    def asks(self, payment: PaymentView, amount: int | None = None, **more: Any) -> Refund:
        """Written down; the PSP has not been asked."""
        cause = more.pop("cause", CAUSE)
        command = RequestRefund(payment_id=payment.id, amount_minor=amount, **more)
        with atomic() as session:
            id = request_refund(session, command, psp=self.psp, cause=cause)
        return read_refund(id)

    def sends(self, refund: Refund) -> float | None:
        return submit_refund(refund.id, psp=self.psp, cause=EVENT)

    def refunds(self, payment: PaymentView, amount: int | None = None, **more: Any) -> Refund:
        """Asked for and sent."""
        refund = self.asks(payment, amount, **more)
        self.sends(refund)
        return read_refund(refund.id)

    def hears(self, made: PspRefund | None, payment: PaymentView | None = None) -> str:
        """An event with the refund as it was then; or one that names its payment alone."""
        intent = made.intent_id if made else f"pi_{payment.psp_session_id}" if payment else None
        news = RefundNews(made, made.charge_id if made else None, intent, utcnow())
        return apply_refund_news(news, psp=self.psp, cause=EVENT)

    def made(self, refund: Refund) -> PspRefund:
        return self.psp.back.refund_named(refund.public_id)

    def dashboard(self, payment: PaymentView, amount: int) -> PspRefund:
        """A refund made with the PSP, of which nobody has told us."""
        from checkout.core.money import Money

        session = payment.psp_session_id
        return self.psp.back.refund_elsewhere(
            f"pi_{session}", Money(amount, payment.amount.currency), f"ch_{session}"
        )

    def released(self, payment: PaymentView) -> None:
        """All its orders are shipped, delivered, and their hold has passed."""
        for order in payment.orders:
            ship(order.id)
            deliver(order.id)
        in_days(8)
        release_due(cause=EVENT)

    def status(self, refund: Refund) -> str:
        return read_refund(refund.id).status

    def order(self, order_id: UUID) -> dict[str, Any]:
        (row,) = self.db.rows(
            """
            SELECT status, amount_refunded_minor AS refunded, refunded_to_wallet_minor AS to_wallet,
                   refunds_in_flight AS in_flight, logistics_returned_minor AS logistics FROM orders WHERE id = %(id)s
            """,
            id=order_id,
        )
        return row

    def refunded(self, payment: PaymentView) -> int:
        """What the payment counts."""
        value: int = self.db.value(
            "SELECT amount_refunded_minor FROM payments WHERE id = %(id)s", id=payment.id
        )
        return value

    def entries(self, *without: str) -> list[tuple[str, dict[str, int]]]:
        """Every entry as (kind, {account, or account:seller, and its minor units}), oldest first; sellers are A and B."""
        names = {encode("sel", self.shop.ada): "A", encode("sel", self.shop.bao): "B"}
        rows = self.db.rows("""
            SELECT e.sequence, e.kind, a.kind AS account, a.owner, p.amount_minor
              FROM postings p JOIN journal_entries e ON e.id = p.entry_id
              JOIN ledger_accounts a ON a.id = p.account_id ORDER BY e.sequence, p.id
        """)
        found: dict[int, tuple[str, dict[str, int]]] = {}
        for row in rows:
            name = f"{row['account']}:{names[row['owner']]}" if row["owner"] in names else row["account"]
            legs = found.setdefault(row["sequence"], (row["kind"], {}))[1]
            legs[name] = legs.get(name, 0) + row["amount_minor"]
        return [entry for entry in found.values() if entry[0] not in without]

    def balances(self) -> dict[str, int]:
        """What every account holds that holds anything; the whole ledger is proved."""
        report = verify_ledger()
        assert report.holds, report.differences
        sums: dict[str, int] = {}
        for _, legs in self.entries():
            for account, minor in legs.items():
                sums[account] = sums.get(account, 0) + minor
        return {account: minor for account, minor in sums.items() if minor}

    def events(self, *prefixes: str) -> list[str]:
        rows = self.db.rows("SELECT type FROM events ORDER BY sequence")
        return [row["type"] for row in rows if row["type"].startswith(prefixes or ("refund.",))]

    def alerts(self) -> list[str]:
        return [row["code"] for row in self.db.rows("SELECT code FROM alerts ORDER BY created_at")]


@pytest.fixture
def desk(db: Database, shop: Shop, psp: RefundingPsp) -> Desk:
    return Desk(db, shop, psp)
