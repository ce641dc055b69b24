"""What is done to a payment after its creation: cancel it, ask the PSP about it."""

from __future__ import annotations

from typing import Any

from flask import Response

from checkout.api import examples
from checkout.api.answers import respond
from checkout.api.auth import principal, reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.idempotent import once
from checkout.api.payments import KEY_ERRORS, KEY_HEADER, PAYMENT_ID, ROUTE
from checkout.api.request_log import request_cause
from checkout.api.schemas.responses import Payment
from checkout.api.schemas.strict import StrictSchema
from checkout.payments.cancel import cancel_payment
from checkout.payments.sync import refresh_payment
from checkout.payments.within import find_within
from checkout.psp import registry

actions = ApiBlueprint("payment_actions", __name__, description="")


class Nothing(StrictSchema):
    """An empty object; the body may be left out."""


@actions.route(
    f"{ROUTE}/<payment_id>/cancel", methods=["POST"], parameters=[PAYMENT_ID, KEY_HEADER], tags=["payments"]
)
@actions.requires("payments:write")
@actions.answers(200, Payment, description="Canceled.", example=examples.CANCELED)
@actions.refuses("not_found", "invalid_payment_state", *KEY_ERRORS, "psp_rejected", "psp_unavailable")
@actions.accepts(Nothing, example={}, optional=True)
def cancel(payment_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Cancel a payment

    Before the money is captured. The payment service provider's page is closed first; if the shopper was faster, the
    payment stands and this is refused.
    """
    view = find_within(payment_id, reach())
    render = renderer()
    answer = once(
        view.id,
        sent,
        render,
        lambda: render.payment(
            cancel_payment(view.id, psp=registry.get(view.psp), cause=request_cause()), status=200
        ),
    )
    return respond(answer)


@actions.route(
    f"{ROUTE}/<payment_id>/refresh", methods=["POST"], parameters=[PAYMENT_ID, KEY_HEADER], tags=["payments"]
)
@actions.requires("payments:write")
@actions.answers(200, Payment, description="As the PSP says now.", example=examples.PAYMENT)
@actions.refuses("not_found", *KEY_ERRORS, "psp_rejected", "psp_unavailable")
@actions.accepts(Nothing, example={}, optional=True)
def refresh(payment_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Ask the payment service provider now

    Instead of waiting for its webhook.
    """
    view = find_within(payment_id, reach())
    render = renderer()
    answer = once(
        view.id,
        sent,
        render,
        lambda: render.payment(
            refresh_payment(view.id, psp=registry.get(view.psp), cause=principal().cause), status=200
        ),
    )
    return respond(answer)
