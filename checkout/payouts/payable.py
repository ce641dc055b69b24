"""What may be paid: every movement of a seller's available balance becomes one item, which one payout takes at a time.

The journal is looked through once, behind its settled horizon: below it nothing can appear any more, so no movement is
missed and none is taken twice.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.ledger.horizon import settled_horizon

POSTINGS_PER_STEP: Final = 50_000  # one transaction: well below the statement timeout
STEPS_AT_MOST: Final = 400  # twenty million postings a call; the rest waits for the next

# These two move an amount between the balance and the payout itself; its items are what it is made of.
OF_THE_PAYOUT_ITSELF: Final = ("payout_created", "payout_released")


def collect_payable() -> int:
    """Turns the new movements of all sellers into items; returns how many. Owns its transactions.

    Two at once do the work once: the row that says how far the journal has been looked through is locked.
    """
    horizon = settled_horizon()
    if horizon is None:
        return 0  # somebody writes for long: the next call takes up what is final by then
    made = 0
    for _step in range(STEPS_AT_MOST):
        with atomic() as session:
            through = _looked_through(session)
            if through >= horizon.posting:
                return made
            upto = min(through + POSTINGS_PER_STEP, horizon.posting)
            made += _collect(session, through, upto)
            execute(session, "UPDATE payable_progress SET through_posting = %(upto)s", upto=upto)
    return made


def _looked_through(session: Session) -> int:
    """The last posting that was looked at; from now on the row is ours."""
    row = execute(session, "SELECT through_posting FROM payable_progress FOR UPDATE").first()
    if row is None:
        execute(session, "INSERT INTO payable_progress (through_posting) VALUES (0) ON CONFLICT DO NOTHING")
        row = execute(session, "SELECT through_posting FROM payable_progress FOR UPDATE").one()
    through: int = row[0]
    return through


def _collect(session: Session, through: int, upto: int) -> int:
    accounts = execute(
        session,
        """
        SELECT DISTINCT a.id, a.owner
          FROM postings p JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'seller_available'
         WHERE p.id > %(through)s AND p.id <= %(upto)s
        """,
        through=through,
        upto=upto,
    ).all()
    if not accounts:
        return 0
    rows = execute(
        session,
        """
        INSERT INTO payable_items (seller_id, currency, posting_id, kind, entry_id, order_id, amount_minor,
                                   effective_at)
        SELECT s.seller_id, p.currency, p.id, e.kind, e.id, p.order_id, -p.amount_minor, e.effective_at
          FROM postings p
          JOIN unnest(%(accounts)s::uuid[], %(sellers)s::uuid[]) AS s (account_id, seller_id)
            ON s.account_id = p.account_id
          JOIN journal_entries e ON e.id = p.entry_id
         WHERE p.id > %(through)s AND p.id <= %(upto)s AND NOT (e.kind = ANY(%(skipped)s))
         ORDER BY p.id
        ON CONFLICT (posting_id) DO NOTHING  -- the fee of a payout was its item from the start
        RETURNING id
        """,
        accounts=[account.id for account in accounts],
        sellers=[_seller_of(account.owner) for account in accounts],
        through=through,
        upto=upto,
        skipped=list(OF_THE_PAYOUT_ITSELF),
    ).all()
    return len(rows)


@lru_cache(maxsize=20_000)
def _seller_of(owner: str) -> UUID:
    return decode("sel", owner)
