"""What a seller sees of the ledger: four amounts per currency, and each movement on one of them with its balance.

Amounts are the seller's point of view: what is owed to the seller is positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run

ACCOUNT_OF: Final = {
    "on_hold": "seller_pending",
    "available": "seller_available",
    "reserved": "seller_reserve",
    "in_transit": "payout_in_transit",
}


@dataclass(frozen=True, slots=True)
class SellerBalance:
    """on_hold: paid by shoppers, not released. available: payable, or owed where negative. reserved: held back for a
    number of days. in_transit: in payouts that have not arrived."""

    currency: str
    on_hold: Money
    available: Money
    reserved: Money
    in_transit: Money


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting on one of a seller's accounts, and what the account held after it."""

    number: int
    entry_id: UUID
    kind: str
    source: str
    order_id: UUID | None
    effective_at: datetime
    amount: Money
    balance: Money


NOW: Final = """
    SELECT currency, kind, -account_balance(id) AS amount_minor FROM ledger_accounts
     WHERE owner = %(owner)s AND kind = ANY(%(kinds)s) ORDER BY currency
"""
AT: Final = """
    SELECT a.currency, a.kind, -sum(p.amount_minor)::bigint AS amount_minor
      FROM ledger_accounts a
      JOIN postings p ON p.account_id = a.id
      JOIN journal_entries e ON e.id = p.entry_id
     WHERE a.owner = %(owner)s AND a.kind = ANY(%(kinds)s) AND e.effective_at <= %(at)s
     GROUP BY a.currency, a.kind ORDER BY a.currency
"""


def of_seller(seller_id: UUID, *, at: datetime | None = None) -> tuple[SellerBalance, ...]:
    """One line for each currency in which anything was ever posted for the seller, in their order. `at`: by the entries
    effective at that moment, in the currencies that had moved by then.

    Raises:
        InvalidParameter: the moment has not come.
    """
    asked: dict[str, Any] = {"owner": encode("sel", seller_id), "kinds": list(ACCOUNT_OF.values())}
    if at is None:
        rows = run(NOW, **asked)
    else:
        refuse_future(at)
        rows = run(AT, at=at, **asked)
    return tuple(_balance(currency, rows) for currency in dict.fromkeys(row.currency for row in rows))


def refuse_future(at: datetime) -> None:
    """
    Raises:
        InvalidParameter: what a balance will be is nobody's to say.
    """
    if at > utcnow():
        raise InvalidParameter.at("/at", "must not lie in the future", "out_of_range")


def in_currency(seller_id: UUID, currency: str) -> SellerBalance:
    """The seller's balance in one currency; zeros where nothing was ever posted."""
    found = [line for line in of_seller(seller_id) if line.currency == currency]
    return found[0] if found else _balance(currency, [])


def movements(
    seller_id: UUID,
    currency: str,
    account: str,
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
) -> list[Movement]:
    """A page of movements on one of ACCOUNT_OF, newest first; an edge is the number of the movement a page ends at."""
    owner = encode("sel", seller_id)
    return movements_of(ACCOUNT_OF[account], owner, currency, limit=limit, after=after, before=before)


def movements_of(
    kind: str,
    owner: str,
    currency: str,
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
) -> list[Movement]:
    """As movements(), of any account on which a credit is its owner's."""
    assert after is None or before is None, "a page has one edge"
    rows = run(
        NEWER if before is not None else OLDER,
        owner=owner,
        kind=kind,
        currency=currency,
        edge=before if before is not None else after,
        limit=limit,
    )
    return [_movement(row, currency) for row in rows]


# The running balance begins with the last snapshot at or before the page's oldest row: a page costs as much on a long
# account as on a short one.
_RUNNING: Final = """
    WITH account AS (
        SELECT id FROM ledger_accounts WHERE kind = %(kind)s AND owner = %(owner)s AND currency = %(currency)s
    ), page AS (
        SELECT p.id, p.entry_id, p.order_id, p.amount_minor FROM postings p JOIN account ON account.id = p.account_id
         WHERE {bound} ORDER BY p.id {direction} LIMIT %(limit)s
    ), snapshot AS (
        SELECT s.balance_minor, s.through_posting FROM balance_snapshots s JOIN account ON account.id = s.account_id
         WHERE s.through_posting < (SELECT min(id) FROM page) ORDER BY s.through_posting DESC LIMIT 1
    ), base AS (
        SELECT coalesce((SELECT balance_minor FROM snapshot), 0) + coalesce(sum(p.amount_minor), 0) AS amount_minor
          FROM postings p JOIN account ON account.id = p.account_id
         WHERE p.id < (SELECT min(id) FROM page) AND p.id > coalesce((SELECT through_posting FROM snapshot), 0)
    )
    SELECT page.id, page.entry_id, page.order_id, e.kind, e.source, e.effective_at, -page.amount_minor AS amount_minor,
           -(base.amount_minor + sum(page.amount_minor) OVER (ORDER BY page.id))::bigint AS balance_minor
      FROM page JOIN journal_entries e ON e.id = page.entry_id CROSS JOIN base
     ORDER BY page.id DESC
"""
OLDER: Final = _RUNNING.format(bound="(%(edge)s::bigint IS NULL OR p.id < %(edge)s)", direction="DESC")
NEWER: Final = _RUNNING.format(bound="p.id > %(edge)s", direction="ASC")


def _balance(currency: str, rows: Sequence[Row[Any]]) -> SellerBalance:
    held = {row.kind: int(row.amount_minor) for row in rows if row.currency == currency}
    amounts = {name: Money(held.get(kind, 0), currency) for name, kind in ACCOUNT_OF.items()}
    return SellerBalance(currency=currency, **amounts)


def _movement(row: Row[Any], currency: str) -> Movement:
    return Movement(
        number=row.id,
        entry_id=row.entry_id,
        kind=row.kind,
        source=row.source,
        order_id=row.order_id,
        effective_at=row.effective_at,
        amount=Money(row.amount_minor, currency),
        balance=Money(row.balance_minor, currency),
    )
