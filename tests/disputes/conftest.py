"""A shop whose payments are disputed: the same storefront and sellers as for payments, a PSP that also has disputes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.disputes.apply_news import apply_dispute_news
from checkout.disputes.dispute import COLUMNS, Dispute, dispute_of
from checkout.payments.views import PaymentView
from checkout.psp import Dispute as PspDispute
from checkout.psp import DisputeMovement, DisputeNews
from tests.conftest import Database
from tests.disputes.fake_psp import DisputedPsp
from tests.orders.conftest import deliver, in_days, ship, verify_sellers
from tests.payments.conftest import Shop
from tests.payments.conftest import shop as shop

EVENT = Cause("event", "evt_test")
TOGETHER = {"payment_captured", "psp_fee"}  # entries that are not of the dispute


@pytest.fixture
def psp() -> DisputedPsp:
    return DisputedPsp()


@dataclass
class Bank:
    """The shopper's bank, and our reading of what it does."""

    db: Database
    shop: Shop
    psp: DisputedPsp

    def paid(self, *amounts: int, currency: str = "EUR") -> PaymentView:
        verify_sellers(self.db)
        return self.shop.paid(amounts or (1500,), currency)

    def disputes(self, payment: PaymentView, amount: int | None = None, **options: Any) -> PspDispute:
        """Opens a dispute of the whole payment, or of so much; nobody has told us yet."""
        session = self.psp.sessions[payment.psp_session_id or ""]
        assert session.charge is not None
        disputed = payment.amount if amount is None else Money(amount, payment.currency)
        return self.psp.open_dispute(
            session.charge.intent_id, disputed, charge_id=session.charge.id, **options
        )

    def tells(self, dispute: PspDispute, kind: str = "updated") -> bool:
        """We hear an event with the dispute as it was then."""
        news = DisputeNews(dispute, kind, utcnow())  # type: ignore[arg-type]
        return apply_dispute_news(news, psp=self.psp, cause=EVENT)  # type: ignore[arg-type]

    def told(self, payment: PaymentView, amount: int | None = None, **options: Any) -> PspDispute:
        """A dispute that we have heard of."""
        dispute = self.disputes(payment, amount, **options)
        assert self.tells(dispute, "created")
        return dispute

    def now(self, dispute: PspDispute) -> Dispute:
        """Our row of it."""
        (row,) = self.db.rows(f"SELECT {COLUMNS} FROM disputes WHERE psp_dispute_id = %(id)s", id=dispute.id)
        return dispute_of(_Row(row))  # type: ignore[arg-type]

    def order(self, order_id: UUID) -> dict[str, Any]:
        (row,) = self.db.rows(
            """
            SELECT status, amount_withdrawn_minor AS withdrawn, amount_refunded_minor AS refunded,
                   open_disputes AS open FROM orders WHERE id = %(id)s
            """,
            id=order_id,
        )
        return row

    def disputed(self, payment: PaymentView) -> int:
        """What the payment counts as disputed."""
        value: int = self.db.value(
            "SELECT amount_disputed_minor FROM payments WHERE id = %(id)s", id=payment.id
        )
        return value

    def released(self, payment: PaymentView) -> None:
        """All its orders are shipped, delivered, and their hold has passed."""
        from checkout.orders.release import release_due

        for order in payment.orders:
            ship(order.id)
            deliver(order.id)
        in_days(8)
        release_due(cause=EVENT)

    def entries(self, *without: str) -> list[tuple[str, dict[str, int]]]:
        """Every entry as (kind, {account or account:seller: minor units}), oldest first; sellers are A and B."""
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
        """What every account holds that holds anything; of a seller's, A's or B's."""
        names = {encode("sel", self.shop.ada): ":A", encode("sel", self.shop.bao): ":B"}
        rows = self.db.rows("""
            SELECT a.kind, a.owner, sum(p.amount_minor)::bigint AS minor
              FROM postings p JOIN ledger_accounts a ON a.id = p.account_id GROUP BY 1, 2
        """)
        return {f"{row['kind']}{names.get(row['owner'], '')}": row["minor"] for row in rows if row["minor"]}


class _Row:
    def __init__(self, row: dict[str, Any]) -> None:
        self._mapping = row


@pytest.fixture
def bank(db: Database, shop: Shop, psp: DisputedPsp) -> Bank:
    return Bank(db, shop, psp)


def movement(number: str, amount: int, fee: int = 0, currency: str = "EUR", at: datetime | None = None):
    """A movement as the PSP signs it: below zero was taken."""
    at = at or utcnow().replace(microsecond=0)
    return DisputeMovement(number, Money(amount, currency), Money(fee, currency), at)


def later(days: int) -> timedelta:
    return timedelta(days=days)
