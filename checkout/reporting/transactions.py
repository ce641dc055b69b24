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
DISPUTES_OF: Final = "SELECT id FROM disputes WHERE payment_id = ANY(%(payments)s::uuid[])"
REFUNDS_OF: Final = "SELECT id FROM refunds WHERE payment_id = ANY(%(payments)s::uuid[])"

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
       AND (%(currency)s::text IS NULL OR p.currency = %(currency)s)
       AND (%(type)s::text IS NULL OR e.kind = %(type)s)
       AND (%(created_from)s::timestamptz IS NULL OR e.effective_at >= %(created_from)s)
       AND (%(created_before)s::timestamptz IS NULL OR e.effective_at < %(created_before)s)
"""
# Only where it is asked for, so that the index of accounts or of orders is used, and not the whole journal read.
ON_ACCOUNTS: Final = " AND p.account_id = ANY(%(accounts)s::uuid[])"
OF_PAYMENTS: Final = """
       AND (p.order_id = ANY(%(orders)s::uuid[])
            OR p.entry_id IN (SELECT id FROM journal_entries WHERE source = ANY(%(sources)s::text[])))
"""
ACCOUNTS_OF: Final = "SELECT id FROM ledger_accounts WHERE owner = ANY(%(owners)s::text[])"
OLDER: Final = "AND (%(edge)s::bigint IS NULL OR p.id < %(edge)s) ORDER BY p.id DESC LIMIT %(limit)s"
NEWER: Final = "AND p.id > %(edge)s ORDER BY p.id LIMIT %(limit)s"
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
    def refund(self) -> str | None:
        return self.source if self.source.startswith("re_") else None

    @property
    def dispute(self) -> str | None:
        return self.source if self.source.startswith("dp_") else None

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
        fragments, scope = _scope(filters, reach)
    except NotFound:
        return []
    rows = run(
        f"{LISTED}{fragments} {NEWER if before is not None else OLDER}",
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


def _scope(filters: TransactionFilter, reach: Reach) -> tuple[str, dict[str, Any]]:
    """The accounts, entries and orders that are meant: as a condition, and its parameters."""
    fragments = ""
    parameters: dict[str, Any] = {}
    owners = _owners(filters, reach)
    if owners is not None:
        fragments += ON_ACCOUNTS
        parameters["accounts"] = [row.id for row in run(ACCOUNTS_OF, owners=owners)]
    payment = decode("pay", filters.payment) if filters.payment is not None else None
    customer = decode("cus", filters.customer) if filters.customer is not None else None
    if payment is not None or customer is not None:
        found = run(MATCHED, payment=payment, customer=customer, most=PAYMENTS_OF_CUSTOMER)
        payments = [row.id for row in found]
        orders = [row.id for row in run(ORDERS_OF, payments=payments)]
        fragments += OF_PAYMENTS
        parameters["orders"] = orders
        parameters["sources"] = [
            *(encode("pay", id) for id in payments),
            *(encode("ord", id) for id in orders),
            *(encode("re", row.id) for row in run(REFUNDS_OF, payments=payments)),
            *(encode("dp", row.id) for row in run(DISPUTES_OF, payments=payments)),
        ]
    return fragments, parameters


def _owners(filters: TransactionFilter, reach: Reach) -> list[str] | None:
    """Whose accounts alone are looked at: the seller's that is asked for, else those of a seller's own people."""
    if filters.seller is not None:
        return [encode("sel", decode("sel", filters.seller))]
    if reach.everything or reach.storefronts:
        return None
    return [encode("sel", seller) for seller in reach.sellers]


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
