"""Look before money goes back: what is left of a payment, and what a refund would take of whom. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.money import Money, total
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.ledger.money_back_recipes import HeldIn
from checkout.orders.shares import OrderShare, lock_shares
from checkout.psp import PaymentServiceProvider
from checkout.refunds import statements
from checkout.refunds.commands import RequestRefund
from checkout.refunds.payment import RefundedPayment, payment_of
from checkout.refunds.refund import Part, Refund, lock_refund, parts_of
from checkout.refunds.request import request_refund
from checkout.refunds.spread import Line


@dataclass(frozen=True, slots=True)
class Refundable:
    """What there is of a payment to be given back. `lines` by their id."""

    payment: RefundedPayment
    shares: Sequence[OrderShare]
    lines: Mapping[UUID, Line]

    @property
    def left(self) -> Money:
        """What is left of the orders; never more than the payment itself has left."""
        whole = self.payment.captured - self.payment.refunded - self.payment.disputed
        nothing = Money.zero(self.payment.currency)
        of_orders = total([share.left for share in self.shares], self.payment.currency)
        return max(nothing, min(whole, of_orders))

    def of_order(self, order_id: UUID) -> Refundable:
        """One order alone of it."""
        shares = [share for share in self.shares if share.id == order_id]
        lines = {id: line for id, line in self.lines.items() if line.order_id == order_id}
        return Refundable(self.payment, shares, lines)


@dataclass(frozen=True, slots=True)
class PartTaken:
    """What a refund would take of one order, and from where."""

    part: Part
    held_in: HeldIn

    @property
    def from_available(self) -> Money:
        """What the seller's available balance would lose by it: the platform gives its fees back."""
        if self.held_in != "available":
            return Money.zero(self.part.card.currency)
        return self.part.amount - self.part.commission - self.part.logistics_fee - self.part.tax

    @property
    def from_hold(self) -> Money:
        """What the seller has on hold and would lose."""
        return self.part.amount if self.held_in == "pending" else Money.zero(self.part.card.currency)


@dataclass(frozen=True, slots=True)
class Look:
    """`refund` is what would be written down; it is not."""

    refund: Refund
    parts: Sequence[PartTaken]

    @property
    def needs_approval(self) -> bool:
        return self.refund.status == "awaiting_approval"


class _OnlyLooking(Exception):
    """Ends the transaction, and with it all that it would have done."""


def refundable_of(payment_id: UUID) -> Refundable:
    """Owns its transaction, and waits for whoever changes the payment just now.

    Raises:
        NotFound: there is no such payment.
    """
    with atomic() as session:
        shares = lock_shares(session, payment_id)
        payment = payment_of(session, payment_id)
        rows = execute(session, statements.LINES, id=payment_id)
        lines = {
            row.id: Line(
                row.id,
                row.order_id,
                row.quantity,
                row.refunded_quantity,
                Money(row.unit_amount_minor, payment.currency),
            )
            for row in rows
        }
    return Refundable(payment, shares, lines)


def look_at_refund(command: RequestRefund, *, psp: PaymentServiceProvider, cause: Cause) -> Look:
    """What request_refund() would do now, found by doing it in a transaction that is not committed.

    Raises:
        What request_refund() raises.
    """
    found: list[Look] = []

    def unit() -> None:
        try:
            with atomic() as session:
                found.append(_look(session, command, psp, cause))
                raise _OnlyLooking
        except _OnlyLooking:
            pass

    retrying(unit)
    return found[-1]


def _look(session: Session, command: RequestRefund, psp: PaymentServiceProvider, cause: Cause) -> Look:
    places = {share.id: share.held_in for share in lock_shares(session, command.payment_id)}
    refund = lock_refund(session, request_refund(session, command, psp=psp, cause=cause))
    parts = [PartTaken(part, places[part.order_id]) for part in parts_of(session, refund)]
    return Look(refund, parts)
