"""PaymentIntents: retrieve, list, cancel. They are made by paying a session."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import lists
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.params import EXPAND, Record, Text

Json = dict[str, Any]
KIND: Final = "payment_intent"
CANCELABLE: Final = ("requires_payment_method", "requires_confirmation", "requires_action")


def retrieve(call: Call) -> Json:
    return required(call.work, KIND, call.ids["intent"], "intent")


def list_intents(call: Call) -> Json:
    return lists.page(call, KIND, "/v1/payment_intents", filters=("customer",))


def cancel(call: Call) -> Json:
    """Ends an intent that took no money. The intent of an open session ends with its session instead."""
    work, intent = call.work, retrieve(call)
    if intent["status"] not in CANCELABLE:
        raise InvalidRequest(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
            f"PaymentIntent with one of the following statuses may be canceled: {', '.join(CANCELABLE)}.",
            code="payment_intent_unexpected_state",
        )
    checkout = work.tx.find("checkout.session", "payment_intent", intent["id"])
    if checkout is not None and checkout["status"] == "open":
        raise InvalidRequest(
            "You cannot cancel PaymentIntents created by Checkout while its session is open. Instead you should "
            "expire the associated Checkout Session.",
            code="payment_intent_unexpected_state",
        )
    intent |= {
        "status": "canceled",
        "canceled_at": work.now,
        "cancellation_reason": call.params.get("cancellation_reason"),
        "next_action": None,
    }
    work.tx.update(intent)
    work.emit("payment_intent.canceled", intent, lane=checkout["id"] if checkout else intent["id"])
    return intent


ENDPOINTS: Final = (
    Endpoint("GET", "/v1/payment_intents", lists.accepts(customer=Text(200)), list_intents),
    Endpoint(
        "GET",
        "/v1/payment_intents/<intent>",
        Record({"client_secret": Text(500), "expand": EXPAND}),
        retrieve,
    ),
    Endpoint(
        "POST",
        "/v1/payment_intents/<intent>/cancel",
        Record(
            {
                "cancellation_reason": Text(
                    choices=("abandoned", "duplicate", "fraudulent", "requested_by_customer")
                ),
                "expand": EXPAND,
            }
        ),
        cancel,
    ),
)
