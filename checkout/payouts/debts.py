"""What sellers owe: balances below zero with their age, and giving one up by two persons.

A debt is netted by what the seller earns next; only where nothing more comes is it written off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import approvals, audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError, InvalidParameter
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.ledger import journal, payout_recipes
from checkout.ledger.statements import BALANCES, WITHOUT_COMPILING
from checkout.tasks import ClaimedTask

WRITE_OFF: Final = "seller_debt.write_off"
DEBTS_AT_MOST: Final = 1_000

# A debt began with the first movement after the balance had last been at zero or above.
_DEBTS: Final = f"""
    WITH owing AS MATERIALIZED (
        SELECT id, owner, currency, minor AS owed_minor
          FROM ({BALANCES.format(where="a.kind = 'seller_available'")}) AS b WHERE minor > 0
    ), course AS (
        SELECT p.account_id, p.id, e.effective_at,
               sum(p.amount_minor) OVER (PARTITION BY p.account_id ORDER BY p.id) AS owed_then
          FROM owing o
          JOIN postings p ON p.account_id = o.id
          JOIN journal_entries e ON e.id = p.entry_id
    ), clear AS (
        SELECT account_id, max(id) FILTER (WHERE owed_then <= 0) AS last_clear FROM course GROUP BY account_id
    )
    SELECT o.owner, o.currency, o.owed_minor, min(c.effective_at) AS since
      FROM owing o
      JOIN clear ON clear.account_id = o.id
      JOIN course c ON c.account_id = o.id AND c.id > coalesce(clear.last_clear, 0)
     GROUP BY o.owner, o.currency, o.owed_minor ORDER BY since, o.owner, o.currency LIMIT %(limit)s
"""


class NoDebt(DomainError):
    """The seller owes nothing, or less than that."""

    code = "payout_not_eligible"


@dataclass(frozen=True, slots=True)
class Debt:
    """What a seller owes in a currency, and since when without a break."""

    seller_id: UUID
    owed: Money
    since: datetime

    @property
    def seller_public_id(self) -> str:
        return encode("sel", self.seller_id)

    @property
    def age(self) -> timedelta:
        return utcnow() - self.since


def debts() -> list[Debt]:
    """The oldest first, at most DEBTS_AT_MOST."""
    with atomic() as session:
        execute(session, WITHOUT_COMPILING)
        rows = execute(session, _DEBTS, limit=DEBTS_AT_MOST).all()
    return [Debt(decode("sel", row.owner), Money(row.owed_minor, row.currency), row.since) for row in rows]


def propose_write_off(session: Session, seller_id: UUID, amount: Money, *, reason: str, cause: Cause) -> UUID:
    """Asks a second person to give up what a seller owes, or a part of it; returns the approval's id.

    Raises:
        NoDebt: that much is not owed. InvalidParameter: no reason, or nothing to write off. AlreadyProposed.
    """
    if not reason.strip():
        raise InvalidParameter.at("/reason", "a write-off says why")
    if amount.amount_minor <= 0:
        raise InvalidParameter.at("/amount", "an amount above zero is written off")
    owed = _owed(session, seller_id, amount.currency)
    if amount > owed:
        raise NoDebt(f"the seller owes {owed}", extra={"reason": "balance_not_negative"})
    return approvals.propose(
        session,
        kind=WRITE_OFF,
        subject=encode("sel", seller_id),
        proposal={"amount": amount.amount_minor, "currency": amount.currency, "reason": reason.strip()},
        proposer=cause,
    )


def apply_write_off(session: Session, task: ClaimedTask) -> None:
    """Handles `payouts.write_off_decided` {"approval": "apr_…"}: books what was approved, and never more than is still
    owed, for a write-off is no gift."""
    decision = approvals.get_approval(decode("apr", task.args["approval"]))
    if decision.status != "approved":
        return
    seller_id, currency = decode("sel", decision.subject), decision.proposal["currency"]
    execute(session, "SELECT id FROM sellers WHERE id = %(id)s FOR UPDATE", id=seller_id)
    if journal.find(session, "seller_debt_written_off", decision.public_id) is not None:
        return
    approved = Money(decision.proposal["amount"], currency)
    amount = min(approved, _owed(session, seller_id, currency))
    if amount:
        entry = payout_recipes.seller_debt_written_off(
            approval_id=decision.id, seller_id=seller_id, amount=amount
        )
        journal.post(session, entry, cause=task.cause)
    audit.record(
        session,
        actor=decision.decided_by or str(task.cause),
        action="seller_debt.write_off",
        object=decision.subject,
        after={"approved": approved.amount_minor, "written_off": amount.amount_minor, "currency": currency},
        reason=decision.proposal["reason"],
    )


def _owed(session: Session, seller_id: UUID, currency: str) -> Money:
    """Zero where the balance is not below zero."""
    minor = execute(
        session,
        """
        SELECT account_balance(id) FROM ledger_accounts
         WHERE kind = 'seller_available' AND owner = %(owner)s AND currency = %(currency)s
        """,
        owner=encode("sel", seller_id),
        currency=currency,
    ).scalar()
    return Money(max(0, minor or 0), currency)
