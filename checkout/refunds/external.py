"""A refund that we did not ask for: made in the PSP's dashboard, or by whoever else has a key. What the PSP reports is
always booked, once, by its id: the orders give what is left of them, what is beyond is the platform's loss.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.core.money import Money, allocate, total
from checkout.db.statement import execute
from checkout.ledger import balances, chart
from checkout.orders.shares import OrderShare, lock_shares
from checkout.psp import Refund as PspRefund
from checkout.refunds import settle
from checkout.refunds.payment import RefundedPayment, count_what_happened, payment_of
from checkout.refunds.refund import Part, Refund, lock_refund
from checkout.refunds.telling import tell, warn
from checkout.refunds.write import NewRefund, part_of_share, write

# By the PSP's ids: of the payment itself, or of any charge that was ever booked for it.
PAYMENT_OF: Final = """
    SELECT COALESCE(
        (SELECT payment_id FROM payment_facts WHERE source_key = %(charge_id)s LIMIT 1),
        (SELECT id FROM payments WHERE psp = %(psp)s AND psp_intent_id = %(intent_id)s LIMIT 1)) AS id
"""
CHARGE: Final = """
    SELECT kind FROM payment_facts WHERE payment_id = %(id)s AND source_key = %(charge_id)s LIMIT 1
"""

# The charges whose money lay apart; of the first two no order ever got anything.
NO_ORDERS: Final = frozenset({"late_capture", "second_charge"})
KEPT_APART: Final = NO_ORDERS | {"amount_mismatch"}


def payment_named(session: Session, psp: str, made: PspRefund) -> UUID | None:
    """The payment of ours whose money the PSP gave back; None where it is none of ours."""
    row = execute(session, PAYMENT_OF, psp=psp, charge_id=made.charge_id, intent_id=made.intent_id).one()
    found: UUID | None = row.id
    return found


def is_booked(session: Session, payment_id: UUID, made: PspRefund) -> bool:
    """Whether the charge that was given back is in our books: the news of both may come in either order."""
    payment = payment_of(session, payment_id)
    return _kind_of_charge(session, payment, made) is not None


def _kind_of_charge(session: Session, payment: RefundedPayment, made: PspRefund) -> str | None:
    """As what the charge was booked; None where it is not booked yet."""
    charge_id = made.charge_id or payment.psp_charge_id
    kind: str | None = execute(session, CHARGE, id=payment.id, charge_id=charge_id).scalar()
    return kind


def record_external(session: Session, payment_id: UUID, made: PspRefund, *, cause: Cause) -> Refund:
    """Books it. The caller holds the payment's lock and has seen that the PSP's id is new."""
    now = utcnow()
    payment, shares = payment_of(session, payment_id), lock_shares(session, payment_id)
    parts, excess = _who_gives(session, payment, shares, made)
    new = NewRefund(
        id=new_uuid(),
        kind="external",
        status="requested",
        payment=payment,
        parts=parts,
        beside=made.amount - total([part.card for part in parts], made.amount.currency),
        excess=excess,
        intent_id=made.intent_id,
        charge_id=made.charge_id,
        psp_refund_id=made.id,
    )
    write(session, new, cause=cause, now=now)
    count_what_happened(session, payment_id, made.amount, now=now)
    refund = lock_refund(session, new.id)
    tell(session, refund, "refund.created", cause=cause, status=refund.status)
    settle.record(session, refund, made, cause=cause)
    _call_somebody(session, lock_refund(session, new.id))
    return refund


def _who_gives(
    session: Session, payment: RefundedPayment, shares: tuple[OrderShare, ...], made: PspRefund
) -> tuple[list[Part], Money]:
    """The orders' parts, and what nobody has left. Money of a charge that belongs to no order is given first."""
    rest, kind = made.amount, _kind_of_charge(session, payment, made)
    if kind in KEPT_APART:
        rest = rest - min(rest, _apart(session, payment.id, rest.currency))
    if kind in NO_ORDERS or payment.status != "succeeded" or payment.currency != rest.currency:
        return [], rest
    lefts = [share.card_left for share in shares]
    given = min(rest, total(lefts, rest.currency))
    if not given:
        return [], rest
    amounts = allocate(given, [left.amount_minor for left in lefts])
    nothing = Money.zero(rest.currency)
    parts = [
        part_of_share(share, amount, nothing, with_logistics=False)
        for share, amount in zip(shares, amounts, strict=True)
        if amount
    ]
    return parts, rest - given


def _apart(session: Session, payment_id: UUID, currency: str) -> Money:
    """What is nobody's; what a canceled order has there stays the order's."""
    return -balances.of_no_order(session, chart.unapplied(payment_id), currency)


def _call_somebody(session: Session, refund: Refund) -> None:
    detail = f"The PSP gave {refund.amount} back that nobody here had asked for."
    if refund.excess:
        more = f" {refund.excess} of it are beyond what was left of the payment: the platform bears them until its orders have money again."
        warn(
            session,
            refund,
            "refund_beyond_left",
            detail + more,
            severity="critical",
            amount=refund.excess,
        )
    else:
        warn(session, refund, "external_refund", detail, severity="medium", amount=refund.amount)
