"""An order under its payment's lock: the one lock that webhook, shipment, refund and release of it all take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.locks import lock_payments
from checkout.db.statement import execute

LINES: Final = """
    SELECT l.id, l.kind, l.quantity, l.shipped_quantity AS shipped, l.refunded_quantity AS refunded, coalesce((
               SELECT sum(b.quantity) FROM refund_parts x
                 JOIN refunds r ON r.id = x.refund_id AND r.in_flight
                 JOIN refund_lines b ON b.refund_id = r.id AND b.line_id = l.id
                WHERE x.order_id = l.order_id), 0)::integer AS undecided
      FROM order_lines l WHERE l.order_id = %(id)s ORDER BY l.position
"""


@dataclass(frozen=True, slots=True)
class LockedLine:
    """One line: how many were ordered, how many of them are on their way, and how many go back to the shopper;
    `undecided` of those may still fail to. Shipping itself is not shipped."""

    id: UUID
    kind: str
    quantity: int
    shipped: int
    refunded: int
    undecided: int

    @property
    def left(self) -> int:
        """How many are still to be shipped."""
        return max(0, self.quantity - self.shipped - self.refunded)


@dataclass(frozen=True, slots=True)
class LockedOrder:
    """The order as it stands while nobody else may change it."""

    id: UUID
    payment_id: UUID
    storefront_id: UUID
    seller_id: UUID
    status: str
    amount: Money
    hold_days: int
    shipped_at: datetime | None
    is_given_back: bool  # all that is left of it is in refunds that are under way
    lines: Mapping[UUID, LockedLine] = field(default_factory=dict)

    @property
    def public_id(self) -> str:
        return encode("ord", self.id)

    @property
    def goods(self) -> tuple[LockedLine, ...]:
        return tuple(line for line in self.lines.values() if line.kind == "item")


def lock_order(session: Session, order_id: UUID) -> LockedOrder:
    """The order with its lines, and the seller's hold of today, under the payment's lock.

    Raises:
        NotFound: there is none.
    """
    payment = execute(session, "SELECT payment_id FROM orders WHERE id = %(id)s", id=order_id).first()
    if payment is None:
        raise NotFound("no such order")
    lock_payments(session, [payment.payment_id])
    row = execute(
        session,
        """
        SELECT o.id, o.payment_id, o.storefront_id, o.seller_id, o.status, o.amount_minor, o.currency, o.shipped_at,
               sel.hold_days, o.refunds_in_flight > 0
                   AND o.amount_refunded_minor + o.amount_withdrawn_minor >= o.amount_minor AS is_given_back
          FROM orders o JOIN sellers sel ON sel.id = o.seller_id WHERE o.id = %(id)s
        """,
        id=order_id,
    ).one()
    lines = execute(session, LINES, id=order_id)
    return LockedOrder(
        id=row.id,
        payment_id=row.payment_id,
        storefront_id=row.storefront_id,
        seller_id=row.seller_id,
        status=row.status,
        amount=Money(row.amount_minor, row.currency),
        hold_days=row.hold_days,
        shipped_at=row.shipped_at,
        is_given_back=row.is_given_back,
        lines={line.id: LockedLine(**line._mapping) for line in lines},
    )
