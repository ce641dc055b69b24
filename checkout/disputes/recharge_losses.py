"""What a bank took beyond the orders, once the orders have money again: the sellers pay for it with what came back.

A bank may take what is being refunded: nothing of the orders is left for it, the platform bears it (`seller_losses`). If
the refund fails afterwards, or another bank gives back, the orders have that money again, and without this the seller
would be paid what the platform has lost.
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
from checkout.disputes.dispute import COLUMNS, Dispute, dispute_of
from checkout.disputes.whose import is_unapplied
from checkout.ledger import journal
from checkout.ledger.money_back_recipes import seller_recharged
from checkout.orders.owing import tell_if_owing
from checkout.orders.shares import OrderShare, lock_shares
from checkout.tasks import ClaimedTask

OF_PAYMENT: Final = f"SELECT {COLUMNS} FROM disputes WHERE payment_id = %(id)s ORDER BY opened_at, id"
LOST: Final = """
    SELECT greatest(0, coalesce(sum(losses_minor), 0))::bigint FROM dispute_movements WHERE dispute_id = %(id)s
"""
# An entry's key names its order: it is no part of what the order itself earned, so its postings do not.
RECHARGED: Final = """
    SELECT split_part(e.source_key, ':', 2) AS order_id, -sum(p.amount_minor)::bigint AS minor, count(*) AS times
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id
     WHERE e.source = %(dispute)s AND e.kind = 'seller_recharged' AND a.kind = 'seller_losses' GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Charged:
    """What an order's seller has paid for a dispute's loss so far, and in how many entries."""

    amount: Money
    times: int


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
    nothing; what a bank gives back is given back to them. Of a canceled order nothing is a seller's.

    Takes the payment's lock.
    """
    shares = lock_shares(session, payment_id)
    if not shares:
        return  # store credit was bought: there is no seller
    left = {share.id: _bearable(share) for share in shares}
    touched: set[UUID] = set()
    currency = shares[0].amount.currency
    for row in execute(session, OF_PAYMENT, id=payment_id).all():
        dispute = dispute_of(row)
        lost = _lost(session, dispute)
        due = min(lost, total(list(left.values()), currency)) if lost else Money.zero(currency)
        parts = (
            allocate(due, [left[share.id].amount_minor for share in shares]) if due else [due] * len(shares)
        )
        left = {share.id: left[share.id] - part for share, part in zip(shares, parts, strict=True)}
        touched |= _bring_to(session, dispute, shares, parts, cause=cause, now=now)
    if touched:
        tell_if_owing(session, sorted(touched), currency, cause=cause, now=now)


def _bearable(share: OrderShare) -> Money:
    return Money.zero(share.amount.currency) if share.held_in == "unapplied" else share.left


def _lost(session: Session, dispute: Dispute) -> Money:
    """Of a charge that no order got, what was lost is nobody else's."""
    if is_unapplied(session, dispute):
        return Money.zero(dispute.currency)
    return Money(execute(session, LOST, id=dispute.id).scalar_one(), dispute.currency)


def _bring_to(
    session: Session,
    dispute: Dispute,
    shares: Sequence[OrderShare],
    parts: Sequence[Money],
    *,
    cause: Cause,
    now: datetime,
) -> set[UUID]:
    """Charges each seller what is missing, or gives back what is too much; whose balances were changed."""
    charged = charged_for(session, dispute)
    touched: set[UUID] = set()
    for share, part in zip(shares, parts, strict=True):
        before = charged.get(share.public_id, Charged(Money.zero(part.currency), 0))
        if part == before.amount:
            continue
        entry = seller_recharged(
            source=dispute.public_id,
            seller_id=share.seller_id,
            amount=part - before.amount,
            onto="seller_losses",
            effective_at=now,
        )
        key = f"{dispute.public_id}:{share.public_id}:losses:{before.times + 1}"
        journal.post(session, replace(entry, source_key=key), cause=cause)
        touched.add(share.seller_id)
    return touched


def charged_for(session: Session, dispute: Dispute) -> Mapping[str, Charged]:
    """By the orders' public ids."""
    rows = execute(session, RECHARGED, dispute=encode("dp", dispute.id))
    return {row.order_id: Charged(Money(row.minor, dispute.currency), row.times) for row in rows}
