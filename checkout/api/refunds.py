"""Refunds: ask for one, list, read; and calling an order off, which gives its money back."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from checkout.api import examples as shop_examples
from checkout.api import refund_examples as examples
from checkout.api.answers import JSON_TYPE, listing, resource, respond
from checkout.api.auth import principal, reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.cursors import Place
from checkout.api.idempotent import required_key
from checkout.api.idempotent_effect import once_in_one
from checkout.api.lists import list_json, window_of
from checkout.api.orders import ORDER_ID
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.refund_json import refund_json, summary_json
from checkout.api.representations import as_bytes, order_json
from checkout.api.schemas.refunds import CancelOrder, NewRefund, Refund, RefundList, RefundsQuery
from checkout.api.schemas.responses import Order
from checkout.core.errors import FieldError, InvalidParameter, NotFound
from checkout.core.ids import MalformedId, decode
from checkout.identity import step_up
from checkout.identity.access import PERSON_KIND
from checkout.orders.queries import find_within as find_order
from checkout.orders.queries import read_order
from checkout.payments.answer import Answer
from checkout.psp import registry
from checkout.refunds import queries
from checkout.refunds.cancel_order import cancel_order
from checkout.refunds.commands import OfLine, OfOrder, RequestRefund
from checkout.refunds.queries import RefundFilter
from checkout.refunds.request import request_refund
from checkout.refunds.spread import UNKNOWN_LINE, UNKNOWN_ORDER
from checkout.refunds.within import order_within, payment_within

refunds = ApiBlueprint("refunds", __name__, description="Money that goes back to the shopper.")

REFUND_ID: Final = {
    "in": "path",
    "name": "refund_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "re_…",
    "example": examples.REFUND_ID,
}
JSON: Final = {"Content-Type": JSON_TYPE}
PREFIXES: Final = {"payment": "pay", "order": "ord", "seller": "sel"}


@refunds.route("/v1/refunds", methods=["POST"], parameters=[{**KEY_HEADER, "required": True}])
@refunds.requires("refunds:write")
@refunds.answers(
    201,
    Refund,
    description="Taken from the orders; what goes to the card is sent in the background.",
    example=examples.REQUESTED,
    headers={"Location": {"schema": {"type": "string"}}},
)
@refunds.refuses(
    "not_found",
    "invalid_payment_state",
    "payment_disputed",
    "refund_exceeds_captured",
    "currency_mismatch",
    "step_up_required",
    "idempotency_key_missing",
    *KEY_ERRORS,
)
@refunds.accepts(NewRefund, example=examples.NEW_REFUND)
def ask(body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Give money back

    All that is left of a payment or an order, an amount, parts of orders, or pieces of lines; a seller gives back its own
    orders alone. A person needs a second factor given shortly before, and above 10 000.00 a second person approves it.
    Two equal requests under different keys are two refunds.
    """
    required_key()
    if principal().kind == PERSON_KIND:
        step_up.require(principal())
    command, within = _command(body), reach()

    def work(session: Session) -> Answer:
        made = request_refund(session, command, psp=registry.current(), cause=principal().cause)
        view = queries.view_refund(session, made, within)
        headers = {**JSON, "Location": f"/v1/refunds/{view.refund.public_id}"}
        return Answer(201, as_bytes(refund_json(view)), headers)

    return respond(once_in_one(sent, renderer(), work, about=command.payment_id))


@refunds.route("/v1/refunds", methods=["GET"])
@refunds.requires("refunds:read")
@refunds.answers(
    200, RefundList, description="A page of refunds, newest first.", example=examples.REFUND_LIST
)
@refunds.refuses("invalid_cursor")
@refunds.takes(RefundsQuery)
def list_refunds(query: dict[str, Any]) -> Response:
    """List refunds

    All of the platform, of a storefront's payments, or of a seller's orders.
    """
    window = window_of("refunds", query)
    filters = _filter(query)
    rows = (
        queries.list_refunds(
            filters, reach(), limit=window.limit + 1, after=window.after, before=window.before
        )
        if filters
        else []
    )
    page = list_json(
        "refunds",
        window,
        rows,
        place_of=lambda row: Place(row.refund.created_at, row.refund.id),
        show=summary_json,
    )
    return listing(as_bytes(page))


@refunds.route("/v1/refunds/<refund_id>", methods=["GET"], parameters=[REFUND_ID])
@refunds.requires("refunds:read")
@refunds.answers(200, Refund, description="The refund.", example=examples.REFUND)
@refunds.answers(304, description="It is as the ETag in If-None-Match says.")
@refunds.refuses("not_found")
def read_refund(refund_id: str) -> Response:
    """Read a refund

    What it takes of which order, how far it has come, and why it failed, in words.
    """
    return resource(as_bytes(refund_json(queries.find_within(refund_id, reach()))))


@refunds.route(
    "/v1/orders/<order_id>/cancel", methods=["POST"], parameters=[ORDER_ID, KEY_HEADER], tags=["orders"]
)
@refunds.requires("orders:write")
@refunds.answers(
    200, Order, description="Canceled; its money goes back.", example=shop_examples.CANCELED["orders"][0]
)
@refunds.refuses(
    "not_found",
    "invalid_order_state",
    "invalid_payment_state",
    "payment_disputed",
    "refund_exceeds_captured",
    *KEY_ERRORS,
)
@refunds.accepts(CancelOrder, example={}, optional=True)
def cancel(order_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Call an order off

    One that is paid and of which nothing was shipped: it is canceled, and what is left of it goes back to where it came
    from. Before it is paid, cancel its payment instead.
    """
    order = find_order(order_id, reach())

    def work(session: Session) -> Answer:
        cancel_order(
            session,
            order.id,
            psp=registry.current(),
            cause=principal().cause,
            reason=body.get("reason", "requested_by_customer"),
            note=body.get("note"),
        )
        return Answer(200, as_bytes(order_json(read_order(session, order.id))), JSON)

    return respond(once_in_one(sent, renderer(), work, about=order.id))


def _command(body: dict[str, Any]) -> RequestRefund:
    if ("payment" in body) == ("order" in body):
        raise InvalidParameter.at("/payment", "name either the payment or the order", "exclusive")
    only_order = only_sellers = None
    if "payment" in body:
        payment_id, only_sellers = payment_within(body["payment"], reach())
    else:
        payment_id, only_order = order_within(body["order"], reach())
    return RequestRefund(
        payment_id=payment_id,
        amount_minor=body.get("amount"),
        currency=body.get("currency"),
        only_order=only_order,
        orders=_orders(body.get("orders", [])),
        lines=_lines(body.get("lines", [])),
        reason=body.get("reason"),
        note=body.get("note"),
        return_logistics=body["return_logistics"],
        destination=body["destination"],
        metadata=body.get("metadata", {}),
        only_sellers=only_sellers,
    )


def _orders(given: list[dict[str, Any]]) -> tuple[OfOrder, ...]:
    found = []
    for index, each in enumerate(given):
        try:
            found.append(OfOrder(decode("ord", each["order"]), each.get("amount")))
        except MalformedId:
            raise _unknown(f"/orders/{index}/order", "unknown_order", UNKNOWN_ORDER) from None
    return tuple(found)


def _lines(given: list[dict[str, Any]]) -> tuple[OfLine, ...]:
    found = []
    for index, each in enumerate(given):
        try:
            found.append(OfLine(decode("oli", each["line"]), each["quantity"]))
        except MalformedId:
            raise _unknown(f"/lines/{index}/line", "unknown_line", UNKNOWN_LINE) from None
    return tuple(found)


def _unknown(pointer: str, code: str, detail: str) -> InvalidParameter:
    return InvalidParameter(detail, pointers=[FieldError(pointer, code, detail)])


def _filter(query: dict[str, Any]) -> RefundFilter | None:
    """None where an id is nobody's: a filter that finds nothing is an empty list, not an error."""
    ids: dict[str, Any] = {}
    for name, prefix in PREFIXES.items():
        if (text := query.pop(name, None)) is not None:
            try:
                ids[f"{name}_id"] = decode(prefix, text)
            except NotFound:
                return None
    return RefundFilter(**ids, **query)
