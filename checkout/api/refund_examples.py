"""The examples of refunds in the document. A test validates each against its schema."""

from __future__ import annotations

from typing import Any, Final

from checkout.api.examples import ADA, ORDER, PAYMENT_ID

REFUND_ID: Final = "re_01kaj9f3q8t1w4y7b0d3g6j9m2"

NEW_REFUND: Final[dict[str, Any]] = {
    "payment": PAYMENT_ID,
    "orders": [{"order": ORDER["id"], "amount": 500}],
    "reason": "requested_by_customer",
    "return_logistics": False,
    "destination": "card",
    "metadata": {"ticket": "4711"},
}

SUMMARY: Final[dict[str, Any]] = {
    "id": REFUND_ID,
    "object": "refund",
    "payment": PAYMENT_ID,
    "kind": "requested",
    "status": "succeeded",
    "amount": 500,
    "to_card": 500,
    "to_wallet": 0,
    "currency": "EUR",
    "currency_exponent": 2,
    "destination": "card",
    "reason": "requested_by_customer",
    "note": None,
    "metadata": {"ticket": "4711"},
    "approval": None,
    "orders": [
        {
            "order": ORDER["id"],
            "seller": ADA,
            "amount": 500,
            "to_card": 500,
            "to_wallet": 0,
            "commission_returned": 50,
            "logistics_fee_returned": 0,
            "tax_returned": 0,
            "lines": [],
        }
    ],
    "failure": None,
    "created_at": "2026-11-25T10:00:00.000Z",
    "succeeded_at": "2026-11-25T10:00:01.250Z",
    "failed_at": None,
}

REFUND: Final[dict[str, Any]] = {
    **SUMMARY,
    "timeline": [
        {"status": status, "at": f"2026-11-25T10:00:0{second}.000Z", "cause": "task:tsk_01kaj9f3r0"}
        for second, status in enumerate(("requested", "submitted", "succeeded"))
    ],
}

REQUESTED: Final[dict[str, Any]] = {
    **REFUND,
    "status": "requested",
    "succeeded_at": None,
    "timeline": REFUND["timeline"][:1],
}

REFUND_LIST: Final[dict[str, Any]] = {
    "object": "list",
    "data": [SUMMARY],
    "has_more": False,
    "next_cursor": None,
}

UPLOADED_FILE: Final = f"order,amount,currency,reason\n{ORDER['id']},5.00,EUR,requested_by_customer\n"

REFUND_UPLOAD: Final[dict[str, Any]] = {
    "object": "refund_upload",
    "dry_run": True,
    "refused": 0,
    "totals": [{"currency": "EUR", "amount": 500, "refunds": 1}],
    "rows": [
        {
            "row": 2,
            "status": "would_refund",
            "refund": None,
            "amount": 500,
            "currency": "EUR",
            "code": None,
            "detail": None,
        }
    ],
}
