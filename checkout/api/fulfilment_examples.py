"""The examples of fulfilment and balances in the document. A test validates each against its schema."""

from __future__ import annotations

from typing import Any, Final

from checkout.api.examples import ORDER

_LINE: Final = ORDER["lines"][0]["id"]

NEW_SHIPMENT: Final[dict[str, Any]] = {
    "carrier": "DHL",
    "tracking_number": "JJD000390007882823",
    "lines": [{"line": _LINE, "quantity": 1}],
    "estimated_delivery": {"from": "2026-12-02", "to": "2026-12-03"},
}

SHIPMENT: Final[dict[str, Any]] = {
    "id": "shp_01kaj3c5t9w2z5b8e1h4m7p0s3",
    "object": "shipment",
    **NEW_SHIPMENT,
    "shipped_at": "2026-11-22T08:10:00.000Z",
    "delivered_at": None,
}

UPLOADED_FILE: Final = f"order,carrier,tracking_number\n{ORDER['id']},DHL,JJD000390007882823\n"

SHIPMENT_UPLOAD: Final[dict[str, Any]] = {
    "object": "shipment_upload",
    "shipped": 1,
    "unchanged": 0,
    "refused": 1,
    "rows": [
        {
            "row": 2,
            "status": "shipped",
            "order": ORDER["id"],
            "shipment": SHIPMENT["id"],
            "code": None,
            "detail": None,
        },
        {
            "row": 3,
            "status": "refused",
            "order": None,
            "shipment": None,
            "code": "not_found",
            "detail": "no such order",
        },
    ],
}

BALANCE: Final[dict[str, Any]] = {
    "object": "seller_balance",
    "seller": ORDER["seller"],
    "at": None,
    "balances": [
        {
            "currency": "EUR",
            "currency_exponent": 2,
            "on_hold": 1500,
            "available": 1050,
            "reserved": 0,
            "in_transit": 891,
        }
    ],
}

BALANCE_ENTRIES: Final[dict[str, Any]] = {
    "object": "list",
    "data": [
        {
            "entry": "jrn_01kaj4d6v0x3a6c9f2k5n8q1t4",
            "object": "balance_entry",
            "type": "order_released",
            "created_at": "2026-12-10T03:00:00.000Z",
            "amount": 1050,
            "balance": 1050,
            "currency": "EUR",
            "currency_exponent": 2,
            "order": ORDER["id"],
            "source": ORDER["id"],
        }
    ],
    "has_more": False,
    "next_cursor": None,
}
