"""Orders: one seller's part of a payment. Read-only."""

from __future__ import annotations

from flask import Response

from checkout.api import examples
from checkout.api.answers import resource
from checkout.api.auth import reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.representations import as_bytes, order_json
from checkout.api.schemas.responses import Order
from checkout.orders.queries import find_within

orders = ApiBlueprint("orders", __name__, description="One seller's part of a payment.")

ORDER_ID = {
    "in": "path",
    "name": "order_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "ord_…",
    "example": examples.ORDER["id"],
}


@orders.route("/v1/orders/<order_id>", methods=["GET"], parameters=[ORDER_ID])
@orders.requires("orders:read")
@orders.answers(200, Order, description="The order.", example=examples.ORDER)
@orders.answers(304, description="It is as the ETag in If-None-Match says.")
@orders.refuses("not_found")
def read_order(order_id: str) -> Response:
    """Read an order

    With its lines, and the fees frozen when its payment was created.
    """
    return resource(as_bytes(order_json(find_within(order_id, reach()))))
