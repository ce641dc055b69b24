"""The examples of payouts in the document. A test validates each against its schema."""

from __future__ import annotations

from typing import Any, Final

from checkout.api.examples import ADA, ORDER

PAYOUT_ID: Final = "po_01kaj7d2m6p9s3v6y9b2e5h8k1"

NEW_PAYOUT: Final[dict[str, Any]] = {"seller": ADA, "currency": "EUR"}

SUMMARY: Final[dict[str, Any]] = {
    "id": PAYOUT_ID,
    "object": "payout",
    "seller": ADA,
    "amount": 1050,
    "currency": "EUR",
    "currency_exponent": 2,
    "fee": 0,
    "carried": 0,
    "status": "in_transit",
    "kind": "manual",
    "period": None,
    "bank_last4": "3000",
    "terms": {"version": "standard-1", "minimum": 0, "step": 1, "fee_bps": 0, "fee_minimum": 0},
    "expected_on": "2026-12-04",
    "timezone": "Europe/Berlin",
    "created_at": "2026-12-02T08:00:00.000Z",
    "sent_at": "2026-12-02T08:00:01.250Z",
    "arrived_at": None,
    "failure": None,
    "waiting_because": None,
}

_STEPS: Final = ("scheduled", "reserved", "submitting", "transferred", "in_transit")

PAYOUT: Final[dict[str, Any]] = {
    **SUMMARY,
    "item_count": 1,
    "items": [
        {
            "kind": "order_released",
            "order": ORDER["id"],
            "amount": 1050,
            "entry": "jrn_01kaj7b1k5n8r2t5w8z1c4f7h0",
        }
    ],
    "timeline": [
        {"status": status, "at": f"2026-12-02T08:00:0{second}.000Z", "cause": "task:tsk_01kaj7d2n7"}
        for second, status in enumerate(_STEPS)
    ],
}

RESERVED: Final[dict[str, Any]] = {
    **PAYOUT,
    "status": "reserved",
    "sent_at": None,
    "bank_last4": None,
    "expected_on": None,
    "timeline": PAYOUT["timeline"][:2],
}

CANCELED: Final[dict[str, Any]] = {**RESERVED, "status": "canceled"}

PAYOUT_LIST: Final[dict[str, Any]] = {
    "object": "list",
    "data": [SUMMARY],
    "has_more": False,
    "next_cursor": None,
}

NEW_SCHEDULE: Final[dict[str, Any]] = {
    "currency": "EUR",
    "rhythm": "monthly",
    "day_of_month": 31,
    "minimum": 1000,
}

SCHEDULE: Final[dict[str, Any]] = {
    "object": "payout_schedule",
    "seller": ADA,
    "currency": "EUR",
    "currency_exponent": 2,
    "rhythm": "monthly",
    "weekday": None,
    "day_of_month": 31,
    "minimum": 1000,
    "in_words": "monthly, on day 31 or the month's last",
    "next": [
        {
            "period": "2026-11-30",
            "on": "2026-11-30",
            "timezone": "Europe/Berlin",
            "moved_because": None,
        },
        {
            "period": "2026-12-31",
            "on": "2026-12-31",
            "timezone": "Europe/Berlin",
            "moved_because": None,
        },
        {
            "period": "2027-01-31",
            "on": "2027-01-29",
            "timezone": "Europe/Berlin",
            "moved_because": "weekend",
        },
    ],
}
