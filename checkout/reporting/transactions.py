"""Every movement of money of a seller, a payment or a customer, from the journal, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.identity.access import Reach

PAYMENTS_OF_CUSTOMER: Final = 1_000  # the newest; nobody buys more often under one shopper's id
MATCHED: Final = """
    SELECT p.id FROM payments p
     WHERE (%(payment)s::uuid IS NULL OR p.id = %(payment)s)
       AND (%(customer)s::uuid IS NULL OR p.shopper_id = %(customer)s)
     ORDER BY p.created_at DESC LIMIT %(most)s
"""
ORDERS_OF: Final = "SELECT id FROM orders WHERE payment_id = ANY(%(payments)s::uuid[])"

# A tenant sees what moved on accounts of its sellers, or of the orders of its storefronts: nothing of the platform's own.
LISTED: Final = """
    SELECT p.id AS number, e.id AS entry_id, e.kind, e.source, e.effective_at, a.kind AS account, a.owner, p.order_id,
           p.currency, p.amount_minor, o.payment_id,
           (SELECT count(*) FROM postings q WHERE q.entry_id = p.entry_id AND q.id <= p.id) AS leg
      FROM postings p
      JOIN journal_entries e ON e.id = p.entry_id
      JOIN ledger_accounts a ON a.id = p.account_id
      LEFT JOIN orders o ON o.id = p.order_id
     WHERE (%(everything)s OR a.owner = ANY(%(owners)s::text[])
            OR (o.storefront_id = ANY(%(storefronts)s::uuid[]) AND a.kind = ANY(%(sellers_kinds)s::text[])))
       AND (%(seller)s::text IS NULL OR p.account_id IN (SELECT id FROM ledger_accounts WHERE owner = %(seller)s))
       AND (%(sources)s::text[] IS NULL OR p.order_id = ANY(%(orders)s::uuid[])
            OR p.entry_id IN (SELECT id FROM journal_entries WHERE source = ANY(%(sources)s::text[])))
       AND (%(currency)s::text IS NULL OR p.currency = %(currency)s)
       AND (%(type)s::text IS NULL OR e.kind = %(type)s)
       AND (%(created_from)s::timestamptz IS NULL OR e.effective_at >= %(created_from)s)
       AND (%(created_before)s::timestamptz IS NULL OR e.effective_at < %(created_before)s)
"""
OLDER: Final = (
    f"{LISTED} AND (%(edge)s::bigint IS NULL OR p.id < %(edge)s) ORDER BY p.id DESC LIMIT %(limit)s"
)
NEWER: Final = f"{LISTED} AND p.id > %(edge)s ORDER BY p.id LIMIT %(limit)s"
SELLERS_KINDS: Final = ["seller_pending", "seller_available", "seller_reserve", "payout_in_transit"]


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """Whose movements; ids as they were sent. What is None does not filter."""

    customer: str | None = None
    seller: str | None = None
    payment: str | None = None
    currency: str | None = None
    type: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """One posting. `leg` counts within its entry; `amount` is debit positive, credit negative."""

    number: int
    entry_id: UUID
    leg: int
    kind: str
    account: str
    owner: str
    amount: Money
    order_id: UUID | None
    payment_id: UUID | None
    source: str
    effective_at: datetime

    @property
    def public_id(self) -> str:
        return f"{encode('jrn', self.entry_id)}-{self.leg}"

    @property
    def payment(self) -> str | None:
        if self.payment_id is not None:
            return encode("pay", self.payment_id)
        return self.source if self.source.startswith("pay_") else None

    @property
    def payout(self) -> str | None:
        return self.source if self.source.startswith("po_") else None


def list_transactions(
    filters: TransactionFilter,
    reach: Reach,
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
) -> list[Transaction]:
    """A page, newest first; an edge is the number of the posting a page ends at. An id of nobody finds nothing."""
    try:
        scope = _scope(filters)
    except NotFound:
        return []
    rows = run(
        NEWER if before is not None else OLDER,
        everything=reach.everything,
        owners=[encode("sel", seller) for seller in reach.sellers],
        storefronts=list(reach.storefronts),
        sellers_kinds=SELLERS_KINDS,
        currency=filters.currency,
        type=filters.type,
        created_from=filters.created_from,
        created_before=filters.created_before,
        edge=before if before is not None else after,
        limit=limit,
        **scope,
    )
    found = [_transaction(row) for row in rows]
    return found[::-1] if before is not None else found


def _scope(filters: TransactionFilter) -> dict[str, Any]:
    """The seller's accounts, and the entries and orders of the payments that are meant."""
    seller = encode("sel", decode("sel", filters.seller)) if filters.seller is not None else None
    payment = decode("pay", filters.payment) if filters.payment is not None else None
    customer = decode("cus", filters.customer) if filters.customer is not None else None
    if payment is None and customer is None:
        return {"seller": seller, "sources": None, "orders": []}
    payments = [row.id for row in run(MATCHED, payment=payment, customer=customer, most=PAYMENTS_OF_CUSTOMER)]
    orders = [row.id for row in run(ORDERS_OF, payments=payments)]
    sources = [*(encode("pay", id) for id in payments), *(encode("ord", id) for id in orders)]
    return {"seller": seller, "sources": sources, "orders": orders}


def _transaction(row: Row[Any]) -> Transaction:
    return Transaction(
        number=row.number,
        entry_id=row.entry_id,
        leg=row.leg,
        kind=row.kind,
        account=row.account,
        owner=row.owner,
        amount=Money(row.amount_minor, row.currency),
        order_id=row.order_id,
        payment_id=row.payment_id,
        source=row.source,
        effective_at=row.effective_at,
    )
