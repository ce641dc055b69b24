"""The examples of customers and their store credit."""

from __future__ import annotations

from typing import Any, Final

from checkout.api import examples

CUSTOMER_ID: Final = "cus_01kaj1z8q3d5j8p1s4v7x0z2b5"
CREDIT_ID: Final = "wcr_01kaj1z8q9m1r4x7z0b3d6g9h2"
_EXPIRES: Final = "2027-03-31T22:00:00.000Z"

CUSTOMER: Final[dict[str, Any]] = {
    "id": CUSTOMER_ID,
    "object": "customer",
    "created_at": "2026-11-21T09:30:00.000Z",
}
CUSTOMER_LIST: Final[dict[str, Any]] = {
    "object": "list",
    "data": [CUSTOMER],
    "has_more": False,
    "next_cursor": None,
}

WALLET: Final[dict[str, Any]] = {
    "object": "wallet",
    "customer": CUSTOMER_ID,
    "balances": [
        {
            "currency": "EUR",
            "currency_exponent": 2,
            "free": 1510,
            "held": 490,
            "promotional": 10,
            "credits": [
                {
                    "id": CREDIT_ID,
                    "object": "wallet_credit",
                    "amount": 500,
                    "free": 10,
                    "held": 490,
                    "currency": "EUR",
                    "currency_exponent": 2,
                    "expires_at": _EXPIRES,
                }
            ],
            "as_of": "jrn_01kaj1z8qan2s5y8a1c4e7h0j3",
        }
    ],
}
_ENTRY: Final[dict[str, Any]] = {
    "entry": "jrn_01kaj1z8qan2s5y8a1c4e7h0j3",
    "object": "wallet_entry",
    "type": "wallet_held",
    "created_at": "2026-11-21T09:30:00.000Z",
    "amount": -490,
    "balance": 1510,
    "currency": "EUR",
    "currency_exponent": 2,
    "source": examples.PAYMENT_ID,
}
ENTRIES: Final[dict[str, Any]] = {
    "object": "list",
    "data": [_ENTRY],
    "has_more": False,
    "next_cursor": None,
}

NEW_TOP_UP: Final[dict[str, Any]] = {
    "amount": 2000,
    "currency": "EUR",
    "return_url": "https://shop.example/wallet",
}
TOP_UP: Final[dict[str, Any]] = {
    **examples.PAYMENT,
    "payment_id": None,
    "purpose": "wallet_top_up",
    "customer": CUSTOMER_ID,
    "amount": 2000,
    "orders": [],
    "metadata": {},
}

NEW_CREDIT: Final[dict[str, Any]] = {
    "amount": 500,
    "currency": "EUR",
    "expires_at": "2027-04-01T00:00:00+02:00",
    "reason": "The parcel was late",
}
CREDIT: Final[dict[str, Any]] = {**WALLET["balances"][0]["credits"][0], "free": 500, "held": 0}
PROPOSED: Final[dict[str, Any]] = {
    "id": "apr_01kaj1z8qbp3t6z9b2d5f8j1k4",
    "object": "approval",
    "kind": "wallet.credit",
    "subject": CUSTOMER_ID,
    "proposal": {
        "amount": 1_500_000,
        "currency": "EUR",
        "expires_at": "2027-03-31T22:00:00+00:00",
        "reason": "The parcel was late",
    },
    "proposed_by": "person:usr_01kaj1z8qcq4v7a0c3e6g9k2m5",
    "created_at": "2026-11-21T09:30:00.000Z",
    "expires_at": "2026-11-28T09:30:00.000Z",
    "status": "pending",
    "decided_by": None,
    "decided_at": None,
    "reason": None,
}
