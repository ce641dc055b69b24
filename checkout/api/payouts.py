"""Payouts: ask for one, list, read, approve, call off. Scheduled ones come from the day's run."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from checkout.api import payout_examples as examples
from checkout.api.answers import JSON_TYPE, listing, resource, respond
from checkout.api.auth import principal, reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import api_context, renderer
from checkout.api.cursors import Place
from checkout.api.idempotent import required_key
from checkout.api.idempotent_effect import once_in_one
from checkout.api.lists import list_json, window_of
from checkout.api.payment_actions import Nothing
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.payout_json import payout_json, summary_json
from checkout.api.representations import as_bytes
from checkout.api.schemas.payouts import CancelPayout, NewPayout, Payout, PayoutList, PayoutsQuery
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.identity import step_up
from checkout.identity.access import PERSON_KIND
from checkout.orders.within import seller_within
from checkout.payments.answer import Answer
from checkout.payouts import decide, queries, request
from checkout.payouts.queries import PayoutFilter, PayoutView, payout_within
from checkout.psp import registry

payouts = ApiBlueprint("payouts", __name__, description="What sellers have earned, on its way to their bank.")

PAYOUT_ID = {
    "in": "path",
    "name": "payout_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "po_…",
    "example": examples.PAYOUT_ID,
}
JSON: Final = {"Content-Type": JSON_TYPE}
DECIDING: Final = [PAYOUT_ID, KEY_HEADER]


@payouts.route("/v1/payouts", methods=["POST"], parameters=[{**KEY_HEADER, "required": True}])
@payouts.requires("payouts:write")
@payouts.answers(
    201,
    Payout,
    description="Reserved: the amount is the payout's, and goes to the bank in the background.",
    example=examples.RESERVED,
    headers={"Location": {"schema": {"type": "string"}}},
)
@payouts.refuses(
    "not_found", "payout_not_eligible", "step_up_required", "idempotency_key_missing", *KEY_ERRORS
)
@payouts.accepts(NewPayout, example=examples.NEW_PAYOUT)
def ask(body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Pay a seller out

    All that is eligible in the currency. Above 10 000.00 a second person approves it first. A person needs a second
    factor given shortly before. Where nothing can be paid, `reason` says why.
    """
    required_key()
    if principal().kind == PERSON_KIND:
        step_up.require(principal())
    seller_id, currency = seller_within(body["seller"], reach()), body["currency"]
    psp, cause = registry.current(), principal().cause
    there = request.look_before(seller_id, currency, psp)

    def work(session: Session) -> Answer:
        made = request.reserve_one(
            session, seller_id, currency, body["method"], psp=psp, cause=cause, there=there
        )
        view = queries.view_payout(session, made)
        return _answer(view, 201, Location=f"/v1/payouts/{view.payout.public_id}")

    return respond(once_in_one(sent, renderer(), work))


@payouts.route("/v1/payouts", methods=["GET"])
@payouts.requires("payouts:read")
@payouts.answers(
    200, PayoutList, description="A page of payouts, newest first.", example=examples.PAYOUT_LIST
)
@payouts.refuses("invalid_cursor")
@payouts.takes(PayoutsQuery)
def list_payouts(query: dict[str, Any]) -> Response:
    """List payouts

    All of the platform, of the sellers who have sold in a storefront, or a seller's own.
    """
    window, timezone = window_of("payouts", query), api_context().timezone
    filters = _filter(query)
    rows = (
        queries.list_payouts(
            filters, reach(), limit=window.limit + 1, after=window.after, before=window.before
        )
        if filters
        else []
    )
    page = list_json(
        "payouts",
        window,
        rows,
        place_of=lambda row: Place(row.created_at, row.id),
        show=lambda row: summary_json(row, timezone),
    )
    return listing(as_bytes(page))


@payouts.route("/v1/payouts/<payout_id>", methods=["GET"], parameters=[PAYOUT_ID])
@payouts.requires("payouts:read")
@payouts.answers(200, Payout, description="The payout.", example=examples.PAYOUT)
@payouts.answers(304, description="It is as the ETag in If-None-Match says.")
@payouts.refuses("not_found")
def read_payout(payout_id: str) -> Response:
    """Read a payout

    What it is made of, how far it has come, and what it waits for or failed of, in words.
    """
    id = payout_within(payout_id, reach())
    with atomic() as session:
        view = queries.view_payout(session, id)
    return resource(as_bytes(payout_json(view, api_context().timezone)))


@payouts.route("/v1/payouts/<payout_id>/approve", methods=["POST"], parameters=DECIDING)
@payouts.requires("payouts:approve")
@payouts.answers(200, Payout, description="Let go.", example=examples.RESERVED)
@payouts.refuses(
    "not_found", "invalid_payout_state", "invalid_approval_state", "four_eyes_required", *KEY_ERRORS
)
@payouts.accepts(Nothing, example={}, optional=True)
def approve(payout_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Approve a payout

    One above 10 000.00 goes when somebody else than who asked for it has approved it.
    """
    id = payout_within(payout_id, reach())

    def work(session: Session) -> Answer:
        decide.approve_payout(session, id, by=principal().cause)
        return _answer(queries.view_payout(session, id))

    return respond(once_in_one(sent, renderer(), work))


@payouts.route("/v1/payouts/<payout_id>/cancel", methods=["POST"], parameters=DECIDING)
@payouts.requires("payouts:write")
@payouts.answers(200, Payout, description="Called off.", example=examples.CANCELED)
@payouts.refuses("not_found", "invalid_payout_state", *KEY_ERRORS)
@payouts.accepts(CancelPayout, example={}, optional=True)
def cancel(payout_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Call a payout off

    Only before it is sent: its amount is free for another payout.
    """
    id = payout_within(payout_id, reach())

    def work(session: Session) -> Answer:
        decide.cancel_payout(session, id, by=principal().cause, reason=body.get("reason"))
        return _answer(queries.view_payout(session, id))

    return respond(once_in_one(sent, renderer(), work))


def _filter(query: dict[str, Any]) -> PayoutFilter | None:
    """None where the seller is nobody's: a filter that finds nothing is an empty list, not an error."""
    seller: UUID | None = None
    if (text := query.pop("seller", None)) is not None:
        try:
            seller = decode("sel", text)
        except NotFound:
            return None
    return PayoutFilter(seller_id=seller, **query)


def _answer(view: PayoutView, status: int = 200, **headers: str) -> Answer:
    return Answer(status, as_bytes(payout_json(view, api_context().timezone)), {**JSON, **headers})
