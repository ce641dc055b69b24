"""Whose refunds may be asked for: a storefront those of its payments, a seller those of its own orders."""

from __future__ import annotations

from uuid import UUID

from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.statement import run
from checkout.identity.access import Reach
from checkout.orders.queries import find_within as find_order
from checkout.payments.within import find_within as find_payment

Sellers = frozenset[UUID] | None


def payment_within(text: str, reach: Reach) -> tuple[UUID, Sellers]:
    """The payment, and the sellers whose orders alone may be touched; None for all.

    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    try:
        return find_payment(text, reach).id, None
    except NotFound:
        if not reach.sellers:
            raise
    payment_id = decode("pay", text)
    found = run(
        "SELECT 1 FROM orders WHERE payment_id = %(id)s AND seller_id = ANY(%(sellers)s::uuid[]) LIMIT 1",
        id=payment_id,
        sellers=list(reach.sellers),
    )
    if not found:
        raise NotFound("no such payment")
    return payment_id, reach.sellers


def order_within(text: str, reach: Reach) -> tuple[UUID, UUID]:
    """The order's payment, and the order.

    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    order = find_order(text, reach)
    return order.payment_id, order.id
