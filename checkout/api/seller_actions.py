"""What is done to sellers: take one on, send it to the payment provider's page, say where its payouts go."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from checkout.api import examples
from checkout.api.answers import JSON_TYPE, respond
from checkout.api.auth import principal
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.idempotent_effect import once_in_one
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.representations import as_bytes, moment, seller_json
from checkout.api.request_log import request_cause
from checkout.api.schemas.responses import OnboardingLink, Seller
from checkout.api.schemas.sellers import LinkRequest, NewPayoutAccount, NewSeller
from checkout.api.sellers import SELLER_ID, own_sellers
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.identity import step_up
from checkout.payments.answer import Answer
from checkout.sellers.create import create_seller
from checkout.sellers.onboarding import onboarding_link, request_onboarding
from checkout.sellers.payout_accounts import BankDetails, change_payout_account
from checkout.sellers.queries import get_seller, read_seller

seller_actions = ApiBlueprint("seller_actions", __name__, description="")

DEFAULT_COMMISSION_BPS: Final = 1_000
JSON: Final = {"Content-Type": JSON_TYPE}
NEW_SELLER: Final = {"name": "Ada's Pottery", "country": "DE", "email": "ada@example.org"}
BANK_ACCOUNT: Final = {
    "currency": "EUR",
    "country": "DE",
    "account_number": "DE89 3704 0044 0532 0130 00",
    "account_holder_name": "Ada Lindqvist",
}


@seller_actions.route("/v1/sellers", methods=["POST"], parameters=[KEY_HEADER], tags=["sellers"])
@seller_actions.requires("sellers:write", not_for="seller")
@seller_actions.answers(201, Seller, description="The seller.", example=examples.SELLER)
@seller_actions.refuses(*KEY_ERRORS)
@seller_actions.accepts(NewSeller, example=NEW_SELLER)
def create(body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Take a seller on

    Its account at the payment provider is opened at once, in the background. It can sell from now on, and is paid out
    once it is verified: send it to an onboarding link.
    """

    def work(session: Session) -> Answer:
        terms = {"commission_bps": DEFAULT_COMMISSION_BPS, **body}
        seller_id = create_seller(session, cause=request_cause(), **terms)
        request_onboarding(session, seller_id, cause=request_cause())
        return Answer(201, as_bytes(seller_json(read_seller(session, seller_id))), JSON)

    return respond(once_in_one(sent, renderer(), work))


@seller_actions.route(
    "/v1/sellers/<seller_id>/onboarding_link", methods=["POST"], parameters=[SELLER_ID], tags=["sellers"]
)
@seller_actions.requires("sellers:write", not_for="storefront")
@seller_actions.answers(
    200, OnboardingLink, description="The page's address.", example=examples.ONBOARDING_LINK
)
@seller_actions.refuses("not_found", "psp_rejected", "psp_unavailable")
@seller_actions.accepts(LinkRequest, example={"return_url": "https://shop.example/sellers/done"})
def link(seller_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Send a seller to the payment provider's page

    Where it hands in what is missing. The link works once and for minutes: ask for one when the seller is there. For
    the seller's own people and keys, and for people of the platform: on that page the seller says where it is paid.
    """
    made = onboarding_link(
        _own(seller_id),
        return_url=body["return_url"],
        refresh_url=body.get("refresh_url") or body["return_url"],
        cause=request_cause(),
    )
    shown = {"object": "onboarding_link", "url": made.url, "expires_at": moment(made.expires_at)}
    return respond(Answer(200, as_bytes(shown), JSON))


@seller_actions.route(
    "/v1/sellers/<seller_id>/payout_account",
    methods=["PUT"],
    parameters=[SELLER_ID, KEY_HEADER],
    tags=["sellers"],
)
@seller_actions.requires("sellers:write", not_for="storefront")
@seller_actions.answers(200, Seller, description="The seller.", example=examples.SELLER)
@seller_actions.refuses("not_found", "step_up_required", *KEY_ERRORS)
@seller_actions.accepts(NewPayoutAccount, example=BANK_ACCOUNT)
def change_account(seller_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Say where a seller's payouts go

    People only, shortly after a second factor. Payouts in this currency pause for 48 hours after a change, and the
    seller is told by email.
    """
    id = _own(seller_id)
    step_up.require(principal())
    details = BankDetails(
        currency=body["currency"],
        country=body["country"],
        account_number=body["account_number"],
        holder_name=body["account_holder_name"],
        routing_number=body.get("routing_number"),
    )

    def work(session: Session) -> Answer:
        change_payout_account(session, id, details, cause=request_cause())
        return Answer(200, as_bytes(seller_json(read_seller(session, id))), JSON)

    return respond(once_in_one(sent, renderer(), work))


def _own(seller_id: str) -> UUID:
    id, only = decode("sel", seller_id), own_sellers()
    if only is not None and id not in only:
        raise NotFound("no such seller")
    return get_seller(id).id
