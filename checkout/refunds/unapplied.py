"""Money that belongs to no live order gives itself back: what was taken after the end, twice, or for a review that nobody
approved. Each charge once, to where it came from.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import decode, new_uuid
from checkout.core.money import Money
from checkout.db.locks import lock_payments
from checkout.db.statement import execute
from checkout.ledger import balances, chart
from checkout.psp import PaymentServiceProvider, registry
from checkout.refunds.payment import RefundedPayment, count_what_happened, payment_of
from checkout.refunds.refund import lock_refund
from checkout.refunds.request import let_go
from checkout.refunds.telling import tell
from checkout.refunds.wire import new_request
from checkout.refunds.write import NewRefund, write
from checkout.tasks import ClaimedTask

# A person decides on these first; until then the money waits.
WAITS_FOR_A_PERSON: Final = frozenset({"in_review"})

# The charges whose money was kept apart, the newest first, and what of each has not gone back. What a review's approval
# has given to the orders is not there any more: the account says how much is.
CHARGES: Final = """
    SELECT f.source_key AS charge_id, f.data->>'intent' AS intent_id, f.currency,
           f.amount_minor - coalesce((
               SELECT sum(r.amount_minor) FROM refunds r
                WHERE r.kind = 'external' AND r.psp_charge_id = f.source_key AND r.returned_at IS NULL), 0)::bigint
               AS amount_minor
      FROM payment_facts f
     WHERE f.payment_id = %(id)s AND f.kind IN ('late_capture', 'second_charge', 'amount_mismatch')
       AND NOT EXISTS (SELECT FROM refunds r
                        WHERE r.kind = 'unapplied' AND r.psp_charge_id = f.source_key)
     ORDER BY f.at DESC, f.source_key
"""


def give_back(session: Session, task: ClaimedTask) -> None:
    """Handles `refunds.give_back` {"object": "pay_…"}."""
    payment_id = decode("pay", task.args["object"])
    give_back_unapplied(session, payment_id, psp=registry.current(), cause=task.cause)


def give_back_unapplied(
    session: Session, payment_id: UUID, *, psp: PaymentServiceProvider, cause: Cause
) -> list[UUID]:
    """Asks for the refund of each charge whose money still lies apart; returns the refunds' ids. One that failed is not
    tried again by itself: its alert calls a person. Joins the caller's transaction and takes the payment's lock."""
    lock_payments(session, [payment_id])
    payment = payment_of(session, payment_id)
    if payment.status in WAITS_FOR_A_PERSON:
        return []
    made = []
    for charge in execute(session, CHARGES, id=payment_id).all():
        apart = -balances.of_no_order(session, chart.unapplied(payment_id), charge.currency)
        amount = min(apart, Money(charge.amount_minor, charge.currency))
        if amount.amount_minor > 0:
            made.append(_ask(session, payment, charge, amount, psp, cause))
    return made


def _ask(
    session: Session,
    payment: RefundedPayment,
    charge: Row[Any],
    amount: Money,
    psp: PaymentServiceProvider,
    cause: Cause,
) -> UUID:
    now, id = utcnow(), new_uuid()
    request = new_request(
        id, payment.id, amount, intent_id=charge.intent_id, charge_id=charge.charge_id, reason=None
    )
    new = NewRefund(
        id=id,
        kind="unapplied",
        status="requested",
        payment=payment,
        parts=[],
        beside=amount,
        excess=Money.zero(amount.currency),
        intent_id=charge.intent_id,
        charge_id=charge.charge_id,
        request=psp.refund_wire(request),
    )
    write(session, new, cause=cause, now=now)
    count_what_happened(session, payment.id, amount, now=now)
    refund = lock_refund(session, id)
    tell(session, refund, "refund.created", cause=cause, status=refund.status)
    let_go(session, refund, cause=cause)
    return id
