"""Fulfilment: parcels leave, orders arrive, and many parcels at once from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from checkout.api import examples, fulfilment_examples
from checkout.api.answers import JSON_TYPE, respond
from checkout.api.auth import reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.idempotent_effect import once_in_one
from checkout.api.orders import ORDER_ID
from checkout.api.payment_actions import Nothing
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.representations import as_bytes, order_json, shipment_json
from checkout.api.request_log import request_cause
from checkout.api.schemas.fulfilment import ParcelSchema
from checkout.api.schemas.responses import Order, Shipment
from checkout.core.errors import FieldError, InvalidParameter
from checkout.core.ids import MalformedId, decode
from checkout.orders.deliver import deliver_order
from checkout.orders.queries import find_within, read_order
from checkout.orders.ship import Parcel, ship_order
from checkout.payments.answer import Answer

shipments = ApiBlueprint("shipments", __name__, description="Orders on their way to the shopper.")

JSON = {"Content-Type": JSON_TYPE}
KEY_PARAMETERS = [ORDER_ID, KEY_HEADER]


@shipments.route("/v1/orders/<order_id>/shipments", methods=["POST"], parameters=KEY_PARAMETERS)
@shipments.requires("orders:write")
@shipments.answers(201, Shipment, description="The parcel.", example=fulfilment_examples.SHIPMENT)
@shipments.refuses("not_found", "invalid_order_state", *KEY_ERRORS)
@shipments.accepts(ParcelSchema, example=fulfilment_examples.NEW_SHIPMENT)
def ship(order_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Ship an order, or some of it

    Once all goods are in parcels the order is shipped; until then it stays paid. The shopper gets one email a parcel.
    """
    order, parcel = find_within(order_id, reach()), _parcel(body)

    def work(session: Session) -> Answer:
        shipment_id = ship_order(session, order.id, parcel, cause=request_cause())
        (made,) = [it for it in read_order(session, order.id).shipments if it.id == shipment_id]
        return Answer(201, as_bytes(shipment_json(made)), JSON)

    return respond(once_in_one(sent, renderer(), work, about=order.id))


@shipments.route("/v1/orders/<order_id>/deliver", methods=["POST"], parameters=KEY_PARAMETERS)
@shipments.requires("orders:write")
@shipments.answers(200, Order, description="The order, delivered.", example=examples.ORDER)
@shipments.refuses("not_found", "invalid_order_state", *KEY_ERRORS)
@shipments.accepts(Nothing, example={}, optional=True)
def deliver(order_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Say that an order has arrived

    From now on the seller's hold runs. Saying it again changes nothing.
    """
    order = find_within(order_id, reach())

    def work(session: Session) -> Answer:
        deliver_order(session, order.id, cause=request_cause())
        return Answer(200, as_bytes(order_json(read_order(session, order.id))), JSON)

    return respond(once_in_one(sent, renderer(), work, about=order.id))


def _parcel(body: Mapping[str, Any]) -> Parcel:
    window = body.get("estimated_delivery")
    if window is not None and window["to"] < window["from_"]:
        raise InvalidParameter.at("/estimated_delivery/to", "must not be before from", "out_of_range")
    return Parcel(
        carrier=body["carrier"],
        tracking_number=body["tracking_number"],
        lines=_lines(body["lines"]) if "lines" in body else None,
        delivery_from=window["from_"] if window else None,
        delivery_to=window["to"] if window else None,
    )


def _lines(given: list[Mapping[str, Any]]) -> dict[UUID, int]:
    """Each line once, in the order given: what is refused later is named by its place."""
    lines: dict[UUID, int] = {}
    mistakes = []
    for index, each in enumerate(given):
        try:
            line = decode("oli", each["line"])
        except MalformedId:
            mistakes.append(FieldError(f"/lines/{index}/line", "unknown_line", "is no line of this order"))
            continue
        if line in lines:
            mistakes.append(FieldError(f"/lines/{index}/line", "given_twice", "stands twice in the parcel"))
        lines[line] = each["quantity"]
    if mistakes:
        raise InvalidParameter(mistakes[0].detail, pointers=mistakes)
    return lines
