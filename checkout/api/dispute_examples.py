"""The examples of disputes in the document. A test validates each against its schema."""

from __future__ import annotations

from typing import Any, Final

from checkout.api.examples import ADA, ORDER, PAYMENT

DISPUTE_ID: Final = "dp_01kaj9d2m6p9s3v6y9b2e5h8k1"
FILE_ID: Final = "file_01kaj9e4n8q1t5w8z2c5f9j3m6"

SUMMARY: Final[dict[str, Any]] = {
    "id": DISPUTE_ID,
    "object": "dispute",
    "payment": PAYMENT["id"],
    "kind": "chargeback",
    "status": "needs_response",
    "status_in_words": "Waits for evidence",
    "reason": "product_not_received",
    "reason_in_words": "The shopper says the goods did not arrive",
    "network_reason_code": "13.1",
    "amount": 1500,
    "currency": "EUR",
    "currency_exponent": 2,
    "evidence_due_at": "2026-12-09T23:59:59.000Z",
    "due_in_words": "in 6 days",
    "past_due": False,
    "opened_at": "2026-12-02T08:00:00.000Z",
    "closed_at": None,
    "created_at": "2026-12-02T08:00:02.410Z",
}

NEW_EVIDENCE: Final[dict[str, Any]] = {
    "version": 0,
    "texts": {"uncategorized_text": "The parcel was handed over at the door and signed for."},
}
SAVED: Final[dict[str, Any]] = {
    "object": "dispute_evidence",
    "version": 1,
    "updated_at": "2026-12-02T09:12:00.000Z",
    "erased": False,
}
FILE: Final[dict[str, Any]] = {
    "id": FILE_ID,
    "object": "dispute_file",
    "field": "shipping_documentation",
    "name": "delivery slip.pdf",
    "media_type": "application/pdf",
    "size": 48210,
    "created_at": "2026-12-02T09:14:00.000Z",
}

DISPUTE: Final[dict[str, Any]] = {
    **SUMMARY,
    "money": {"withdrawn": 1500, "reinstated": 0, "fees": 2000, "losses": 0},
    "orders": [
        {
            "order": ORDER["id"],
            "seller": ADA,
            "amount": 1500,
            "withdrawn": 1500,
            "fee": 0,
            "fee_borne_by": "platform",
        }
    ],
    "movements": [
        {
            "number": "txn_1SVxYzDisputeWithdrawn",
            "amount": -1500,
            "fee": 2000,
            "losses": 0,
            "at": "2026-12-02T08:00:00.000Z",
        }
    ],
    "checklist": [
        {
            "field": "shipping_documentation",
            "asks": "Proof of dispatch or delivery, with the address on it",
            "kind": "file",
            "filled_by": "person",
        },
        {
            "field": "shipping_tracking_number",
            "asks": "The tracking number",
            "kind": "text",
            "filled_by": "platform",
        },
    ],
    "evidence": {
        **SAVED,
        "texts": NEW_EVIDENCE["texts"],
        "collected": {"shipping_carrier": "DHL", "shipping_tracking_number": "JJD000390007882"},
        "files": [FILE],
    },
    "answers": [],
    "timeline": [
        {
            "status": "needs_response",
            "at": "2026-12-02T08:00:02.410Z",
            "cause": "event:evt_1SVxYzDisputeCreated",
        }
    ],
}

_ANSWERED: Final = {"round": "dispute", "status": "requested", "refusal": None, "ended_at": None}
SUBMITTED: Final[dict[str, Any]] = {
    **DISPUTE,
    "evidence": None,
    "answers": [{"kind": "submit", "created_at": "2026-12-02T09:20:00.000Z", **_ANSWERED}],
}
ACCEPTED: Final[dict[str, Any]] = {
    **DISPUTE,
    "evidence": None,
    "answers": [{"kind": "accept", "created_at": "2026-12-02T09:20:00.000Z", **_ANSWERED}],
}

DISPUTE_LIST: Final[dict[str, Any]] = {
    "object": "list",
    "data": [SUMMARY],
    "has_more": False,
    "next_cursor": None,
}
