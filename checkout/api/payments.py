"""Payments: create, list, read. What is done to one afterwards is in payment_actions.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response

from checkout import idempotency
from checkout.api import examples
from checkout.api.answers import listing, resource, respond
from checkout.api.auth import principal, reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import api_context, renderer
from checkout.api.cursors import Place
from checkout.api.dispute_json import of_payment_json
from checkout.api.idempotent import required_key
from checkout.api.lists import list_json, window_of
from checkout.api.new_payment import start_payment_command
from checkout.api.representations import as_bytes, payment_json, timeline_json
from checkout.api.request_log import request_cause
from checkout.api.schemas.payment_request import NewPaymentSchema
from checkout.api.schemas.queries import PaymentsQuery
from checkout.api.schemas.responses import Payment, PaymentList, Timeline
from checkout.api.settlement_json import of_payment_settled
from checkout.core.ids import MalformedId, decode
from checkout.db.session import atomic
from checkout.disputes.queries import latest_of
from checkout.payments import queries
from checkout.payments.queries import Edge, PaymentFilter, PaymentView
from checkout.payments.start import start_payment
from checkout.payments.timeline import timeline
from checkout.payments.within import find_within, several_storefronts
from checkout.psp import registry
from checkout.reconciliation.settled import Settled, settled_of

ROUTE = "/v1/payments"

payments = ApiBlueprint(
    "payments",
    __name__,
    description="A checkout over one or more sellers' orders: one payment for the shopper.",
)

PAYMENT_ID = {
    "in": "path",
    "name": "payment_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "pay_…, or the payment_id that the payment was created with.",
    "example": examples.PAYMENT_ID,
}
KEY_HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "5f0c6a2e-8b1d-4a55-9a3e-0d6f6c1a7b11",
}
KEY_ERRORS = ("idempotency_key_invalid", "idempotency_key_in_use", "idempotency_key_reused")


@payments.route(ROUTE, methods=["POST"], parameters=[{**KEY_HEADER, "required": True}])
@payments.requires("payments:write")
@payments.answers(
    201,
    Payment,
    description="Registered. Send the shopper to next_action.url.",
    example=examples.PAYMENT,
    headers={"Location": {"schema": {"type": "string"}}},
)
@payments.answers(
    200,
    Payment,
    description="This payment_id exists already, with the same contents.",
    example=examples.PAYMENT,
)
@payments.refuses(
    "idempotency_key_missing",
    *KEY_ERRORS,
    "payment_id_in_use",
    "order_amounts_do_not_add_up",
    "amount_too_small",
    "amount_step",
    "currency_mismatch",
    "wallet_too_small",
    "seller_not_payable",
    "return_url_not_allowed",
    "psp_rejected",
    "psp_unavailable",
)
@payments.accepts(NewPaymentSchema, example=examples.NEW_PAYMENT)
def create_payment(body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Register a checkout

    One payment over one or more sellers' orders. The answer's next_action is the payment service provider's own page.
    """
    key, context = required_key(), api_context()
    fingerprint = idempotency.fingerprint("POST", ROUTE, sent)
    answer = start_payment(
        start_payment_command(body, principal(), fingerprint),
        principal=principal().scope,
        key=key,
        cause=request_cause(),
        psp=registry.current(),
        links=context.links,
        render=renderer(),
        lease_seconds=context.lease_seconds,
    )
    return respond(answer)


@payments.route(ROUTE, methods=["GET"])
@payments.requires("payments:read")
@payments.answers(
    200, PaymentList, description="A page of payments, newest first.", example=examples.PAYMENT_LIST
)
@payments.refuses("invalid_cursor")
@payments.takes(PaymentsQuery)
def list_payments(query: dict[str, Any]) -> Response:
    """List payments

    Newest first. Cursors stay valid while payments are created.
    """
    window = window_of("payments", query)
    try:
        filters = _filter(query)
    except MalformedId:
        rows: list[PaymentView] = []  # no seller has such an id
    else:
        rows = queries.list_views(
            filters,
            limit=window.limit + 1,
            after=Edge(*window.after) if window.after else None,
            before=Edge(*window.before) if window.before else None,
        )
    received = [view.id for view in rows if view.amount_received]
    links, disputed, settled = api_context().links, latest_of(received), _settled(received)
    page = list_json(
        "payments",
        window,
        rows,
        place_of=lambda view: Place(view.created_at, view.id),
        show=lambda view: (
            payment_json(view, links)
            | {
                "dispute": of_payment_json(disputed.get(view.id)),
                "settlement": of_payment_settled(settled.get(view.id, ())),
            }
        ),
    )
    return listing(as_bytes(page))


@payments.route(f"{ROUTE}/<payment_id>", methods=["GET"], parameters=[PAYMENT_ID])
@payments.requires("payments:read")
@payments.answers(200, Payment, description="The payment.", example=examples.PAYMENT)
@payments.answers(304, description="It is as the ETag in If-None-Match says.")
@payments.refuses("not_found")
def get_payment(payment_id: str) -> Response:
    """Read a payment

    By our id or by the client's own UUID.
    """
    view = find_within(payment_id, reach())
    received = [view.id] if view.amount_received else []
    disputed, settled = latest_of(received), _settled(received)
    more = {
        "dispute": of_payment_json(disputed.get(view.id)),
        "settlement": of_payment_settled(settled.get(view.id, ())),
    }
    return resource(as_bytes(payment_json(view, api_context().links) | more))


def _settled(received: Sequence[UUID]) -> Mapping[UUID, Sequence[Settled]]:
    """By payment, where the PSP's files tell of it."""
    if not received:
        return {}
    with atomic() as session:
        return settled_of(session, received)


@payments.route(f"{ROUTE}/<payment_id>/timeline", methods=["GET"], parameters=[PAYMENT_ID])
@payments.requires("payments:read")
@payments.answers(
    200, Timeline, description="Everything that happened, oldest first.", example=examples.TIMELINE
)
@payments.refuses("not_found")
def get_timeline(payment_id: str) -> Response:
    """Read a payment's timeline

    Every transition, fact, ledger entry, event and notification, with its cause, oldest first.
    """
    view = find_within(payment_id, reach())
    return listing(as_bytes(timeline_json(timeline(view.id))))


def _filter(query: dict[str, Any]) -> PaymentFilter:
    seller = query.get("seller")
    return PaymentFilter(
        storefront_id=reach().one_storefront,
        storefront_ids=several_storefronts(reach()),
        status=query.get("status"),
        currency=query.get("currency"),
        created_from=query.get("created_from"),
        created_before=query.get("created_before"),
        seller_id=decode("sel", seller) if seller else None,
        reference=query.get("reference"),
    )
