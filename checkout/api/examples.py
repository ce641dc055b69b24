"""The examples of the document: one checkout, from its request to its end. A test validates each against its schema."""

from __future__ import annotations

from typing import Any, Final

from checkout.api.error_table import ERRORS
from checkout.api.problem import problem
from checkout.core.errors import FieldError

HOST = "https://pay.example"
PAYMENT_ID = "pay_01kaj1z8q4e6k9r2t5w8x0y3b6"
REQUEST_ID = "req_01kaj1z8pve6k8m2n5p8q1s4t7"
ADA, BAO = "sel_01kaj0a7b2c5d8e1f4g7h0j3k6", "sel_01kaj0b8c3d6e9f2g5h8j1k4m7"

NEW_PAYMENT: Final[dict[str, Any]] = {
    "payment_id": "0190c7f4-2b6e-7c1a-9d3f-5a8b7c6d5e4f",
    "amount": 2490,
    "currency": "EUR",
    "orders": [
        {
            "seller": ADA,
            "reference": "1042-A",
            "amount": 1500,
            "logistics_fee": 300,
            "lines": [{"sku": "MUG", "name": "Mug", "quantity": 1, "unit_amount": 1500}],
            "estimated_delivery": {"from": "2026-12-01", "to": "2026-12-03"},
        },
        {
            "seller": BAO,
            "reference": "1042-B",
            "amount": 990,
            "lines": [{"sku": "TEA", "name": "Tea", "quantity": 1, "unit_amount": 990}],
        },
    ],
    "customer": {"email": "jo@example.org", "name": "Jo", "locale": "de-DE", "country": "DE"},
    "return_url": "https://shop.example/thanks",
    "cancel_url": "https://shop.example/cart",
    "metadata": {"cart": "c-77"},
}

_CREATED = "2026-11-21T09:30:00.000Z"

ORDER: Final[dict[str, Any]] = {
    "id": "ord_01kaj1z8q5f7m0s3v6x9z2c5d8",
    "object": "order",
    "payment": PAYMENT_ID,
    "seller": ADA,
    "reference": "1042-A",
    "status": "pending",
    "created_at": _CREATED,
    "amount": 1500,
    "card_part": None,
    "wallet_part": None,
    "commission": 150,
    "logistics_fee": 300,
    "tax_amount": 0,
    "tax_collected_by": "seller",
    "seller_amount": 1050,
    "amount_refunded": 0,
    "currency": "EUR",
    "currency_exponent": 2,
    "lines": [
        {
            "id": "oli_01kaj1z8q6g8n1t4w7y0a3d6e9",
            "kind": "item",
            "sku": "MUG",
            "name": "Mug",
            "quantity": 1,
            "unit_amount": 1500,
            "category": None,
            "shipped_quantity": 0,
            "refunded_quantity": 0,
        }
    ],
    "estimated_delivery": {"from": "2026-12-01", "to": "2026-12-03"},
    "shipments": [],
    "shipped_at": None,
    "delivered_at": None,
    "released_at": None,
    "hold": {"reason": "not_paid", "detail": "The shopper has not paid yet.", "releases_at": None},
}

_SECOND_ORDER: Final[dict[str, Any]] = {
    **ORDER,
    "id": "ord_01kaj1z8q7h9p2v5x8z1b4e7f0",
    "seller": BAO,
    "reference": "1042-B",
    "amount": 990,
    "commission": 79,
    "logistics_fee": 0,
    "seller_amount": 911,
    "lines": [
        {
            "id": "oli_01kaj1z8q8j0q3w6y9a2c5f8g1",
            "kind": "item",
            "sku": "TEA",
            "name": "Tea",
            "quantity": 1,
            "unit_amount": 990,
            "category": None,
            "shipped_quantity": 0,
            "refunded_quantity": 0,
        }
    ],
    "estimated_delivery": None,
}

PAYMENT: Final[dict[str, Any]] = {
    "id": PAYMENT_ID,
    "object": "payment",
    "payment_id": NEW_PAYMENT["payment_id"],
    "purpose": "checkout",
    "customer": "cus_01kaj1z8q3d5j8p1s4v7x0z2b5",
    "status": "awaiting_shopper",
    "created_at": _CREATED,
    "livemode": False,
    "amount": 2490,
    "wallet_amount": 0,
    "amount_received": 0,
    "amount_refunded": 0,
    "currency": "EUR",
    "currency_exponent": 2,
    "orders": [ORDER, _SECOND_ORDER],
    "next_action": {
        "type": "redirect",
        "url": "https://checkout.stripe.com/c/pay/cs_test_a1b2c3",
        "expires_at": "2026-11-21T10:30:00.000Z",
    },
    "status_url": f"{HOST}/s/IjAxOTBjN2Y0Ig.Zx",
    "last_error": None,
    "dispute": None,
    "settlement": {"status": "not_settled"},
    "metadata": {"cart": "c-77"},
}

CANCELED: Final[dict[str, Any]] = {
    **PAYMENT,
    "status": "canceled",
    "next_action": None,
    "orders": [{**ORDER, "status": "canceled"}, {**_SECOND_ORDER, "status": "canceled"}],
}

PAYMENT_LIST: Final[dict[str, Any]] = {
    "object": "list",
    "data": [PAYMENT],
    "has_more": True,
    "next_cursor": "WzE3NjM3MTc0MDAwMDAwMDAsIjAxOWFhNDFmIl0.Zx",
}

SELLER: Final[dict[str, Any]] = {
    "id": ADA,
    "object": "seller",
    "name": "Ada's Pottery",
    "country": "DE",
    "status": "active",
    "created_at": _CREATED,
    "hold_days": 7,
    "payout_schedule": "weekly",
    "reserve_bps": 0,
    "reserve_days": 0,
    "fee_plans": [
        {
            "currency": None,
            "currency_exponent": None,
            "version": 1,
            "commission_bps": 1000,
            "commission_fixed": 0,
            "commission_minimum": 0,
            "categories": {"books": 800},
            "valid_from": _CREATED,
        }
    ],
    "verification": {"status": "verified", "requirements": [], "reason": None},
    "payouts_enabled": True,
    "payout_accounts": [
        {
            "currency": "EUR",
            "country": "DE",
            "account": "•••• 3000",
            "status": "active",
            "changed_at": _CREATED,
            "payouts_paused_until": None,
        }
    ],
}
ONBOARDING_LINK: Final[dict[str, Any]] = {
    "object": "onboarding_link",
    "url": "https://connect.stripe.com/setup/c/acct_1",
    "expires_at": _CREATED,
}
SELLER_LIST: Final[dict[str, Any]] = {
    "object": "list",
    "data": [SELLER],
    "has_more": False,
    "next_cursor": None,
}

TIMELINE: Final[dict[str, Any]] = {
    "object": "list",
    "data": [
        {
            "at": _CREATED,
            "kind": "transition",
            "object": PAYMENT_ID,
            "name": "created",
            "cause": f"request:{REQUEST_ID}",
            "data": {"from": None, "to": "created"},
        }
    ],
    "has_more": False,
    "next_cursor": None,
}

_FIELD_ERRORS = {
    "invalid_parameter": (FieldError("/orders/0/amount", "invalid_type", "must be a JSON integer"),),
    "order_amounts_do_not_add_up": (FieldError("/orders", "sum_mismatch", "expected 2490, got 2480"),),
    "card_data_not_accepted": (
        FieldError("/metadata/note", "card_number", "contains what looks like a card number"),
    ),
}


def problem_example(code: str) -> dict[str, Any]:
    """The problem as a client would see it."""
    return problem(
        code,
        ERRORS[code].meaning,
        public_url=HOST,
        request_id=REQUEST_ID,
        errors=_FIELD_ERRORS.get(code, ()),
        extra={"payment": PAYMENT_ID} if code == "psp_unavailable" else None,
    )
