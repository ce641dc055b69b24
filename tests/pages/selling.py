"""A seller with sales in every state, by the use cases that lead there; for the seller's pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import chart
from checkout.ledger.entry import credit, debit
from checkout.orders.release import release_due
from checkout.payouts.advance import advance_payout
from checkout.payouts.apply_news import apply_bank_payout
from checkout.payouts.payout import Payout
from checkout.payouts.request import request_payout
from checkout.psp import registry
from checkout.sellers.create import create_seller
from tests.conftest import Database
from tests.ledger.conftest import CAUSE, entry, post
from tests.orders.conftest import deliver, in_days, ship
from tests.pages.seed import Line, Part, seed
from tests.payouts.fake_psp import FakePsp

BANK = {"currency": "EUR", "country": "DE", "last4": "3000"}


def new_seller(db: Database, name: str = "Ada's Pottery", *, verified: bool = True, **columns: Any) -> UUID:
    """Verified, with an account at the PSP and a bank account in EUR; 10 % commission, 7 days of hold."""
    registry.use(FakePsp())
    with atomic() as session:
        id = create_seller(session, name=name, commission_bps=1000, cause=CAUSE, country="DE")
    values = {"hold_days": 7, **columns}
    if verified:
        values |= {"payouts_enabled": True, "verification_status": "verified"}
    for column, value in values.items():
        db.rows(f"UPDATE sellers SET {column} = %(value)s WHERE id = %(id)s", value=value, id=id)
    db.rows(
        "INSERT INTO connected_accounts (seller_id, psp, idempotency_key, request, psp_account_id, created_at)"
        " VALUES (%(id)s, 'stripe', %(key)s, '{}', %(account)s, now()) ON CONFLICT DO NOTHING",
        id=id,
        key=str(id),
        account=f"acct_{id.hex[-8:]}",
    )
    db.rows(
        "INSERT INTO payout_accounts (id, seller_id, currency, country, last4, details_sealed, changed_by, created_at,"
        " set_at) VALUES (gen_random_uuid(), %(id)s, 'EUR', 'DE', '3000', ''::bytea, 'cli:test', now(), now())",
        id=id,
    )
    return id


def sale(
    db: Database,
    seller: UUID,
    minor: int = 1500,
    *,
    commission: int = 150,
    logistics: int = 300,
    tax: int = 0,
    currency: str = "EUR",
    reference: str | None = "1042-A",
    lines: tuple[Line, ...] = (),
) -> UUID:
    """A paid order of the seller, its money in the ledger; returns its id."""
    part = Part("unused", minor, reference, lines or (Line("Mug", minor),))
    payment = seed(db, status="succeeded", currency=currency, parts=(part,))
    order = db.value(
        """
        UPDATE orders SET seller_id = %(seller)s, commission_minor = %(commission)s,
               logistics_fee_minor = %(logistics)s, tax_amount_minor = %(tax)s,
               tax_collected_by = CASE WHEN %(tax)s > 0 THEN 'platform' ELSE tax_collected_by END,
               fee_plan_id = (SELECT id FROM fee_plans WHERE seller_id = %(seller)s LIMIT 1)
         WHERE payment_id = %(payment)s RETURNING id
        """,
        seller=seller,
        payment=payment,
        commission=commission,
        logistics=logistics,
        tax=tax,
    )
    amount = Money(minor, currency)
    post(
        entry(
            debit(chart.psp_balance("stripe"), amount),
            credit(chart.seller_pending(seller), amount, order_id=order),
            kind="payment_captured",
        )
    )
    return UUID(str(order))


def delivered(db: Database, seller: UUID, minor: int = 1500, **options: Any) -> UUID:
    order = sale(db, seller, minor, **options)
    ship(order)
    deliver(order)
    return order


def released(db: Database, seller: UUID, minor: int = 1500, **options: Any) -> UUID:
    """The hold is over at once; the seller's others are not touched."""
    order = delivered(db, seller, minor, **options)
    db.rows("UPDATE orders SET release_due_at = delivered_at WHERE id = %(id)s", id=order)
    release_due(cause=CAUSE)
    return order


def paid_out(
    seller: UUID, psp: FakePsp, currency: str = "EUR", *, bank: str | None = None, code: str = ""
) -> Payout:
    """All that is available, sent; `bank`: what the bank then said."""
    payout = request_payout(seller_id=seller, currency=currency, method="standard", psp=psp, cause=CAUSE)
    advance_payout(payout.id, psp=psp, cause=CAUSE)
    if bank:
        said = psp.bank_says(payout.public_id, bank, code) if code else psp.bank_says(payout.public_id, bank)
        apply_bank_payout("stripe", said, cause=CAUSE)
        advance_payout(payout.id, psp=psp, cause=CAUSE)
    return payout


__all__ = ["delivered", "in_days", "new_seller", "paid_out", "released", "sale", "ship"]
