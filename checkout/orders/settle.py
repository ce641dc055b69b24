"""What a payment's outcome does to its orders: paid, or canceled, all of them. Joins the payment's transaction, whose
lock on the payment covers its orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.events import DomainEvent, emit
from checkout.orders.states import ORDER


@dataclass(frozen=True, slots=True)
class OrderPart:
    """What an order takes of its payment's money."""

    order_id: UUID
    seller_id: UUID
    storefront_id: UUID
    amount: Money


def parts_of(session: Session, payment_id: UUID) -> tuple[OrderPart, ...]:
    """The orders of a payment, in their order."""
    rows = execute(
        session,
        """
        SELECT id, seller_id, storefront_id, amount_minor, currency FROM orders
         WHERE payment_id = %(payment_id)s ORDER BY position
        """,
        payment_id=payment_id,
    )
    return tuple(
        OrderPart(row.id, row.seller_id, row.storefront_id, Money(row.amount_minor, row.currency))
        for row in rows
    )


def mark_paid(session: Session, parts: Iterable[OrderPart], *, cause: Cause, now: datetime) -> None:
    """The money of each order was captured by card: the seller may ship."""
    for part in parts:
        columns = {"card_part_minor": part.amount.amount_minor, "wallet_part_minor": 0}
        _move(session, part, to="paid", cause=cause, now=now, columns=columns)


def cancel_all(session: Session, parts: Iterable[OrderPart], *, cause: Cause, now: datetime) -> None:
    """The payment ended without money: nothing will be delivered."""
    for part in parts:
        _move(session, part, to="canceled", cause=cause, now=now, columns={})


def _move(
    session: Session, part: OrderPart, *, to: str, cause: Cause, now: datetime, columns: Mapping[str, Any]
) -> None:
    if (
        transition(session.connection(), ORDER, part.order_id, to=to, cause=cause, at=now, set=columns)
        is None
    ):
        return
    event = DomainEvent(
        type=f"order.{to}",
        object=encode("ord", part.order_id),
        storefront_id=part.storefront_id,
        seller_id=part.seller_id,
        data={"amount": part.amount.amount_minor, "currency": part.amount.currency},
    )
    emit(session, event, cause=cause)
