"""A shop whose orders are paid, released and paid out, by the use cases; and every explanation of a seller at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from checkout.core import clock
from checkout.core.ids import encode
from checkout.db.statement import run
from checkout.explanations import Explanation, Ref, explain
from checkout.identity.access import EVERYTHING, Reach
from checkout.orders.release import release_due
from checkout.payouts.payout import Payout, read_payout
from checkout.payouts.request import request_payout
from tests.conftest import Database
from tests.ledger.conftest import CAUSE
from tests.orders.conftest import deliver, paid_order, psp, ship, shop
from tests.payouts.fake_psp import FakePsp as BankingPsp

__all__ = ["paid_order", "psp", "shop"]

HOLD = timedelta(days=30)


@pytest.fixture(autouse=True)
def _the_clock_goes_back() -> Iterator[None]:
    yield
    clock.configure()


def release(*orders: UUID) -> None:
    """The sellers are verified; ships, delivers, and lets the hold pass."""
    run("UPDATE sellers SET verification_status = 'verified', payouts_enabled = true")
    for order in orders:
        ship(order)
        deliver(order)
    clock.configure(offset_seconds=int(HOLD.total_seconds()))
    release_due(cause=CAUSE)


@pytest.fixture
def pay_out(db: Database) -> Callable[..., Payout]:
    """A payout of all that a seller has, as far as the reserve."""
    banking = BankingPsp()

    def make(seller: UUID, currency: str = "EUR", method: str = "standard") -> Payout:
        db.rows(
            """
            INSERT INTO connected_accounts (seller_id, psp, idempotency_key, request, psp_account_id, created_at)
            VALUES (%(id)s, 'stripe', %(key)s, '{}', %(account)s, now()) ON CONFLICT DO NOTHING
            """,
            id=seller,
            key=str(seller),
            account=f"acct_{seller.hex[-8:]}",
        )
        made = request_payout(seller_id=seller, currency=currency, method=method, psp=banking, cause=CAUSE)
        return read_payout(made.id)

    return make


def why(ref: str, reach: Reach = EVERYTHING) -> Explanation:
    id, _, field = ref.partition("/")
    return explain(Ref(id, field), reach)


def of_seller(seller: UUID) -> Reach:
    return Reach(sellers=frozenset({seller}))


def terms(found: Explanation) -> list[tuple[str, int]]:
    return [(term.name, term.signed.amount_minor) for term in found.terms]


def sel(seller: UUID) -> str:
    return encode("sel", seller)
