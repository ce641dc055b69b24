"""What the PSP says of a dispute, in whatever order and however often: its movements are booked, then it takes the state
that the PSP's own object has when it is asked again.

An event only says that something changed. An answer that was asked for before another one was applied is not applied: it
could be older than what stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import psp as port
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.ids import decode
from checkout.db.locks import lock_payments
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute, run
from checkout.disputes.dispute import Dispute, lock_by_psp_id, readings_of
from checkout.disputes.errors import ChargeNotBooked
from checkout.disputes.movements import book_movements, is_owed
from checkout.disputes.recharge import recharge
from checkout.disputes.standing import find_or_open, follow
from checkout.disputes.states import OPEN
from checkout.orders.closing import close_spent
from checkout.orders.owing import tell_if_owing
from checkout.orders.recharge_losses import recharge_losses
from checkout.psp import DisputeMovement, DisputeNews, PaymentServiceProvider, PspError, RateLimited

READINGS_AT_MOST: Final = 5  # each one that is too old means that somebody else has just applied a newer one

# The charge stands in the journal with the payment it was booked for, whatever has become of the payment since.
CHARGED: Final = """
    SELECT source FROM journal_entries
     WHERE kind IN ('payment_captured', 'payment_unapplied', 'wallet_topped_up') AND source_key = %(charge)s LIMIT 1
"""
BY_INTENT: Final = "SELECT id FROM payments WHERE psp = %(psp)s AND psp_intent_id = %(intent)s LIMIT 1"


@dataclass(frozen=True, slots=True)
class _Asked:
    """An answer of the PSP: how many had been applied `before` it was asked for, and why it was (`told`)."""

    payment_id: UUID
    psp: str
    before: int | None
    told: port.Dispute
    reading: port.Dispute


def apply_dispute_news(news: DisputeNews, *, psp: PaymentServiceProvider, cause: Cause) -> bool:
    """Books what the event says, and how the dispute stands. False where it is about no payment of ours.

    Owns its transactions.

    Raises:
        PspError: the PSP did not answer when asked again. What the event itself says was moved is booked; again later.
        ChargeNotBooked: likewise, and nothing is booked.
    """
    payment_id = payment_of(psp.name, news.dispute)
    if payment_id is None:
        return False
    try:
        read_and_apply(payment_id, news.dispute, psp=psp, cause=cause)
    except PspError:
        retrying(lambda: _apply_event_alone(payment_id, psp.name, news.dispute, cause))
        raise
    return True


def read_and_apply(
    payment_id: UUID, told: port.Dispute, *, psp: PaymentServiceProvider, cause: Cause
) -> None:
    """Asks the PSP how the dispute stands, and applies that with the movements that `told` names as well.

    Raises:
        PspError: no answer, or others were always faster.
    """
    for _reading in range(READINGS_AT_MOST):
        before = readings_of(psp.name, told.id)
        reading = psp.fetch_dispute(told.id)
        crash_point("disputes.after_psp_answer")
        asked = _Asked(payment_id, psp.name, before, told, reading)
        if retrying(lambda asked=asked: _apply(asked, cause)):  # type: ignore[misc]
            crash_point("disputes.after_effect")
            return
    raise RateLimited("the dispute changes faster than it is read")


def payment_of(psp: str, told: port.Dispute) -> UUID | None:
    """The payment whose charge is disputed; None where it is none of ours.

    Raises:
        ChargeNotBooked: it is ours, and its charge is not in the journal yet.
    """
    if booked := run(CHARGED, charge=told.charge_id):
        return decode("pay", booked[0].source)
    if run(BY_INTENT, psp=psp, intent=told.intent_id):
        raise ChargeNotBooked("the disputed charge is not booked yet")
    return None


def _apply(asked: _Asked, cause: Cause) -> bool:
    """False where another answer was applied since this one was asked for."""
    now, told, reading = utcnow(), asked.told, asked.reading
    with atomic() as session:
        lock_payments(session, [asked.payment_id])
        known = lock_by_psp_id(session, asked.psp, told.id)
        if (known.readings if known else None) != asked.before:
            return False
        dispute = find_or_open(session, asked.payment_id, asked.psp, reading, cause=cause, now=now)
        book_movements(session, dispute, _all_of(told, reading), cause=cause, now=now)
        dispute = follow(session, dispute, reading, cause=cause, now=now)
        recharge(session, dispute, cause=cause, now=now)
        recharge_losses(session, asked.payment_id, cause=cause, now=now)
        if dispute.status not in OPEN and not is_owed(session, dispute):
            close_spent(session, asked.payment_id, cause=cause, now=now)
        _tell_debts(session, dispute, cause, now)
    return True


def _apply_event_alone(payment_id: UUID, psp: str, told: port.Dispute, cause: Cause) -> None:
    """The facts do not wait for the PSP to answer: what was moved is booked, and an unknown dispute holds its orders.
    A loss is believed only when it is read again."""
    now = utcnow()
    if told.status == "lost":
        told = replace(told, status="under_review")
    with atomic() as session:
        lock_payments(session, [payment_id])
        dispute = find_or_open(session, payment_id, psp, told, cause=cause, now=now)
        book_movements(session, dispute, told.movements, cause=cause, now=now)
        recharge_losses(session, payment_id, cause=cause, now=now)
        _tell_debts(session, dispute, cause, now)


def _tell_debts(session: Session, dispute: Dispute, cause: Cause, now: datetime) -> None:
    """What was taken after the release may be more than the seller still had."""
    sellers = execute(
        session, "SELECT DISTINCT seller_id FROM dispute_orders WHERE dispute_id = %(id)s", id=dispute.id
    ).scalars()
    tell_if_owing(session, list(sellers), dispute.currency, cause=cause, now=now)


def _all_of(told: port.Dispute, reading: port.Dispute) -> list[DisputeMovement]:
    return list({m.number: m for m in (*told.movements, *reading.movements)}.values())
