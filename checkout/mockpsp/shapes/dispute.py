"""A dispute."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import object_ids
from checkout.mockpsp.evidence_fields import FILE_FIELDS, TEXT_FIELDS

Json = dict[str, Any]
# The networks' own words for a reason, where they have one.
_CODES: Final[dict[str, dict[str, str]]] = {
    "visa": {
        "credit_not_processed": "13.6",
        "duplicate": "12.6.1",
        "fraudulent": "10.4",
        "product_not_received": "13.1",
        "product_unacceptable": "13.3",
        "subscription_canceled": "13.2",
    },
    "mastercard": {"fraudulent": "4837", "product_not_received": "4853", "product_unacceptable": "4853"},
    "amex": {"fraudulent": "F29", "product_not_received": "C08", "product_unacceptable": "C31"},
}
_DEBIT_CODE: Final = "MD06"  # a SEPA debit that the debtor wants back


def dispute(
    charged: Json, *, amount: int, reason: str, status: str, case_type: str, due_by: int | None, now: int
) -> Json:
    """A dispute that has moved no money yet. `case_type` is chargeback or inquiry; a bank debit has none."""
    method = charged["payment_method_details"]
    card = method["card"] if method["type"] == "card" else None
    code = _DEBIT_CODE if card is None else _CODES.get(card["brand"], {}).get(reason)
    return {
        "id": object_ids.dispute_id(),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charged["id"],
        "created": now,
        "currency": charged["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys((*TEXT_FIELDS, *FILE_FIELDS)) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": due_by,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "network_reason_code": code,
        "payment_intent": charged["payment_intent"],
        "payment_method_details": None
        if card is None
        else {
            "card": {
                "brand": card["brand"],
                "case_type": case_type,
                "network": card["network"],
                "network_reason_code": code,
            },
            "type": "card",
        },
        "reason": reason,
        "status": status,
    }
