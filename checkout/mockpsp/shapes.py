"""The objects of the API in Stripe's shape: every member that the description requires, nothing undefined.

Built once when an object is made; later changes set single members. No I/O here.
"""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import object_ids
from checkout.mockpsp.cards import Decline, Instrument

Json = dict[str, Any]
API_VERSION: Final = "2026-10-28.endive"
CARD_EXPIRES: Final = (12, 2034)
_NO_ADDRESS: Final = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def session(*, params: Json, amount: int, currency: str, url_base: str, now: int, expires_at: int) -> Json:
    session_id = object_ids.session_id()
    email = params.get("customer_email")
    nulls = dict.fromkeys(
        (
            "after_expiration", "allow_promotion_codes", "billing_address_collection", "client_secret",
            "collected_information", "consent", "consent_collection", "currency_conversion", "customer_account",
            "integration_identifier", "invoice", "managed_payments", "origin_context", "payment_intent",
            "payment_link", "payment_method_configuration_details", "permissions", "recovered_from",
            "saved_payment_method_options", "setup_intent", "shipping_address_collection", "shipping_cost",
            "subscription", "wallet_options",
        )
    )  # fmt: skip
    return nulls | {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": params.get("adaptive_pricing", {"enabled": False}),
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": now,
        "currency": currency,
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "customer": params.get("customer"),
        "customer_creation": None if "customer" in params else params.get("customer_creation", "if_required"),
        "customer_details": _customer_details(email) if email else None,
        "customer_email": email,
        "discounts": [],
        "expires_at": expires_at,
        "invoice_creation": {"enabled": False, "invoice_data": _NO_INVOICE},
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card", "sepa_debit"] if currency == "eur" else ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{url_base}/pay/{session_id}",
    }


_NO_INVOICE: Final[Json] = {
    "account_tax_ids": None,
    "custom_fields": None,
    "description": None,
    "footer": None,
    "issuer": None,
    "metadata": {},
    "rendering_options": None,
}


def _customer_details(email: str | None) -> Json:
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


def line_item(line: Json, currency: str, now: int) -> Json:
    price = line["price_data"]
    unit_amount, quantity = price["unit_amount"], line.get("quantity", 1)
    total = unit_amount * quantity
    product_data = price.get("product_data", {})
    return {
        "id": object_ids.line_item_id(),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": currency,
        "description": product_data.get("name") or price.get("product"),
        "metadata": line.get("metadata", {}),
        "price": {
            "id": object_ids.price_id(),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": now,
            "currency": currency,
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": price.get("product") or object_ids.product_id(),
            "recurring": None,
            "tax_behavior": price.get("tax_behavior", "unspecified"),
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "one_time",
            "unit_amount": unit_amount,
            "unit_amount_decimal": str(unit_amount),
        },
        "quantity": quantity,
    }


def payment_intent(*, checkout: Json, data: Json, now: int) -> Json:
    """The intent behind a session; `data` is the session's payment_intent_data."""
    intent_id = object_ids.payment_intent_id()
    nulls = dict.fromkeys(
        (
            "application", "application_fee_amount", "automatic_payment_methods", "canceled_at",
            "cancellation_reason", "customer_account", "excluded_payment_method_types", "last_payment_error",
            "latest_charge", "managed_payments", "next_action", "on_behalf_of", "payment_method",
            "payment_method_configuration_details", "processing", "review", "setup_future_usage", "shipping",
            "source", "transfer_data",
        )
    )  # fmt: skip
    return nulls | {
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
        "billing_details": _billing_details(email),
        "card": card,
        "created": now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": instrument.kind,
    }
    if card is None:
        del method["card"]
        method["sepa_debit"] = {
            "bank_code": "37040044",
            "branch_code": "",
            "country": instrument.country,
            "fingerprint": instrument.fingerprint,
            "generated_from": {"charge": None, "setup_attempt": None},
            "last4": instrument.last4,
        }
    return method


def _billing_details(email: str | None) -> Json:
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


def charge(*, intent: Json, method_id: str, instrument: Instrument, email: str | None, now: int) -> Json:
    """A charge that has succeeded. The caller turns it into a pending or failed one."""
    amount = intent["amount"]
    nulls = dict.fromkeys(
        (
            "application", "application_fee", "application_fee_amount", "balance_transaction",
            "failure_balance_transaction", "failure_code", "failure_message", "on_behalf_of", "receipt_email",
            "receipt_number", "receipt_url", "review", "shipping", "source_transfer", "statement_descriptor",
            "statement_descriptor_suffix", "transfer_data",
        )
    )  # fmt: skip
    risk = instrument.behaviour.risk
    return nulls | {
        "id": object_ids.charge_id(),
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "billing_details": _billing_details(email),
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


def customer(params: Json, *, number: int, now: int) -> Json:
    customer_id = object_ids.customer_id()
    return {
        "id": customer_id,
        "object": "customer",
        "address": params.get("address"),
        "balance": 0,
        "created": now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": params.get("description"),
        "discount": None,
        "email": params.get("email"),
        "invoice_prefix": customer_id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "name": params.get("name"),
        "next_invoice_sequence": number,
        "phone": params.get("phone"),
        "preferred_locales": params.get("preferred_locales", []),
        "shipping": params.get("shipping"),
        "tax_exempt": "none",
        "test_clock": None,
    }
