"""What was taken beyond the orders, once the orders have money again: the sellers pay for it with what came back.

A bank, or somebody in the PSP's dashboard, may take what is being refunded already: nothing of the orders is left for it,
the platform bears it (`seller_losses`). If that refund fails afterwards, or a bank gives back, the orders have that money
again, and without this the seller would be paid what the platform has lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import decode, encode
from checkout.core.money import Money, allocate, total
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.ledger import journal
from checkout.ledger.money_back_recipes import seller_recharged
from checkout.orders.owing import tell_if_owing
from checkout.orders.shares import OrderShare, lock_shares
from checkout.tasks import ClaimedTask

# Each dispute, and each refund that nobody here asked for, with what the platform bears of it now. Of a charge that no
# order ever got nothing is a seller's; an approved review applies the first that was kept apart.
LOSSES: Final = """
    WITH taken AS (
        SELECT 'dp' AS prefix, d.id, d.opened_at AS at, d.psp_charge_id AS charge_id,
               (SELECT coalesce(sum(losses_minor), 0) FROM dispute_movements m WHERE m.dispute_id = d.id) AS minor
          FROM disputes d WHERE d.payment_id = %(id)s
         UNION ALL
        SELECT 're', r.id, r.created_at, coalesce(r.psp_charge_id, p.psp_charge_id),
               CASE WHEN r.returned_at IS NULL AND r.currency = p.currency
                     AND EXISTS (SELECT FROM journal_entries e
                                  WHERE e.kind = 'external_refund' AND e.source_key = r.balance_transaction)
                    THEN r.excess_minor ELSE 0 END
          FROM refunds r JOIN payments p ON p.id = r.payment_id
         WHERE r.payment_id = %(id)s AND r.kind = 'external' AND r.excess_minor > 0
    )
    SELECT t.prefix, t.id,
           CASE WHEN EXISTS (SELECT FROM journal_entries
                              WHERE kind = 'payment_unapplied' AND source_key = t.charge_id)
                 AND NOT EXISTS (SELECT FROM journal_entries e
                                   JOIN payments p ON p.id = %(id)s AND p.psp_charge_id = t.charge_id
                                  WHERE e.kind = 'unapplied_applied' AND e.source_key = %(payment)s)
                THEN 0 ELSE greatest(0, t.minor) END::bigint AS minor
      FROM taken t ORDER BY t.at, t.id
"""
# An entry's key names its order: it is no part of what the order itself earned, so its postings do not.
RECHARGED: Final = """
    SELECT split_part(e.source_key, ':', 2) AS order_id, -sum(p.amount_minor)::bigint AS minor, count(*) AS times
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id
     WHERE e.source = %(source)s AND e.kind = 'seller_recharged' AND a.kind = 'seller_losses' GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Charged:
    """What an order's seller has paid for a loss so far, and in how many entries."""

    amount: Money
    times: int


@dataclass(frozen=True, slots=True)
class Loss:
    """What the platform bears of a dispute or of a refund; `source` is its public id."""

    source: str
    amount: Money


def handle(task: ClaimedTask) -> None:
    """Handles `disputes.recharge_losses` {"payment": "pay_…"}: something of its orders has come back."""
    recharge_losses_of(decode("pay", task.args["payment"]), cause=task.cause)


def recharge_losses_of(payment_id: UUID, *, cause: Cause) -> None:
    """As recharge_losses(), in a transaction of its own."""

    def work() -> None:
        with atomic() as session:
            recharge_losses(session, payment_id, cause=cause, now=utcnow())

    retrying(work)


def recharge_losses(session: Session, payment_id: UUID, *, cause: Cause, now: datetime) -> None:
    """Brings what sellers were charged of the payment's losses to what their orders have left. Done twice, it does
    nothing; what comes back later is given back to them. Of a canceled order nothing is a seller's.

    Takes the payment's lock.
    """
    shares = lock_shares(session, payment_id)
    if not shares:
        return  # store credit was bought: there is no seller
    left = {share.id: _bearable(share) for share in shares}
    touched: set[UUID] = set()
    currency = shares[0].amount.currency
    for loss in _losses(session, payment_id, currency):
        due = min(loss.amount, total(list(left.values()), currency))
        parts = (
            allocate(due, [left[share.id].amount_minor for share in shares]) if due else [due] * len(shares)
        )
        left = {share.id: left[share.id] - part for share, part in zip(shares, parts, strict=True)}
        touched |= _bring_to(session, loss, shares, parts, cause=cause, now=now)
    if touched:
        tell_if_owing(session, sorted(touched), currency, cause=cause, now=now)


def _bearable(share: OrderShare) -> Money:
    return Money.zero(share.amount.currency) if share.held_in == "unapplied" else share.left


def _losses(session: Session, payment_id: UUID, currency: str) -> list[Loss]:
    """In the order in which they happened; one that is made good is there with zero."""
    rows = execute(session, LOSSES, id=payment_id, payment=encode("pay", payment_id))
    return [Loss(encode(row.prefix, row.id), Money(row.minor, currency)) for row in rows]


def _bring_to(
    session: Session,
    loss: Loss,
    shares: Sequence[OrderShare],
    parts: Sequence[Money],
    *,
    cause: Cause,
    now: datetime,
) -> set[UUID]:
    """Charges each seller what is missing, or gives back what is too much; whose balances were changed."""
    charged = charged_for(session, loss.source, loss.amount.currency)
    touched: set[UUID] = set()
    for share, part in zip(shares, parts, strict=True):
        before = charged.get(share.public_id, Charged(Money.zero(part.currency), 0))
        if part == before.amount:
            continue
        entry = seller_recharged(
            source=loss.source,
            seller_id=share.seller_id,
            amount=part - before.amount,
            onto="seller_losses",
            effective_at=now,
        )
        key = f"{loss.source}:{share.public_id}:losses:{before.times + 1}"
        journal.post(session, replace(entry, source_key=key), cause=cause)
        touched.add(share.seller_id)
    return touched


def charged_for(session: Session, source: str, currency: str) -> Mapping[str, Charged]:
    """What sellers have paid for a loss, by the orders' public ids."""
    rows = execute(session, RECHARGED, source=source)
    return {row.order_id: Charged(Money(row.minor, currency), row.times) for row in rows}
