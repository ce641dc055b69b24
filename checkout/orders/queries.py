"""Reads of orders. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import decode, parsed
from checkout.core.money import Money
from checkout.db.statement import execute, run
from checkout.identity.access import Reach
from checkout.orders.holds import Fulfilment
from checkout.orders.statements import ONE_ORDER
from checkout.orders.views import NOTHING_YET, LineView, OrderView, ShipmentView

__all__ = [
    "LineView",
    "OrderView",
    "ShipmentView",
    "find_within",
    "get_order",
    "order_of",
    "order_of_shipment",
]


def get_order(order_id: UUID, *, storefront_id: UUID | None = None) -> OrderView:
    """One order; with `storefront_id`, only where it is that storefront's.

    Raises:
        NotFound: there is none, or it is another storefront's.
    """
    rows = run(ONE_ORDER, id=order_id, storefront_id=storefront_id)
    if not rows:
        raise NotFound("no such order")
    return order_of(rows[0].document)


def read_order(session: Session, order_id: UUID) -> OrderView:
    """One order as the caller's transaction sees it."""
    return order_of(execute(session, ONE_ORDER, id=order_id, storefront_id=None).one().document)


def find_within(text: str, reach: Reach) -> OrderView:
    """One order by its "ord_…" id, where its storefront or its seller lies within the caller's reach.

    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    order = get_order(decode("ord", text), storefront_id=reach.one_storefront)
    if not reach.holds(storefront_id=order.storefront_id, seller_id=order.seller_id):
        raise NotFound("no such order")
    return order


def order_of_shipment(shipment_id: UUID) -> OrderView:
    """The order that a parcel belongs to.

    Raises:
        NotFound: there is no such parcel.
    """
    rows = run("SELECT order_id FROM shipments WHERE id = %(id)s", id=shipment_id)
    if not rows:
        raise NotFound("no such shipment")
    return get_order(rows[0].order_id)


def order_of(document: Mapping[str, Any]) -> OrderView:
    """The view of one order document (see statements.ORDER_DOCUMENT)."""
    currency = document["currency"]
    fulfilment = document["fulfilment"]
    return OrderView(
        id=parsed(document["id"]),
        payment_id=parsed(document["payment_id"]),
        storefront_id=parsed(document["storefront_id"]),
        seller_id=parsed(document["seller_id"]),
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
        fulfilment=_fulfilment(fulfilment) if fulfilment else NOTHING_YET,
        shipments=tuple(_shipment(shipment) for shipment in fulfilment["shipments"]) if fulfilment else (),
        card_part=_part(fulfilment, "card_part", currency),
        wallet_part=_part(fulfilment, "wallet_part", currency),
    )


def _part(fulfilment: Mapping[str, Any] | None, name: str, currency: str) -> Money | None:
    part = fulfilment[name] if fulfilment else None
    return None if part is None else Money(part, currency)


def _fulfilment(document: Mapping[str, Any]) -> Fulfilment:
    return Fulfilment(
        shipped_at=_moment(document["shipped_at"]),
        deliver_by_at=_moment(document["deliver_by_at"]),
        delivered_at=_moment(document["delivered_at"]),
        release_due_at=_moment(document["release_due_at"]),
        released_at=_moment(document["released_at"]),
        withdrawn_minor=document["withdrawn"],
        refunds_in_flight=document["refunds_in_flight"],
        open_disputes=document["open_disputes"],
        seller_verified=document["seller_verified"],
        hold_days=document["hold_days"],
    )


def _shipment(document: Mapping[str, Any]) -> ShipmentView:
    return ShipmentView(
        id=parsed(document["id"]),
        carrier=document["carrier"],
        tracking_number=document["tracking_number"],
        lines=tuple((parsed(line["line"]), line["quantity"]) for line in document["lines"]),
        delivery_from=_date(document["delivery_from"]),
        delivery_to=_date(document["delivery_to"]),
        shipped_at=datetime.fromisoformat(document["shipped_at"]),
        delivered_at=_moment(document["delivered_at"]),
    )


def _line(document: Mapping[str, Any], currency: str) -> LineView:
    return LineView(
        id=parsed(document["id"]),
        kind=document["kind"],
        sku=document["sku"],
        name=document["name"],
        quantity=document["quantity"],
        unit_amount=Money(document["unit_amount"], currency),
        category=document["category"],
        shipped_quantity=document["shipped"],
        refunded_quantity=document["refunded"],
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
