"""Refunds: create, retrieve, update, list, cancel. What becomes of one is `refund_course.py`."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import lists, refund_course
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.params import EXPAND, Metadata, Record, Text, Whole
from checkout.mockpsp.work import Work

Json = dict[str, Any]
KIND: Final = "refund"
ROOT: Final = "/v1/refunds"
REASONS: Final = ("duplicate", "fraudulent", "requested_by_customer")


def create(call: Call) -> Json:
    charge = charge_named(call.work, call.params)
    return refund_course.make(call.work, charge, call.params, amount_error=call.amount_error)


def charge_named(work: Work, named: Json) -> Json:
    """The charge to refund: named itself, or the last one of its intent.

    Raises:
        InvalidRequest: neither or both are named, there is none of this id, or the intent took no money.
    """
    if ("charge" in named) == ("payment_intent" in named):
        raise InvalidRequest(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing" if "charge" not in named else None,
        )
    if "charge" in named:
        return required(work, "charge", named["charge"], "charge")
    intent = required(work, "payment_intent", named["payment_intent"], "payment_intent")
    charge = work.tx.get("charge", intent["latest_charge"] or "")
    if charge is None or charge["status"] != "succeeded":
        raise InvalidRequest(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return charge


def retrieve(call: Call) -> Json:
    return required(call.work, KIND, call.ids["refund"], "id")


def update(call: Call) -> Json:
    """Metadata is merged, an empty value removes its key."""
    found = retrieve(call)
    merged = found["metadata"] | call.params.get("metadata", {})
    found["metadata"] = {key: value for key, value in merged.items() if value}
    call.work.tx.update(found)
    return found


def list_refunds(call: Call) -> Json:
    return lists.page(call, KIND, ROOT, filters=("charge", "payment_intent"))


def cancel(call: Call) -> Json:
    found = retrieve(call)
    if found["status"] != "requires_action":
        raise InvalidRequest(
            f"This refund cannot be canceled: it has a status of {found['status']}. Only a refund with a status of "
            "requires_action can be."
        )
    refund_course.cancel(call.work, found)
    return found


_ONLY_EXPAND: Final = Record({"expand": EXPAND})
_CREATE: Final = Record(
    {
        "amount": Whole(1),
        "charge": Text(200),
        "expand": EXPAND,
        "metadata": Metadata(),
        "payment_intent": Text(200),
        "reason": Text(choices=REASONS),
    }
)
ENDPOINTS: Final = (
    Endpoint("POST", ROOT, _CREATE, create),
    Endpoint("GET", ROOT, lists.accepts(charge=Text(200), payment_intent=Text(200)), list_refunds),
    Endpoint("GET", f"{ROOT}/<refund>", _ONLY_EXPAND, retrieve),
    Endpoint("POST", f"{ROOT}/<refund>", Record({"expand": EXPAND, "metadata": Metadata()}), update),
    Endpoint("POST", f"{ROOT}/<refund>/cancel", _ONLY_EXPAND, cancel),
)
