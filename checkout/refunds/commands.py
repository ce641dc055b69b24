"""What somebody asks for when money is to go back. Values only: `request.request_refund` checks and executes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

Destination = Literal["card", "wallet"]
Reason = Literal["requested_by_customer", "duplicate", "fraudulent", "other"]

LINES_MOST: Final = 500
ORDERS_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class OfOrder:
    """A part of one order; all that is left of it where no amount is said."""

    order_id: UUID
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class OfLine:
    """Some pieces of one line."""

    line_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class RequestRefund:
    """At most one of amount_minor, orders and lines: with none of them all that is left of the payment goes back, or of
    `only_order` where that is given. amount_minor is spread over what is left of each order.

    only_sellers: whose orders alone may be touched; None for all.
    """

    payment_id: UUID
    amount_minor: int | None = None
    currency: str | None = None
    only_order: UUID | None = None
    orders: tuple[OfOrder, ...] = ()
    lines: tuple[OfLine, ...] = ()
    reason: Reason | None = None
    note: str | None = None
    return_logistics: bool = False
    destination: Destination = "card"
    metadata: Mapping[str, str] = field(default_factory=dict)
    only_sellers: frozenset[UUID] | None = None
