"""The intent behind a session, what its shopper paid with, and its last error."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import object_ids
from checkout.mockpsp.behaviours import Decline
from checkout.mockpsp.cards import Instrument

Json = dict[str, Any]
CARD_EXPIRES: Final = (12, 2034)


_NO_ADDRESS: Final = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


_UNSET: Final = (
    "application application_fee_amount automatic_payment_methods canceled_at cancellation_reason "
    "customer_account excluded_payment_method_types last_payment_error latest_charge "
    "managed_payments next_action on_behalf_of payment_method payment_method_configuration_details "
    "processing review setup_future_usage shipping source transfer_data"
).split()


def payment_intent(*, checkout: Json, data: Json, now: int) -> Json:
    """The intent behind a session; `data` is the session's payment_intent_data."""
    intent_id = object_ids.payment_intent_id()
    return dict.fromkeys(_UNSET) | {
        "id": intent_id,
        "object": "payment_intent",
        "amount": checkout["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": object_ids.client_secret(intent_id),
        "confirmation_method": "automatic",
        "created": now,
        "currency": checkout["currency"],
        "customer": checkout["customer"],
        "description": data.get("description"),
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": checkout["payment_method_types"],
        "receipt_email": data.get("receipt_email"),
        "statement_descriptor": data.get("statement_descriptor"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_group": data.get("transfer_group"),
    }


def payment_method(instrument: Instrument, *, email: str | None, now: int) -> Json:
    """What the shopper paid with, as it stands inside an intent's last_payment_error."""
    card = _card_of_method(instrument) if instrument.kind == "card" else None
    method: Json = {
        "id": object_ids.payment_method_id(),
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": billing_details(email),
        "card": card,
        "created": now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": instrument.kind,
    }
    if card is None:
        method["sepa_debit"] = {
            "bank_code": "37040044",
            "branch_code": "",
            "country": instrument.country,
            "fingerprint": instrument.fingerprint,
            "generated_from": {"charge": None, "setup_attempt": None},
            "last4": instrument.last4,
        }
    return method


def billing_details(email: str | None) -> Json:
    return {"address": dict(_NO_ADDRESS), "email": email, "name": None, "phone": None, "tax_id": None}


def _card_of_method(instrument: Instrument) -> Json:
    month, year = CARD_EXPIRES
    return {
        "brand": instrument.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": instrument.country,
        "display_brand": instrument.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": instrument.fingerprint,
        "funding": "credit",
        "generated_from": None,
        "last4": instrument.last4,
        "networks": {"available": [instrument.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def payment_error(decline: Decline, method: Json, charge_id: str | None) -> Json:
    """An intent's last_payment_error."""
    error: Json = {
        "code": decline.code,
        "message": decline.message,
        "payment_method": method,
        "type": "invalid_request_error" if decline.decline_code is None else "card_error",
    }
    if decline.decline_code is not None:
        error["decline_code"] = decline.decline_code
    if charge_id is not None:
        error["charge"] = charge_id
    return error
