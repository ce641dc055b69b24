"""A charge and the balance transaction that books it."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import object_ids
from checkout.mockpsp.behaviours import Decline
from checkout.mockpsp.cards import Instrument
from checkout.mockpsp.shapes.intent import CARD_EXPIRES, billing_details

Json = dict[str, Any]


_UNSET: Final = (
    "application application_fee application_fee_amount balance_transaction "
    "failure_balance_transaction failure_code failure_message on_behalf_of receipt_email "
    "receipt_number receipt_url review shipping source_transfer statement_descriptor "
    "statement_descriptor_suffix transfer_data"
).split()


def charge(*, intent: Json, method_id: str, instrument: Instrument, email: str | None, now: int) -> Json:
    """A charge that has succeeded. The caller turns it into a pending or failed one."""
    amount = intent["amount"]
    risk = instrument.behaviour.risk
    return dict.fromkeys(_UNSET) | {
        "id": object_ids.charge_id(),
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "billing_details": billing_details(email),
        "calculated_statement_descriptor": "MOCK PSP",
        "captured": True,
        "created": now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": "elevated_risk_level" if risk.level != "normal" else None,
            "risk_level": risk.level,
            "risk_score": risk.score,
            "seller_message": "Payment complete.",
            "type": "authorized" if risk.level == "normal" else "manual_review",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method_id,
        "payment_method_details": _method_details(instrument, amount),
        "refunded": False,
        "status": "succeeded",
        "transfer_group": intent["transfer_group"],
    }


def fail_charge(failed: Json, decline: Decline) -> None:
    failed.update(
        amount_captured=0,
        captured=False,
        paid=False,
        status="failed",
        failure_code=decline.code,
        failure_message=decline.message,
    )
    failed["outcome"] |= {
        "network_status": "declined_by_network",
        "reason": decline.decline_code,
        "network_decline_code": "51" if decline.decline_code == "insufficient_funds" else "05",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }


def _method_details(instrument: Instrument, amount: int) -> Json:
    if instrument.kind == "sepa_debit":
        return {
            "sepa_debit": {
                "bank_code": "37040044",
                "branch_code": "",
                "country": instrument.country,
                "fingerprint": instrument.fingerprint,
                "last4": instrument.last4,
                "mandate": f"mandate_1{instrument.fingerprint}",
            },
            "type": "sepa_debit",
        }
    month, year = CARD_EXPIRES
    authenticated = instrument.behaviour.challenge
    return {
        "card": {
            "amount_authorized": amount,
            "authorization_code": None,
            "brand": instrument.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": instrument.country,
            "exp_month": month,
            "exp_year": year,
            "extended_authorization": {"status": "disabled"},
            "fingerprint": instrument.fingerprint,
            "funding": "credit",
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "last4": instrument.last4,
            "mandate": None,
            "multicapture": {"status": "unavailable"},
            "network": instrument.brand,
            "network_token": {"used": instrument.wallet is not None},
            "network_transaction_id": object_ids.network_transaction_id(),
            "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
            "regulated_status": "unregulated",
            "three_d_secure": _AUTHENTICATED if authenticated else None,
            "wallet": None
            if instrument.wallet is None
            else {"dynamic_last4": None, "type": instrument.wallet, instrument.wallet: {}},
        },
        "type": "card",
    }


_AUTHENTICATED: Final[Json] = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": "00000000-0000-4000-8000-000000000000",
    "version": "2.2.0",
}


def balance_transaction(*, charged: Json, fee: int, now: int, available_on: int) -> Json:
    amount, currency = charged["amount"], charged["currency"]
    return {
        "id": object_ids.balance_transaction_id(),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": available_on,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": charged["description"],
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [
            {
                "amount": fee,
                "application": None,
                "currency": currency,
                "description": "Mock PSP processing fees",
                "type": "stripe_fee",
            }
        ],
        "net": amount - fee,
        "reporting_category": "charge",
        "source": charged["id"],
        "status": "pending",
        "type": "charge" if charged["payment_method_details"]["type"] == "card" else "payment",
    }
