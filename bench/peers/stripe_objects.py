"""Stripe's objects as it sends them, with what a benchmark replaces marked. All members that its API description has."""

from __future__ import annotations

import time
from typing import Any

Json = dict[str, Any]
API_VERSION = "2026-10-28.endive"

_SESSION_NULLS = (
    "after_expiration allow_promotion_codes billing_address_collection client_secret collected_information consent "
    "consent_collection currency_conversion customer customer_account integration_identifier invoice locale "
    "managed_payments origin_context payment_intent payment_link payment_method_configuration_details permissions "
    "recovered_from saved_payment_method_options setup_intent shipping_address_collection shipping_cost submit_type "
    "subscription wallet_options"
).split()
_CHARGE_NULLS = (
    "application application_fee application_fee_amount customer description failure_balance_transaction failure_code "
    "failure_message on_behalf_of receipt_number review shipping source source_transfer statement_descriptor "
    "statement_descriptor_suffix transfer_data transfer_group"
).split()
_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def session(
    *, id: str, amount: int, currency: str, fields: dict[str, str], metadata: dict[str, str], expires_at: int
) -> Json:
    """An open checkout session, as its creation answers."""
    email = fields.get("customer_email")
    return dict.fromkeys(_SESSION_NULLS) | {
        "id": id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": fields.get("cancel_url"),
        "client_reference_id": fields.get("client_reference_id"),
        "created": int(time.time()),
        "currency": currency,
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "customer_creation": "if_required",
        "customer_details": {"address": None, "email": email, "name": None, "phone": None, "tax_ids": None},
        "customer_email": email,
        "discounts": [],
        "expires_at": expires_at,
        "invoice_creation": {
            "enabled": False,
            "invoice_data": dict.fromkeys(
                ("account_tax_ids", "custom_fields", "description", "footer", "issuer")
            ),
        },
        "livemode": False,
        "metadata": metadata,
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "success_url": fields.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"https://checkout.stripe.example/pay/{id}",
    }


def charge(*, id: str, intent: str, payment: str, amount: int, currency: str) -> Json:
    """A captured card charge."""
    return dict.fromkeys(_CHARGE_NULLS) | {
        "id": id,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "balance_transaction": f"txn_{id}",
        "billing_details": {
            "address": _NO_ADDRESS,
            "email": "jo@example.org",
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "SHOP",
        "captured": True,
        "created": int(time.time()),
        "currency": currency,
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": {"payment": payment},
        "outcome": {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 12,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent,
        "payment_method": f"pm_{id}",
        "payment_method_details": {"card": _card(amount), "type": "card"},
        "receipt_email": None,
        "receipt_url": "https://pay.stripe.example/receipts/1",
        "refunded": False,
        "status": "succeeded",
    }


def _card(amount: int) -> Json:
    return {
        "amount_authorized": amount,
        "brand": "visa",
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "Xt5EWLLDS7FJjR1c",
        "funding": "credit",
        "last4": "4242",
        "network": "visa",
        "three_d_secure": None,
        "wallet": None,
    }


def balance_transaction(*, id: str, charge: str, amount: int, currency: str) -> Json:
    fee = amount * 29 // 1000 + 30
    now = int(time.time())
    return {
        "id": id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [
            {
                "amount": fee,
                "application": None,
                "currency": currency,
                "description": "fees",
                "type": "stripe_fee",
            }
        ],
        "net": amount - fee,
        "reporting_category": "charge",
        "source": charge,
        "status": "pending",
        "type": "charge",
    }


def event(type: str, about: Json) -> Json:
    """`evt_ID` and every other `…_ID` is what the load generator replaces."""
    return {
        "id": "evt_ID",
        "object": "event",
        "api_version": API_VERSION,
        "created": int(time.time()),
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type,
    }


def charge_succeeded() -> Json:
    """The event that tells of a paid checkout of 24.90 EUR; `ch_ID`, `pi_ID` and `pay_ID` are replaced."""
    return event(
        "charge.succeeded", charge(id="ch_ID", intent="pi_ID", payment="pay_ID", amount=2490, currency="eur")
    )
