"""What moved on a seller's available balance: of a month by business time, of a payout by what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.db.statement import execute
from checkout.statements.lines import FEES, Movement, parts_of

ENTRIES_LISTED: Final = (
    10_000  # a statement of more has its lines in full, and says how many entries there are
)

_ACCOUNT: Final = """
    account AS (
        SELECT id FROM ledger_accounts
         WHERE kind = 'seller_available' AND owner = %(owner)s AND currency = %(currency)s
    )
"""
_OF_MONTH: Final = f"""
    {_ACCOUNT}, own AS (
        SELECT p.entry_id, -sum(p.amount_minor)::bigint AS amount_minor, min(p.order_id::text)::uuid AS order_id,
               coalesce(array_agg(p.order_id) FILTER (WHERE p.order_id IS NOT NULL), '{{}}') AS orders
          FROM postings p
          JOIN account ON account.id = p.account_id
          JOIN journal_entries e ON e.id = p.entry_id
         WHERE e.effective_at >= %(begins)s AND e.effective_at < %(ends)s
         GROUP BY p.entry_id
    )
"""
_OF_PAYOUT: Final = """
    own AS (
        SELECT i.entry_id, -sum(p.amount_minor)::bigint AS amount_minor, min(i.order_id::text)::uuid AS order_id,
               coalesce(array_agg(i.order_id) FILTER (WHERE i.order_id IS NOT NULL), '{}') AS orders
          FROM payout_lines l
          JOIN payable_items i ON i.id = l.item_id
          JOIN postings p ON p.id = i.posting_id
         WHERE l.payout_id = %(payout)s
         GROUP BY i.entry_id
    )
"""
# A fee's own sign is the ledger's: a credit of a revenue is negative, and so it is for the seller.
_WITH_FEES: Final = """
    , fees AS (
        SELECT own.entry_id,
               coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'commission_revenue'), 0)::bigint AS commission,
               coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'logistics_revenue'), 0)::bigint AS logistics,
               coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'tax_payable'), 0)::bigint AS tax,
               coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'seller_reserve'), 0)::bigint AS reserve,
               coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'payout_fee_revenue'), 0)::bigint AS payout_fees
          FROM own
          JOIN postings p ON p.entry_id = own.entry_id AND p.currency = %(currency)s
          JOIN ledger_accounts a ON a.id = p.account_id
         WHERE (a.kind IN ('commission_revenue', 'logistics_revenue', 'tax_payable') AND p.order_id = ANY(own.orders))
            OR (a.kind = 'seller_reserve' AND a.owner = %(owner)s) OR a.kind = 'payout_fee_revenue'
         GROUP BY own.entry_id
    )
"""
_EACH: Final = """
    SELECT e.id AS entry_id, e.kind, e.source, e.effective_at, own.order_id, own.amount_minor, f.commission, f.logistics,
           f.tax, f.reserve, f.payout_fees
      FROM own
      JOIN journal_entries e ON e.id = own.entry_id
      LEFT JOIN fees f ON f.entry_id = own.entry_id
     ORDER BY e.effective_at, e.sequence LIMIT %(limit)s
"""
_BY_KIND: Final = """
    SELECT e.kind, count(*) AS entries, sum(own.amount_minor)::bigint AS amount_minor,
           sum(f.commission)::bigint AS commission, sum(f.logistics)::bigint AS logistics, sum(f.tax)::bigint AS tax,
           sum(f.reserve)::bigint AS reserve, sum(f.payout_fees)::bigint AS payout_fees
      FROM own
      JOIN journal_entries e ON e.id = own.entry_id
      LEFT JOIN fees f ON f.entry_id = own.entry_id
     GROUP BY e.kind
"""
BALANCES: Final = f"""
    WITH {_ACCOUNT}
    SELECT -coalesce(sum(p.amount_minor) FILTER (WHERE e.effective_at < %(begins)s), 0)::bigint AS opening,
           -coalesce(sum(p.amount_minor), 0)::bigint AS closing,
           (array_agg(p.entry_id ORDER BY p.id DESC))[1] AS newest
      FROM postings p
      JOIN account ON account.id = p.account_id
      JOIN journal_entries e ON e.id = p.entry_id
     WHERE e.effective_at < %(ends)s
"""
FIRST: Final = f"""
    WITH {_ACCOUNT}
    SELECT min(e.effective_at) AS at FROM postings p
      JOIN account ON account.id = p.account_id JOIN journal_entries e ON e.id = p.entry_id
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """The first ENTRIES_LISTED movements, how many there are, and all of them by lines."""

    movements: Sequence[Movement]
    count: int
    parts: Sequence[dict[str, int]]


def of_month(session: Session, owner: str, currency: str, begins: datetime, ends: datetime) -> Moved:
    return _moved(session, _OF_MONTH, owner=owner, currency=currency, begins=begins, ends=ends)


def of_payout(session: Session, owner: str, currency: str, payout_id: UUID) -> Moved:
    return _moved(session, _OF_PAYOUT, owner=owner, currency=currency, payout=payout_id)


def balances_around(
    session: Session, owner: str, currency: str, begins: datetime, ends: datetime
) -> tuple[int, int, UUID | None]:
    """Opening, closing, and the newest entry up to then."""
    row = execute(session, BALANCES, owner=owner, currency=currency, begins=begins, ends=ends).one()
    return row.opening, row.closing, row.newest


def first_movement(session: Session, owner: str, currency: str) -> datetime | None:
    """When the balance first moved; None where it never did."""
    found: datetime | None = execute(session, FIRST, owner=owner, currency=currency).scalar_one()
    return found


def month_after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _moved(session: Session, own: str, **parameters: Any) -> Moved:
    rows = execute(session, f"WITH {own}{_WITH_FEES}{_EACH}", limit=ENTRIES_LISTED, **parameters).all()
    kinds = execute(session, f"WITH {own}{_WITH_FEES}{_BY_KIND}", **parameters).all()
    return Moved(
        movements=[
            Movement(
                entry_id=row.entry_id,
                kind=row.kind,
                source=row.source,
                order_id=row.order_id,
                effective_at=row.effective_at,
                amount=row.amount_minor,
                fees=_fees(row),
            )
            for row in rows
        ],
        count=sum(row.entries for row in kinds),
        parts=[parts_of(row.kind, row.amount_minor, _fees(row)) for row in kinds],
    )


def _fees(row: Row[Any]) -> dict[str, int]:
    return {name: getattr(row, name) or 0 for name in FEES}
