"""What the world is told of an order: its domain events, with ids and amounts only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.events import DomainEvent, emit
from checkout.orders.locked import LockedOrder


def tell(
    session: Session,
    order: LockedOrder,
    type: str,
    *,
    cause: Cause,
    object: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """A fact of the order, or of one of its parcels (`object`)."""
    emit(
        session,
        DomainEvent(
            type=type,
            object=object or order.public_id,
            storefront_id=order.storefront_id,
            seller_id=order.seller_id,
            data={
                "order": order.public_id,
                "payment": encode("pay", order.payment_id),
                "amount": order.amount.amount_minor,
                "currency": order.amount.currency,
                **(data or {}),
            },
        ),
        cause=cause,
    )
