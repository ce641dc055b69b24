"""How store credit comes into a wallet: the customer tops it up, the platform gives some for a while."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from checkout import idempotency
from checkout.api import wallet_examples as examples
from checkout.api.answers import JSON_TYPE, respond
from checkout.api.approvals import approval_json
from checkout.api.auth import principal, reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import api_context, renderer
from checkout.api.idempotent import required_key
from checkout.api.idempotent_effect import once_in_one
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.representations import as_bytes
from checkout.api.request_log import request_cause
from checkout.api.schemas.approvals import Approval
from checkout.api.schemas.responses import Payment
from checkout.api.schemas.wallets import NewCredit, NewTopUp, WalletCredit
from checkout.api.wallets import CUSTOMER_ID, credit_json
from checkout.approvals.queries import lock
from checkout.core.errors import NotFound
from checkout.core.money import Money
from checkout.payments.answer import Answer
from checkout.payments.top_up import TopUp, start_top_up
from checkout.psp import registry
from checkout.wallets.customers import Customer, customer_within
from checkout.wallets.grant import grant_credit
from checkout.wallets.propose import propose_credit, takes_two
from checkout.wallets.queries import Credit

wallet_actions = ApiBlueprint("wallet_actions", __name__, description="")
JSON: Final = {"Content-Type": JSON_TYPE}


@wallet_actions.route(
    "/v1/customers/<customer_id>/wallet/top_ups",
    methods=["POST"],
    parameters=[CUSTOMER_ID, {**KEY_HEADER, "required": True}],
    tags=["wallets"],
)
@wallet_actions.requires("payments:write", not_for="seller")
@wallet_actions.answers(
    201, Payment, description="Registered. Send the customer to next_action.url.", example=examples.TOP_UP
)
@wallet_actions.refuses(
    "not_found",
    "idempotency_key_missing",
    *KEY_ERRORS,
    "amount_too_small",
    "amount_step",
    "return_url_not_allowed",
    "psp_rejected",
    "psp_unavailable",
)
@wallet_actions.accepts(NewTopUp, example=examples.NEW_TOP_UP)
def top_up(customer_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Top store credit up

    A payment without orders: what is paid becomes the customer's store credit. It is read, canceled and told of as
    every payment is.
    """
    key, context, customer = required_key(), api_context(), _customer(customer_id)
    wanted = TopUp(
        shopper_id=customer.id,
        livemode=principal().livemode,
        amount=Money(body["amount"], body["currency"]),
        return_url=body["return_url"],
        cancel_url=body.get("cancel_url"),
        fingerprint=idempotency.fingerprint(
            "POST", f"/v1/customers/{customer.public_id}/wallet/top_ups", sent
        ),
        metadata=body.get("metadata", {}),
    )
    answer = start_top_up(
        wanted,
        principal=principal().scope,
        key=key,
        cause=request_cause(),
        psp=registry.current(),
        links=context.links,
        render=renderer(),
        lease_seconds=context.lease_seconds,
    )
    return respond(answer)


@wallet_actions.route(
    "/v1/customers/<customer_id>/wallet/credits",
    methods=["POST"],
    parameters=[CUSTOMER_ID, KEY_HEADER],
    tags=["wallets"],
)
@wallet_actions.requires("wallets:write")
@wallet_actions.answers(201, WalletCredit, description="Given.", example=examples.CREDIT)
@wallet_actions.answers(
    202,
    Approval,
    description="So much takes two people: it is given once somebody else has approved it.",
    example=examples.PROPOSED,
)
@wallet_actions.refuses("not_found", "invalid_approval_state", *KEY_ERRORS)
@wallet_actions.accepts(NewCredit, example=examples.NEW_CREDIT)
def give_credit(customer_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Give promotional credit

    It is spent before other store credit, what ends soonest first. What is left of it at its end goes back to the
    platform. Above 10 000 units of the currency a second person must approve it.
    """
    customer = _customer(customer_id)
    amount = Money(body["amount"], body["currency"])
    grant = {
        "shopper_id": customer.id,
        "amount": amount,
        "expires_at": body["expires_at"].astimezone(UTC),
        "reason": body["reason"],
    }

    def work(session: Session) -> Answer:
        if takes_two(amount):
            proposed = propose_credit(session, **grant, cause=principal().cause)
            return Answer(202, as_bytes(approval_json(lock(session, proposed))), JSON)
        id = grant_credit(session, **grant, cause=request_cause())
        made = Credit(
            id, amount, free=amount, held=Money.zero(amount.currency), expires_at=grant["expires_at"]
        )
        return Answer(201, as_bytes(credit_json(made)), JSON)

    return respond(once_in_one(sent, renderer(), work))


def _customer(customer_id: str) -> Customer:
    """Nothing more is put into the wallet of somebody who was erased: nobody could spend it."""
    customer = customer_within(customer_id, reach())
    if customer.erased:
        raise NotFound("no such customer")
    return customer
