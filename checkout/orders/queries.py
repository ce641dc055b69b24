"""Reads of orders. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.identity.access import Reach
from checkout.orders.statements import ONE_ORDER
from checkout.orders.views import LineView, OrderView

__all__ = ["LineView", "OrderView", "find_within", "get_order", "order_of"]


def get_order(order_id: UUID, *, storefront_id: UUID | None = None) -> OrderView:
    """One order; with `storefront_id`, only where it is that storefront's.

    Raises:
        NotFound: there is none, or it is another storefront's.
    """
    rows = run(ONE_ORDER, id=order_id, storefront_id=storefront_id)
    if not rows:
        raise NotFound("no such order")
    return order_of(rows[0].document)


def find_within(text: str, reach: Reach) -> OrderView:
    """One order by its "ord_…" id, where its storefront or its seller lies within the caller's reach.

    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    order = get_order(decode("ord", text), storefront_id=reach.one_storefront)
    if not reach.holds(storefront_id=order.storefront_id, seller_id=order.seller_id):
        raise NotFound("no such order")
    return order


def order_of(document: Mapping[str, Any]) -> OrderView:
    """The view of one order document (see statements.ORDER_DOCUMENT)."""
    currency = document["currency"]
    return OrderView(
        id=UUID(document["id"]),
        payment_id=UUID(document["payment_id"]),
        storefront_id=UUID(document["storefront_id"]),
        seller_id=UUID(document["seller_id"]),
        seller_name=document["seller_name"],
        reference=document["reference"],
        status=document["status"],
        version=document["version"],
        amount=Money(document["amount"], currency),
        commission=Money(document["commission"], currency),
        logistics_fee=Money(document["logistics_fee"], currency),
        tax_amount=Money(document["tax_amount"], currency),
        tax_collected_by=document["tax_collected_by"],
        amount_refunded=Money(document["amount_refunded"], currency),
        delivery_from=_date(document["delivery_from"]),
        delivery_to=_date(document["delivery_to"]),
        lines=tuple(_line(line, currency) for line in document["lines"]),
        created_at=datetime.fromisoformat(document["created_at"]),
        updated_at=datetime.fromisoformat(document["updated_at"]),
    )


def _line(document: Mapping[str, Any], currency: str) -> LineView:
    return LineView(
        id=UUID(document["id"]),
        kind=document["kind"],
        sku=document["sku"],
        name=document["name"],
        quantity=document["quantity"],
        unit_amount=Money(document["unit_amount"], currency),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
