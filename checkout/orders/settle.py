"""What a payment's outcome does to its orders: paid, or canceled, all of them. Joins the payment's transaction, whose
lock on the payment covers its orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.core.money import Money, allocate
from checkout.db.statement import execute
from checkout.db.transition_many import Column, transition_many
from checkout.events import DomainEvent, emit_many
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


def mark_paid(
    session: Session,
    parts: Sequence[OrderPart],
    *,
    from_wallet: Money | None = None,
    cause: Cause,
    now: datetime,
) -> None:
    """The money of each order was captured: the seller may ship. What came from the wallet is shared by the orders'
    amounts, with the largest remainder; the rest of each order came by card. A refund goes back the same ways."""
    amounts = [part.amount.amount_minor for part in parts]
    shares = (
        allocate(from_wallet, amounts)
        if from_wallet
        else [Money.zero(part.amount.currency) for part in parts]
    )
    wallet = [share.amount_minor for share in shares]
    columns = {
        "card_part_minor": Column("bigint", [a - w for a, w in zip(amounts, wallet, strict=True)]),
        "wallet_part_minor": Column("bigint", wallet),
    }
    _move(session, parts, to="paid", cause=cause, now=now, columns=columns)


def cancel_all(session: Session, parts: Sequence[OrderPart], *, cause: Cause, now: datetime) -> None:
    """The payment ended without money: nothing will be delivered."""
    _move(session, parts, to="canceled", cause=cause, now=now, columns={})


def _move(
    session: Session,
    parts: Sequence[OrderPart],
    *,
    to: str,
    cause: Cause,
    now: datetime,
    columns: Mapping[str, Column],
) -> None:
    """Those that have an edge to there move, each with an event of its own."""
    ids = [part.order_id for part in parts]
    moved = transition_many(session.connection(), ORDER, ids, to=to, cause=cause, at=now, set=columns)
    told = [
        DomainEvent(
            type=f"order.{to}",
            object=encode("ord", part.order_id),
            storefront_id=part.storefront_id,
            seller_id=part.seller_id,
            data={"amount": part.amount.amount_minor, "currency": part.amount.currency},
        )
        for part in parts
        if part.order_id in moved
    ]
    if told:
        emit_many(session, told, cause=cause)
