"""An order under its payment's lock: the one lock that webhook, shipment, refund and release of it all take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.locks import lock_payments
from checkout.db.statement import execute


@dataclass(frozen=True, slots=True)
class LockedLine:
    """One line: how many were ordered, how many of them are on their way. Shipping itself is not shipped."""

    id: UUID
    kind: str
    quantity: int
    shipped: int

    @property
    def left(self) -> int:
        return self.quantity - self.shipped


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
               sel.hold_days
          FROM orders o JOIN sellers sel ON sel.id = o.seller_id WHERE o.id = %(id)s
        """,
        id=order_id,
    ).one()
    lines = execute(
        session,
        "SELECT id, kind, quantity, shipped_quantity FROM order_lines WHERE order_id = %(id)s ORDER BY position",
        id=order_id,
    )
    return LockedOrder(
        id=row.id,
        payment_id=row.payment_id,
        storefront_id=row.storefront_id,
        seller_id=row.seller_id,
        status=row.status,
        amount=Money(row.amount_minor, row.currency),
        hold_days=row.hold_days,
        shipped_at=row.shipped_at,
        lines={
            line.id: LockedLine(line.id, line.kind, line.quantity, line.shipped_quantity) for line in lines
        },
    )
