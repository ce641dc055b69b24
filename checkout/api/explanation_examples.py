"""The example of an explanation in the document. A test validates it against its schema."""

from __future__ import annotations

from typing import Any, Final

from checkout.api.examples import ADA, ORDER

ENTRY: Final = "jrn_01kaj7b1k5n8r2t5w8z1c4f7h0"

EXPLANATION: Final[dict[str, Any]] = {
    "object": "explanation",
    "id": ORDER["id"],
    "field": "net",
    "at": None,
    "sentence": "10.50 EUR is what Ada's Pottery got of this order, after all that was taken off.",
    "basis": "booked",
    "amount": 1050,
    "currency": "EUR",
    "currency_exponent": 2,
    "holds": True,
    "difference": 0,
    "equation": "15.00 - 1.50 - 3.00 = 10.50 EUR",
    "terms": [
        {"name": "Paid by the shopper", "amount": 1500, "explanation": None, "entry": None},
        {
            "name": "Commission",
            "amount": -150,
            "explanation": {
                "id": ORDER["id"],
                "field": "commission",
                "url": f"/v1/explanations/{ORDER['id']}/commission",
            },
            "entry": None,
        },
        {"name": "Logistics fee", "amount": -300, "explanation": None, "entry": None},
    ],
    "stored": {"amount": 1050, "where": "the order's frozen terms, less what was given back"},
    "rules": [
        {
            "name": "Commission",
            "version": "fee plan, version 1, from 2026-01-01",
            "inputs": {
                "order": "15.00 EUR",
                "basis_points": "1000",
                "fixed_part": "0.00 EUR",
                "minimum": "0.00 EUR",
                "at_most": "12.00 EUR",
            },
            "rounding": "half up, once",
        }
    ],
    "ledger": {
        "entries": [
            {
                "id": ENTRY,
                "type": "order_released",
                "source": ORDER["id"],
                "cause": "task:tsk_01kaj7b1jz",
                "effective_at": "2026-12-10T06:00:00Z",
                "recorded_at": "2026-12-10T06:00:00Z",
                "effect": 1050,
                "lines": [
                    {
                        "account": account,
                        "owner": owner,
                        "side": side,
                        "amount": amount,
                        "currency": "EUR",
                    }
                    for account, owner, side, amount in (
                        ("seller_pending", ADA, "debit", 1500),
                        ("commission_revenue", "platform", "credit", 150),
                        ("logistics_revenue", "platform", "credit", 300),
                        ("seller_available", ADA, "credit", 1050),
                    )
                ],
            }
        ],
        "count": 1,
        "further_amount": 0,
        "total": 1050,
        "total_is_the_figure": True,
    },
    "evidence": [
        {
            "kind": "event",
            "id": "evt_01kaj7b1k6",
            "name": "order.released",
            "at": "2026-12-10T06:00:00Z",
            "note": "caused by task:tsk_01kaj7b1jz",
            "raw": None,
            "row": None,
        },
        {
            "kind": "psp_event",
            "id": "evt_1TestCaptured",
            "name": "checkout.session.completed",
            "at": "2026-12-01T09:12:31Z",
            "note": "signature checked; processed",
            "raw": None,
            "row": None,
        },
    ],
    "position": {"entry": ENTRY, "sequence": 1042},
}
