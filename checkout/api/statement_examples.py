"""The examples of statements and transactions in the document. A test validates each against its schema."""

from __future__ import annotations

from typing import Any, Final

from checkout.api.examples import ADA, ORDER
from checkout.api.explanation_examples import ENTRY

SUMMARY: Final[dict[str, Any]] = {
    "object": "statement",
    "id": "stm_01kaj7d2m6p9s3v6y9b2e5h8k1",
    "revision": 1,
    "kind": "month",
    "seller": ADA,
    "currency": "EUR",
    "currency_exponent": 2,
    "period": "2026-11",
    "payout": None,
    "opening": 0,
    "closing": 1050,
    "issued_at": "2026-12-01T08:00:00Z",
    "check_code": "3f0b7c9d5a1e4f62b8d0c7a9e3f15b2d6c8e0a4f7b9d1c3e5f7a9b0c2d4e6f80",
}

STATEMENT: Final[dict[str, Any]] = {
    **SUMMARY,
    "timezone": "Europe/Berlin",
    "begins_at": "2026-10-31T23:00:00Z",
    "ends_at": "2026-11-30T23:00:00Z",
    "lines": [
        {"line": "sales", "name": "Sales", "amount": 1500},
        {"line": "commission", "name": "Commission", "amount": -150},
        {"line": "logistics", "name": "Logistics fees", "amount": -300},
    ],
    "entries": [
        {
            "entry": ENTRY,
            "at": "2026-11-20T06:00:00Z",
            "type": "order_released",
            "source": ORDER["id"],
            "order": ORDER["id"],
            "amount": 1050,
            "parts": {"sales": 1500, "commission": -150, "logistics": -300},
        }
    ],
    "entry_count": 1,
    "as_of_entry": ENTRY,
    "corrects": None,
}

STATEMENT_LIST: Final[dict[str, Any]] = {
    "object": "list",
    "data": [SUMMARY],
    "has_more": False,
    "next_cursor": None,
}

TRANSACTION: Final[dict[str, Any]] = {
    "id": f"{ENTRY}-4",
    "object": "transaction",
    "entry": ENTRY,
    "type": "order_released",
    "account": "seller_available",
    "owner": ADA,
    "amount": 1050,
    "direction": "credit",
    "currency": "EUR",
    "currency_exponent": 2,
    "order": ORDER["id"],
    "payment": ORDER["payment"],
    "payout": None,
    "refund": None,
    "dispute": None,
    "created_at": "2026-11-20T06:00:00.000Z",
}

TRANSACTION_LIST: Final[dict[str, Any]] = {
    "object": "list",
    "data": [TRANSACTION],
    "has_more": False,
    "next_cursor": None,
}
